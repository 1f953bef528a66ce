"""A trust's money: cut from proceeds, held, divided among those who gave mandates, and claimed by them alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext

from tests.trading.dealing import Market
from tests.treasury.test_sharing import propose, share
from tests.treasury.trusting import ACCOUNT, Trusting
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    Alarm,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Unknown,
    begin,
    perform,
    see,
)
from tongqu.exchange.members.models import Organisation
from tongqu.exchange.registry.models import ConsentNotice, TrustMandate, TrustTerms
from tongqu.exchange.treasury import payout, sharing, trusts
from tongqu.exchange.treasury.models import TrustClaim, TrustDistribution, TrustEntitlement
from tongqu.exchange.treasury.payout import PAYOUT
from tongqu.exchange.treasury.sharing import DISTRIBUTION, SHARE_PLAN
from tongqu.exchange.treasury.trusts import TRUST_CLAIM, TRUST_DISTRIBUTION

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(market: Market) -> Trusting:
    return Trusting(market)


def rules_of(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [f.rule for f in refused.value.findings if f.blocks]


# Cuts.


def sold(world: Trusting, calls: int = 1_000, **asked: Any) -> int:
    market = world.market
    market.pay_in("buyer", 100)
    deal = market.signed(market.listed(standing=True), **asked)
    market.used_and_accepted(deal, calls)
    return market.claim(deal).id


def test_agreed_terms_take_their_part_before_the_provider_is_paid(world: Trusting) -> None:
    terms = world.agreed(2_000)
    shared = sharing.distribution_of(sold(world))
    assert shared is not None
    assert world.stands() == (170, 0, 0)
    assert world.market.money("supplier") == (680, 0)
    to_trust, to_provider = shared.parts
    assert (to_trust["ground"], to_trust["trust"], to_trust["terms"], to_trust["fen"]) == (
        "数据信托", world.trust, terms.pk, 170,
    )  # fmt: skip
    assert to_provider["fen"] == 680
    assert see(DISTRIBUTION, shared.id, world.market.actor("trustee")).pk == shared.id
    assert world.market.money("trustee") == (0, 0)
    world.audited()


def test_two_trusts_may_both_be_due_and_together_take_no_more_than_all(world: Trusting) -> None:
    other = world.found("示例第二信托")
    world.agreed(7_000)
    world.mandate("丙", trust=other)
    world.agreed(7_000, trust=other)
    sold(world)
    assert (world.stands()[0], world.stands(other)[0]) == (595, 255)
    assert world.market.money("supplier") == (0, 0)
    world.audited()


@pytest.mark.parametrize("case", ["no consent", "another receiver", "another purpose", "withdrawn before"])
def test_nothing_is_due_for_what_the_trust_had_no_part_in(world: Trusting, case: str) -> None:
    if case == "withdrawn before":
        terms = world.agreed(2_000)
        world.market.later(days=-2)
        world.close(terms)
        world.market.later(days=2)
    else:
        world.agreed(
            2_000, consented=case != "no consent", receiver="grid" if case == "another receiver" else "buyer",
            purposes=("risk-management",) if case == "another purpose" else ("research",),
        )  # fmt: skip
    sold(world)
    assert world.stands() == (0, 0, 0)
    assert world.market.money("supplier") == (850, 0)


def test_whoever_ends_terms_before_the_money_is_shared_keeps_nothing_back(world: Trusting) -> None:
    market, terms = world.market, world.agreed(2_000)
    market.pay_in("buyer", 100)
    deal = market.signed(market.listed(standing=True))
    market.later(days=3)
    world.close(terms)
    market.later(days=3)
    market.used_and_accepted(deal, 1_000)
    assert world.stands() == (170, 0, 0)
    assert market.money("supplier") == (680, 0)


def test_terms_agreed_after_the_use_began_and_ended_before_it_is_paid_take_their_part(world: Trusting) -> None:
    """The provider agrees after the contract began, uses what the consents allow, and ends the terms the day before it is paid."""
    market = world.market
    world.mandate("甲")
    market.pay_in("buyer", 100)
    deal = market.signed(market.listed(standing=True))
    market.later(days=1)
    world.since = market.now
    terms = world.agreed(2_000)
    market.later(days=3)
    world.close(terms)
    market.later(days=1)
    market.used_and_accepted(deal, 1_000)
    assert world.stands()[0] == 170


@pytest.mark.parametrize("points", [500, 2_000, 3_000])
def test_terms_renewed_between_use_and_payment_take_their_part_once(world: Trusting, points: int) -> None:
    """2,000 points end and others for the same notice follow, in a version that asks anew: the larger part counts, once."""
    market = world.market
    first = world.agreed(2_000)
    market.pay_in("buyer", 100)
    deal = market.signed(market.listed(standing=True))
    market.later(days=3)
    world.close(first)
    second = world.agreed(points)
    ConsentNotice.objects.filter(pk=second.notice_id).update(series=first.notice.series, version=2)
    TrustTerms.objects.filter(pk=second.pk).update(agreed_at=market.now)
    market.later(days=3)
    market.used_and_accepted(deal, 1_000)
    shared = sharing.distribution_of(market.claim(deal).id)
    assert shared is not None
    taken = max(2_000, points)
    assert [part["basis_points"] for part in shared.parts if "trust" in part] == [taken]
    assert world.stands()[0] == 850 * taken // 10_000
    world.audited()


def test_terms_agreed_first_are_served_first_whichever_were_proposed_first(world: Trusting) -> None:
    other = world.found("示例第二信托")
    early = world.agreed(7_000)
    world.mandate("丙", trust=other)
    world.agreed(7_000, trust=other)
    assert early.agreed_at is not None
    TrustTerms.objects.filter(pk=early.pk).update(agreed_at=early.agreed_at + timedelta(days=2))
    sold(world)
    assert (world.stands()[0], world.stands(other)[0]) == (255, 595)


@pytest.mark.parametrize(("points", "trust", "provider"), [(2_000, 170, 255), (10_000, 425, 0)])
def test_nobody_loses_its_share_to_a_trust_without_a_word(
    world: Trusting, points: int, trust: int, provider: int
) -> None:
    """Half is the grid's by a plan that it agreed to; the provider alone agrees to terms: they take of its own half."""
    market = world.market
    market.pay_in("buyer", 100)
    product = market.listed(standing=True)
    plan = propose(market, product, share(market, "supplier", 5_000), share(market, "grid", 5_000))
    market.do(SHARE_PLAN, "agree", plan, "grid")
    world.agreed(points)
    market.used_and_accepted(market.signed(product), 1_000)
    assert (world.stands()[0], market.money("supplier")[0], market.money("grid")[0]) == (trust, provider, 425)
    world.audited()


