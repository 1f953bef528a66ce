"""What a file must be to be released: its entry's columns, of their types, without anybody's personal data. No database."""

from __future__ import annotations

import io
import itertools
import json
import re
import sys
import tracemalloc
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from tongqu.exchange.registry.releases import checking, personal, rules, tables
from tongqu.exchange.registry.releases.checking import Verdict, check
from tongqu.exchange.registry.releases.rules import Seen

ELEMENTS = {"站名": "text", "客流": "whole", "经度": "number", "日期": "date", "换乘": "flag"}
ROWS: list[dict[str, Any]] = [
    {"站名": "徐家棚", "客流": 1200, "经度": 114.35, "日期": "2026-01-01", "换乘": True},
    {"站名": "中南路", "客流": 0, "经度": 114, "日期": "2026-01-02", "换乘": False},
    {"站名": None, "客流": None, "经度": None, "日期": None, "换乘": None},
]


def as_csv(rows: list[dict[str, Any]] = ROWS, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    lines = [delimiter.join(rows[0])]
    lines += [delimiter.join("" if value is None else str(value) for value in row.values()) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def as_xlsx(rows: list[dict[str, Any]] = ROWS) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([date.fromisoformat(v) if k == "日期" and v else v for k, v in row.items()])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_parquet(rows: list[dict[str, Any]] = ROWS) -> bytes:
    out = io.BytesIO()
    parquet.write_table(
        pyarrow.table({
            name: [date.fromisoformat(row[name]) if name == "日期" and row[name] else float(row[name]) if name == "经度" and row[name] else row[name]
                   for row in rows]
            for name in rows[0]
        }), out,
    )  # fmt: skip
    return out.getvalue()


FILES = {
    "csv": as_csv(), "csv, GB18030": as_csv(encoding="gb18030"), "csv, mark": as_csv(encoding="utf-8-sig"),
    "csv, tabs": as_csv(delimiter="\t"), "xlsx": as_xlsx(), "json": json.dumps(ROWS, ensure_ascii=False).encode(), "parquet": as_parquet(),
}  # fmt: skip


def judged(content: bytes, format_: str = "csv", elements: dict[str, str] | None = None) -> Verdict:
    return check(content, format_, ELEMENTS if elements is None else elements)


def said(verdict: Verdict) -> str:
    return "；".join(fault.words.zh for fault in verdict.faults)


@pytest.mark.parametrize("kind", FILES)
def test_a_table_is_read_in_each_form_and_found_as_catalogued(kind: str) -> None:
    verdict = judged(FILES[kind], kind.split(",")[0])
    assert said(verdict) == ""
    assert [(column.name, column.type) for column in verdict.columns] == list(ELEMENTS.items())
    if kind != "xlsx":  # a row of nothing is no row of a workbook
        assert (verdict.rows, verdict.columns[0].nulls) == (3, 1)


def test_columns_that_are_missing_or_strange_are_named() -> None:
    verdict = judged(as_csv([{"站名": "甲", "备注": "乙"}]))
    assert "缺少目录写明的信息项：客流、经度、日期、换乘" in said(verdict)
    assert "目录没有的列：备注" in said(verdict)


@pytest.mark.parametrize(
    ("column", "value", "type_"),
    [
        ("客流", "12.5", "整数"),
        ("经度", "东经", "数值"),
        ("日期", "2026-02-30", "日期"),
        ("换乘", "也许", "是否"),
        ("客流", "1" * 40, "整数"),
    ],
)
def test_a_value_of_another_type_is_counted_and_shown_with_its_line(column: str, value: str, type_: str) -> None:
    verdict = judged(as_csv([ROWS[0], {**ROWS[1], column: value}]))
    assert f"“{column}”有 1 个值不是{type_}，如第 3 行“{value[:40]}”" in said(verdict)


IDENTITY = "11010519491231002X"


def test_an_identity_number_is_known_by_its_check_character() -> None:
    assert personal.is_identity_number(IDENTITY)
    assert not personal.is_identity_number(IDENTITY[:-1] + "1")
    assert not personal.is_identity_number("110105194913310021")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("编码", [IDENTITY]),
        ("编码", ["13800138000", "B2"]),
        ("法人姓名", ["甲"]),
        ("mobile", ["x"]),
        ("身份证号码", [""]),
    ],
)
def test_personal_data_is_stopped_where_the_entry_says_there_is_none(name: str, values: list[str]) -> None:
    content = as_csv([{name: value, "a": "1"} for value in values])
    stopped = judged(content, elements={name: "text", "a": "text"})
    assert "像是个人信息" in said(stopped)


