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

from tongqu.node.believing import newest_key, opened_reply
from tongqu.node.clock import HouseClock
from tongqu.node.consents.store import ConsentStore
from tongqu.node.faults import NodeFault
from tongqu.node.logs import log
from tongqu.node.meters import JournalBroken
from tongqu.node.permits.book import PermitBook
from tongqu.node.sources import SourceRoom
from tongqu.node.state import Identity
from tongqu.node.statements import Statements, Unreached
from tongqu.wire.consents import UsesOrder, UsesTold
from tongqu.wire.message import BadMessage, seal_message
from tongqu.wire.seals import BadSeal, Signer
from tongqu.wire.source import SourceDeclaration
from tongqu.wire.sync import (
    DECLARED_BYTES_MAX,
    SKEW_SECONDS_TOLD,
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
        statements: Statements,
        room: SourceRoom,
        http: httpx.AsyncClient,
        clock: HouseClock,
        small_counts: int,
        consents: ConsentStore,
    ) -> None:
        self._consents = consents
        self.uses: Callable[[UsesOrder], UsesTold] | None = None
        """How the data of one subject was used, where that is asked."""
        self._url = f"{exchange}/wire/sync"
        self._address = address
        self._identity = identity
        self._signer = signer
        self._book = book
        self._statements = statements
        self._room = room
        self._http = http
        self._clock = clock
        self._clock_told = False
        self._small_counts = small_counts
        self._sequence = 0
        self._told: dict[str, str] = {}
        self._too_large = 0
        self._answers: dict[str, TaskAnswer] = {}
        self._stated: dict[str, str] = {}
        """By the task's id, which contract was stated to its end."""
        self._working: dict[str, asyncio.Task[None]] = {}
        self._measuring = asyncio.Lock()
        """One measurement at a time: each reads a whole source."""
        self.announcing: dict[str, Any] | None = None
        """A new key, announced under the seal of the one in use."""
        self.on_believed: Callable[[Identity], None] = lambda _identity: None
        self.on_key_taken: Callable[[str], None] = lambda _key_id: None
        self.synced_at: datetime | None = None
        self.fault: str | None = "not-yet-synced"

    async def once(self) -> bool:
        """One question and answer. Never raises; what went wrong stands in `fault`. True when there is more."""
        fault, kind, more = None, None, False
        try:
            async with asyncio.timeout(REPLY_SECONDS_MAX):
                request = await self._request()
                asked = self._clock.steady()
                told = await self._post(seal_message(request, self._signer))
                reply = self._open(request, told)
                self._clock.heard(reply.at, asked, self._clock.steady())
            self._tell_clock()
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

    def _tell_clock(self) -> None:
        """Tells the owner that the machine's clock is wrong; nothing is judged by it."""
        is_off = self.clock_is_off
        if is_off != self._clock_told:
            ahead = self._clock.ahead or timedelta()
            (log.warning if is_off else log.info)("clock", ahead_seconds=round(ahead.total_seconds(), 1), off=is_off)
        self._clock_told = is_off

    @property
    def clock_is_off(self) -> bool:
        ahead = self._clock.ahead
        return ahead is not None and abs(ahead) > timedelta(seconds=SKEW_SECONDS_TOLD)

    async def _request(self) -> SyncRequest:
        answers = tuple(self._answers.values())  # before the statements: what is said to be stated is among them
        statements = tuple(await self._statements.unsettled(STATEMENTS_MAX))
        now = self._clock.wall()
        # From the clock, and above the last one answered: it rises across restarts and when the clock is set back.
        last = max(self._sequence, self._book.sequence)
        self._sequence = max(last + 1, (now - _EPOCH) // timedelta(microseconds=1))
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
            answers=tuple(each for each in answers if self._may_answer(each, len(statements))),
            works=WORKS,
            new_key=self.announcing,
            exchange_key=newest_key(self._identity),
            consent_cursor=self._consents.cursor if self._book.wants_consents else None,
        )

    def sign_with(self, signer: Signer) -> None:
        """From now on questions are sealed with this key, and none is announced."""
        self._signer, self.announcing = signer, None

    def _sources(self) -> tuple[SourceDeclaration, ...]:
        """All of them whenever one changed, and none while some are still being loaded: whatever is not named is gone."""
        held = [each.declaration for each in self._room.held.values()]
        if self._told == {each.source: _what_is_told(each) for each in held}:
            return ()
        if any(map(self._room.is_loading, self._room.configs)) or not self._fits(held):
            return ()
        return tuple(held)

    def _fits(self, held: list[SourceDeclaration]) -> bool:
        """More than one message holds is not told at all: the exchange would refuse the whole of it, with the statements and
        answers beside it. What it knew before goes on, and the owner is told once for each change."""
        told = sum(len(json.dumps(each.to_json(), ensure_ascii=False).encode()) for each in held)
        if told <= DECLARED_BYTES_MAX:
            self._too_large = 0
        elif told != self._too_large:
            self._too_large = told
            log.error(
                "declarations are too large and were not told: keep sources of very many columns at several nodes",
                code="declarations-too-large", bytes=told, most=DECLARED_BYTES_MAX,
            )  # fmt: skip
        return told <= DECLARED_BYTES_MAX

    def _may_answer(self, answer: TaskAnswer, statements: int) -> bool:
        """That a contract is stated to its end is said with or after its last statement, never before it."""
        contract = self._stated.get(answer.task)
        return contract is None or (statements < STATEMENTS_MAX and self._statements.reached(contract))

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
        reply, identity = opened_reply(sealed, self._identity)
        check_reply_fresh(reply, request=request, now=self._clock.wall())
        if identity != self._identity:
            self._believe(identity)
        return reply

    def _believe(self, identity: Identity) -> None:
        """The exchange has another key, which the one before leads to."""
        log.info("the exchange changed its key", key=newest_key(identity))
        self._identity = identity
        self._book.believe(identity)
        self.on_believed(identity)

    async def _take(self, request: SyncRequest, reply: SyncReply) -> bool:
        more = reply.consents is not None and await asyncio.to_thread(self._consents.take, reply.consents, reply.at)
        refused = self._book.take(
            reply.permits, reply.lease, reply.permit_cursor, request.sequence, self._clock.written
        )
        for code in sorted(set(refused)):
            log.warning("refused from exchange", code=code, count=refused.count(code))
        foreign = await self._statements.settle(reply.acks)
        for ack in foreign:
            log.warning("acknowledged a statement that was never made", contract=ack.contract, number=ack.number)
        if reply.key_taken is not None and request.new_key is not None:
            self.on_key_taken(reply.key_taken)
        if request.sources:
            self._told = {each.source: _what_is_told(each) for each in request.sources}
        asked = {task.id for task in reply.tasks}
        for answer in request.answers:
            if answer.task not in asked:
                self._answers.pop(answer.task, None)
                self._stated.pop(answer.task, None)
        for task in reply.tasks:
            if task.id not in self._answers and task.id not in self._working and len(self._working) < TASKS_AT_ONCE_MAX:
                self._working[task.id] = asyncio.create_task(self._work(task))
        self.synced_at = self._clock()
        return reply.more or more

    # -- tasks -----------------------------------------------------------------------------------------------------

    async def _work(self, task: Task) -> None:
        try:
            answer = await (self._state(task) if task.work == STATEMENT else self._measure(task))
            if answer is not None:
                self._answers[task.id] = answer
        except (JournalBroken, Unreached):
            pass  # asked again, done then
        except Exception as error:  # a task that fails must not stop the line; its text may hold a row
            log.error("task failed", work=task.work, error=type(error).__name__)
            if task.work != STATEMENT:  # a statement is owed: it is asked for again until it is made
                self._answers[task.id] = TaskAnswer(task.id, done=False, code="task-failed")
        finally:
            self._working.pop(task.id, None)

    async def _measure(self, task: Task) -> TaskAnswer | None:
        """None while the source is still being loaded: the exchange asks again."""
        source = task.source or (task.quality or task.deidentification or task.uses).source  # type: ignore[union-attr]
        if self._room.is_loading(source):
            return None
        try:
            async with self._measuring:
                return await asyncio.to_thread(self._measured, task)
        except NodeFault as fault:
            return TaskAnswer(task.id, done=False, code=fault.code)

    def _measured(self, task: Task) -> TaskAnswer:
        room, guard, now = self._room, self._small_counts, self._clock()
        if task.quality is not None:
            return TaskAnswer(task.id, done=True, quality=room.quality(task.quality, guard, now))
        if task.deidentification is not None:
            return TaskAnswer(task.id, done=True, deidentification=room.hiding(task.deidentification, guard, now))
        if task.uses is not None and self.uses is not None:
            return TaskAnswer(task.id, done=True, uses=self.uses(task.uses))
        assert task.source is not None
        return TaskAnswer(task.id, done=True, profile=room.profile(task.source, guard, now))

    async def _state(self, task: Task) -> TaskAnswer:
        assert task.contract is not None
        await self._statements.state(task.contract)
        self._stated[task.id] = task.contract
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


def _what_is_told(declared: SourceDeclaration) -> str:
    """What makes a declaration worth telling again: another version, or that newer data has other columns."""
    return declared.source_version if declared.drift is None else f"{declared.source_version} {declared.drift.digest}"


class _Refused(Exception):
    """The exchange answered with another status than 200."""
