"""Finding the evidence of a registration again in the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock import evidence

EVIDENCE_ACTS = frozenset({"keep_evidence", "waive_publicity"})


@dataclass(frozen=True)
class EvidenceRecord:
    """The fact by which a registration is complete. `position` is None for the moment until the log has placed it."""

    fact: int
    position: int | None
    at: datetime
    content: dict[str, Any]
    content_digest: str


def evidence_of(registration_id: int) -> EvidenceRecord | None:
    """The evidence of a registration; None when it is not complete. There is one at most: no act leads back."""
    for fact in evidence.facts_of("ownership", registration_id, acts=EVIDENCE_ACTS, limit=1):
        data = fact.body["data"]
        return EvidenceRecord(fact.id, fact.position, fact.at, data["content"], data["content_digest"])
    return None