def identity(birth: date, place: str, serial: int) -> str:
    """A number that the rule of GB 11643 makes right."""
    first = f"{place}{birth:%Y%m%d}{serial:03d}"
    return next(first + last for last in "0123456789X" if personal.is_identity_number(first + last))


BIRTHS = st.dates(date(1900, 1, 1), date(2026, 11, 28))
PLACES = st.sampled_from(["110105", "420106", "330102", "810000", "650102"])
IDENTITIES = st.builds(identity, BIRTHS, PLACES, st.integers(0, 999))
MOBILES = st.builds("1{}{:09d}".format, st.integers(3, 9), st.integers(0, 10**9 - 1))
WORDS = st.text("武汉市民a .,:，。（）\n‘’\"'", max_size=12)
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
STROKES = st.sampled_from([" ", "-", "\u00a0", "\u3000", "\u2013", "\u2014", "\uff0d", "\u200b", "_"])


@given(IDENTITIES, WORDS, WORDS, st.booleans(), st.booleans())
def test_an_identity_number_is_found_wherever_it_stands(
    number: str, before: str, after: str, wide: bool, small: bool
) -> None:
    written = number.translate(FULL_WIDTH) if wide else number.lower() if small else number
    after = " " + after if after.startswith("a") else after
    assert personal.signs(before + written + after).identity


@given(IDENTITIES, st.lists(st.integers(1, 17), max_size=5), STROKES)
def test_an_identity_number_is_found_in_pieces(number: str, cuts: list[int], stroke: str) -> None:
    places = sorted({0, 18, *cuts})
    pieces = [number[a:b] for a, b in itertools.pairwise(places)]
    assert personal.signs(stroke.join(pieces)).identity


@given(BIRTHS.filter(lambda day: day.year < 2000), PLACES, st.integers(0, 999), WORDS)
def test_one_of_the_old_form_is_likely_one(birth: date, place: str, serial: int, before: str) -> None:
    number = f"{place}{birth:%y%m%d}{serial:03d}"
    assert personal.signs(before + number).likely
    assert personal.signs_of_number(int(number)).likely
    assert personal.signs_of_number(float(number)).likely
    assert personal.signs(f"{float(number)!r}").likely
    assert personal.signs(f"{Decimal(number):.14E}").likely


@given(IDENTITIES.filter(lambda number: number[-1] != "X" and number[14:] < "9900"))
def test_a_number_that_a_spreadsheet_rounded_is_likely_one(number: str) -> None:
    assert personal.signs_of_number(int(number)).identity
    assert personal.signs_of_number(Decimal(number)).identity
    assert any(personal.signs_of_number(float(number)))  # by chance the check may be right even so
    for written in (f"{float(number):.14e}", repr(float(number)), f"'{float(number):.14E}"):
        assert any(personal.signs(written)), written


@given(MOBILES, WORDS, WORDS, st.sampled_from(["", "86", "+86 ", "0086-", "+86-"]), st.booleans())
def test_a_mobile_number_is_found_however_it_is_written(
    number: str, before: str, after: str, prefix: str, parted: bool
) -> None:
    written = prefix + (f"{number[:3]} {number[3:7]}-{number[7:]}" if parted and prefix != "86" else number)
    assert personal.signs(before + written + after).mobile
    assert personal.signs_of_number(float(number)).mobile
    assert personal.signs(f"{float(number):.10E}").mobile


@pytest.mark.parametrize(
    "value",
    [
        "0.13800138000", "114.305393 30.593099", "2019-12-15 2020-01-01", "2026-11-28 13:45:00.123456", "027-87654321", "1" * 40,
        "1380013800", "4.20106E+05", "1.5e999", "²³¹⁴⁵⁶⁷⁸⁹⁰¹", "192.168.100.200", "3.141592653589793238", "4201061990010112345678",
    ],
)  # fmt: skip
def test_other_numbers_are_nobodys(value: str) -> None:
    assert not any(personal.signs(value))


@given(st.floats(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False))
def test_every_number_can_be_looked_at(one: float, other: int, third: Decimal) -> None:
    for value in (one, other, third):
        assert isinstance(personal.signs_of_number(value), personal.Signs)


@given(st.text(st.characters(codec="utf-16", categories=["Nd", "Pd", "Zs", "Cf", "Lu", "Lo", "No"]), max_size=60))
def test_every_text_can_be_looked_at(text: str) -> None:
    assert isinstance(personal.signs(text), personal.Signs)


@pytest.mark.parametrize("piece", ["1 ", "4-", "420106 ", "1", "138 ", "x1", ".1", "\u200b1", "Ｘ１-", "19900101-"])
def test_twice_the_text_takes_twice_the_steps(piece: str) -> None:
    """From four hundred to eight hundred twice what it takes from two hundred to four hundred."""
    few, some, many = (looks(piece * times) for times in (200, 400, 800))
    assert few > 0
    assert many - some <= 2 * (some - few) + 50


