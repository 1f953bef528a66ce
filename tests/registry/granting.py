"""Grants between the suppliers of the registry's small market: offered, accepted, passed on, both ways at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.registry.conftest import FLOW, World, day
from tongqu.exchange import flow
from tongqu.exchange.bedrock.procedures import Actor, Outcome, begin, perform
from tongqu.exchange.registry.grants import GRANT, MUTUAL_GRANT
from tongqu.exchange.registry.models import Grant, GrantPair

OFFERED = day(2026, 11, 2)
ACCEPTED = day(2026, 11, 3)
ITEMS = [{"name": name, "type": "number"} for name in ("usage", "peak", "factor")]
NAMES = ("grant.", "mutual_grant.", "ownership.", "resource.withdraw", "derivation.")


class Granting:
    """The supplier's resource of three elements, and what is granted of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.flow = {**FLOW, **{name: steps for name, steps in flow.FLOW.items() if name.startswith(NAMES)}}
        self.resource = world.catalogued(day(2026, 10, 8), items=ITEMS)

    def party(self, name: str) -> int:
        return int(self.world.parties[name].pk)

    def actor(self, name: str, second_factor: bool = True) -> Actor:
        party = self.world.parties[name]
        roles = frozenset(party.roles)
        return Actor(person=self.world.people[name].pk, party=party.pk, roles=roles, second_factor=second_factor)

    def form(self, to: str = "rival", **changes: Any) -> dict[str, Any]:
        return {
            "grantee": self.party(to), "ground": f"resource:{self.resource}", "kind": "use", "fields": [],
            "purposes": ["risk-management", "research"], "regions": ["420100"], "starts_date": date(2026, 11, 2),
            "until_date": date(2027, 11, 1), "depth": 0, "exclusive": False, "derives": False, "fee": "每年一万元",
            "notice_days": 30, "revocation": "连续两期未付费",
        } | changes  # fmt: skip

    def offered(self, to: str = "rival", *, by: str = "supplier", at: datetime = OFFERED, **changes: Any) -> int:
        made = begin(GRANT, by=self.actor(by), at=at, **self.form(to, **changes)).subject
        self.world.settle(at)
        return made

    def act(self, name: str, grant: int, by: str, at: datetime, /, **inputs: Any) -> Outcome:
        done = perform(GRANT, name, grant, by=self.actor(by), at=at, **inputs)
        self.world.settle(at)
        return done

    def granted(self, to: str = "rival", *, by: str = "supplier", at: datetime = ACCEPTED, **changes: Any) -> int:
        made = self.offered(to, by=by, at=at, **changes)
        self.act("accept", made, to, at)
        return made

    def chain_of_three(self) -> list[int]:
        """supplier → rival → sister → registrar's own business: each narrower than the one before."""
        first = self.granted("rival", depth=2, kind="operation", derives=True)
        second = self.granted(
            "sister", by="rival", ground=f"grant:{first}", depth=1, derives=True, fields=["usage", "peak"]
        )
        third = self.granted(
            "registrar", by="sister", ground=f"grant:{second}", fields=["usage"], purposes=["research"], regions=["420111"]
        )  # fmt: skip
        return [first, second, third]

    def state(self, grant: int) -> str:
        return str(Grant.objects.get(pk=grant).state)

    def pair(self, number: int) -> GrantPair:
        return GrantPair.objects.get(pk=number)

    def pair_form(self, theirs: int, **changes: Any) -> dict[str, Any]:
        return {
            "other": self.party("rival"), "small_is_other": True, "gives_ground": f"resource:{self.resource}",
            "takes_ground": f"resource:{theirs}", "purposes": ["research"], "starts_date": date(2026, 11, 2),
            "until_date": date(2027, 11, 1), "notice_days": 30, "revocation": "任何一方严重违约",
        } | changes  # fmt: skip

    def proposed(self, theirs: int, at: datetime = OFFERED, **changes: Any) -> int:
        made = begin(MUTUAL_GRANT, by=self.actor("supplier"), at=at, **self.pair_form(theirs, **changes)).subject
        self.world.settle(at)
        return made
