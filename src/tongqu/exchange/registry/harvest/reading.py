"""Rows out of a file, one after the other, in bounded memory: JSON Lines, JSON, JSON-LD, Turtle, CSV. Pure but for the file.

What is not a row is yielded as a fault in its place, so that every line of the file is accounted for. Nothing that a
file names is ever fetched.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, TextIO, cast

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest import described, linked, turtle
from tongqu.exchange.registry.harvest.cleaning import KNOWN, Fault

LOOKED_AT = 65_536  # characters: a file of Turtle may begin with a long comment
COLUMNS_MAX = 1_000
LINE_CHARACTERS_MAX = 2_000_000
JSON_CHARACTERS_MAX = 10_000_000  # parsed, it takes twenty times as much
UNPACKED_BYTES_MAX = 1_000_000_000


class BadFile(ValueError):
    """The file is no catalogue: nothing of it was taken. `words` says why, `mend` what to do."""

    code = "bad-catalogue-file"

    def __init__(self, words: Words, mend: Words) -> None:
        self.words, self.mend = words, mend
        super().__init__(words.en)


@dataclass(frozen=True)
class Line:
    """A row with its number in the file from 1, or what is wrong there."""

    number: int
    row: Mapping[str, Any] | None
    fault: Fault | None = None


def rows(content: bytes) -> Iterator[Line]:
    """Every row of the file, which may be one file in a ZIP. Raises BadFile when it is none of the forms that are read."""
    opened = _unpacked(content)
    encoding = _encoding(opened)
    text = _text(opened, encoding)
    beginning = text.read(LOOKED_AT)
    start = beginning.lstrip()[:1]
    if start == "{" and _is_lines(_text(opened, encoding)):
        return _json_lines(_text(opened, encoding))
    if turtle.looks_like_turtle(beginning):
        return _turtle(_text(opened, encoding))
    if start in {"[", "{"}:
        return _json(_text(opened, encoding))
    return _csv(_text(opened, encoding))


def count(content: bytes) -> int:
    """How many lines there are, about: for who shows how far the reading has come. Raises BadFile."""
    opened = _unpacked(content)
    with opened() as file:
        begins = file.read(LOOKED_AT).decode("utf-8", "ignore")
    if begins.startswith("[") or turtle.looks_like_turtle(begins) or '"@context"' in begins[:4_096]:
        return sum(1 for _ in rows(content))
    with opened() as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def _unpacked(content: bytes) -> Callable[[], BinaryIO]:
    """What opens the file anew, from its beginning."""
    if not content.startswith(b"PK\x03\x04"):
        return lambda: io.BytesIO(content)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        inside = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BadFile(
            Words("压缩包无法打开", "The ZIP cannot be opened"), Words("请重新压缩后提交。", "Pack it again.")
        ) from error
    if len(inside) != 1 or inside[0].flag_bits & 1 or inside[0].file_size > UNPACKED_BYTES_MAX:
        raise BadFile(
            Words(
                f"压缩包里须是一个未加密的文件，展开后不超过 {UNPACKED_BYTES_MAX // 10**6} MB",
                f"A ZIP holds one file, not encrypted, of {UNPACKED_BYTES_MAX // 10**6} MB at most",
            ),
            Words("请把每份目录单独压缩。", "Pack each catalogue by itself."),
        )
    return lambda: cast(BinaryIO, archive.open(inside[0]))


def _encoding(opened: Callable[[], BinaryIO]) -> str:
    with opened() as file:
        mark = file.read(2)
    wide = mark in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with opened() as file:
                while piece := file.read(1 << 20):
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise BadFile(
                Words("压缩包已损坏", "The ZIP is damaged"), Words("请重新压缩后提交。", "Pack it again.")
            ) from error
        return encoding
    raise BadFile(
        Words("文件编码既不是 UTF-8，也不是 GB18030", "The file is neither UTF-8 nor GB18030"),
        Words("请另存为 UTF-8 编码后重新提交。", "Save it as UTF-8 and send it again."),
    )


def _text(opened: Callable[[], BinaryIO], encoding: str) -> TextIO:
    return io.TextIOWrapper(opened(), encoding=encoding, newline="")


def _is_lines(text: TextIO) -> bool:
    """Whether the first line is an object by itself, and another line follows."""
    try:
        return isinstance(json.loads(text.readline(LINE_CHARACTERS_MAX)), dict) and bool(text.readline(2).strip())
    except ValueError:
        return False


def _json_lines(text: TextIO) -> Iterator[Line]:
    number = 0
    while line := text.readline(LINE_CHARACTERS_MAX):
        number += 1
        if len(line) == LINE_CHARACTERS_MAX:
            while (rest := text.readline(LINE_CHARACTERS_MAX)) and not rest.endswith("\n"):
                pass
            yield Line(number, None, _unread(f"more than {LINE_CHARACTERS_MAX} characters", line[:300]))
        elif line.strip():
            try:
                yield _as_line(number, json.loads(line))
            except (ValueError, RecursionError) as error:
                yield Line(number, None, _unread(str(error), line[:300]))


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


def _as_line(number: int, row: Any) -> Line:
    if not isinstance(row, dict):
        return Line(number, None, _unread("not an object", str(row)))
    if len(row) > COLUMNS_MAX:
        return Line(number, None, _too_wide(len(row)))
    if any(":" in name for name in row):
        row = {name.rpartition(":")[2]: value for name, value in row.items()}
    return Line(number, row)


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
    # A line without an end must not be read whole: its pieces are told as what cannot be read.
    lines = iter(partial(text.readline, LINE_CHARACTERS_MAX), "")
    return _csv_rows(csv.reader(lines, delimiter=delimiter, strict=True), head)


def _csv_rows(reader: Any, head: list[str]) -> Iterator[Line]:
    number = 1
    while True:
        number += 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number, None, _unread(str(error), ""))
            continue
        if not any(value.strip() for value in values):
            continue
        if len(values) > COLUMNS_MAX:
            yield Line(number, None, _too_wide(len(values)))
        elif len(values) > len(head):
            yield Line(number, None, _unread(f"{len(values)} values for {len(head)} columns", ",".join(values)))
        else:
            yield Line(number, dict(zip(head, values, strict=False)))


def _unread(why: str, raw: str) -> Fault:
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
