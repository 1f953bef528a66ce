"""Answers to a declared question by key: from positions in the key index to codes, from codes to words. Pure.

A code is the place of the answer in `Question.answers`; 0 is `unknown`: no such key, or an empty cell.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tongqu.node.modes.counting import TooMany, TooNear, told_counts
from tongqu.node.modes.guarded import PROBING_LIMIT, TOO_MANY_COUNTS, TOO_NEAR, Blinded, may_be_asked
from tongqu.node.modes.mode import Ran, Room
from tongqu.node.refusals import NOT_WRITABLE, Refusal
from tongqu.wire.permit import FOUND, Permit
from tongqu.wire.receipt import (
    CountAnswer,
    answer_bytes,
    count_answer,
    verification_answer,
    verification_request,
    written_answer,
)
from tongqu.wire.source import VERIFICATION, Question

Codes = npt.NDArray[np.uint8]


def answer_codes(positions: npt.NDArray[np.int64], codes: Codes) -> Codes:
    """The answer code for each position; -1 is a key that the source lacks."""
    if not len(codes):
        return np.zeros(len(positions), dtype=np.uint8)
    return np.where(positions >= 0, codes[positions], 0).astype(np.uint8)


def billed_units(codes: Codes, charge: str) -> int:
    """Keys asked, or keys found, as the permit says."""
    return int(np.count_nonzero(codes)) if charge == FOUND else len(codes)


def answer_words(codes: Codes, question: Question) -> list[str]:
    words = question.answers
    return [words[code] for code in codes.tolist()]


def kept(codes: Codes) -> str:
    """Codes as they stand in the journal."""
    return base64.b64encode(codes.tobytes()).decode()


def of_kept(kept_codes: str) -> Codes:
    return np.frombuffer(base64.b64decode(kept_codes), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Keys:
    """The question and the keys it is asked of."""

    question: str
    keys: list[str]
    blinding: str | None = None
    """The buyer's public key, in hex, where the keys are blinded."""


class Verification:
    """Mode `verification`. One key is looked up without arrays: it is the hot path of a node."""

    name: ClassVar[str] = VERIFICATION

    def __init__(self, secret: bytes) -> None:
        self._blinded = Blinded(secret)

    def use(self, asked: Keys) -> str:
        return asked.question

    def calls(self, asked: Keys) -> int:
        return len(asked.keys)

    def request(self, permit: Permit, purpose: str, asked: Keys) -> dict[str, Any]:
        return verification_request(permit.id, purpose, asked.question, asked.keys, asked.blinding)

    def run(self, permit: Permit, room: Room, asked: Keys) -> Ran | Awaitable[Ran]:
        held, question, keys = room.held[permit.source], permit.question, asked.keys
        assert question is not None
        if asked.blinding is not None or question.guarded:
            return self._run_guarded(permit, question, room, asked)
        codes = held.codes[question.id]
        if len(keys) == 1:
            at = held.keys.find(keys[0])
            found = np.array([codes[at] if at >= 0 else 0], dtype=np.uint8)
        else:
            found = answer_codes(held.keys.find_many(keys), codes)
        version = held.declaration.source_version
        answer = verification_answer(answer_words(found, question), version)
        return Ran(version, answer, kept(found), calls=len(keys), units=billed_units(found, permit.charge))

    async def _run_guarded(self, permit: Permit, question: Question, room: Room, asked: Keys) -> Ran:
        held, keys = room.held[permit.source], asked.keys
        may_be_asked(question, permit, room, keys, blinded=asked.blinding is not None)
        if asked.blinding is None:
            positions = held.keys.find_many(keys)
        else:
            positions = await self._blinded.find(permit, held, keys, asked.blinding)
        # The same person is the same, blinded or not: who is there by the key itself, who is not by what was sent.
        persons = [held.keys.text(at) if at >= 0 else key for at, key in zip(positions.tolist(), keys, strict=True)]
        if question.least is not None:
            await self._admit(permit, question, room, persons)
        if question.misses_max is not None:
            missed = [person for at, person in zip(positions.tolist(), persons, strict=True) if at < 0]
            if not await self._probed(room.probes.note_missed, permit.contract, missed, question.misses_max):
                raise Refusal((PROBING_LIMIT,))
        found = answer_codes(positions, held.codes[question.id])
        version = held.declaration.source_version
        if question.least is None:
            answer = verification_answer(answer_words(found, question), version)
            return Ran(version, answer, kept(found), calls=len(keys), units=billed_units(found, permit.charge))
        counts = np.bincount(found, minlength=len(question.answers)).tolist()
        told = dict(zip(question.answers, told_counts(counts, question.least), strict=True))
        written = base64.b64encode(json.dumps(told).encode()).decode()
        answer = count_answer(told, question.least, version)
        return Ran(version, answer, written, calls=len(keys), units=len(keys))

    async def _admit(self, permit: Permit, question: Question, room: Room, persons: list[str]) -> None:
        try:
            await self._probed(room.probes.admit, permit.contract, question.digest, persons, question.least)
        except TooNear:
            raise Refusal((TOO_NEAR,)) from None
        except TooMany:
            raise Refusal((TOO_MANY_COUNTS,)) from None

    async def _probed(self, note: Callable[..., Any], *told: Any) -> Any:
        """What cannot be kept is not answered. Raises Refusal."""
        try:
            return await asyncio.to_thread(note, *told)
        except sqlite3.Error:
            raise Refusal((NOT_WRITABLE,)) from None

    def again(
        self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None
    ) -> dict[str, Any] | None:
        question = permit.question
        if question is not None and question.least is not None:
            return count_answer(json.loads(base64.b64decode(kept)), question.least, body["source_version"])
        codes = of_kept(kept)
        if question is None or (codes.size and int(codes.max()) >= len(question.answers)):
            return None
        return verification_answer(answer_words(codes, question), body["source_version"])

    def told(self, call: str, asked: Keys, answer: dict[str, Any], salt: str, receipt: bytes, room: Room) -> bytes:
        if "counts" in answer:
            told = {"call": call, "question": asked.question, **answer, "salt": salt}
            return written_answer(CountAnswer, told, receipt)
        return answer_bytes(call, asked.question, answer["answers"], answer["source_version"], salt, receipt)
