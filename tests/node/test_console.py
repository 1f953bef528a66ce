"""What the console's page says of a node, in the words and colours that its owner reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.node.world import NOON, World, dataset_permit, verification_permit
from tongqu.node.config import read_config
from tongqu.node.console.page import Gathered, Page
from tongqu.node.owner import mending, summary, wording
from tongqu.node.owner.findings import BAD, Finding
from tongqu.node.owner.papers import standing
from tongqu.wire.words import Words

pytestmark = pytest.mark.anyio
STATUS = {
    "name": "示例医院节点", "enrolled_as": "1", "exchange": "https://exchange.example", "software": "tongqu-node",
    "node": None, "permits": {"active": 1}, "calls_left": 10, "disk_free_bytes": 1 << 33, "journal_bytes": 1 << 20,
    "statements": {"taken": 0, "waiting": 0, "refused": 0},
}  # fmt: skip
NOTHING = Gathered(
    at=NOON, status=STATUS, sources=(), products=(), products_all=0, statements=(), hours={}, alarms=()
)  # fmt: skip
PRODUCT = {
    "contract": "HT-2026-000001", "source": "credit", "mode": "dataset", "title": {"zh": "示例信用数据", "en": "Sample credit data"},
    "standing": "active", "calls_used": 1, "calls_max": 3, "calls_left": 2, "rate_per_minute": 60,
    "not_after": "2027-01-01T00:00:00Z",
}  # fmt: skip


def _page(*, english: bool = False, **seen: Any) -> str:
    return Page(replace(NOTHING, **seen), english=english).html()


def _product(**changes: Any) -> str:
    return _page(products=[{**PRODUCT, **changes}], products_all=1)


def _tag(page: str, words: str) -> str:
    """The colour of the tag that says these words."""
    found = re.search(rf'<span class="tq-tag ?([a-z]*)">{words}</span>', page)
    assert found, f"no tag says {words}"
    return found[1]


# -- contracts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "used", "said"),
    [
        ({}, 3, "active"),
        ({"not_before": NOON + timedelta(hours=1)}, 0, "not-begun"),
        ({"status": "suspended"}, 3, "suspended"),
        ({"status": "revoked"}, 3, "revoked"),
        ({"status": "revoked"}, 10, "used-up"),
        ({}, 10, "used-up"),
        ({"status": "revoked", "not_after": NOON}, 3, "ended"),
        ({"not_after": NOON}, 3, "ended"),
        ({"status": "revoked"}, None, "revoked"),
    ],
)
def test_how_a_contract_stands_is_told_by_what_ended_it(
    changes: Mapping[str, Any], used: int | None, said: str
) -> None:
    assert standing(verification_permit(calls_max=10, **changes), used, NOON) == said


def test_calls_of_a_contract_that_ended_are_no_longer_to_be_had() -> None:
    left = '<td class=num data-label="剩余">{}</td>'
    assert left.format("2") in _product()
    assert left.format("–") in _product(standing="revoked")


@pytest.mark.parametrize(
    ("said", "words", "colour"),
    [
        ("active", "在用", "ok"), ("suspended", "已暂停", "due"), ("not-begun", "未开始", "info"),
        ("revoked", "提前终止", ""), ("used-up", "额度用完", ""), ("ended", "已到期", ""),
    ],
)  # fmt: skip
def test_a_contract_that_ended_is_not_shown_as_a_fault(said: str, words: str, colour: str) -> None:
    assert _tag(_product(standing=said), words) == colour


def test_of_a_contract_that_ended_early_it_is_said_who_ended_it() -> None:
    assert "如买方提前结束" in _product(standing="revoked")
    assert "如买方提前结束" not in _product(standing="ended")


async def test_a_data_set_bears_its_sources_title(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit("0" * 64), dataset_permit("0" * 64, id="permit-3", source="gone"))
        told = {each["source"]: each["title"] for each in summary.products_told(read_config(world.config))["products"]}
        assert told == {"credit": {"zh": "示例信用数据", "en": "Sample credit data"}, "gone": None}


# -- what is said, and in which form -------------------------------------------------------------------------------------


def _alarm(about: str, zh: str, en: str, *, english: bool = False) -> str:
    page = _page(alarms=[Finding(about, BAD, Words(zh, en), Words("请处理。", "Mend it."))], english=english)
    found = re.search(r'<ul class="alarms">.*?</ul>', page)
    assert found
    return re.sub(r"<[^>]+>", "", found[0])


def test_an_alarm_says_once_what_it_is_about() -> None:
    unread = ("source:credit", "数据源 credit 的文件不是 UTF-8 编码。", "The file of source credit is not UTF-8.")
    assert _alarm(*unread) == "须处理数据源 credit 的文件不是 UTF-8 编码。请处理。"
    assert _alarm(*unread, english=True) == "to be mendedThe file of source credit is not UTF-8.Mend it."
    unopened = ("source:credit", "打不开 (OSError)。", "It cannot be opened (OSError).")
    assert _alarm(*unopened) == "须处理数据源 credit 打不开 (OSError)。请处理。"
    assert _alarm("disk", "磁盘只余 1 GiB。", "Only 1 GiB are left on the disk.") == "须处理磁盘只余 1 GiB。请处理。"


def test_a_number_that_names_a_thing_has_no_separators_and_an_amount_has() -> None:
    stated = {
        "contract": "HT-2026-000001", "number": 1055, "from": 1001, "to": 12000, "calls": 11000, "units": 10999,
        "made_at": "2026-11-23T04:00:00Z", "settled": "taken",
    }  # fmt: skip
    page = _page(statements=[stated])
    for told in (">1055<", ">1001–12000<", ">11,000<", ">10,999<"):
        assert told in page


# -- refusals and plots --------------------------------------------------------------------------------------------------


def _refused(counts: Mapping[str, int], *, english: bool = False) -> list[list[str]]:
    """The rows of the table of reasons, as text."""
    page = _page(hours={NOON: {("refused", code): count for code, count in counts.items()}}, english=english)
    table = page[page.index("</svg>") :]
    table = table[table.index('<table class="t cards reasons"') : table.index("</table>")]
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1])
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows
    ]


def test_each_reason_says_whose_it_is_to_mend_and_how() -> None:
    told = _refused({"disk-full": 3, "calls-exhausted": 40, "parameter-type": 7, "node-busy": 1})
    assert [row[:3] for row in told] == [
        ["次数用完", "40", "合同约定之外"],
        ["参数类型不符", "7", "买方须改请求"],
        ["磁盘将满", "3", "本节点须处理"],
        ["节点忙", "1", "自行恢复"],
    ]
    assert told[2][3] == "腾出磁盘空间。"
    assert _refused({"disk-full": 3}, english=True) == [
        ["disk nearly full", "3", "this node's to mend", "Make room on the disk."]
    ]


def test_other_reasons_come_last_and_are_the_smaller_rest() -> None:
    codes = list(wording.REFUSALS)
    steep = dict(zip(codes, [500, 400, 300, 200, 100, 90, 80, 70, 3, 2, 1], strict=False))
    assert [row[1] for row in _refused(steep)] == ["500", "400", "300", "200", "100", "90", "80", "70", "6"]
    assert _refused(steep)[-1][0] == "其他 3 种理由"
    flat = dict.fromkeys(codes[:14], 10)
    assert len(_refused(flat)) == 14  # six more of ten each would be more than any that is named
    one_more = dict(zip(codes, [9, 9, 9, 9, 9, 9, 9, 9, 1], strict=False))
    assert _refused(one_more)[-1][0] == wording.REFUSALS[codes[8]].zh  # a single one is named, not called other


def test_every_refusal_is_somebodys_to_mend() -> None:
    assert [code for code in wording.REFUSALS if mending.mend(code).whose == mending.UNKNOWN] == []
    assert mending.mend("of-a-newer-part").words.zh == "看节点日志。"


@pytest.mark.parametrize("most", [1, 640, 987_654, 12_345_678])
def test_what_stands_at_the_axes_is_whole_and_large_enough_to_read(most: int) -> None:
    page = _page(hours={NOON - timedelta(hours=back): {("answered", "dataset"): most} for back in range(48)})
    for width, text in re.findall(r'<svg class="bars" viewBox="0 0 (\d+) \d+".*?>(.*?)</svg>', page):
        for x, anchor, size, label in re.findall(
            r'<text x="([\d.]+)" y="[\d.]+" text-anchor="(\w+)" font-size="([\d.]+)"[^>]*>([^<]+)<', text
        ):
            wide = len(label) * float(size) * 0.6
            left = float(x) - (wide if anchor == "end" else wide / 2)
            assert left >= 0, label
            assert left + wide <= float(width), label
            assert float(size) * (326 / float(width) if width == "330" else 1) >= 12  # 326: a card on a phone


def test_a_phone_has_a_picture_of_its_own() -> None:
    page = _page(hours={NOON: {("answered", "dataset"): 5}})
    assert page.count('<div class="only-s"><svg class="bars" viewBox="0 0 330') == 1
    assert page.count('<div class="hide-s"><svg class="bars" viewBox="0 0 600') == 1


# -- what there is none of -----------------------------------------------------------------------------------------------


def test_a_node_that_does_not_run_and_one_without_sources_say_what_to_do() -> None:
    page = _page()
    assert _tag(page, "! 没有运行") == "due"
    for told in (
        "启动：tongqu node serve",
        "没有声明数据源",
        "在 node.toml 中加 [[sources]]。",
        "还没有许可",
        "还没有结算单",
    ):
        assert told in page


def test_a_page_that_is_being_read_can_be_kept_from_loading_anew() -> None:
    assert '<meta http-equiv="refresh" content="15">' in _page()
    still = Page(NOTHING, english=False, still=True).html()
    assert "http-equiv" not in still
    assert '<a href="./">重新自动更新</a>' in still


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0.0 MiB"), (1 << 30, "1.0 GiB"), (3 << 40, "3.0 TiB"), (5000 << 40, "5000.0 TiB")]
)
def test_sizes_come_in_the_unit_that_fits(count: int, said: str) -> None:
    assert f">{said}<" in _page(status={**STATUS, "disk_free_bytes": count})
