"""Deletion after use (到期删除): what a contract's policy obliges its buyer to delete, attested, noted or objected to."""

from tongqu.exchange.trading.deletions.inputs import Method
from tongqu.exchange.trading.deletions.procedure import DELETION_DUTY
from tongqu.exchange.trading.deletions.queries import (
    AttestationView,
    DutyView,
    attestations,
    duty_of,
    over_same_data,
    owed_after,
    put_off_by,
    unsettled,
)

__all__ = [
    "DELETION_DUTY", "AttestationView", "DutyView", "Method", "attestations", "duty_of", "over_same_data", "owed_after",
    "put_off_by", "unsettled",
]  # fmt: skip
