"""The next receipt of a contract's chain, and its seal."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from tongqu.wire.permit import Permit
from tongqu.wire.receipt import Receipt
from tongqu.wire.seals import Signer


@dataclass(frozen=True)
class Head:
    """The end of a contract's chain: the last number given, its receipt's digest and moment."""

    sequence: int = 0
    digest: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Asked:
    """One answered call, as it is to be receipted: `calls` keys asked, `units` billed."""

    call: str
    purpose: str
    source_version: str
    request_digest: str
    answer_digest: str
    calls: int
    units: int


@dataclass(frozen=True)
class SealedReceipt:
    """A receipt with its envelope as JSON, and its digest, which is what the next one points to."""

    receipt: Receipt
    written: bytes
    digest: str


def next_receipt(head: Head, permit: Permit, asked: Asked, node: str, now: datetime) -> Receipt:
    """Follows `head`. Its moment is never before the receipt it follows, even when the clock was set back."""
    return Receipt(
        node=node,
        contract=permit.contract,
        permit=permit.id,
        permit_revision=permit.revision,
        sequence=head.sequence + 1,
        previous=head.digest,
        call=asked.call,
        mode=permit.mode,
        source=permit.source,
        source_version=asked.source_version,
        purpose=asked.purpose,
        request_digest=asked.request_digest,
        answer_digest=asked.answer_digest,
        calls=asked.calls,
        units=asked.units,
        at=now if head.at is None else max(now, head.at),
    )


def seal_receipt(receipt: Receipt, signer: Signer, signer_key_id: str) -> SealedReceipt:
    """The same envelope as `wire.message.seal_message`, with the canonical bytes made once for seal, digest, journal and
    answer: this runs on every call."""
    content = receipt.canonical()
    seal = b'{"alg":"Ed25519","key":"%b","sig":"%b"}' % (signer_key_id.encode(), base64.b64encode(signer.sign(content)))
    return SealedReceipt(receipt, b'{"body":%b,"seal":%b}' % (content, seal), hashlib.sha256(content).hexdigest())
