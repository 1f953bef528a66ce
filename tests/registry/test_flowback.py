"""A province's data flows back: each city and county receives its own rows, every row is counted, what is late is told."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.utils import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.conftest import day
from tests.registry.departments import NOON, Departments
from tongqu.exchange.bedrock import calendar, evidence, papers
from tongqu.exchange.bedrock.procedures import Alarm, NotYours, Refused, Unknown, begin, perform, place_hold, see
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue, flowback
from tongqu.exchange.registry.flowback import EDITION, SUBSCRIPTION, cycles, dividing
from tongqu.exchange.registry.models import Edition, Portion
from tongqu.exchange.web import history

FILE = """date,city_code,confirmed
2020-02-01,420100,10
2020-02-01,420102,3
2020-02-01,420500,7
2020-02-01,429005,2
2020-02-01,,1
2020-02-01,999999,1
2020-02-01,420100
"""


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


# The dividing itself, without a database.


def divided(text: str | bytes, *wanted: tuple[str, str]) -> dividing.Division:
    return dividing.divide(text.encode() if isinstance(text, str) else text, wanted)


def content(found: dividing.Division, territory: str, column: str = "city_code") -> str:
    return b"".join(found.parts[column, territory].pieces()).decode()


def test_a_row_goes_to_its_county_and_to_the_city_above() -> None:
    found = divided(FILE, ("city_code", "420100"), ("city_code", "420102"), ("city_code", "421000"))
    assert content(found, "420100") == "date,city_code,confirmed\n2020-02-01,420100,10\n2020-02-01,420102,3\n"
    assert content(found, "420102") == "date,city_code,confirmed\n2020-02-01,420102,3\n"
    assert content(found, "421000") == "date,city_code,confirmed\n"
    assert (found.rows, found.taken, found.unclaimed, found.unknown, found.broken) == (7, 2, 2, 2, 1)
    assert found.of_nobody == {"420500": 1, "429005": 1}


def test_codes_of_nine_and_twelve_digits_and_of_an_old_edition_belong_where_they_belonged() -> None:
    assert [dividing.six_digits(one) for one in (" 420102 ", "420102001", "420102001002", "4201020010", "42010", "武汉")] == [
        "420102", "420102", "420102", "", "", "",
    ]  # fmt: skip
    assert divisions.lineage("420102") == ("420102", "420100", "420000")
    assert divisions.lineage("429005") == ("429005", "420000")
    assert divisions.lineage("330103")[-1] == "330000"
    assert divisions.lineage("999999") == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_windows_writes_is_read_too_and_comes_out_as_utf8(encoding: str) -> None:
    text = "日期,区划\r\n二月,420100\r\n"
    found = divided(text.encode(encoding), ("区划", "420100"))
    assert content(found, "420100", "区划") == "日期,区划\n二月,420100\n"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "第 1 行没有列名"),
        ("\n1,2\n", "第 1 行没有列名"),
        ("a,a\n1,2\n", "第 1 行的列名“a”重复，第 1, 2 列"),
        ("date,code\n1,420100\n", "第 1 行没有约定的区划列“city_code”；有：date, code"),
        (b"date,city_code\n\xff\xfe\xfd\x81,420100\n", "既不是 UTF-8"),
        (",".join(f"c{n}" for n in range(2_001)) + "\n", "第 1 行有 2,001 个列名，最多 2,000 个"),
    ],
)
def test_what_cannot_be_divided_says_why(file: str | bytes, said: str) -> None:
    with pytest.raises(dividing.BadEdition) as bad:
        divided(file, ("city_code", "420100"))
    assert said in bad.value.words.zh
    assert bad.value.mend.zh


def test_rows_with_a_fault_are_told_by_their_lines_the_first_of_each_kind() -> None:
    text = 'date,city_code\n1,420100\n2,999999\n\n"3\n3",420100\n4\n5,x\n'
    found = divided(text, ("city_code", "420100"))
    assert (found.taken, found.unknown, found.broken) == (2, 2, 1)
    assert found.lines == {"unknown": [3, 8], "broken": [7]}
    found.close()
    many = divided("date,city_code\n" + "1,x\n" * 1_000, ("city_code", "420100"))
    assert (many.unknown, many.lines["unknown"]) == (1_000, list(range(2, 2 + dividing.LINES_TOLD_MAX)))
    many.close()


def test_a_field_beyond_measure_is_one_row_that_cannot_be_read() -> None:
    found = divided("a,city_code\n" + "x" * 200_000 + ",420100\n1,420100\n", ("city_code", "420100"))
    assert (found.taken, found.broken) == (1, 1)


def test_quotes_commas_and_lines_inside_a_field_stay_one_row() -> None:
    found = divided('note,city_code\n"a,""b""\nc",420100\n', ("city_code", "420100"))
    assert rows_of(content(found, "420100").encode()) == [["note", "city_code"], ['a,"b"\nc', "420100"]]


@pytest.mark.parametrize(
    "lines",
    [
        '420100,"甲,1\n420200,乙,2\n420300,丙",3\n420200,丁,4\n',
        '420100,"甲",1\n420100,"甲\r420200,乙",1\r420200,丁,4\n',
        '420100,"甲,1\n420200,乙,2\n',
        '420100,甲,1\n420100,"甲\n"乙,2\n',
    ],
)
def test_a_stray_quote_hands_nobody_the_rows_of_others(lines: str) -> None:
    with pytest.raises(dividing.BadEdition) as bad:
        divided("city_code,name,n\n" + lines, ("city_code", "420100"))
    assert "引号把后面的行并成了一个值" in bad.value.words.zh


def test_a_quote_that_stays_in_its_line_costs_its_line_alone() -> None:
    found = divided('city_code,name\n420100,"甲"乙\n420100,丙\n', ("city_code", "420100"))
    assert (found.rows, found.taken, found.broken) == (2, 1, 1)


CODES = ["420100", "420102", "420103", "420500", "429005", "420000", "000000", ""]


@given(
    st.lists(st.tuples(st.sampled_from(CODES), st.text('ab,"\n 中', max_size=4))),
    st.sets(st.sampled_from(CODES[:5]), min_size=1),
)
def test_every_row_is_counted_once_and_reaches_exactly_the_territories_it_lies_in(
    rows: list[tuple[str, str]], wanted: set[str]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["city_code", "note"])
    writer.writerows(rows)
    found = divided(text.getvalue(), *(("city_code", one) for one in sorted(wanted)))
    assert found.rows == len(rows) == found.taken + found.unclaimed + found.unknown + found.broken
    assert sum(found.of_nobody.values()) == found.unclaimed
    for territory in wanted:
        own = [[code, note] for code, note in rows if territory in divisions.lineage(code)]
        assert rows_of(content(found, territory).encode())[1:] == own
        assert found.parts["city_code", territory].rows == len(own)
    assert found.unknown == Counter(bool(divisions.lineage(code)) for code, _ in rows)[False]


def test_the_digest_is_of_what_is_handed_over(tmp_path: Any, settings: Any, db: None) -> None:
    settings.PAPERS_ROOT = tmp_path
    part = divided(FILE, ("city_code", "420100")).parts["city_code", "420100"]
    kept = papers.keep(part.pieces(), name="part.csv", at=NOON, by=None)
    assert (kept.sha256, kept.size) == (part.sha256, part.size)


def test_an_edition_is_late_after_the_cycle_and_its_days_of_grace() -> None:
    assert [cycles.due_date(one, date(2026, 1, 31)) for one in ("day", "week", "month", "quarter", "year", "on_demand")] == [
        date(2026, 2, 4), date(2026, 2, 10), date(2026, 3, 3), date(2026, 5, 3), date(2027, 2, 3), date(2027, 2, 3),
    ]  # fmt: skip


# Subscribing.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("by", "changes", "rule"),
    [
        ("city", {"territory": "420500"}, "the_territory_is_the_subscribers_own"),
        ("county", {"territory": "420100"}, "the_territory_is_the_subscribers_own"),
        ("civil", {"territory": "420000"}, "it_flows_from_above"),
        ("city", {"territory": "420199"}, "the_territory_stands"),
        ("city", {"column": "区划"}, "the_column_is_an_element"),
        ("hospital", {}, "a_department_subscribes"),
        ("supplier", {}, "a_department_subscribes"),
        ("health", {"territory": "420100"}, "the_resource_can_flow_back"),
    ],
)
def test_a_city_subscribes_for_its_own_territory_to_what_lies_above(
    offices: Departments, by: str, changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        offices.subscribe(offices.resource(), by, **changes)
    assert rule in blocked(refused)
    assert all(one.mend is not None for one in refused.value.findings if one.blocks)


@pytest.mark.django_db
def test_what_is_not_shared_or_comes_more_rarely_is_not_subscribed_to(offices: Departments) -> None:
    with pytest.raises(Refused) as refused:
        offices.subscribe(offices.resource(sharing="none"))
    assert blocked(refused) == ["the_resource_can_flow_back"]
    monthly = offices.resource(name="床位月报", source="beds", cycle="month")
    with pytest.raises(Refused) as refused:
        offices.subscribe(monthly, cycle="week")
    assert blocked(refused) == ["no_more_often_than_it_changes"]
    assert offices.subscribe(monthly, cycle="month")


@pytest.mark.django_db
def test_a_city_may_subscribe_for_a_county_of_its_own_and_once_only(offices: Departments) -> None:
    resource = offices.resource()
    first = offices.subscribe(resource, territory="420102")
    assert offices.subscription(first).title() == "湖北省武汉市江岸区数据回流"
    assert offices.subscribe(resource, "county", territory="420102")
    with pytest.raises(Refused) as refused:
        offices.subscribe(resource, territory="420102")
    assert blocked(refused) == ["the_same_is_not_subscribed_twice"]
    offices.on("withdraw", first, "city", reason="由区里订阅")
    assert offices.subscribe(resource, territory="420102")


# Editions.


def handed_in(offices: Departments, resource: int, version: str = "2026-10", text: str = FILE, **changes: Any) -> int:
    at = changes.pop("at", NOON)
    file = changes.pop("file", None) or offices.table(text, at=at)
    by = offices.world.actor(changes.pop("by", "health"))
    return begin(EDITION, by=by, at=at, resource=resource, version=version, file=file).subject


@pytest.mark.django_db(transaction=True)
def test_each_subscriber_gets_its_rows_counted_and_hashed(offices: Departments) -> None:
    resource = offices.resource()
    city, county = offices.subscribed(resource), offices.subscribed(resource, "county", territory="420102")
    other = offices.subscribed(resource, "other_city", territory="420500")
    number = handed_in(offices, resource)
    assert flowback.divide(number, now=lambda: NOON) == "delivered"
    row = offices.edition(number)
    assert (row.rows, row.taken, row.unclaimed, row.unknown, row.broken) == (7, 3, 1, 2, 1)
    assert row.of_nobody == {"429005": 1}
    lines = FILE.splitlines()
    assert len(row.lines["unknown"]) == row.unknown
    assert len(row.lines["broken"]) == row.broken
    assert all(
        "42" not in lines[number - 1] or len(lines[number - 1].split(",")) != 3 for number in row.lines["broken"]
    )
    found, total = flowback.portions(edition=number)
    assert {one.subscription_id: one.rows for one in found} == {city: 2, county: 1, other: 1}
    assert total == 3
    mine = offices.world.actor("county")
    (portion,), _ = flowback.portions(subscription=county)
    paper = history.paper_of(SUBSCRIPTION, see(SUBSCRIPTION, county, mine), portion.file, mine)
    assert rows_of(papers.content(paper.sha256)) == [["date", "city_code", "confirmed"], ["2020-02-01", "420102", "3"]]
    (fact,) = [one for one in evidence.facts_of("subscription", county) if one.act == "deliver"]
    assert (fact.body["inputs"]["rows"], fact.body["inputs"]["file"]) == (1, portion.file)
    assert offices.subscription(county).state == "active"
    whole, territories = flowback.figures()
    assert (whole.subscriptions, whole.deliveries, whole.rows, whole.late_now) == (3, 3, 4, 0)
    assert [(one.territory, one.rows) for one in territories] == [("420100", 2), ("420102", 1), ("420500", 1)]


@pytest.mark.django_db(transaction=True)
def test_nobody_opens_another_territorys_rows_nor_the_whole_file(offices: Departments) -> None:
    resource = offices.resource()
    city, county = offices.subscribed(resource), offices.subscribed(resource, "county", territory="420102")
    number = handed_in(offices, resource)
    flowback.divide(number, now=lambda: NOON)
    (of_city,), _ = flowback.portions(subscription=city)
    county_actor, authority = offices.world.actor("county"), offices.world.actor("authority")
    with pytest.raises(Unknown):
        see(SUBSCRIPTION, city, county_actor)
    with pytest.raises(Unknown):
        history.paper_of(SUBSCRIPTION, see(SUBSCRIPTION, county, county_actor), of_city.file, county_actor)
    with pytest.raises(Unknown):
        history.paper_of(SUBSCRIPTION, see(SUBSCRIPTION, city, authority), of_city.file, authority)
    whole = offices.edition(number).file
    with pytest.raises(Unknown):
        history.paper_of(EDITION, see(EDITION, number, authority), whole, authority)
    for stranger in ("city", "county", "supplier"):
        with pytest.raises(Unknown):
            see(EDITION, number, offices.world.actor(stranger))
    health = offices.world.actor("health")
    assert history.paper_of(EDITION, see(EDITION, number, health), whole, health).sha256 == whole


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"file": "ab" * 32}, "the_edition_is_ones_own"),
        ({"by": "hospital"}, "the_edition_is_ones_own"),
    ],
)
def test_only_the_holder_hands_in_its_own_file(offices: Departments, changes: dict[str, Any], rule: str) -> None:
    resource = offices.resource()
    offices.subscribed(resource)
    with pytest.raises(Refused) as refused:
        handed_in(offices, resource, **changes)
    assert blocked(refused) == [rule]


@pytest.mark.django_db(transaction=True)
def test_a_version_comes_once_and_somebody_must_want_it(offices: Departments) -> None:
    resource = offices.resource()
    with pytest.raises(Refused) as refused:
        handed_in(offices, resource)
    assert blocked(refused) == ["somebody_subscribes"]
    offices.subscribed(resource)
    flowback.divide(handed_in(offices, resource), now=lambda: NOON)
    with pytest.raises(Refused) as refused:
        handed_in(offices, resource)
    assert blocked(refused) == ["a_version_comes_once"]
    picture = offices.table("%PDF", by="health")
    assert picture
    pdf = offices.world.paper("whole", "health")
    with pytest.raises(Refused) as refused:
        handed_in(offices, resource, "2026-11", file=pdf)
    assert blocked(refused) == ["the_edition_is_ones_own"]


@pytest.mark.django_db(transaction=True)
def test_a_file_without_the_agreed_column_goes_back_and_its_version_may_come_again(offices: Departments) -> None:
    resource = offices.resource()
    city = offices.subscribed(resource)
    number = handed_in(offices, resource, text="date,confirmed\n2020-02-01,3\n")
    assert flowback.divide(number, now=lambda: NOON) == "failed"
    assert "city_code" in offices.edition(number).reason
    assert offices.subscription(city).state == "agreed"
    assert flowback.divide(handed_in(offices, resource), now=lambda: NOON) == "delivered"


@pytest.mark.django_db(transaction=True)
def test_who_paused_or_is_on_hold_receives_nothing_and_keeps_nobody_from_theirs(offices: Departments) -> None:
    resource = offices.resource()
    city, county = offices.subscribed(resource), offices.subscribed(resource, "county", territory="420102")
    other = offices.subscribed(resource, "other_city", territory="420500")
    offices.on("pause", city, "city", reason="系统升级")
    place_hold(SUBSCRIPTION, other, by=offices.world.actor("authority"), at=NOON, ground="核查用途")
    number = handed_in(offices, resource)
    assert flowback.divide(number, now=lambda: NOON) == "delivered"
    assert [offices.subscription(one).state for one in (city, county, other)] == ["paused", "active", "agreed"]
    assert list(Portion.objects.values_list("subscription", flat=True)) == [county]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_half_way_leaves_nothing_delivered_and_the_next_begins_anew(
    offices: Departments, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = offices.resource()
    city, county = offices.subscribed(resource), offices.subscribed(resource, "county", territory="420102")
    number = handed_in(offices, resource)
    from tongqu.exchange.registry.flowback import running

    real, calls = running._hand_over, []

    def dies(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*given)

    monkeypatch.setattr(running, "_hand_over", dies)
    with pytest.raises(KeyboardInterrupt):
        flowback.divide(number, now=lambda: NOON)
    assert (offices.edition(number).state, Portion.objects.count()) == ("dividing", 0)
    monkeypatch.setattr(running, "_hand_over", real)
    assert flowback.left_dividing() == [number]
    assert flowback.divide(number, now=lambda: NOON) == "delivered"
    assert [offices.subscription(one).state for one in (city, county)] == ["active", "active"]
    assert flowback.divide(number, now=lambda: NOON) == "delivered"
    assert Portion.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_edition_withdrawn_while_it_is_divided_reaches_nobody(
    offices: Departments, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = offices.resource()
    offices.subscribed(resource)
    number = handed_in(offices, resource)
    real = dividing.divide

    def withdrawn_meanwhile(*given: Any) -> Any:
        perform(EDITION, "withdraw", number, by=offices.world.actor("health"), at=NOON, reason="文件有误")
        return real(*given)

    monkeypatch.setattr(dividing, "divide", withdrawn_meanwhile)
    assert flowback.divide(number, now=lambda: NOON) == "withdrawn"
    assert (Portion.objects.count(), Edition.objects.get().rows) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_whatever_is_wrong_with_a_file_the_edition_ends_and_says_why(
    offices: Departments, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = "市州区划代码" * 33
    resource = offices.resource(items=[{"name": column, "type": "text"}])
    offices.subscribed(resource, column=column)
    number = handed_in(offices, resource, text="date,confirmed\n2020-02-01,3\n")
    assert flowback.divide(number, now=lambda: NOON) == "failed"
    assert "没有约定的区划列“市州区划代码" in offices.edition(number).reason

    def fails(*_: Any) -> Any:
        raise errors.pop()

    errors: list[Exception] = [ZeroDivisionError(), OperationalError()]
    monkeypatch.setattr(dividing, "divide", fails)
    number = handed_in(offices, resource)
    with pytest.raises(OperationalError):
        flowback.divide(number, now=lambda: NOON)
    assert flowback.divide(number, now=lambda: NOON) == "failed"
    assert "读取时出错" in offices.edition(number).reason


# Late, put off, paused, over.


@pytest.mark.django_db(transaction=True)
def test_what_does_not_come_in_its_cycle_is_late_and_told_until_it_comes(offices: Departments) -> None:
    resource = offices.resource()
    city = offices.subscribed(resource, cycle="week")
    due = calendar.end_of(date(2026, 10, 22))
    assert offices.due(SUBSCRIPTION, city, "cycle") == due
    offices.world.pass_time(due - timedelta(microseconds=1))
    assert offices.subscription(city).state == "agreed"
    offices.world.pass_time(due)
    assert (offices.subscription(city).state, Alarm.objects.filter(subject=city, kind="overdue").count()) == ("late", 1)
    flowback.divide(handed_in(offices, resource, at=due), now=lambda: due)
    row = offices.subscription(city)
    assert (row.state, row.due_at) == ("active", calendar.end_of(date(2026, 11, 2)))
    (portion,), _ = flowback.portions(subscription=city)
    assert portion.late
    offices.world.pass_time(calendar.end_of(date(2026, 11, 2)))
    assert (offices.subscription(city).state, offices.subscription(city).late_times) == ("late", 2)
    assert Alarm.objects.filter(subject=city, kind="overdue").count() == 2


@pytest.mark.django_db
def test_the_provider_says_why_it_is_late_and_puts_it_off_by_a_cycle_at_most(offices: Departments) -> None:
    city = offices.subscribed(offices.resource(), cycle="week")
    due = offices.due(SUBSCRIPTION, city, "cycle")
    offices.world.pass_time(due)
    at = day(2026, 10, 23)
    for wrong in (date(2026, 10, 23), date(2026, 11, 3)):
        with pytest.raises(Refused):
            offices.on("postpone", city, "health", at, due_date=wrong, reason="源系统升级")
    offices.on("postpone", city, "health", at, due_date=date(2026, 11, 2), reason="源系统升级")
    assert offices.due(SUBSCRIPTION, city, "cycle") == calendar.end_of(date(2026, 11, 2))


@pytest.mark.django_db
def test_paused_it_is_not_late_and_resumed_it_counts_from_there(offices: Departments) -> None:
    city = offices.subscribed(offices.resource(), cycle="week")
    offices.on("pause", city, "city", reason="系统升级")
    offices.world.pass_time(day(2026, 11, 20))
    assert offices.subscription(city).state == "paused"
    offices.on("resume", city, "city", day(2026, 11, 20))
    assert offices.due(SUBSCRIPTION, city, "cycle") == calendar.end_of(date(2026, 11, 30))


@pytest.mark.django_db
def test_without_a_cycle_something_is_expected_within_a_year(offices: Departments) -> None:
    city = offices.subscribed(offices.resource(), cycle="on_demand")
    assert offices.due(SUBSCRIPTION, city, "cycle") == calendar.end_of(date(2027, 10, 15))


@pytest.mark.django_db(transaction=True)
def test_a_file_that_nobody_wants_any_more_goes_back(offices: Departments) -> None:
    resource = offices.resource()
    city = offices.subscribed(resource)
    number = handed_in(offices, resource)
    offices.on("end", city, "city", reason="不再需要")
    assert flowback.divide(number, now=lambda: NOON) == "failed"


@pytest.mark.django_db
def test_a_resource_that_leaves_the_catalogue_flows_back_no_more(offices: Departments) -> None:
    resource = offices.resource()
    city = offices.subscribed(resource)
    perform(catalogue.RESOURCE, "withdraw", resource, by=offices.world.actor("health"), at=NOON, reason="系统下线")
    offices.world.settle(NOON)
    assert offices.subscription(city).state == "ended"


@pytest.mark.django_db
def test_only_the_provider_agrees_and_only_the_two_pause(offices: Departments) -> None:
    asked = offices.subscribe(offices.resource())
    for by in ("city", "county", "authority", "civil"):
        with pytest.raises(NotYours):
            offices.on("agree", asked, by)
    offices.on("agree", asked, "health")
    for by in ("county", "authority", "other_city"):
        with pytest.raises(NotYours):
            offices.on("pause", asked, by, reason="与我无关")


@pytest.mark.django_db
def test_a_provider_escapes_no_lateness_by_suspending_and_ends_no_pause_of_another(offices: Departments) -> None:
    city = offices.subscribed(offices.resource(), cycle="week")
    due = offices.due(SUBSCRIPTION, city, "cycle")
    offices.world.pass_time(due)
    offices.on("suspend", city, "health", due, reason="系统升级")
    with pytest.raises(NotYours):
        offices.on("go_on", city, "city", due)
    back = due + timedelta(days=3)
    offices.on("go_on", city, "health", back)
    offices.world.pass_time(back)
    assert (offices.subscription(city).state, offices.subscription(city).late_times) == ("late", 2)
    with pytest.raises(NotYours):
        offices.on("pause", city, "health", back, reason="系统升级")
    offices.on("pause", city, "city", back, reason="系统升级")
    with pytest.raises(NotYours):
        offices.on("resume", city, "health", back)
    offices.on("resume", city, "city", back)
    assert offices.subscription(city).state == "agreed"
