"""What a product of public data stands on when nobody declared its grounds: the agreement of its operator, its registration."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import HOUSE, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import authorisation, lineage, publicdata

OPERATION_OVER = Words(
    "授权运营协议已终止，没有申报其他依据", "the agreement of operation has ended, and no other ground is declared"
)
REGISTRATION_OVER = Words("公共数据登记已终止", "its registration of public data has ended")


def lacks(listing: Any, at: datetime) -> tuple[Words, ...]:
    """Why it may not be sold any more; nothing where its grounds are declared: then these are looked at."""
    if not listing.public_data or lineage.derivation_of(listing.resource_id) is not None:
        return ()
    found = []
    if authorisation.over(listing.provider_id, listing.resource_id):
        found.append(OPERATION_OVER)
    ever = visible(publicdata.PUBLIC_REGISTRATION, HOUSE).filter(resource_id=listing.resource_id).exclude(code="")
    if ever.exists() and not publicdata.standing([listing.resource_id], at=at):
        found.append(REGISTRATION_OVER)
    return tuple(found)
