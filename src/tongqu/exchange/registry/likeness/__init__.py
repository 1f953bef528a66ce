"""Which entries of others' catalogues say nearly the same: one thing listed twice, or one table cut into pieces."""

from tongqu.exchange.registry.likeness.comparing import compare
from tongqu.exchange.registry.likeness.kinds import Kind
from tongqu.exchange.registry.likeness.queries import NearView, PairPage, near, pairs

__all__ = ["Kind", "NearView", "PairPage", "compare", "near", "pairs"]
