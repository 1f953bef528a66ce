"""What kinds of paper are taken, and whether content is what it says it is. Judged by the bytes, not by the name."""

from __future__ import annotations

import codecs
import json
import os
import re
import zipfile
from typing import BinaryIO

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
CSV, TEXT, JSON, ZIP = "text/csv", "text/plain", "application/json", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"

KINDS = frozenset({PDF, PNG, JPEG, CSV, TEXT, JSON, ZIP, XLSX, PARQUET})
_BY_ENDING = {
    ".pdf": PDF, ".png": PNG, ".jpg": JPEG, ".jpeg": JPEG, ".csv": CSV, ".txt": TEXT, ".json": JSON, ".zip": ZIP,
    ".xlsx": XLSX, ".parquet": PARQUET,
}  # fmt: skip
_MAGIC = {PDF: (b"%PDF-",), PNG: (b"\x89PNG\r\n\x1a\n",), JPEG: (b"\xff\xd8\xff",), PARQUET: (b"PAR1",)}
_XLSX_PARTS = frozenset({"[Content_Types].xml", "xl/workbook.xml"})

# Text of today is UTF-8; a bank's statement may still be GB18030, in which almost any bytes spell something. What tells
# such text from a program is that it has no control characters but the ends of lines.
_ENCODINGS = ("utf-8", "gb18030")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_CHUNK = 1 << 20
# Reading costs many times the size: a list of `{}` takes twenty-five. What is longer is judged as the text that it is.
_JSON_BYTES_READ_MAX = 1 << 20
_ARCHIVE_LIST_BYTES_MAX = 4 << 20


def by_name(name: str) -> str | None:
    """The kind that a file's ending promises."""
    return next((kind for ending, kind in _BY_ENDING.items() if name.lower().endswith(ending)), None)


def fits(kind: str, content: BinaryIO) -> bool:
    """Whether the bytes are of the kind. `content` can be sought, and is read from its beginning."""
    content.seek(0)
    if kind in _MAGIC:
        return content.read(16).startswith(_MAGIC[kind])
    if kind in {ZIP, XLSX}:
        return _is_zip(content, _XLSX_PARTS if kind == XLSX else frozenset())
    if kind == JSON:
        return _is_json(content)
    return any(_is_text(content, encoding) for encoding in _ENCODINGS)


def _is_zip(content: BinaryIO, needs: frozenset[str]) -> bool:
    """Reads the list of what is inside, unpacks nothing."""
    if not content.read(4).startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    try:
        if not _has_a_short_list(content):
            return False
        with zipfile.ZipFile(content) as archive:
            return needs <= set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return False


def _has_a_short_list(content: BinaryIO) -> bool:
    """The list of what is inside is held whole while it is read, at ten times its size: some 50,000 entries are enough."""
    end = zipfile._EndRecData(content)  # type: ignore[attr-defined]  # what ZipFile itself goes by
    return end is not None and end[zipfile._ECD_SIZE] <= _ARCHIVE_LIST_BYTES_MAX  # type: ignore[attr-defined]


def _is_text(content: BinaryIO, encoding: str) -> bool:
    content.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := content.read(_CHUNK):
            if _CONTROL.search(decoder.decode(chunk)):
                return False
        return not _CONTROL.search(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        return False


def _is_json(content: BinaryIO) -> bool:
    """RFC 8259: UTF-8. What is nested beyond reason is refused like what is broken."""
    start = content.read(_JSON_BYTES_READ_MAX + 1)
    if len(start) > _JSON_BYTES_READ_MAX:
        return _looks_like_json(start, content)
    try:
        json.loads(start.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return True


def _looks_like_json(start: bytes, content: BinaryIO) -> bool:
    """An object or a list, by its first and last character."""
    content.seek(-_CHUNK, os.SEEK_END)
    edges = start.lstrip()[:1] + content.read().rstrip()[-1:]
    return edges in {b"{}", b"[]"} and _is_text(content, "utf-8")
