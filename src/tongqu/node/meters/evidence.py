"""Reads back what was counted: a call that comes again, a page of receipts, and what proves one of them.

All of it on threads of its own: what is counted now, the index and the statements never wait behind it. A call that comes again and
an acknowledgement are one look at the journal, and wait behind no pages either. Pages and stories leave these threads as the JSON that
is sent: a receipt stands in the journal as it was written for its seal, and is handed on as it stands.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from tongqu.node.meters.index import CallEntry, Index
from tongqu.node.meters.journal import Journal, Place
from tongqu.node.meters.trees import Trees
from tongqu.node.turns import Turns
from tongqu.wire.receipt import quick_bytes
from tongqu.wire.story import CHAIN_MAX

T = TypeVar("T")
PAGES_AT_ONCE, PAGES_OF_ONE = 2, 1
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


class Page(NamedTuple):
    """Sealed receipts in their order, as a JSON list; `next` is behind which number there may be more."""

    written: bytes
    next: int | None


def in_passing(work: Callable[..., T], *given: Any) -> T:
    """Does the work and rests for as long as it took of a processor: what is read for nothing leaves half the time, and Python's
    lock, to the calls."""
    began = time.thread_time()
    try:
        return work(*given)
    finally:
        time.sleep(time.thread_time() - began)


class Evidence:
    """What a meter's index and journal have of each call. The index must have caught up before it is asked."""

    def __init__(self, index: Index, journal: Journal) -> None:
        self._index = index
        self._journal = journal
        self._trees = Trees(index)
        self._pages = ThreadPoolExecutor(PAGES_AT_ONCE, thread_name_prefix="evidence")
        self._singles = ThreadPoolExecutor(SINGLES_AT_ONCE, thread_name_prefix="recorded")
        self._turns_of_pages = Turns(PAGES_OF_ONE)
        self._turns_of_singles = Turns(SINGLES_OF_ONE)

    async def record(self, contract: str, place: Place) -> Recorded:
        """A call as it was recorded. Raises JournalDamaged or OSError."""
        return await self._turns_of_singles.run(contract, self._singles, self._record, place)

    async def receipt(self, contract: str, sequence: int) -> dict[str, Any] | None:
        """The sealed receipt of this number; None when it was not given."""
        return await self._turns_of_singles.run(contract, self._singles, self._receipt, contract, sequence)

    async def page(self, contract: str, after: int, limit: int) -> Page:
        """Sealed receipts of a contract with numbers above `after`, in order, at most `limit`."""
        return await self._turns_of_pages.run(contract, self._pages, in_passing, self._page, contract, after, limit)

    async def story(self, contract: str, sequence: int, reached: int) -> bytes | None:
        """One receipt with its neighbours, the statement over it, its way to the root, and the buyer's acknowledgement with the
        receipts up to it, where the contract's chain has `reached` them, as JSON; None for a number that was not given."""
        return await self._turns_of_pages.run(
            contract, self._pages, in_passing, self._story, contract, sequence, reached
        )

    def close(self) -> None:
        """What is being read is read to its end, or finds the index closed."""
        self._pages.shutdown(wait=False)
        self._singles.shutdown(wait=False)

    def _record(self, place: Place) -> Recorded:
        entry = CallEntry.of(self._journal.entry(place))
        return Recorded(quick_bytes(entry.envelope), entry.answers)

    def _page(self, contract: str, after: int, limit: int) -> Page:
        found = self._written(contract, after, limit)
        more = json.loads(found[-1])["body"]["sequence"] if len(found) == limit else None
        return Page(b"[%b]" % b",".join(found), more)

    def _written(self, contract: str, after: int, limit: int) -> list[bytes]:
        """Sealed receipts as they stand in the journal. The index says where; whose they are they say themselves."""
        entries = self._journal.entries_at(self._index.places_after(contract, after, limit))
        found, theirs = (
            [CallEntry.receipt_in(entry) for entry in entries],
            b"%b," % quick_bytes({"contract": contract})[1:-1],
        )
        if not all(theirs in one for one in found):
            raise ValueError("the index leads to the receipt of another contract")
        return found

    def _envelopes(self, contract: str, after: int, limit: int) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self._written(contract, after, limit)]

    def _receipt(self, contract: str, sequence: int) -> dict[str, Any] | None:
        found = self._envelopes(contract, sequence - 1, 1)
        return found[0] if found and found[0]["body"]["sequence"] == sequence else None

    def _story(self, contract: str, sequence: int, reached: int) -> bytes | None:
        near = self._envelopes(contract, max(0, sequence - 2), 3 if sequence > 1 else 2)
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
        }
        chain = list[bytes]()
        if (signed := told["acknowledgement"]) is not None:
            missing = min(signed["body"]["sequence"], reached) - (sequence + 1)
            if 0 < missing <= CHAIN_MAX:
                chain = [CallEntry.body_in(one) for one in self._written(contract, sequence + 1, missing)]
        if statement := self._index.statement_over(contract, sequence):
            way = self._trees.way(contract, statement["body"]["from_sequence"], statement["body"]["count"], sequence)
            told |= {"statement": statement, "path": [one.hex() for one in way]}
        return b'%b,"chain":[%b]}' % (quick_bytes(told)[:-1], b",".join(chain))
