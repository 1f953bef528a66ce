"""What the console's page says of a node, in the words and colours that its owner reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.node.world import NOON, World, dataset_permit, verification_permit
from tongqu.node.config import read_config
from tongqu.node.console.page import Gathered, Page
from tongqu.node.owner import summary
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
    assert "由交易所撤销许可" in _product(standing="revoked")
    assert "由交易所撤销许可" not in _product(standing="ended")


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