def test_no_plan_takes_back_what_a_trust_is_due(world: Trusting) -> None:
    """Neither one proposed after the terms, nor one that waited for a word while they were agreed."""
    market = world.market
    product = market.listed(standing=True)
    waiting = propose(market, product, share(market, "supplier", 1_000), share(market, "grid", 9_000))
    terms = world.agreed(2_000)
    world.agreed(500, receiver="grid")
    with pytest.raises(Refused) as refused:
        market.do(SHARE_PLAN, "agree", waiting, "grid")
    assert rules_of(refused) == ["a_plan_leaves_trusts_their_part"]
    with pytest.raises(Refused) as refused:
        propose(market, product, share(market, "supplier", 1_999), share(market, "grid", 8_001))
    assert rules_of(refused) == ["a_plan_leaves_trusts_their_part"]
    plan = propose(market, product, share(market, "supplier", 2_000), share(market, "grid", 8_000))
    market.do(SHARE_PLAN, "agree", plan, "grid")
    world.close(terms)
    market.do(SHARE_PLAN, "agree", waiting, "grid")
    assert [one["basis_points"] for one in sharing.plan_in_force(product)] == [1_000, 9_000]


def test_a_free_use_moves_nothing(world: Trusting) -> None:
    world.agreed(2_000)
    sold(world, 0)
    assert world.stands() == (0, 0, 0)
    assert world.market.stuck() == []


