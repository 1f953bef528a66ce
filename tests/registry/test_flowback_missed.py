"""An edition misses one subscription: the others receive theirs, both sides are told why, and once mended the same edition follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.departments import ELEMENTS, NOON, Departments
from tests.registry.test_flowback import CODES, blocked, content, divided, handed_in, rows_of
from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.procedures import (
    NotNow,
    NotYours,
    Refused,
    Unknown,
    lift_hold,
    perform,
    place_hold,
    see,
)
from tongqu.exchange.registry import flowback
from tongqu.exchange.registry.flowback import EDITION, SUBSCRIPTION, dividing
from tongqu.exchange.registry.models import MissedPortion, Portion

ITEMS = [{"name": name, "type": "text"} for name in (*ELEMENTS, "home_code")]
FILE = "date,city_code,confirmed\n1,420100,10\n2,420102,3\n3,420500,7\n4,,1\n5\n"
WITH_HOME = "date,city_code,home_code,confirmed\n1,420100,420102,10\n2,420102,420500,3\n3,420500,,7\n4,,,1\n5\n"


@pytest.fixture
def resource(offices: Departments) -> int:
    return offices.resource(items=ITEMS)


def missed_by(offices: Departments, resource: int, text: str = FILE) -> tuple[int, int, int]:
    """A city by the column that the file has, a county by one that it lacks, and the edition."""
    city = offices.subscribed(resource)
    county = offices.subscribed(resource, "county", territory="420102", column="home_code")
    return city, county, handed_in(offices, resource, text=text)


def ran(edition: int) -> str:
    return flowback.divide(edition, now=lambda: NOON)


def on_edition(offices: Departments, act: str, edition: int, by: str = "health", **inputs: Any) -> Any:
    return perform(EDITION, act, edition, by=offices.world.actor(by), at=NOON, **inputs)


def received(subscription: int) -> list[list[str]]:
    (portion,), _ = flowback.portions(subscription=subscription)
    return rows_of(papers.content(portion.file))[1:]


# The dividing itself, without a database.


def test_a_column_that_the_file_lacks_keeps_only_those_from_theirs_who_named_it() -> None:
    found = divided(FILE, ("city_code", "420100"), ("home_code", "420102"))
    assert content(found, "420100").splitlines()[1:] == ["1,420100,10", "2,420102,3"]
    assert (found.rows, found.taken, found.unclaimed, found.unknown, found.broken) == (5, 2, 1, 1, 1)
    (one,) = found.unmet.values()
    assert one.words.zh == "文件第 1 行没有约定的区划列“home_code”"
    assert "date、city_code、confirmed" in one.mend.zh
    assert "date, city_code, confirmed" in one.mend.en


def test_a_column_without_a_single_code_is_told_and_not_handed_out_as_an_empty_file() -> None:
    found = divided(FILE, ("city_code", "420100"), ("confirmed", "420102"))
    assert {name: one.why.value for name, one in found.unmet.items()} == {"confirmed": "no_codes"}
    assert "没有一行是可识别的区划代码" in found.unmet["confirmed"].words.zh


@pytest.mark.parametrize("text", ["date,city_code\n", "date,city_code\n1,429005\n"])
def test_a_file_without_rows_of_a_territory_is_in_order(text: str) -> None:
    assert divided(text, ("city_code", "420100")).unmet == {}


def test_of_very_many_columns_the_first_are_named_and_all_are_counted() -> None:
    head = ",".join(["city_code", *(f"{'列' * 60}{n}" for n in range(1_000))])
    one = divided(head + "\n", ("city_code", "420100"), ("home_code", "420102")).unmet["home_code"]
    assert "等 1,001 列" in one.mend.zh
    assert len(one.mend.zh) < 1_200


@given(
    st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES))),
    st.sets(st.sampled_from(CODES[:5]), min_size=1),
    st.sets(st.sampled_from(CODES[:5])),
)
def test_whoever_is_missed_changes_nothing_for_the_others(
    rows: Sequence[tuple[str, str]], wanted: set[str], missed: set[str]
) -> None:
    text = "city_code,n\n" + "".join(f"{code},{n}\n" for code, n in rows)
    served = [("city_code", one) for one in sorted(wanted)]
    alone, beside = divided(text, *served), divided(text, *(("gone", one) for one in sorted(missed)), *served)
    assert [content(alone, one) for _, one in served] == [content(beside, one) for _, one in served]
    for name in ("rows", "taken", "unclaimed", "unknown", "broken", "of_nobody", "lines"):
        assert getattr(alone, name) == getattr(beside, name)
    assert ("gone" in beside.unmet) is bool(missed)
    assert beside.rows == len(rows) == beside.taken + beside.unclaimed + beside.unknown + beside.broken


# An edition that reaches some.


@pytest.mark.django_db(transaction=True)
def test_the_others_receive_theirs_and_who_was_missed_is_told_with_what_would_mend_it(
    offices: Departments, resource: int
) -> None:
    city, county, edition = missed_by(offices, resource)
    due = offices.subscription(county).due_at
    assert ran(edition) == "partial"
    assert received(city) == [["1", "420100", "10"], ["2", "420102", "3"]]
    row = offices.edition(edition)
    assert (row.rows, row.taken, row.unclaimed, row.unknown, row.broken) == (5, 2, 1, 1, 1)
    behind = offices.subscription(county)
    assert (behind.state, behind.due_at, behind.delivered_at) == ("agreed", due, None)
    for asked in ({"subscription": county}, {"edition": edition}):
        (one,), total = flowback.missed(**asked)
        assert (one.version, one.territory, total) == ("2026-10", "420102", 1)
        assert one.unmet is not None
        assert "home_code" in one.unmet.words.zh
        assert "city_code" in one.unmet.mend.en
    (fact,) = [one for one in evidence.facts_of("subscription", county) if one.act == "pass_over"]
    told = fact.body["inputs"]
    assert (told["edition"], told["why"], told["column"]) == (edition, "no_column", "home_code")
    assert told["columns"] == list(ELEMENTS)
    for side in ("county", "health"):
        assert see(SUBSCRIPTION, county, offices.world.actor(side))
    with pytest.raises(Unknown):
        see(SUBSCRIPTION, county, offices.world.actor("city"))
    assert flowback.missed(subscription=city) == ([], 0)
    assert ran(edition) == "partial"
    assert Portion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_missed_somebody_is_late_for_them_all_the_same(offices: Departments, resource: int) -> None:
    city, county, edition = missed_by(offices, resource)
    ran(edition)
    due = offices.due(SUBSCRIPTION, county, "cycle")
    offices.world.pass_time(due)
    assert offices.subscription(county).state == "late"
    offices.on("name_column", county, "health", due, column="city_code")
    offices.world.settle(due)
    assert flowback.divide(edition, now=lambda: due) == "delivered"
    (portion,), _ = flowback.portions(subscription=county)
    assert portion.late
    assert offices.subscription(county).state == "active"
    assert offices.subscription(city).late_times == 1


@pytest.mark.django_db(transaction=True)
def test_with_another_column_the_same_edition_follows_and_nobody_receives_it_twice(
    offices: Departments, resource: int
) -> None:
    city, county, edition = missed_by(offices, resource)
    ran(edition)
    before = Portion.objects.get(subscription=city)
    offices.on("name_column", county, "health", column="city_code")
    offices.world.settle(NOON)
    assert offices.edition(edition).state == "mending"
    assert flowback.left_dividing() == [edition]
    assert ran(edition) == "delivered"
    assert received(county) == [["2", "420102", "3"]]
    assert Portion.objects.get(subscription=city) == before
    assert Portion.objects.filter(subscription=city).count() == 1
    row = offices.edition(edition)
    assert (row.rows, row.taken, row.unclaimed, row.unknown, row.broken) == (5, 2, 1, 1, 1)
    assert flowback.missed(edition=edition) == ([], 0)
    assert MissedPortion.objects.get().mended_at == NOON
    offices.world.settle(NOON)
    assert ran(edition) == "delivered"
    assert Portion.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_file_with_the_column_goes_to_whom_the_edition_missed_alone(offices: Departments, resource: int) -> None:
    city, county, edition = missed_by(offices, resource)
    ran(edition)
    first = offices.edition(edition).file
    on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME))
    assert offices.edition(edition).file != first
    assert ran(edition) == "delivered"
    assert received(county) == [["1", "420100", "420102", "10"]]
    assert received(city) == [["1", "420100", "10"], ["2", "420102", "3"]]
    row = offices.edition(edition)
    assert (row.rows, row.taken, row.unclaimed, row.unknown, row.broken) == (5, 2, 1, 1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('date,city_code,home_code,confirmed\n1,420100,"420102,3\n2,420102,420500,3\n', "引号"),
        ("a,a\n", "重复"),
    ],
)
def test_a_file_that_mends_nothing_goes_back_and_what_was_delivered_stays(
    offices: Departments, resource: int, text: str, said: str
) -> None:
    city, county, edition = missed_by(offices, resource)
    ran(edition)
    on_edition(offices, "supplement", edition, file=offices.table(text))
    assert ran(edition) == "partial"
    assert said in offices.edition(edition).reason
    assert (len(received(city)), flowback.portions(subscription=county)[1]) == (2, 0)
    with pytest.raises(Refused) as refused:
        handed_in(offices, resource)
    assert blocked(refused) == ["a_version_comes_once"]
    on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME))
    assert (ran(edition), offices.edition(edition).reason) == ("delivered", "")


@pytest.mark.django_db(transaction=True)
def test_a_second_file_without_the_column_is_told_anew(offices: Departments, resource: int) -> None:
    _, county, edition = missed_by(offices, resource)
    ran(edition)
    on_edition(offices, "supplement", edition, file=offices.table("city_code,home\n420100,420102\n"))
    assert ran(edition) == "partial"
    (one,), _ = flowback.missed(subscription=county)
    assert one.unmet is not None
    assert one.unmet.columns == ("city_code", "home")
    assert [one.act for one in evidence.facts_of("subscription", county)].count("pass_over") == 2
    offices.world.settle(NOON)
    assert offices.edition(edition).state == "partial"


@pytest.mark.django_db(transaction=True)
def test_where_nobody_can_be_served_the_file_goes_back_and_the_version_may_come_again(
    offices: Departments, resource: int
) -> None:
    county = offices.subscribed(resource, "county", territory="420102", column="confirmed")
    other = offices.subscribed(resource, "other_city", territory="420500", column="home_code")
    edition = handed_in(offices, resource)
    assert ran(edition) == "failed"
    assert "没有一行是可识别的区划代码" in offices.edition(edition).reason
    assert (Portion.objects.count(), MissedPortion.objects.count()) == (0, 0)
    for one in (county, other):
        offices.on("name_column", one, "health", column="city_code")
    assert ran(handed_in(offices, resource)) == "delivered"


# Who may mend, and when.


@pytest.mark.django_db(transaction=True)
def test_the_column_decides_which_rows_go_out_so_the_provider_names_it(offices: Departments, resource: int) -> None:
    _, county, edition = missed_by(offices, resource)
    ran(edition)
    for by in ("county", "city", "authority", "civil"):
        with pytest.raises(NotYours):
            offices.on("name_column", county, by, column="city_code")
    for column in ("区划", "home_code"):
        with pytest.raises(Refused) as refused:
            offices.on("name_column", county, "health", column=column)
        assert blocked(refused) == ["another_column_is_an_element"]
        assert all(one.mend is not None for one in refused.value.findings if one.blocks)
    for by in ("county", "authority"):
        for act, inputs in (("supplement", {"file": offices.table(WITH_HOME)}), ("close", {"reason": "不再补交"})):
            with pytest.raises(NotYours):
                on_edition(offices, act, edition, by, **inputs)
    with pytest.raises(Refused) as refused:
        on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME + "6,,,\n", by="civil"))
    assert blocked(refused) == ["the_edition_is_ones_own"]
    with pytest.raises(Refused):
        on_edition(offices, "supplement", edition, file=offices.world.paper("whole", "health"))
    with pytest.raises(NotNow):
        on_edition(offices, "withdraw", edition, reason="文件有误")
    assert offices.edition(edition).state == "partial"


@pytest.mark.django_db(transaction=True)
def test_only_an_edition_that_missed_somebody_is_supplemented(offices: Departments, resource: int) -> None:
    offices.subscribed(resource)
    edition = handed_in(offices, resource)
    with pytest.raises(NotNow):
        on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME))
    assert ran(edition) == "delivered"
    with pytest.raises(NotNow):
        on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME))


@pytest.mark.django_db(transaction=True)
def test_who_was_paused_while_it_was_mended_receives_it_once_resumed(offices: Departments, resource: int) -> None:
    _, county, edition = missed_by(offices, resource)
    ran(edition)
    offices.on("pause", county, "county", reason="系统升级")
    on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME))
    assert ran(edition) == "partial"
    assert flowback.portions(subscription=county)[1] == 0
    offices.world.settle(NOON)
    assert offices.edition(edition).state == "partial"
    offices.on("resume", county, "county")
    offices.world.settle(NOON)
    assert ran(edition) == "delivered"
    assert received(county) == [["1", "420100", "420102", "10"]]


@pytest.mark.django_db(transaction=True)
def test_on_hold_it_waits_without_being_divided_over_and_over(offices: Departments, resource: int) -> None:
    _, county, edition = missed_by(offices, resource)
    ran(edition)
    hold = place_hold(SUBSCRIPTION, county, by=offices.world.actor("authority"), at=NOON, ground="核查用途")
    on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME))
    assert ran(edition) == "partial"
    (one,), _ = flowback.missed(subscription=county)
    assert one.unmet is None
    offices.world.settle(NOON)
    assert offices.edition(edition).state == "partial"
    lift_hold(hold, by=offices.world.actor("authority"), at=NOON, reason="核查完毕", table=SUBSCRIPTION)
    offices.world.settle(NOON)
    assert ran(edition) == "delivered"
    assert received(county) == [["1", "420100", "420102", "10"]]


@pytest.mark.django_db(transaction=True)
def test_a_column_changed_while_the_edition_is_divided_is_not_forgotten(
    offices: Departments, resource: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, county, edition = missed_by(offices, resource)
    real = dividing.divide

    def changed_meanwhile(*given: Any) -> Any:
        offices.on("name_column", county, "health", column="city_code")
        return real(*given)

    monkeypatch.setattr(dividing, "divide", changed_meanwhile)
    assert ran(edition) == "partial"
    monkeypatch.setattr(dividing, "divide", real)
    offices.world.settle(NOON)
    assert ran(edition) == "delivered"
    assert received(county) == [["2", "420102", "3"]]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_while_it_mends_is_followed_by_another(
    offices: Departments, resource: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, county, edition = missed_by(offices, resource)
    ran(edition)
    on_edition(offices, "supplement", edition, file=offices.table(WITH_HOME))
    from tongqu.exchange.registry.flowback import running

    real = running._hand_over

    def dies(*given: Any) -> None:
        real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_hand_over", dies)
    with pytest.raises(KeyboardInterrupt):
        ran(edition)
    assert (Portion.objects.count(), flowback.missed(edition=edition)[1]) == (1, 1)
    monkeypatch.setattr(running, "_hand_over", real)
    assert flowback.left_dividing() == [edition]
    assert ran(edition) == "delivered"
    assert received(county) == [["1", "420100", "420102", "10"]]


@pytest.mark.django_db(transaction=True)
def test_the_provider_may_leave_it_at_that_and_the_next_edition_comes_as_ever(
    offices: Departments, resource: int
) -> None:
    city, county, edition = missed_by(offices, resource)
    ran(edition)
    on_edition(offices, "close", edition, reason="下一版本将含该列")
    offices.on("name_column", county, "health", column="city_code")
    offices.world.settle(NOON)
    assert (ran(edition), flowback.portions(subscription=county)[1]) == ("closed", 0)
    (one,), _ = flowback.missed(subscription=county)
    assert one.edition_state == "closed"
    with pytest.raises(Refused) as refused:
        handed_in(offices, resource)
    assert blocked(refused) == ["a_version_comes_once"]
    later = NOON + timedelta(days=1)
    following = handed_in(offices, resource, "2026-11", at=later)
    assert flowback.divide(following, now=lambda: later) == "delivered"
    assert [flowback.portions(subscription=one)[1] for one in (city, county)] == [2, 1]


@pytest.mark.django_db(transaction=True)
def test_who_ended_its_subscription_is_waited_for_no_longer(offices: Departments, resource: int) -> None:
    _, county, edition = missed_by(offices, resource)
    other = offices.subscribed(resource, "other_city", territory="420500", column="home_code")
    assert ran(edition) == "partial"
    assert flowback.missed(edition=edition)[1] == 2
    offices.on("end", county, "county", reason="不再需要")
    offices.on("name_column", other, "health", column="city_code")
    offices.world.settle(NOON)
    assert ran(edition) == "delivered"
    assert received(other) == [["3", "420500", "7"]]


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_one_miss_of_an_edition_and_says_why(offices: Departments, resource: int) -> None:
    _, county, edition = missed_by(offices, resource)
    ran(edition)
    kept = {"edition_id": edition, "of_columns": 1, "file": "a" * 64, "told_at": NOON}
    for wrong in ({"subscription_id": county, "why": "no_codes"}, {"subscription_id": county - 1, "why": "other"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            MissedPortion.objects.create(**kept, **wrong)
