"""What kinds of paper are taken, and whether content is what it says it is. Pure: judged by the bytes, not by the name."""

from __future__ import annotations

import io
import json
import zipfile

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
CSV, TEXT, JSON, ZIP = "text/csv", "text/plain", "application/json", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

KINDS = frozenset({PDF, PNG, JPEG, CSV, TEXT, JSON, ZIP, XLSX})
_BY_ENDING = {
    ".pdf": PDF, ".png": PNG, ".jpg": JPEG, ".jpeg": JPEG, ".csv": CSV, ".txt": TEXT, ".json": JSON, ".zip": ZIP,
    ".xlsx": XLSX,
}  # fmt: skip


def by_name(name: str) -> str | None:
    """The kind that a file's ending promises."""
    return next((kind for ending, kind in _BY_ENDING.items() if name.lower().endswith(ending)), None)


def fits(kind: str, content: bytes) -> bool:
    """Whether the bytes are of the kind."""
    if kind == PDF:
        return content.startswith(b"%PDF-")
    if kind == PNG:
        return content.startswith(b"\x89PNG\r\n\x1a\n")
    if kind == JPEG:
        return content.startswith(b"\xff\xd8\xff")
    if kind in {ZIP, XLSX}:
        return _is_zip(content, needs="[Content_Types].xml" if kind == XLSX else None)
    return _is_text(content) and (kind != JSON or _is_json(content))


def _is_zip(content: bytes, needs: str | None) -> bool:
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return needs is None or needs in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
