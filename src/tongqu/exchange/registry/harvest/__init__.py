"""Catalogues of others taken in: read, cleaned, understood, kept once; what could not be is told line by line."""

from tongqu.exchange.registry.harvest.acts import JOB, QUEUE
from tongqu.exchange.registry.harvest.procedure import HARVEST, SPELLING
from tongqu.exchange.registry.harvest.queries import (
    CatalogView,
    EntryView,
    FaultView,
    OpenSpelling,
    ProgressView,
    blocks,
    catalogs,
    entries,
    entry,
    every_entry,
    faults,
    left_running,
    open_spellings,
    progress,
)
from tongqu.exchange.registry.harvest.running import run
from tongqu.exchange.registry.harvest.spellings import MEANINGS
from tongqu.exchange.registry.rows import UNDECIDED

__all__ = [
    "HARVEST", "JOB", "MEANINGS", "QUEUE", "SPELLING", "UNDECIDED", "CatalogView", "EntryView", "FaultView", "OpenSpelling",
    "ProgressView", "blocks", "catalogs", "entries", "entry", "every_entry", "faults", "left_running",
    "open_spellings", "progress", "run",
]  # fmt: skip
