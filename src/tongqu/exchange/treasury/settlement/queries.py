"""What others may read of settlements. Frozen answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.treasury.settlement.acts import FEE
from tongqu.exchange.treasury.settlement.models import Settlement


@dataclass(frozen=True)
class SettlementView:
    """Whole fen. `charged_fen` and `fee_fen` are None until release; the fee's rate is fixed when both have signed."""

    id: int
    state: str
    negotiation_id: int
    consumer_id: int
    provider_id: int
    total_fen: int
    charged_fen: int | None
    fee_fen: int | None
    fee_basis_points: int | None
    name: str


@dataclass(frozen=True)
class Fee:
    """The exchange's fee on a day. `mark` says how sure the figure is; it stands beside the rate wherever it is shown."""

    basis_points: int
    note: Words
    mark: Words | None


def fee(*, on: date) -> Fee:
    """The fee for deals signed that day. No official rate was found: the figure is the house's own, zero by default."""
    found = law.figure(FEE, on=on)
    return Fee(found.number, found.note, found.label)


def settlement(settlement_id: int) -> SettlementView:
    """Raises Unknown."""
    return _view(find(Settlement, id=settlement_id), f"settlement {settlement_id}")


def settlement_of(negotiation_id: int) -> SettlementView:
    """Raises Unknown."""
    return _view(find(Settlement, negotiation_id=negotiation_id), f"negotiation {negotiation_id}")


def awaiting(consumer_id: int, *, fen_max: int) -> Iterator[SettlementView]:
    """Deals of a consumer that wait for money and need no more than that, the oldest first."""
    waiting = Settlement.objects.filter(consumer_id=consumer_id, state="awaiting_funds", total_fen__lte=fen_max)
    for row in waiting.order_by("pk").iterator(chunk_size=200):
        yield _view(row, "")


def _view(row: Settlement | None, what: str) -> SettlementView:
    if row is None:
        raise Unknown(what)
    return SettlementView(
        **{name: getattr(row, name) for name in SettlementView.__dataclass_fields__ if name != "id"}, id=row.pk
    )
