"""Finding the evidence of a registration again in the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock import evidence

EVIDENCE_ACTS = frozenset({"keep_evidence", "waive_publicity", "receive", "part_with", "change", "renew", "take_over"})
"""Each of them leaves the whole content of the registration, as it stands from then on, in the log."""


@dataclass(frozen=True)
class EvidenceRecord:
    """The fact by which a registration is complete. `position` is None for the moment until the log has placed it."""

    fact: int
    position: int | None
    at: datetime
    content: dict[str, Any]
    content_digest: str


def evidence_of(registration_id: int) -> EvidenceRecord | None:
    """The evidence that counts of a registration: the last; None when it is not complete."""
    found = evidence.facts_of("ownership", registration_id, acts=EVIDENCE_ACTS)
    return _record(found[-1]) if found else None


def evidence_in(fact_id: int, registration_id: int) -> EvidenceRecord | None:
    """The evidence that this very fact is; None when it is none of this registration."""
    fact = evidence.fact(fact_id)
    if fact is None or (fact.procedure, fact.subject_id) != ("ownership", registration_id):
        return None
    return _record(fact) if fact.act in EVIDENCE_ACTS else None


def _record(fact: evidence.TimelineFact) -> EvidenceRecord:
    data = fact.body["data"]
    return EvidenceRecord(fact.id, fact.position, fact.at, data["content"], data["content_digest"])
