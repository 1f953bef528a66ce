"""Data trusts: a trustee acts for persons under their mandates, agrees on terms for them and reports to them."""

from tongqu.exchange.registry.trust import reading, steps
from tongqu.exchange.registry.trust.procedure import DATA_TRUST, TRUST_MANDATE, TRUST_REPORT, TRUST_TERMS
from tongqu.exchange.registry.trust.queries import (
    MandateView,
    TrustCut,
    TrustView,
    divided_by,
    mandates_at,
    mandates_of,
    promised,
    share_of,
    view,
)

__all__ = [
    "DATA_TRUST", "TRUST_MANDATE", "TRUST_REPORT", "TRUST_TERMS", "MandateView", "TrustCut", "TrustView", "divided_by",
    "mandates_at", "mandates_of", "promised", "reading", "share_of", "steps", "view",
]  # fmt: skip
