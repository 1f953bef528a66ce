"""One running node: opens what stands on disk, keeps it in order, and says whether it works."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tongqu.node.apart import Apart
from tongqu.node.clock import BOOT_ID, HouseClock, steady_clock, steady_of, wall_clock
from tongqu.node.config import NodeConfig
from tongqu.node.consents import Consents, ConsentStore, UseBook
from tongqu.node.copies import FILE, CopyKey
from tongqu.node.disk import Disk
from tongqu.node.engines import engine_of
from tongqu.node.following import Following
from tongqu.node.gauges import Gauges
from tongqu.node.keeping.unfinished import refuse_unfinished
from tongqu.node.logs import log
from tongqu.node.meters import JournalBroken, JournalDamaged, Meter, Share, arranged
from tongqu.node.needed import needed
from tongqu.node.owner import OwnerLine, Tally
from tongqu.node.owner.answering import answers
from tongqu.node.permits.book import PermitBook
from tongqu.node.probes import Probes
from tongqu.node.sources import SourceRoom
from tongqu.node.state import StateFolder
from tongqu.node.statements import OwnStatements, Statements
from tongqu.node.steps import Steps
from tongqu.node.sync import SOFTWARE, ExchangeLine
from tongqu.node.tracing import TracedSteps, tracer_to
from tongqu.node.ways import Health
from tongqu.wire.blinding import BlindingKey, private_key, public_hex
from tongqu.wire.consents import UsesOrder, UsesTold
from tongqu.wire.message import seal_message
from tongqu.wire.new_key import announce
from tongqu.wire.permit import ACTIVE
from tongqu.wire.seals import Signer

INDEX_SECONDS = 0.05
STATE_SECONDS = 1
STATEMENTS_AT_ONCE = 100
"""In one round. A sync takes two hundred to the exchange; where more contracts are in use than that, they take turns."""

TIDY_SECONDS = 60
MEND_SECONDS = 2
DISK_SECONDS = 0.5
FOLLOW_SECONDS = 0.1
"""How soon a worker knows what another heard of the exchange."""

COPY_SECONDS = 0.5
TALLY_SECONDS = 10
ROUND_SECONDS_MAX = 45

Work = Callable[[], Coroutine[Any, Any, bool | None]]


@dataclass(frozen=True)
class Seat:
    """The place of one worker among several: what it keeps, and how it asks the others. The first one leads: it alone
    speaks with the exchange, measures and tidies up."""

    share: Share
    statements: Callable[[Callable[[], Meter], Callable[[], datetime]], Statements]

    @property
    def leads(self) -> bool:
        return self.share.worker == 0


def _engine_folder(config: NodeConfig, seat: Seat | None) -> Path:
    """Where an engine writes: it clears that up at its start, so each worker's has a place of its own."""
    return config.state if seat is None or seat.leads else config.state / f"engine-{seat.share.worker}"


