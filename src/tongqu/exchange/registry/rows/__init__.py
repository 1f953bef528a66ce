"""Rows of files that others hand in: read, cleaned, understood. It knows no Django and no database, and starts quickly."""

from tongqu.exchange.registry.rows.apart import Unexpected, made
from tongqu.exchange.registry.rows.chunks import Chunk, repeated
from tongqu.exchange.registry.rows.cleaning import PORTAL_MAX, Clean, Fault, short
from tongqu.exchange.registry.rows.places import Places
from tongqu.exchange.registry.rows.reading import BadFile
from tongqu.exchange.registry.rows.understanding import COLUMNS, NULL, Terms, Understood, copied, understood
from tongqu.exchange.registry.rows.written import UNDECIDED

__all__ = [
    "COLUMNS", "NULL", "PORTAL_MAX", "UNDECIDED", "BadFile", "Chunk", "Clean", "Fault", "Places", "Terms", "Understood", "Unexpected",
    "copied", "made", "repeated", "short", "understood",
]  # fmt: skip
