"""A holder opens its data version by version; a department's waits for the data authority; what was withdrawn says why."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import Actor, NotNow, NotYours, Refused, Unknown, begin, perform
from tongqu.exchange.registry import catalogue, releases
from tongqu.exchange.registry.models import Release, ReleaseDay
from tongqu.exchange.registry.releases import RELEASE

pytestmark = pytest.mark.django_db

NOON = day(2026, 11, 3)
GOOD = b"usage\n1.5\n2\n"


def file_of(world: World, content: bytes = GOOD, by: str = "supplier", name: str = "power.csv") -> str:
    return papers.keep(content, name=name, at=NOON, by=world.parties[by].pk).sha256


def handed_in(world: World, resource: int, by: str = "supplier", content: bytes = GOOD, **changes: Any) -> int:
    asked = {
        "resource": resource,
        "file": file_of(world, content, by),
        "note": "一月的",
        "licence": "cc-by-4.0",
    } | changes
    return begin(RELEASE, by=world.actor(by), at=NOON, **asked).subject


def checked(world: World, resource: int, by: str = "supplier", content: bytes = GOOD, **changes: Any) -> int:
    made = handed_in(world, resource, by, content, **changes)
    releases.run(made, now=lambda: NOON)
    return made


def published(world: World, resource: int, content: bytes = GOOD, **changes: Any) -> int:
    made = checked(world, resource, content=content, **changes)
    perform(RELEASE, "publish", made, by=world.supplier, at=NOON)
    return made


@pytest.fixture
def resource(world: World) -> int:
    return world.catalogued(day(2026, 10, 8), opening="open")


@pytest.fixture
def authority(world: World) -> Actor:
    return world.actor("rival", "data_authority")


def test_versions_follow_each_other_and_older_ones_stay(world: World, resource: int) -> None:
    first = published(world, resource)
    second = published(world, resource, b"usage\n3\n", note="二月的")
    newest, older = releases.versions([resource])[resource]
    assert [(one.version, one.id, one.rows, one.withdrawn) for one in (newest, older)] == [
        (2, second, 1, False),
        (1, first, 2, False),
    ]
    assert newest.sha256 != older.sha256
    assert older.file_name == "306012-000001-v1.csv"
    assert (older.columns[0].name, older.columns[0].type, older.licence_address) == (
        "usage", "number", "https://creativecommons.org/licenses/by/4.0/",
    )  # fmt: skip
    page = releases.open_data()
    assert (page.total, page.rows, page.items[0].version) == (1, 1, 2)


def test_nothing_is_public_before_it_is_published(world: World, resource: int) -> None:
    made = handed_in(world, resource)
    with pytest.raises(NotNow):
        perform(RELEASE, "publish", made, by=world.supplier, at=NOON)
    assert releases.run(made, now=lambda: NOON) == "checked"
    assert (releases.versions([resource]), releases.open_data().total) == ({}, 0)
    with pytest.raises(Unknown):
        releases.version(resource, 1)
    perform(RELEASE, "withdraw", made, by=world.supplier, at=NOON, reason="交错了")
    assert releases.versions([resource]) == {}


@pytest.mark.parametrize(
    ("entry", "cite"),
    [
        ({"opening": "on_application", "opening_condition": "提出申请"}, "SEED:1"),
        ({"opening": "closed"}, "SEED:1"),
        ({"opening": "open", "personal": True}, "HOUSE:releases"),
    ],
)
def test_what_is_not_open_is_not_released(world: World, entry: dict[str, Any], cite: str) -> None:
    resource = world.catalogued(day(2026, 10, 8), **entry)
    with pytest.raises(Refused) as refused:
        handed_in(world, resource)
    assert [finding.cite for finding in refused.value.findings if finding.blocks] == [cite]


def test_an_entry_that_closes_meanwhile_stops_the_publication_and_hides_what_was_open(
    world: World, resource: int
) -> None:
    published(world, resource)
    waiting = checked(world, resource)
    perform(
        catalogue.RESOURCE, "update", resource, by=world.supplier, at=NOON,
        **world.entry(opening="on_application", opening_condition="提出申请"),
    )  # fmt: skip
    with pytest.raises(Refused):
        perform(RELEASE, "publish", waiting, by=world.supplier, at=NOON)
    assert (releases.versions([resource]), releases.open_data().total) == ({}, 0)
    with pytest.raises(Unknown):
        releases.version(resource, 1)


def test_a_stranger_releases_nothing_of_others(world: World, resource: int) -> None:
    with pytest.raises(Refused):
        handed_in(world, resource, "rival")
    mine = file_of(world, b"usage\n77\n")
    with pytest.raises(Refused) as refused:
        begin(
            RELEASE, by=world.actor("rival"), at=NOON, file=mine, note="别人的", licence="mit",
            resource=world.catalogued(day(2026, 10, 8), "rival", opening="open"),
        )  # fmt: skip
    assert [finding.cite for finding in refused.value.findings if finding.blocks] == ["HOUSE:releases"]
    made = checked(world, resource)
    for act in ("publish", "withdraw"):
        with pytest.raises((NotYours, Unknown)):
            perform(
                RELEASE,
                act,
                made,
                by=world.actor("rival"),
                at=NOON,
                **({"reason": "不是我的"} if act == "withdraw" else {}),
            )


def test_a_file_that_does_not_fit_comes_back_with_every_fault_and_may_be_replaced(world: World, resource: int) -> None:
    made = checked(world, resource, content="usage,姓名\nmany,甲\n".encode())
    row = Release.objects.get(pk=made)
    assert row.state == "returned"
    assert len(row.faults) == 3
    assert all(fault["zh"] and fault["en"] and fault["mend_zh"] for fault in row.faults)
    perform(RELEASE, "amend", made, by=world.supplier, at=NOON, file=file_of(world), note="改正", licence="cc0-1.0")
    assert releases.run(made, now=lambda: NOON) == "checked"
    row.refresh_from_db()
    assert (row.faults, row.rows) == ([], 2)
    assert releases.run(made, now=lambda: NOON) == "checked"


def test_a_departments_data_waits_for_the_data_authority(world: World, authority: Actor) -> None:
    resource = world.catalogued(day(2026, 10, 8), "department", kind="government", opening="open")
    made = checked(world, resource, "department")
    assert Release.objects.get(pk=made).state == "referred"
    department = world.actor("department")
    with pytest.raises(NotNow):
        perform(RELEASE, "publish", made, by=department, at=NOON)
    with pytest.raises(NotYours):
        perform(RELEASE, "confirm", made, by=department, at=NOON)
    with pytest.raises(Refused) as own:
        perform(RELEASE, "confirm", made, by=world.actor("department", "supplier", "data_authority"), at=NOON)
    assert [finding.cite for finding in own.value.findings if finding.blocks] == ["HOUSE:releases"]
    perform(RELEASE, "confirm", made, by=authority, at=NOON)
    perform(RELEASE, "publish", made, by=department, at=NOON)
    assert releases.version(resource, 1).version == 1


def test_what_the_authority_sends_back_needs_its_word_again(world: World, authority: Actor) -> None:
    resource = world.catalogued(day(2026, 10, 8), "department", kind="government", opening="open")
    made = checked(world, resource, "department")
    perform(RELEASE, "send_back", made, by=authority, at=NOON, reason="期间写错")
    assert Release.objects.get(pk=made).reason == "期间写错"
    perform(
        RELEASE,
        "amend",
        made,
        by=world.actor("department"),
        at=NOON,
        file=file_of(world, by="department"),
        note="改正",
        licence="mit",
    )
    assert releases.run(made, now=lambda: NOON) == "referred"


def test_an_entry_that_becomes_government_data_after_the_check_is_not_published_unconfirmed(
    world: World, resource: int
) -> None:
    made = checked(world, resource)
    perform(
        catalogue.RESOURCE,
        "update",
        resource,
        by=world.supplier,
        at=NOON,
        **world.entry(opening="open", kind="government"),
    )
    with pytest.raises(Refused) as refused:
        perform(RELEASE, "publish", made, by=world.supplier, at=NOON)
    assert [finding.rule for finding in refused.value.findings if finding.blocks] == ["government_data_is_confirmed"]


def test_what_was_withdrawn_stays_in_the_list_with_its_reason_and_its_number_is_not_given_again(
    world: World, resource: int
) -> None:
    first = published(world, resource)
    perform(RELEASE, "withdraw", first, by=world.supplier, at=NOON, reason="一处单位错误")
    published(world, resource, b"usage\n9\n")
    newest, older = releases.versions([resource])[resource]
    assert (newest.version, older.version, older.withdrawn, older.reason) == (2, 1, True, "一处单位错误")
    with pytest.raises(NotNow):
        perform(RELEASE, "publish", first, by=world.supplier, at=NOON)


def test_the_authority_may_withdraw_too(world: World, resource: int, authority: Actor) -> None:
    made = published(world, resource)
    perform(RELEASE, "withdraw", made, by=authority, at=NOON, reason="发现涉密")
    assert releases.version(resource, 1).withdrawn


def test_terms_belong_to_a_licence_of_ones_own_and_periods_run_forward(world: World, resource: int) -> None:
    for wrong in (
        {"licence": "own-terms"}, {"licence": "mit", "terms": "另有约定"}, {"licence": "none"},
        {"period_from_date": "2026-02-01", "period_to_date": "2026-01-01"},
    ):  # fmt: skip
        with pytest.raises(BadInput):
            handed_in(world, resource, **wrong)
    made = published(world, resource, licence="own-terms", terms="注明出处")
    assert releases.version(resource, 1).terms == "注明出处"
    assert Release.objects.get(pk=made).licence == "own-terms"


def test_fetches_are_counted_by_day_and_nothing_else_is_kept(world: World, resource: int) -> None:
    made = published(world, resource)
    for number in range(5):
        releases.count_fetch(made, (NOON + timedelta(days=number // 3)).date())
    assert releases.version(resource, 1).fetched == 5
    assert {field.name for field in ReleaseDay._meta.get_fields()} == {"id", "release", "day", "count"}
    assert releases.open_data().fetched == 5


def test_open_data_is_found_by_words_and_facets_and_whatever_is_asked_is_answered(world: World, resource: int) -> None:
    published(world, resource)
    other = world.catalogued(day(2026, 10, 8), "rival", opening="open", name="充电站分布", abstract="位置与桩数")
    made = checked(world, other, "rival")
    perform(RELEASE, "publish", made, by=world.actor("rival"), at=NOON)
    assert [one.resource_id for one in releases.open_data("用电").items] == [resource]
    assert releases.open_data("充电 站").total == 1
    found = releases.open_data(wanted={"holder": str(world.parties["rival"].pk), "format": "csv"})
    assert [one.resource_id for one in found.items] == [other]
    assert found.facets["licence"] == (("cc-by-4.0", 1),)
    for wanted in ({"holder": "x"}, {"holder": "9" * 30}, {"format": "exe"}, {"unknown": "1"}):
        assert releases.open_data(wanted=wanted).total in {0, 2}


def test_the_database_itself_keeps_versions_apart_and_the_released_checked(world: World, resource: int) -> None:
    made = published(world, resource)
    second = checked(world, resource)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=second).update(version=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=made).update(checked_at=None)


@pytest.mark.django_db(transaction=True)
def test_two_versions_published_at_one_moment_get_two_numbers(world: World) -> None:
    resource = world.catalogued(day(2026, 10, 8), opening="open")
    waiting = [checked(world, resource), checked(world, resource, content=b"usage\n7\n")]
    together, failed = threading.Barrier(2), []

    def publish(number: int) -> None:
        together.wait()
        try:
            perform(RELEASE, "publish", number, by=world.supplier, at=NOON)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(number,)) for number in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [one.version for one in releases.versions([resource])[resource]] == [2, 1]