# Divisions.


def test_the_trustee_divides_what_is_held_among_the_mandates_in_whole_fen(world: Trusting) -> None:
    mandates = [world.mandate(name).pk for name in ("甲", "乙", "丙")]
    world.receive(1_000)
    made = world.divide()
    assert (made.fee_fen, made.each_fen, made.heads, made.left_fen) == (50, 316, 3, 2)
    assert world.got(made) == dict.fromkeys(mandates, 316)
    assert world.stands() == (2, 948, 0)
    assert world.market.money("trustee") == (50, 0)
    world.audited()


def test_what_was_left_over_is_divided_the_next_time_and_pays_no_fee_again(world: Trusting) -> None:
    for name in ("甲", "乙", "丙"):
        world.mandate(name)
    world.receive(1_000)
    world.divide()
    world.receive(100)
    with pytest.raises(Refused) as refused:
        world.divide()
    assert rules_of(refused) == ["the_trustee_divides"]
    world.market.later(days=1)
    made = world.divide()
    assert (made.held_fen, made.fee_fen, made.each_fen, made.left_fen) == (102, 5, 32, 1)
    world.audited()


def test_who_was_there_for_a_part_of_the_period_shares_in_it_and_who_was_gone_before_does_not(world: Trusting) -> None:
    gone, first = world.mandate("甲"), world.mandate("乙")
    world.over(gone, world.market.now - timedelta(days=1))
    world.receive(1_000)
    made = world.divide()
    assert set(world.got(made)) == {gone.pk, first.pk}
    world.market.later(days=2)
    late = world.mandate("丙", at=world.market.now - timedelta(days=1))
    world.over(first, world.market.now)
    world.receive(1_000)
    assert set(world.got(world.divide())) == {first.pk, late.pk}
    world.audited()


def test_who_gives_a_mandate_anew_is_no_two_heads(world: Trusting) -> None:
    old, other = world.mandate("甲"), world.mandate("乙")
    world.over(old, world.market.now - timedelta(days=2))
    again = world.mandate("甲", at=world.market.now - timedelta(days=1))
    world.receive(1_000)
    assert set(world.got(world.divide())) == {again.pk, other.pk}


@pytest.mark.parametrize(("heads", "fen"), [(0, 1_000), (3, 2), (1, 0)])
def test_less_than_a_fen_for_each_stays_held(world: Trusting, heads: int, fen: int) -> None:
    for number in range(heads):
        world.mandate(f"人{number}")
    if fen:
        world.receive(fen)
    with pytest.raises(Refused) as refused:
        world.divide()
    assert rules_of(refused) == ["each_mandate_gets_a_fen"]
    assert refused.value.findings[-1].mend is not None
    assert world.stands() == (fen, 0, 0)


def test_no_stranger_divides_nor_learns_what_is_held(world: Trusting) -> None:
    world.mandate("甲")
    world.receive(123_456)
    market = world.market
    for by in (market.actor("supplier"), market.actor("rival"), market.finance()):
        with pytest.raises(Refused) as refused:
            world.divide(by)
        assert rules_of(refused) == ["the_trustee_divides"]
        assert "1,234" not in refused.value.words.zh
    with pytest.raises(NotYours):
        world.divide(world.person("甲"))
    with pytest.raises(Unknown):
        world.divide(trust=999_999)


def test_money_of_a_trust_that_has_ended_is_divided_by_finance_too_and_claimed_to_the_last_fen(world: Trusting) -> None:
    world.mandate("甲")
    world.receive(60)
    world.end()
    made = world.divide(world.market.finance())
    assert (made.fee_fen, made.each_fen) == (3, 57)
    assert world.money("甲").claimable
    world.paid(world.claim("甲"))
    assert world.stands() == (0, 0, 0)
    world.audited()


