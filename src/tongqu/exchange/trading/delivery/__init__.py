"""Delivery: permits to the node, statements from it, acceptance."""

from tongqu.exchange.trading.delivery.permits import permits_since
from tongqu.exchange.trading.delivery.procedure import TRANSFER
from tongqu.exchange.trading.delivery.queries import (
    StatementView,
    TransferView,
    completing,
    statements,
    transfer,
    transfer_of,
)
from tongqu.exchange.trading.delivery.reports import take_statement

__all__ = [
    "TRANSFER", "StatementView", "TransferView", "completing", "permits_since", "statements", "take_statement", "transfer", "transfer_of",
]  # fmt: skip
