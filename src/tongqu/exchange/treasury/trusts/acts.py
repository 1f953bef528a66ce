"""What is held for a trust is divided among its mandates; a person asks its share out, and two people of finance let it go."""

from __future__ import annotations

import secrets

from django.db import connection

from tongqu.exchange.bedrock import law, ledger
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import trust
from tongqu.exchange.treasury import payout
from tongqu.exchange.treasury.trusts import entitlements, entries
from tongqu.exchange.treasury.trusts.models import TrustClaim, TrustDistribution
from tongqu.exchange.treasury.trusts.rules import Claiming, Dividing

LEAST = "house.trust_claim_least"
STANDS = "in_force"


# Divisions.


def seen_division(matter: Matter) -> Dividing:
    """Two who divide one trust at one moment: the second waits here, and then sees what the first did."""
    found = trust.view(matter.inputs.trust)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"trust/{found.id}"])
    by_trustee, by_finance = matter.by.party == found.trustee_id, "finance" in matter.by.roles
    stands, trustee = found.state == STANDS, "admitted"
    if by_finance and not by_trustee:
        trustee = parties.organisation(found.trustee_id).state
    acts = trustee == "admitted"
    if not by_trustee and not (by_finance and not (stands and acts)):  # a stranger is told nothing of what is held
        return Dividing(by_trustee, by_finance, stands, False, heads=1, held_fen=1, each_fen=1, trustee_acts=acts)
    before = TrustDistribution.objects.filter(trust_id=found.id).order_by("-divided_at", "-pk").first()
    since = before.divided_at if before is not None else None
    mandates = trust.mandates_at(found.id, matter.at, since=since or found.approved_at)
    if not mandates and not stands and before is not None:  # what comes in late is for those whose data earned it
        mandates = entitlements.mandates_of(before.pk)
    fee = (
        found.fee_basis_points if trustee != "left" else 0
    )  # nobody could take it off the account of one that has left
    held = ledger.balance(entries.held(found.id)).available
    made = entries.divide(
        held, carried_fen=before.left_fen if before is not None else 0, fee_basis_points=fee, heads=len(mandates)
    )
    matter.known = found, since, mandates, made, fee
    return Dividing(
        by_trustee=by_trustee,
        by_finance=by_finance,
        trust_stands=stands,
        trustee_acts=acts,
        divided_today=before is not None and before.divided_date >= local_day(matter.at),
        heads=made.heads,
        held_fen=made.held_fen,
        each_fen=made.each_fen,
    )


def divide(matter: Matter) -> Done:
    """The log has the sums and how many; who got it stands in the entitlements, under the mandates' numbers."""
    found, since, mandates, made, fee = matter.known
    row: TrustDistribution = matter.subject
    row.trust_id, row.trustee_id, row.name = found.id, found.trustee_id, found.name
    row.since_at, row.divided_at, row.divided_date = since, matter.at, local_day(matter.at)
    row.fee_basis_points = fee
    row.held_fen, row.fee_fen, row.each_fen = made.held_fen, made.fee_fen, made.each_fen
    row.heads, row.left_fen = made.heads, made.left_fen
    entitlements.write_down(row.pk, mandates, fen=made.each_fen)
    data = {
        "trust": found.id, "held_fen": made.held_fen, "fee_fen": made.fee_fen, "each_fen": made.each_fen,
        "mandates": made.heads, "divided_fen": made.divided_fen, "left_fen": made.left_fen,
    }  # fmt: skip
    return Done(data, entries.divided(made, trust=found.id, trustee=found.trustee_id, what=found.name))


# Claims.


def seen_request(matter: Matter) -> Claiming:
    """Two claims of one person at one moment: the second waits for what the first takes, and finds nothing left."""
    found = trust.view(matter.inputs.trust)
    mandates = [one.id for one in trust.mandates_of(int(matter.by.person or 0)) if one.trust.id == found.id]
    owed = entitlements.lock_open(mandates) if matter.by.party is None else entitlements.NONE
    matter.known = found, owed
    return Claiming(
        owed_fen=owed.fen,
        least_fen=law.figure(LEAST, on=local_day(matter.at)).number,
        trust_stands=found.state == STANDS,
        by_itself=matter.by.party is None,
    )


def request(matter: Matter) -> Done:
    """Takes every entitlement that was open, and reserves the money."""
    found, owed = matter.known
    row, asked = matter.subject, matter.inputs
    row.trust_id, row.person_id, row.name, row.fen = found.id, int(matter.by.person or 0), found.name, owed.fen
    row.account_name, row.bank, row.account = asked.account_name, asked.bank, asked.account
    row.hold_name = f"trust-claim/{found.id}/{secrets.token_hex(8)}"
    entitlements.take(row.pk, owed)
    return Done({"trust": found.id, "fen": owed.fen}, entries.reserve(row.hold_name, trust=found.id, fen=owed.fen))


def seen(matter: Matter) -> Claiming:
    row: TrustClaim = matter.subject
    reference, paid = getattr(matter.inputs, "bank_reference", ""), getattr(matter.inputs, "paid_date", None)
    return Claiming(
        by=matter.by.person,
        person=row.person_id,
        approved_by=row.approved_by,
        reference_taken=bool(reference) and payout.is_recorded(reference),
        paid_after_today=paid is not None and paid > local_day(matter.at),
        paid_before_request=paid is not None and paid < local_day(row.begun_at),
    )


def approve(matter: Matter) -> Done:
    matter.subject.approved_by = matter.by.person
    return Done({"trust": matter.subject.trust_id, "fen": matter.subject.fen})


def pay(matter: Matter) -> Done:
    row: TrustClaim = matter.subject
    row.paid_by, row.bank_reference, row.paid_date = (
        matter.by.person,
        matter.inputs.bank_reference,
        matter.inputs.paid_date,
    )
    payout.record(row.bank_reference)
    moves = entries.pay(row.hold_name, trust=row.trust_id, fen=row.fen, reference=row.bank_reference)
    return Done({"trust": row.trust_id, "fen": row.fen}, moves)


def refuse(matter: Matter) -> Done:
    return _free(matter, "refused")


def cancel(matter: Matter) -> Done:
    return _free(matter, "cancelled")


def _free(matter: Matter, why: str) -> Done:
    """What the claim took is open again, for the next one."""
    row: TrustClaim = matter.subject
    row.reason = matter.inputs.reason
    entitlements.give_back(row.pk)
    return Done({"trust": row.trust_id, "fen": row.fen}, entries.free(row.hold_name, why))