def test_what_comes_in_after_the_last_division_of_a_trust_that_has_ended_reaches_whom_that_reached(
    world: Trusting,
) -> None:
    """Proceeds of a use that began in time come in late: all mandates ended before the last division, and none can be given."""
    market = world.market
    mandates = [world.mandate(name) for name in ("甲", "乙")]
    world.receive(1_001)
    market.later(days=1)
    for mandate in mandates:
        world.over(mandate, market.now)
    market.later(days=1)
    first = world.divide()
    market.later(days=1)
    world.receive(5_000)
    with pytest.raises(Refused) as refused:  # while the trust stands, others may still come
        world.divide()
    assert rules_of(refused) == ["each_mandate_gets_a_fen"]
    world.end()
    market.later(days=1)
    late = world.divide(market.finance("cashier"))
    assert set(world.got(late)) == set(world.got(first)) == {one.pk for one in mandates}
    assert (late.each_fen, late.left_fen) == (2_375, 1)
    market.later(days=1)
    with pytest.raises(Refused):  # less than a fen each stays held, in an ended trust too
        world.divide(market.finance("cashier"))
    world.paid(world.claim("甲"))
    world.audited()


def test_finance_divides_while_the_trustee_is_suspended(world: Trusting) -> None:
    market = world.market
    world.mandate("甲")
    world.receive(1_000)
    assert trusts.to_divide(market.finance().party, finance=True) == []
    Organisation.objects.filter(pk=market.party("trustee")).update(state="suspended")
    assert [(one.id, fen) for one, fen in trusts.to_divide(market.finance().party, finance=True)] == [
        (world.trust, 1_000)
    ]
    made = world.divide(market.finance())
    assert (made.fee_fen, made.each_fen) == (50, 950)
    assert market.money("trustee") == (50, 0)
    world.audited()


def test_a_trustee_that_has_left_is_paid_no_fee(world: Trusting) -> None:
    """Nobody could take it off that account."""
    market = world.market
    world.mandate("甲")
    world.receive(1_000)
    world.end()
    Organisation.objects.filter(pk=market.party("trustee")).update(state="left")
    made = world.divide(market.finance())
    assert (made.fee_basis_points, made.fee_fen, made.each_fen) == (0, 0, 1_000)
    assert market.money("trustee") == (0, 0)
    world.audited()


def test_sums_are_seen_by_the_trustee_and_the_offices_and_by_no_other(world: Trusting) -> None:
    world.mandate("甲")
    world.receive(1_000)
    made = world.divide()
    market = world.market
    for by in (market.actor("trustee"), market.finance(), market.actor("regulator")):
        assert see(TRUST_DISTRIBUTION, made.pk, by).pk == made.pk
    for by in (market.actor("supplier"), market.actor("rival"), world.person("甲")):
        with pytest.raises(Unknown):
            see(TRUST_DISTRIBUTION, made.pk, by)


def test_a_division_takes_the_same_statements_for_two_and_for_two_thousand(world: Trusting) -> None:
    counts = []
    for many in (2, 2_000):
        crowd(world, many)
        world.receive(1_000_000)
        with CaptureQueriesContext(connection) as seen:
            begin(TRUST_DISTRIBUTION, by=world.market.actor("trustee"), at=world.market.now, trust=world.trust)
        counts.append(len(seen))
        world.market.later(days=1)
    assert counts == [14, 14]
    assert TrustDistribution.objects.latest("pk").heads == 2_002
    world.audited()


def crowd(world: Trusting, count: int) -> None:
    """So many persons with a mandate each, written set by set; the account is the same, for nobody signs in."""
    pattern = world.mandate(f"模板{count}")
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_datasubject (state, begun_at, changed_at, person_id, provider_id, node_id, source,"
            " reference, vouched) select state, begun_at, changed_at, person_id, provider_id, node_id, source,"
            " encode(sha256((id || '/' || n)::bytea), 'hex'), vouched from registry_datasubject, generate_series(1, %s) n"
            " where id = %s",
            [count - 1, pattern.link_id],
        )
        cursor.execute(
            "insert into registry_trust_mandate (state, begun_at, changed_at, trust_id, trustee_id, person_id, link_id,"
            " purposes, kinds, sensitive, reason) select m.state, m.begun_at, m.changed_at, m.trust_id, m.trustee_id,"
            " m.person_id, s.id, m.purposes, m.kinds, m.sensitive, '' from registry_trust_mandate m, registry_datasubject s"
            " where m.id = %s and s.person_id = m.person_id and s.id <> m.link_id",
            [pattern.pk],
        )


