"""A plan is agreed by everyone it names; each release is then shared out by the plan in force that moment."""

from __future__ import annotations

from datetime import date

from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, trust
from tongqu.exchange.trading import contracts, delivery, listings, negotiation
from tongqu.exchange.treasury import settlement, trusts
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
    product = listings.listing(matter.inputs.listing if beginning else row.listing_id)
    now = find(SharePlan, listing_id=product.id, state="in_force")
    about = catalogue.resource(product.resource_id)
    return Agreeing(
        owns_product=product.provider_id == matter.by.party,
        party=matter.by.party,
        asked=asked,
        holders_admitted={party for party, view in known.items() if view.admitted} == holders,
        agreed=frozenset() if beginning else frozenset(row.agreed_by),
        act=matter.act,
        own_before=entries.own_part(product.provider_id, now.shares if now else ()),
        own_after=entries.own_part(product.provider_id, shares),
        due_to_trusts=trust.promised(product.provider_id, about.node_id, about.source),
    )


def distribute(matter: Matter) -> Done:
    """By the plan in force for the product, or all to the provider without one; what is due to data trusts out of the provider's."""
    done = settlement.settlement(matter.inputs.settlement)
    deal = negotiation.negotiation(done.negotiation_id)
    plan = find(SharePlan, listing_id=deal.listing_id, state="in_force")
    row: Distribution = matter.subject
    assert done.state == "released"  # the flow comes here from the release alone
    row.settlement_id, row.provider_id, row.plan, row.name = done.id, done.provider_id, plan, done.name
    row.fen = (done.charged_fen or 0) - (done.fee_fen or 0)
    shares = plan.shares if plan else [{"party": done.provider_id, "basis_points": 10_000, "ground": "提供方"}]
    own = entries.own_part(done.provider_id, shares)
    due = _due_to_trusts(done, deal, row.fen, local_day(matter.at), most=own)
    row.parts = entries.parts(row.fen, shares, due, provider=done.provider_id)
    data = {
        "settlement": done.id,
        "negotiation": done.negotiation_id,
        "plan": plan.pk if plan else None,
        "parts": row.parts,
    }
    return Done(data, entries.moves(done.provider_id, row.parts, row.name))


def _due_to_trusts(
    done: settlement.SettlementView, deal: negotiation.NegotiationView, fen: int, on: date, *, most: int
) -> tuple[trusts.Cut, ...]:
    """By the terms of any day from that on which the use began to today: terms that end in between take nothing back."""
    if not fen:
        return ()
    made = contracts.contract_of(deal.id)
    delivered = delivery.transfer_of(made.id)
    asked = (deal.provider_id, deal.consumer_id, delivered.node_id, delivered.source, deal.terms["purposes"])
    found = trust.share_of(*asked, since=local_day(made.in_force_at), until=on)
    return trusts.cuts(fen, [(cut.terms, cut.trust, cut.trustee, cut.basis_points) for cut in found], most=most)
