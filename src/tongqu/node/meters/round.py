"""What the index takes in at once, put together as it comes.

A call is packed where it was judged and written, while the processor has it at hand: on another core, a moment later, to fetch it
and give it back would take three times as long as to pack it, and Python's lock would be held meanwhile.
"""

from __future__ import annotations

from array import array

from tongqu.node.meters.blocks import Run
from tongqu.node.meters.callkeys import key_hash
from tongqu.node.meters.journal import Place
from tongqu.node.meters.seen import seen_hash
from tongqu.node.receipts import Given


class Round:
    """Entries of the journal, in their order."""

    def __init__(self) -> None:
        self.count = 0
        self.last = Place(0, 0)
        self.runs: list[Run] = []
        self._open: dict[str, Run] = {}
        self.consented: list[Given] = []
        self.others: list[bytes] = []
        """What is no call, as it stands in the journal."""

        self.hashes, self.sequences, self.seen = array("q"), array("q"), array("q")
        """Of each call what its key is found by, its number, and what tells that its key is not new."""

        self.is_seen = False
        """Whether it was told that these keys are not new."""

    def call(self, place: Place, given: Given, leaf: bytes) -> None:
        contract, sequence, call, _, _, _, _, _, consent, _, _ = given
        run = self._open.get(contract)
        if run is None or not run.add(given, place, leaf):
            run = self._open[contract] = Run(given)
            self.runs.append(run)
            run.add(given, place, leaf)
        self.hashes.append(key_hash(contract, call))
        self.sequences.append(sequence)
        self.seen.append(seen_hash(contract, call))
        if consent is not None:
            self.consented.append(given)
        self.count += 1
        self.last = place

    def other(self, place: Place, entry: bytes) -> None:
        self.others.append(entry)
        self.count += 1
        self.last = place
