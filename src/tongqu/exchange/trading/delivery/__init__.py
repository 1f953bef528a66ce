"""Delivery: permits to the node, statements from it, acceptance."""

from tongqu.exchange.trading.delivery.permits import permits_since
from tongqu.exchange.trading.delivery.procedure import TRANSFER
from tongqu.exchange.trading.delivery.queries import (
    Reported,
    StatementView,
    TransferView,
    completing,
    reported,
    stated,
    statements,
    transfer,
    transfer_of,
)
from tongqu.exchange.trading.delivery.reports import take_statement

__all__ = [
    "TRANSFER", "Reported", "StatementView", "TransferView", "completing", "permits_since", "reported",
    "stated",
    "statements", "take_statement", "transfer", "transfer_of",
]  # fmt: skip
