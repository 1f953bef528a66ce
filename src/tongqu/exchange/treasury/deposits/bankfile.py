"""Reads a bank statement file: a documented CSV, every line either understood or said why not. Pure.

UTF-8 (with or without a mark) or GB 18030, comma-separated, first line the column names, in any order:

    流水号,日期,付款人,付款账号,金额,附言
    20261123000001,2026-11-23,示例制造有限公司,6222****0001,12000.00,91420100MA0000000X

金额 is yuan with at most two decimals, credits only. 附言 may hold the payer's credit code, by which the line is matched.
Each line of the file stands for itself: a stray quotation mark spoils its own line and no other.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.values import Words

COLUMNS = ("流水号", "日期", "付款人", "付款账号", "金额", "附言")
LINES_MAX = 20_000
RAW_MAX = 500
_AMOUNT = re.compile(r"^([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.([0-9]{1,2}))?$")
_DAY = re.compile(r"^([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|([0-9]{2})([0-9]{2}))$")
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Za-z])")
_REFERENCE = re.compile(r"^[\x21-\x7e]{1,64}$")


class BadBankFile(ValueError):
    """The file as a whole cannot be read. Nothing was imported."""

    code = "bad-bank-file"

    def __init__(self, words: Words) -> None:
        self.words = words
        self.mend = Words(
            "按说明的列导出 CSV 后重新上传。", "Export a CSV with the documented columns and upload again."
        )
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
    """A line that was not understood, and why. `raw` is the line itself, bounded; `reference` is its number if it has one."""

    row: int
    words: Words
    raw: str = ""
    reference: str = ""


def read(content: bytes) -> tuple[list[Line], list[Fault]]:
    """Every line of the file, understood or faulted. Raises BadBankFile for the file as a whole."""
    raw = _text(content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not any(one.strip() for one in raw):
        raise BadBankFile(Words("文件是空的", "The file is empty"))
    places = _places(raw[0])
    if len(raw) - 1 > LINES_MAX:
        raise BadBankFile(Words(f"超过 {LINES_MAX} 行", f"More than {LINES_MAX} lines"))
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, text in enumerate(raw[1:], start=2):
        if not text.strip(" ,\t"):
            continue
        found = _line(number, text, places)
        if isinstance(found, Line):
            lines.append(found)
        else:
            faults.append(found)
    return lines, faults


def _places(first: str) -> dict[str, int]:
    head = [name.strip() for name in _cells(first) or []]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise BadBankFile(Words(f"缺少列：{'、'.join(missing)}", f"Columns are missing: {', '.join(missing)}"))
    twice = [name for name in COLUMNS if head.count(name) > 1]
    if twice:
        raise BadBankFile(Words(f"列名重复：{'、'.join(twice)}", f"Columns stand there twice: {', '.join(twice)}"))
    return {name: head.index(name) for name in COLUMNS}


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.removeprefix("\ufeff")  # GB 18030 has a mark, too
    raise BadBankFile(Words("文字编码无法识别，应为 UTF-8 或 GB 18030", "The encoding is neither UTF-8 nor GB 18030"))


def _cells(text: str) -> list[str] | None:
    """None when the quotation marks do not fit, or a character stands there that no text has."""
    if "\x00" in text:
        return None
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None


def _line(number: int, text: str, places: dict[str, int]) -> Line | Fault:
    raw = "".join(c if c.isprintable() else "\ufffd" for c in text)[:RAW_MAX]
    cells = _cells(text)
    if cells is None:
        return Fault(
            number,
            Words(
                f"第 {number} 行引号不成对或有非文字内容",
                f"Line {number}: quotation marks do not fit, or it is not text",
            ),
            raw,
        )
    if len(cells) <= max(places.values()):
        return Fault(number, Words(f"第 {number} 行列数不足", f"Line {number} has too few columns"), raw)
    value = {name: cells[place].strip() for name, place in places.items()}
    reference = value["流水号"] if _REFERENCE.match(value["流水号"]) else ""
    wrong = _wrong(number, value)
    if wrong is not None:
        return Fault(number, wrong, raw, reference)
    return Line(
        number, reference, _day(value["日期"]) or date.min, value["付款人"][:120], value["付款账号"][:40], _fen(value["金额"]),
        value["附言"][:200], tuple(dict.fromkeys(_CODE.findall(value["附言"].upper()))),
    )  # fmt: skip


def _wrong(number: int, value: dict[str, str]) -> Words | None:
    if not value["流水号"]:
        return Words(f"第 {number} 行没有流水号", f"Line {number} has no reference")
    if not _REFERENCE.match(value["流水号"]):
        return Words(
            f"第 {number} 行流水号应为 1 至 64 个字母、数字或符号",
            f"Line {number}: a reference is 1 to 64 plain characters",
        )
    if _fen(value["金额"]) <= 0:
        return Words(
            f"第 {number} 行金额“{value['金额'][:40]}”不是正的金额",
            f"Line {number}: {value['金额'][:40]!r} is not a positive amount",
        )
    if _day(value["日期"]) is None:
        return Words(
            f"第 {number} 行日期“{value['日期'][:40]}”无法识别", f"Line {number}: {value['日期'][:40]!r} is not a date"
        )
    if not value["付款人"]:
        return Words(f"第 {number} 行没有付款人", f"Line {number} names no payer")
    if any(not cell.isprintable() for cell in value.values()):
        return Words(f"第 {number} 行有不可显示的字符", f"Line {number} holds characters that cannot be shown")
    return None


def _fen(text: str) -> int:
    """12,000.5 → 1200050; 0 for what is not an amount."""
    amount = _AMOUNT.match(text)
    return int(amount[1].replace(",", "")) * 100 + int((amount[2] or "").ljust(2, "0")) if amount else 0


def _day(text: str) -> date | None:
    """2026-11-23, 2026/1/5 or 20261123, from 2000 on."""
    found = _DAY.match(text)
    if found is None or int(found[1]) < 2000:
        return None
    month, day = (found[2] or found[4] or found[6]), (found[3] or found[5] or found[7])
    try:
        return date(int(found[1]), int(month), int(day))
    except ValueError:
        return None
