"""Rows out of a file, one after the other, in bounded memory: JSON Lines, JSON, JSON-LD, Turtle, CSV. Pure but for the file.

What is not a row is yielded as a fault in its place, so that every line of the file is accounted for. Nothing that a
file names is ever fetched.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.rows import described, linked, turtle
from tongqu.exchange.registry.rows.cleaning import KNOWN, Fault

LOOKED_AT = 65_536  # characters: a file of Turtle may begin with a long comment
COLUMNS_MAX = 1_000
LINE_CHARACTERS_MAX = 2_000_000
JSON_CHARACTERS_MAX = 10_000_000  # parsed, it takes twenty times as much
UNPACKED_BYTES_MAX = 1_000_000_000
_FIRST_LINES = 10
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # others may ask for memory without end


class BadFile(ValueError):
    """The file is no catalogue: nothing of it was taken. `words` says why, `mend` what to do."""

    code = "bad-catalogue-file"

    def __init__(self, words: Words, mend: Words) -> None:
        self.words, self.mend = words, mend
        super().__init__(words.en)


class Line(NamedTuple):
    """A row with its number in the file from 1, or what is wrong there. A row may come with a word of warning.

    The number is that of the line, or in JSON and linked data of the row. `size`: characters that were read for it, where it
    was read by itself.
    """

    number: int
    row: Mapping[str, Any] | None
    fault: Fault | None = None
    size: int = 0


class Survey(NamedTuple):
    """What one look through a whole file tells: how its signs are written, and how many lines there are, about."""

    encoding: str
    lines: int


def rows(content: bytes, survey: Survey | None = None) -> Iterator[Line]:
    """Every row of the file, which may be one file in a ZIP. Raises BadFile when it is none of the forms that are read."""
    opened = _unpacked(content)
    encoding = (survey or surveyed(content)).encoding
    text = _text(opened, encoding)
    beginning = text.read(LOOKED_AT)
    start = beginning.lstrip()[:1]
    if start != "[" and _is_lines(_text(opened, encoding)):
        return _json_lines(_text(opened, encoding))
    if turtle.looks_like_turtle(beginning):
        return _turtle(_text(opened, encoding))
    if start in {"[", "{"}:
        return _json(_text(opened, encoding))
    return _csv(_text(opened, encoding))


def surveyed(content: bytes) -> Survey:
    """Raises BadFile. A file is of one encoding from its first sign to its last."""
    opened = _unpacked(content)
    with opened() as file:
        wide = file.read(2) in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
        try:
            with opened() as file:
                while piece := file.read(1 << 20):
                    lines += piece.count(b"\n")
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return Survey(encoding, lines)
    raise BadFile(
        Words("文件编码既不是 UTF-8，也不是 GB18030", "The file is neither UTF-8 nor GB18030"),
        Words("请另存为 UTF-8 编码后重新提交。", "Save it as UTF-8 and send it again."),
    )


def _unpacked(content: bytes) -> Callable[[], BinaryIO]:
    """What opens the file anew, from its beginning."""
    if not content.startswith(b"PK\x03\x04"):
        return lambda: io.BytesIO(content)
    with _Damaged():
        archive = zipfile.ZipFile(io.BytesIO(content))
        inside = [one for one in archive.infolist() if not one.is_dir()]
    if (
        len(inside) != 1
        or inside[0].flag_bits & 1
        or inside[0].file_size > UNPACKED_BYTES_MAX
        or inside[0].compress_type not in _PACKED
    ):
        raise BadFile(
            Words(
                f"压缩包里须是一个未加密、按常用方式（Deflate）压缩的文件，展开后不超过 {UNPACKED_BYTES_MAX // 10**6} MB",
                f"A ZIP holds one file, deflated, not encrypted, of {UNPACKED_BYTES_MAX // 10**6} MB at most",
            ),
            Words("请把每份目录单独压缩。", "Pack each catalogue by itself."),
        )
    return lambda: cast(BinaryIO, io.BufferedReader(_Inside(archive, inside[0]), 1 << 16))


class _Damaged:
    """Whatever a ZIP does to who opens or reads it, it is a file that cannot be read."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, MemoryError):
            raise BadFile(
                Words("压缩包已损坏，无法打开", "The ZIP is damaged and cannot be opened"),
                Words("请重新压缩后提交。", "Pack it again."),
            ) from error


