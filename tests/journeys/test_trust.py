"""A trustee is selected, entrusted and agrees on terms; a call at the node is answered by its consent, and no more once a mandate is revoked."""

from __future__ import annotations

from datetime import date

import pytest

from tests.journeys.market import Market
from tests.journeys.test_consent import KINDS, answered, linked, notice, over_http, product, refused
from tongqu.exchange.bedrock.procedures import begin, perform
from tongqu.exchange.registry import trust
from tongqu.exchange.registry.consent import DATA_SUBJECT
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_MANDATE, TRUST_TERMS

pytestmark = pytest.mark.slow
TRUSTEE = "grid"


def test_from_the_mandate_to_the_call_that_is_answered_and_the_revocation_that_stops_it(market: Market) -> None:
    product(market)
    made, town = notice(market), market.town
    use = market.use(market.ask("consented", "lender"), "lender")
    trusted = town.begin(
        DATA_TRUST, TRUSTEE, name="示例银行客户数据信托", notice=made, purposes=["risk-management"], kinds=KINDS,
        deed=town.paper("信托文件（示例）", TRUSTEE), fee_basis_points=500, until_date=date(2027, 9, 1),
    )  # fmt: skip
    town.act(DATA_TRUST, "approve", trusted, "authority", opinion="独立，有履职能力")
    terms = town.begin(
        TRUST_TERMS, TRUSTEE, trust=trusted, notice=made, basis_points=2_000, conditions="只用于贷款审批，不得转给他人",
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
    with over_http(market):
        market.node.sync(2)
        assert refused(use, market.clients[0]) == ["consent-missing"]
        mandate = begin(TRUST_MANDATE, by=person, at=town.now, key="m", trust=trusted, link=link, **asked).subject
        town.act(TRUST_TERMS, "consent", terms, TRUSTEE)
        market.node.sync(1)
        answered(use, market.clients[0])
        assert refused(use, market.clients[1]) == ["consent-missing"]  # who entrusted nobody
        receiver, node = market.parties["lender"], int(market.node.number)
        today = town.now.date()
        due = trust.share_of(
            market.parties["bank"], receiver, node, "bank-credit", ["risk-management"], since=today, until=today
        )
        assert [(one.terms, one.basis_points) for one in due] == [(terms, 2_000)]
        perform(TRUST_MANDATE, "revoke", mandate, by=person, at=town.now, key="r")
        market.node.sync(1)
        assert refused(use, market.clients[0]) == ["consent-missing"]
        # Their own word, later, counts whoever says what for them.
        perform(DATA_SUBJECT, "consent", link, by=person, at=town.now, key="c", notice=made)
        market.node.sync(1)
        answered(use, market.clients[0])
    use.stop()
    assert use.disagreements() == []
    market.audited()
