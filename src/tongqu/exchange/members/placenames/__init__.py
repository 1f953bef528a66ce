"""Places that people name in a sentence, found by the names and codes of GB/T 2260."""

from tongqu.exchange.members.placenames.naming import PlaceName, named_in

__all__ = ["PlaceName", "named_in"]
