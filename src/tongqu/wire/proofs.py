"""The proof file: one fact, and everything needed to check offline that the log holds it. No database, no network.

`docs/guides/evidence.md` describes the format. What the log keeps of a fact is `SHA-256(salt || envelope)`, where the
envelope is the canonical JSON of the act: who did what, to which subject, when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tongqu.wire import merkle, notes
from tongqu.wire.canonical import NotCanonical, canonical
from tongqu.wire.words import Words

FORMAT = "tongqu-proof/1"
VERSION = 1
SALT_BYTES = 32
_ENVELOPE = {"act", "actor", "at", "body", "procedure", "subject", "v"}
_PROOF = {"format", "envelope", "content", "salt", "digest", "index", "path", "checkpoint", "key"}
_PATH_MAX = 64

_FAULTS: dict[str, Words] = {
    "format": Words("这不是一份完整的存证证明文件", "this is not a whole proof file"),
    "key": Words("文件中的日志公钥已损坏", "the log's key in the file is damaged"),
    "unknown-key": Words("检查点不是由您信任的日志签署的", "the checkpoint is not signed by the log you trust"),
    "checkpoint-malformed": Words("检查点的格式有误", "the checkpoint is malformed"),
    "checkpoint-signature": Words(
        "检查点的内容与日志的签名不符",
        "the checkpoint does not fit the log's signature",
    ),
    "body-changed": Words("事实的内容被改动过", "the fact's content has been changed"),
    "content-changed": Words("文件所载的内容摘要被改动过", "the content digest in the file has been changed"),
    "salt-changed": Words("盐值被改动过", "the salt has been changed"),
    "digest-changed": Words("文件所载的加盐摘要被改动过", "the salted digest in the file has been changed"),
    "path": Words(
        "从该位置出发的路径到不了检查点的根：日志中没有这项事实，或者位置、路径被改动过",
        "the path from that place does not lead to the checkpoint's root: the log does not hold this fact, "
        "or the place or the path has been changed",
    ),
}


class BadProof(ValueError):
    """The proof does not hold; `code` names the part that does not fit and never changes. Do not believe the fact.

    format · key · unknown-key · checkpoint-malformed · checkpoint-signature · body-changed · content-changed ·
    salt-changed · digest-changed · path. `words` says it in a sentence.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.words = _FAULTS[code]
        super().__init__(f"{self.words.en} ({detail})" if detail else self.words.en)


@dataclass(frozen=True)
class Verified:
    """What a proof that holds says. `trusted` is False when nobody said which log to trust: then the file proves only
    that the holder of `log`'s key signed it."""

    envelope: Mapping[str, Any]
    index: int
    size: int
    origin: str
    log: str
    trusted: bool


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-03-01T01:02:03.000004Z`. `at` must be aware."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def envelope_bytes(*, at: str, procedure: str, act: str, subject_id: int, actor: bytes, body: bytes) -> bytes:
    """The canonical bytes of an envelope whose actor and body are canonical already.

    The same as `canonical()` of the whole, without serialising the parts twice: this is on the path of every act.
    """
    return b'{"act":%b,"actor":%b,"at":"%b","body":%b,"procedure":%b,"subject":"%d","v":%d}' % (
        canonical(act), actor, at.encode(), body, canonical(procedure), subject_id, VERSION,
    )  # fmt: skip


def salted(salt: bytes, envelope: bytes) -> bytes:
    """The log's entry for a fact: 32 bytes that tell nothing to who lacks the salt."""
    return hashlib.sha256(salt + envelope).digest()


def proof(
    *,
    envelope: Mapping[str, Any],
    salt: bytes,
    index: int,
    path: list[bytes],
    checkpoint: str,
    key: str,
) -> dict[str, Any]:
    """The proof file as a JSON object."""
    content = canonical(envelope)
    return {
        "format": FORMAT,
        "envelope": dict(envelope),
        "content": hashlib.sha256(content).hexdigest(),
        "salt": salt.hex(),
        "digest": salted(salt, content).hex(),
        "index": index,
        "path": [step.hex() for step in path],
        "checkpoint": checkpoint,
        "key": key,
    }


def _hex(value: object) -> bytes:
    """32 bytes from the one spelling that is allowed. Raises BadProof (format)."""
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise BadProof("format", "64 lower-case hexadecimal characters were expected")
    return bytes.fromhex(value)


def _check_shape(document: object) -> dict[str, Any]:
    if not isinstance(document, dict) or set(document) != _PROOF or document["format"] != FORMAT:
        raise BadProof("format", f"expected {FORMAT} with {', '.join(sorted(_PROOF))}")
    envelope, index, path = document["envelope"], document["index"], document["path"]
    if not isinstance(envelope, dict) or set(envelope) != _ENVELOPE:
        raise BadProof("format", f"the envelope has {', '.join(sorted(_ENVELOPE))}")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise BadProof("format", "the index is a whole number")
    if not isinstance(path, list) or len(path) > _PATH_MAX:
        raise BadProof("format", f"the path is a list of at most {_PATH_MAX} hashes")
    if not isinstance(document["checkpoint"], str) or not isinstance(document["key"], str):
        raise BadProof("format", "checkpoint and key are text")
    return document


def _open(checkpoint: str, key: str, trusted_vkey: str | None) -> notes.Checkpoint:
    try:
        log = notes.parse_vkey(key)
    except notes.BadNote as error:
        raise BadProof("key", str(error)) from error
    if trusted_vkey is not None and key != trusted_vkey:
        raise BadProof("unknown-key", f"the file is of {log.name}")
    try:
        return notes.open_checkpoint(checkpoint, log)
    except notes.BadNote as error:
        codes = {"unknown-key": "unknown-key", "signature": "checkpoint-signature"}
        raise BadProof(codes.get(error.code, "checkpoint-malformed"), str(error)) from error


def _leads(document: dict[str, Any], path: list[bytes], entry: bytes, checkpoint: notes.Checkpoint) -> bool:
    try:
        merkle.verify_inclusion(document["index"], checkpoint.size, merkle.leaf_hash(entry), path, checkpoint.root)
    except merkle.BadPath:
        return False
    return True


def verify_proof(document: object, trusted_vkey: str | None = None) -> Verified:
    """Check a proof file against a log's verifier key (the text that `/log/key` serves), or against its own.

    `document` is the parsed JSON. Raises BadProof, whose code names the part that does not fit. The `content` digest
    in the file is there for that naming: it tells a changed body from a changed salt.
    """
    found = _check_shape(document)
    salt, digest, content = _hex(found["salt"]), _hex(found["digest"]), _hex(found["content"])
    path = [_hex(step) for step in found["path"]]
    checkpoint = _open(found["checkpoint"], found["key"], trusted_vkey)
    try:
        envelope = canonical(found["envelope"])
    except (NotCanonical, UnicodeEncodeError) as error:
        raise BadProof("format", str(error)) from error
    entry = salted(salt, envelope)
    if hashlib.sha256(envelope).digest() != content:
        raise BadProof("content-changed" if entry == digest else "body-changed")
    if entry != digest:
        raise BadProof("digest-changed" if _leads(found, path, entry, checkpoint) else "salt-changed")
    if not _leads(found, path, entry, checkpoint):
        raise BadProof("path")
    return Verified(
        envelope=found["envelope"],
        index=found["index"],
        size=checkpoint.size,
        origin=checkpoint.origin,
        log=found["key"],
        trusted=trusted_vkey is not None,
    )
