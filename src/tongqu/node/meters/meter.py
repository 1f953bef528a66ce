"""Counts calls and gives receipts: durable before anybody is told, one for each call key, whatever happens between.

All that decides order — the next number, what a permit has used, whether a key was seen — happens on one thread and
without waiting; only the disk is waited for. So two callers can never get one number, and a limit is never passed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import threading
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tongqu.node.logs import log
from tongqu.node.meters.accounts import NO_RECEIPT, NOT_USED, Chain, Dues, Used
from tongqu.node.meters.evidence import Evidence, Page, Recorded
from tongqu.node.meters.index import CallEntry, index_name, open_index
from tongqu.node.meters.journal import Journal, JournalBroken, Place
from tongqu.node.meters.layout import ALONE, Share
from tongqu.node.meters.round import Round
from tongqu.node.permits import Usage
from tongqu.node.receipts import Asked, Counted, Given, Head, make_statement, next_receipt, seal_receipts
from tongqu.wire import merkle
from tongqu.wire.acknowledgement import Acknowledgement
from tongqu.wire.canonical import digest
from tongqu.wire.constraints import RATE_WINDOW
from tongqu.wire.message import seal_message
from tongqu.wire.permit import Permit
from tongqu.wire.restored import Restored
from tongqu.wire.seals import TREE_LEAVES_MAX, Signer
from tongqu.wire.statement import Statement
from tongqu.wire.sync import StatementAck

STATEMENT_RECEIPTS_MAX = 50_000
INDEX_ENTRIES_MAX, INDEX_ENTRIES_MANY = 5_000, 20_000
"""In one transaction; and so many waiting that they are moved without pauses."""

INDEX_ENTRIES_LEAST, INDEX_SECONDS_MOST = 1_024, 1.0
"""Fewer entries wait so long for others: a transaction costs a few pages for itself."""

STATED_AT_ONCE = 1_000
"""Receipts that are looked up in one go, for as many contracts as that are."""

FREED_AT_ONCE = 250
"""Calls that the index has are let go of so many at a time: to free one takes a microsecond."""

PAUSE_SECONDS = 0.003
GATHER_TURNS = 40
"""So many turns of the loop in which nothing comes end the gathering: a fifteenth of a millisecond."""


class UnknownReceipt(Exception):
    """No receipt of the contract has this number and this digest: the buyer's book and the node's journal differ."""


class Pending:
    """An entry on its way to the disk: one already written (a statement), or a call whose receipt has its number and waits
    for its seal. Each who waits for it has a future of its own, so that one who goes away takes nothing with it."""

    __slots__ = ("answers", "broken", "durable", "entry", "given", "leaf", "recorded", "waiting")

    def __init__(self, entry: bytes = b"", given: Given | None = None, answers: str = "") -> None:
        self.entry = entry
        self.given = given
        self.answers = answers
        self.leaf = b"" if given is None else merkle.leaf_hash(given.content)
        self.recorded: Recorded | None = None
        self.durable = False
        self.broken: JournalBroken | None = None
        self.waiting: list[asyncio.Future[None]] | None = None

    async def on_disk(self) -> None:
        """Raises JournalBroken: then it is as if it had never been."""
        if not self.durable and self.broken is None:
            await self._told_later()
        if self.broken is not None:
            raise self.broken

    async def settled(self) -> Recorded:
        """The record of a call, once the disk has it. Raises JournalBroken: then the call was not counted."""
        # As `on_disk`, and not through it: what is awaited through many hands is handed back through each of them.
        if not self.durable and self.broken is None:
            await self._told_later()
        if self.broken is not None:
            raise self.broken
        assert self.recorded is not None
        return self.recorded

    def _told_later(self) -> asyncio.Future[None]:
        waiter = asyncio.get_running_loop().create_future()
        if self.waiting is None:
            self.waiting = [waiter]
        else:
            self.waiting.append(waiter)
        return waiter

    def told(self, broken: JournalBroken | None) -> None:
        """What became of it."""
        self.durable, self.broken = broken is None, broken
        for waiter in self.waiting or ():
            if not waiter.done():  # whoever waited may have gone
                waiter.set_result(None)


class _Unstated(NamedTuple):
    """What the next statement of a contract is made of."""

    contract: str
    before: Statement | None
    mark: dict[str, Any] | None
    reached: int
    counted: list[Counted]
    consents: list[dict[str, int]]


class _Round(NamedTuple):
    """What goes into the index at once, and the calls among it, which are in memory until then."""

    told: Round
    calls: list[tuple[str, str]]


def _sealed(batch: Sequence[Pending], signer: Signer) -> list[bytes]:
    """The entries of what goes to the disk together: those that have no seal yet get theirs, with one signature."""
    calls = [pending for pending in batch if pending.given]
    if calls:
        written = seal_receipts(
            [call.given.content for call in calls if call.given], [call.leaf for call in calls], signer
        )
        for call, envelope in zip(calls, written, strict=True):
            call.recorded = Recorded(envelope, call.answers)
            call.entry = CallEntry.write(envelope, call.answers)
    return [pending.entry for pending in batch]


def _looked_at(ended: asyncio.Future[Any]) -> None:
    """What it failed of is tried again by the next one; whoever waited for it may have gone."""
    if not ended.cancelled():
        ended.exception()


class Meter:
    """One for a worker of a node. Everything is called on the event loop's thread."""

    def __init__(
        self,
        folder: Path,
        *,
        node: str,
        signer: Signer,
        now: datetime,
        journal: Journal | None = None,
        share: Share = ALONE,
    ) -> None:
        self._node = node
        self._signer = signer
        self.journal = journal or Journal(folder / "journal", writer=share.worker)
        try:
            self.index = open_index(folder / index_name(share.worker), self.journal, share)
        except BaseException:  # it is tried again every two seconds: nothing may stay open behind
            self.journal.close()
            raise
        self._evidence = Evidence(self.index, self.journal)
        self._acknowledged = self.index.acknowledged()
        moments = self.index.requests_since(now - RATE_WINDOW)
        self._uses = {permit: Used(calls, moments.get(permit, ())) for permit, calls in self.index.used().items()}
        stated = self.index.stated()
        self._chains = {name: Chain(head, stated.get(name, 0)) for name, head in self.index.heads().items()}
        self._dues = Dues(STATEMENT_RECEIPTS_MAX)
        oldest = [(self._moment_unstated(name, now), name) for name in self.unstated()]
        for at, name in sorted(oldest):
            self._dues.begin(name, self._chains[name], at)
        self._recent: dict[tuple[str, str], Pending] = {}
        self._rounds = [_Round(Round(), [])]
        """On the disk, and not in the index yet, in their order; the last of them grows."""
        self._unindexed = 0
        self._committed: deque[tuple[Pending, Place]] = deque()
        """On the disk, and not in a round yet."""
        self._gathered: list[Pending] = []
        self._under_way = 0
        """So many the journal is at: what comes meanwhile is gathered, and shares a seal and a frame."""
        self._expected = 1
        """So many calls come together, as far as the last frames tell."""
        self._turns = 0
        self._writing = asyncio.Lock()
        self._moves_at = 0.0
        self._failed = False
        self._haste = threading.Event()
        self._hasty = 0
        self._stating = asyncio.Lock()

    # -- asking ----------------------------------------------------------------------------------------------------

    @property
    def broken(self) -> str | None:
        """Why nothing can be counted, or None."""
        return self.journal.broken

    @property
    def last_moment(self) -> datetime | None:
        """The latest moment that stands on a receipt."""
        return max((chain.head.at for chain in self._chains.values() if chain.head.at is not None), default=None)

    def usage(self, permit: str, now: datetime) -> Usage:
        used = self._uses.get(permit)
        return NOT_USED if used is None else used.usage(now)

    def is_new(self, contract: str, call: str) -> bool:
        """Whether the call key was surely never used. It says so of nearly every new one; `find` knows of the others."""
        return (contract, call) not in self._recent and self.index.surely_new(contract, call)

    async def find(self, contract: str, call: str) -> Recorded | None:
        """The record of a call key, if it was used before. Waits only for one that was: to be on the disk, or to be read there; so
        after a None the caller may decide and `record` without another task coming between."""
        pending = self._recent.get((contract, call))
        if pending is not None:
            return await pending.settled()
        place = self.index.place_of_call(contract, call)
        return None if place is None else await self._evidence.record(contract, place)

    async def receipts(self, contract: str, after: int, limit: int) -> Page:
        """Sealed receipts of a contract with numbers above `after`, in order, at most `limit`."""
        await self.catch_up()
        return await self._evidence.page(contract, after, limit)

    async def acknowledge(self, told: Acknowledgement, sealed: dict[str, Any]) -> int:
        """Keeps the buyer's acknowledgement, durably, and returns up to where it reaches now. One that does not reach
        further changes nothing. Raises UnknownReceipt when the contract's receipt of that number is another, or none."""
        await self.catch_up()
        found = await self._evidence.receipt(told.contract, told.sequence)
        if found is None or digest(found["body"]) != told.receipt:
            raise UnknownReceipt
        if told.sequence > self._acknowledged.get(told.contract, 0):
            await self._written(json.dumps({"acknowledgement": sealed}, ensure_ascii=False).encode())
            self._acknowledged[told.contract] = max(told.sequence, self._acknowledged.get(told.contract, 0))
        return self._acknowledged[told.contract]

    async def story(self, contract: str, sequence: int) -> bytes | None:
        """One receipt with its neighbours, the statement over it, its way to the root, and the buyer's acknowledgement, as JSON;
        None for a number that was not given."""
        await self.catch_up()
        return await self._evidence.story(contract, sequence, self.head(contract).sequence)

    # -- counting --------------------------------------------------------------------------------------------------

    def record(self, permit: Permit, asked: Asked, answers: str, now: datetime) -> Pending:
        """Gives the call its number and counts it at once. Nobody may be told before it has `settled`."""
        if self.broken:
            raise JournalBroken(self.broken)
        contract = permit.contract
        chain = self._chains.get(contract)
        if chain is None:
            chain = self._chains[contract] = Chain()
        given = next_receipt(chain.head, permit, asked, self._node, now)
        pending = Pending(given=given, answers=answers)
        self._gather(pending)
        chain.head = Head(given.sequence, given.digest, given.at)
        used = self._uses.get(permit.id)
        if used is None:
            used = self._uses[permit.id] = Used()
        used.take(asked.calls, now)
        self._recent[contract, asked.call] = pending
        if chain.since is None:
            self._dues.begin(contract, chain, now)
        else:
            self._dues.look(contract, chain)
        return pending

    def _gather(self, pending: Pending) -> None:
        """What is gathered while the disk is at work goes to it together. Else a frame waits for as many as the last ones had, since
        it costs as much as two calls, and so long as they keep coming; where calls come alone, one turn of the loop."""
        self._gathered.append(pending)
        if self._under_way:
            return
        self._turns = GATHER_TURNS if self._expected > 1 else 0
        if len(self._gathered) == 1:
            self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        if self._turns and len(self._gathered) < self._expected:
            self._turns -= 1
            self._loop.call_soon(self._turn)
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        """Gives what was gathered to the journal, where it is sealed and written: on a quick disk here and now, since to wake
        another thread and to be woken takes as long; else on the journal's thread, and calls are judged meanwhile."""
        batch, self._gathered = self._gathered[:TREE_LEAVES_MAX], self._gathered[TREE_LEAVES_MAX:]
        if not batch:
            return
        first = not self._under_way  # else what the journal's thread has written may not have been heard of yet
        self._under_way, self._expected = self._under_way + len(batch), max(len(batch), self._expected - 1)
        try:
            sealed = partial(_sealed, batch, self._signer)
            if first and self.journal.is_quick:
                self.journal.write(batch, sealed, self._on_committed)
            else:
                self.journal.submit(batch, sealed, self._on_journal_thread)
        except JournalBroken as broken:
            self._on_committed([(pending, Place(0, 0)) for pending in batch], broken)

    def _on_journal_thread(self, told: list[tuple[Pending, Place]], broken: JournalBroken | None) -> None:
        self._loop.call_soon_threadsafe(self._on_committed, told, broken)

    def _on_committed(self, told: list[tuple[Pending, Place]], broken: JournalBroken | None) -> None:
        self._under_way -= len(told)
        if self._gathered and not self._under_way:
            self._loop.call_soon(self._hand_over)
        for pending, _ in told:
            pending.told(broken)
        if broken is None:
            self._committed += told
            self._loop.call_soon(self._put_together)  # behind the answers, which it has just set going

    def _put_together(self) -> None:
        """What was committed goes into the round that the index takes in next."""
        while self._committed:
            pending, place = self._committed[0]
            told, calls = self._rounds[-1]
            if pending.given is None:
                told.other(place, pending.entry)
            else:
                told.call(place, pending.given, pending.leaf)
                calls.append((pending.given.contract, pending.given.call))
            self._committed.popleft()
            self._unindexed += 1
            if told.count >= INDEX_ENTRIES_MAX:
                self._rounds.append(_Round(Round(), []))

    # -- behind the calls --------------------------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """Moves what is durable into the index and out of memory, at once: before anything is read there.

        Whoever is cancelled meanwhile goes, and the move goes on to its end: its thread cannot be stopped, nothing may be added
        twice, and a fault of the disk must not stand in the way of a stop."""
        with self._in_haste():
            await self._moved()

    async def keep_up(self) -> None:
        """As `catch_up`, in passing: what has gathered, or waited for a second, in pieces with pauses, since calls are answered
        meanwhile."""
        is_due = asyncio.get_running_loop().time() >= self._moves_at
        if is_due or (self._has_many() and not self._failed):
            await self._moved()
        elif self.index.learning and not self._failed:
            await self._to_its_end(self._learn())

    def _has_many(self) -> bool:
        """Whether so much waits for the index that it is worth a transaction."""
        return self._unindexed + len(self._committed) >= INDEX_ENTRIES_LEAST

    async def _moved(self) -> None:
        await self._to_its_end(self._move())

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        self._failed = True  # what failed is not tried again before it is due
        moving = asyncio.ensure_future(work)
        moving.add_done_callback(_looked_at)
        await asyncio.shield(moving)
        self._failed = False

    async def _learn(self) -> None:
        async with self._writing:
            await asyncio.to_thread(self.index.learn)

    @contextlib.contextmanager
    def _in_haste(self) -> Iterator[None]:
        """Whatever is being moved is moved without pauses, since somebody waits for it."""
        self._hasty += 1
        self._haste.set()
        try:
            yield
        finally:
            self._hasty -= 1
            if not self._hasty:
                self._haste.clear()

    async def _move(self) -> None:
        async with self._writing:
            self._moves_at = asyncio.get_running_loop().time() + INDEX_SECONDS_MOST
            self._put_together()
            left = self._unindexed  # what comes meanwhile comes in the next time, and not by twos and threes
            while left > 0:
                if len(self._rounds) == 1:
                    self._rounds.append(_Round(Round(), []))
                told, calls = self._rounds[0]
                await asyncio.to_thread(self._take_in, told)
                del self._rounds[0]
                left, self._unindexed = left - told.count, self._unindexed - told.count
                for first in range(0, len(calls), FREED_AT_ONCE):
                    for call in calls[first : first + FREED_AT_ONCE]:
                        self._recent.pop(call, None)
                    await asyncio.sleep(0)
            if self.index.learning:
                await asyncio.to_thread(self.index.learn)

    def _take_in(self, told: Round) -> None:
        pause = PAUSE_SECONDS if self._unindexed < INDEX_ENTRIES_MANY else 0.0
        self.index.add(told, pause=partial(self._haste.wait, pause))

    async def forget_idle(self, now: datetime) -> None:
        """Lets go of what counts for no rate any more, of permits that have been still for a minute, with turns for the calls between."""
        for at, used in enumerate(list(self._uses.values()), 1):
            used.usage(now)
            if not at % FREED_AT_ONCE:
                await asyncio.sleep(0)

    def unstated(self) -> list[str]:
        """Contracts with receipts that no statement covers yet."""
        return [name for name, chain in self._chains.items() if chain.unstated > 0]

    def due(self, now: datetime, wait: timedelta, limit: int) -> list[str]:
        """Contracts, at most `limit`, that have enough for a full statement, and then those whose oldest receipt without one has
        waited so long, in the order in which they began to.

        A receipt from the future means that the clock was set back since; it does not wait for that future.
        """
        return self._dues.due(now, wait, limit)

    def _moment_unstated(self, contract: str, now: datetime) -> datetime:
        """When the oldest receipt without a statement was given; one that is not indexed yet is being given now."""
        return self.index.moment_of(contract, self._chains[contract].stated + 1) or now

    async def quiet(self, contract: str) -> None:
        """Waits until every call of the contract that was counted so far is on the disk, so that a statement made now
        has it. Raises JournalBroken."""
        for pending in [each for (name, _), each in self._recent.items() if name == contract]:
            await pending.on_disk()

    async def state(self, contract: str, now: datetime) -> Statement | None:
        """Makes the next statement of a contract and keeps it in the journal; None when there is nothing to state."""
        made = await self.state_each([contract], now)
        return made[0] if made else None

    async def state_each(self, contracts: Sequence[str], now: datetime) -> list[Statement]:
        """As `state`, of several: they go to the disk and into the index together. One of which no statement can be made stops
        no other; its error is raised when those are kept, and it waits as if its oldest receipt had just been given.

        One round at a time, and to its end whoever is cancelled: else two statements would bear one number.
        """
        stating = asyncio.ensure_future(self._state_each(contracts, now))
        stating.add_done_callback(_looked_at)
        return await asyncio.shield(stating)

    async def _state_each(self, contracts: Sequence[str], now: datetime) -> list[Statement]:
        async with self._stating:
            await self.catch_up()
            made: list[tuple[Statement, Pending]] = []
            failed: Exception | None = None
            left = deque(contracts)
            while left:
                for contract, told in await asyncio.to_thread(self._unstated_of_each, left):
                    try:
                        if isinstance(told, Exception):
                            raise told
                        if told.counted:
                            made.append(await self._stated_of(told, now))
                        else:
                            self._is_stated(contract, told.reached, now)
                    except JournalBroken:
                        raise
                    except (
                        Exception
                    ) as error:  # whatever it is: what was handed in is waited for, and the others are stated
                        log.error("statement not made", contract=contract, error=type(error).__name__)
                        failed = failed or error
                        self._dues.put_off(contract, self._chains.setdefault(contract, Chain()), now)
            for _, pending in made:
                await pending.on_disk()
            if made:
                await self.catch_up()
            for statement, _ in made:
                self._is_stated(statement.contract, statement.to_sequence, now)
            if failed:
                raise failed
            return [statement for statement, _ in made]

    def _unstated_of_each(self, contracts: deque[str]) -> list[tuple[str, _Unstated | Exception]]:
        """Takes from the contracts what is looked at in one go: many that have few receipts, or one that has many."""
        found: list[tuple[str, _Unstated | Exception]] = []
        receipts = 0
        while contracts and receipts < STATED_AT_ONCE:
            contract = contracts.popleft()
            try:
                told = self._unstated_of(contract)
            except Exception as error:
                found.append((contract, error))
                continue
            found.append((contract, told))
            receipts += sum(len(run.leaves) for run in told.counted)
        return found

    def _unstated_of(self, contract: str) -> _Unstated:
        before = self.index.last_statement(contract)
        reached = before.to_sequence if before else 0
        mark = self.index.mark_after(contract, reached)
        if mark is not None:
            reached = int(mark["body"]["resumes_after"])
        counted = self.index.counted_after(contract, reached, STATEMENT_RECEIPTS_MAX)
        consents = self.index.consents_after(contract, reached, sum(len(run.leaves) for run in counted))
        return _Unstated(contract, before, mark, reached, counted, consents)

    async def _stated_of(self, told: _Unstated, now: datetime) -> tuple[Statement, Pending]:
        """The next statement, on its way to the disk."""
        made = make_statement(
            node=self._node, contract=told.contract, before=told.before, counted=told.counted,
            root=await self._root([leaf for run in told.counted for leaf in run.leaves]),
            consents=told.consents, now=now, restored=told.mark,
        )  # fmt: skip
        statement = replace(made, acknowledged=self._acknowledged.get(told.contract))
        entry = json.dumps({"statement": seal_message(statement, self._signer)}, ensure_ascii=False)
        return statement, self._handed_in(entry.encode())

    def _is_stated(self, contract: str, reached: int, now: datetime) -> None:
        chain = self._chains.get(contract)
        if chain is None:
            return
        chain.stated = reached
        self._dues.end(contract, chain)
        if chain.unstated > 0:
            since = now
            with contextlib.suppress(sqlite3.Error):  # it waits from now on, then
                since = self._moment_unstated(contract, now)
            self._dues.begin(contract, chain, since)

    async def _root(self, leaves: Sequence[bytes]) -> bytes:
        """The Merkle root, with turns for the calls between: of a full statement it takes as long as some hundreds of them."""
        folding = merkle.folding(leaves)
        while True:
            try:
                next(folding)
            except StopIteration as ended:
                return bytes(ended.value)
            await asyncio.sleep(0)

    async def adopt(self, sealed: dict[str, Any]) -> None:
        """Keeps a statement that was made before a back-up was taken, as the exchange gave it back."""
        await self._written(json.dumps({"statement": sealed}, ensure_ascii=False).encode())
        await self.catch_up()
        contract = sealed["body"]["contract"]
        self._chains.setdefault(contract, Chain()).stated = self.index.stated_of(contract)

    async def resume(self, mark: Restored) -> None:
        """Lets the contract's chain go on after a gap. What this node holds of it must be stated before."""
        sealed = seal_message(mark, self._signer)
        await self._written(json.dumps({"restored": sealed}, ensure_ascii=False).encode())
        await self.catch_up()
        chain = self._chains.setdefault(mark.contract, Chain())
        chain.head = self.index.head_of(mark.contract) or NO_RECEIPT
        chain.stated = self.index.stated_of(mark.contract)
        if mark.permit is not None:
            self._uses.setdefault(mark.permit, Used()).calls = self.index.used_of(mark.permit)
        self._dues.end(mark.contract, chain)

    def sign_with(self, signer: Signer) -> None:
        """Receipts and statements that are not sealed yet are sealed with this key."""
        self._signer = signer

    def head(self, contract: str) -> Head:
        """Where the contract's chain ends."""
        chain = self._chains.get(contract)
        return NO_RECEIPT if chain is None else chain.head

    def _handed_in(self, entry: bytes) -> Pending:
        """An entry that needs no seal, on its way. Raises JournalBroken."""
        if self.broken:
            raise JournalBroken(self.broken)
        pending = Pending(entry)
        self._gather(pending)
        return pending

    async def _written(self, entry: bytes) -> None:
        """Waits until an entry that needs no seal is on the disk. Raises JournalBroken."""
        await self._handed_in(entry).on_disk()

    async def settle(self, acks: Sequence[StatementAck]) -> list[StatementAck]:
        """Notes what the exchange took or refused. Returns acknowledgements of statements that were never made."""
        if not acks:
            return []
        settling = asyncio.ensure_future(self._settle(acks))
        settling.add_done_callback(_looked_at)
        return await asyncio.shield(settling)  # its thread cannot be stopped, and nobody else may write meanwhile

    async def _settle(self, acks: Sequence[StatementAck]) -> list[StatementAck]:
        with self._in_haste():
            async with self._writing:
                return await asyncio.to_thread(self.index.settle, acks)

    async def close(self) -> None:
        """Writes and indexes what waits."""
        while self._gathered:  # a moment ago, or more than goes under one seal
            self._hand_over()
        await asyncio.to_thread(self.journal.close)
        async with self._stating:  # whoever makes statements comes to an end: nothing is written any more
            pass
        await asyncio.sleep(0)  # lets what the journal's thread announced last arrive here
        if self.broken is None:  # else another meter reads the journal, and has what is in it taken in already
            try:
                await self.catch_up()
            except sqlite3.Error as error:  # the journal has it all: the index is made from that
                log.error("index not up to date", error=type(error).__name__)
        self._evidence.close()
        async with self._writing:  # a move that nobody waits for any more goes on to its end
            self.index.close()
