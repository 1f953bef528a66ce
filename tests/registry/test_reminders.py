"""A holder is told in time that its registration can be renewed: from the first day of the window, once, and no longer than needed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.registry.conftest import World, day
from tests.registry.publicly import Publicly
from tests.registry.test_dealings import RIGHT_RENEWAL, begun
from tongqu.exchange import flow
from tongqu.exchange.bedrock.procedures import NotYours, Unknown, begin, perform, see
from tongqu.exchange.registry import ownership, reminders
from tongqu.exchange.registry.models import PublicRenewalReminder, RenewalReminder
from tongqu.exchange.registry.publicdata import PUBLIC_RENEWAL
from tongqu.exchange.registry.reminders import PUBLIC_RENEWAL_REMINDER, RENEWAL_REMINDER, public_stage, stage

ENDS = date(2031, 11, 10)


@pytest.mark.parametrize(
    ("on", "months"),
    [
        (date(2031, 5, 9), None), (date(2031, 5, 10), 6), (date(2031, 8, 9), 6), (date(2031, 8, 10), 3),
        (date(2031, 10, 9), 3), (date(2031, 10, 10), 1), (date(2031, 11, 9), 1), (date(2031, 11, 10), None),
    ],
)  # fmt: skip
def test_a_reminder_is_due_from_its_day_on(on: date, months: int | None) -> None:
    assert stage(ENDS, on) == months


def test_at_month_ends_and_on_leap_days_it_is_the_last_day_there_is() -> None:
    assert stage(date(2031, 8, 31), date(2031, 2, 28)) == 6
    assert stage(date(2031, 8, 31), date(2031, 2, 27)) is None
    assert stage(date(2032, 8, 30), date(2032, 2, 29)) == 6
    assert stage(date(2032, 8, 30), date(2032, 2, 28)) is None


def registered(world: World) -> tuple[int, datetime]:
    registration = world.registered(day(2026, 11, 2))
    ends = ownership.right(registration).valid_to_at
    assert ends is not None
    return registration, ends.astimezone(day(2026, 1, 1).tzinfo)


def test_the_holder_is_told_once_and_again_when_time_grows_short(world: World) -> None:
    _, ends = registered(world)
    opens = day(ends.year, ends.month - 6, ends.day, 0)
    assert reminders.remind(opens - timedelta(minutes=1)) == 0
    assert reminders.remind(opens) == 1
    assert reminders.remind(opens + timedelta(days=1)) == 0  # it is still on the desk
    (first,) = RenewalReminder.objects.all()
    with pytest.raises(Unknown):
        see(RENEWAL_REMINDER, first.pk, world.actor("rival"))
    with pytest.raises(NotYours):
        perform(RENEWAL_REMINDER, "take_note", first.pk, by=world.actor("rival"), at=opens)
    perform(RENEWAL_REMINDER, "take_note", first.pk, by=world.supplier, at=opens)
    assert reminders.remind(opens + timedelta(days=2)) == 0  # noted, and not told again of the same
    assert reminders.remind(opens + timedelta(days=100)) == 1
    assert sorted(RenewalReminder.objects.values_list("months", flat=True)) == [3, 6]


def test_who_applies_is_reminded_no_more(world: World) -> None:
    registration, ends = registered(world)
    at = ends - timedelta(days=150)
    assert reminders.remind(at) == 1
    rights = sorted(ownership.right(registration).rights)
    asked = {"registration": registration, "rights": rights, "unchanged": True, "papers": [world.paper("renewal")]}
    begun(world, RIGHT_RENEWAL, at, **asked)
    world.settle(at)
    assert RenewalReminder.objects.get().state == "applied"
    assert reminders.remind(ends - timedelta(days=60)) == 0


def test_when_the_last_day_is_over_nothing_stays_on_the_desk(world: World) -> None:
    _, ends = registered(world)
    reminders.remind(ends - timedelta(days=20))
    world.pass_time(day(ends.year, ends.month, ends.day, 0) - timedelta(seconds=1))
    assert RenewalReminder.objects.get().state == "told"
    world.pass_time(day(ends.year, ends.month, ends.day, 0))
    assert RenewalReminder.objects.get().state == "over"


# Public data: the last sixty natural days, the last day included (REG26 art. 15).


@pytest.mark.parametrize(
    ("on", "days"),
    [
        (date(2029, 3, 2), None), (date(2029, 3, 3), 60), (date(2029, 4, 1), 60), (date(2029, 4, 2), 30), (date(2029, 4, 21), 30),
        (date(2029, 4, 22), 10), (date(2029, 5, 2), 10), (date(2029, 5, 3), None),
    ],
)  # fmt: skip
def test_a_reminder_of_public_data_is_due_from_its_day_to_the_last(on: date, days: int | None) -> None:
    assert public_stage(date(2029, 5, 2), on) == days


def test_a_holder_of_public_data_is_told_in_its_window_and_no_longer_than_needed(publicly: Publicly) -> None:
    registration = publicly.registered(day(2026, 3, 2))
    last = publicly.row(registration).valid_to_date
    assert last is not None
    opens = day(last.year, last.month, last.day) - timedelta(days=60)
    assert reminders.remind_public(opens - timedelta(days=1)) == 0
    assert reminders.remind_public(opens) == 1
    assert reminders.remind_public(opens + timedelta(days=31)) == 0  # it is still on the desk
    (first,) = PublicRenewalReminder.objects.all()
    with pytest.raises(Unknown):
        see(PUBLIC_RENEWAL_REMINDER, first.pk, publicly.world.actor("rival"))
    perform(PUBLIC_RENEWAL_REMINDER, "take_note", first.pk, by=publicly.world.actor("department"), at=opens)
    assert reminders.remind_public(opens + timedelta(days=31)) == 1
    publicly.world.flow = publicly.world.flow | {
        name: steps for name, steps in flow.FLOW.items() if name.startswith("public_")
    }
    publicly.world.pass_time(day(last.year, last.month, last.day) + timedelta(days=2))
    assert publicly.row(registration).state == "lapsed"
    assert not PublicRenewalReminder.objects.filter(state="told").exists()
    assert reminders.remind_public(opens + timedelta(days=62)) == 0


def test_who_asks_for_the_renewal_of_public_data_is_reminded_no_more(publicly: Publicly) -> None:
    registration = publicly.registered(day(2026, 3, 2))
    publicly.world.flow = publicly.world.flow | {
        name: steps for name, steps in flow.FLOW.items() if name.startswith("public_")
    }
    last = publicly.row(registration).valid_to_date
    assert last is not None
    at = day(last.year, last.month, last.day) - timedelta(days=40)
    assert reminders.remind_public(at) == 1
    begin(
        PUBLIC_RENEWAL, by=publicly.world.actor("department"), at=at, registration=registration,
        until_date=last + timedelta(days=300), reason="继续提供服务",
        risk_paper=publicly.world.paper("risk", "department"),
    )  # fmt: skip
    publicly.world.settle(at)
    assert PublicRenewalReminder.objects.get().state == "applied"
    assert reminders.remind_public(at + timedelta(days=15)) == 0