def looks(text: str) -> int:
    """How many lines run to look at a text."""
    counted = 0

    def count(frame: Any, event: str, _: Any) -> Any:
        nonlocal counted
        if frame.f_code.co_filename != personal.__file__:
            return None
        counted += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        personal.signs(text)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([f"'{IDENTITY}", "甲"], "身份证号 1 个"),
        ([f"户主证件{IDENTITY}，已核"] * 3 + ["x"] * 97, "身份证号 3 个"),
        (["110105491231002"] * 2 + ["x"] * 8, "疑似身份证号 2 个"),
        (["1.10105194912310E+17"] * 2 + ["x"] * 8, "疑似身份证号 2 个"),
        (["手机：138 0013 8000"] * 3 + ["无"] * 7, "手机号 3 个"),
    ],
)
def test_what_is_found_of_persons_is_counted_and_never_quoted(values: list[str], count: str) -> None:
    content = as_csv([{"备注": value, "a": "1"} for value in values])
    for type_ in ("text", "whole"):
        told = said(judged(content, elements={"备注": type_, "a": "text"}))
        assert count in told
        assert not re.search(r"\d{11}|E\+17|138 ", told)


def test_a_few_numbers_that_look_like_old_ones_stop_nothing_and_are_not_quoted_either() -> None:
    content = as_csv([{"编码": value, "a": "1"} for value in ["110105491231002"] + ["x"] * 30])
    assert said(judged(content, elements={"编码": "text", "a": "text"})) == ""
    shown = said(judged(content, elements={"编码": "flag", "a": "text"}))
    assert "如第 2 行" in shown
    assert "110105491231002" not in shown


@pytest.mark.parametrize("form", ["xlsx", "parquet", "json"])
def test_numbers_of_other_forms_are_looked_at_too(form: str) -> None:
    number = next(int(one) for one in (identity(date(1990, 1, 1), "420106", n) for n in range(9)) if one[-1] != "X")
    rounded = float("4.2010619900101E17")
    for value, kind in ((number, "身份证号"), (rounded, "疑似身份证号"), (13800138000.0, "手机号")):
        if form == "json":
            content = json.dumps([{"编码": value}]).encode()
        elif form == "parquet":
            out = io.BytesIO()
            parquet.write_table(pyarrow.table({"编码": [value]}), out)
            content = out.getvalue()
        else:
            book, out = openpyxl.Workbook(), io.BytesIO()
            book.active.append(["编码"])
            book.active.append([float(value)])
            book.save(out)
            content = out.getvalue()
        assert kind in said(judged(content, form, {"编码": "number"}))


@pytest.mark.parametrize("name", ["站名", "名称", "企业名称", "联系电话", "机构地址", "name", "区县"])
def test_ordinary_columns_pass(name: str) -> None:
    assert said(judged(as_csv([{name: "027-87654321", "a": "1"}]), elements={name: "text", "a": "text"})) == ""


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"x")
        archive.writestr("xl/workbook.xml", b" " * (tables.UNPACKED_BYTES_MAX + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "format_", "expected"),
    [
        (b"", "csv", "须为 1 至"),
        (b"a,a\n1,2\n", "csv", "列名重复"),
        (b"a,\n1,2\n", "csv", "空列名"),
        (b"a,b\n1\n", "csv", "第 2 行有 1 个值"),
        (b"a,b\n", "csv", "没有数据行"),
        (b'a,b\n"1,2\n', "csv", "无法读取"),
        (b"a,b\n\xff\xff\xff\n", "csv", "既不是 UTF-8"),
        (b"PK\x03\x04 not a workbook", "xlsx", "无法读取"),
        (b"PAR1 not a table", "parquet", "无法读取"),
        (b"{}", "json", "不是由对象组成的列表"),
        (b"[1]", "json", "不是由对象组成的列表"),
        (b"[" * 100_000, "json", "无法读取"),
        (b'[{"a": 1}, {"b": 1}]', "json", "第 2 个对象的名称"),
        (b"[" + b" " * tables.JSON_BYTES_MAX + b"]", "json", "超过"),
        (bomb(), "xlsx", "展开后超过"),
        (",".join(f"c{n}" for n in range(1_001)).encode() + b"\n", "csv", "1001 列"),
    ],
    ids=lambda one: str(one)[:24],
)
def test_a_file_that_is_no_table_is_told_why(content: bytes, format_: str, expected: str) -> None:
    assert expected in said(judged(content, format_, {"a": "text", "b": "text"}))


