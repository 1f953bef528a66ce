"""A contract comes into force, is performed, or ends early with a reason."""

from __future__ import annotations

from datetime import timedelta

from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.trading import negotiation
from tongqu.exchange.trading.contracts.models import Contract
from tongqu.exchange.trading.contracts.rules import Ending


def come_into_force(matter: Matter) -> Done:
    made = negotiation.negotiation(matter.inputs.negotiation)
    assert made.text is not None
    row: Contract = matter.subject
    row.negotiation_id, row.listing_id = made.id, made.listing_id
    row.consumer_id, row.provider_id = made.consumer_id, made.provider_id
    row.text, row.text_digest = dict(made.text), made.text_digest
    row.total_fen, row.related = int(made.terms["total_fen"]), bool(made.text["related_parties"])
    row.in_force_at = matter.at
    row.ends_at = matter.at + timedelta(days=int(made.terms["period_days"]))
    return Done({
        "negotiation": made.id, "text": made.text_digest, "ends_at": row.ends_at.isoformat(), "related": row.related,
    })  # fmt: skip


def end_period(matter: Matter) -> Done:
    """Nobody may use the data any more. What was delivered is inspected and paid; the flow ends what never began."""
    return Done({"negotiation": matter.subject.negotiation_id})


def keep(matter: Matter) -> Done:
    """The proposal is taken back, and with it its reason."""
    matter.subject.end_proposed_by, matter.subject.ended_reason = None, ""
    return Done()


def give_reason(matter: Matter) -> Done:
    matter.subject.ended_reason = matter.inputs.reason
    return Done({"negotiation": matter.subject.negotiation_id})


def propose(matter: Matter) -> Done:
    matter.subject.end_proposed_by = matter.by.party
    return give_reason(matter)


def ending(matter: Matter) -> Ending:
    return Ending(proposed_by=matter.subject.end_proposed_by, by=matter.by.party, act=matter.act)