class NodeKeeper:
    """Build it on the event loop, `start`, and `stop`. `http`, `now` (the wall clock) and `steady` are given by tests."""

    def __init__(
        self,
        config: NodeConfig,
        *,
        now: Callable[[], datetime] = wall_clock,
        http: httpx.AsyncClient | None = None,
        steady: Callable[[], int] | None = None,
        seat: Seat | None = None,
    ) -> None:
        self.config = config
        refuse_unfinished(config.state)
        by_hand = now is not wall_clock
        self.clock = HouseClock(
            now, steady or (steady_of(now) if by_hand else steady_clock), boot="by hand" if by_hand else None
        )
        self.now: Callable[[], datetime] = self.clock
        self.gauges = Gauges()
        self.leads = seat is None or seat.leads
        self._state = StateFolder(config.state)
        self._lock = self._state.lock(None if seat is None else seat.share.worker)
        self.disk = Disk(config.state, keep=config.disk_keep_bytes, lays_by=self.leads)
        signer: Signer = self._state.signer()
        self.identity = self._state.identity()
        self._signer = signer
        self.book = PermitBook(config.state / "book.db", self.identity)
        self.clock.take_up(self.book.anchor)
        self.clock.not_before(self.book.lease.issued_at if self.book.lease else None)
        self.began_at = self.now()
        secrets = self._state.secrets()
        secret = secrets.salt
        self.probes = Probes(config.state / "probes.db", secret)
        self.consents = Consents(ConsentStore(config.state / "consents"), secret)
        self.uses = UseBook(config.state / "uses.db", self.now())
        self._blinding_key = BlindingKey(self.identity.node, public_hex(private_key(secret)))
        self.blinding = seal_message(self._blinding_key, signer)
        self.room = SourceRoom(
            config.sources,
            config.state,
            self.probes,
            secret=secrets.watermark,
            copies_bytes_max=config.copies_bytes_max,
            leads=self.leads,
            engine=engine_of(config.engine, _engine_folder(config, seat)),
            seconds=config.engine.seconds,
        )
        self.link_secret = secrets.link
        if seat is None:
            self._share = Share(0, arranged(config.state / "journal", 1))
        else:
            self._share = seat.share
        self.meter = self._open_meter()
        self.clock.not_before(self.meter.last_moment)
        self.apart = Apart(config.state / "apart", keep=timedelta(hours=config.answer_hours))
        traced = {} if config.traces is None else {"tracer": tracer_to(config.traces, self.identity.node)}
        self.steps = (TracedSteps if traced else Steps)(
            **traced,
            node=self.identity.node,
            book=self.book,
            meter=self.meter,
            room=self.room,
            secret=secret,
            apart=self.apart,
            clock=self.clock,
            disk=self.disk,
            consents=self.consents,
            uses=self.uses,
            mine=None if seat is None else self._share.mine,
        )
        self.line: ExchangeLine | Following
        if self.leads:
            self.line = ExchangeLine(
                exchange=config.exchange,
                address=config.address,
                identity=self.identity,
                signer=signer,
                book=self.book,
                statements=(OwnStatements if seat is None else seat.statements)(lambda: self.meter, self.clock),
                room=self.room,
                http=http
                or httpx.AsyncClient(proxy=config.proxy, trust_env=False, timeout=httpx.Timeout(5, connect=2)),
                clock=self.clock,
                small_counts=config.small_counts,
                consents=self.consents.store,
            )
            self.line.uses = self._told_uses
            self.line.on_believed = self._state.keep_identity
        else:
            self.line = Following(self.book, self.clock, self._state, self._sign_with, self.consents.store)
        self.tally = Tally(config.state, self.gauges)
        self.owner_answers = answers(self)
        self._tasks: list[asyncio.Task[None]] = []
        self._due_back: dict[str, float] = {}
        """When each kind of work must have ended its round, by the monotonic clock."""
        self._looking = asyncio.Lock()
        self._copies_told: set[CopyKey] = set()
        self._copies_cursor = -1

    def _open_meter(self) -> Meter:
        return Meter(self.config.state, node=self.identity.node, signer=self._signer, now=self.now(), share=self._share)

    # -- running -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begins the work behind the calls. Calls are judged from the first moment; they are refused until there is a
        lease and a loaded source."""
        if self.meter.journal.cut_bytes:
            log.warning("cut off a torn end of the journal", bytes=self.meter.journal.cut_bytes)
        if not self.clock.knows_boot:
            log.warning(
                "this run of the machine has no name: the exchange's time is not carried over", file=str(BOOT_ID)
            )
        for fault in self.book.faults:
            log.error("permit not used", fault=fault)
        if self.leads and self._state.next_signer() is not None:  # it was stopped in the middle of a change
            self.change_key()
        self._every("sync", self.config.sync_seconds if self.leads else FOLLOW_SECONDS, self.line.once)
        self._every("look", self.config.watch_seconds, self.look, seconds_max=None)
        self._every("index", INDEX_SECONDS, self.meter_keeps_up)
        self._every("state", min(self.config.statement_seconds, STATE_SECONDS), self.state_due)
        self._every("tidy", TIDY_SECONDS, self.tidy, seconds_max=None)
        self._every("copy", COPY_SECONDS, self.copy, seconds_max=None)
        self._every("mend", MEND_SECONDS, self.mend)
        self._every("disk", DISK_SECONDS, self.look_at_disk)
        self._every("tally", TALLY_SECONDS, self.count_hour)
        if self.leads:
            self._tasks.append(
                asyncio.create_task(OwnerLine(self.config.state, self.owner_answers).serve(), name="owner")
            )

    def _every(self, name: str, seconds: float, work: Work, *, seconds_max: float | None = ROUND_SECONDS_MAX) -> None:
        """Does the work for ever, `seconds` after it was done last; at once again when it says that there is more.

        `seconds_max`: how long a round may take before the work counts as standing still; None where that depends on
        how large the sources are.
        """

        async def forever() -> None:
            while True:
                more = await self._round(name, work)
                if seconds_max is not None:
                    self._due_back[name] = time.monotonic() + seconds + seconds_max
                if not more:
                    await asyncio.sleep(seconds)

        if seconds_max is not None:
            self._due_back[name] = time.monotonic() + seconds_max
        self._tasks.append(asyncio.create_task(forever(), name=name))

    async def _round(self, name: str, work: Work) -> bool:
        """One round, which ends no other whatever comes of it. True when there is more to do."""
        try:
            return bool(await work())
        except JournalBroken:
            pass  # `mend` is at it
        except Exception as error:  # its text may hold a row
            log.error("work failed", work=name, error=type(error).__name__)
        return False

    async def stop(self) -> None:
        """Ends the work, writes what waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(sqlite3.Error):  # for the owner's eye only
            await self.count_hour()
        await self.line.close()
        self.disk.give_up()  # for what is written last; it is laid by again at the next start
        await self.meter.close()
        await asyncio.to_thread(self.room.close)
        self.book.close()
        self.probes.close()
        self.uses.close()
        self.tally.close()
        os.close(self._lock)

    async def look(self) -> None:
        """Loads sources that are new or changed."""
        async with self._looking:
            before = {source: fault.code for source, fault in self.room.faults.items()}
            for source in await asyncio.to_thread(self.room.look, self.now()):
                declaration = self.room.held[source].declaration
                log.info("source loaded", source=source, version=declaration.source_version, rows=declaration.rows)
        for source, fault in self.room.faults.items():
            if before.get(source) != fault.code:
                log.error("source fault", source=source, code=fault.code)

    async def copy(self) -> bool:
        """Makes one copy: those that a call waits for, and those that a permit will ask for."""
        now = self.now()
        fresh = list(self.book.marked.values()) if self._copies_cursor != self.book.cursor else []
        self._copies_cursor = self.book.cursor
        for permit in fresh:
            if permit.status == ACTIVE and permit.not_before <= now < permit.not_after:
                key = CopyKey(permit.source, permit.source_version or "", permit.contract, FILE)
                if self.room.copies.get(key) is None:
                    self.room.copies.want(key)
        more = await self.room.copies.make_next()
        for key, (code, _) in self.room.copies.failed.items():
            if key not in self._copies_told:
                log.error("copy not made", source=key.source, version=key.version, code=code)
        self._copies_told = set(self.room.copies.failed)
        return more

    async def meter_keeps_up(self) -> None:
        await self.meter.keep_up()

    async def state_all(self) -> None:
        """Makes a statement of every contract that has receipts without one."""
        for contract in self.meter.unstated():
            await self.meter.state(contract, self.now())

    async def state_due(self) -> None:
        """Makes the statements that are due: each is kept, sent and checked for ever, so there should not be many."""
        if not self.clock.is_sure:
            return
        now = self.now()
        due = self.meter.due(now, timedelta(seconds=self.config.statement_seconds), STATEMENTS_AT_ONCE)
        if due:
            await self.meter.state_each(due, now)

    # -- its key -----------------------------------------------------------------------------------------------------

    @property
    def signer(self) -> Signer:
        """The key in use."""
        return self._signer

    @property
    def key_id(self) -> str:
        return self._signer.key_id

    @property
    def announcements(self) -> list[dict[str, Any]]:
        """As they stand on the disk: they are there before any worker seals with the key that they lead to."""
        return self._state.announcements()

    def change_key(self) -> str:
        """Announces a new signing key with every sync until the exchange has taken it; returns its id. Calls go on meanwhile."""
        signer = self._state.begin_new_key()
        told = announce(self.identity.node, before=self.key_id, signer=signer, at=self.now())
        assert isinstance(self.line, ExchangeLine)
        self.line.announcing = seal_message(told, self._signer)
        self.line.on_key_taken = self._key_taken
        log.info("new key announced", key=signer.key_id)
        return signer.key_id

    def _key_taken(self, taken: str) -> None:
        """The exchange knows the node by this key now: from here on everything is sealed with it."""
        assert isinstance(self.line, ExchangeLine)
        signer, announcement = self._state.next_signer(), self.line.announcing
        if signer is None or announcement is None or taken != signer.key_id:
            log.error("the exchange does not take the new key", key=taken)
            return
        self._sign_with(self._state.take_next_key(announcement))
        self.line.sign_with(self._signer)

    def _sign_with(self, signer: Signer) -> None:
        """Receipts, statements and what else the node says of itself bear this key from now on."""
        if signer.key_id == self.key_id:
            return
        self._signer = signer
        self.meter.sign_with(signer)
        self.blinding = seal_message(self._blinding_key, signer)
        log.info("key changed", key=signer.key_id)

    def _told_uses(self, order: UsesOrder) -> UsesTold:
        return self.uses.told(order, self.identity.node, self._state.own_keys())

    async def count_hour(self) -> None:
        await asyncio.to_thread(self.tally.note, self.now())

    async def tidy(self) -> None:
        """Throws away what no permit needs any more."""
        if not self.clock.is_sure:
            return
        now = self.now()
        await self.meter.forget_idle(now)
        async with self._looking:
            kept = await asyncio.to_thread(needed, list(self.book.permits.values()), now)
            await asyncio.to_thread(self.room.drop_versions, kept.pinned, now)
            await asyncio.to_thread(self.room.copies.drop, kept.pinned)
        if not self.leads:
            return
        await asyncio.to_thread(self.apart.tidy, now)
        await asyncio.to_thread(self.probes.forget, kept.long_ended)
        if self.room.scores_rows:
            await asyncio.to_thread(self.room.near.forget, kept.scoring)

    async def look_at_disk(self) -> None:
        """Refuses calls before there is no room left to keep them."""
        if self.disk.look():
            (log.error if self.disk.full else log.warning)("disk", full=self.disk.full, free_bytes=self.disk.free)

    async def mend(self) -> None:
        """When the disk refused a write: opens the journal anew, from what is surely on it, once it can be written."""
        if not self.meter.broken:
            return
        broken = self.meter
        self.disk.look()
        await broken.catch_up()
        try:
            await asyncio.to_thread(broken.journal.rewind)
            self.meter = await asyncio.to_thread(self._open_meter)
        except (OSError, sqlite3.Error, JournalDamaged) as error:
            log.error("journal still unwritable", error=type(error).__name__)
            return
        self.steps.meter = self.meter
        await broken.close()
        log.warning("journal writable again")

    # -- health ------------------------------------------------------------------------------------------------------

    def life(self) -> Health:
        """Whether the work goes round, whatever comes of it: what a supervisor asks, since a restart mends this alone."""
        now = time.monotonic()
        late = sorted(name for name, due in self._due_back.items() if due < now)
        return Health(working=not late, body={"live": not late, "standing_still": late})

    def health(self) -> Health:
        now = self.now()
        lease = self.book.lease
        left = max(0.0, (lease.until - now).total_seconds()) if lease else 0.0
        synced = self.line.synced_at
        missing = sorted(set(self.room.configs) - set(self.room.held))
        gauges = self.gauges
        gauges.lease_left.set(left)
        gauges.synced.set(synced.timestamp() if synced else 0)
        gauges.permits.set(len(self.book.permits))
        gauges.frames.set(self.meter.journal.frames)
        gauges.writable.set(0 if self.meter.broken else 1)
        gauges.free.set(self.disk.free)
        gauges.full.set(int(self.disk.full))
        ahead = self.clock.ahead
        gauges.ahead.set(ahead.total_seconds() if ahead else 0)
        late = synced is None or now - synced > timedelta(seconds=max(10.0, 5 * self.config.sync_seconds))
        working = left > 0 and not self.meter.broken and not self.disk.full and not missing and not late
        return Health(
            working=working,
            body={
                "node": self.identity.node,
                "software": SOFTWARE,
                "working": working,
                "lease_seconds_left": int(left),
                "last_sync_seconds_ago": None if synced is None else int((now - synced).total_seconds()),
                "sync_fault": self.line.fault,
                "clock_ahead_seconds": None if ahead is None else round(ahead.total_seconds(), 3),
                "clock_is_off": self.line.clock_is_off,
                "disk": "full" if self.disk.full else "room",
                "disk_free_bytes": self.disk.free,
                "journal": "unwritable" if self.meter.broken else "writable",
                "permits": len(self.book.permits),
                "permit_faults": len(self.book.faults),
                "sources": sorted(self.room.held),
                "sources_missing": missing,
                "copies_failed": len(self.room.copies.failed),
                "source_faults": {source: fault.code for source, fault in sorted(self.room.faults.items())},
                "statements_refused": self.meter.index.refused_count(),
            },
        )
