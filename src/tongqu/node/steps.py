"""The five steps of a call: permit, policy, run, meter, receipt. Every mode walks them here, and nowhere else.

From the last decision to the count nothing is waited for, so no other call can come between; then only the disk is.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Protocol

from tongqu.node.apart import APART, Apart
from tongqu.node.meters import JournalBroken, Meter, Recorded
from tongqu.node.modes import Mode, modes
from tongqu.node.modes.dataset import pinned
from tongqu.node.modes.mode import Ran
from tongqu.node.permits import Call, Denied, decide
from tongqu.node.permits.policy import STRANGER, known, standing
from tongqu.node.receipts import Asked
from tongqu.node.refusals import ANSWER_GONE, KEY_REUSED, NOT_WRITABLE, Refusal
from tongqu.node.sources import SourceRoom
from tongqu.wire.lease import Lease
from tongqu.wire.permit import Permit, token_digest
from tongqu.wire.receipt import answer_digest, call_salt, request_digest
from tongqu.wire.source import DATASET


class _Book(Protocol):
    """What the steps need of the permit book."""

    permits: dict[str, Permit]
    lease: Lease | None

    def holds_token(self, digest: str) -> bool: ...


class Steps:
    """Walks calls through. One for a node."""

    def __init__(self, *, node: str, book: _Book, meter: Meter, room: SourceRoom, secret: bytes, apart: Apart) -> None:
        self._modes = modes(secret)
        self._apart = apart
        self._node = node
        self._book = book
        self.meter = meter
        self._room = room
        self._secret = secret

    def caller_of(self, token: str) -> str:
        """A name for whoever holds this token, before anything else of the call is looked at. Raises Refusal."""
        digest = token_digest(token)
        if not self._book.holds_token(digest):
            raise Refusal((STRANGER,))
        return digest

    def permit_of(self, permit_id: str, token: str) -> Permit:
        """The permit, for whoever holds its token. Raises Refusal."""
        permit = known(self._book.permits.get(permit_id), token)
        if permit is None:
            raise Refusal((STRANGER,))
        return permit

    def _decide(self, permit: Permit, call: Call, now: datetime) -> None:
        if self.meter.broken:
            raise Refusal((NOT_WRITABLE,))
        decision = decide(
            permit=permit,
            lease=self._book.lease,
            call=call,
            usage=self.meter.usage(permit.id, now),
            offer=self._room.offer(permit.source, permit.mode),
            node=self._node,
            now=now,
        )
        if isinstance(decision, Denied):
            raise Refusal(decision.reasons)

    async def _repeated(self, permit: Permit, key: str, request: dict[str, Any], now: datetime) -> Recorded | None:
        """The record of a call that was made before, if the request is the same and the permit still stands."""
        try:
            recorded = await self.meter.find(permit.contract, key)
        except JournalBroken as error:
            raise Refusal((NOT_WRITABLE,)) from error
        if recorded is None:
            return None
        body = recorded.envelope["body"]
        if body["request_digest"] != request_digest(request, self._salt(permit, key)) or body["permit"] != permit.id:
            raise Refusal((KEY_REUSED,))
        if reasons := standing(permit, self._book.lease, self._node, now):
            raise Refusal(tuple(reasons))
        return recorded

    def _salt(self, permit: Permit, key: str) -> str:
        return call_salt(self._secret, permit.contract, key)

    async def _metered(self, permit: Permit, asked: Asked, answers: str, now: datetime) -> Recorded:
        try:
            return await self.meter.settled(self.meter.record(permit, asked, answers, now))
        except JournalBroken as error:
            raise Refusal((NOT_WRITABLE,)) from error

    # -- walking -----------------------------------------------------------------------------------------------------

    async def answer(
        self, mode: str, *, permit_id: str, token: str, purpose: str, asked: Any, call: str, now: datetime
    ) -> tuple[Any, bool]:
        """What the mode's door sends, receipt and all, and whether it had been given before. Raises Refusal."""
        way = self._modes[mode]
        permit = self.permit_of(permit_id, token)
        request = way.request(permit, purpose, asked)
        recorded = await self._repeated(permit, call, request, now)
        if recorded is not None:
            return await self._again(way, permit, recorded, asked, call), True
        self._decide(permit, Call(token, mode, purpose, way.calls(asked), way.use(asked)), now)
        salt = self._salt(permit, call)
        ran = way.run(permit, self._room, asked)
        if not isinstance(ran, Ran):
            ran = await ran
            if ran.apart is not None:
                await asyncio.to_thread(self._apart.keep, answer_digest(ran.answer, salt), ran.apart)
            # Others were answered meanwhile: what this call may still do, and whether it was made before, is asked again.
            recorded = await self._repeated(permit, call, request, now)
            if recorded is not None:
                return await self._again(way, permit, recorded, asked, call), True
            permit = self.permit_of(permit_id, token)
            self._decide(permit, Call(token, mode, purpose, ran.calls, way.use(asked)), now)
        metered = Asked(
            call=call,
            purpose=purpose,
            source_version=ran.source_version,
            request_digest=request_digest(request, salt),
            answer_digest=answer_digest(ran.answer, salt),
            calls=ran.calls,
            units=ran.units,
        )
        recorded = await self._metered(permit, metered, ran.kept if ran.apart is None else APART, now)
        return way.told(call, asked, ran.answer, salt, recorded.written, self._room), False

    async def _again(self, way: Mode, permit: Permit, recorded: Recorded, asked: Any, call: str) -> Any:
        """The same answer, from what was kept; proved the same by the receipt's own digest."""
        body, salt = recorded.envelope["body"], self._salt(permit, call)
        if body["mode"] != way.name:
            raise Refusal((ANSWER_GONE,))
        apart = None
        if recorded.answers == APART:
            apart = await asyncio.to_thread(self._apart.of, body["answer_digest"])
        answer = way.again(permit, self._room, body, recorded.answers, apart)
        if answer is None or answer_digest(answer, salt) != body["answer_digest"]:
            raise Refusal((ANSWER_GONE,))
        return way.told(call, asked, answer, salt, recorded.written, self._room)

    def preview(self, *, permit_id: str, token: str, purpose: str, now: datetime) -> tuple[str, int]:
        """Version and size of the file, for a HEAD request: judged like a download, metered not at all."""
        permit = self.permit_of(permit_id, token)
        self._decide(permit, Call(token, DATASET, purpose), now)
        return pinned(permit, self._room)
