"""Finding an entry among all catalogues: by any part of its words, by facets, with exact totals."""

from tongqu.exchange.registry.search.index import marks, words_of
from tongqu.exchange.registry.search.queries import FACETS, Page, find, refresh

__all__ = ["FACETS", "Page", "find", "marks", "refresh", "words_of"]
