"""Answers to a declared question by key: from positions in the key index to codes, from codes to words. Pure.

A code is the place of the answer in `Question.answers`; 0 is `unknown`: no such key, or an empty cell.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from tongqu.node.consents.asking import NO_CONSENT, Consent
from tongqu.node.mapped import picked
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
    return np.where(positions >= 0, picked(codes, positions), 0).astype(np.uint8)


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


def consenting(consent: Consent, keys: Sequence[str | None]) -> npt.NDArray[np.bool_]:
    """Of each key whether consent stands. Raises Refusal where it does of none."""
    stands = consent.many(keys)
    if not stands.any():
        raise Refusal((NO_CONSENT,))
    return stands


class Keys(NamedTuple):
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
        self._made: dict[tuple[str, str, str], tuple[str, Question, Sequence[Ran]]] = {}

    def use(self, asked: Keys) -> str:
        return asked.question

    def calls(self, asked: Keys) -> int:
        return len(asked.keys)

    def request(self, permit: Permit, purpose: str, asked: Keys) -> dict[str, Any]:
        return verification_request(permit.id, purpose, asked.question, asked.keys, asked.blinding)

    def run(self, permit: Permit, room: Room, asked: Keys, consent: Consent | None = None) -> Ran | Awaitable[Ran]:
        held, question, keys = room.held[permit.source], permit.question, asked.keys
        assert question is not None
        if asked.blinding is not None or question.guarded:
            return self._run_guarded(permit, question, room, asked, consent)
        if consent is not None:
            return self._run_consented(permit, question, room, asked, consent)
        codes = held.codes[question.id]
        if len(keys) == 1:
            at = held.keys.find(keys[0])
            return self._answers_to_one(permit, question, held.declaration.source_version)[codes[at] if at >= 0 else 0]
        found = answer_codes(held.keys.find_many(keys), codes)
        version = held.declaration.source_version
        answer = verification_answer(answer_words(found, question), version)
        return Ran(version, answer, kept(found), calls=len(keys), units=billed_units(found, permit.charge))

    def _run_consented(self, permit: Permit, question: Question, room: Room, asked: Keys, consent: Consent) -> Ran:
        """Only those are told of who consented; nobody else is billed. Raises Refusal where there is none."""
        held = room.held[permit.source]
        positions = np.where(consenting(consent, asked.keys), held.keys.find_many(asked.keys), -1)
        found = answer_codes(positions, held.codes[question.id])
        version = held.declaration.source_version
        answer = verification_answer(answer_words(found, question), version)
        units = billed_units(found, permit.charge) if permit.charge == FOUND else consent.consented
        return Ran(version, answer, kept(found), calls=len(asked.keys), units=units)

    def _answers_to_one(self, permit: Permit, question: Question, version: str) -> Sequence[Ran]:
        """What can come of one key, by its code: made once for a version."""
        made = self._made.get((permit.source, question.id, permit.charge))
        if made is None or made[0] != version or not (made[1] is question or made[1] == question):
            every = [np.array([code], dtype=np.uint8) for code in range(len(question.answers))]
            told = [
                Ran(
                    version, verification_answer(answer_words(one, question), version), kept(one),
                    calls=1, units=billed_units(one, permit.charge),
                )
                for one in every
            ]  # fmt: skip
            made = self._made[permit.source, question.id, permit.charge] = version, question, told
        return made[2]

    async def _run_guarded(
        self, permit: Permit, question: Question, room: Room, asked: Keys, consent: Consent | None
    ) -> Ran:
        held, keys = room.held[permit.source], asked.keys
        may_be_asked(question, permit, room, keys, blinded=asked.blinding is not None)
        if asked.blinding is None:
            positions = held.keys.find_many(keys)
        else:
            positions = await self._blinded.find(permit, held, keys, asked.blinding)
        if consent is not None:
            positions = np.where(consenting(consent, held.keys.texts(positions)), positions, -1)
        billed = len(keys) if consent is None else consent.consented
        # The same person is the same, blinded or not: who is there by the key itself, who is not by what was sent.
        there = held.keys.texts(positions)
        persons = [key if person is None else person for person, key in zip(there, keys, strict=True)]
        if question.least is not None:
            present = [person for person in there if person is not None]
            await self._admit(permit, question.least, room, persons, present)
        if question.misses_max is not None:
            missed = [key for person, key in zip(there, keys, strict=True) if person is None]
            if not await self._probed(room.probes.note_missed, permit.contract, missed, question.misses_max):
                raise Refusal((PROBING_LIMIT,))
        found = answer_codes(positions, held.codes[question.id])
        version = held.declaration.source_version
        if question.least is None:
            answer = verification_answer(answer_words(found, question), version)
            units = billed_units(found, permit.charge) if permit.charge == FOUND else billed
            return Ran(version, answer, kept(found), calls=len(keys), units=units)
        counts = np.bincount(found, minlength=len(question.answers)).tolist()
        told = dict(zip(question.answers, told_counts(counts, question.least), strict=True))
        written = base64.b64encode(json.dumps(told).encode()).decode()
        answer = count_answer(told, question.least, version)
        return Ran(version, answer, written, calls=len(keys), units=billed)

    async def _admit(self, permit: Permit, least: int, room: Room, persons: list[str], present: list[str]) -> None:
        try:
            await self._probed(room.probes.admit, permit.contract, persons, present, least)
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
