"""Each step of a settlement, as moves of money."""

from __future__ import annotations

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.trading import negotiation
from tongqu.exchange.treasury.settlement import entries
from tongqu.exchange.treasury.settlement.models import Settlement


def open_for(matter: Matter) -> Done:
    made = negotiation.negotiation(matter.inputs.negotiation)
    row: Settlement = matter.subject
    row.negotiation_id, row.consumer_id, row.provider_id = made.id, made.consumer_id, made.provider_id
    row.total_fen, row.name = int(made.terms["total_fen"]), str(made.terms["name"])[:60]
    return Done({"negotiation": made.id, "total_fen": row.total_fen})


def hold(matter: Matter) -> Done:
    """Raises ledger.Overdraft when the consumer's account does not cover the deal."""
    row: Settlement = matter.subject
    moves = entries.hold(row.hold_name, consumer=row.consumer_id, provider=row.provider_id, total_fen=row.total_fen)
    return Done({"negotiation": row.negotiation_id, "total_fen": row.total_fen}, moves)


def release(matter: Matter) -> Done:
    row: Settlement = matter.subject
    points = int(law.figure("house.exchange_fee", on=local_day(matter.at)).value)
    row.charged_fen, row.fee_basis_points = matter.inputs.charged_fen, points
    row.fee_fen = entries.split(row.charged_fen, points).fee_fen
    moves = entries.release(
        row.hold_name, consumer=row.consumer_id, provider=row.provider_id, total_fen=row.total_fen,
        charged_fen=row.charged_fen, fee_basis_points=points,
    )
    data = {
        "negotiation": row.negotiation_id, "charged_fen": row.charged_fen, "fee_fen": row.fee_fen,
        "proceeds_fen": row.charged_fen - row.fee_fen, "returned_fen": row.total_fen - row.charged_fen, "bill": matter.inputs.bill,
    }
    return Done(data, moves)


def refund(matter: Matter) -> Done:
    row: Settlement = matter.subject
    return Done(
        {"negotiation": row.negotiation_id, "returned_fen": row.total_fen},
        entries.refund(row.hold_name, total_fen=row.total_fen),
    )
