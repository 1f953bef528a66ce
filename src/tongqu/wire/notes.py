"""Signed notes, the keys that sign them, and the checkpoint of a log as one: C2SP signed-note and tlog-checkpoint.

A note is text, a blank line, and one line for each signature. Only Ed25519 keys (type 1) are read; a signature by
any other key is passed over, as the specification asks, so witnesses may add theirs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from tongqu.wire.seals import BadSeal, Signer, verify_bytes

ED25519 = 1
SIGNATURES_MAX = 64
_DASH = "\u2014 "


class BadNote(ValueError):
    """The note or key cannot be believed; `code` says why and never changes.

    key-malformed · note-malformed · unknown-key (no signature by a key you trust) · signature (a trusted key's
    signature does not fit the text) · checkpoint-malformed.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _base64(text: str) -> bytes:
    """Strict: one spelling for one value, so that no changed character goes unnoticed. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the canonical base64 of its value")
    return data


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or ord(c) < 0x20 for c in name)


@dataclass(frozen=True)
class NoteKey:
    """A name and an Ed25519 public key; its text form is the *vkey* that auditors configure."""

    name: str
    public_bytes: bytes

    @property
    def key_hash(self) -> bytes:
        """The four bytes that stand before each signature of this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public_bytes).digest()[:4]

    @property
    def vkey(self) -> str:
        key = base64.b64encode(bytes([ED25519]) + self.public_bytes).decode()
        return f"{self.name}+{self.key_hash.hex()}+{key}"


def note_key(name: str, public_bytes: bytes) -> NoteKey:
    """Raises BadNote (key-malformed) when the name has a space or plus, or the key is not 32 bytes."""
    if not _is_name(name) or len(public_bytes) != 32:
        raise BadNote("key-malformed", "a key has a name without space or plus, and 32 bytes")
    return NoteKey(name, public_bytes)


def parse_vkey(vkey: str) -> NoteKey:
    """The key that `name+hash+key` spells. Raises BadNote (key-malformed)."""
    try:
        name, key_hash, encoded = vkey.split("+", 2)
        data = _base64(encoded)
    except ValueError as error:
        raise BadNote("key-malformed", "a verifier key is name+hash+key") from error
    if len(data) != 33 or data[0] != ED25519:
        raise BadNote("key-malformed", "only Ed25519 verifier keys are read")
    key = note_key(name, data[1:])
    if key.vkey != vkey:
        raise BadNote("key-malformed", f"the key's hash is not {key_hash}")
    return key


def sign(text: str, name: str, signer: Signer) -> str:
    """The text as a signed note. Raises BadNote (note-malformed, key-malformed)."""
    _check_text(text)
    key = note_key(name, signer.public_bytes)
    signature = base64.b64encode(key.key_hash + signer.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{name} {signature}\n"


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(ord(c) < 0x20 and c != "\n" for c in text):
        raise BadNote("note-malformed", "a note's text ends its lines with newlines and has no other control character")


@dataclass(frozen=True)
class Signature:
    """One signature line: whose it says it is, the four bytes naming the key, and the signature itself."""

    name: str
    key_hash: bytes
    signature: bytes


def split(note: str) -> tuple[str, list[Signature]]:
    """A note's text and signature lines, not yet verified. Raises BadNote (note-malformed)."""
    _check_text(note)
    at = note.rfind("\n\n")
    if at < 0:
        raise BadNote("note-malformed", "a note has a blank line before its signatures")
    text, lines = note[: at + 1], note[at + 2 : -1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise BadNote("note-malformed", f"a note has at most {SIGNATURES_MAX} signatures")
    return text, [_signature(line) for line in lines]


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        data = _base64(encoded)
    except ValueError as error:
        raise BadNote("note-malformed", "a signature is not base64") from error
    if not line.startswith(_DASH) or not _is_name(name) or len(data) < 5:
        raise BadNote("note-malformed", "a signature line is a dash, a name and a signature")
    return Signature(name, data[:4], data[4:])


def open_note(note: str, keys: Iterable[NoteKey]) -> tuple[str, list[NoteKey]]:
    """The text, and those of the trusted `keys` that signed it (at least one).

    Raises BadNote: note-malformed, unknown-key, or signature when a trusted key's signature does not fit.
    """
    text, signatures = split(note)
    trusted = {(key.name, key.key_hash): key for key in keys}
    signed_by: list[NoteKey] = []
    for line in signatures:
        key = trusted.get((line.name, line.key_hash))
        if key is None or key in signed_by:
            continue
        try:
            verify_bytes(key.public_bytes, line.signature, text.encode())
        except BadSeal as error:
            raise BadNote("signature", f"the signature of {key.name} does not fit the text") from error
        signed_by.append(key)
    if not signed_by:
        raise BadNote("unknown-key", "no signature by a trusted key")
    return text, signed_by


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself at one moment: which log, how many leaves, their root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text; extension lines are passed over. Raises BadNote (checkpoint-malformed)."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise BadNote("checkpoint-malformed", "a checkpoint has an origin, a size and a root")
    origin, size, encoded = lines[:3]
    if not (size.isascii() and size.isdigit()) or str(int(size[:20])) != size:
        raise BadNote("checkpoint-malformed", "the tree size is a plain number")
    try:
        root_hash = _base64(encoded)
    except ValueError as error:
        raise BadNote("checkpoint-malformed", "the root is not base64") from error
    if len(root_hash) != 32:
        raise BadNote("checkpoint-malformed", "the root is 32 bytes")
    return Checkpoint(origin, int(size), root_hash)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a note signed under the log's own name."""
    return sign(checkpoint.text, checkpoint.origin, signer)


def open_checkpoint(note: str, key: NoteKey) -> Checkpoint:
    """The checkpoint of the log whose key this is. Raises BadNote.

    A note by the same key about another origin is refused too (checkpoint-malformed): it speaks of another log.
    """
    text, _ = open_note(note, [key])
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != key.name:
        raise BadNote("checkpoint-malformed", f"the checkpoint is of {checkpoint.origin}, the key of {key.name}")
    return checkpoint
