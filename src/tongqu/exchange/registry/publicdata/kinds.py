"""The five matters of public-data registration by their tables: what each is called, and where it stands. Pure words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.publicdata.models import (
    Filing,
    PublicCancellation,
    PublicChange,
    PublicCorrection,
    PublicRegistration,
    PublicRenewal,
)

FIRST = "public_registration"
KINDS: Mapping[str, tuple[type[Any], Words]] = {
    FIRST: (PublicRegistration, Words("公共数据资源首次登记", "First registration of public data")),
    "public_change": (PublicChange, Words("公共数据资源变更登记", "Change of a public-data registration")),
    "public_correction": (PublicCorrection, Words("公共数据资源更正登记", "Correction of a public-data registration")),
    "public_renewal": (PublicRenewal, Words("公共数据资源登记续展", "Renewal of a public-data registration")),
    "public_cancellation": (
        PublicCancellation, Words("公共数据资源注销登记", "Cancellation of a public-data registration")
    ),
}  # fmt: skip
# As the notice names them.
SHORT: Mapping[str, Words] = {
    FIRST: Words("首次登记", "First registration"),
    "public_change": Words("变更登记", "Change"),
    "public_correction": Words("更正登记", "Correction"),
    "public_renewal": Words("续展登记", "Renewal"),
    "public_cancellation": Words("注销登记", "Cancellation"),
}
MATTERS = tuple(name for name in KINDS if name != FIRST)


def name_of(filing: Filing) -> str:
    """The procedure of a filing."""
    return next(name for name, (model, _) in KINDS.items() if isinstance(filing, model))
