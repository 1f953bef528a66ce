"""The receipt: one call, signed by the node before the answer leaves, chained to the contract's receipt before it.

A receipt must not betray what was asked or answered: yes or no has one bit, an identity number can be guessed. So the
digests of request and answer are salted. The buyer gets the salt with the answer and keeps both; whoever holds only
the receipt can guess nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

import orjson

from tongqu.wire import merkle
from tongqu.wire.keyed import keyed_hash
from tongqu.wire.message import (
    Message,
    Shape,
    envelope,
    hex_digest,
    list_of,
    moment,
    moment_text,
    name,
    one_of,
    optional,
    spare,
    table_of,
    text,
    whole,
)
from tongqu.wire.source import MODES

_text = json.encoder.encode_basestring  # a JSON text, as `ensure_ascii=False` writes it
CONSENT_TOLD = frozenset({"consented", "left_out", "as_of"})
CALL_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@dataclass(frozen=True)
class Receipt(Message):
    """`sequence` runs 1, 2, 3 … in a contract without a gap; `previous` is the digest of the receipt before it.

    `calls` are the keys asked, `units` what is billed. `call` is the buyer's idempotency key. `consent` stands where the consent of
    the subjects was checked: how many were told of (`consented`), how many left out (`left_out`, where saying so tells nothing of
    anybody), and up to which change of the exchange's the node knew of consents (`as_of`).
    """

    KIND: ClassVar[str] = "receipt"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "node": name(),
        "contract": name(),
        "permit": name(),
        "permit_revision": whole(1),
        "sequence": whole(1),
        "previous": optional(hex_digest()),
        "call": text(least=36, most=36, pattern=CALL_FORM),
        "mode": one_of(*MODES),
        "source": name(),
        "source_version": hex_digest(),
        "purpose": text(most=100),
        "request_digest": hex_digest(),
        "answer_digest": hex_digest(),
        "calls": whole(1),
        "units": whole(0),
        "at": moment(),
        "consent": spare(optional(table_of(whole(0), most=3))),
    }

    node: str
    contract: str
    permit: str
    permit_revision: int
    sequence: int
    previous: str | None
    call: str
    mode: str
    source: str
    source_version: str
    purpose: str
    request_digest: str
    answer_digest: str
    calls: int
    units: int
    at: datetime
    consent: dict[str, int] | None = None

    def contradictions(self) -> list[str]:
        if self.consent is not None and not {"consented", "as_of"} <= set(self.consent) <= CONSENT_TOLD:
            return ["consent"]
        found = ["previous"] if (self.sequence == 1) != (self.previous is None) else []
        return [*found, "units"] if self.units > self.calls else found

    def canonical(self) -> bytes:
        return receipt_bytes(
            self.node, self.contract, self.permit, self.permit_revision, self.sequence, self.previous, self.call, self.mode,
            self.source, self.source_version, self.purpose, self.request_digest, self.answer_digest, self.calls, self.units,
            self.at, self.consent,
        )  # fmt: skip

    @property
    def leaf(self) -> bytes:
        """The receipt's leaf in the statement's Merkle tree: RFC 6962 leaf hash of the canonical body."""
        return merkle.leaf_hash(self.canonical())


def receipt_bytes(
    node: str, contract: str, permit: str, permit_revision: int, sequence: int, previous: str | None, call: str, mode: str,
    source: str, source_version: str, purpose: str, request_digest: str, answer_digest: str, calls: int, units: int,
    at: datetime, consent: dict[str, int] | None,
) -> bytes:  # fmt: skip
    """The canonical bytes of a receipt with these fields, put together by hand: this runs on every call. The names stand in
    their order, what is text by nature is escaped, and the others are digests, numbers and words of ours."""
    who, why, of_what = _same(node, mode, purpose, source, source_version)
    before = "null" if previous is None else f'"{previous}"'
    checked = "" if consent is None else _consent(consent)
    told = (
        f'{{"answer_digest":"{answer_digest}","at":"{moment_text(at)}","call":"{call}","calls":{calls},{checked}'
        f'"contract":{_text(contract)},',
        f'"permit":{_text(permit)},"permit_revision":{permit_revision},"previous":{before},',
        f'"request_digest":"{request_digest}","sequence":{sequence},',
        f'"units":{units},"version":1}}',
    )
    return b"%b%b%b%b%b%b%b" % (
        told[0].encode(), who, told[1].encode(), why, told[2].encode(), of_what, told[3].encode(),
    )  # fmt: skip


@lru_cache(maxsize=1_024)
def _same(node: str, mode: str, purpose: str, source: str, source_version: str) -> tuple[bytes, bytes, bytes]:
    """What stands on many receipts alike."""
    return (
        f'"kind":"receipt","mode":"{mode}","node":{_text(node)},'.encode(),
        f'"purpose":{_text(purpose)},'.encode(),
        f'"source":{_text(source)},"source_version":"{source_version}",'.encode(),
    )


def _consent(told: dict[str, int]) -> str:
    return f'"consent":{{{",".join(f"{_text(name)}:{told[name]}" for name in sorted(told))}}},'


@dataclass(frozen=True)
class Answer(Message):
    """What a verification call brings back over HTTP: one answer for each key, in the order asked, and its receipt.

    `salt` is what the buyer needs to check the receipt's two digests; `receipt` is the sealed receipt.
    """

    KIND: ClassVar[str] = "answer"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "call": text(least=36, most=36, pattern=CALL_FORM),
        "question": name(),
        "answers": list_of(text(most=80), least=1),
        "source_version": hex_digest(),
        "salt": text(least=32, most=32, pattern=r"[0-9a-f]{32}"),
        "receipt": envelope(),
    }

    call: str
    question: str
    answers: tuple[str, ...]
    source_version: str
    salt: str
    receipt: dict[str, Any]


def answer_bytes(call: str, question: str, answers: list[str], source_version: str, salt: str, receipt: bytes) -> bytes:
    """An `Answer` as JSON, its receipt being written already: this runs on every call."""
    told = f'{{"kind":"answer","version":1,"call":"{call}","question":{_text(question)},"answers":'
    rest = f',"source_version":"{source_version}","salt":"{salt}","receipt":'
    return b"%b%b%b%b}" % (told.encode(), orjson.dumps(answers), rest.encode(), receipt)


def written_answer(kind: type[Message], told: Mapping[str, Any], receipt: bytes) -> bytes:
    """An answer message as JSON, its receipt being written already."""
    body = {"kind": kind.KIND, "version": kind.VERSION, **told}
    return b'%b,"receipt":%b}' % (orjson.dumps(body)[:-1], receipt)


def quick_bytes(value: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a receipt, a request or an answer, several times faster than `canonical`, which must look
    at every value. The same bytes: here no value is a float or a number beyond 2^53, and names are put in order by their
    characters, which for all but the rarest is the order of their UTF-16 units."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def call_salt(secret: bytes, contract: str, call: str) -> str:
    """The salt of one call, 32 hex characters: the node makes it again from its secret and need not store it."""
    return keyed_hash(secret, f"{contract}\n{call}".encode()).hex()[:32]


def request_digest(request: Mapping[str, Any], salt: str) -> str:
    """Digest of what was asked. `request` is exactly `verification_request(...)` or `dataset_request(...)`."""
    return _digest(b"request", request, salt)


def answer_digest(answer: Mapping[str, Any], salt: str) -> str:
    """Digest of what was answered. `answer` is exactly `verification_answer(...)` or `dataset_answer(...)`."""
    return _digest(b"answer", answer, salt)


def _digest(name: bytes, told: Mapping[str, Any], salt: str) -> str:
    """Of the object with the two members; either name stands before `salt`, and a salt has nothing to escape."""
    return hashlib.sha256(b'{"%b":%b,"salt":"%b"}' % (name, quick_bytes(told), salt.encode())).hexdigest()


def verification_request(
    permit: str, purpose: str, question: str, keys: list[str], blinding: str | None = None
) -> dict[str, Any]:
    """What a verification call asks, as it is digested; a single key is a list of one. `blinding` is the buyer's public key
    where the keys are blinded, and left out where not."""
    asked: dict[str, Any] = {"permit": permit, "purpose": purpose, "question": question, "keys": keys}
    return asked if blinding is None else {**asked, "blinding": blinding}


@dataclass(frozen=True)
class CountAnswer(Message):
    """How many keys of a batch have which answer; null where it is withheld, since too few stand behind it or would be
    left. `least` is how few that is."""

    KIND: ClassVar[str] = "count-answer"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "call": text(least=36, most=36, pattern=CALL_FORM),
        "question": name(),
        "counts": table_of(optional(whole()), most=200),
        "least": whole(2),
        "source_version": hex_digest(),
        "salt": text(least=32, most=32, pattern=r"[0-9a-f]{32}"),
        "receipt": envelope(),
    }

    call: str
    question: str
    counts: dict[str, int | None]
    least: int
    source_version: str
    salt: str
    receipt: dict[str, Any]


def count_answer(counts: Mapping[str, int | None], least: int, source_version: str) -> dict[str, Any]:
    return {"counts": dict(counts), "least": least, "source_version": source_version}


def verification_answer(answers: list[str], source_version: str) -> dict[str, Any]:
    return {"answers": answers, "source_version": source_version}


def dataset_request(permit: str, purpose: str) -> dict[str, Any]:
    """What a download asks, as it is digested; the range is not part of it, so a resume is the same call."""
    return {"permit": permit, "purpose": purpose}


def dataset_answer(source_version: str, size: int) -> dict[str, Any]:
    """`source_version` is the SHA-256 of the file's bytes, `size` their number."""
    return {"source_version": source_version, "bytes": size}


def marked_answer(source_version: str, size: int, sha256: str) -> dict[str, Any]:
    """A copy that was marked for the contract: `sha256` is the hash of the copy, `source_version` of what it was made of."""
    return {"source_version": source_version, "bytes": size, "sha256": sha256, "marked": True}


def shared_request(permit: str, purpose: str, limit: int | None) -> dict[str, Any]:
    """What a query of a share asks: at least so many rows, or all."""
    return {"permit": permit, "purpose": purpose, "share": {"limit": limit}}


def shared_answer(source_version: str, files: Sequence[tuple[str, int]], *, marked: bool) -> dict[str, Any]:
    """The Parquet files that a query was answered with: hash and size of each, in order."""
    told = [{"sha256": sha256, "bytes": size} for sha256, size in files]
    return {"source_version": source_version, "files": told, "marked": marked}
