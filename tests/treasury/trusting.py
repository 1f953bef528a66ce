"""A data trust for the stories of its money: a bank buys from the supplier, persons have given a trustee mandates."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from tests.trading.dealing import Market
from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.ledger import Move
from tongqu.exchange.bedrock.procedures import Actor, begin, perform
from tongqu.exchange.members.models import Person
from tongqu.exchange.registry.models import (
    ConsentFact,
    ConsentNotice,
    DataSubject,
    DataTrust,
    TrustMandate,
    TrustTerms,
)
from tongqu.exchange.treasury import trusts
from tongqu.exchange.treasury.models import TrustClaim, TrustDistribution, TrustEntitlement
from tongqu.exchange.treasury.trusts import TRUST_CLAIM, TRUST_DISTRIBUTION
from tongqu.exchange.treasury.trusts.entries import held

ACCOUNT = {"account_name": "示例个人", "bank": "示例银行武汉分行", "account": "6222000011113333"}


class Trusting:
    """`trust` is in force from a month before; `agreed` says on which terms. The rows are as the registry leaves them."""

    def __init__(self, market: Market, fee_basis_points: int = 500) -> None:
        self.market, self.facts = market, 0
        market.join("trustee", ("supplier",), "91420100MA0000021")
        self.since = market.now - timedelta(days=30)
        self.trust = self.found("示例数据信托", fee_basis_points)

    def found(self, name: str, fee_basis_points: int = 500) -> int:
        market = self.market
        return DataTrust.objects.create(
            state="in_force", begun_at=self.since, changed_at=self.since, trustee_id=market.party("trustee"),
            provider_id=market.party("supplier"), node_id=market.node.pk, source="power", name=name,
            purposes=["research"], kinds=["consumption"], deed="d" * 64, fee_basis_points=fee_basis_points,
            until_date=(market.now + timedelta(days=700)).date(), until_at=market.now + timedelta(days=700),
            approved_at=self.since,
        ).pk  # fmt: skip

    # Persons.

    def person(self, name: str) -> Actor:
        people = self.market.people
        if name not in people:
            people[name] = Person.objects.create(username=name, full_name=f"示例{name}")
        return Actor(person=people[name].pk, second_factor=True)

    def link(self, name: str, key: str = "") -> DataSubject:
        reference = hashlib.sha256((key or name).encode()).hexdigest()
        found = DataSubject.objects.filter(reference=reference, state="linked").first()
        return found or DataSubject.objects.create(
            state="linked", begun_at=self.since, changed_at=self.since, person_id=self.person(name).person,
            provider_id=self.market.party("supplier"), node_id=self.market.node.pk, source="power", reference=reference,
            vouched={},
        )  # fmt: skip

    def mandate(
        self, name: str, *, at: datetime | None = None, trust: int | None = None, key: str = ""
    ) -> TrustMandate:
        when = at or self.since
        return TrustMandate.objects.create(
            state="in_force", begun_at=when, changed_at=when, trust_id=trust or self.trust,
            trustee_id=self.market.party("trustee"), person_id=self.person(name).person, link=self.link(name, key),
            purposes=["research"], kinds=["consumption"], sensitive=[],
        )  # fmt: skip

    def over(self, mandate: TrustMandate, at: datetime) -> None:
        TrustMandate.objects.filter(pk=mandate.pk).update(state="revoked", ended_at=at, changed_at=at)

    def end(self, trust: int | None = None) -> None:
        now = self.market.now
        DataTrust.objects.filter(pk=trust or self.trust).update(state="ended", ended_at=now, changed_at=now)

    # Terms.

    def agreed(self, basis_points: int, *, consented: bool = True, receiver: str = "buyer", trust: int | None = None,
               purposes: tuple[str, ...] = ("research",)) -> TrustTerms:  # fmt: skip
        """Terms with the buyer about a notice of its own, for which a mandator's consent stands unless said otherwise."""
        market, when = self.market, self.since
        notice = ConsentNotice.objects.create(
            state="published", begun_at=when, changed_at=when, provider_id=market.party("supplier"),
            receiver_id=market.party(receiver), node_id=market.node.pk, source="power", name="示例告知", series=self._next(),
            version=1, basis=self._next(), purposes=list(purposes), purpose_text="研究", method="核验", kinds=["consumption"],
            retention="一年", contact="027", rights_way="在线", essence="e" * 64, digest="d" * 64, published_at=when,
        )  # fmt: skip
        terms = TrustTerms.objects.create(
            state="agreed", begun_at=when, changed_at=when, trust_id=trust or self.trust,
            trustee_id=market.party("trustee"), provider_id=market.party("supplier"), receiver_id=market.party(receiver),
            node_id=market.node.pk, source="power", notice=notice, basis=notice.basis, purposes=list(purposes),
            kinds=["consumption"], basis_points=basis_points, conditions="仅限约定用途",
            until_date=(market.now + timedelta(days=300)).date(), until_at=market.now + timedelta(days=300), agreed_at=when,
        )  # fmt: skip
        if consented:
            self.says(terms, "given", when)
        return terms

    def says(self, terms: TrustTerms, what: str, at: datetime) -> None:
        mandate = TrustMandate.objects.filter(trust_id=terms.trust_id).order_by("pk").first() or self.mandate("甲")
        ConsentFact.objects.create(
            node_id=self.market.node.pk, number=self._next(), basis=terms.basis, notice_id=terms.notice_id,
            reference=bytes.fromhex(mandate.link.reference), what=what, form="trustee", channel="trust", said_at=at,
            taken_at=at, mandate=mandate.pk, terms=terms.pk,
        )  # fmt: skip

    def close(self, terms: TrustTerms) -> None:
        """The provider ends the terms: the consents given by them are withdrawn with it."""
        now = self.market.now
        self.says(terms, "withdrawn", now)
        TrustTerms.objects.filter(pk=terms.pk).update(state="ended", ended_at=now, changed_at=now)

    def _next(self) -> int:
        self.facts += 1
        return self.facts

    # Money.

    def receive(self, fen: int, trust: int | None = None) -> None:
        """As cuts would have brought it."""
        move = Move("bank/clearing", held(trust or self.trust), fen, "trust cut 示例")
        ledger.post([move], at=self.market.now, fact_id=None)

    def divide(self, by: Actor | None = None, trust: int | None = None) -> TrustDistribution:
        made = begin(
            TRUST_DISTRIBUTION, by=by or self.market.actor("trustee"), at=self.market.now, trust=trust or self.trust
        )
        self.market.settle()
        return TrustDistribution.objects.get(pk=made.subject)

    def got(self, made: TrustDistribution) -> dict[int, int]:
        return dict(TrustEntitlement.objects.filter(distribution=made).values_list("mandate_id", "fen"))

    def claim(self, name: str, *, by: Actor | None = None, **changes: Any) -> TrustClaim:
        asked = {"trust": self.trust, **ACCOUNT} | changes
        made = begin(TRUST_CLAIM, by=by or self.person(name), at=self.market.now, **asked)
        self.market.settle()
        return TrustClaim.objects.get(pk=made.subject)

    def do(self, act: str, claim: TrustClaim, by: Actor, **inputs: Any) -> TrustClaim:
        perform(TRUST_CLAIM, act, claim.pk, by=by, at=self.market.now, **inputs)
        self.market.settle()
        return TrustClaim.objects.get(pk=claim.pk)

    def paid(self, claim: TrustClaim, reference: str = "BANK-T1", **changes: Any) -> TrustClaim:
        self.do("approve", claim, self.market.finance("checker"))
        told = {"bank_reference": reference, "paid_date": self.market.now.date()} | changes
        return self.do("pay", claim, self.market.finance("cashier"), **told)

    def money(self, name: str) -> trusts.TrustMoney:
        (found,) = trusts.money_of(int(self.person(name).person or 0), on=self.market.now.date())
        return found

    def stands(self, trust: int | None = None) -> tuple[int, int, int]:
        """Held, owed, and what of it is claimed."""
        found = trusts.funds(trust or self.trust)
        return found.held_fen, found.owed_fen, found.claimed_fen

    def audited(self) -> None:
        assert trusts.audit() == []
        self.market.audited()
