"""From a call answered by a trustee's consent to the money in the hands of the person behind it, every fen of it in the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.journeys.market import Market
from tests.journeys.test_consent import KINDS, answered, linked, notice, over_http, product
from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.procedures import Actor, Refused, begin, perform
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_MANDATE, TRUST_TERMS
from tongqu.exchange.treasury import sharing, trusts
from tongqu.exchange.treasury.trusts import TRUST_CLAIM, TRUST_DISTRIBUTION

pytestmark = pytest.mark.slow
TRUSTEE = "grid"
CALLS = 200
ACCOUNT = {"account_name": "示例林某", "bank": "示例银行武汉分行", "account": "6222000011113333"}


def test_what_a_trustee_agreed_on_reaches_the_person_though_everything_has_ended_since(market: Market) -> None:
    product(market)
    made, town = notice(market), market.town
    trusted = town.begin(
        DATA_TRUST, TRUSTEE, name="示例银行客户数据信托", notice=made, purposes=["risk-management"], kinds=KINDS,
        deed=town.paper("信托文件（示例）", TRUSTEE), fee_basis_points=500, until_date=date(2027, 9, 1),
    )  # fmt: skip
    town.act(DATA_TRUST, "approve", trusted, "authority", opinion="独立，有履职能力")
    terms = town.begin(
        TRUST_TERMS, TRUSTEE, trust=trusted, notice=made, basis_points=2_500, conditions="只用于贷款审批，不得转给他人",
        until_date=date(2027, 3, 1),
    )  # fmt: skip
    town.act(TRUST_TERMS, "agree", terms, "bank")
    person, link = linked(market, market.clients[0])
    asked = {
        "given_by": "self",
        "purposes": ["risk-management"],
        "kinds": ["identity"],
        "sensitive": ["financial_account"],
    }
    mandate = begin(TRUST_MANDATE, by=person, at=town.now, key="m", trust=trusted, link=link, **asked).subject
    town.act(TRUST_TERMS, "consent", terms, TRUSTEE)
    use = market.use(market.ask("consented", "lender"), "lender")
    with over_http(market):
        market.node.sync(2)
        for number in range(CALLS):
            if number % 50 == 0:
                market.node.sync(1)
            town.now += timedelta(milliseconds=700)
            answered(use, market.clients[0])
    before, trustee_before = market.money("bank"), market.money(TRUSTEE)
    # The bill comes after the mandate was revoked and the terms ended: what was earned until then stays earned.
    perform(TRUST_MANDATE, "revoke", mandate, by=person, at=town.now, key="r")
    town.act(TRUST_TERMS, "end", terms, "bank", reason="不再合作")
    use.stop()
    use.act("accept")
    assert use.disagreements() == []
    shared = sharing.distribution_of(market.settlement(use.deal).id)
    assert shared is not None
    assert (shared.fen, [part["fen"] for part in shared.parts]) == (10, [2, 8])  # 200 calls at 0.0005 yuan
    assert market.money("bank")[0] - before[0] == 8
    assert trusts.funds(trusted) == trusts.TrustFunds(held_fen=2, owed_fen=0, claimed_fen=0)

    divided = town.begin(TRUST_DISTRIBUTION, TRUSTEE, trust=trusted)
    assert trusts.funds(trusted) == trusts.TrustFunds(held_fen=0, owed_fen=2, claimed_fen=0)
    assert market.money(TRUSTEE) == trustee_before  # five in a hundred of two fen

    strong = replace(person, second_factor=True)
    with pytest.raises(Refused):  # less than the least amount, while the trust stands
        claim(market, strong, trusted)
    town.act(DATA_TRUST, "end", trusted, "authority", reason="试点结束")
    number = claim(market, strong, trusted)
    town.act(TRUST_CLAIM, "approve", number, "exchange")
    told = {"bank_reference": "20260924009001", "paid_date": town.now.date()}
    town.act(TRUST_CLAIM, "pay", number, "finance", **told)
    (mine,) = trusts.money_of(int(person.person or 0), on=town.now.date())
    assert (mine.open_fen, mine.under_way_fen, mine.paid_fen) == (0, 0, 2)
    assert trusts.funds(trusted) == trusts.TrustFunds(0, 0, 0)
    assert ledger.TrialBalance.now().total == 0
    proven = market.prove(("trust_distribution", divided), ("trust_claim", number))
    assert proven == 4
    market.audited()


def claim(market: Market, person: Actor, trusted: int) -> int:
    made = begin(TRUST_CLAIM, by=person, at=market.town.now, trust=trusted, **ACCOUNT).subject
    market.town.settle()
    return made
