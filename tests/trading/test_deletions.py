"""After the use: what the contract obliges its buyer to delete, attested, noted or objected to, late or in time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.trading.dealing import DATASET, PRODUCT, Market
from tongqu.exchange.bedrock import calendar, evidence, law
from tongqu.exchange.bedrock.calendar import end_of
from tongqu.exchange.bedrock.procedures import (
    HOUSE,
    Held,
    NotNow,
    NotYours,
    Refused,
    RunningClock,
    Unknown,
    begin,
    bound,
    lift_hold,
    local_day,
    perform,
    place_hold,
    see,
)
from tongqu.exchange.trading import deletions
from tongqu.exchange.trading.deletions import DELETION_DUTY
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.models import DeletionDuty, Statement
from tongqu.exchange.web import history
from tongqu.wire.message import moment_text

pytestmark = pytest.mark.django_db

DAYS = 30
ATTESTED: dict[str, Any] = {
    "methods": ["deleted", "overwritten"], "systems": "分析库 power_2026 的两张表", "backups": "9月备份已轮换清除",
    "person": "示例经办人", "complete": True,
}  # fmt: skip


class Deleting:
    """A data set that is to be deleted thirty days after its use, and the duties that follow."""

    def __init__(self, market: Market) -> None:
        self.market = market
        market.join("judge", ("reviewer",), "91420100MA0000016")
        self.product = market.listed(DATASET, standing=True)
        market.pay_in("buyer", 10_000)

    def bought(self, **changes: Any) -> int:
        return self.market.signed(self.product, **changes)

    def taken(self, **changes: Any) -> int:
        """Downloaded, accepted and paid: performed, while the period of use goes on."""
        deal = self.bought(**changes)
        self.market.used_and_accepted(deal, 1)
        assert self.market.contract(deal).state == "performed"
        return deal

    def duty(self, deal: int) -> DeletionDuty:
        return DeletionDuty.objects.get(contract=self.market.contract(deal).id)

    def none(self, deal: int) -> bool:
        return deletions.duty_of(self.market.contract(deal).id) is None

    def do(self, act: str, deal: int, by: str, **inputs: Any) -> Any:
        return self.market.do(DELETION_DUTY, act, self.duty(deal).pk, by, **inputs)

    def attest(self, deal: int, by: str = "buyer", **changes: Any) -> Any:
        act = "attest_early" if self.duty(deal).state == "pending" else "attest"
        return self.do(act, deal, by, **{"deleted_date": local_day(self.market.now), **ATTESTED, **changes})

    def until(self, state: str, deal: int) -> None:
        """Days pass until it has come to that, and not a day more than the time it has."""
        row = self.duty(deal)
        self.market.later(seconds=int((row.use_ends_at - self.market.now).total_seconds()))
        if state != "owed":
            due_at = self.duty(deal).due_at
            self.market.later(seconds=int((due_at - self.market.now).total_seconds()))
        assert self.duty(deal).state == state


@pytest.fixture
def deleting(market: Market) -> Deleting:
    return Deleting(market)


def refusals(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def acts(duty: DeletionDuty) -> list[str]:
    return [fact.act for fact in evidence.outline("deletion_duty", duty.pk)]


# From the contract to the attestation.


def test_what_was_used_to_the_end_is_deleted_attested_and_noted(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    ends_at = market.contract(deal).ends_at
    waiting = deleting.duty(deal)
    assert (waiting.state, waiting.days, waiting.use_ends_at) == ("pending", DAYS, ends_at)
    market.later(days=91)
    owed = deleting.duty(deal)
    assert owed.state == "owed"
    assert owed.due_at >= end_of(local_day(ends_at) + timedelta(days=DAYS))
    deleting.attest(deal, paper=market.paper("删除记录（示例）", "buyer"))
    assert deleting.duty(deal).state == "attested"
    (said,) = deletions.attestations(owed.pk)
    assert (said.late, said.methods, said.person) == (False, ["deleted", "overwritten"], "示例经办人")
    deleting.do("take_note", deal, "supplier")
    closed = deleting.duty(deal)
    assert (closed.state, closed.noted_how) == ("noted", "act")
    assert acts(closed) == ["begin", "fall_due", "attest", "take_note"]
    market.audited()


def test_the_days_are_counted_from_the_day_after_the_use_and_the_last_one_counts_whole(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    due_at = deleting.duty(deal).due_at
    market.later(seconds=int((due_at - market.now).total_seconds()) - 1)
    assert deleting.duty(deal).state == "owed"
    market.later(seconds=1)
    assert deleting.duty(deal).state == "overdue"
    assert deleting.duty(deal).overdue_at == due_at


def test_the_buyer_is_reminded_once_before_the_end(deleting: Deleting) -> None:
    deal = deleting.taken()
    deleting.until("overdue", deal)
    row = deleting.duty(deal)
    before = timedelta(days=law.figure("house.deletion_reminder", on=date(2026, 12, 1)).number)
    assert row.reminded_at == row.due_at - before
    assert acts(row) == ["begin", "fall_due", "remind", "fall_overdue"]


def test_a_short_time_is_reminded_of_halfway(market: Market) -> None:
    deleting = Deleting(market)
    deleting.product = market.on_sale(
        market.product(deleting.product).resource_id, market.product(deleting.product).registration_id, DATASET,
        standing=True, delete_within_days=2, name="示例用电数据集二",
    )  # fmt: skip
    row = deleting.duty(deleting.taken())
    assert row.use_ends_at < row.remind_at < row.due_at
    assert row.remind_at - row.use_ends_at == row.due_at - row.remind_at


def test_who_deletes_before_its_time_may_say_so_at_once(deleting: Deleting) -> None:
    deal = deleting.taken()
    deleting.attest(deal)
    deleting.do("take_note", deal, "supplier")
    deleting.market.later(days=200)
    assert acts(deleting.duty(deal)) == ["begin", "attest_early", "take_note"]


def test_silence_of_the_provider_closes_it(deleting: Deleting) -> None:
    deal = deleting.taken()
    deleting.attest(deal)
    deleting.market.later(days=30)
    assert deleting.duty(deal).state == "noted"
    assert deleting.duty(deal).noted_how == "silence"


# Late.


def test_what_is_overdue_is_seen_by_the_supervisor_and_still_attested_as_late(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    assert not deletions.unsettled().exists()
    deleting.until("overdue", deal)
    assert [row.pk for row in deletions.unsettled()] == [deleting.duty(deal).pk]
    market.later(days=3)
    done = deleting.attest(deal, deleted_date=local_day(deleting.duty(deal).due_at - timedelta(days=2)))
    assert done.data["late"] is True
    assert deletions.attestations(deleting.duty(deal).pk)[0].late
    assert not deletions.unsettled().exists()
    deleting.do("take_note", deal, "supplier")
    market.audited()


def test_what_comes_after_the_last_day_is_late_before_the_clock_has_come_round_to_it(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    deleting.until("owed", deal)
    row = deleting.duty(deal)
    for seconds, late in ((-1, False), (0, True)):
        with transaction.atomic():
            at = row.due_at + timedelta(seconds=seconds)
            done = perform(
                DELETION_DUTY, "attest", row.pk, by=market.actor("buyer"), at=at, deleted_date=local_day(row.use_ends_at),
                **ATTESTED,
            )  # fmt: skip
            assert done.data["late"] is late
            assert (deleting.duty(deal).overdue_at is not None) is late
            transaction.set_rollback(True)


def test_a_suspended_buyer_attests_and_nobody_leaves_with_data_to_delete(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    held = [table.name for table, _ in bound(market.party("buyer"))]
    assert "deletion_duty" in held
    assert "deletion_duty" not in [table.name for table, _ in bound(market.party("supplier"))]
    by = market.actor("buyer", person="buyer")
    suspended = type(by)(
        person=by.person, party=by.party, roles=frozenset(), dormant=frozenset({"buyer"}), second_factor=True
    )  # fmt: skip
    perform(
        DELETION_DUTY, "attest_early", deleting.duty(deal).pk, by=suspended, at=market.now,
        deleted_date=local_day(market.now), **ATTESTED,
    )  # fmt: skip
    assert deleting.duty(deal).state == "attested"


# What is refused.


def test_an_attestation_says_what_was_done_and_leaves_out_no_copy(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.bought()
    market.later(days=4)
    last_download = local_day(market.now)
    market.used_and_accepted(deal, 1)
    Statement.objects.create(
        transfer_id=market.transfer(deal).id, number=1, digest="a" * 64, from_sequence=1, to_sequence=1, calls=1, units=1,
        sealed={"body": {"last_at": moment_text(market.now)}}, received_at=market.now,
    )  # fmt: skip
    market.later(days=2)
    today = local_day(market.now)
    others = market.paper("别人的材料（示例）", "rival")
    for changes, rule in (
        ({"deleted_date": today + timedelta(days=1)}, "what_is_attested_is_done"),
        (
            {"deleted_date": local_day(market.contract(deal).in_force_at) - timedelta(days=1)},
            "what_is_attested_is_done",
        ),
        ({"deleted_date": last_download - timedelta(days=1)}, "what_is_attested_is_done"),
        ({"complete": False}, "every_copy_is_named"),
        ({"methods": ["nothing_kept", "deleted"]}, "the_methods_agree"),
        ({"paper": others}, "the_evidence_is_ones_own"),
    ):
        with pytest.raises(Refused) as refused:
            deleting.attest(deal, **changes)
        assert refusals(refused) == [rule]
    assert deletions.attestations(deleting.duty(deal).pk) == []


def test_only_the_two_parties_and_the_supervisors_see_it_and_each_does_its_own(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    duty = deleting.duty(deal).pk
    for name in ("buyer", "supplier", "regulator", "judge"):
        assert see(DELETION_DUTY, duty, market.actor(name)).pk == duty
    for name in ("rival", "grid", "mother"):
        with pytest.raises(Unknown):
            see(DELETION_DUTY, duty, market.actor(name))
    with pytest.raises(Unknown):
        see(DELETION_DUTY, duty, market.actor("exchange", "finance"))
    for name in ("supplier", "rival", "grid", "judge", "regulator"):
        with pytest.raises(NotYours):
            deleting.attest(deal, by=name)
    deleting.attest(deal)
    for name in ("buyer", "rival", "judge"):
        with pytest.raises(NotYours):
            deleting.do("take_note", deal, name)
    with pytest.raises(NotNow):
        deleting.attest(deal)


# Objected to.


def test_an_objection_is_answered_by_a_better_attestation(deleting: Deleting) -> None:
    deal = deleting.taken()
    deleting.attest(deal)
    deleting.do("object", deal, "supplier", reason="未说明云端备份如何处理")
    assert (deleting.duty(deal).state, deleting.duty(deal).objection) == ("objected", "未说明云端备份如何处理")
    deleting.attest(deal, backups="云端快照已删除并确认")
    assert deleting.duty(deal).state == "attested"
    assert [row.pk for row in deletions.unsettled()] == [deleting.duty(deal).pk]  # answered, and not settled yet
    assert [one.backups for one in deletions.attestations(deleting.duty(deal).pk)] == [
        "云端快照已删除并确认", ATTESTED["backups"],
    ]  # fmt: skip
    deleting.do("take_note", deal, "supplier")
    assert deleting.duty(deal).state == "noted"


def test_an_early_attestation_that_is_not_enough_is_owed_anew_from_the_end_of_the_use(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    deleting.attest(deal)
    deleting.do("object", deal, "supplier", reason="日志里还有明细")
    deleting.do("uphold", deal, "judge", finding="日志含有明细，须删除")
    again = deleting.duty(deal)
    assert again.state == "owed"
    assert again.due_at >= end_of(local_day(again.use_ends_at) + timedelta(days=DAYS))
    market.audited()


def test_an_upheld_objection_counts_from_the_end_of_a_renewal_that_came_meanwhile(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    deleting.until("owed", deal)
    deleting.attest(deal)
    deleting.do("object", deal, "supplier", reason="日志里还有明细")
    again = deleting.bought()
    market.metered(again, 1)
    renewal = market.contract(again)
    deleting.do("uphold", deal, "judge", finding="日志含有明细，须删除")
    row = deleting.duty(deal)
    assert (row.state, row.carried_by, row.use_ends_at) == ("owed", renewal.id, renewal.ends_at)
    assert row.due_at >= end_of(local_day(renewal.ends_at) + timedelta(days=DAYS))


def test_what_is_objected_to_is_seen_by_the_supervisor_and_has_its_time(deleting: Deleting) -> None:
    market, late, disputed = deleting.market, deleting.taken(), deleting.taken()
    deleting.attest(disputed)
    deleting.do("object", disputed, "supplier", reason="日志里还有明细")
    deleting.until("overdue", late)
    assert [row.pk for row in deletions.unsettled()] == [deleting.duty(late).pk, deleting.duty(disputed).pk]
    clock = RunningClock.objects.get(procedure="deletion_duty", subject=deleting.duty(disputed).pk, name="decision")
    assert clock.due_at is not None
    assert clock.due_at < market.now  # it has run out, and it says so: nobody decides it by waiting
    deleting.do("dismiss", disputed, "judge", finding="合同未要求删除日志")
    assert [row.pk for row in deletions.unsettled()] == [deleting.duty(late).pk]


def test_a_reviewer_who_is_no_party_decides_an_objection(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    deleting.until("overdue", deal)
    deleting.attest(deal, kept="审计日志依法保存六个月")
    deleting.do("object", deal, "supplier", reason="日志中有明细数据")
    own = market.actor("supplier", "reviewer")
    for act in ("uphold", "dismiss"):
        with pytest.raises(Refused) as refused:
            perform(DELETION_DUTY, act, deleting.duty(deal).pk, by=own, at=market.now, finding="日志含有明细")
        assert refusals(refused) == ["nobody_decides_on_its_own_deletion"]
    deleting.do("uphold", deal, "judge", finding="日志含有明细，须删除")
    row = deleting.duty(deal)
    assert (row.state, row.overdue_at, row.finding) == ("owed", None, "日志含有明细，须删除")
    assert row.due_at >= end_of(local_day(market.now) + timedelta(days=DAYS))
    market.later(days=DAYS + 5)
    deleting.attest(deal)
    deleting.do("object", deal, "supplier", reason="仍未附销毁记录")
    deleting.do("dismiss", deal, "judge", finding="合同未要求附记录")
    assert (deleting.duty(deal).state, deleting.duty(deal).noted_how) == ("noted", "decided")
    assert [one.late for one in deletions.attestations(row.pk)] == [True, True]
    market.audited()


# How contracts end.


def test_a_contract_that_both_end_early_is_deleted_from_that_day(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.bought()
    market.metered(deal, 1)
    market.end(deal)
    row = deleting.duty(deal)
    assert (row.state, row.ended_at, row.use_ends_at) == ("owed", market.now, market.now)
    market.later(days=10)  # inspected and paid meanwhile: still one duty
    assert market.contract(deal).state == "terminated"
    assert DeletionDuty.objects.count() == 1


def test_a_delivery_that_is_ended_and_refunded_is_deleted_from_that_day(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.bought()
    market.metered(deal, 1)
    transfer = market.transfer(deal).id
    perform(TRANSFER, "complete", transfer, by=HOUSE, at=market.now)
    market.do(TRANSFER, "object", transfer, "buyer", reason="数据与约定不符")
    market.do(TRANSFER, "concede", transfer, "supplier", reason="数据源故障")
    assert (market.contract(deal).state, deleting.duty(deal).state) == ("terminated", "owed")
    assert deleting.duty(deal).ended_at == market.now


def test_a_contract_still_under_inspection_at_the_end_of_its_period_owes_it_from_there(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.bought()
    ends_at = market.contract(deal).ends_at
    market.later(seconds=int((ends_at - market.now).total_seconds()))
    assert (market.contract(deal).state, deleting.duty(deal).state) == ("in_force", "owed")
    assert deleting.duty(deal).use_ends_at == ends_at
    market.later(days=20)
    assert (market.contract(deal).state, DeletionDuty.objects.count()) == ("performed", 1)


def test_what_stopped_for_a_lost_ground_may_be_used_no_longer(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.bought()
    transfer = market.transfer(deal).id
    perform(TRANSFER, "withhold", transfer, by=HOUSE, at=market.now, loss=1, reason="依据失效")
    market.later(days=1)
    market.used_and_accepted(deal, 0)
    assert (market.contract(deal).state, deleting.duty(deal).state) == ("performed", "owed")
    assert deleting.duty(deal).ended_at == market.now < market.contract(deal).ends_at


def test_what_was_never_delivered_and_what_no_clause_names_is_not_owed(market: Market) -> None:
    deleting = Deleting(market)
    type(market.node).objects.filter(pk=market.node.pk).update(state="suspended")
    never = deleting.bought()
    market.end(never)
    assert deleting.none(never)
    type(market.node).objects.filter(pk=market.node.pk).update(state="active")
    resource, right = market.product(deleting.product).resource_id, market.product(deleting.product).registration_id
    verified = market.on_sale(resource, right, PRODUCT, standing=True)
    deal = market.signed(verified)
    market.used_and_accepted(deal, 10)
    market.later(days=200)
    assert deleting.none(deal)
    assert market.stuck() == []


# Another contract over the same data.


def test_a_renewal_before_the_end_puts_the_deletion_off_to_its_own_end(deleting: Deleting) -> None:
    market, first = deleting.market, deleting.taken()
    market.later(days=60)
    second = deleting.taken(period_days=60)
    row = deleting.duty(first)
    assert (row.state, row.carried_by) == ("pending", market.contract(second).id)
    assert row.use_ends_at == market.contract(second).ends_at > row.ended_at
    market.later(days=45)  # the first period is over, the second goes on
    assert deleting.duty(first).state == "pending"
    deleting.until("owed", first)
    assert (deleting.duty(first).state, deleting.duty(second).state) == ("owed", "owed")
    assert deleting.duty(first).due_at == deleting.duty(second).due_at


def test_a_renewal_after_the_end_takes_up_what_was_owed_or_overdue(deleting: Deleting) -> None:
    market, first = deleting.market, deleting.taken()
    deleting.until("owed", first)
    second = deleting.taken(period_days=30)
    assert (deleting.duty(first).state, deleting.duty(first).carried_by) == ("pending", market.contract(second).id)
    deleting.until("overdue", first)
    third = deleting.taken(period_days=30)
    for deal in (first, second):
        row = deleting.duty(deal)
        assert (row.state, row.overdue_at, row.carried_by) == ("pending", None, market.contract(third).id)
    assert acts(deleting.duty(first)).count("fall_overdue") == 1  # that it was late stays on record


def test_a_signature_under_which_nothing_was_used_puts_nothing_off(deleting: Deleting) -> None:
    market, first = deleting.market, deleting.taken()
    deleting.until("overdue", first)
    second = deleting.bought()
    assert (market.transfer(second).state, market.transfer(second).calls) == ("started", 0)
    assert (deleting.duty(first).state, deleting.duty(first).carried_by) == ("overdue", None)
    market.metered(second, 1)
    assert (deleting.duty(first).state, deleting.duty(first).carried_by) == ("pending", market.contract(second).id)
    assert deletions.put_off_by(market.contract(second).id) == []  # what it states after this counts nothing anew
    market.audited()


def test_a_contract_that_was_accepted_without_any_use_puts_nothing_off_either(deleting: Deleting) -> None:
    market, first = deleting.market, deleting.taken()
    deleting.until("overdue", first)
    second = deleting.bought()
    market.used_and_accepted(second, 0)
    assert (deleting.duty(first).state, deleting.duty(first).carried_by) == ("overdue", None)
    assert market.stuck() == []


def test_nothing_is_attested_before_the_last_statement_is_in(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.bought()
    market.metered(deal, 1)
    market.end(deal)
    assert (market.transfer(deal).state, deleting.duty(deal).state) == ("completing", "owed")
    with pytest.raises(Refused) as refused:
        deleting.attest(deal)
    assert refusals(refused) == ["the_last_statement_is_in"]
    market.later(days=4)
    deleting.attest(deal)
    assert deleting.duty(deal).state == "attested"


@pytest.mark.parametrize("years", [-50, 50])
def test_a_moment_that_a_node_made_up_binds_nobody(deleting: Deleting, years: int) -> None:
    market, deal = deleting.market, deleting.taken()
    Statement.objects.create(
        transfer_id=market.transfer(deal).id, number=1, digest="a" * 64, from_sequence=1, to_sequence=1, calls=1, units=1,
        sealed={"body": {"last_at": moment_text(market.now + timedelta(days=365 * years))}}, received_at=market.now,
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        deleting.attest(deal, deleted_date=local_day(market.contract(deal).in_force_at) - timedelta(days=1))
    assert refusals(refused) == ["what_is_attested_is_done"]
    deleting.attest(deal)
    assert deleting.duty(deal).state == "attested"


def test_a_renewal_that_both_end_early_gives_no_more_time_than_it_ran(deleting: Deleting) -> None:
    market, first = deleting.market, deleting.taken()
    market.later(days=88)
    second = deleting.bought()
    market.metered(second, 1)
    market.later(days=5)
    market.end(second)
    for deal in (first, second):
        row = deleting.duty(deal)
        assert (row.state, row.use_ends_at, row.carried_by) == ("owed", market.now, None)


def test_a_renewal_ended_within_the_first_period_changes_nothing(deleting: Deleting) -> None:
    market, first = deleting.market, deleting.taken()
    second = deleting.bought()
    before = deleting.duty(first).ended_at
    market.later(days=5)
    market.end(second)
    row = deleting.duty(first)
    assert (row.state, row.use_ends_at, row.carried_by) == ("pending", before, None)


@pytest.mark.parametrize("other", ["mode", "buyer", "product"])
def test_other_data_another_way_or_another_buyer_puts_nothing_off(deleting: Deleting, other: str) -> None:
    market, first = deleting.market, deleting.taken()
    market.later(days=80)
    seen = market.product(deleting.product)
    if other == "mode":
        market.signed(market.on_sale(seen.resource_id, seen.registration_id, PRODUCT, standing=True))
    elif other == "buyer":
        market.pay_in("grid", 10_000)
        market.signed(deleting.product, by="grid")
    else:
        resource = market.catalogued(market.now, name="示例另一数据", source="meters")
        deal = market.ask(market.on_sale(resource, None, DATASET, name="示例另一数据集"))
        market.talk("agree", deal, "supplier")
        market.talk("verify", deal)
    assert market.stuck() == []
    assert (deleting.duty(first).carried_by, deleting.duty(first).use_ends_at) == (None, deleting.duty(first).ended_at)


# Held.


def test_under_a_regulators_hold_nothing_is_attested_and_no_day_counts(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    duty = deleting.duty(deal).pk
    hold = place_hold(DELETION_DUTY, duty, by=market.actor("regulator"), at=market.now, ground="调查期间保存证据")
    market.later(days=130)
    assert deleting.duty(deal).state == "owed"
    with pytest.raises(Held):
        deleting.attest(deal)
    lift_hold(hold, by=market.actor("regulator"), at=market.now, reason="调查结束", table=DELETION_DUTY)
    market.settle()
    market.later(days=DAYS - 1)
    assert deleting.duty(deal).state == "owed"
    market.later(days=3)
    assert deleting.duty(deal).state == "overdue"


def test_what_a_hold_put_off_is_attested_by_the_day_to_which_it_was_put_off(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    deleting.until("owed", deal)
    before = deleting.duty(deal)
    hold = place_hold(DELETION_DUTY, before.pk, by=market.actor("regulator"), at=market.now, ground="调查期间保存证据")
    market.later(days=DAYS + 10)
    lift_hold(hold, by=market.actor("regulator"), at=market.now, reason="调查结束", table=DELETION_DUTY)
    done = deleting.attest(deal)
    row = deleting.duty(deal)
    assert (done.data["late"], row.overdue_at) == (False, None)
    assert done.data["due_at"] == row.due_at.isoformat()
    assert row.due_at > market.now > before.due_at


def test_what_a_hold_put_off_stays_put_off_when_the_buyer_is_reminded(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    deleting.until("owed", deal)
    deleting.attest(deal)
    deleting.do("object", deal, "supplier", reason="日志里还有明细")
    deleting.do("uphold", deal, "judge", finding="日志含有明细，须删除")
    duty = deleting.duty(deal).pk
    hold = place_hold(DELETION_DUTY, duty, by=market.actor("regulator"), at=market.now, ground="调查期间保存证据")
    market.later(days=60)
    lift_hold(hold, by=market.actor("regulator"), at=market.now, reason="调查结束", table=DELETION_DUTY)
    market.later(days=DAYS - 1)
    row = deleting.duty(deal)
    assert (row.state, row.reminded_at is not None) == ("owed", True)


def test_a_last_day_that_was_declared_off_meanwhile_is_moved_when_it_falls_due(
    deleting: Deleting, monkeypatch: pytest.MonkeyPatch
) -> None:
    market, deal = deleting.market, deleting.taken()
    counted, reckoned = deleting.duty(deal).due_at, calendar.add_natural_days
    monkeypatch.setattr(
        calendar,
        "add_natural_days",
        lambda day, n, **more: calendar.first_working_day(reckoned(day, n + 1, **more).day),
    )
    deleting.until("owed", deal)
    row = deleting.duty(deal)
    assert row.due_at > counted
    market.later(seconds=int((counted - market.now).total_seconds()))
    assert deleting.duty(deal).state == "owed"


# The house alone.


def test_people_do_not_open_or_count_duties(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    for name in ("buyer", "judge", "regulator"):
        with pytest.raises(NotYours):
            begin(DELETION_DUTY, by=market.actor(name), at=market.now, contract=1, ended_at=market.now)
        with pytest.raises(NotYours):
            deleting.do("reckon", deal, name, contract=1)
    with pytest.raises(Refused):
        perform(DELETION_DUTY, "fall_due", deleting.duty(deal).pk, by=HOUSE, at=market.now)
    with pytest.raises(Refused):
        perform(DELETION_DUTY, "reckon", deleting.duty(deal).pk, by=HOUSE, at=market.now, contract=1)


def test_the_table_keeps_one_duty_a_contract_with_its_days_and_its_moment(deleting: Deleting) -> None:
    deal = deleting.taken()
    row = deleting.duty(deal)
    for changes in (
        {"days": 0}, {"due_at": row.use_ends_at}, {"use_ends_at": row.ended_at - timedelta(days=1)}, {"state": "overdue"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            DeletionDuty.objects.filter(pk=row.pk).update(**changes)
    twice = {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.name != "id"}
    with pytest.raises(IntegrityError), transaction.atomic():
        DeletionDuty.objects.create(**twice)


def test_a_paper_of_the_attestation_is_kept(deleting: Deleting) -> None:
    market, deal = deleting.market, deleting.taken()
    paper = market.paper("销毁记录（示例）", "buyer")
    deleting.attest(deal, paper=paper)
    assert [one.digest for one, _ in history.papers_of(DELETION_DUTY, deleting.duty(deal), market.supplier)] == [paper]
