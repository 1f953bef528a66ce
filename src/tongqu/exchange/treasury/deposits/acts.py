"""A bank line becomes money on a party's account, or goes back to the payer."""

from __future__ import annotations

from tongqu.exchange.bedrock.ledger import Move
from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.members import parties
from tongqu.exchange.treasury.deposits.models import BankFault, Deposit
from tongqu.exchange.treasury.deposits.rules import Crediting
from tongqu.exchange.treasury.settlement import available

BANK = "bank/clearing"


def receive(matter: Matter) -> Done:
    row: Deposit = matter.subject
    for name in ("reference", "booked_date", "payer", "payer_account", "fen", "memo", "paper"):
        setattr(row, name, getattr(matter.inputs, name))
    return Done({"reference": row.reference, "fen": row.fen})


def seen_credit(matter: Matter) -> Crediting:
    """Raises Unknown for a party that does not exist."""
    return Crediting(parties.organisation(matter.inputs.party).state, matter.by.kind == "person")


def credit(matter: Matter) -> Done:
    """Raises Unknown for a party that does not exist."""
    row: Deposit = matter.subject
    party = parties.organisation(matter.inputs.party)
    row.party_id = party.id
    row.matched_by = "finance" if matter.by.kind == "person" else matter.inputs.by
    row.reason = getattr(matter.inputs, "reason", "")
    return Done(
        {"party": party.id, "fen": row.fen, "reference": row.reference},
        (Move(BANK, available(party.id), row.fen, f"deposit {row.reference}"),),
    )


def send_back(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"reference": matter.subject.reference})


def keep_fault(matter: Matter) -> Done:
    """The line itself stays in the paper and in the table; the log keeps which line it was and why."""
    row: BankFault = matter.subject
    for name in type(matter.inputs).model_fields:
        setattr(row, name, getattr(matter.inputs, name))
    return Done({"row": row.row})


def resolve(matter: Matter) -> Done:
    matter.subject.resolution, matter.subject.resolved_at = matter.inputs.resolution, matter.at
    return Done({"reference": matter.subject.reference})
