"""What a text file is written in: a wrong encoding is named, with what the file looks like instead.

Looked at is the file's beginning. Nothing is guessed to be read by: the owner says the encoding in `node.toml`.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from tongqu.node.sources.tables import SourceFault, source_fault

LOOKED_AT = 4 << 20
SIGNS_LEAST = 4
"""Chinese characters in a file that reads as UTF-8 by chance: of fewer nothing is concluded."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def refuse_wrong(source: str, file: Path, encoding: str) -> None:
    """Raises SourceFault where the file's beginning is not text in this encoding, or plainly is text in another."""
    if not getattr(codecs.lookup(encoding), "_is_text_encoding", True):
        raise LookupError("no encoding of text")
    with file.open("rb") as text:
        head = text.read(LOOKED_AT)
    whole = len(head) < LOOKED_AT
    wanted, told = codecs.lookup(encoding).name, looks_like(head, whole=whole)
    if told is None:
        if not _reads(head, wanted, whole=whole):
            raise wrong(source, encoding, None)
        return
    if told == "ascii" or _same(wanted, told):
        if not _reads(head, wanted, whole=whole):
            raise wrong(source, encoding, None)
        return
    raise wrong(source, encoding, told)


def looks_like(head: bytes, *, whole: bool = True) -> str | None:
    """By its mark, by its zero bytes, by being strict UTF-8, by being Chinese in GB 18030; None where nothing says so."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    pair = head[: len(head) // 2 * 2]
    for name, zeros in (("utf-16-le", pair[1::2]), ("utf-16-be", pair[0::2])):
        if zeros and zeros.count(0) > len(zeros) // 4:
            return name
    if head.isascii():
        return "ascii"
    text = _read(head, "utf-8", whole=whole)
    if text is not None and _chinese(text) >= SIGNS_LEAST:
        return "utf-8"
    text_gb = _read(head, "gb18030", whole=whole)
    if text is None and text_gb is not None and 2 * _chinese(text_gb) > sum(not char.isascii() for char in text_gb):
        return "gb18030"
    return None


def undecodable(error: Exception) -> bool:
    """Whether this is how a library says that bytes are no text."""
    return isinstance(error, UnicodeError) or "UTF8" in str(error)


def wrong(source: str, encoding: str, looks: str | None) -> SourceFault:
    zh = f"看起来是 {looks}" if looks else "也不像我们能认出的其他编码"
    en = f"it looks like {looks}" if looks else "nor like another that we know by sight"
    return source_fault(
        "wrong-encoding",
        f"数据源 {source} 的文件不是 {encoding} 编码, {zh}。",
        f"The file of source {source} is not {encoding}; {en}.",
        f'请在 node.toml 写 encoding = "{looks}"。' if looks else "请核对文件的编码与内容。",
        f'Write encoding = "{looks}" in node.toml.' if looks else "Check the file's encoding and content.",
    )


def _same(wanted: str, looks: str) -> bool:
    """Whether reading in `wanted` gives what the file is: an encoding that contains the other is as good. A mark is read by
    UTF-16 alone, and UTF-16 needs it."""
    if looks in ("gb18030", "gbk", "gb2312"):
        return wanted in ("gb18030", "gbk", "gb2312", "hz")
    if looks.startswith("utf-8"):
        return wanted in ("utf-8", "utf-8-sig")
    return wanted == looks


def _read(head: bytes, encoding: str, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, whole)
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        return None


def _reads(head: bytes, encoding: str, *, whole: bool) -> bool:
    return isinstance(_read(head, encoding, whole=whole), str)


def _chinese(text: str) -> int:
    return sum("\u4e00" <= char <= "\u9fff" for char in text)
