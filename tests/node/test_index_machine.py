"""Whatever is taken in, breaks off, is told again, and however the process ends: the index says what the journal says."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.node.world import NOON
from tongqu.node.meters import blocks, callkeys, seen
from tongqu.node.meters import index as indexes
from tongqu.node.meters import round as rounds
from tongqu.node.meters.index import Index
from tongqu.node.meters.journal import Place
from tongqu.node.meters.round import Round
from tongqu.node.meters.rows import Rows
from tongqu.node.receipts import Given
from tongqu.wire import merkle

BREAKS_OFF = "the disk went away"


class IndexMachine(RuleBasedStateMachine):
    @initialize(
        carried=st.integers(5, 12),
        block=st.integers(1, 4),
        hashes=st.sampled_from([2, 2**62]),
        at_once=st.integers(1, 3),
    )
    def begin(self, carried: int, block: int, hashes: int, at_once: int) -> None:
        self.patch = pytest.MonkeyPatch()
        key_hash = callkeys.key_hash
        self.patch.setattr(callkeys, "CARRIED_AT", carried)
        self.patch.setattr(callkeys, "_AT_ONCE", 3)
        self.patch.setattr(callkeys, "_ADD", Rows("INSERT OR IGNORE INTO keys VALUES", "(?, ?)", at_once=3))
        self.patch.setattr(blocks, "BLOCK_CALLS_MAX", block)
        many = Rows("INSERT INTO blocks VALUES", "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", at_once=at_once)
        self.patch.setattr(blocks, "_ADD", many)
        self.patch.setattr(indexes, "LEARNT_AT_ONCE", 4)
        self.patch.setattr(seen, "FIRST_KEYS", 8)
        self.patch.setattr(seen, "KEYS_MAX", 256)
        for module in (callkeys, rounds):
            self.patch.setattr(module, "key_hash", lambda *told: key_hash(*told) % hashes)
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "index.db"
        self.journal: list[tuple[Place, Given]] = []
        self.ends = {"a": 0, "b": 0, "c": 0}
        self.taken = 0
        self.made: Round | None = None
        self.size = 0
        self.index = Index(self.file)

    @rule(
        drawn=st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from("pq"), st.sampled_from([0, 0, 0, 5]), st.booleans()),
            max_size=14,
        )
    )
    def calls_come(self, drawn: list[tuple[str, str, int, bool]]) -> None:
        for contract, permit, gap, consented in drawn:
            n = len(self.journal)
            self.ends[contract] += 1 + gap
            number = self.ends[contract]
            consent = {"consented": n, "as_of": 1} if consented else None
            told = Given(
                contract, number, str(uuid.UUID(int=n)), permit, NOON + timedelta(seconds=n), "verification", 2, 1, consent,
                b"%d" % n, hashlib.sha256(b"%d" % n).hexdigest(),
            )  # fmt: skip
            self.journal.append((Place(1 + n // 50, n, n % 3), told))

    def _round(self, size: int) -> tuple[Round, int]:
        if self.made is None:
            self.made, self.size = Round(), min(size, len(self.journal) - self.taken)
            for place, told in self.journal[self.taken : self.taken + self.size]:
                self.made.call(place, told, merkle.leaf_hash(told.content))
        return self.made, self.size

    @precondition(lambda self: len(self.journal) > self.taken)
    @rule(size=st.integers(1, 20))
    def is_taken_in(self, size: int) -> None:
        made, count = self._round(size)
        self.index.add(made)
        self.taken, self.made = self.taken + count, None

    @precondition(lambda self: len(self.journal) > self.taken)
    @rule(size=st.integers(1, 20), at=st.integers(1, 8))
    def breaks_off(self, size: int, at: int) -> None:
        made, count = self._round(size)
        pauses = 0

        def pause() -> None:
            nonlocal pauses
            pauses += 1
            self.all_is_as_it_was()
            if pauses == at:
                raise OSError(BREAKS_OFF)

        try:
            self.index.add(made, pause=pause)
        except OSError:
            return
        self.taken, self.made = self.taken + count, None

    @precondition(lambda self: len(self.journal) > self.taken)
    @rule(size=st.integers(1, 20), steps=st.integers(1, 400))
    def sqlite_breaks_off(self, size: int, steps: int) -> None:
        made, count = self._round(size)
        left = steps

        def ends() -> int:
            nonlocal left
            left -= 1
            return left < 0

        self.index._db.set_progress_handler(ends, 5)
        try:
            self.index.add(made)
        except sqlite3.Error:
            self.index._db.set_progress_handler(None, 5)
            assert not self.index._db.in_transaction
            return
        self.index._db.set_progress_handler(None, 5)
        self.taken, self.made = self.taken + count, None

    @rule(steps=st.integers(1, 3))
    def learns(self, steps: int) -> None:
        for _ in range(steps):
            self.index.learn()

    @rule(politely=st.booleans())
    def is_opened_again(self, politely: bool) -> None:
        if politely:
            self.index.close()
        else:
            self.index._db.close()
            self.index._reader.close()
        self.index, self.made = Index(self.file), None

    @rule()
    def is_made_anew(self) -> None:
        self.index.forget()
        self.taken, self.made = 0, None

    def all_is_as_it_was(self) -> None:
        for place, told in self.journal[: self.taken]:
            assert self.index.place_of_call(told.contract, told.call) == place
            assert not self.index.surely_new(told.contract, told.call)
        for _, told in self.journal[self.taken :]:
            assert self.index.place_of_call(told.contract, told.call) is None

    @invariant()
    def says_what_the_journal_says(self) -> None:
        self.all_is_as_it_was()
        reached = self.index.reached()
        assert reached == (self.journal[self.taken - 1][0] if self.taken else None)
        taken, used, heads = self.journal[: self.taken], dict[str, int](), dict[str, tuple[int, str]]()
        for _, told in taken:
            used[told.permit] = used.get(told.permit, 0) + told.calls
            heads[told.contract] = (told.sequence, hashlib.sha256(told.content).hexdigest())
        assert self.index.used() == used
        assert {name: (head.sequence, head.digest) for name, head in self.index.heads().items()} == heads
        for contract in "abc":
            own = [(place, told) for place, told in taken if told.contract == contract]
            for after in {0, own[len(own) // 2][1].sequence if own else 0}:
                wanted = [each for each in own if each[1].sequence > after]
                for limit in (0, 1, 3, 1_000):
                    counted = self.index.counted_after(contract, after, limit)
                    numbers = [n for one in counted for n in range(one.first, one.first + len(one.leaves))]
                    assert numbers == [told.sequence for _, told in wanted[:limit]]
                    leaves = [leaf for one in counted for leaf in one.leaves]
                    assert leaves == [merkle.leaf_hash(told.content) for _, told in wanted[:limit]]
                    assert self.index.places_after(contract, after, limit) == [place for place, _ in wanted[:limit]]
                assert self.index.consents_after(contract, after, 10**6) == [
                    told.consent for _, told in wanted if told.consent is not None
                ]
                assert self.index._blocks.calls_until(contract, after) == 2 * (len(own) - len(wanted))
            for number in (0, -1, 2**63 - 1, 2**63, 2**70):
                assert self.index.moment_of(contract, number) is None or number in [told.sequence for _, told in own]

    def teardown(self) -> None:
        if hasattr(self, "index"):
            self.index.close()
            self.patch.undo()
            self.folder.cleanup()


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