class _Inside(io.RawIOBase):
    """The file in a ZIP."""

    def __init__(self, archive: zipfile.ZipFile, inside: zipfile.ZipInfo) -> None:
        with _Damaged():
            self._file = archive.open(inside)

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        with _Damaged():
            piece = self._file.read(len(into))
        into[: len(piece)] = piece
        return len(piece)


def _text(opened: Callable[[], BinaryIO], encoding: str) -> TextIO:
    return io.TextIOWrapper(opened(), encoding=encoding, newline="")


def _is_lines(text: TextIO) -> bool:
    """Whether the first line is an object by itself, or at least half of the first ones are: one may be broken or blank."""
    lines = iter(lambda: text.readline(LINE_CHARACTERS_MAX), "")
    alone = [_is_object(line) for line in itertools.islice(filter(str.strip, lines), _FIRST_LINES)]
    return len(alone) > 1 and (alone[0] or 2 * sum(alone) >= len(alone))


def _is_object(line: str) -> bool:
    try:
        return line.lstrip().startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _json_lines(text: TextIO) -> Iterator[Line]:
    number = 0
    while line := text.readline(LINE_CHARACTERS_MAX):
        number += 1
        if len(line) == LINE_CHARACTERS_MAX:
            while (rest := text.readline(LINE_CHARACTERS_MAX)) and not rest.endswith("\n"):
                pass
            yield Line(number, None, unread(f"more than {LINE_CHARACTERS_MAX} characters", line[:300]))
        elif line.strip():
            try:
                yield _as_line(number, _parsed(line), len(line))
            except (ValueError, RecursionError) as error:
                yield Line(number, None, unread(str(error), line[:300]))


_scan: Callable[[str, int], tuple[Any, int]] = vars(json.JSONDecoder())["scan_once"]
"""What the decoder reads a value with; it has no name in the library's description."""


def _parsed(line: str) -> Any:
    """As `json.loads` does, which is asked itself where a line is not a value from its first sign to its last but spaces."""
    try:
        told, end = _scan(line, 0)
    except StopIteration:
        return json.loads(line)
    return told if line[end:].isspace() or end == len(line) else json.loads(line)


def _json(text: TextIO) -> Iterator[Line]:
    """A list; or the list within CKAN's `package_search` (`result.results`) or within DCAT (`dataset`, `@graph`)."""
    whole = text.read(JSON_CHARACTERS_MAX + 1)
    if len(whole) > JSON_CHARACTERS_MAX:
        raise BadFile(
            Words(
                f"JSON 超过 {JSON_CHARACTERS_MAX // 10**6} 兆字，不能整份读取", "The JSON is too large to be read whole"
            ),
            Words("请改为每行一条的 JSON Lines，或 CSV。", "Send JSON Lines, one entry a line, or CSV."),
        )
    try:
        told = json.loads(whole)
    except (ValueError, RecursionError) as error:
        raise BadFile(
            Words("JSON 无法读取", "The JSON cannot be read"),
            Words(f"请更正后重新提交（{str(error)[:80]}）。", f"Correct it and send it again ({str(error)[:80]})."),
        ) from error
    if linked.is_linked(told):
        return _described(linked.read, told)
    if isinstance(told, dict):
        inner = told.get("result", told)
        inner = inner if isinstance(inner, dict) else {}
        lists = (inner.get(name) for name in ("results", "dataset", "dcat:dataset", "@graph"))
        one_row = [told] if any(str(name).lower() in KNOWN for name in told) else None
        told = next((one for one in lists if isinstance(one, list)), one_row)
    if not isinstance(told, list):
        raise BadFile(
            Words("JSON 中没有目录列表", "There is no list of entries in the JSON"),
            Words(
                "请提交目录列表、CKAN 的 package_search 结果或 DCAT 的 dataset 列表。",
                "Send a list of entries, CKAN's package_search result, or DCAT's dataset list.",
            ),
        )
    return (_as_line(number, row) for number, row in enumerate(told, 1))


def _turtle(text: TextIO) -> Iterator[Line]:
    return _described(turtle.read, text.read(turtle.CHARACTERS_MAX + 1))


