"""Makes one copy in a process of its own: reads the job from standard input, writes files and `copy.json`, ends.

On standard output it says nothing but a code of what went wrong.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from tongqu.node.watermark.cells import Unmarkable
from tongqu.node.watermark.writing import FILE, Mark, write_copy
from tongqu.wire.watermark import Watermark


def main() -> int:
    with contextlib.suppress(OSError):
        os.nice(10)
    job = json.loads(sys.stdin.buffer.read())
    try:
        make(job)
    except Unmarkable as error:
        sys.stdout.write(f"unmarkable-{error.why}")
        return 3
    except Exception as error:  # its text may repeat a row
        sys.stdout.write(f"failed-{type(error).__name__}")
        return 4
    return 0


def make(job: dict[str, Any]) -> None:
    """Writes the copy that the job describes into its folder, durably."""
    folder = Path(job["folder"])
    mark = job["mark"] and Mark(Watermark.from_json(job["mark"]["watermark"]), bytes.fromhex(job["mark"]["key"]))
    names: list[str] = []

    def opened(name: str) -> BinaryIO:
        names.append(name)
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(handle, "wb")

    rows = write_copy(
        Path(job["file"]), format=job["format"], encoding=job["encoding"], form=job["form"], mark=mark, opened=opened,
        text_columns=tuple(job["text_columns"]), delimiter=job["delimiter"],
    )  # fmt: skip
    parts = [_told(folder, name, rows if job["form"] == FILE else None) for name in names]
    with (folder / "copy.json").open("w", encoding="ascii") as out:
        json.dump({"parts": parts}, out)
        out.flush()
        os.fsync(out.fileno())


def _told(folder: Path, name: str, rows: int | None) -> dict[str, Any]:
    file = folder / name
    with file.open("rb+") as out:
        os.fsync(out.fileno())
    with file.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    if rows is None:
        import pyarrow.parquet as pq

        rows = pq.read_metadata(file).num_rows
    os.chmod(file, 0o400)
    return {"name": name, "bytes": file.stat().st_size, "sha256": sha256, "rows": rows}


if __name__ == "__main__":
    sys.exit(main())
