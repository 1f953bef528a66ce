"""A file divided by the column that names the division: each territory gets its rows, and every row is counted once. Pure.

A row goes to every territory that its code lies in, so a county's row reaches the county and its city. What belongs to no
subscriber, has no known code or cannot be read is counted under that name, never dropped in silence. A column that the file
lacks, or that bears no code at all, keeps only those from theirs who named it.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry.flowback import unmet
from tongqu.exchange.registry.flowback.inputs import Obstacle

COLUMNS_MAX = 2_000
CODES_TOLD_MAX = 500
LINES_TOLD_MAX = 50
IN_MEMORY_BYTES = 1_000_000
PIECE = 1 << 20
OTHERS = "other"
_SPLIT = re.compile(r"[,\r\n]")
_CODE = re.compile(r"^([1-9][0-9]{5})(?:[0-9]{3}(?:[0-9]{3})?)?$")


class BadEdition(ValueError):
    """The file cannot be divided; nothing was delivered. `words` says why, `mend` what to do."""

    code = "bad-edition-file"

    def __init__(self, words: Words, mend: Words) -> None:
        self.words, self.mend = words, mend
        super().__init__(words.en)


class Part:
    """The rows of one territory, as a CSV of their own that is written as they come."""

    def __init__(self, head: Sequence[str]) -> None:
        self.rows = 0
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - `close` closes it
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._hash = hashlib.sha256()
        self.size = 0
        self._write(head)

    def take(self, row: Sequence[str]) -> None:
        self.rows += 1
        self._write(row)

    def _write(self, row: Sequence[str]) -> None:
        self._writer.writerow(row)
        line = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        self._file.write(line)
        self._hash.update(line)
        self.size += len(line)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """The whole content, from its beginning."""
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def close(self) -> None:
        self._file.close()


@dataclass
class Division:
    """How a file was divided. `parts` by column and territory; `of_nobody` says how many rows each unclaimed code has; `lines` where rows
    stand that went to nobody because of a fault of theirs, the first of each kind; `unmet` by column why nobody who named it was served.
    """

    parts: dict[tuple[str, str], Part]
    rows: int = 0
    taken: int = 0
    unclaimed: int = 0
    unknown: int = 0
    broken: int = 0
    of_nobody: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=lambda: {"unknown": [], "broken": []})
    unmet: dict[str, unmet.Unmet] = field(default_factory=dict)

    def missed(self, why: str, line: int) -> None:
        """A row of no known place, or that cannot be read: counted, and the first of them told by their lines."""
        setattr(self, why, getattr(self, why) + 1)
        if len(self.lines[why]) < LINES_TOLD_MAX:
            self.lines[why].append(line)

    def close(self) -> None:
        for part in self.parts.values():
            part.close()

    def _nobodys(self, code: str) -> None:
        self.unclaimed += 1
        told = code if code in self.of_nobody or len(self.of_nobody) < CODES_TOLD_MAX else OTHERS
        self.of_nobody[told] = self.of_nobody.get(told, 0) + 1


def divide(content: bytes, wanted: Sequence[tuple[str, str]]) -> Division:
    """Divides the file among (column, territory). Close the answer. Raises BadEdition."""
    if not wanted:
        raise BadEdition(
            Words("没有有效的订阅", "Nobody subscribes any more"),
            Words("有市、县订阅后再交付。", "Hand it in once a city or county subscribes."),
        )
    reader = csv.reader(_text(content), strict=True)
    head = _head(reader)
    lacking = {column for column, _ in wanted if column not in head}
    if all(column in lacking for column, _ in wanted):
        raise _lacks(head, wanted[0][0])
    served = [one for one in dict.fromkeys(wanted) if one[0] not in lacking]
    places = {column: head.index(column) for column, _ in served}
    territories: dict[str, set[str]] = {}
    for column, territory in served:
        territories.setdefault(column, set()).add(territory)
    found = Division({key: Part(head) for key in served})
    coded: set[str] = set()
    for line, row in _rows(reader):
        if row == []:
            continue
        found.rows += 1
        if row is None or len(row) != len(head):
            found.missed("broken", line)
        else:
            _give(found, line, row, places, territories, coded)
    readable = found.rows > found.broken
    found.unmet = {one: unmet.unmet(Obstacle.NO_COLUMN, one, head) for one in lacking} | {
        one: unmet.unmet(Obstacle.NO_CODES, one, head) for one in places if readable and one not in coded
    }
    return found


def _give(
    found: Division,
    line_number: int,
    row: list[str],
    places: Mapping[str, int],
    territories: Mapping[str, set[str]],
    coded: set[str],
) -> None:
    """The row to everyone whose territory it is of; else it is counted as nobody's, or as of no known place. Columns that bore a
    known code are added to `coded`.
    """
    taken, known = False, ""
    for column, place in places.items():
        code = six_digits(row[place])
        line = divisions.lineage(code) if code else ()
        if line:
            coded.add(column)
            known = known or code
        for territory in territories[column].intersection(line):
            found.parts[column, territory].take(row)
            taken = True
    if taken:
        found.taken += 1
    elif known:
        found._nobodys(known)
    else:
        found.missed("unknown", line_number)


def six_digits(text: str) -> str:
    """The county's code, of a code of six, nine or twelve digits; empty for anything else."""
    matched = _CODE.match(text.strip())
    return matched[1] if matched else ""


