"""Delivery: permits to the node, statements from it, acceptance."""

from tongqu.exchange.trading.delivery import reports
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

__all__ = [
    "TRANSFER",
    "Reported",
    "StatementView",
    "TransferView",
    "completing",
    "permits_since",
    "reported",
    "reports",
    "stated",
    "statements",
    "transfer",
    "transfer_of",
]  # fmt: skip