# Claims.


@pytest.fixture
def owed(world: Trusting) -> Trusting:
    """甲 has given two mandates and 乙 one; each is owed 3.16 yuan."""
    for name, key in (("甲", "1"), ("甲", "2"), ("乙", "3")):
        world.mandate(name, key=key)
    world.receive(1_000)
    world.divide()
    return world


def test_a_person_claims_all_that_is_owed_and_two_people_pay_it(owed: Trusting) -> None:
    claim = owed.claim("甲")
    assert claim.fen == 632
    assert owed.stands() == (2, 948, 632)
    done = owed.paid(claim)
    assert (done.state, done.bank_reference) == ("paid", "BANK-T1")
    assert owed.stands() == (2, 316, 0)
    money = owed.money("甲")
    assert (money.open_fen, money.under_way_fen, money.paid_fen) == (0, 0, 632)
    assert owed.money("乙").open_fen == 316
    owed.audited()


def test_what_is_under_way_is_not_claimed_again_and_the_next_division_is(owed: Trusting) -> None:
    owed.claim("甲")
    with pytest.raises(Refused) as refused:
        owed.claim("甲")
    assert rules_of(refused) == ["a_claim_is_of_ones_own"]
    owed.market.later(days=1)
    owed.receive(1_000)
    owed.divide()
    assert owed.claim("甲").fen == 2 * 317  # 950 and the 2 left over
    owed.audited()


@pytest.mark.parametrize(("act", "who"), [("refuse", "finance"), ("cancel", "甲")])
def test_what_is_not_paid_can_be_claimed_again(owed: Trusting, act: str, who: str) -> None:
    claim = owed.claim("甲")
    by = owed.market.finance() if who == "finance" else owed.person(who)
    owed.do(act, claim, by, reason="户名不符")
    assert owed.stands() == (2, 948, 0)
    assert owed.claim("甲").fen == 632
    with pytest.raises(NotNow):
        owed.do("approve", claim, owed.market.finance())
    owed.audited()


def test_a_share_outlives_the_mandate_it_came_from(owed: Trusting) -> None:
    for mandate in list(TrustEntitlement.objects.values_list("mandate_id", flat=True)):
        owed.over(TrustMandate.objects.get(pk=mandate), owed.market.now)
    assert owed.claim("乙").fen == 316


def test_less_than_the_least_amount_waits(world: Trusting) -> None:
    world.mandate("甲")
    world.receive(104)
    world.divide()
    assert world.money("甲").open_fen == 99
    assert not world.money("甲").claimable
    with pytest.raises(Refused) as refused:
        world.claim("甲")
    assert rules_of(refused) == ["a_claim_is_of_ones_own"]
    world.market.later(days=1)
    world.receive(1)
    world.divide()
    assert world.claim("甲").fen == 100
    world.audited()


def test_nobody_claims_what_is_another_persons(owed: Trusting) -> None:
    for by in (owed.person("丁"), owed.market.actor("trustee"), owed.market.actor("buyer")):
        with pytest.raises(Refused) as refused:
            owed.claim("甲", by=by)
        assert rules_of(refused) == ["a_claim_is_of_ones_own"]
    with pytest.raises(Unknown):
        owed.claim("甲", trust=999_999)


def test_a_claim_takes_the_second_factor(owed: Trusting) -> None:
    with pytest.raises(NeedsSecondFactor):
        owed.claim("甲", by=replace(owed.person("甲"), second_factor=False))