def _text(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline="")


def _encoding(content: bytes) -> str:
    """UTF-8, with or without its mark, or GB18030. Raises BadEdition."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for at in range(0, len(content), PIECE):
                decoder.decode(content[at : at + PIECE], final=at + PIECE >= len(content))
            return encoding
        except UnicodeDecodeError:
            continue
    raise BadEdition(
        Words("文件既不是 UTF-8 也不是 GB18030 文本", "The file is text in neither UTF-8 nor GB18030"),
        Words("请另存为 UTF-8 编码的 CSV。", "Save it as CSV in UTF-8."),
    )


def _head(reader: Any) -> list[str]:
    try:
        head = [name.strip() for name in next(reader, [])]
    except csv.Error:
        head = []
    twice = next((name for name in head if head.count(name) > 1), None) if len(head) <= COLUMNS_MAX else None
    if not head or not any(head):
        why = Words("第 1 行没有列名", "Line 1 does not name the columns")
    elif len(head) > COLUMNS_MAX:
        why = Words(
            f"第 1 行有 {len(head):,} 个列名，最多 {COLUMNS_MAX:,} 个",
            f"Line 1 names {len(head):,} columns, {COLUMNS_MAX:,} at most",
        )
    elif twice is not None:
        why = Words(
            f"第 1 行的列名“{twice[:40]}”重复，第 {_those(head, twice)} 列",
            f"Line 1 names “{twice[:40]}” twice: columns {_those(head, twice)}",
        )
    else:
        return head
    raise BadEdition(
        why, Words("首行写列名，逗号分隔，不重复。", "Name the columns in the first line, each once, split by commas.")
    )


def _those(head: Sequence[str], name: str) -> str:
    return ", ".join(str(place) for place, one in enumerate(head, 1) if one == name)


def _lacks(head: Sequence[str], column: str) -> BadEdition:
    return BadEdition(
        Words(
            f"第 1 行没有约定的区划列“{column[:40]}”；有：{_some(head)}",
            f"Line 1 lacks the agreed column “{column[:40]}”; it has: {_some(head)}",
        ),
        Words("请按订阅约定的列名提供。", "Provide it with the column that the subscriptions name."),
    )


def _some(head: Sequence[str], most: int = 8) -> str:
    told = ", ".join(name[:20] for name in head[:most])
    return f"{told} … ({len(head):,})" if len(head) > most else told


def _rows(reader: Any) -> Iterator[tuple[int, list[str] | None]]:
    """Row after row with the line where it begins; None for a line that cannot be read. Raises BadEdition where a stray quote joins lines into one."""
    while True:
        before, row = reader.line_num, None
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            pass
        if reader.line_num > before + 1 and (row is None or any(map(_holds_rows, row))):
            raise BadEdition(
                Words(
                    f"第 {before + 1} 行的引号把后面的行并成了一个值",
                    f"A quote in line {before + 1} swallows the lines after it",
                ),
                Words(
                    "请改正这一行的引号；没有分发任何数据。", "Correct the quotes of that line; nothing was delivered."
                ),
            )
        yield before + 1, row


def _holds_rows(value: str) -> bool:
    """Whether what stands in one value are rows: a division's code of its own within several lines."""
    return "\n" in value.replace("\r", "\n") and any(divisions.lineage(six_digits(one)) for one in _SPLIT.split(value))
