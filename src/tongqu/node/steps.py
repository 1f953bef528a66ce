"""The five steps of a call: permit, policy, run, meter, receipt. Every mode walks them here, and nowhere else.

From the last decision to the count nothing is waited for, so no other call can come between; then only the disk is.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from tongqu.node.apart import APART, Apart
from tongqu.node.consents import Consent, Consents, UseBook
from tongqu.node.consents.asking import CONSENT_ENDED_SINCE
from tongqu.node.copies import FILE, PARQUET, Copy
from tongqu.node.disk import Disk
from tongqu.node.logs import log
from tongqu.node.meters import JournalBroken, Meter, Recorded, UnknownReceipt
from tongqu.node.modes import Mode, modes
from tongqu.node.modes.dataset import ready
from tongqu.node.modes.mode import Ran
from tongqu.node.permits import Call, Denied, decide
from tongqu.node.permits.policy import NOT_SERVED, STRANGER, period, standing, whence
from tongqu.node.permits.stated import NOTHING_STATED, Stated
from tongqu.node.receipts import Asked
from tongqu.node.refusals import (
    ANSWER_GONE,
    BAD_ACKNOWLEDGEMENT,
    DISK_FULL,
    KEY_REUSED,
    NO_ACKNOWLEDGEMENT_KEY,
    NOT_A_DATASET,
    NOT_WRITABLE,
    OTHER_RECEIPT,
    RECEIPT_UNKNOWN,
    SOURCE_BEING_READ,
    Refusal,
)
from tongqu.node.sources import SourceRoom
from tongqu.wire.acknowledgement import Acknowledgement
from tongqu.wire.lease import Lease
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.permit import ROWS, Permit, token_digest
from tongqu.wire.receipt import answer_digest, call_salt, request_digest
from tongqu.wire.seals import BadSeal
from tongqu.wire.source import DATASET
from tongqu.wire.sync import key_bytes

REPEATED_FOR = timedelta(hours=1)
"""After a permit's end: an answer that was billed in its last moment and got lost can still be fetched, and no longer used as new."""


class _Book(Protocol):
    """What the steps need of the permit book."""

    permits: dict[str, Permit]
    lease: Lease | None

    def holds_token(self, digest: str) -> bool: ...
    def of_token(self, digest: str) -> tuple[str, ...]: ...


def _call(permit: Permit, token: str, mode: str, purpose: str, keys: int, use: str | None, said: Stated) -> Call:
    return Call(token, mode, purpose, keys, use, said.region, said.recipient, said.stands, permit.group)


