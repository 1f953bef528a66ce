"""Turns a list of who consented into a list of references, where the data stands: the identities stay, the references may go.

Whose age is known and who is under fourteen needs a guardian: that is looked at here, for the birthday goes no further.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import IO

from tongqu.node.faults import NodeFault
from tongqu.wire.ages import reaches
from tongqu.wire.consents import reference_of
from tongqu.wire.words import Words

GIVEN_COLUMNS = ("key", "notice", "what", "form", "at", "channel")
TOLD_COLUMNS = ("reference", *GIVEN_COLUMNS[1:])
BIRTH = "birth_date"
GUARDIAN_AGE = 14
"""PIPL art. 31."""

_HERE = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Referred:
    """How many lines went into the file of references, and which could not: number and code, never the line."""

    lines: int
    faults: tuple[tuple[int, str], ...]


def refer(given: Path, told: Path, source: str, salt: bytes) -> Referred:
    """Writes the references of one source. The file is there whole or not at all. Raises NodeFault."""
    fresh = told.with_name(told.name + ".new")
    faults: list[tuple[int, str]] = []
    count = 0
    try:
        with (
            open(given, encoding="utf-8-sig", newline="") as lines,
            _written(fresh, packed=told.suffix == ".zip") as out,
        ):
            writer = csv.writer(out)
            writer.writerow(TOLD_COLUMNS)
            for number, row in _rows(lines):
                fault = _fault(row)
                if fault is not None:
                    faults.append((number, fault))
                    continue
                writer.writerow(
                    [reference_of(salt, source, row["key"]).hex(), *(row[name] for name in GIVEN_COLUMNS[1:])]
                )
                count += 1
        os.replace(fresh, told)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NodeFault(
            "list-unreadable",
            Words(
                f"名单无法读取或引用文件无法写入（{type(error).__name__}）。",
                f"The list cannot be read, or the references written ({type(error).__name__}).",
            ),
            Words("请以 UTF-8 保存名单并检查权限。", "Save the list as UTF-8 and check the permissions."),
        ) from error  # fmt: skip
    finally:
        fresh.unlink(missing_ok=True)
    return Referred(count, tuple(faults))


@contextmanager
def _written(file: Path, *, packed: bool) -> Iterator[IO[str]]:
    """Text into the file, or into the one file of an archive: a million references are a hundred megabytes of text."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
        if not packed:
            with io.TextIOWrapper(raw, encoding="utf-8", newline="") as out:
                yield out
            return
        with (
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("references.csv", "w", force_zip64=True) as entry,
            io.TextIOWrapper(entry, encoding="utf-8", newline="") as out,
        ):
            yield out


def _rows(lines: io.TextIOBase) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(lines)
    names = [name.strip() for name in next(reader, [])]
    if names not in ([*GIVEN_COLUMNS], [*GIVEN_COLUMNS, BIRTH]):
        raise NodeFault(
            "list-columns",
            Words("名单的首行不对。", "The first line of the list is not right."),
            Words(
                f"应为 {','.join(GIVEN_COLUMNS)}，可另加 {BIRTH}。",
                f"It is {','.join(GIVEN_COLUMNS)}, and {BIRTH} where known.",
            ),
        )
    for values in reader:
        if values:
            padded = dict(zip(names, values, strict=False))
            yield reader.line_num, padded if len(values) == len(names) else {}


def _fault(row: dict[str, str]) -> str | None:
    if not row or not row["key"]:
        return "columns"
    try:
        said_at = datetime.fromisoformat(row["at"])
    except ValueError:
        return "moment"
    if said_at.tzinfo is None:
        return "moment"
    if born := row.get(BIRTH):
        try:
            grown = reaches(date.fromisoformat(born), GUARDIAN_AGE, said_at.astimezone(_HERE).date())
        except ValueError:
            return "birth-date"
        if not grown and row["what"] == "given" and row["form"] != "guardian":
            return "guardian-needed"
    return None
