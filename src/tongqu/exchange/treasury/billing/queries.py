"""What others may read of bills. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.exchange.bedrock.procedures import Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.trading import contracts
from tongqu.exchange.treasury import settlement
from tongqu.exchange.treasury.billing.models import Bill


@dataclass(frozen=True)
class BillView:
    """A bill, and what it was made from: so many statements of the delivery, under one root (empty: made before there was
    one). Micro-yuan are exact, fen are charged."""

    id: int
    state: str
    transfer_id: int
    contract_id: int
    consumer_id: int
    provider_id: int
    name: str
    price_kind: str
    units: int
    price_micro_yuan: int | None
    metered_micro_yuan: int
    carried_in_micro_yuan: int
    carried_out_micro_yuan: int
    fen: int
    statements: int
    first_statement: int | None
    last_statement: int | None
    statements_root: str


@dataclass(frozen=True)
class Breakdown:
    """A bill as its page shows it: from the node's statements to what each side pays and gets. Whole fen.

    `fee_mark` says how sure the fee's figure is, and stands beside the rate. The money fields are None until it is paid.
    """

    bill: BillView
    contract_number: str
    held_fen: int
    fee_basis_points: int
    fee_note: Words
    fee_mark: Words | None
    fee_fen: int | None
    proceeds_fen: int | None
    returned_fen: int | None


def breakdown(bill_id: int) -> Breakdown:
    """Raises Unknown."""
    row = Bill.objects.filter(pk=bill_id).first()
    view, made = _view(row, f"bill {bill_id}"), contracts.contract(row.contract_id if row else 0)
    money = settlement.settlement_of(made.negotiation_id)
    rate = settlement.fee(on=local_day(made.in_force_at))
    paid = money.state == "released" and money.charged_fen is not None and money.fee_fen is not None
    return Breakdown(
        bill=view, contract_number=made.number, held_fen=money.total_fen,
        fee_basis_points=money.fee_basis_points or 0, fee_note=rate.note, fee_mark=rate.mark, fee_fen=money.fee_fen,
        proceeds_fen=(money.charged_fen or 0) - (money.fee_fen or 0) if paid else None,
        returned_fen=money.total_fen - (money.charged_fen or 0) if paid else None,
    )  # fmt: skip


def bill(bill_id: int) -> BillView:
    """Raises Unknown."""
    return _view(Bill.objects.filter(pk=bill_id).first(), f"bill {bill_id}")


def bill_of(transfer_id: int) -> BillView:
    """Raises Unknown."""
    return _view(Bill.objects.filter(transfer_id=transfer_id).first(), f"transfer {transfer_id}")


def _view(row: Bill | None, what: str) -> BillView:
    if row is None:
        raise Unknown(what)
    return BillView(**{name: getattr(row, name) for name in BillView.__dataclass_fields__ if name != "id"}, id=row.pk)
