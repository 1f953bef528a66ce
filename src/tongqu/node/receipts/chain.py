"""The next receipt of a contract's chain, and the seals of those that go to the disk together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongqu.wire.permit import Permit
from tongqu.wire.receipt import Receipt
from tongqu.wire.seals import Signer, seals_of


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
    consent: dict[str, int] | None = None


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
        consent=asked.consent,
    )


def seal_receipts(contents: Sequence[bytes], signer: Signer, signer_key_id: str) -> list[bytes]:
    """The envelopes, as JSON, of receipts whose canonical bytes are `contents`: what `wire.message.seal_message` would make,
    but with the bytes made once for seal, digest, journal and answer, and one signature for all. It runs on every call."""
    written = zip(contents, seals_of(contents, signer, signer_key_id), strict=True)
    return [b'{"body":%b,"seal":%b}' % each for each in written]
