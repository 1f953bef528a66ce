"""Keeps in step with the exchange, outbound only: one sealed question each second, one sealed answer.

What the exchange says is believed only when its seal fits and it answers this very question. When it cannot be reached
nothing happens here: the lease simply runs out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import httpx

from tongqu.node.faults import NodeFault
from tongqu.node.logs import log
from tongqu.node.meters import JournalBroken, Meter
from tongqu.node.permits.book import PermitBook
from tongqu.node.sources import SourceRoom
from tongqu.node.state import Identity
from tongqu.wire.message import BadMessage, open_sealed, seal_message
from tongqu.wire.seals import BadSeal, Signer
from tongqu.wire.source import SourceDeclaration
from tongqu.wire.sync import (
    STATEMENT,
    STATEMENTS_MAX,
    WORKS,
    NotFresh,
    SyncReply,
    SyncRequest,
    Task,
    TaskAnswer,
    check_reply_fresh,
    new_nonce,
)

SOFTWARE = f"tongqu-node {version('tongqu')}"
REPLY_BYTES_MAX = 16 * 1024 * 1024
REPLY_SECONDS_MAX = 5
TASKS_AT_ONCE_MAX = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ExchangeLine:
    """One for a node. `once` is one question and answer; the keeper asks for ever."""

    def __init__(
        self,
        *,
        exchange: str,
        address: str | None,
        identity: Identity,
        signer: Signer,
        book: PermitBook,
        meter: Callable[[], Meter],
        room: SourceRoom,
        http: httpx.AsyncClient,
        now: Callable[[], datetime],
        small_counts: int,
    ) -> None:
        self._url = f"{exchange}/wire/sync"
        self._address = address
        self._identity = identity
        self._signer = signer
        self._book = book
        self._meter = meter
        self._room = room
        self._http = http
        self._now = now
        self._small_counts = small_counts
        self._sequence = 0
        self._told: dict[str, str] = {}
        self._answers: dict[str, TaskAnswer] = {}
        self._working: dict[str, asyncio.Task[None]] = {}
        self._measuring = asyncio.Lock()
        """One measurement at a time: each reads a whole source."""
        self.synced_at: datetime | None = None
        self.fault: str | None = "not-yet-synced"

    async def once(self) -> bool:
        """One question and answer. Never raises; what went wrong stands in `fault`. True when there is more."""
        fault, kind, more = None, None, False
        try:
            async with asyncio.timeout(REPLY_SECONDS_MAX):
                request = self._request()
                reply = self._open(request, await self._post(seal_message(request, self._signer)))
            more = await self._take(request, reply)
        except (httpx.HTTPError, TimeoutError, OSError):
            fault = "exchange-unreachable"
        except _Refused as error:
            fault = f"exchange-answered-{error}"
        except (BadSeal, BadMessage, ValueError, RecursionError) as error:
            fault = error.code if isinstance(error, NotFresh | BadMessage) else "reply-not-believed"
        except Exception as error:  # our own disk, most likely; its text may hold a row
            fault, kind = "sync-failed", type(error).__name__
        if fault != self.fault:
            (log.warning if fault else log.info)("sync", fault=fault, **({"error": kind} if kind else {}))
        self.fault = fault
        return more and fault is None

    def _request(self) -> SyncRequest:
        now = self._now()
        # From the clock, and above the last one answered: it rises across restarts and when the clock is set back.
        last = max(self._sequence, self._book.sequence)
        self._sequence = max(last + 1, (now - _EPOCH) // timedelta(microseconds=1))
        statements = tuple(self._meter().index.unsettled(STATEMENTS_MAX))
        return SyncRequest(
            node=self._identity.node,
            sequence=self._sequence,
            nonce=new_nonce(),
            at=now,
            software=SOFTWARE,
            address=self._address,
            permit_cursor=self._book.cursor,
            statements=statements,
            sources=self._sources(),
            answers=tuple(each for each in self._answers.values() if self._may_answer(each, len(statements))),
            works=WORKS,
        )

    def _sources(self) -> tuple[SourceDeclaration, ...]:
        """All of them whenever one changed, and none while some are still being loaded: whatever is not named is gone."""
        held = [each.declaration for each in self._room.held.values()]
        if self._told == {each.source: each.source_version for each in held}:
            return ()
        return () if any(map(self._room.is_loading, self._room.configs)) else tuple(held)

    def _may_answer(self, answer: TaskAnswer, statements: int) -> bool:
        """That a contract is stated to its end is said with or after its last statement, never before it."""
        return answer.measured is not None or not answer.done or statements < STATEMENTS_MAX

    async def _post(self, sealed: dict[str, Any]) -> Any:
        content = json.dumps(sealed, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        async with self._http.stream("POST", self._url, content=content, headers=headers) as response:
            if response.status_code != 200:
                raise _Refused(response.status_code)
            told = bytearray()
            async for chunk in response.aiter_bytes():
                told += chunk
                if len(told) > REPLY_BYTES_MAX:
                    raise BadSeal("the reply is too large to be one")
        return json.loads(told)

    def _open(self, request: SyncRequest, sealed: Any) -> SyncReply:
        reply = open_sealed(SyncReply, sealed, self._identity.exchange_public_key)
        check_reply_fresh(reply, request=request, now=self._now())
        return reply

    async def _take(self, request: SyncRequest, reply: SyncReply) -> bool:
        refused = self._book.take(reply.permits, reply.lease, reply.permit_cursor, request.sequence)
        for code in sorted(set(refused)):
            log.warning("refused from exchange", code=code, count=refused.count(code))
        foreign = await self._meter().settle(reply.acks)
        for ack in foreign:
            log.warning("acknowledged a statement that was never made", contract=ack.contract, number=ack.number)
        if request.sources:
            self._told = {each.source: each.source_version for each in request.sources}
        asked = {task.id for task in reply.tasks}
        for answer in request.answers:
            if answer.task not in asked:
                self._answers.pop(answer.task, None)
        for task in reply.tasks:
            if task.id not in self._answers and task.id not in self._working and len(self._working) < TASKS_AT_ONCE_MAX:
                self._working[task.id] = asyncio.create_task(self._work(task))
        self.synced_at = self._now()
        return reply.more

    # -- tasks -----------------------------------------------------------------------------------------------------

    async def _work(self, task: Task) -> None:
        try:
            answer = await (self._state(task) if task.work == STATEMENT else self._measure(task))
            if answer is not None:
                self._answers[task.id] = answer
        except JournalBroken:
            pass  # asked again, done then
        except Exception as error:  # a task that fails must not stop the line; its text may hold a row
            log.error("task failed", work=task.work, error=type(error).__name__)
            if task.work != STATEMENT:  # a statement is owed: it is asked for again until it is made
                self._answers[task.id] = TaskAnswer(task.id, done=False, code="task-failed")
        finally:
            self._working.pop(task.id, None)

    async def _measure(self, task: Task) -> TaskAnswer | None:
        """None while the source is still being loaded: the exchange asks again."""
        source = task.source or (task.quality or task.deidentification).source  # type: ignore[union-attr]
        if self._room.is_loading(source):
            return None
        try:
            async with self._measuring:
                return await asyncio.to_thread(self._measured, task)
        except NodeFault as fault:
            return TaskAnswer(task.id, done=False, code=fault.code)

    def _measured(self, task: Task) -> TaskAnswer:
        room, guard, now = self._room, self._small_counts, self._now()
        if task.quality is not None:
            return TaskAnswer(task.id, done=True, quality=room.quality(task.quality, guard, now))
        if task.deidentification is not None:
            return TaskAnswer(task.id, done=True, deidentification=room.hiding(task.deidentification, guard, now))
        assert task.source is not None
        return TaskAnswer(task.id, done=True, profile=room.profile(task.source, guard, now))

    async def _state(self, task: Task) -> TaskAnswer:
        assert task.contract is not None
        await self._meter().quiet(task.contract)
        while await self._meter().state(task.contract, self._now()):
            pass
        return TaskAnswer(task.id, done=True)

    async def idle(self) -> None:
        """Waits until no task is being worked on."""
        while self._working:
            await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._working.values()):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await self.idle()
        await self._http.aclose()


class _Refused(Exception):
    """The exchange answered with another status than 200."""
