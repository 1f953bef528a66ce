"""Reading the register of recognised registrars, and which certificates are to be checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.attestation import foreign
from tongqu.exchange.registry.recognition.models import RecognisedRegistrar, Recognition


@dataclass(frozen=True)
class KeyView:
    method: str
    public: str
    since: date
    until: date | None
    lost: bool


@dataclass(frozen=True)
class RegistrarView:
    """A registrar elsewhere as the public sees it. `recognised`: how many of its certificates stand here."""

    id: int
    name: str
    credit_code: str
    did: str
    national: bool
    basis: str
    state: str
    keys: tuple[KeyView, ...]
    recognised: int = 0


@dataclass(frozen=True)
class MatterView:
    """One certificate that was brought. What it says is empty until its signature was found to hold."""

    id: int
    state: str
    issuer_id: int
    code: str
    method: str
    data_name: str
    right: tuple[str, ...]
    rights: tuple[str, ...]
    valid_to_at: datetime | None
    checked_at: datetime | None
    conflicts: tuple[dict[str, Any], ...]
    reasons: tuple[Words, ...]
    trouble: Words | None


def issuer_of(row: RecognisedRegistrar) -> foreign.Issuer:
    """As the checking of a certificate needs it."""
    return foreign.Issuer(
        row.did,
        tuple(foreign.Key(k.method, k.public, k.since, k.until, k.lost) for k in keys_of(row)),
        dict(row.fields),
    )


def keys_of(row: RecognisedRegistrar) -> tuple[KeyView, ...]:
    return tuple(
        KeyView(
            one["method"], one["public"], date.fromisoformat(one["since"]),
            date.fromisoformat(one["until"]) if one["until"] else None, one["lost"],
        )
        for one in row.keys
    )  # fmt: skip


def owner_of_key(public: str, on: date) -> str | None:
    """The credit code of the registrar in the register to whom a key belongs, from its first day, while it was never lost; None
    when it is nobody's."""
    for row in RecognisedRegistrar.objects.filter(state="listed").order_by("pk"):
        if any(one.public == public and one.since <= on and not one.lost for one in keys_of(row)):
            return row.credit_code
    return None


def registrar(number: int) -> RegistrarView:
    """One of the register. Raises Unknown."""
    row = RecognisedRegistrar.objects.filter(pk=number).first()
    if row is None:
        raise Unknown(f"recognised registrar {number}")
    return _views([row])[0]


def matter(number: int) -> MatterView:
    """What was read in a certificate, for who may see it. Raises Unknown."""
    row = Recognition.objects.filter(pk=number).first()
    if row is None:
        raise Unknown(f"recognition {number}")
    said: dict[str, Any] = row.said or {}
    until = said.get("valid_to_at")
    return MatterView(
        row.pk, row.state, row.issuer_id, row.code, said.get("method", ""), said.get("data_name", ""),
        tuple(said.get("right", ())), tuple(said.get("rights", ())), datetime.fromisoformat(until) if until else None,
        row.checked_at, tuple(row.conflicts), tuple(Words(one["zh"], one["en"]) for one in row.reasons),
        Words(row.trouble["zh"], row.trouble["en"]) if row.trouble else None,
    )  # fmt: skip


def registrars(*, listed_only: bool = False, first: int = 0, size: int = 100) -> tuple[tuple[RegistrarView, ...], int]:
    """The register, those in it now first, and how many there are."""
    rows = RecognisedRegistrar.objects.all()
    if listed_only:
        rows = rows.filter(state="listed")
    return _views(list(rows.order_by("state", "name", "pk")[first : first + size])), rows.count()


def _views(found: list[RecognisedRegistrar]) -> tuple[RegistrarView, ...]:
    standing = Recognition.objects.filter(
        issuer__in=[one.pk for one in found], state="recognised", registration__state="recognised"
    )
    counts = dict(standing.values("issuer_id").annotate(many=Count("pk")).values_list("issuer_id", "many"))
    return tuple(
        RegistrarView(
            one.pk, one.name, one.credit_code, one.did, one.national, one.basis, one.state, keys_of(one),
            counts.get(one.pk, 0),
        )
        for one in found
    )  # fmt: skip


def waiting(at: datetime, limit: int = 50) -> list[int]:
    """Certificates whose issuer is to be asked now, the longest due first."""
    rows = Recognition.objects.filter(next_check_at__lte=at).order_by("next_check_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])
