"""Reading the register of public data: the record, what is valid at a moment, and the notices that stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import RunningClock, Unknown
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.members import parties
from tongqu.exchange.registry.publicdata.kinds import KINDS, SHORT
from tongqu.exchange.registry.publicdata.models import (
    FIRST_ENDS,
    Filing,
    PublicDuty,
    PublicObjection,
    PublicRegistration,
)
from tongqu.exchange.registry.publicdata.notices import NoticeFields

PAGE_SIZE_MAX = 100
CODED = ("registered", "renewing", "cancelled", "lapsed", "revoked")
STANDING = ("registered", "renewing")
_NOTICED = ("public_registration", "public_change", "public_correction", "public_renewal")


@dataclass(frozen=True)
class RecordView:
    """One registration with its code. `valid_to_date` is the last day; `existing`: operated before the measures."""

    id: int
    state: str
    what: str
    code: str
    holder_id: int
    registrar_id: int
    holder: str
    registrar: str
    resource_id: int
    name: str
    summary: str
    coded_date: date | None
    valid_to_date: date | None
    valid_to_at: datetime | None
    existing: bool

    def valid_at(self, at: datetime) -> bool:
        """Whether one may rely on it. One that is being renewed is valid to its own end, and again from the renewal."""
        return self.state in STANDING and self.valid_to_at is not None and at < self.valid_to_at


@dataclass(frozen=True)
class RecordPage:
    total: int
    page: int
    size: int
    items: tuple[RecordView, ...]


@dataclass(frozen=True)
class Notice:
    """One notice: its four fields, and the period in which anyone may object."""

    procedure: str
    id: int
    fields: NoticeFields
    until_at: datetime | None


@dataclass(frozen=True)
class NoticePage:
    total: int
    items: tuple[Notice, ...]


@dataclass(frozen=True)
class ObjectionView:
    number: int
    reason: str
    contact: str
    evidence: tuple[str, ...]
    filed_at: datetime
    upheld: bool | None
    finding: str


def record(registration_id: int) -> RecordView:
    """A registration that has its code, in whatever state. Raises Unknown."""
    row = find(PublicRegistration, id=registration_id)
    if row is None or row.state not in CODED:
        raise Unknown(f"public registration {registration_id}")
    return _views([row])[0]


def by_code(code: str) -> RecordView:
    """Raises Unknown for a code that is not in this register."""
    row = PublicRegistration.objects.filter(code=code.strip()[:60]).exclude(code="").first()
    if row is None:
        raise Unknown(f"public code {code[:60]}")
    return _views([row])[0]


def standing(resources: Collection[int], *, at: datetime) -> Mapping[int, RecordView]:
    """For each of these resources the registration that is valid at the moment; those without one are missing."""
    rows = PublicRegistration.objects.filter(resource__in=list(resources), state__in=STANDING, valid_to_at__gt=at)
    return {view.resource_id: view for view in _views(list(rows.order_by("pk")))}


def register(query: str = "", *, what: str = "", page: int = 1, size: int = 20) -> RecordPage:
    """Everything that ever had its code, the newest first; words look in name, summary, holder and code."""
    size, page = max(1, min(size, PAGE_SIZE_MAX)), max(1, page)
    rows = PublicRegistration.objects.filter(state__in=CODED)
    if what in {"resource", "product"}:
        rows = rows.filter(what=what)
    for word in query.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(summary__icontains=word) | Q(applicant__name__icontains=word) | Q(code=word)
        )
    found = list(rows.order_by("-coded_date", "-pk")[(page - 1) * size : page * size])
    return RecordPage(rows.count(), page, size, tuple(_views(found)))


def _views(rows: list[PublicRegistration]) -> list[RecordView]:
    sides = parties.organisations({one for row in rows for one in (row.applicant_id, row.registrar_id)})
    return [
        RecordView(
            id=row.pk, state=row.state, what=row.what, code=row.code, holder_id=row.applicant_id,
            registrar_id=row.registrar_id, holder=sides[row.applicant_id].name, registrar=sides[row.registrar_id].name,
            resource_id=row.resource_id, name=row.name, summary=row.summary, coded_date=row.coded_date,
            valid_to_date=row.valid_to_date, valid_to_at=row.valid_to_at, existing=row.existing,
        )
        for row in rows
    ]  # fmt: skip


def registrations_of(party: int) -> tuple[RecordView, ...]:
    """A party's standing registrations, the newest first."""
    return tuple(_views(list(PublicRegistration.objects.filter(applicant=party, state__in=STANDING).order_by("-pk"))))