def _described(read: Callable[[Any], turtle.Graph], told: Any) -> Iterator[Line]:
    """The data sets of a graph. Nothing that it names is fetched."""
    try:
        found = list(described.rows(read(told)))
    except (turtle.NotTurtle, RecursionError) as error:
        raise BadFile(
            Words("关联数据（Turtle 或 JSON-LD）无法读取", "The linked data (Turtle or JSON-LD) cannot be read"),
            Words(f"请更正后重新提交（{str(error)[:80]}）。", f"Correct it and send it again ({str(error)[:80]})."),
        ) from error
    if not found:
        raise BadFile(
            Words("文件里没有数据集（dcat:Dataset）", "The file describes no data set (dcat:Dataset)"),
            Words("请提交 DCAT 目录。", "Send a catalogue in DCAT."),
        )
    return (Line(number, row) for number, row in enumerate(found, 1))


def _as_line(number: int, row: Any, size: int = 0) -> Line:
    if not isinstance(row, dict):
        return Line(number, None, unread("not an object", str(row)), size)
    if len(row) > COLUMNS_MAX:
        return Line(number, None, _too_wide(len(row)), size)
    if ":" in "".join(row):
        row = {name.rpartition(":")[2]: value for name, value in row.items()}
    return Line(number, row, None, size)


def _csv(text: TextIO) -> Iterator[Line]:
    first = text.readline(LINE_CHARACTERS_MAX)
    delimiter = max(",\t;", key=first.count)
    head = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    if len(head) > COLUMNS_MAX or not any(name.lower() in KNOWN for name in head):
        raise BadFile(
            Words("首行不是目录的列名", "The first line does not name the columns of a catalogue"),
            Words(
                "首行至少要有“名称”一列，如：名称,摘要,提供方。",
                "Name the columns, at least the title: title, description, department.",
            ),
        )
    lines = _Lines(text)
    return _csv_rows(csv.reader(lines, delimiter=delimiter, strict=True), lines, head, delimiter)


class _Lines:
    """Lines one after the other, counted. One without an end is not read whole: its pieces are told as what cannot be read."""

    def __init__(self, text: TextIO) -> None:
        self._text, self.number, self._ended = text, 1, True

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LINE_CHARACTERS_MAX)
        if not line:
            raise StopIteration
        self.number += self._ended
        self._ended = line.endswith(("\n", "\r"))
        return line


def _csv_rows(reader: Any, lines: _Lines, head: list[str], delimiter: str) -> Iterator[Line]:
    """Each with the number of the line where it begins."""
    while True:
        before = lines.number
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(before + 1, None, unread(str(error), ""))
            continue
        if not any(value.strip() for value in values):
            continue
        if len(values) > COLUMNS_MAX:
            yield Line(before + 1, None, _too_wide(len(values)))
        elif len(values) > len(head):
            yield Line(
                before + 1, None, unread(f"{len(values)} values for {len(head)} columns", ",".join(values)[:300])
            )
        else:
            swallowed = lines.number > before + 1 and _has_rows(values, len(head), delimiter)
            row = dict(zip(head, values, strict=False))
            fault = _swallowed(before + 1, lines.number) if swallowed else None
            yield Line(before + 1, row, fault, sum(map(len, values)))


def _has_rows(values: list[str], columns: int, delimiter: str) -> bool:
    """Whether a value holds lines with as many delimiters as a row has: a stray quotation mark may have swallowed them."""
    return columns > 1 and any(
        line.count(delimiter) == columns - 1 for value in values if "\n" in value for line in value.split("\n")[1:]
    )


def _swallowed(first: int, last: int) -> Fault:
    return Fault(
        "stray-quote",
        Words(
            f"引号从第 {first} 行延续到第 {last} 行，其中像有别的行；请核对引号",
            f"A quotation runs from line {first} to {last} and seems to hold other rows; check the quotation marks",
        ),
    )


def unread(why: str, raw: str) -> Fault:
    """What is told of a line of which nothing can be taken."""
    return Fault(
        "unreadable",
        Words(f"这一行无法读取（{why[:80]}）", f"The line cannot be read ({why[:80]})"),
        raw[:300],
        lost=True,
    )


def _too_wide(columns: int) -> Fault:
    return Fault(
        "too-wide",
        Words(
            f"这一行有 {columns} 列，最多 {COLUMNS_MAX} 列", f"The line has {columns} columns, at most {COLUMNS_MAX}"
        ),
        lost=True,
    )
