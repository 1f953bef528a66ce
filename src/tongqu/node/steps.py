"""The five steps of a call: permit, policy, run, meter, receipt. Every mode walks them here, and nowhere else.

From the last decision to the count nothing is waited for, so no other call can come between; then only the disk is.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Protocol

from tongqu.node.apart import APART, Apart
from tongqu.node.copies import FILE, PARQUET, Copy
from tongqu.node.meters import JournalBroken, Meter, Recorded, UnknownReceipt
from tongqu.node.modes import Mode, modes
from tongqu.node.modes.dataset import ready
from tongqu.node.modes.mode import Ran
from tongqu.node.permits import Call, Denied, decide
from tongqu.node.permits.policy import STRANGER, known, period, standing, whence
from tongqu.node.permits.stated import NOTHING_STATED, Stated
from tongqu.node.receipts import Asked
from tongqu.node.refusals import (
    ANSWER_GONE,
    BAD_ACKNOWLEDGEMENT,
    KEY_REUSED,
    NO_ACKNOWLEDGEMENT_KEY,
    NOT_A_DATASET,
    NOT_WRITABLE,
    OTHER_RECEIPT,
    RECEIPT_UNKNOWN,
    Refusal,
)
from tongqu.node.sources import SourceRoom
from tongqu.wire.acknowledgement import Acknowledgement
from tongqu.wire.lease import Lease
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.permit import Permit, token_digest
from tongqu.wire.receipt import answer_digest, call_salt, request_digest
from tongqu.wire.seals import BadSeal
from tongqu.wire.source import DATASET
from tongqu.wire.sync import key_bytes


class _Book(Protocol):
    """What the steps need of the permit book."""

    permits: dict[str, Permit]
    lease: Lease | None

    def holds_token(self, digest: str) -> bool: ...


def _call(permit: Permit, token: str, mode: str, purpose: str, keys: int, use: str | None, said: Stated) -> Call:
    return Call(token, mode, purpose, keys, use, said.region, said.recipient, said.stands, permit.group)


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

    async def _repeated(
        self, permit: Permit, key: str, request: dict[str, Any], said: Stated, now: datetime
    ) -> Recorded | None:
        """The record of a call that was made before, if the request is the same, the permit still stands and
        the caller does not stand where it does not reach."""
        try:
            recorded = await self.meter.find(permit.contract, key)
        except JournalBroken as error:
            raise Refusal((NOT_WRITABLE,)) from error
        if recorded is None:
            return None
        body = recorded.envelope["body"]
        if body["request_digest"] != request_digest(request, self._salt(permit, key)) or body["permit"] != permit.id:
            raise Refusal((KEY_REUSED,))
        if reasons := [*standing(permit, self._book.lease, self._node, now), *whence(permit, said.stands, now)]:
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
        self,
        mode: str,
        *,
        permit_id: str,
        token: str,
        purpose: str,
        asked: Any,
        call: str,
        now: datetime,
        said: Stated = NOTHING_STATED,
    ) -> tuple[Any, bool]:
        """What the mode's door sends, receipt and all, and whether it had been given before. Raises Refusal."""
        way = self._modes[mode]
        permit = self.permit_of(permit_id, token)
        request = way.request(permit, purpose, asked)
        if said is not NOTHING_STATED and said.told:
            request = {**request, "stated": said.told}
        recorded = await self._repeated(permit, call, request, said, now)
        if recorded is not None:
            return await self._again(way, permit, recorded, asked, call), True
        self._decide(permit, _call(permit, token, mode, purpose, way.calls(asked), way.use(asked), said), now)
        salt = self._salt(permit, call)
        ran = way.run(permit, self._room, asked)
        if not isinstance(ran, Ran):
            ran = await ran
            if ran.apart is not None:
                # What would be refused now leaves nothing on the disk: refusals have neither a price nor a rate.
                self._decide(permit, _call(permit, token, mode, purpose, ran.calls, way.use(asked), said), now)
                await asyncio.to_thread(self._apart.keep, answer_digest(ran.answer, salt), ran.apart)
            # Others were answered meanwhile: what this call may still do, and whether it was made before, is asked again.
            recorded = await self._repeated(permit, call, request, said, now)
            if recorded is not None:
                return await self._again(way, permit, recorded, asked, call), True
            if self.permit_of(permit_id, token).revision != permit.revision:  # what is billed is what that one says
                return await self.answer(
                    mode, permit_id=permit_id, token=token, purpose=purpose, asked=asked, call=call, now=now, said=said
                )
            self._decide(permit, _call(permit, token, mode, purpose, ran.calls, way.use(asked), said), now)
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

    async def acknowledge(self, *, permit_id: str, token: str, sealed: Any) -> int:
        """Takes the buyer's acknowledgement of its receipts; up to which it reaches now. Raises Refusal."""
        permit = self.permit_of(permit_id, token)
        if permit.acknowledgement_key is None:
            raise Refusal((NO_ACKNOWLEDGEMENT_KEY,))
        try:
            told = open_sealed(Acknowledgement, sealed, key_bytes(permit.acknowledgement_key))
        except (BadSeal, BadMessage):
            raise Refusal((BAD_ACKNOWLEDGEMENT,)) from None
        if (told.contract, told.node) != (permit.contract, self._node):
            raise Refusal((OTHER_RECEIPT,))
        try:
            return await self.meter.acknowledge(told, sealed)
        except UnknownReceipt:
            raise Refusal((OTHER_RECEIPT,)) from None
        except JournalBroken as error:
            raise Refusal((NOT_WRITABLE,)) from error

    async def story(self, *, permit_id: str, token: str, sequence: int) -> dict[str, Any]:
        """One receipt of the contract with all that proves it. Raises Refusal."""
        permit = self.permit_of(permit_id, token)
        found = await self.meter.story(permit.contract, sequence)
        if found is None:
            raise Refusal((RECEIPT_UNKNOWN,))
        return found

    def preview(
        self,
        *,
        permit_id: str,
        token: str,
        purpose: str,
        now: datetime,
        form: str = FILE,
        calls: int = 1,
        said: Stated = NOTHING_STATED,
    ) -> Copy:
        """What would be handed out: judged like a download of so many calls, metered not at all."""
        permit = self.permit_of(permit_id, token)
        self._decide(permit, _call(permit, token, DATASET, purpose, calls, None, said), now)
        return ready(permit, self._room, form)

    def shares_of(self, token: str) -> list[Permit]:
        """The data sets that this token opens, whatever state their permits are in."""
        digest = token_digest(token)
        found = (permit for permit in self._book.permits.values() if permit.token_sha256 == digest)
        return sorted((permit for permit in found if permit.mode == DATASET), key=lambda permit: permit.id)

    def versions(self, *, permit_id: str, token: str) -> tuple[Permit, list[dict[str, Any]]]:
        """The versions of the permit's source that stand here. Raises Refusal."""
        permit = self.permit_of(permit_id, token)
        if permit.mode != DATASET:
            raise Refusal((NOT_A_DATASET,))
        return permit, self._room.versions(permit.source)

    def whole(self, permit: Permit) -> Copy:
        """All Parquet parts of the version that the permit pins, after a query of it was allowed. Raises Refusal."""
        return ready(permit, self._room, PARQUET)

    def linked(
        self, permit_id: str, *, token_sha256: str, version: str, now: datetime, stands: str | None = None
    ) -> Copy:
        """What a link that was given earlier still opens: its permit is judged again, and its token must be the same."""
        permit = self._book.permits.get(permit_id)
        if permit is None or permit.token_sha256 != token_sha256 or permit.source_version != version:
            raise Refusal((STRANGER,))
        reasons = [
            *standing(permit, self._book.lease, self._node, now),
            *period(permit, now),
            *whence(permit, stands, now),
        ]
        if reasons:
            raise Refusal(tuple(reasons))
        return ready(permit, self._room, PARQUET)
