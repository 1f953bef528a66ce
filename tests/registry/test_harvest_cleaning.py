"""What becomes of the rows of somebody's catalogue: what is taken, what is mended, and what is told."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.registry.harvest import shelves
from tongqu.exchange.registry.harvest.spellings import MEANINGS, meaning, reviewed
from tongqu.exchange.registry.rows import reading
from tongqu.exchange.registry.rows.cleaning import TITLE_MAX, Clean, Fault, clean
from tongqu.exchange.registry.rows.written import plain

TODAY = date(2026, 11, 28)


def taken(**row: Any) -> tuple[Clean, list[str]]:
    made, faults = clean({"title": "企业名录", **row}, today=TODAY)
    assert made is not None
    return made, [fault.code for fault in faults]


def lost(content: bytes) -> list[tuple[int, str]]:
    return [(line.number, line.fault.code) for line in reading.rows(content) if line.fault is not None]


def test_a_row_is_read_whether_it_is_named_in_chinese_or_as_dcat_has_it() -> None:
    chinese, _ = clean({"名称": "公交线路", "摘要": "线路", "来源部门": "市交通局", "更新频率": "每月"}, today=TODAY)
    dcat, _ = clean(
        {"title": "公交线路", "description": "线路", "publisher": {"name": "市交通局"}, "accrualPeriodicity": "每月"},
        today=TODAY,
    )
    assert chinese == dcat
    assert chinese is not None
    assert (chinese.department, chinese.cycle) == ("市交通局", "每月")


def test_markup_goes_and_its_text_stays() -> None:
    made, faults = taken(description='<p onclick="x()">名称<script>alert(1)</script>、地址</p>&amp;电话')
    assert made.text == "名称 、地址 &电话"
    assert faults == ["markup"]


def test_a_text_made_of_beginnings_is_read_like_any_other() -> None:
    made, _ = taken(description="<!--" * 200_000 + "完" + "<script>" * 100_000)
    assert made.text
    assert taken(description="<!-- 注 -->甲<STYLE>x{}</style>乙<!-- 注 -->")[0].text == "甲 乙"


def test_a_comparison_is_no_markup() -> None:
    assert taken(description="PM2.5 < 35 且 > 10")[0].text == "PM2.5 < 35 且 > 10"


def test_a_title_of_five_thousand_characters_is_cut_and_told() -> None:
    made, faults = taken(title="数" * 5_000)
    assert len(made.title) == TITLE_MAX
    assert faults == ["too-long"]


@pytest.mark.parametrize("title", ["", "  ", None, "<br>", "\u200b\x00"])
def test_a_row_without_a_title_is_lost_and_told(title: Any) -> None:
    made, faults = clean({"title": title, "description": "有摘要"}, today=TODAY)
    assert made is None
    assert [fault.code for fault in faults if fault.lost] == ["no-title"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2020-07-20", date(2020, 7, 20)), ("2020/7/2", date(2020, 7, 2)), ("2020年7月20日", date(2020, 7, 20)),
        ("20200720", date(2020, 7, 20)), ("2020-07-20 08:30", date(2020, 7, 20)), ("1595203200000", date(2020, 7, 20)),
        ("2020-07-20T08:30:00+08:00", date(2020, 7, 20)),
    ],
)  # fmt: skip
def test_dates_are_read_as_portals_write_them(written: str, day: date) -> None:
    made, faults = taken(update_time=written)
    assert (made.updated, faults) == (day, [])


@pytest.mark.parametrize("written", ["20223-01-02", "2030-01-01", "1900-01-01", "2020-13-40", "去年", "9" * 13])
def test_a_date_that_cannot_be_is_left_out_and_told(written: str) -> None:
    made, faults = taken(update_time=written)
    assert (made.updated, faults) == (None, ["no-such-date"])


@pytest.mark.parametrize("written", ["javascript:alert(1)", "http://", "https://a b", "ftp://x", "http://" + "a" * 400])
def test_a_link_that_is_none_is_left_out_and_told(written: str) -> None:
    made, faults = taken(url=written)
    assert (made.url, faults) == ("", ["bad-url"])


def test_two_rows_that_say_the_same_are_alike_whatever_their_spaces_and_numbers() -> None:
    one, _ = taken(id="1", description="名称、 地址")
    other, _ = taken(id="2", description="名称、地址")
    another, _ = taken(id="3", description="名称、电话")
    assert one.likeness == other.likeness
    assert one.digest != other.digest
    assert one.likeness != another.likeness


@given(
    st.dictionaries(
        st.text(max_size=8), st.text(max_size=40) | st.integers() | st.none() | st.lists(st.text(max_size=9))
    )
)
def test_no_row_whatever_is_in_it_breaks_the_cleaning(row: dict[str, Any]) -> None:
    made, faults = clean({**row, "title": row.get("title", "名")}, today=TODAY)
    assert (made is None) == any(fault.lost for fault in faults)
    assert made is None or (0 < len(made.title) <= TITLE_MAX and made.title == " ".join(made.title.split()))


# Files.


def test_lines_of_json_a_list_of_ckan_and_csv_give_the_same_rows() -> None:
    rows = [{"title": "甲", "description": "一"}, {"title": "乙", "description": "二"}]
    files = [
        "\n".join(json.dumps(row) for row in rows).encode(),
        json.dumps(rows).encode(),
        json.dumps({"success": True, "result": {"count": 2, "results": rows}}).encode(),
        json.dumps({"@context": "https://elsewhere.example/context.jsonld", "@graph": [
            {"dct:title": row["title"], "dct:description": row["description"]} for row in rows]}).encode(),
        "title,description\r\n甲,一\r\n乙,二\r\n".encode("utf-8-sig"),
        "title\tdescription\n甲\t一\n乙\t二\n".encode("gb18030"),
    ]  # fmt: skip
    for content in files:
        assert [line.row for line in reading.rows(content)] == rows


def test_a_zip_with_one_file_is_opened_and_any_other_is_refused() -> None:
    def packed(**files: str) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return made.getvalue()

    assert [line.row for line in reading.rows(packed(a="title\n甲\n"))] == [{"title": "甲"}]
    with pytest.raises(reading.BadFile, match="one file"):
        list(reading.rows(packed(a="title\n甲\n", b="title\n乙\n")))
    with pytest.raises(reading.BadFile):
        list(reading.rows(b"PK\x03\x04 and nothing more"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\xff",
        b"a,b\n1,2\n",
        b'{"a": 1}',
        b"[1, 2",
        b"\x81\x20\xff\xff\xff",
        json.dumps({"x": []}).encode(),
    ],
    ids=repr,
)
def test_what_is_no_catalogue_is_refused_with_what_would_mend_it(content: bytes) -> None:
    with pytest.raises(reading.BadFile) as refused:
        list(reading.rows(content))
    assert refused.value.words.zh
    assert refused.value.mend.en


def test_a_line_that_cannot_be_read_is_told_and_the_others_are_read() -> None:
    content = '{"title": "甲"}\n{"title": \n[1]\n{"title": "乙"}\n'.encode()
    assert [line.row for line in reading.rows(content) if line.row] == [{"title": "甲"}, {"title": "乙"}]
    assert lost(content) == [(2, "unreadable"), (3, "unreadable")]


def test_a_line_without_an_end_is_told_in_pieces_and_never_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LINE_CHARACTERS_MAX", 1_000)
    found = lost(b"title\n" + "甲".encode() + b"\n" + b"x," * 2_000 + b"\n")
    assert found
    assert all(code in {"unreadable", "too-wide"} for _, code in found)
    assert lost(b'{"title": "a"}\n' + b"[" * 5_000 + b'\n{"title": "b"}\n') == [(2, "unreadable")]


def test_a_row_of_ten_thousand_columns_is_told() -> None:
    wide = json.dumps({f"c{n}": n for n in range(10_000)})
    assert lost(f'{{"title": "甲"}}\n{wide}\n'.encode()) == [(2, "too-wide")]
    assert lost(("title\n甲\n" + ",".join(["x"] * 10_000) + "\n").encode()) == [(3, "too-wide")]


# Words.


def test_every_reviewed_spelling_means_one_thing_and_what_is_unknown_is_not_guessed() -> None:
    for question, spellings in reviewed().items():
        assert set(spellings.values()) <= {choice.value for choice in MEANINGS[question]}
        assert all(plain(question, spelling) == spelling for spelling in spellings)
    assert meaning("opening", "无条件开放", {}) == "open"
    assert meaning("opening", "某政策", {}) == "undecided"
    assert meaning("opening", "某政策", {("opening", "某政策"): "on_application"}) == "on_application"
    assert plain("cycle", "每月(更新说明:暂无新业务数据产生)") == "每月"


def test_places_are_found_by_their_names_of_the_day() -> None:
    places = shelves.places(TODAY)
    assert places.region_of("浙江省", "杭州市", "拱墅区") == "330105"
    assert places.region_of("浙江省", "杭州市", "没有的区") == "330100"
    assert places.region_of("火星省", "", "") == ""
    assert places.region_of("上海市", "上海市", "")[:2] == "31"
    assert shelves.places(date(2022, 1, 1)).region_of("浙江省", "杭州市", "下城区") == "330103"
    assert places.region_of("浙江省", "杭州市", "下城区") == "330100"


def test_a_fault_says_what_in_both_languages() -> None:
    _, faults = clean({"title": "甲", "update_time": "20223-01-02"}, today=TODAY)
    assert all(isinstance(fault, Fault) and fault.words.zh and fault.words.en and fault.raw for fault in faults)
