"""What a scoring call asks and brings back: one score for each row or key, in the order asked, and the receipt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tongqu.wire.message import Message, Shape, envelope, hex_digest, list_of, name, text
from tongqu.wire.receipt import CALL_FORM

_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Scores(Message):
    """`scores` are texts: a number with its declared decimals, a band, a class, or `unknown`. `model_sha256` says which
    model made them, `salt` is what the buyer needs to check the receipt's two digests."""

    KIND: ClassVar[str] = "scores"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "call": text(least=36, most=36, pattern=CALL_FORM),
        "scoring": name(),
        "scores": list_of(text(most=80), least=1),
        "model_sha256": hex_digest(),
        "source_version": hex_digest(),
        "salt": text(least=32, most=32, pattern=r"[0-9a-f]{32}"),
        "receipt": envelope(),
    }

    call: str
    scoring: str
    scores: tuple[str, ...]
    model_sha256: str
    source_version: str
    salt: str
    receipt: dict[str, Any]


def key_scoring_request(permit: str, purpose: str, scoring: str, keys: Sequence[str]) -> dict[str, Any]:
    """What a call by key asks, as it is digested; a single key is a list of one."""
    return {"permit": permit, "purpose": purpose, "scoring": scoring, "keys": list(keys)}


def row_scoring_request(
    permit: str, purpose: str, scoring: str, rows: Sequence[Mapping[str, str | int | float | None]]
) -> dict[str, Any]:
    """What a call with features asks, as it is digested: each value as text, numbers as Python writes them (`repr`), so
    that no two programs write one number in two ways."""
    told = [
        {field: value if value is None or isinstance(value, str) else repr(value) for field, value in row.items()}
        for row in rows
    ]
    return {"permit": permit, "purpose": purpose, "scoring": scoring, "rows": told}


def scoring_answer(scores: Sequence[str], model_sha256: str, source_version: str) -> dict[str, Any]:
    return {"scores": list(scores), "model_sha256": model_sha256, "source_version": source_version}


def scores_bytes(call: str, scoring: str, answer: Mapping[str, Any], salt: str, receipt: bytes) -> bytes:
    """`Scores` as JSON, its receipt being written already."""
    told = {"kind": Scores.KIND, "version": Scores.VERSION, "call": call, "scoring": scoring, **answer, "salt": salt}
    return b'%b,"receipt":%b}' % (_PLAIN.encode(told).encode()[:-1], receipt)
