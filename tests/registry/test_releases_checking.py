"""What a file must be to be released: its entry's columns, of their types, without anybody's personal data. No database."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
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


def judged(
    content: bytes, format_: str = "csv", elements: dict[str, str] | None = None, *, names_persons: bool = False
) -> Verdict:
    return check(content, format_, ELEMENTS if elements is None else elements, names_persons=names_persons)


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
    assert said(judged(content, elements={name: "text", "a": "text"}, names_persons=True)) == ""


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
)


@pytest.mark.parametrize(
    ("change", "cite"),
    [
        ({"opening": "on_application"}, "SEED:1"), ({"opening": "closed"}, "SEED:1"), ({"catalogued": False}, "SEED:1"),
        ({"own_resource": False}, "SEED:1"), ({"personal": True}, "HOUSE:releases"), ({"own_paper": False}, "HOUSE:releases"),
        ({"format": ""}, "HOUSE:releases"), ({"kind": "government"}, "SEED:1"),
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
