"""The five steps of a call: permit, policy, run, meter, receipt. Both modes walk them here, and nowhere else.

From the decision to the count nothing is waited for, so no other call can come between; then only the disk is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tongqu.node.meters import JournalBroken, Meter, Recorded
from tongqu.node.modes import verification
from tongqu.node.permits import Call, Denied, Reason, decide
from tongqu.node.permits.policy import STRANGER, known, standing
from tongqu.node.receipts import Asked
from tongqu.node.sources import SourceRoom
from tongqu.wire.lease import Lease
from tongqu.wire.permit import Permit, token_digest
from tongqu.wire.receipt import (
    answer_bytes,
    answer_digest,
    call_salt,
    dataset_answer,
    dataset_request,
    request_digest,
    verification_answer,
    verification_request,
)
from tongqu.wire.source import DATASET, VERIFICATION, Question
from tongqu.wire.words import Words


class Refusal(Exception):
    """The call is not answered and not billed. Carries every reason."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        self.reasons = reasons
        super().__init__(", ".join(reason.code for reason in reasons))


@dataclass(frozen=True)
class Download:
    """A metered download: the pinned file and the sealed receipt."""

    file: Path
    version: str
    size: int
    receipt: dict[str, Any]
    salt: str
    repeated: bool


class _Book(Protocol):
    """What the steps need of the permit book."""

    permits: dict[str, Permit]
    lease: Lease | None

    def holds_token(self, digest: str) -> bool: ...


KEY_REUSED = Reason(
    "call-key-reused",
    "call",
    Words("该调用编号已用于另一请求。", "This call key was used for another request."),
    Words("重试须与原请求完全相同; 新的请求请用新的编号。", "Repeat the same request, or use a new key for a new one."),
)
ANSWER_GONE = Reason(
    "answer-gone",
    "call",
    Words("该次调用的答案已无法重现。", "The answer of this call can no longer be given again."),
    Words(
        "回执仍可查询; 如有异议请在交易所提出。", "The receipt can still be fetched; object at the exchange if needed."
    ),
)
NOT_WRITABLE = Reason(
    "journal-unwritable",
    "meter",
    Words("节点暂时无法记账, 因此不作答。", "The node cannot meter now, so it does not answer."),
    Words("未计费。请稍后以同一编号重试。", "Nothing was billed. Try again with the same key."),
    retry_after_seconds=5,
)


class Steps:
    """Walks calls through. One for a node."""

    def __init__(self, *, node: str, book: _Book, meter: Meter, room: SourceRoom, secret: bytes) -> None:
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

    # -- verification ------------------------------------------------------------------------------------------------

    async def verify(
        self, *, permit_id: str, token: str, purpose: str, question: str, keys: list[str], call: str, now: datetime
    ) -> tuple[bytes, bool]:
        """The answer with its receipt (wire `Answer`, as JSON), and whether it had been given before. Raises Refusal."""
        permit = self.permit_of(permit_id, token)
        request = verification_request(permit.id, purpose, question, keys)
        recorded = await self._repeated(permit, call, request, now)
        if recorded is not None:
            return self._answer_again(permit, recorded, call), True
        self._decide(permit, Call(token, VERIFICATION, purpose, len(keys), question), now)
        codes, version = self._run(permit, keys)
        assert permit.question is not None
        answers, salt = verification.answer_words(codes, permit.question), self._salt(permit, call)
        asked = Asked(
            call=call,
            purpose=purpose,
            source_version=version,
            request_digest=request_digest(request, salt),
            answer_digest=answer_digest(verification_answer(answers, version), salt),
            calls=len(keys),
            units=verification.billed_units(codes, permit.charge),
        )
        recorded = await self._metered(permit, asked, verification.kept(codes), now)
        return answer_bytes(call, question, answers, version, salt, recorded.written), False

    def _run(self, permit: Permit, keys: list[str]) -> tuple[verification.Codes, str]:
        held = self._room.held[permit.source]
        assert held.keys is not None
        assert permit.question is not None
        codes = held.codes[permit.question.id]
        if len(keys) == 1:  # the hot path: no arrays for one key
            at = held.keys.find(keys[0])
            found = np.array([codes[at] if at >= 0 else 0], dtype=np.uint8)
        else:
            found = verification.answer_codes(held.keys.find_many(keys), codes)
        return found, held.declaration.source_version

    def _answer_again(self, permit: Permit, recorded: Recorded, call: str) -> bytes:
        """The same answer, from the journal; proved the same by the receipt's own digest."""
        body, salt = recorded.envelope["body"], self._salt(permit, call)
        question: Question | None = permit.question
        if question is None or body["mode"] != VERIFICATION:
            raise Refusal((ANSWER_GONE,))
        codes = verification.of_kept(recorded.answers)
        if codes.size and int(codes.max()) >= len(question.answers):
            raise Refusal((ANSWER_GONE,))
        answers = verification.answer_words(codes, question)
        if answer_digest(verification_answer(answers, body["source_version"]), salt) != body["answer_digest"]:
            raise Refusal((ANSWER_GONE,))
        return answer_bytes(call, question.id, answers, body["source_version"], salt, recorded.written)

    # -- dataset -----------------------------------------------------------------------------------------------------

    async def download(self, *, permit_id: str, token: str, purpose: str, call: str, now: datetime) -> Download:
        """Meters one download, durably, before its first byte. The same call key resumes it without a new charge.
        Raises Refusal."""
        permit = self.permit_of(permit_id, token)
        request = dataset_request(permit.id, purpose)
        recorded = await self._repeated(permit, call, request, now)
        repeated = recorded is not None
        if recorded is None:
            self._decide(permit, Call(token, DATASET, purpose), now)
            recorded = await self._metered(permit, self._asked_for_file(permit, request, purpose, call), "", now)
        return self._download(permit, recorded, call, repeated=repeated)

    def preview(self, *, permit_id: str, token: str, purpose: str, now: datetime) -> tuple[str, int]:
        """Version and size of the file, for a HEAD request: judged like a download, metered not at all."""
        permit = self.permit_of(permit_id, token)
        self._decide(permit, Call(token, DATASET, purpose), now)
        return self._pinned(permit)

    def _pinned(self, permit: Permit) -> tuple[str, int]:
        assert permit.source_version is not None
        return permit.source_version, self._room.blob(permit.source, permit.source_version).stat().st_size

    def _asked_for_file(self, permit: Permit, request: dict[str, Any], purpose: str, call: str) -> Asked:
        version, size = self._pinned(permit)
        salt = self._salt(permit, call)
        return Asked(
            call=call,
            purpose=purpose,
            source_version=version,
            request_digest=request_digest(request, salt),
            answer_digest=answer_digest(dataset_answer(version, size), salt),
            calls=1,
            units=1,
        )

    def _download(self, permit: Permit, recorded: Recorded, call: str, *, repeated: bool) -> Download:
        version = recorded.envelope["body"]["source_version"]
        file = self._room.blob(permit.source, version)
        if not file.exists():
            raise Refusal((ANSWER_GONE,))
        return Download(file, version, file.stat().st_size, recorded.envelope, self._salt(permit, call), repeated)