def content_of(registration_id: int, party: int | None) -> Mapping[str, Any]:
    """What its holder registered, to begin a change with; nothing for others."""
    row = find(PublicRegistration, id=registration_id)
    return dict(row.form) if row is not None and row.applicant_id == party else {}


# In one statement, so that a page costs the same however many matters stand in publicity.
_STANDING = " union all ".join(
    f"select '{name}' as procedure, id, published_at from {KINDS[name][0]._meta.db_table}"  # noqa: S608 -- our own names
    " where state in ('publicity', 'objection')"
    for name in _NOTICED
)


def notices(*, page: int = 1, size: int = 20) -> NoticePage:
    """Every notice that stands, the newest first: four fields each (REG26 art. 12). Of size 0 only the number is told."""
    size, page = max(0, min(size, PAGE_SIZE_MAX)), max(1, page)
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from ({_STANDING}) s")  # noqa: S608
        ((total,),) = cursor.fetchall()
        if not size:
            return NoticePage(total, ())
        cursor.execute(
            f"select procedure, id from ({_STANDING}) s order by published_at desc, procedure, id desc"  # noqa: S608
            " limit %s offset %s",
            [size, (page - 1) * size],
        )
        found = cursor.fetchall()
    return NoticePage(total, tuple(_notices([(name, pk) for name, pk in found])))


def notice(procedure: str, number: int) -> Notice:
    """One standing notice. Raises Unknown for what is not publicised now, whatever else it is."""
    if procedure in _NOTICED:
        for found in _notices([(procedure, number)]):
            return found
    raise Unknown(f"notice {procedure} {number}")


def _notices(named: list[tuple[str, int]]) -> list[Notice]:
    rows: dict[tuple[str, int], Filing] = {}
    for name in dict.fromkeys(one for one, _ in named):
        model = KINDS[name][0]
        wanted = [pk for one, pk in named if one == name and -(2**63) <= pk < 2**63]
        for row in model._default_manager.filter(pk__in=wanted, state__in=("publicity", "objection")):
            rows[name, row.pk] = row
    sides = parties.organisations({row.applicant_id for row in rows.values()})
    ends = _ends(list(rows))
    return [
        Notice(
            name,
            pk,
            NoticeFields(sides[row.applicant_id].name, SHORT[name], row.name, row.summary),
            ends.get((name, pk)),
        )
        for name, pk in named
        if (row := rows.get((name, pk))) is not None
    ]


def _ends(named: list[tuple[str, int]]) -> dict[tuple[str, int], datetime]:
    """When each running publicity ends; one that an objection has stopped is missing."""
    if not named:
        return {}
    condition = Q(pk__in=[])
    for name, pk in named:
        condition |= Q(procedure=name, subject=pk)
    running = RunningClock.objects.filter(condition, name="publicity", due_at__isnull=False)
    return {(name, pk): due for name, pk, due in running.values_list("procedure", "subject", "due_at") if due}


def objections(procedure: str, number: int) -> tuple[ObjectionView, ...]:
    """What was said against a matter; whether the reader may see it, `discretion` decides."""
    rows = PublicObjection.objects.filter(procedure=procedure, subject=number).order_by("number")
    return tuple(
        ObjectionView(
            one.number, one.reason, one.contact, tuple(one.evidence), one.filed_at, one.upheld, one.finding
        )
        for one in rows
    )  # fmt: skip


def owes(resource_id: int) -> tuple[bool, bool]:
    """Whether public data that is delivered now has to be registered still, and whether that was applied for already."""
    rows = PublicRegistration.objects.filter(resource=resource_id).exclude(state__in=FIRST_ENDS)
    states = set(rows.values_list("state", flat=True))
    known = PublicDuty.objects.filter(resource=resource_id).exclude(state="excused").exists()
    return not known and not states & set(STANDING), bool(states)
