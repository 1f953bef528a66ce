"""Answers to a declared question by key: from positions in the key index to codes, from codes to words. Pure.

A code is the place of the answer in `Question.answers`; 0 is `unknown`: no such key, or an empty cell.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tongqu.node.modes.mode import Ran, Room
from tongqu.wire.permit import FOUND, Permit
from tongqu.wire.receipt import answer_bytes, verification_answer, verification_request
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


class Verification:
    """Mode `verification`. One key is looked up without arrays: it is the hot path of a node."""

    name: ClassVar[str] = VERIFICATION

    def use(self, asked: Keys) -> str:
        return asked.question

    def calls(self, asked: Keys) -> int:
        return len(asked.keys)

    def request(self, permit: Permit, purpose: str, asked: Keys) -> dict[str, Any]:
        return verification_request(permit.id, purpose, asked.question, asked.keys)

    def run(self, permit: Permit, room: Room, asked: Keys) -> Ran:
        held, question, keys = room.held[permit.source], permit.question, asked.keys
        assert question is not None
        codes = held.codes[question.id]
        if len(keys) == 1:
            at = held.keys.find(keys[0])
            found = np.array([codes[at] if at >= 0 else 0], dtype=np.uint8)
        else:
            found = answer_codes(held.keys.find_many(keys), codes)
        version = held.declaration.source_version
        answer = verification_answer(answer_words(found, question), version)
        return Ran(version, answer, kept(found), calls=len(keys), units=billed_units(found, permit.charge))

    def again(
        self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None
    ) -> dict[str, Any] | None:
        question, codes = permit.question, of_kept(kept)
        if question is None or (codes.size and int(codes.max()) >= len(question.answers)):
            return None
        return verification_answer(answer_words(codes, question), body["source_version"])

    def told(self, call: str, asked: Keys, answer: dict[str, Any], salt: str, receipt: bytes, room: Room) -> bytes:
        return answer_bytes(call, asked.question, answer["answers"], answer["source_version"], salt, receipt)
