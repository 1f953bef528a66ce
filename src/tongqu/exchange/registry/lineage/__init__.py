"""Lineage (来源): what derived data stands on, as edges in the database, and what falls when a ground does."""

from tongqu.exchange.registry.lineage import standing, steps
from tongqu.exchange.registry.lineage.grounds import KINDS, Ground
from tongqu.exchange.registry.lineage.procedure import DERIVATION
from tongqu.exchange.registry.lineage.queries import (
    DerivationView,
    EdgeView,
    Lack,
    Reached,
    derivation_of,
    edges,
    hanging,
    lacks,
    offering_lacks,
    reached,
)

__all__ = [
    "DERIVATION", "KINDS", "DerivationView", "EdgeView", "Ground", "Lack", "Reached", "derivation_of", "edges", "hanging",
    "lacks", "offering_lacks", "reached", "standing", "steps",
]  # fmt: skip
