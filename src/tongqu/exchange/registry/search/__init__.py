"""Finding a data set of this market or of any catalogue: by any part of its words, by facets, with exact totals."""

from tongqu.exchange.registry.search.documents import FACETS, OTHERS, OWN, Summary, summary
from tongqu.exchange.registry.search.index import marks, words_of
from tongqu.exchange.registry.search.queries import Item, Look, Narrower, Page, find, look, numbers, refresh
from tongqu.exchange.registry.search.relaxing import Fewer

__all__ = [
    "FACETS", "OTHERS", "OWN", "Fewer", "Item", "Look", "Narrower", "Page", "Summary", "find", "look", "marks", "numbers",
    "refresh", "summary", "words_of",
]  # fmt: skip
