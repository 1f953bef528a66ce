"""A plan is agreed by everyone it names; each release is then shared out by the plan in force that moment."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.members import parties
from tongqu.exchange.trading import listings, negotiation
from tongqu.exchange.treasury import settlement
from tongqu.exchange.treasury.sharing import entries
from tongqu.exchange.treasury.sharing.models import Distribution, SharePlan
from tongqu.exchange.treasury.sharing.rules import Agreeing


def propose(matter: Matter) -> Done:
    row: SharePlan = matter.subject
    product = listings.listing(matter.inputs.listing)
    row.listing_id, row.provider_id, row.name = product.id, product.provider_id, product.name
    row.shares = [share.plain() for share in matter.inputs.shares]
    row.asked = sorted(_asked(row))
    row.agreed_by = [matter.by.party] if matter.by.party in row.asked else []
    data = {"listing": product.id, "shares": row.shares, "asked": row.asked, "agreed_by": row.agreed_by}
    return Done({**data, **_complete(row)})


def agree(matter: Matter) -> Done:
    row: SharePlan = matter.subject
    row.asked = sorted(_asked(row))
    row.agreed_by = [*row.agreed_by, matter.by.party]
    return Done({"agreed_by": row.agreed_by, **_complete(row)})


def _complete(row: SharePlan) -> dict[str, bool]:
    return {"complete": _asked(row) <= set(row.agreed_by)}


def _asked(row: SharePlan) -> set[int]:
    """All whose word a plan needs today: nobody's share in a product ends without it. A party that left has no say."""
    now = find(SharePlan, listing_id=row.listing_id, state="in_force")
    named = {int(share["party"]) for share in [*row.shares, *(now.shares if now else [])]}
    return {party for party, view in parties.organisations(named).items() if view.state != "left"}


def give_reason(matter: Matter) -> Done:
    return Done({"listing": matter.subject.listing_id})


def take_effect(matter: Matter) -> Done:
    row: SharePlan = matter.subject
    row.in_force_at = matter.at
    return Done({"listing": row.listing_id, "shares": row.shares})


def seen(matter: Matter) -> Agreeing:
    row: SharePlan = matter.subject
    beginning = matter.act == "begin"
    shares = [s.plain() for s in matter.inputs.shares] if beginning else row.shares
    holders = {int(s["party"]) for s in shares}
    known = parties.organisations(holders)
    asked = frozenset() if beginning else frozenset(_asked(row))
    owner = listings.listing(matter.inputs.listing).provider_id if beginning else row.provider_id
    return Agreeing(
        owns_product=owner == matter.by.party,
        party=matter.by.party,
        asked=asked,
        holders_admitted={party for party, view in known.items() if view.admitted} == holders,
        agreed=frozenset() if beginning else frozenset(row.agreed_by),
        act=matter.act,
    )


def distribute(matter: Matter) -> Done:
    """By the plan in force for the product; without one, all of it is the provider's."""
    done = settlement.settlement(matter.inputs.settlement)
    deal = negotiation.negotiation(done.negotiation_id)
    plan = find(SharePlan, listing_id=deal.listing_id, state="in_force")
    row: Distribution = matter.subject
    assert done.state == "released"  # the flow comes here from the release alone
    row.settlement_id, row.provider_id, row.plan, row.name = done.id, done.provider_id, plan, done.name
    row.fen = (done.charged_fen or 0) - (done.fee_fen or 0)
    shares = plan.shares if plan else [{"party": done.provider_id, "basis_points": 10_000, "ground": "提供方"}]
    row.parts = entries.parts(row.fen, shares)
    data = {
        "settlement": done.id,
        "negotiation": done.negotiation_id,
        "plan": plan.pk if plan else None,
        "parts": row.parts,
    }
    return Done(data, entries.moves(done.provider_id, row.parts, row.name))
