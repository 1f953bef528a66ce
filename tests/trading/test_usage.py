"""One policy from the product's form to the permit: what is offered, tightened, signed, said and enforced is the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.dealing import DATASET, Market
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import NotYours, Refused, Unknown, see
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry.consent.kinds import Kind
from tongqu.exchange.trading import contracts, delivery, listings, negotiation
from tongqu.exchange.trading.contracts.clauses import clauses
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.delivery.models import Permit
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.trading.negotiation.agreement import offer
from tongqu.exchange.trading.negotiation.models import Negotiation
from tongqu.wire.constraints import CallsAtMost, ForDays, ForPurposes, ForRecipients, RequestsAMinute, WithinRegions
from tongqu.wire.odrl import read
from tongqu.wire.permit import Permit as WirePermit
from tongqu.wire.policy import ACKNOWLEDGE, DELETE, DERIVE, DISTRIBUTE, differences
from tongqu.wire.sync import key_text

pytestmark = pytest.mark.django_db

FRIEND = credit_code.complete("91420100MA0000099")
STRICT: dict[str, Any] = {"regions": ["420000"], "recipients_max": 1, "no_derivation": True, "acknowledge": True}


def rules(refused: Refused) -> set[str]:
    return {finding.rule for finding in refused.findings if finding.blocks}


def started(market: Market, deal: int) -> tuple[contracts.ContractView, WirePermit]:
    made = contracts.contract_of(deal)
    permit = Permit.objects.get(transfer_id=delivery.transfer_of(made.id).id)
    return made, WirePermit.from_json(permit.body)


def test_what_was_signed_is_what_the_node_is_told(market: Market) -> None:
    product = market.listed(**STRICT, standing=True)
    market.pay_in("buyer", 1_000)
    deal = market.signed(product, regions=["420100"], recipients=[FRIEND], delete_within_days=10)
    made, permit = started(market, deal)
    signed, told = read(json.loads(json.dumps(made.text["policy"]))), permit.policy
    assert told is not None
    for kind in (ForPurposes, CallsAtMost, RequestsAMinute, WithinRegions, ForRecipients):
        assert told.find(kind) == signed.find(kind)
    assert (told.assigner, told.assignee, told.target, told.action) == (
        signed.assigner, signed.assignee, signed.target, signed.action,
    )  # fmt: skip
    assert (told.prohibitions, told.obligations, told.price) == (signed.prohibitions, signed.obligations, signed.price)
    assert signed.find(WithinRegions) == WithinRegions(("420100",))
    assert signed.find(ForRecipients) == ForRecipients((str(signed.assignee), FRIEND))
    assert signed.prohibitions == (DISTRIBUTE, DERIVE)
    assert [duty.action for duty in signed.obligations] == [DELETE, ACKNOWLEDGE]
    assert told.find(ForDays) is None  # it says from when to when
    assert (permit.not_after - made.in_force_at).days == 90
    said = "".join(line.zh for clause in clauses(made.text) for line in clause.lines)
    for words in ("武汉市（420100）", FRIEND, "10 日内删除", "衍生数据产品", "签名确认", "最多调用 1,000 次"):
        assert words in said


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"regions": ["310000"]}, "conditions_are_kept"),
        ({"regions": ["420100", "310000"]}, "conditions_are_kept"),
        ({"regions": ["420199"]}, "recipients_and_regions_are_known"),
        ({"recipients": [FRIEND, credit_code.complete("91420100MA0000098")]}, "recipients_and_regions_are_known"),
        ({"recipients": [FRIEND[:-1] + ("0" if FRIEND[-1] != "0" else "1")]}, "recipients_and_regions_are_known"),
        ({"recipients": ["nobody"]}, "recipients_and_regions_are_known"),
    ],
)
def test_what_the_provider_set_for_whoever_buys_is_not_loosened(
    market: Market, changes: dict[str, Any], rule: str
) -> None:
    product = market.listed(**STRICT)
    with pytest.raises(Refused) as refused:
        market.ask(product, **changes)
    assert rule in rules(refused.value)


def test_deletion_may_come_sooner_and_not_later(market: Market) -> None:
    product = market.listed(DATASET)
    assert market.product(product).terms["delete_within_days"] == 30  # what leaves its node is deleted again
    assert market.ask(product, delete_within_days=30)
    assert market.ask(product, delete_within_days=1)
    with pytest.raises(Refused) as refused:
        market.ask(product, delete_within_days=31)
    assert rules(refused.value) == {"conditions_are_kept"}


def test_a_standing_instruction_does_not_agree_to_other_conditions(market: Market) -> None:
    product = market.listed(**STRICT, standing=True)
    assert negotiation.negotiation(market.ask(product)).state == "agreed"
    assert negotiation.negotiation(market.ask(product, regions=["420100"])).state == "requested"
    assert negotiation.negotiation(market.ask(product, recipients=[FRIEND])).state == "requested"


def test_a_counter_offer_shows_what_it_changes_of_the_round_before(market: Market) -> None:
    product = market.listed(**STRICT)
    deal = market.ask(product, calls_max=2_000, regions=["420100"])
    row = Negotiation.objects.get(pk=deal)
    first = [(each.direction, each.now.zh) for each in negotiation.changes(row.terms_before, row.terms) if each.now]
    assert ("looser", "最多调用 2,000 次。") in first
    assert ("tighter", "只可在以下地域使用：武汉市（420100）。") in first
    market.do(NEGOTIATION, "offer", deal, "supplier", calls_max=1_500, price_micro_yuan=9_000)
    row.refresh_from_db()
    second = negotiation.changes(row.terms_before, row.terms)
    assert [(each.direction, each.was and each.was.zh.split("，")[0].rstrip("。")) for each in second] == [
        ("tighter", "最多调用 2,000 次"), ("other", "每次 ¥ 0.0085"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"regions": ["42"]}, {"regions": ["042000"]}, {"regions": ["武汉"]}, {"group_min": 10}, {"watermark": True},
        {"recipients_max": 21}, {"delete_within_days": 366}, {"group_min": 1},
    ],
)  # fmt: skip
def test_a_form_that_states_what_cannot_be_kept_is_refused(market: Market, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        market.listed(**changes)


def test_a_region_that_is_no_division_is_refused_when_it_is_submitted(market: Market) -> None:
    with pytest.raises(Refused) as refused:
        market.listed(regions=["429999"])
    assert "regions_are_divisions" in rules(refused.value)


def test_a_text_from_before_the_profile_is_still_read_said_and_delivered(market: Market) -> None:
    """Contracts signed before carry the older form of the policy; nobody signs them anew."""
    product = market.listed(standing=True)
    market.pay_in("buyer", 1_000)
    deal = market.ask(product)
    text = json.loads(json.dumps(negotiation.text_to_sign(deal)))
    text["clauses"]["5-delivery"] |= {"calls_max": 1_000, "rate_per_minute": 6_000, "period_days": 90}
    text["policy"] = {
        "@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Agreement", "uid": f"urn:tongqu:negotiation:{deal}",
        "assigner": text["parties"]["provider"]["credit_code"], "assignee": text["parties"]["consumer"]["credit_code"],
        "permission": [{
            "action": "use", "target": f"urn:tongqu:listing:{product}",
            "constraint": [
                {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["research"]},
                {"leftOperand": "count", "operator": "lteq", "rightOperand": 1_000},
                {"leftOperand": "elapsedTime", "operator": "lteq", "rightOperand": "P90D"},
            ],
        }],
        "prohibition": [{"action": "distribute", "target": f"urn:tongqu:listing:{product}"}],
    }  # fmt: skip
    agreed = negotiation.agreed(text).policy
    assert agreed.action == "tq:verify"
    assert agreed.find(RequestsAMinute) == RequestsAMinute(6_000)
    terms = negotiation.agreed(text).terms
    assert (terms["purposes"], terms["calls_max"], terms["period_days"]) == (["research"], 1_000, 90)
    assert any("只可用于" in line.zh for clause in clauses(text) for line in clause.lines)


def test_the_consumer_registers_the_key_with_which_it_acknowledges(market: Market) -> None:
    product = market.listed(**STRICT, standing=True)
    market.pay_in("buyer", 1_000)
    made, _ = started(market, market.signed(product))
    transfer, key = delivery.transfer_of(made.id).id, key_text(bytes(range(32)))
    with pytest.raises(NotYours):
        market.do(TRANSFER, "name_key", transfer, "supplier", public_key=key)
    with pytest.raises(BadInput):
        market.do(TRANSFER, "name_key", transfer, "buyer", public_key="short")
    market.do(TRANSFER, "name_key", transfer, "buyer", public_key=key)
    sealed = delivery.transfer(transfer).sealed_permit
    assert sealed is not None
    assert sealed["body"]["acknowledgement_key"] == key
    assert sealed["body"]["revision"] == 2
    with pytest.raises(Unknown):
        see(TRANSFER, transfer, market.actor("grid"))


terms = st.fixed_dictionaries(
    {
        "purposes": st.lists(st.sampled_from(["research", "planning", "risk-management"]), min_size=1, unique=True),
        "period_days": st.integers(1, 1_826),
        "calls_max": st.integers(1, 10**9),
        "rate_per_minute": st.integers(1, 10**6),
        "regions": st.lists(st.sampled_from(["420000", "420100", "310000"]), unique=True),
        "recipients": st.just([]),
        "group_min": st.none() | st.integers(2, 10_000),
        "delete_within_days": st.none() | st.integers(1, 365),
        "no_derivation": st.booleans(),
        "watermark": st.booleans(),
        "acknowledge": st.booleans(),
        "consent_kinds": st.lists(st.sampled_from([kind.value for kind in Kind]), unique=True),
    }
)
PRICE = {"price_kind": "call", "price_micro_yuan": 8_500, "price_fen": None}


@given(terms)
def test_terms_come_back_from_the_policy_that_they_make(told: dict[str, Any]) -> None:
    assert listings.Terms.of(offer(told | PRICE, mode="dataset")).told == told


@given(terms, terms)
def test_nothing_differs_without_being_told(one: dict[str, Any], other: dict[str, Any]) -> None:
    found = differences(offer(one | PRICE, mode="dataset"), offer(other | PRICE, mode="dataset"))
    same = {**one, **{n: sorted(one[n]) for n in ("purposes", "regions")}}
    again = {**other, **{n: sorted(other[n]) for n in ("purposes", "regions")}}
    assert bool(found) or same == again
    if one == other:
        assert found == []


PRICED = {"purposes": ["research"], "period_days": 30, "calls_max": 1_000, "rate_per_minute": 60, "inspection_days": 5}
BY_ROW, NOTHING = "返回的每一行计一次调用；没有结果的一次也计一次。", "没有结果的一次不收费。"


@pytest.mark.parametrize(
    ("kind", "charge", "said"),
    [
        ("call", "asked", ["每次 ¥ 0.0085，总额不超过 ¥ 8.50。"]),
        ("call", "found", ["每查得 ¥ 0.0085，总额不超过 ¥ 8.50。", NOTHING]),
        ("call", "rows", ["每行 ¥ 0.0085，总额不超过 ¥ 8.50。", BY_ROW, NOTHING]),
        ("fixed", "asked", ["总价 ¥ 8.50。"]),
        ("fixed", "rows", ["总价 ¥ 8.50。", BY_ROW]),
    ],
)
def test_what_a_unit_is_and_what_costs_nothing_is_said(kind: str, charge: str, said: list[str]) -> None:
    """At a fixed price too: rows use up the calls."""
    price = {"price_kind": kind, "price_micro_yuan": 8_500, "price_fen": 850, "total_fen": 850}
    told = [one.zh for one in negotiation.sentences({**PRICED, **price, "charge": charge})]
    assert told[-len(said) - 1 : -1] == said  # the last is of the inspection
    assert [one for one in told if one in (BY_ROW, NOTHING)] == [one for one in said if one in (BY_ROW, NOTHING)]