class Steps:
    """Walks calls through. One for a node."""

    def __init__(
        self,
        *,
        node: str,
        book: _Book,
        meter: Meter,
        room: SourceRoom,
        secret: bytes,
        apart: Apart,
        clock: Callable[[], datetime],
        disk: Disk,
        consents: Consents,
        uses: UseBook,
        mine: Callable[[str], bool] | None = None,
    ) -> None:
        self._clock = clock
        self._disk = disk
        self._consents = consents
        self._uses = uses
        self._mine = mine
        """Of several workers: whether this one keeps a contract."""
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
        permit = self._book.permits.get(permit_id)
        if permit is None or not permit.is_token(token) or (self._mine is not None and not self._mine(permit.contract)):
            raise Refusal((STRANGER,))
        return permit

    def _decide(self, permit: Permit, call: Call, now: datetime) -> None:
        if self.meter.broken:
            raise Refusal((NOT_WRITABLE,))
        if self._disk.full:
            raise Refusal((DISK_FULL,))
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
            loads = self._room.is_loading(permit.source)
            raise Refusal(
                tuple(SOURCE_BEING_READ if loads and one.code == NOT_SERVED else one for one in decision.reasons)
            )

    async def _repeated(self, permit: Permit, key: str, request: dict[str, Any], said: Stated) -> Recorded | None:
        """The record of a call that was made before, if the request is the same, the permit still stands and
        the caller does not stand where it does not reach."""
        try:
            recorded = await self.meter.find(permit.contract, key)
        except JournalBroken as error:
            raise Refusal((NOT_WRITABLE,)) from error
        if recorded is None:
            return None
        permit, now = self._book.permits.get(permit.id, permit), self._clock()  # what was found was waited for
        body = recorded.envelope["body"]
        if body["request_digest"] != request_digest(request, self._salt(permit, key)) or body["permit"] != permit.id:
            raise Refusal((KEY_REUSED,))
        over = period(permit, now) if now >= permit.not_after + REPEATED_FOR else []
        if reasons := [*standing(permit, self._book.lease, self._node, now), *whence(permit, said.stands, now), *over]:
            raise Refusal(tuple(reasons))
        return recorded

    def _salt(self, permit: Permit, key: str) -> str:
        return call_salt(self._secret, permit.contract, key)

    async def _metered(self, permit: Permit, asked: Asked, answers: str, now: datetime) -> Recorded:
        try:
            pending = self.meter.record(permit, asked, answers, now)
            return await pending.settled()
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
        if not self.meter.is_new(permit.contract, call):
            recorded = await self._repeated(permit, call, request, said)
            if recorded is not None:
                consent = self._consent(permit, purpose, said, self._clock())
                return await self._again(way, permit, recorded, asked, call, consent), True
        self._decide(permit, _call(permit, token, mode, purpose, way.calls(asked), way.use(asked), said), now)
        consent = self._consent(permit, purpose, said, now)
        salt = self._salt(permit, call)
        paid = self._paid(permit, now)
        ran = way.run(paid, self._room, asked) if consent is None else self._consented(way, paid, asked, consent)
        if not isinstance(ran, Ran):
            ran = await ran
            now = self._clock()  # a long run ends later than it was allowed: period, lease and quota are judged then
            if ran.apart is not None and not self._took_more(permit, ran, now):
                # What would be refused now leaves nothing on the disk: refusals have neither a price nor a rate.
                self._decide(permit, _call(permit, token, mode, purpose, ran.calls, way.use(asked), said), now)
                try:
                    await asyncio.to_thread(self._apart.keep, answer_digest(ran.answer, salt), ran.apart)
                except OSError as error:
                    raise Refusal((NOT_WRITABLE,)) from error
                now = self._clock()
            # Others were answered meanwhile: what this call may still do, and whether it was made before, is asked again.
            recorded = await self._repeated(permit, call, request, said)
            if recorded is not None:
                return await self._again(way, permit, recorded, asked, call, consent), True
            # Somebody withdrew while it ran, or others took rows of it.
            is_other = (consent is not None and consent.ended_since()) or self._took_more(permit, ran, now)
            # What is billed is what that revision says.
            if is_other or self.permit_of(permit_id, token).revision != permit.revision:
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
            consent=None if consent is None else consent.told(),
        )
        recorded = await self._metered(permit, metered, ran.kept if ran.apart is None else APART, now)
        if consent is not None:
            await self._receipted(consent, recorded)
        return way.told(call, asked, ran.answer, salt, recorded.written, self._room), False

    def _left(self, permit: Permit, now: datetime) -> int:
        return permit.calls_max - self.meter.usage(permit.id, now).calls

    def _paid(self, permit: Permit, now: datetime) -> Permit:
        """The permit as a call may use it now. Where rows are charged, a page ends with the last row that is left: to refuse it
        for its length would tell, for nothing and as often as is asked, that there are more rows than that."""
        if permit.charge != ROWS:
            return permit
        return replace(permit, batch_max=min(permit.batch_max, self._left(permit, now)))

    def _took_more(self, permit: Permit, ran: Ran, now: datetime) -> bool:
        """Whether others were answered meanwhile with rows that this page was to have, and some are left: for a shorter one."""
        return permit.charge == ROWS and 0 < self._left(permit, now) < ran.calls

    def _consent(self, permit: Permit, purpose: str, said: Stated, now: datetime) -> Consent | None:
        """Whose consent stands, where the permit wants it. Raises Refusal when that is not known."""
        return None if permit.consent is None else self._consents.of(permit, purpose, said.recipient, now)

    async def _consented(self, way: Mode, permit: Permit, asked: Any, consent: Consent) -> Ran:
        """Runs, and writes down whose data is about to be told, for the subjects to see. The call is judged once more behind
        it; so a use that came to nothing may stand there, and none is told that does not. Raises Refusal."""
        ran = way.run(permit, self._room, asked, consent)
        ran = ran if isinstance(ran, Ran) else await ran
        try:
            await asyncio.to_thread(self._uses.note, consent.of_call, consent.used)
        except sqlite3.Error as error:
            raise Refusal((NOT_WRITABLE,)) from error
        return ran

    async def _receipted(self, consent: Consent, recorded: Recorded) -> None:
        """Which receipt it was, where that can be written: the call is counted, whatever comes of this."""
        body = recorded.envelope["body"]
        try:
            await asyncio.to_thread(self._uses.receipted, consent.of_call, consent.used, int(body["sequence"]))
        except sqlite3.Error as error:
            log.error("receipt of uses not written", error=type(error).__name__)

    async def _again(
        self, way: Mode, permit: Permit, recorded: Recorded, asked: Any, call: str, consent: Consent | None = None
    ) -> Any:
        """The same answer, from what was kept; proved the same by the receipt's own digest."""
        body, salt = recorded.envelope["body"], self._salt(permit, call)
        if consent is not None and not consent.may_repeat(body):
            raise Refusal((CONSENT_ENDED_SINCE,))
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

    async def story(self, *, permit_id: str, token: str, sequence: int) -> bytes:
        """One receipt of the contract with all that proves it, as JSON. Raises Refusal."""
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
        found = (self._book.permits[name] for name in self._book.of_token(digest))
        return sorted((permit for permit in found if permit.mode == DATASET), key=lambda permit: permit.id)

    def versions(self, *, permit_id: str, token: str, now: datetime) -> tuple[Permit, list[dict[str, Any]]]:
        """The versions of the permit's source that stand here. Raises Refusal."""
        permit = self.permit_of(permit_id, token)
        if permit.mode != DATASET:
            raise Refusal((NOT_A_DATASET,))
        if reasons := [*standing(permit, self._book.lease, self._node, now), *period(permit, now)]:
            raise Refusal(tuple(reasons))
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
