"""Where a trade turns: money that is short, silence, objection, a hold, an early end; and who may not do what."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.journeys.market import Market
from tongqu.demo.town import moment
from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.procedures import (
    Alarm,
    Held,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    begin,
    lift_hold,
    perform,
    place_hold,
)
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.trading import contracts, delivery
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury import billing, sharing
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.treasury.sharing import SHARE_PLAN

pytestmark = pytest.mark.slow

RISK = ["risk-management"]


def codes(answer: object) -> list[str]:
    return [reason["code"] for reason in answer.body["reasons"]]  # type: ignore[attr-defined]


def started(market: Market, buyer: str = "lender", purpose: str = "risk-management", **changes: object):  # type: ignore[no-untyped-def]
    return market.use(market.ask("verification", buyer, purposes=[purpose], **changes), buyer, purpose)


# -- money ----------------------------------------------------------------------------------------------------------------


def test_a_deal_without_money_waits_and_goes_on_by_itself_when_the_money_comes(market: Market) -> None:
    assert market.money("grid") == (150_000, 0)
    first = market.ask("dataset", "grid", purposes=["research"])
    market.history.sign(first, "grid")
    second = market.ask("dataset", "grid", purposes=["planning"])
    market.history.sign(second, "grid")
    assert (market.deal(first).state, market.deal(second).state) == ("finalized", "verified")
    assert market.settlement(second).state == "awaiting_funds"
    assert market.money("grid") == (30_000, 120_000)

    market.pay_in("grid", 89_999, "B-1")  # one fen short
    assert market.settlement(second).state == "awaiting_funds"
    market.pay_in("grid", 1, "B-2")
    assert market.settlement(second).state == "held"
    assert delivery.transfer_of(contracts.contract_of(second).id).state == "started"
    assert market.money("grid") == (0, 240_000)
    market.audited()


def test_money_that_comes_back_from_one_deal_pays_for_the_next(market: Market) -> None:
    """What an ended deal returns is money too: the deal that waited goes on without a new deposit."""
    first = market.use(market.ask("dataset", "grid", purposes=["research"]), "grid", "research")
    second = market.ask("dataset", "grid", purposes=["planning"])
    market.history.sign(second, "grid")
    assert market.settlement(second).state == "awaiting_funds"
    first.act("terminate", "steel", reason="数据源停用")
    assert market.settlement(first.deal).state == "refunded"
    assert market.settlement(second).state == "held"
    market.audited()


def test_proceeds_pay_for_a_deal_of_their_earner(market: Market) -> None:
    """Steel has no money of its own; what it earns lets its own purchase go on."""
    bought = market.ask("verification", "steel", purposes=["research"])
    market.history.sign(bought, "steel")
    assert market.settlement(bought).state == "awaiting_funds"
    sold = market.use(market.ask("dataset", "lender", purposes=["research"]), "lender", "research")
    assert sold.download(call := str(uuid.uuid4())).status_code == 503
    sold.wait_for_copy()
    assert sold.download(call).status_code == 200
    market.node.sync(4)
    sold.act("accept")
    assert market.settlement(bought).state == "held"
    assert market.money("steel") == (120_000 - 850, 850)
    market.audited()


def test_a_signed_deal_that_finds_no_money_in_five_working_days_lapses(market: Market) -> None:
    deal = market.ask("dataset", "billing", purposes=["research"])  # billing has nothing
    market.history.sign(deal, "billing")
    market.town.at(moment(9, 30, 23, 59))  # Thu 24 signed; Fri 25 is off (Mid-Autumn), Sun 27 is worked
    assert market.deal(deal).state == "verified"
    market.town.at(moment(10, 8, 23, 59))
    assert market.deal(deal).state in {"verified", "terminated"}
    market.town.at(moment(10, 12, 0, 0))
    assert market.deal(deal).state == "terminated"
    assert market.settlement(deal).state == "cancelled"
    market.pay_in("billing", 200_000, "B-late")  # too late: it stays where it is
    assert market.money("billing") == (200_000, 0)
    market.audited()


def test_who_ends_a_signed_deal_before_the_money_is_held_leaves_no_claim(market: Market) -> None:
    deal = market.ask("dataset", "billing", purposes=["research"])
    market.history.sign(deal, "billing")
    market.talk("terminate", deal, "billing", reason="预算取消")
    assert market.settlement(deal).state == "cancelled"
    market.pay_in("billing", 200_000, "B-1")
    assert market.money("billing") == (200_000, 0)
    market.audited()


def test_a_deal_ended_between_signing_and_holding_gives_its_money_back(market: Market) -> None:
    """The keeper may come late: both have signed, one ends the deal, and only then is the signature followed up."""
    town, deal = market.town, market.ask("verification", "lender", purposes=RISK)
    perform(NEGOTIATION, "verify", deal, by=town.actor("lender", second_factor=True), at=town.now)
    perform(NEGOTIATION, "terminate", deal, by=town.actor("lender"), at=town.now, reason="不再需要")
    town.settle()
    assert market.deal(deal).state == "terminated"
    assert market.settlement(deal).state in {"cancelled", "refunded"}
    assert market.money("lender") == (2_000_000, 0)
    market.audited()


def test_a_deal_ended_between_holding_and_finalizing_gives_its_money_back(market: Market) -> None:
    """The narrowest moment: the money was just held, and before the contract comes the deal is ended."""
    from tongqu.exchange.bedrock import evidence
    from tongqu.exchange.bedrock.procedures import follow_flow
    from tongqu.exchange.flow import FLOW, READER

    town, deal = market.town, market.ask("verification", "lender", purposes=RISK)
    perform(NEGOTIATION, "verify", deal, by=town.actor("lender", second_factor=True), at=town.now)
    evidence.integrate(limit=100)
    follow_flow(READER, FLOW, at=town.now)  # the settlement is held; its own fact is not in the log yet
    assert market.settlement(deal).state == "held"
    assert market.deal(deal).state == "verified"
    perform(NEGOTIATION, "terminate", deal, by=town.actor("lender"), at=town.now, reason="不再需要")
    town.settle()
    assert market.settlement(deal).state == "refunded"
    assert market.money("lender") == (2_000_000, 0)
    market.audited()


# -- negotiating ----------------------------------------------------------------------------------------------------------


def test_offers_go_back_and_forth_until_one_text_is_signed(market: Market) -> None:
    deal = market.ask("dataset", "lender", price_fen=90_000)
    assert market.deal(deal).state == "requested"  # not the published price: the standing instruction does not cover it
    market.talk("offer", deal, "steel", price_fen=110_000)
    market.talk("counter", deal, "lender", price_fen=100_000, period_days=20)
    with pytest.raises(NotNow):
        market.talk("accept", deal, "lender")  # one does not accept one's own counter-offer
    market.talk("offer", deal, "steel", price_fen=105_000)
    market.talk("accept", deal, "lender")
    market.talk("agree", deal, "steel")
    made = market.deal(deal)
    assert made.text is not None
    assert (made.rounds, made.terms["price_fen"], made.terms["period_days"]) == (4, 105_000, 20)
    assert made.text["clauses"]["6-price"]["fixed_fen"] == 105_000
    use = market.use(deal, "lender", "research")
    assert market.money("lender") == (2_000_000 - 105_000, 105_000)
    assert (use.contract.ends_at - use.contract.in_force_at).days == 20


def test_silence_for_five_working_days_ends_a_negotiation(market: Market) -> None:
    """Asked on Thursday 24 September. Friday is Mid-Autumn; with the seven days of October the fifth working day is Thu 8."""
    deal = market.ask("dataset", "lender", price_fen=90_000)
    lapse = _due(deal)
    market.town.at(lapse - timedelta(seconds=1))
    assert market.deal(deal).state == "requested"
    market.talk("offer", deal, "steel", price_fen=110_000)  # an answer starts the clock afresh
    market.town.at(lapse)
    assert market.deal(deal).state == "offered"
    market.town.at(_due(deal))
    assert market.deal(deal).state == "terminated"
    with pytest.raises(NotNow):
        market.talk("accept", deal, "lender")


def _due(deal: int):  # type: ignore[no-untyped-def]
    from tongqu.exchange.bedrock.procedures import clocks_of

    return next(clock.due_at for clock in clocks_of(NEGOTIATION, deal) if clock.name == "answer")


@pytest.mark.parametrize(
    "changes",
    [{"calls_max": 1_001}, {"period_days": 181}, {"price_micro_yuan": 8_499}, {"price_micro_yuan": 8_501}],
    ids=lambda changes: "-".join(f"{name}={value}" for name, value in changes.items()),
)
def test_a_standing_instruction_covers_the_published_terms_and_no_others(
    market: Market, changes: dict[str, int]
) -> None:
    assert market.deal(market.ask("verification", "lender", purposes=RISK, **changes)).state == "requested"


def test_less_than_what_is_published_is_covered(market: Market) -> None:
    deal = market.ask("verification", "lender", purposes=RISK, calls_max=10, period_days=5)
    assert market.deal(deal).state == "agreed"
    assert market.deal(deal).terms["total_fen"] == 9  # 10 * 0.0085 yuan, rounded up: the most it can come to


def test_a_recalled_instruction_agrees_to_nothing(market: Market) -> None:
    market.town.act(LISTING, "recall", market.products["verification"], "bank")
    assert market.deal(market.ask("verification", "lender", purposes=RISK)).state == "requested"


def test_deals_between_related_parties_are_flagged_and_go_on(market: Market) -> None:
    market.relate("lender", "bank")
    assert parties.related(market.parties["lender"], market.parties["bank"])
    asked = begin(
        NEGOTIATION,
        by=market.town.actor("lender"),
        at=market.town.now,
        listing=market.products["verification"],
        purposes=RISK,
    )
    assert [advice["rule"] for advice in asked.advice] == ["related_parties_are_flagged"]
    market.town.settle()
    text = market.deal(asked.subject).text
    assert text is not None
    assert text["related_parties"] is True


def test_nobody_buys_from_itself(market: Market) -> None:
    with pytest.raises(Refused) as refused:
        market.ask("verification", "bank", purposes=RISK)
    assert [f.rule for f in refused.value.findings if f.blocks] == ["not_with_oneself"]


def test_a_purpose_the_provider_does_not_permit_is_refused_with_the_article(market: Market) -> None:
    with pytest.raises(Refused) as refused:
        market.ask("verification", "lender", purposes=["planning"])
    assert [(f.rule, f.cite) for f in refused.value.findings if f.blocks] == [("purpose_is_stated", "NDR:12")]


# -- who may do what ------------------------------------------------------------------------------------------------------


def test_a_stranger_in_the_right_role_signs_and_accepts_nothing(market: Market) -> None:
    deal = market.ask("verification", "lender", purposes=RISK)
    with pytest.raises(NotYours):
        market.talk("verify", deal, "grid")  # a buyer, but not this deal's
    use = market.use(deal, "lender")
    with pytest.raises(NotYours):
        use.act("collect", "grid", token_sha256="ab" * 32)
    use.calls(2)
    use.stop()
    with pytest.raises(NotYours):
        use.act("accept", "grid")
    with pytest.raises(NotYours):
        use.act("accept", "bank")  # the seller does not accept its own delivery


def test_signing_needs_the_second_factor(market: Market) -> None:
    deal = market.ask("verification", "lender", purposes=RISK)
    with pytest.raises(NeedsSecondFactor):
        perform(NEGOTIATION, "verify", deal, by=market.town.actor("lender"), at=market.town.now)
    assert market.deal(deal).consumer_signature is None


def test_the_same_act_sent_twice_is_done_once(market: Market) -> None:
    town = market.town
    twice = [
        begin(
            NEGOTIATION,
            by=town.actor("lender"),
            at=town.now,
            key="order-1",
            listing=market.products["verification"],
            purposes=RISK,
        )
        for _ in range(2)
    ]
    assert (twice[0].subject, twice[1].repeated) == (twice[1].subject, True)
    town.settle()
    deal = twice[0].subject
    for _ in range(2):
        perform(NEGOTIATION, "verify", deal, by=town.actor("lender", second_factor=True), at=town.now, key="sign-1")
        town.settle()
    assert market.money("lender") == (2_000_000 - 850, 850)


# -- the delivery ---------------------------------------------------------------------------------------------------------


def test_an_objection_is_answered_and_the_inspection_begins_afresh(market: Market) -> None:
    use = started(market)
    use.calls(10)
    use.stop()
    use.act("object", reason="三条回答与合同约定不符")
    assert use.state == "objected"
    market.town.later(days=2)
    use.act("answer", "bank", reason="已按约定口径复核，附说明")
    assert use.state == "completed"
    ends = _inspection_ends(use.transfer)
    assert ends > market.town.now + timedelta(days=5)
    market.town.at(ends - timedelta(seconds=1))
    assert use.state == "completed"
    market.town.at(ends)
    assert (use.state, delivery.transfer(use.transfer).accepted_how) == ("accepted", "silence")
    assert market.settlement(use.deal).charged_fen == 8
    market.audited()


def _inspection_ends(transfer: int):  # type: ignore[no-untyped-def]
    from tongqu.exchange.bedrock.procedures import clocks_of

    return next(clock.due_at for clock in clocks_of(TRANSFER, transfer) if clock.name == "inspection")


def test_an_objection_nobody_answers_raises_an_alarm_and_decides_nothing(market: Market) -> None:
    use = started(market)
    use.calls(1)
    use.stop()
    use.act("object", reason="回答与合同约定不符")
    market.town.later(days=30)
    assert use.state == "objected"
    assert Alarm.objects.filter(procedure="transfer", subject=use.transfer, kind="overdue").count() == 1
    assert market.settlement(use.deal).state == "held"


@pytest.mark.parametrize(("act", "by"), [("concede", "bank"), ("uphold", "exchange")])
def test_an_objection_that_stands_returns_all_of_the_money(market: Market, act: str, by: str) -> None:
    use = started(market)
    use.calls(10)
    use.stop()
    use.act("object", reason="回答与合同约定不符")
    use.act(act, by, reason="经核实，异议成立")
    assert use.state == "terminated"
    assert market.settlement(use.deal).state == "refunded"
    assert contracts.contract(use.contract.id).state == "terminated"
    assert market.money("lender") == (2_000_000, 0)
    assert market.money("bank") == (0, 0)
    market.audited()


def test_an_objection_that_is_dismissed_is_an_acceptance(market: Market) -> None:
    use = started(market)
    use.calls(10)
    use.stop()
    use.act("object", reason="回答与合同约定不符")
    use.act("dismiss", "exchange", reason="抽样核对一致，异议不成立")
    assert (use.state, delivery.transfer(use.transfer).accepted_how) == ("accepted", "decided")
    assert market.settlement(use.deal).state == "released"
    market.audited()


def test_a_provider_who_ends_the_delivery_refunds_it_and_the_next_call_is_refused(market: Market) -> None:
    use = started(market)
    use.calls(5)
    use.act("terminate", "bank", reason="数据源停用")
    market.node.sync(1)
    assert codes(use.ask(market.clients[99])) == ["permit-revoked"]
    assert market.settlement(use.deal).state == "refunded"
    assert market.money("lender") == (2_000_000, 0)
    market.audited()


def test_the_last_call_that_is_permitted_ends_the_use(market: Market) -> None:
    use = started(market, calls_max=10)
    use.calls(10)
    assert codes(use.ask(market.clients[99])) == ["calls-exhausted"]
    market.node.sync(4)
    assert use.state == "completed"
    use.act("accept")
    assert billing.bill_of(use.transfer).fen == 8  # 0.085 yuan
    assert market.money("lender") == (2_000_000 - 8, 0)
    market.audited()


def test_a_call_repeated_under_its_key_is_answered_again_and_billed_once(market: Market) -> None:
    use, call = started(market), str(uuid.uuid4())
    first = use.ask(market.clients[0], call=call)
    again = use.ask(market.clients[0], call=call)
    assert first.body == again.body
    other = use.ask(market.clients[1], call=call)
    assert (other.status, codes(other)) == (409, ["call-key-reused"])
    use.stop()
    assert delivery.transfer(use.transfer).units == 1


def test_another_token_or_permit_opens_nothing(market: Market) -> None:
    mine, other = started(market), started(market, "grid", "research")
    assert codes(mine.ask(market.clients[0], permit=other.permit)) == ["permit-or-token-wrong"]
    mine.token = "x" * 43
    assert codes(mine.ask(market.clients[0])) == ["permit-or-token-wrong"]


def test_a_new_token_ends_the_old_one(market: Market) -> None:
    use = started(market)
    old = use.token
    use.token = "n" * 43
    use.collect()
    assert use.ask(market.clients[0]).status == 200
    use.token = old
    assert codes(use.ask(market.clients[0])) == ["permit-or-token-wrong"]


# -- the regulator's hold -------------------------------------------------------------------------------------------------


def _hold(market: Market, table, subject: int, ground: str = "线索核查") -> int:  # type: ignore[no-untyped-def]
    hold = place_hold(table, subject, by=market.town.actor("authority"), at=market.town.now, ground=ground)
    market.town.settle()
    market.node.sync(1)
    return hold


def _lift(market: Market, table, hold: int) -> None:  # type: ignore[no-untyped-def]
    lift_hold(hold, by=market.town.actor("authority"), at=market.town.now, reason="核查完毕", table=table)
    market.town.settle()
    market.node.sync(1)


@pytest.mark.parametrize("table", [TRANSFER, CONTRACT], ids=["delivery", "contract"])
def test_a_hold_stops_the_next_call_and_its_lifting_lets_calls_through(market: Market, table) -> None:  # type: ignore[no-untyped-def]
    use = started(market)
    use.calls(3)
    hold = _hold(market, table, use.transfer if table is TRANSFER else use.contract.id)
    assert codes(use.ask(market.clients[10])) == ["permit-suspended"]
    if table is TRANSFER:
        with pytest.raises(Held):
            use.act("stop")
    _lift(market, table, hold)
    use.calls(2, first=20)
    use.stop()
    use.act("accept")
    assert delivery.transfer(use.transfer).units == 5
    market.audited()


def test_while_one_of_two_holds_stands_nothing_is_let_through(market: Market) -> None:
    use = started(market)
    on_contract = _hold(market, CONTRACT, use.contract.id)
    on_delivery = _hold(market, TRANSFER, use.transfer)
    _lift(market, TRANSFER, on_delivery)
    assert codes(use.ask(market.clients[0])) == ["permit-suspended"]
    _lift(market, CONTRACT, on_contract)
    assert use.ask(market.clients[0]).status == 200


def test_a_provider_cannot_resume_past_a_hold_on_the_contract(market: Market) -> None:
    use = started(market)
    use.act("suspend", "bank", reason="设备检修")
    hold = _hold(market, CONTRACT, use.contract.id)
    use.act("resume", "bank")
    market.node.sync(1)
    assert codes(use.ask(market.clients[0])) == ["permit-suspended"]
    _lift(market, CONTRACT, hold)
    assert use.ask(market.clients[0]).status == 200


def test_what_the_provider_suspended_stays_so_when_a_hold_is_lifted(market: Market) -> None:
    use = started(market)
    use.act("suspend", "bank", reason="设备检修")
    _lift(market, TRANSFER, _hold(market, TRANSFER, use.transfer))
    assert codes(use.ask(market.clients[0])) == ["permit-suspended"]
    use.act("resume", "bank")
    market.node.sync(1)
    assert use.ask(market.clients[0]).status == 200


def test_money_under_a_hold_waits_as_long_as_the_hold_and_is_then_paid(market: Market) -> None:
    """A hold may last for weeks: the release is not given up meanwhile, and comes by itself afterwards."""
    use = started(market)
    use.calls(4)
    use.stop()
    hold = _hold(market, SETTLEMENT, market.settlement(use.deal).id)
    use.act("accept")
    for _ in range(12):
        market.town.later(days=1)
        market.town.settle()
    assert market.settlement(use.deal).state == "held"
    assert list(Alarm.objects.filter(kind="stuck-step").values_list("en", flat=True)) == []
    _lift(market, SETTLEMENT, hold)
    market.town.later(minutes=10)
    market.town.settle()
    assert market.settlement(use.deal).state == "released"
    market.audited()


def test_a_deal_under_a_hold_does_not_keep_the_others_from_their_money(market: Market) -> None:
    deals = [market.ask("dataset", "billing", purposes=[purpose]) for purpose in ("research", "planning")]
    for deal in deals:
        market.history.sign(deal, "billing")
    hold = _hold(market, SETTLEMENT, market.settlement(deals[0]).id)
    market.pay_in("billing", 120_000, "B-1")
    assert [market.settlement(deal).state for deal in deals] == ["awaiting_funds", "held"]
    market.pay_in("billing", 120_000, "B-2")
    _lift(market, SETTLEMENT, hold)
    market.town.later(minutes=10)
    market.town.settle()
    assert market.settlement(deals[0]).state == "held"
    market.audited()


# -- early ends -----------------------------------------------------------------------------------------------------------


def _end(market: Market, act: str, contract: int, by: str) -> None:
    inputs = {} if act == "keep" else {"reason": "双方协商一致"}
    market.town.act(CONTRACT, act, contract, by, **inputs)


def test_a_contract_both_end_early_is_billed_for_what_was_used(market: Market) -> None:
    use = started(market)
    use.calls(20)
    _end(market, "propose_end", use.contract.id, "lender")
    with pytest.raises(Refused):
        _end(market, "terminate", use.contract.id, "lender")  # nobody agrees with itself
    _end(market, "terminate", use.contract.id, "bank")
    market.node.sync(4)
    assert use.state == "completed"
    use.act("accept")
    assert market.settlement(use.deal).charged_fen == 17
    assert contracts.contract(use.contract.id).state == "terminated"
    assert market.money("lender") == (2_000_000 - 17, 0)
    market.audited()


def test_a_proposal_to_end_can_be_taken_back_by_its_own_side_only(market: Market) -> None:
    use = started(market)
    _end(market, "propose_end", use.contract.id, "bank")
    with pytest.raises(Refused):
        _end(market, "keep", use.contract.id, "lender")
    _end(market, "keep", use.contract.id, "bank")
    assert contracts.contract(use.contract.id).state == "in_force"


def test_a_proposal_left_open_does_not_keep_a_contract_from_being_performed(market: Market) -> None:
    use = started(market)
    use.calls(2)
    _end(market, "propose_end", use.contract.id, "lender")
    use.stop()
    use.act("accept")
    assert market.settlement(use.deal).state == "released"
    assert contracts.contract(use.contract.id).state == "performed"


def test_a_contract_ended_before_its_delivery_began_is_refunded(market: Market) -> None:
    """The node was out of service, so the delivery never started; both agree to end, and the money comes back."""
    node = int(market.node.number)
    market.town.act(nodes.NODE, "suspend", node, "exchange", reason="检修")
    deal = market.ask("verification", "lender", purposes=RISK)
    market.history.sign(deal, "lender")
    contract = contracts.contract_of(deal)
    transfer = delivery.transfer_of(contract.id)
    assert transfer.state == "requested"
    _end(market, "propose_end", contract.id, "lender")
    _end(market, "terminate", contract.id, "bank")
    assert market.settlement(deal).state == "refunded"
    assert delivery.transfer(transfer.id).state == "terminated"
    assert market.money("lender") == (2_000_000, 0)
    market.audited()


def test_a_delivery_held_up_by_its_node_is_started_by_its_provider_later(market: Market) -> None:
    node = int(market.node.number)
    market.town.act(nodes.NODE, "suspend", node, "exchange", reason="检修")
    deal = market.ask("verification", "lender", purposes=RISK)
    market.history.sign(deal, "lender")
    transfer = delivery.transfer_of(contracts.contract_of(deal).id).id
    with pytest.raises(Refused):
        market.town.act(TRANSFER, "start", transfer, "bank")
    market.town.act(nodes.NODE, "resume", node, "exchange", reason="检修完毕")
    market.town.act(TRANSFER, "start", transfer, "bank")
    assert delivery.transfer(transfer).state == "started"


def test_a_contract_under_a_hold_does_not_start_its_delivery(market: Market) -> None:
    node = int(market.node.number)
    market.town.act(nodes.NODE, "suspend", node, "exchange", reason="检修")
    deal = market.ask("verification", "lender", purposes=RISK)
    market.history.sign(deal, "lender")
    contract = contracts.contract_of(deal)
    transfer = delivery.transfer_of(contract.id).id
    market.town.act(nodes.NODE, "resume", node, "exchange", reason="检修完毕")
    hold = _hold(market, CONTRACT, contract.id)
    with pytest.raises(Refused):
        market.town.act(TRANSFER, "start", transfer, "bank")
    _lift(market, CONTRACT, hold)
    market.town.act(TRANSFER, "start", transfer, "bank")
    assert delivery.transfer(transfer).state == "started"


# -- shares ---------------------------------------------------------------------------------------------------------------


def _propose(market: Market, *shares: tuple[str, int]) -> int:
    return market.town.begin(
        SHARE_PLAN, "bank", listing=market.products["verification"],
        shares=[{"party": market.parties[party], "basis_points": points, "ground": "示例贡献"} for party, points in shares],
    )  # fmt: skip


def test_a_plan_replaced_on_the_way_changes_no_closed_distribution(market: Market) -> None:
    first = started(market)
    first.calls(20)  # 17 fen
    first.stop()
    first.act("accept")
    closed = sharing.distribution_of(market.settlement(first.deal).id)
    assert closed is not None
    assert [part["fen"] for part in closed.parts] == [12, 5]  # 11.9 and 5.1: the odd fen is the bank's

    second = started(market, purpose="research")
    second.calls(20, first=100)
    second.stop()
    plan = _propose(market, ("billing", 5_000), ("bank", 5_000))
    market.town.act(SHARE_PLAN, "agree", plan, "billing")
    second.act("accept")  # released under the plan in force now
    now = sharing.distribution_of(market.settlement(second.deal).id)
    assert now is not None
    assert (now.plan_id, [part["fen"] for part in now.parts]) == (plan, [9, 8])  # the odd fen is billing's
    assert sharing.distribution_of(closed.settlement_id) == closed
    assert market.money("bank") == (20, 0)
    assert market.money("billing") == (14, 0)
    market.audited()


def test_a_plan_is_in_force_only_when_everyone_named_has_agreed(market: Market) -> None:
    plan = _propose(market, ("bank", 4_000), ("billing", 3_000), ("steel", 3_000))
    market.town.act(SHARE_PLAN, "agree", plan, "billing")
    with pytest.raises(Refused):
        market.town.act(SHARE_PLAN, "agree", plan, "billing")
    with pytest.raises(Refused):
        market.town.act(SHARE_PLAN, "agree", plan, "grid")
    before = sharing.plan_in_force(market.products["verification"])
    assert [share["basis_points"] for share in before] == [7_000, 3_000]
    market.town.act(SHARE_PLAN, "withdraw", plan, "bank", reason="重新商定")
    assert sharing.plan_in_force(market.products["verification"]) == before


def test_a_plan_withdrawn_just_before_it_takes_effect_leaves_the_old_one(market: Market) -> None:
    """The last agreement and the withdrawal come in one breath, before the keeper follows up."""
    plan = _propose(market, ("bank", 4_000), ("billing", 6_000))
    perform(SHARE_PLAN, "agree", plan, by=market.town.actor("billing"), at=market.town.now)
    perform(SHARE_PLAN, "withdraw", plan, by=market.town.actor("bank"), at=market.town.now, reason="重新商定")
    market.town.settle()
    before = sharing.plan_in_force(market.products["verification"])
    assert [share["basis_points"] for share in before] == [7_000, 3_000]
    market.audited()


def test_an_expired_mandate_signs_nothing(market: Market) -> None:
    from tongqu.exchange.bedrock.values import Period

    deal = market.ask("verification", "lender", purposes=RISK)
    now = market.town.now
    late = replace(market.town.actor("lender", second_factor=True), mandate=Period(now - timedelta(days=9), now))
    with pytest.raises(NotYours):
        perform(NEGOTIATION, "verify", deal, by=late, at=now)
    assert ledger.balance(f"party/{market.parties['lender']}/available").held == 0
