"""The usage policy that flat terms state: from a product's form to the one that is said, signed and enforced. Pure.

Terms are what a form asks for; the policy is what they mean. Nothing else makes a policy, and whoever holds a signed one
reads its terms back from it (`Terms.of`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongqu.wire.constraints import (
    CallsAtMost,
    Constraint,
    ForDays,
    ForPurposes,
    ForRecipients,
    GroupsOf,
    RequestsAMinute,
    WithConsent,
    WithinRegions,
)
from tongqu.wire.policy import ACKNOWLEDGE, ACTIONS, DELETE, DERIVE, DISTRIBUTE, WATERMARK, Duty, Policy, Price, Term

MICRO_YUAN_PER_FEN = 10_000
SUMMING_MODES = frozenset({"report"})
"""Modes whose declared use binds itself to a smallest group, so that a policy may ask for one."""

DELETE_WITHIN_DAYS = {"dataset": 30}
"""Unless the offer says otherwise: what leaves its node is deleted again."""


@dataclass(frozen=True)
class Terms:
    """Flat terms as a form asks for them: those of a product or on the table, with their price."""

    told: Mapping[str, Any]

    def policy(self, *, kind: str, uid: str, target: str, mode: str, assigner: str, assignee: str | None) -> Policy:
        """The policy that these terms mean."""
        terms = self.told
        constraints: list[Constraint] = [
            ForPurposes(tuple(terms["purposes"])),
            ForDays(int(terms["period_days"])),
            CallsAtMost(int(terms["calls_max"])),
            RequestsAMinute(int(terms["rate_per_minute"])),
        ]
        if terms.get("regions"):
            constraints.append(WithinRegions(tuple(terms["regions"])))
        if assignee is not None:
            constraints.append(ForRecipients(tuple(dict.fromkeys((assignee, *terms.get("recipients", ()))))))
        if terms.get("consent_kinds"):
            constraints.append(WithConsent(tuple(terms["consent_kinds"])))
        if terms.get("group_min"):
            constraints.append(GroupsOf(int(terms["group_min"])))
        return Policy(
            kind=kind,
            uid=uid,
            assigner=assigner,
            assignee=assignee,
            target=target,
            action=ACTIONS[mode],
            constraints=tuple(Term.of(one) for one in constraints),
            prohibitions=(DISTRIBUTE, DERIVE) if terms.get("no_derivation") else (DISTRIBUTE,),
            obligations=tuple(_owed(terms)),
            price=_price(terms),
        )

    @classmethod
    def of(cls, agreed: Policy) -> Terms:
        """The terms that a policy states, but for its price: what it was made from."""
        purposes, days = agreed.find(ForPurposes), agreed.find(ForDays)
        calls, rate = agreed.find(CallsAtMost), agreed.find(RequestsAMinute)
        regions, recipients, groups = agreed.find(WithinRegions), agreed.find(ForRecipients), agreed.find(GroupsOf)
        consents = agreed.find(WithConsent)
        return cls(
            {
                "consent_kinds": list(consents.kinds) if consents else [],
                "purposes": list(purposes.purposes) if purposes else [],
                "period_days": days.days if days else None,
                "calls_max": calls.calls if calls else None,
                "rate_per_minute": rate.requests if rate else None,
                "regions": list(regions.regions) if regions else [],
                "recipients": [one for one in recipients.recipients if one != agreed.assignee] if recipients else [],
                "group_min": groups.least if groups else None,
                "delete_within_days": agreed.delete_within_days,
                "no_derivation": DERIVE in agreed.prohibitions,
                "watermark": agreed.owes(WATERMARK),
                "acknowledge": agreed.owes(ACKNOWLEDGE),
            }
        )


def _owed(terms: Mapping[str, Any]) -> list[Duty]:
    owed = [Duty(WATERMARK)] if terms.get("watermark") else []
    if terms.get("delete_within_days"):
        owed.append(Duty(DELETE, (Term.of(ForDays(int(terms["delete_within_days"]))),)))
    return [*owed, Duty(ACKNOWLEDGE)] if terms.get("acknowledge") else owed


def _price(terms: Mapping[str, Any]) -> Price:
    if terms["price_kind"] == "call":
        return Price(int(terms["price_micro_yuan"]), per_call=True)
    return Price(int(terms["price_fen"]) * MICRO_YUAN_PER_FEN, per_call=False)
