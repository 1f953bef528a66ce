"""One running node: opens what stands on disk, keeps it in order, and says whether it works."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tongqu.node.apart import Apart
from tongqu.node.config import NodeConfig
from tongqu.node.copies import FILE, CopyKey
from tongqu.node.door import Health
from tongqu.node.gauges import Gauges
from tongqu.node.logs import log
from tongqu.node.meters import JournalBroken, JournalDamaged, Meter
from tongqu.node.permits.book import PermitBook
from tongqu.node.probes import Probes
from tongqu.node.sources import SourceRoom
from tongqu.node.state import StateFolder, link_secret, salt_secret, watermark_secret
from tongqu.node.steps import Steps
from tongqu.node.sync import SOFTWARE, ExchangeLine
from tongqu.wire.blinding import BlindingKey, private_key, public_hex
from tongqu.wire.message import seal_message
from tongqu.wire.permit import ACTIVE, REVOKED
from tongqu.wire.source import DATASET, MODEL

INDEX_SECONDS = 0.5
STATE_SECONDS = 1
TIDY_SECONDS = 60
MEND_SECONDS = 2
COPY_SECONDS = 0.5
ROUND_SECONDS_MAX = 45

Work = Callable[[], Coroutine[Any, Any, bool | None]]


def wall_clock() -> datetime:
    return datetime.now(UTC)


class NodeKeeper:
    """Build it on the event loop, `start`, and `stop`. `http` and `now` are given by tests."""

    def __init__(
        self,
        config: NodeConfig,
        *,
        now: Callable[[], datetime] = wall_clock,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.config = config
        self.now = now
        self.gauges = Gauges()
        self._state = StateFolder(config.state)
        self._lock = self._state.lock()
        signer = self._state.signer()
        self.identity = self._state.identity()
        self._signer = signer
        self.book = PermitBook(config.state / "book.db", self.identity)
        secret = salt_secret(signer)
        self.probes = Probes(config.state / "probes.db", secret)
        self.blinding = seal_message(BlindingKey(self.identity.node, public_hex(private_key(secret))), signer)
        self.room = SourceRoom(
            config.sources,
            config.state,
            self.probes,
            secret=watermark_secret(signer),
            copies_bytes_max=config.copies_bytes_max,
        )
        self.link_secret = link_secret(signer)
        self.meter = self._open_meter()
        self.apart = Apart(config.state / "apart", keep=timedelta(hours=config.answer_hours))
        self.steps = Steps(
            node=self.identity.node,
            book=self.book,
            meter=self.meter,
            room=self.room,
            secret=secret,
            apart=self.apart,
        )
        self.line = ExchangeLine(
            exchange=config.exchange,
            address=config.address,
            identity=self.identity,
            signer=signer,
            book=self.book,
            meter=lambda: self.meter,
            room=self.room,
            http=http or httpx.AsyncClient(proxy=config.proxy, trust_env=False, timeout=httpx.Timeout(5, connect=2)),
            now=now,
            small_counts=config.small_counts,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._due_back: dict[str, float] = {}
        """When each kind of work must have ended its round, by the monotonic clock."""
        self._looking = asyncio.Lock()
        self._copies_told: set[CopyKey] = set()
        self._copies_cursor = -1

    def _open_meter(self) -> Meter:
        return Meter(self.config.state, node=self.identity.node, signer=self._signer, now=self.now())

    # -- running -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begins the work behind the calls. Calls are judged from the first moment; they are refused until there is a
        lease and a loaded source."""
        if self.meter.journal.cut_bytes:
            log.warning("cut off a torn end of the journal", bytes=self.meter.journal.cut_bytes)
        for fault in self.book.faults:
            log.error("permit not used", fault=fault)
        self._every("sync", self.config.sync_seconds, self.line.once)
        self._every("look", self.config.watch_seconds, self.look, seconds_max=None)
        self._every("index", INDEX_SECONDS, self.meter_catches_up)
        self._every("state", min(self.config.statement_seconds, STATE_SECONDS), self.state_due)
        self._every("tidy", TIDY_SECONDS, self.tidy, seconds_max=None)
        self._every("copy", COPY_SECONDS, self.copy, seconds_max=None)
        self._every("mend", MEND_SECONDS, self.mend)

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
        await self.line.close()
        await self.meter.close()
        await asyncio.to_thread(self.room.close)
        self.book.close()
        self.probes.close()
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
        fresh = list(self.book.permits.values()) if self._copies_cursor != self.book.cursor else []
        self._copies_cursor = self.book.cursor
        for permit in fresh:
            if permit.marked and permit.status == ACTIVE and permit.not_before <= now < permit.not_after:
                key = CopyKey(permit.source, permit.source_version or "", permit.contract, FILE)
                if self.room.copies.get(key) is None:
                    self.room.copies.want(key)
        more = await self.room.copies.make_next()
        for key, (code, _) in self.room.copies.failed.items():
            if key not in self._copies_told:
                log.error("copy not made", source=key.source, version=key.version, code=code)
        self._copies_told = set(self.room.copies.failed)
        return more

    async def meter_catches_up(self) -> None:
        await self.meter.catch_up()

    async def state_all(self) -> None:
        """Makes a statement of every contract that has receipts without one."""
        for contract in self.meter.unstated():
            await self.meter.state(contract, self.now())

    async def state_due(self) -> None:
        """Makes the statements that are due: each is kept, sent and checked for ever, so there should not be many."""
        for contract in self.meter.due(self.now(), timedelta(seconds=self.config.statement_seconds)):
            await self.meter.state(contract, self.now())

    async def tidy(self) -> None:
        now = self.now()
        self.meter.forget_idle(now)
        pinned = {
            (permit.source, permit.source_version or "")
            for permit in self.book.permits.values()
            if permit.mode == DATASET and permit.status != REVOKED and permit.not_after > now
        }
        async with self._looking:
            await asyncio.to_thread(self.room.drop_versions, pinned, now)
            await asyncio.to_thread(self.room.copies.drop, pinned)
        await asyncio.to_thread(self.apart.tidy, now)
        if self.room.scores_rows:
            running = {permit.contract for permit in self.book.permits.values() if permit.mode == MODEL}
            await asyncio.to_thread(self.room.near.forget, running)

    async def mend(self) -> None:
        """When the disk refused a write: opens the journal anew, from what is surely on it, once it can be written."""
        if not self.meter.broken:
            return
        broken = self.meter
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
        late = synced is None or now - synced > timedelta(seconds=max(10.0, 5 * self.config.sync_seconds))
        return Health(
            working=left > 0 and not self.meter.broken and not missing and not late,
            body={
                "node": self.identity.node,
                "software": SOFTWARE,
                "working": left > 0 and not self.meter.broken and not missing and not late,
                "lease_seconds_left": int(left),
                "last_sync_seconds_ago": None if synced is None else int((now - synced).total_seconds()),
                "sync_fault": self.line.fault,
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
