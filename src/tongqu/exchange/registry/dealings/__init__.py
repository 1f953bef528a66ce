"""What follows a first registration of rights: transfer, change, renewal, cancellation, and objections come late."""

from tongqu.exchange.registry.dealings import filing, steps
from tongqu.exchange.registry.dealings.discretion import sees_objectors
from tongqu.exchange.registry.dealings.notices import KIND_WORDS
from tongqu.exchange.registry.dealings.procedure import (
    BY_KIND,
    LATE_OBJECTION,
    RIGHT_CANCELLATION,
    RIGHT_CHANGE,
    RIGHT_RENEWAL,
    RIGHT_REVOCATION,
    RIGHT_TRANSFER,
)
from tongqu.exchange.registry.dealings.queries import (
    Matter,
    Notice,
    Notices,
    OppositionView,
    matters,
    notice,
    oppositions,
    publicity,
)
from tongqu.exchange.registry.dealings.rules import renewal_window

__all__ = [
    "BY_KIND", "KIND_WORDS", "LATE_OBJECTION", "RIGHT_CANCELLATION", "RIGHT_CHANGE", "RIGHT_RENEWAL", "RIGHT_REVOCATION",
    "RIGHT_TRANSFER", "Matter", "Notice", "Notices", "OppositionView", "filing", "matters", "notice", "oppositions", "publicity",
    "renewal_window", "sees_objectors", "steps",
]  # fmt: skip
