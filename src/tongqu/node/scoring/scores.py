"""From the model's numbers to what is told: a whole number for each row, and its word. Pure.

0 is `unknown`; the others are the band, the class, or the rounded score counted in its last decimal. Whole numbers are what
is kept of an answer, so the same answer can be given again without the model.
"""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
import numpy.typing as npt

from tongqu.node.scoring.worker import Scores
from tongqu.wire.permit import FOUND
from tongqu.wire.scoring import CLASS, PROBABILITY, ROWS_MAX, Scoring
from tongqu.wire.source import UNKNOWN

Codes = npt.NDArray[np.int32]


def codes_of(scoring: Scoring, scores: Scores) -> Codes:
    """Raises ValueError for what such a model cannot say."""
    if scoring.kind_of_score == CLASS:
        if ((scores < 0) | (scores >= len(scoring.classes)) | (scores != np.floor(scores))).any():
            raise ValueError("no such class")
        return np.asarray(scores + 1, dtype=np.int32)
    low, high = _range(scoring)
    if scoring.kind_of_score == PROBABILITY and ((scores < -1e-6) | (scores > 1 + 1e-6)).any():
        raise ValueError("no probability")
    within = np.clip(scores, low, high)
    if scoring.edges:
        edges = np.array([float(edge) for edge in scoring.edges])
        return np.asarray(np.searchsorted(edges, within, side="right") + 1, dtype=np.int32)
    return np.asarray(np.rint((within - low) * 10**scoring.digits) + 1, dtype=np.int32)


def _range(scoring: Scoring) -> tuple[float, float]:
    if scoring.minimum is None or scoring.maximum is None:
        return 0.0, 1.0
    return float(scoring.minimum), float(scoring.maximum)


def words_of(scoring: Scoring, codes: Codes) -> list[str]:
    """What is told. Raises IndexError for a code that this scoring cannot have."""
    if codes.size and int(codes.min()) < 0:
        raise IndexError("no such code")
    if named := scoring.classes or scoring.bands:
        words = (UNKNOWN, *named)
        return [words[code] for code in codes.tolist()]
    low, _ = _range(scoring)
    step = 10.0**-scoring.digits
    return [UNKNOWN if code == 0 else f"{low + (code - 1) * step:.{scoring.digits}f}" for code in codes.tolist()]


def billed_units(codes: Codes, charge: str) -> int:
    """Rows asked, or rows scored, as the permit says."""
    return int(np.count_nonzero(codes)) if charge == FOUND else len(codes)


def kept(codes: Codes) -> str:
    """Codes as they are kept: four bytes each, packed."""
    return base64.b64encode(zlib.compress(codes.astype("<i4").tobytes(), 6)).decode()


def of_kept(text: str) -> Codes | None:
    try:
        unpacked = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), 4 * ROWS_MAX + 1)
    except (binascii.Error, zlib.error):
        return None
    return np.frombuffer(unpacked, dtype="<i4").astype(np.int32) if len(unpacked) % 4 == 0 else None
