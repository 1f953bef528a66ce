"""A trustee for the people behind one source: approved, entrusted by some of them, with terms for a bank that is told of in a notice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tests.registry.conftest import World
from tests.registry.consenting import NOON, Consenting
from tongqu.exchange import flow
from tongqu.exchange.bedrock.procedures import Actor, Outcome, begin, perform
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry.models import DataTrust, TrustMandate, TrustTerms
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_MANDATE, TRUST_TERMS

NAMED = ("consent_notice", "data_trust", "data_subject")


class Trusting(Consenting):
    """The consenting market with a trustee in it, `keeper`, and another, `other`."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.flow = {
            **world.flow,
            **{key: steps for key, steps in flow.FLOW.items() if key.partition(".")[0] in NAMED},
        }
        world.join("keeper", credit_code.complete("91420100MA0000KP1"), "private", "data_merchant")
        world.join("other", credit_code.complete("91420100MA0000KP2"), "private", "data_merchant")

    def trust_form(self, notice: int, by: str = "keeper", **changes: Any) -> dict[str, Any]:
        return {
            "name": "示例用电数据信托", "notice": notice, "purposes": ["risk-management"],
            "kinds": ["identity", "consumption", "health"], "deed": self.world.paper("信托文件（示例）", by),
            "fee_basis_points": 500, "until_date": date(2028, 3, 2),
        } | changes  # fmt: skip

    def proposed(self, notice: int, by: str = "keeper", at: datetime = NOON, **changes: Any) -> int:
        form = self.trust_form(notice, by, **changes)
        return begin(DATA_TRUST, by=self.strong(by), at=at, **form).subject

    def trust(self, notice: int, by: str = "keeper", at: datetime = NOON, **changes: Any) -> int:
        made = self.proposed(notice, by, at, **changes)
        perform(DATA_TRUST, "approve", made, by=self.world.actor("regulator"), at=at, opinion="独立，有履职能力")
        self.world.settle(at)
        return made

    def strong(self, name: str) -> Actor:
        """With a second factor."""
        from dataclasses import replace

        return replace(self.world.actor(name), second_factor=True)

    def mandate_form(self, trust: int, link: int, **changes: Any) -> dict[str, Any]:
        return {
            "trust": trust, "link": link, "given_by": "self", "purposes": ["risk-management"],
            "kinds": ["identity", "consumption"], "sensitive": [],
        } | changes  # fmt: skip

    def entrusts(self, trust: int, link: int, person: Actor, at: datetime = NOON, **changes: Any) -> int:
        return begin(TRUST_MANDATE, by=person, at=at, **self.mandate_form(trust, link, **changes)).subject

    def entrusted(self, trust: int, key: str, name: str, at: datetime = NOON, **changes: Any) -> tuple[Actor, int, int]:
        """A person, its link and its mandate."""
        person, link = self.linked(key, name, at)
        return person, link, self.entrusts(trust, link, person, at, **changes)

    def offer(self, **changes: Any) -> dict[str, Any]:
        return {
            "basis_points": 2_000,
            "conditions": "只用于贷款审批，不得转给他人",
            "until_date": date(2027, 3, 2),
        } | changes

    def offered(self, trust: int, notice: int, by: str = "keeper", at: datetime = NOON, **changes: Any) -> int:
        form = {"trust": trust, "notice": notice, **self.offer()} | changes
        return begin(TRUST_TERMS, by=self.world.actor(by), at=at, **form).subject

    def agreed(self, trust: int, notice: int, by: str = "keeper", at: datetime = NOON, **changes: Any) -> int:
        made = self.offered(trust, notice, by, at, **changes)
        perform(TRUST_TERMS, "agree", made, by=self.strong("supplier"), at=at)
        return made

    def consents(self, terms: int, by: str = "keeper", at: datetime = NOON) -> int:
        return int(perform(TRUST_TERMS, "consent", terms, by=self.strong(by), at=at).data["given"])

    def revokes(self, mandate: int, person: Actor, at: datetime = NOON) -> Outcome:
        return perform(TRUST_MANDATE, "revoke", mandate, by=person, at=at)

    def standing(self, notice: int) -> set[str]:
        """Keys whose consent a node would know, of those asked about below."""
        return self.given().get(str(self.row(notice).basis), set())

    def refs(self, keys: Iterable[str]) -> set[str]:
        return {self.reference(key) for key in keys}

    def state(self, model: type[DataTrust] | type[TrustMandate] | type[TrustTerms], pk: int) -> str:
        return str(model.objects.values_list("state", flat=True).get(pk=pk))