def test_a_value_within_a_value_is_no_table() -> None:
    verdict = judged(json.dumps([{"a": {"b": 1}}]).encode(), "json", {"a": "text"})
    assert "“a”有 1 个值不是文本" in said(verdict)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("abcd"), st.one_of(st.none(), st.text(max_size=8), st.integers(), st.booleans()), min_size=1
    )
)
def test_whatever_a_row_holds_it_is_judged(row: dict[str, Any]) -> None:
    for type_ in checking.TYPES:
        verdict = judged(json.dumps([row]).encode(), "json", dict.fromkeys(row, type_))
        assert verdict.rows == 1


@settings(deadline=None)
@given(st.datetimes())
def test_moments_and_days_of_a_workbook_are_what_they_are(at: datetime) -> None:
    assert checking._value_fits("moment", at)
    assert checking._value_fits("date", at.date())
    assert not checking._value_fits("moment", at.date())
    assert checking._text_fits("moment", at.isoformat())
    assert checking._text_fits("date", at.date().isoformat())


GOOD = Seen(
    own_resource=True,
    catalogued=True,
    opening="open",
    personal=False,
    kind="enterprise",
    own_paper=True,
    format="csv",
    confirmed=False,
    agrees=True,
)


@pytest.mark.parametrize(
    ("change", "cite"),
    [
        ({"opening": "on_application"}, "SEED:1"), ({"opening": "closed"}, "SEED:1"), ({"catalogued": False}, "SEED:1"),
        ({"own_resource": False}, "SEED:1"), ({"personal": True}, "HOUSE:releases"), ({"own_paper": False}, "HOUSE:releases"),
        ({"format": ""}, "HOUSE:releases"), ({"agrees": False}, "HOUSE:releases"), ({"kind": "government"}, "SEED:1"),
    ],
)  # fmt: skip
def test_each_rule_refuses_what_it_is_there_for(change: dict[str, Any], cite: str) -> None:
    every = {one.name: one for one in (*rules.DRAFT_RULES, *rules.PUBLISH_RULES)}.values()
    assert all(one.check(GOOD).complies for one in every)
    seen = Seen(**(vars(GOOD) | change))
    refused = [one for one in every if not one.check(seen).complies]
    assert [one.cite for one in refused] == [cite]


def test_confirmed_government_data_may_be_published() -> None:
    seen = Seen(**(vars(GOOD) | {"kind": "government", "confirmed": True}))
    assert rules.government_data_is_confirmed.check(seen).complies


@pytest.mark.parametrize("value", ["1e999", "NaN", "-1e999", "1.5"])
def test_a_number_without_end_is_no_whole_number(value: str) -> None:
    assert "“a”有 1 个值不是整数" in said(judged(f'[{{"a": {value}}}]'.encode(), "json", {"a": "whole"}))


def test_no_number_of_a_parquet_file_is_no_whole_number() -> None:
    out = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": [1.0, float("nan")]}), out)
    assert "“a”有 1 个值不是整数" in said(judged(out.getvalue(), "parquet", {"a": "whole"}))


@pytest.mark.parametrize(
    "content", [rb'[{"a": "x\u0000y"}]', rb'[{"a": "x\ud800y"}]', rb'[{"x\u0000y": 1}]', rb'[{"x\ud800y": 1}]']
)
def test_what_cannot_be_kept_is_quoted_with_a_mark_in_its_place(content: bytes) -> None:
    assert "x\ufffdy" in said(judged(content, "json", {"a": "whole"}))


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_long_text_in_every_row_of_a_parquet_file_is_kept_once(dictionary: bool) -> None:
    out, rows = io.BytesIO(), 400  # eighty million characters in all
    texts = ["长" * 100_000 if dictionary else str(number) for number in range(rows)]
    parquet.write_table(pyarrow.table({"a.b": [None, *texts], "n": range(rows + 1)}), out, use_dictionary=dictionary)
    tracemalloc.start()
    verdict = judged(out.getvalue(), "parquet", {"a.b": "text", "n": "whole"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (said(verdict), verdict.rows, verdict.columns[0].nulls) == ("", rows + 1, 1)
    assert peak < 20_000_000


@pytest.mark.parametrize("column", [[["x"]], [{"x": 1}], [b"x"]])
def test_a_column_of_parquet_holds_single_values(column: list[Any]) -> None:
    out = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": column}), out)
    assert "不是一列单个的值" in said(judged(out.getvalue(), "parquet", {"a": "text"}))


def test_long_values_are_not_remembered() -> None:
    checking._text_fits.cache_clear()
    judged(as_csv([{"a": f"{number}" + "x" * 1_000} for number in range(50)]), elements={"a": "whole"})
    assert checking._text_fits.cache_info().currsize == 0
