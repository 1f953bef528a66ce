"""Each step of a settlement, as moves of money."""

from __future__ import annotations

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.bedrock.questions import answers
from tongqu.exchange.members import parties
from tongqu.exchange.trading import negotiation
from tongqu.exchange.treasury.settlement import entries
from tongqu.exchange.treasury.settlement.models import Settlement
from tongqu.exchange.treasury.settlement.rules import Charging, Holding

FEE = "house.exchange_fee"


def open_for(matter: Matter) -> Done:
    """The fee is the figure of the day on which both had signed: a later decree does not reach back."""
    made = negotiation.negotiation(matter.inputs.negotiation)
    row: Settlement = matter.subject
    row.negotiation_id, row.consumer_id, row.provider_id = made.id, made.consumer_id, made.provider_id
    row.total_fen, row.name = int(made.terms["total_fen"]), str(made.terms["name"])[:60]
    row.fee_basis_points = law.figure(FEE, on=local_day(matter.at)).number
    return Done({"negotiation": made.id, "total_fen": row.total_fen, "fee_basis_points": row.fee_basis_points})


def seen_hold(matter: Matter) -> Holding:
    row: Settlement = matter.subject
    known, deal = answers(
        parties.organisations.asked([row.consumer_id, row.provider_id], on=local_day(matter.at)),
        negotiation.negotiation.asked(row.negotiation_id),
    )
    return Holding(
        both_signed=deal.state == "verified",
        parties_admitted=all(party.admitted for party in known.values()),
    )


def seen_charge(matter: Matter) -> Charging:
    return Charging(total_fen=matter.subject.total_fen, charged_fen=matter.inputs.charged_fen)


def hold(matter: Matter) -> Done:
    """Raises ledger.Overdraft when the consumer's account does not cover the deal."""
    row: Settlement = matter.subject
    moves = entries.hold(row.hold_name, consumer=row.consumer_id, provider=row.provider_id, total_fen=row.total_fen)
    return Done({"negotiation": row.negotiation_id, "total_fen": row.total_fen}, moves)


def release(matter: Matter) -> Done:
    row: Settlement = matter.subject
    points = row.fee_basis_points or 0
    row.charged_fen = matter.inputs.charged_fen
    row.fee_fen = entries.split(row.charged_fen, points).fee_fen
    moves = entries.release(
        row.hold_name, consumer=row.consumer_id, provider=row.provider_id, total_fen=row.total_fen,
        charged_fen=row.charged_fen, fee_basis_points=points, what=row.name,
    )  # fmt: skip
    data = {
        "negotiation": row.negotiation_id,
        "charged_fen": row.charged_fen,
        "fee_fen": row.fee_fen,
        "proceeds_fen": row.charged_fen - row.fee_fen,
        "returned_fen": row.total_fen - row.charged_fen,
        "bill": matter.inputs.bill,
    }
    return Done(data, moves)


def refund(matter: Matter) -> Done:
    row: Settlement = matter.subject
    return Done(
        {"negotiation": row.negotiation_id, "returned_fen": row.total_fen},
        entries.refund(row.hold_name, total_fen=row.total_fen),
    )
