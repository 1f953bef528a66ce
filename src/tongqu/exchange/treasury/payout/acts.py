"""A payout is asked for, approved by one person and paid by another; or refused, or taken back."""

from __future__ import annotations

import secrets

from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.treasury.payout import entries
from tongqu.exchange.treasury.payout.models import Payout
from tongqu.exchange.treasury.payout.queries import is_recorded, record
from tongqu.exchange.treasury.payout.rules import Leaving


def request(matter: Matter) -> Done:
    """Reserves the money. Raises ledger.Overdraft when the account does not cover it."""
    row, asked = matter.subject, matter.inputs
    party = parties.organisation(asked.party or matter.by.party or 0)
    row.party_id, row.account_name, row.requested_by = party.id, party.name, matter.by.person
    row.fen, row.bank, row.account = asked.fen, asked.bank, asked.account
    row.hold_name = f"payout/{party.id}/{secrets.token_hex(8)}"
    return Done({"party": party.id, "hold": row.hold_name}, entries.reserve(row.hold_name, party=party.id, fen=row.fen))


def seen(matter: Matter) -> Leaving:
    row: Payout = matter.subject
    beginning = matter.act == "begin"
    reference, paid = getattr(matter.inputs, "bank_reference", ""), getattr(matter.inputs, "paid_date", None)
    today = local_day(matter.at)
    party = (matter.inputs.party or matter.by.party or 0) if beginning else row.party_id
    return Leaving(
        party_state=parties.organisation(party).state,
        for_another=beginning and party != matter.by.party,
        by_finance="finance" in matter.by.roles,
        by=None if beginning else matter.by.person,
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        reference_taken=bool(reference) and is_recorded(reference),
        paid_after_today=paid is not None and paid > today,
        paid_before_request=paid is not None and paid < local_day(row.begun_at),
    )


def approve(matter: Matter) -> Done:
    matter.subject.approved_by = matter.by.person
    return Done({"party": matter.subject.party_id, "fen": matter.subject.fen})


def pay(matter: Matter) -> Done:
    row: Payout = matter.subject
    row.paid_by, row.bank_reference, row.paid_date = (
        matter.by.person,
        matter.inputs.bank_reference,
        matter.inputs.paid_date,
    )
    record(row.bank_reference)
    moves = entries.pay(row.hold_name, party=row.party_id, fen=row.fen, reference=row.bank_reference)
    return Done({"party": row.party_id, "fen": row.fen}, moves)


def refuse(matter: Matter) -> Done:
    return _free(matter, "refused")


def cancel(matter: Matter) -> Done:
    return _free(matter, "cancelled")


def _free(matter: Matter, why: str) -> Done:
    row: Payout = matter.subject
    row.reason = matter.inputs.reason
    return Done({"party": row.party_id, "fen": row.fen}, entries.free(row.hold_name, why))
