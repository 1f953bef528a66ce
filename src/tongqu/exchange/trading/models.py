"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.trading.contracts.models import Contract
from tongqu.exchange.trading.deletions.models import DeletionAttestation, DeletionDuty
from tongqu.exchange.trading.delivery.models import Permit, Statement, Transfer
from tongqu.exchange.trading.listings.models import Listing
from tongqu.exchange.trading.losses.models import GroundLoss, LossAppeal, LossItem
from tongqu.exchange.trading.negotiation.models import Negotiation

__all__ = [
    "Contract", "DeletionAttestation", "DeletionDuty", "GroundLoss", "Listing", "LossAppeal", "LossItem", "Negotiation",
    "Permit", "Statement", "Transfer",
]  # fmt: skip
