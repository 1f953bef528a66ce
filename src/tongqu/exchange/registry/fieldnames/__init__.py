"""What a data element may tell of somebody: the kinds, and what its name suggests. Knows no table and no procedure."""

from tongqu.exchange.registry.fieldnames.kinds import OF_PATTERN, Kind
from tongqu.exchange.registry.fieldnames.names import CLEAR, Guess, guess

__all__ = ["CLEAR", "OF_PATTERN", "Guess", "Kind", "guess"]