def test_nobody_pays_a_claim_alone_nor_ones_own(owed: Trusting) -> None:
    market = owed.market
    claim = owed.claim("甲")
    market.people["checker2"] = market.people["甲"]  # the person works for the exchange as well
    with pytest.raises(Refused) as refused:
        owed.do("approve", claim, market.finance("checker2"))
    assert rules_of(refused) == ["nobody_pays_a_claim_alone"]
    owed.do("approve", claim, market.finance("checker"))
    for by in ("checker", "checker2"):
        with pytest.raises(Refused) as refused:
            owed.do("pay", claim, market.finance(by), bank_reference="B", paid_date=market.now.date())
        assert rules_of(refused) == ["nobody_pays_a_claim_alone"]


def test_a_bank_reference_is_used_once_whatever_was_paid(owed: Trusting) -> None:
    market = owed.market
    owed.paid(owed.claim("甲"), "BANK-9")
    second = owed.claim("乙")
    with pytest.raises(Refused) as refused:
        owed.paid(second, "BANK-9")
    assert rules_of(refused) == ["a_claims_payment_is_new"]
    market.pay_in("buyer", 100)
    asked = {"fen": 100, "bank": "示例银行", "account": "6222000011112222"}
    out = begin(PAYOUT, by=market.actor("buyer"), at=market.now, **asked).subject
    perform(PAYOUT, "approve", out, by=market.finance("checker"), at=market.now)
    told = {"bank_reference": "BANK-9", "paid_date": market.now.date()}
    with pytest.raises(Refused) as refused:
        perform(PAYOUT, "pay", out, by=market.finance("cashier"), at=market.now, **told)
    assert rules_of(refused) == ["bank_payment_is_new"]
    assert payout.payout(out).state == "approved"


@pytest.mark.parametrize("days", [-1, 1])
def test_a_claims_payment_lies_between_the_request_and_today(owed: Trusting, days: int) -> None:
    with pytest.raises(Refused) as refused:
        owed.paid(owed.claim("甲"), paid_date=(owed.market.now + timedelta(days=days)).date())
    assert rules_of(refused) == ["a_claims_payment_is_new"]


def test_a_claim_is_seen_by_its_person_and_by_finance_alone(owed: Trusting) -> None:
    claim = owed.claim("甲")
    market = owed.market
    for by in (owed.person("甲"), market.finance()):
        assert see(TRUST_CLAIM, claim.pk, by).account == ACCOUNT["account"]
    for by in (owed.person("乙"), market.actor("trustee"), market.actor("regulator"), market.actor("supplier")):
        with pytest.raises(Unknown):
            see(TRUST_CLAIM, claim.pk, by)
    with pytest.raises(NotYours):
        owed.do("cancel", claim, owed.person("乙"), reason="不是我的")
    with pytest.raises(NotYours):
        owed.do("approve", claim, market.actor("trustee"))


