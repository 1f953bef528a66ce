"""Reads back what was counted: a call that comes again, a page of receipts, and what proves one of them.

All of it on threads of its own: what is counted now, the index and the statements never wait behind it. A call that comes again and
an acknowledgement are one look at the journal, and wait behind no pages either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from tongqu.node.meters.index import CallEntry, Index
from tongqu.node.meters.journal import Journal, Place
from tongqu.node.turns import Turns
from tongqu.wire import merkle
from tongqu.wire.receipt import quick_bytes
from tongqu.wire.story import CHAIN_MAX

PAGES_AT_ONCE, PAGES_OF_ONE = 4, 2
SINGLES_AT_ONCE, SINGLES_OF_ONE = 2, 1
"""So many at once, and so many of one contract, whose others wait for these alone."""


class Recorded(NamedTuple):
    """A call that has its receipt: the sealed envelope as JSON, and the codes of its answers (base64)."""

    written: bytes
    answers: str

    @property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.written)
        return found


class Evidence:
    """What a meter's index and journal have of each call. The index must have caught up before it is asked."""

    def __init__(self, index: Index, journal: Journal) -> None:
        self._index = index
        self._journal = journal
        self._pages = ThreadPoolExecutor(PAGES_AT_ONCE, thread_name_prefix="evidence")
        self._singles = ThreadPoolExecutor(SINGLES_AT_ONCE, thread_name_prefix="recorded")
        self._turns_of_pages = Turns(PAGES_OF_ONE)
        self._turns_of_singles = Turns(SINGLES_OF_ONE)

    async def record(self, contract: str, place: Place) -> Recorded:
        """A call as it was recorded. Raises JournalDamaged or OSError."""
        return await self._turns_of_singles.run(contract, self._singles, self._record, place)

    async def receipt(self, contract: str, sequence: int) -> dict[str, Any] | None:
        """The sealed receipt of this number; None when it was not given."""
        found = await self._turns_of_singles.run(contract, self._singles, self._page, contract, sequence - 1, 1)
        return found[0] if found and found[0]["body"]["sequence"] == sequence else None

    async def page(self, contract: str, after: int, limit: int) -> list[dict[str, Any]]:
        """Sealed receipts of a contract with numbers above `after`, in order, at most `limit`."""
        return await self._turns_of_pages.run(contract, self._pages, self._page, contract, after, limit)

    async def story(self, contract: str, sequence: int, reached: int) -> dict[str, Any] | None:
        """One receipt with its neighbours, the statement over it, its way to the root, and the buyer's acknowledgement with the
        receipts up to it, where the contract's chain has `reached` them; None for a number that was not given."""
        return await self._turns_of_pages.run(contract, self._pages, self._story, contract, sequence, reached)

    def close(self) -> None:
        """What is being read is read to its end, or finds the index closed."""
        self._pages.shutdown(wait=False)
        self._singles.shutdown(wait=False)

    def _record(self, place: Place) -> Recorded:
        entry = CallEntry.of(self._journal.entry(place))
        return Recorded(quick_bytes(entry.envelope), entry.answers)

    def _page(self, contract: str, after: int, limit: int) -> list[dict[str, Any]]:
        return self._envelopes(self._index.places_after(contract, after, limit))

    def _envelopes(self, places: Sequence[Place]) -> list[dict[str, Any]]:
        return [CallEntry.of(entry).envelope for entry in self._journal.entries_at(places)]

    def _story(self, contract: str, sequence: int, reached: int) -> dict[str, Any] | None:
        near = self._page(contract, max(0, sequence - 2), 3 if sequence > 1 else 2)
        held = {one["body"]["sequence"]: one for one in near}
        if sequence not in held:
            return None
        told: dict[str, Any] = {
            "receipt": held[sequence],
            "before": held.get(sequence - 1) or self._index.mark_before(contract, sequence),
            "after": held.get(sequence + 1),
            "statement": None,
            "path": [],
            "acknowledgement": self._index.acknowledgement(contract),
            "chain": [],
        }
        if (signed := told["acknowledgement"]) is not None:
            missing = min(signed["body"]["sequence"], reached) - (sequence + 1)
            if 0 < missing <= CHAIN_MAX:
                told["chain"] = [one["body"] for one in self._page(contract, sequence + 1, missing)]
        if statement := self._index.statement_over(contract, sequence):
            first, count = statement["body"]["from_sequence"], statement["body"]["count"]
            counted = self._index.counted_after(contract, first - 1, count)
            leaves = [leaf for each in counted for leaf in each.leaves]
            way = merkle.inclusion_proof(sequence - first, count, merkle.in_memory(leaves))
            told |= {"statement": statement, "path": [one.hex() for one in way]}
        return told
