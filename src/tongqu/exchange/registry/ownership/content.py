"""What the evidence of a registration says: plain JSON, from which the certificate is rendered. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tongqu.wire.canonical import digest

NOTICE_FIELDS = ("applicant", "data_name", "overview", "restrictions")


@dataclass(frozen=True)
class Party:
    id: int
    name: str
    credit_code: str

    def plain(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "credit_code": self.credit_code}


@dataclass(frozen=True)
class Registered:
    """Everything that is registered. `form` is form F1; contacts are left out of the content.

    `kind` is what brought it about; for all but a first registration `later` says which matter, and what it follows.
    """

    registration: int
    national: bool
    holder: Party
    registrar: Party
    resource: Mapping[str, Any]
    name: str
    form: Mapping[str, Any]
    rights: Sequence[str]
    heads: Sequence[Mapping[str, Any]]
    objections: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, Any]]
    accepted_date: date
    accepted_by_silence: bool
    published_at: datetime | None
    publicity_waived: str
    evidenced_at: datetime
    valid_to_at: datetime
    keep_until_date: date
    limits: Mapping[str, str] = field(default_factory=dict)
    kind: str = "first-registration"
    later: Mapping[str, Any] | None = None


_DATA = (
    "overview", "industry_code", "origin", "public_registration_code", "source_kind", "relation", "is_product",
    "personal", "important", "region_scope", "region_note", "time_from_date", "time_to_date", "frequency", "records",
    "volume_bytes", "shapes", "structure", "sample_paper", "watermark", "fingerprint",
)  # fmt: skip


def content(of: Registered) -> dict[str, Any]:
    """The content of the evidence. The same registration always gives the same bytes."""
    plain = {
        "kind": of.kind,
        "national": of.national,
        "registration": of.registration,
        "holder": of.holder.plain() | {"type": of.form["applicant_type"]},
        "registrar": of.registrar.plain(),
        "resource": dict(of.resource),
        "data": {"name": of.name} | {name: of.form[name] for name in _DATA},
        "rights": {
            "kinds": list(of.rights), "until_date": of.form["right_until_date"], "limits": of.form["right_limits"],
            "papers": list(of.form["right_papers"]),
        },
        "limits": dict(of.limits),
        "evidence": [dict(one) for one in of.form["evidence"]],
        "identity_paper": of.form["identity_paper"],
        "heads": [dict(head) for head in of.heads],
        "objections": [dict(one) for one in of.objections],
        "notes": [dict(note) for note in of.notes],
        "accepted": {"date": of.accepted_date.isoformat(), "by_silence": of.accepted_by_silence},
        "publicity": {
            "published_at": of.published_at.isoformat() if of.published_at else None, "waived": of.publicity_waived,
        },
        "evidenced_at": of.evidenced_at.isoformat(),
        "valid_to_at": of.valid_to_at.isoformat(),
        "keep_until_date": of.keep_until_date.isoformat(),
    }  # fmt: skip
    return plain if of.later is None else plain | {"later": dict(of.later)}


def content_digest(plain: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return digest(dict(plain))
