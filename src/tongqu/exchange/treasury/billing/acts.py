"""A bill is made once, from the statements of an accepted delivery."""

from __future__ import annotations

from dataclasses import asdict

from tongqu.exchange.bedrock import rows, statements
from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.bedrock.questions import answers
from tongqu.exchange.trading import contracts, delivery
from tongqu.exchange.treasury.billing import entries
from tongqu.exchange.treasury.billing.models import Bill, Residue


def make(matter: Matter) -> Done:
    """Locks the two parties' residue, so that two bills made at once carry it one after the other.

    A fixed price is not owed when both ended the contract early and nothing was taken.
    """
    done = delivery.transfer(matter.inputs.transfer)
    made, told, found = answers(
        contracts.contract.asked(done.contract_id),
        delivery.reported.asked(done.id),
        rows.locking(Residue, consumer_id=done.consumer_id, provider_id=done.provider_id),
    )
    price = made.text["clauses"]["6-price"]
    residue = found[0] if found else _first_residue(made.consumer_id, made.provider_id)
    if price["kind"] == "call":
        charge = entries.by_call(done.units, int(price["micro_yuan_per_call"]), residue.micro_yuan)
    elif made.state == "terminated" and done.calls == 0:
        charge = entries.fixed(0, residue.micro_yuan)
    else:
        charge = entries.fixed(int(price["fixed_fen"]), residue.micro_yuan)
    residue.micro_yuan = charge.carried_out_micro_yuan
    rows.change(residue, by=statements.later)
    row: Bill = matter.subject
    row.transfer_id, row.contract_id = done.id, made.id
    row.consumer_id, row.provider_id, row.name = made.consumer_id, made.provider_id, done.name
    row.price_kind, row.units, row.price_micro_yuan = price["kind"], done.units, price["micro_yuan_per_call"]
    row.metered_micro_yuan, row.fen = charge.metered_micro_yuan, charge.fen
    row.carried_in_micro_yuan, row.carried_out_micro_yuan = charge.carried_in_micro_yuan, charge.carried_out_micro_yuan
    row.statements, row.first_statement, row.last_statement = told.count, told.first, told.last
    row.statements_root = told.root
    return Done(
        {
            "transfer": done.id,
            "contract": made.id,
            "negotiation": made.negotiation_id,
            "units": row.units,
            "metered_micro_yuan": row.metered_micro_yuan,
            "carried_in_micro_yuan": row.carried_in_micro_yuan,
            "carried_out_micro_yuan": row.carried_out_micro_yuan,
            "fen": row.fen,
            "statements": asdict(told),
        }
    )


def _first_residue(consumer: int, provider: int) -> Residue:
    """Nothing is carried into the first bill between two parties. Locked, for another may be made at this moment."""
    Residue.objects.get_or_create(consumer_id=consumer, provider_id=provider)
    return rows.lock_every(Residue, consumer_id=consumer, provider_id=provider)[0]
