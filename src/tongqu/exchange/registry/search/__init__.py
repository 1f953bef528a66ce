"""Finding a data set of this market or of any catalogue: by any part of its words, by facets, with exact totals."""

from tongqu.exchange.registry.search.documents import FACETS, OTHERS, OWN, Summary, summary
from tongqu.exchange.registry.search.index import marks, words_of
from tongqu.exchange.registry.search.queries import Item, Page, find, numbers, refresh

__all__ = [
    "FACETS", "OTHERS", "OWN", "Item", "Page", "Summary", "find", "marks", "numbers", "refresh", "summary", "words_of",
]  # fmt: skip
