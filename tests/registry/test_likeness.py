"""A steward sees which entries say nearly the same, and whether it is one thing twice or one table in pieces."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.conftest import World
from tests.registry.test_harvest import NOON, row, taken
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.registry import likeness
from tongqu.exchange.registry.likeness import Kind, kinds, signatures
from tongqu.exchange.registry.models import Entry, NearPair
from tongqu.exchange.registry.search import queries
from tongqu.exchange.registry.search.store import Store

TODAY = date(2026, 11, 28)
LONG = "包括企业名称、统一社会信用代码、法定代表人、注册地址、经营范围、成立日期、登记机关、经营状态、行业分类、联系电话、信用等级、年报年度"


@pytest.fixture
def steward(world: World) -> Actor:
    return world.actor("department", "data_authority")


@pytest.fixture(autouse=True)
def own_index(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


def test_titles_tell_in_what_two_entries_differ() -> None:
    places = kinds.places_pattern(["武汉市", "黄冈市", "麻城市"])
    assert kinds.kind("2023年三季度药店名录", "2024年第一季度药店名录", None) is Kind.PERIOD
    assert kinds.kind("财政收支2022年1-12月", "财政收支2022年1-2月", None) is Kind.PERIOD
    assert kinds.kind("价格监测表(2021-4-15)", "价格监测表(2021-4-25)", None) is Kind.PERIOD
    assert kinds.kind("第三类非药品类易制毒化学品", "第二类非药品类易制毒化学品", None) is Kind.WORDS
    assert kinds.kind("第一产业增加值", "第三产业增加值", None) is Kind.WORDS
    assert kinds.kind("科目二考场", "科目三考场", None) is Kind.WORDS
    assert kinds.kind("2023年第三季度药店名录", "2024年第一季度药店名录", None) is Kind.PERIOD
    assert kinds.kind("黄冈市药店名录", "麻城药店名录", places) is Kind.PLACE
    assert kinds.kind("黄冈市药店名录", "黄冈市诊所名录", places) is Kind.WORDS
    assert kinds.kind("药店名录", "药店名录", places) is Kind.WORDS


@pytest.mark.django_db(transaction=True)
def test_what_is_nearly_the_same_is_found_within_its_province(steward: Actor) -> None:
    taken(steward, [
        row(1, title="药店名录2023年", description=LONG),
        row(2, title="药店名录2024年", description=LONG),
        row(3, title="武汉市药品零售企业名录", description=LONG + "等"),
        row(4, title="武汉市药品零售企业名单", description=LONG),
        row(5, title="公交线路", description="线路、站点、首末班时间"),
        row(6, title="药店名录2023年", description=LONG, province="浙江省", city="杭州市"),
    ])  # fmt: skip
    assert likeness.compare("42", on=TODAY) == 2
    assert likeness.compare("33", on=TODAY) == 0
    found = likeness.pairs()
    assert [(one.one.key, one.other.key, one.kind) for one in found.items] == [
        ("c-1", "c-2", Kind.PERIOD), ("c-3", "c-4", Kind.WORDS),
    ]  # fmt: skip
    assert (found.total, found.kinds, found.provinces) == (2, {"period": 1, "words": 1}, {"42": 2})
    assert likeness.pairs("words", "42").total == 1
    assert likeness.pairs("words", "33").total == 0
    (beside,) = likeness.near(Entry.objects.get(key="c-4").pk)
    assert beside.one.key == "c-3"
    assert 90 <= beside.percent < 100


@pytest.mark.django_db(transaction=True)
def test_one_thing_in_two_catalogues_is_the_same_and_a_comparison_replaces_the_one_before(steward: Actor) -> None:
    taken(steward, [row(1, portal="一"), row(1, portal="二"), row(2, portal="二", title="第1类企业名录")])
    assert likeness.compare("42", on=TODAY) == 1  # of the two in one catalogue only the first is compared
    ((pair),) = likeness.pairs().items
    assert (pair.kind, pair.percent, {pair.one.catalog, pair.other.catalog}) == (Kind.SAME, 100, {"一", "二"})
    Entry.objects.filter(key="c-1", catalog__key="二").update(title="水库水位", text="站点")
    assert likeness.compare("42", on=TODAY) == 0
    assert NearPair.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_its_catalogue_took_down_is_not_compared(steward: Actor) -> None:
    taken(steward, [row(1, portal="一"), row(1, portal="二")])
    Entry.objects.filter(catalog__key="二").update(gone_at=NOON)
    assert likeness.compare("42", on=TODAY) == 0


@pytest.mark.django_db(transaction=True)
def test_one_thing_in_six_catalogues_is_fifteen_pairs_and_each_entry_shows_five(steward: Actor) -> None:
    taken(steward, [row(1, portal=f"平台{n}") for n in range(6)])
    assert likeness.compare("42", on=TODAY) == 15
    assert {len(likeness.near(one.pk)) for one in Entry.objects.all()} == {5}


@pytest.mark.django_db(transaction=True)
def test_pairs_of_entries_that_have_gone_or_moved_are_not_shown(steward: Actor) -> None:
    taken(steward, [row(1, portal="一"), row(1, portal="二"), row(1, portal="三")])
    assert likeness.compare("42", on=TODAY) == 3
    one, other, third = Entry.objects.order_by("catalog__key")
    Entry.objects.filter(pk=one.pk).update(gone_at=NOON)
    assert likeness.pairs().total == 1
    assert likeness.near(one.pk) == ()
    Entry.objects.filter(pk=other.pk).update(region="330100")
    assert (likeness.pairs().total, likeness.pairs().items, likeness.near(third.pk)) == (0, (), ())


@given(st.lists(st.sampled_from(["甲乙丙", "丁戊己", "庚辛壬"]), max_size=130))
def test_of_very_many_alike_each_is_paired_with_the_first(texts: list[str]) -> None:
    found = set(signatures.candidates(signatures.signatures(texts), least=0.75))
    for n, text in enumerate(texts):
        first = texts.index(text)
        assert first == n or (first, n) in found


TEXTS = st.lists(st.text(alphabet="数据资源名单企业目录", min_size=0, max_size=40), max_size=12)


@given(TEXTS)
def test_equal_texts_are_always_candidates_of_each_other_or_of_the_first(texts: list[str]) -> None:
    whole = [text for text in texts if len(text) > 1]
    found = signatures.candidates(signatures.signatures(whole), least=0.75)
    for n, text in enumerate(whole):
        first = whole.index(text)
        if first < n:
            assert (first, n) in found or any(b == n and whole[a] == text for a, b in found)


@given(st.text(alphabet="甲乙丙丁戊", max_size=30), st.text(alphabet="甲乙丙丁戊", max_size=30))
def test_what_two_texts_have_in_common_is_the_same_from_both_sides(one: str, other: str) -> None:
    assert signatures.in_common(one, other) == signatures.in_common(other, one)
    assert 0 <= signatures.in_common(one, other) <= 1
    assert signatures.in_common(one, one) == 1
