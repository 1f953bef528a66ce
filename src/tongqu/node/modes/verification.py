"""Answers to a declared question by key: from positions in the key index to codes, from codes to words. Pure.

A code is the place of the answer in `Question.answers`; 0 is `unknown`: no such key, or an empty cell.
"""

from __future__ import annotations

import base64

import numpy as np
import numpy.typing as npt

from tongqu.wire.permit import FOUND
from tongqu.wire.source import Question

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
