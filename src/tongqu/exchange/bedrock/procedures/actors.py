"""Who performs: a person under a mandate, or the clock. Plain values; the members floor makes them. No Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tongqu.exchange.bedrock.values import Period


@dataclass(frozen=True)
class Actor:
    """A person who acts for a party in some roles during the mandate's period; or the house itself on time.

    `second_factor` is true when the person has just shown it, which a signature demands. `dormant` are roles that a
    suspension has put to sleep: they count only for acts that protect what the party has at stake.
    """

    kind: str = "person"
    person: int | None = None
    party: int | None = None
    roles: frozenset[str] = frozenset()
    dormant: frozenset[str] = frozenset()
    mandate: Period | None = None
    mandate_id: int | None = None
    second_factor: bool = False
    via: str = "page"
    names: dict[str, str] = field(default_factory=dict, compare=False)

    def plain(self) -> dict[str, Any]:
        """What the evidence keeps of an actor."""
        if self.kind == "clock":
            return {"kind": "clock"}
        return {
            "kind": "person",
            "person": self.person,
            "party": self.party,
            "mandate": self.mandate_id,
            "via": self.via,
        }

    def counting(self, protects: bool) -> frozenset[str]:
        """The roles that count for an act."""
        return self.roles | self.dormant if protects else self.roles

    @property
    def scope(self) -> str:
        """Whose idempotency keys these are."""
        return "clock" if self.kind == "clock" else f"{self.party or 0}/{self.person or 0}"


HOUSE = Actor(kind="clock", via="clock")
