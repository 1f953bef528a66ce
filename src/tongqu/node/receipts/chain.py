"""The next receipt of a contract's chain, and the seals of those that go to the disk together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tongqu.wire.permit import Permit
from tongqu.wire.receipt import Receipt, receipt_bytes
from tongqu.wire.seals import Signer, seals_of

# Tuples with names, and not data classes: each is made on every call, and made several times as fast.


class Head(NamedTuple):
    """The end of a contract's chain: the last number given, its receipt's digest and moment."""

    sequence: int = 0
    digest: str | None = None
    at: datetime | None = None


class Asked(NamedTuple):
    """One answered call, as it is to be receipted: `calls` keys asked, `units` billed."""

    call: str
    purpose: str
    source_version: str
    request_digest: str
    answer_digest: str
    calls: int
    units: int
    consent: dict[str, int] | None = None


class Given(NamedTuple):
    """A receipt that has its number: what is counted of it, its canonical bytes, and their digest."""

    contract: str
    sequence: int
    call: str
    permit: str
    at: datetime
    mode: str
    calls: int
    units: int
    consent: dict[str, int] | None
    content: bytes
    digest: str

    @classmethod
    def of(cls, receipt: Receipt) -> Given:
        content = receipt.canonical()
        return cls(
            receipt.contract, receipt.sequence, receipt.call, receipt.permit, receipt.at, receipt.mode, receipt.calls,
            receipt.units, receipt.consent, content, hashlib.sha256(content).hexdigest(),
        )  # fmt: skip


def next_receipt(head: Head, permit: Permit, asked: Asked, node: str, now: datetime) -> Given:
    """Follows `head`. Its moment is never before the receipt it follows, even when the clock was set back."""
    number, at = head.sequence + 1, now if head.at is None else max(now, head.at)
    content = receipt_bytes(
        node, permit.contract, permit.id, permit.revision, number, head.digest, asked.call, permit.mode, permit.source,
        asked.source_version, asked.purpose, asked.request_digest, asked.answer_digest, asked.calls, asked.units, at,
        asked.consent,
    )  # fmt: skip
    return Given(
        permit.contract,
        number,
        asked.call,
        permit.id,
        at,
        permit.mode,
        asked.calls,
        asked.units,
        asked.consent,
        content,
        hashlib.sha256(content).hexdigest(),
    )


def seal_receipts(contents: Sequence[bytes], leaves: Sequence[bytes], signer: Signer) -> list[bytes]:
    """The envelopes, as JSON, of receipts whose canonical bytes are `contents` and whose leaves are `leaves`: what `wire.message.seal_message` would make,
    but with the bytes made once for seal, digest, journal and answer, and one signature for all. It runs on every call."""
    written = zip(contents, seals_of(contents, leaves, signer), strict=True)
    return [b'{"body":%b,"seal":%b}' % each for each in written]