def test_the_account_is_not_in_the_log(owed: Trusting) -> None:
    owed.paid(owed.claim("甲"))
    with connection.cursor() as cursor:
        cursor.execute("select body::text from bedrock_fact where procedure = 'trust_claim'")
        told = "\n".join(row[0] for row in cursor.fetchall())
    assert "BANK-T1" in told
    assert not any(value in told for value in ACCOUNT.values())
    assert evidence.audit() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "12 34 56"}, {"account": "1"}, {"account": "9" * 35}, {"bank": ""}, {"trust": 0}, {"fen": 5},
        {"account_name": "\x00\x00"},
    ],
)  # fmt: skip
def test_a_claim_that_says_what_cannot_be_is_refused_by_name(owed: Trusting, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as bad:
        owed.claim("甲", **changes)
    assert [name for name, _ in bad.value.faults] == list(changes)


def test_a_claim_that_waits_too_long_alarms(owed: Trusting) -> None:
    claim = owed.claim("甲")
    owed.market.later(days=30)
    assert Alarm.objects.filter(procedure="trust_claim", subject=claim.pk, kind="overdue").exists()


# What the database keeps by itself, and what an audit finds.


def test_figures_of_a_period_are_those_of_the_books(owed: Trusting) -> None:
    market, since = owed.market, owed.market.now
    owed.paid(owed.claim("甲"))
    market.later(days=1)
    found = trusts.figures(owed.trust, since=since, until=market.now)
    assert (found.received_fen, found.fee_fen, found.divided_fen, found.paid_fen, found.divisions) == (
        1_000, 50, 948, 632, 1,
    )  # fmt: skip
    assert trusts.figures(owed.trust, since=market.now, until=market.now + timedelta(days=1)).received_fen == 0


@pytest.mark.parametrize(
    "statement",
    [
        "update treasury_trust_entitlement set fen = fen + 1",
        "delete from treasury_trust_entitlement",
        "update treasury_trustdistribution set left_fen = 0",
        "delete from treasury_trustdistribution",
        "insert into treasury_trust_entitlement (distribution_id, mandate_id, fen)"
        " select distribution_id, 1000000 + mandate_id, 1 from treasury_trust_entitlement",
    ],
)
def test_the_database_keeps_what_was_divided(owed: Trusting, statement: str) -> None:
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    owed.audited()


@pytest.mark.parametrize(
    "statement",
    [
        "update treasury_trustclaim set fen = fen + 1",
        "update treasury_trustclaim set state = 'refused'",
        "insert into treasury_trustdistribution (state, begun_at, changed_at, trust_id, trustee_id, name, divided_at,"
        " divided_date, held_fen, fee_basis_points, fee_fen, each_fen, heads, left_fen) select state, begun_at, changed_at,"
        " trust_id, trustee_id, name, divided_at, divided_date + 1, held_fen, fee_basis_points, fee_fen, each_fen, heads,"
        " left_fen from treasury_trustdistribution",
    ],
)
def test_the_database_refuses_at_the_commit_what_does_not_sum(owed: Trusting, statement: str) -> None:
    owed.claim("甲")
    with pytest.raises(IntegrityError), transaction.atomic():
        _committed(statement)


def _committed(statement: str) -> None:
    """As far as the commit would go."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("set constraints all immediate")


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("update treasury_trust_entitlement set fen = fen + 1", "division"),
        ("update treasury_trust_entitlement set claim_id = null where claim_id is not null", "claim"),
        ("delete from treasury_trustdistribution", "does not exist"),
        ("update treasury_trustclaim set fen = fen + 1", "claim"),
        ("update bedrock_balance set posted = posted - 1 where posted = 948", "trust"),
    ],
)
def test_an_audit_names_what_does_not_fit(owed: Trusting, statement: str, place: str) -> None:
    """As damage would be, past all triggers."""
    owed.claim("甲")
    assert trusts.audit() == []
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set session_replication_role = replica")
        try:
            cursor.execute(statement)
        finally:
            cursor.execute("set session_replication_role = origin")
    assert any(place in fault for fault in trusts.audit())


def test_a_person_reads_its_money_trust_by_trust_in_few_statements(owed: Trusting) -> None:
    other = owed.found("示例第二信托", 0)
    owed.mandate("甲", trust=other, key="1")
    owed.receive(500, other)
    owed.divide(trust=other)
    person = int(owed.person("甲").person or 0)
    with CaptureQueriesContext(connection) as seen:
        found = trusts.money_of(person, on=owed.market.now.date())
    assert len(seen) <= 4
    assert {one.trust.id: one.open_fen for one in found} == {other: 500, owed.trust: 632}
    assert [(share.fen, one.shares_total) for one in found for share in one.shares] == [(500, 1), (632, 1)]
    assert trusts.money_of(int(owed.person("丁").person or 0), on=owed.market.now.date()) == []
    assert json.dumps(str(found)).count(ACCOUNT["account"]) == 0


def test_no_claim_row_is_without_its_entitlements(owed: Trusting) -> None:
    claim = owed.claim("甲")
    taken = TrustEntitlement.objects.filter(claim=claim)
    assert sum(one.fen for one in taken) == TrustClaim.objects.get(pk=claim.pk).fen == 632
