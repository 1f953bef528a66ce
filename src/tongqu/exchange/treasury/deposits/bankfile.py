"""Reads a bank statement file: a documented CSV, every line either understood or said why not. Pure.

UTF-8 (with or without a mark) or GB 18030, comma-separated, first line the column names, in any order:

    流水号,日期,付款人,付款账号,金额,附言
    20261123000001,2026-11-23,示例制造有限公司,6222****0001,12000.00,91420100MA0000000X

金额 is yuan with at most two decimals, credits only. 附言 may hold the payer's credit code, by which the line is matched.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.values import Words

COLUMNS = ("流水号", "日期", "付款人", "付款账号", "金额", "附言")
LINES_MAX = 20_000
_AMOUNT = re.compile(r"^(\d{1,12})(?:\.(\d{1,2}))?$")
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


class BadBankFile(ValueError):
    """The file as a whole cannot be read. Nothing was imported."""

    code = "bad-bank-file"

    def __init__(self, words: Words) -> None:
        self.words = words
        self.mend = Words("按说明的列导出 CSV 后重新上传。", "Export a CSV with the documented columns and upload again.")
        super().__init__(words.en)


@dataclass(frozen=True)
class Line:
    """A credit: whole fen; `codes` are the credit codes found in the memo."""

    row: int
    reference: str
    booked_date: date
    payer: str
    payer_account: str
    fen: int
    memo: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """A line that was not understood, and why."""

    row: int
    words: Words


def read(content: bytes) -> tuple[list[Line], list[Fault]]:
    """Every line of the file, understood or faulted. Raises BadBankFile for the file as a whole."""
    rows = list(csv.reader(io.StringIO(_text(content))))
    if not rows:
        raise BadBankFile(Words("文件是空的", "The file is empty"))
    head = [name.strip() for name in rows[0]]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise BadBankFile(Words(f"缺少列：{'、'.join(missing)}", f"Columns are missing: {', '.join(missing)}"))
    if len(rows) - 1 > LINES_MAX:
        raise BadBankFile(Words(f"超过 {LINES_MAX} 行", f"More than {LINES_MAX} lines"))
    places = {name: head.index(name) for name in COLUMNS}
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        read_line = _line(number, cells, places)
        (lines if isinstance(read_line, Line) else faults).append(read_line)  # type: ignore[arg-type]
    return lines, faults


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadBankFile(Words("文字编码无法识别，应为 UTF-8 或 GB 18030", "The encoding is neither UTF-8 nor GB 18030"))


def _line(number: int, cells: list[str], places: dict[str, int]) -> Line | Fault:
    if len(cells) < len(places):
        return Fault(number, Words(f"第 {number} 行列数不足", f"Line {number} has too few columns"))
    value = {name: cells[place].strip() for name, place in places.items()}
    amount = _AMOUNT.match(value["金额"].replace(",", ""))
    fen = int(amount[1]) * 100 + int((amount[2] or "").ljust(2, "0")) if amount else 0
    if fen <= 0:
        return Fault(number, Words(f"第 {number} 行金额“{value['金额']}”不是正的金额", f"Line {number}: {value['金额']!r} is not a positive amount"))
    try:
        booked = date.fromisoformat(value["日期"].replace("/", "-"))
    except ValueError:
        return Fault(number, Words(f"第 {number} 行日期“{value['日期']}”无法识别", f"Line {number}: {value['日期']!r} is not a date"))
    if not value["流水号"] or len(value["流水号"]) > 64:
        return Fault(number, Words(f"第 {number} 行没有流水号", f"Line {number} has no reference"))
    return Line(
        number, value["流水号"], booked, value["付款人"][:120], value["付款账号"][:40], fen, value["附言"][:200],
        tuple(_CODE.findall(value["附言"])),
    )
