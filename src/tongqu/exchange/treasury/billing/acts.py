"""A bill is made once, from the statements of an accepted delivery."""

from __future__ import annotations

from dataclasses import asdict

from tongqu.exchange.bedrock import rows
from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.trading import contracts, delivery
from tongqu.exchange.treasury.billing import entries
from tongqu.exchange.treasury.billing.models import Bill, Residue


def make(matter: Matter) -> Done:
    """Locks the two parties' residue, so that two bills made at once carry it one after the other.

    A fixed price is not owed when both ended the contract early and nothing was taken.
    """
    done = delivery.transfer(matter.inputs.transfer)
    made = contracts.contract(done.contract_id)
    price = made.text["clauses"]["6-price"]
    residue = _residue(made.consumer_id, made.provider_id)
    if price["kind"] == "call":
        charge = entries.by_call(done.units, int(price["micro_yuan_per_call"]), residue.micro_yuan)
    elif made.state == "terminated" and done.calls == 0:
        charge = entries.fixed(0, residue.micro_yuan)
    else:
        charge = entries.fixed(int(price["fixed_fen"]), residue.micro_yuan)
    residue.micro_yuan = charge.carried_out_micro_yuan
    rows.change(residue)
    row: Bill = matter.subject
    row.transfer_id, row.contract_id = done.id, made.id
    row.consumer_id, row.provider_id, row.name = made.consumer_id, made.provider_id, done.name
    row.price_kind, row.units, row.price_micro_yuan = price["kind"], done.units, price["micro_yuan_per_call"]
    row.metered_micro_yuan, row.fen = charge.metered_micro_yuan, charge.fen
    row.carried_in_micro_yuan, row.carried_out_micro_yuan = charge.carried_in_micro_yuan, charge.carried_out_micro_yuan
    told = delivery.reported(done.id)
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


def _residue(consumer: int, provider: int) -> Residue:
    """What is carried between the two, locked; their first bill begins with nothing."""
    found = rows.lock_every(Residue, consumer_id=consumer, provider_id=provider)
    if not found:
        Residue.objects.get_or_create(consumer_id=consumer, provider_id=provider)
        found = rows.lock_every(Residue, consumer_id=consumer, provider_id=provider)
    return found[0]
