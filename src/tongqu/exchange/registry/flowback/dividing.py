"""A file divided by the column that names the division: each territory gets its rows, and every row is counted once. Pure.

A row goes to every territory that its code lies in, so a county's row reaches the county and its city. What belongs to no
subscriber, has no known code or cannot be read is counted under that name, never dropped in silence.
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
from typing import IO

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions

COLUMNS_MAX = 2_000
CODES_TOLD_MAX = 500
IN_MEMORY_BYTES = 1_000_000
PIECE = 1 << 20
OTHERS = "other"
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
    """How a file was divided. `parts` by column and territory; `of_nobody` says how many rows each unclaimed code has."""

    parts: dict[tuple[str, str], Part]
    rows: int = 0
    taken: int = 0
    unclaimed: int = 0
    unknown: int = 0
    broken: int = 0
    of_nobody: dict[str, int] = field(default_factory=dict)

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
    reader = csv.reader(_text(content))
    head = _head(reader)
    places = {column: _place(head, column) for column, _ in wanted}
    territories: dict[str, set[str]] = {}
    for column, territory in wanted:
        territories.setdefault(column, set()).add(territory)
    found = Division({key: Part(head) for key in dict.fromkeys(wanted)})
    for row in _rows(reader):
        if row == []:
            continue
        found.rows += 1
        if row is None or len(row) != len(head):
            found.broken += 1
        else:
            _give(found, row, places, territories)
    return found


def _give(found: Division, row: list[str], places: Mapping[str, int], territories: Mapping[str, set[str]]) -> None:
    """The row to everyone whose territory it is of; else it is counted as nobody's, or as of no known place."""
    taken, known = False, ""
    for column, place in places.items():
        code = six_digits(row[place])
        line = divisions.lineage(code) if code else ()
        known = known or (code if line else "")
        for territory in territories[column].intersection(line):
            found.parts[column, territory].take(row)
            taken = True
    if taken:
        found.taken += 1
    elif known:
        found._nobodys(known)
    else:
        found.unknown += 1


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


def _head(reader: Iterator[list[str]]) -> list[str]:
    try:
        head = [name.strip() for name in next(reader, [])]
    except csv.Error:
        head = []
    if not head or not any(head) or len(head) > COLUMNS_MAX or len(set(head)) != len(head):
        raise BadEdition(
            Words(
                "首行不是列名，或列名重复、过多",
                "The first line does not name the columns, or names one twice, or too many",
            ),
            Words("首行写列名，逗号分隔，不重复。", "Name the columns in the first line, each once, split by commas."),
        )
    return head


def _place(head: Sequence[str], column: str) -> int:
    if column not in head:
        raise BadEdition(
            Words(f"文件没有约定的区划列“{column}”", f"The file lacks the agreed column “{column}”"),
            Words("请按订阅约定的列名提供。", "Provide it with the column that the subscriptions name."),
        )
    return head.index(column)


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str] | None]:
    """Row after row; None for one that cannot be read."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
