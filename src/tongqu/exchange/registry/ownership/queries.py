"""Reading registrations: rights, certificates, notices, findings. Frozen answers; what is public says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from tongqu.exchange.bedrock import calendar, law, papers
from tongqu.exchange.bedrock.procedures import RunningClock, Unknown, local_day
from tongqu.exchange.bedrock.questions import Question, query
from tongqu.exchange.bedrock.statements import Rows, Statement
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry.ownership import certificate_code
from tongqu.exchange.registry.ownership.content import content_digest
from tongqu.exchange.registry.ownership.inputs import Right
from tongqu.exchange.registry.ownership.models import Certificate, Encumbrance, HeadReview, Objection, Registration
from tongqu.exchange.registry.ownership.notices import NoticeFields, notice_fields
from tongqu.exchange.registry.ownership.records import EvidenceRecord, evidence_in

PAGE_SIZE_MAX = 100
IN_FORCE = ("registered", "recognised")
# From the application to the end of validity the same right may be sought or held by others.
STANDING = (
    "applied", "supplement", "supplied", "accepted", "reviewing", "adding", "publicity", "objection",
    "evidenced", "registered", "recognised", "stopped",
)  # fmt: skip
SAME_MAX = 20
FREEZING = ("seized", "controlled")
ENDED_OTHERWISE = {
    "transferred": Words(
        "权利已全部转让，凭证不再有效", "All rights were transferred; the certificate stands no longer"
    ),
    "cancelled": Words("登记已注销", "The registration was cancelled"),
}


@dataclass(frozen=True)
class Elsewhere:
    """Where a recognised right is registered: by whom, under which code, how its issuer shows it; `name` in full.

    `reasons` say why nobody may rely on it here at present.
    """

    registrar: str
    registrar_code: str
    did: str
    code: str
    address: str
    name: str
    recognition: int
    reasons: tuple[Words, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Elsewhere | None:
        if kept is None:
            return None
        reasons = tuple(Words(one["zh"], one["en"]) for one in kept["reasons"])
        return cls(
            kept["registrar"], kept["registrar_code"], kept["did"], kept["code"], kept["address"], kept["name"],
            kept["recognition"], reasons,
        )  # fmt: skip


@dataclass(frozen=True)
class RightView:
    """A registration as other modules see it: whose, which rights in what, until when, under which certificate.

    `code` is None until the certificate is issued. `national` is false for a pre-registration voucher, and while there
    is no code. `frozen` is true under a seizure or an authority's control: then nothing is listed or transferred.
    `elsewhere` says who registered it, where that was not a registrar here; the code is then that of its certificate there.
    """

    registration_id: int
    resource_id: int
    holder_id: int
    registrar_id: int
    state: str
    name: str
    rights: frozenset[str]
    code: str | None
    national: bool
    evidenced_at: datetime | None
    valid_to_at: datetime | None
    frozen: bool
    share_requests: tuple[int, ...] = ()
    elsewhere: Elsewhere | None = None

    def valid_at(self, at: datetime) -> bool:
        """Whether one may rely on it at that moment."""
        return self.state in IN_FORCE and not self.frozen and self.valid_to_at is not None and at < self.valid_to_at


@dataclass(frozen=True)
class CertificateView:
    """A certificate by its evidence. `words` is what it calls itself; `log_position` and `fact` lead to its proof."""

    number: int
    code: str
    national: bool
    words: Words
    registration_id: int
    resource_id: int
    state: str
    holder_id: int
    holder: str
    holder_code: str
    registrar: str
    registrar_code: str
    data_name: str
    overview: str
    rights: frozenset[str]
    evidenced_at: datetime
    valid_to_at: datetime
    issued_at: datetime
    fact: int
    log_position: int
    content_digest: str
    paper: str


@dataclass(frozen=True)
class Verified:
    """The public answer about a certificate, from the evidence and not from the table.

    `good` is true when it stands and nothing disagrees. `file_matches` is None when no file was shown. `faults` says in
    words what disagrees; the evidence prevails over every paper (PROP35 art. 27). `replaced_by`: the code that counts now.
    """

    certificate: CertificateView
    good: bool
    file_matches: bool | None
    faults: tuple[Words, ...]
    replaced_by: str | None = None


@dataclass(frozen=True)
class PublicNotice:
    """One notice: its four fields, and the period in which anyone may object. Nothing else is public."""

    registration_id: int
    fields: NoticeFields
    published_at: datetime
    until_at: datetime | None
    objected: bool


@dataclass(frozen=True)
class NoticePage:
    total: int
    page: int
    size: int
    items: tuple[PublicNotice, ...]


def _rights(rows: Iterable[Registration]) -> list[RightView]:
    found = list(rows)
    ids = [row.pk for row in found]
    # The newest last: it is the one that counts.
    issued = Certificate.objects.filter(registration__in=ids).order_by("pk")
    certificates = {one.registration_id: one for one in issued}
    frozen = set(
        Encumbrance.objects.filter(registration__in=ids, lifted_at__isnull=True, kind__in=FREEZING)
        .values_list("registration_id", flat=True)
    )  # fmt: skip
    return [_right(row, certificates.get(row.pk), row.pk in frozen) for row in found]


def _right(row: Registration, certificate: Certificate | None, frozen: bool) -> RightView:
    return RightView(
        registration_id=row.pk, resource_id=row.resource_id, holder_id=row.applicant_id, registrar_id=row.registrar_id,
        state=row.state, name=row.name, rights=frozenset(row.rights),
        code=certificate.code if certificate else (row.elsewhere or {}).get("code"),
        national=certificate.national if certificate else bool((row.elsewhere or {}).get("national")),
        evidenced_at=row.evidenced_at, valid_to_at=row.valid_to_at, frozen=frozen, share_requests=row.share_requests,
        elsewhere=Elsewhere.of(row.elsewhere),
    )  # fmt: skip


@query
def right(registration_id: int) -> Question[RightView]:
    """One registration in whatever state it is. Raises Unknown."""

    def meant(found: Rows) -> RightView:
        if not found:
            raise Unknown(f"registration {registration_id}")
        (
            pk,
            resource,
            holder,
            registrar,
            state,
            name,
            rights,
            code,
            national,
            evidenced_at,
            valid_to_at,
            frozen,
            shared,
            elsewhere,
        ) = found[0]
        return RightView(
            pk, resource, holder, registrar, state, name, frozenset(rights), code, bool(national), evidenced_at,
            valid_to_at, frozen, tuple(shared), Elsewhere.of(json.loads(elsewhere) if elsewhere else None),
        )  # fmt: skip

    return Question(Statement(_RIGHT, [list(FREEZING), registration_id]), meant)


# In one statement, for every act on a product of a registered right asks for it.
_RIGHT = """
select r.id, r.resource_id, r.applicant_id, r.registrar_id, r.state, r.name, r.rights,
       coalesce(c.code, r.elsewhere ->> 'code'), coalesce(c.national, (r.elsewhere ->> 'national')::boolean), r.evidenced_at,
       r.valid_to_at, exists (select 1 from registry_encumbrance e
                              where e.registration_id = r.id and e.lifted_at is null and e.kind = any(%s)),
       array(select jsonb_array_elements_text(coalesce(r.form -> 'share_requests', '[]'))::bigint), r.elsewhere::text
from registry_registration r
left join lateral (select code, national from registry_certificate
                   where registration_id = r.id order by id desc limit 1) c on true
where r.id = %s
"""


def rights(resource_id: int, *, states: Collection[str] = IN_FORCE) -> tuple[RightView, ...]:
    """The rights in a resource, the oldest first. The same right may stand there more than once."""
    return tuple(_rights(Registration.objects.filter(resource_id=resource_id, state__in=states).order_by("pk")))


def rights_of(party: int, *, states: Collection[str] = IN_FORCE) -> tuple[RightView, ...]:
    """The rights of a party, the newest first; those that were recognised among them."""
    return tuple(_rights(Registration.objects.filter(applicant_id=party, state__in=states).order_by("-pk")))


def same_rights(resource_id: int, *, name: str, rights: Collection[str]) -> tuple[RightView, ...]:
    """Who holds or seeks one of these rights in this entry, or in data of this name, at most twenty."""
    alike = Q(resource_id=resource_id) | Q(name=name)
    rows = Registration.objects.filter(alike, rights__overlap=list(rights), state__in=STANDING)
    return tuple(_rights(rows.order_by("pk")[:SAME_MAX]))


def certificate(code: str) -> CertificateView:
    """The certificate of that code, as its evidence has it. Raises Unknown, also for text that is no code."""
    return _shown(_found(code))


def certificates_of(party: int) -> tuple[CertificateView, ...]:
    """Every certificate a party was issued, lapsed ones too, the newest first."""
    rows = Certificate.objects.filter(holder_id=party).select_related("registration").order_by("-issued_at", "-pk")
    return tuple(_shown(row) for row in rows)


def certificate_of(registration_id: int) -> CertificateView | None:
    """The certificate of a registration that counts, the newest; None before one is issued."""
    rows = Certificate.objects.filter(registration_id=registration_id).select_related("registration")
    row = rows.order_by("-pk").first()
    return _shown(row) if row else None


def _found(code: str) -> Certificate:
    try:
        text = str(certificate_code.parse(code.strip().upper()))
    except certificate_code.BadCertificateCode as bad:
        raise Unknown(f"certificate {code[:40]}") from bad
    row = Certificate.objects.filter(code=text).select_related("registration").first()
    if row is None:
        raise Unknown(f"certificate {text}")
    return row


NATIONAL_WORDS = Words("数据产权登记凭证", "Certificate of registration of rights in data")
VOUCHER_WORDS = Words(
    "数据产权预登记凭证（非国家数据产权登记凭证）",
    "Pre-registration voucher of rights in data (not a certificate of the national scheme)",
)


def _shown(row: Certificate) -> CertificateView:
    record = _record_of(row)
    assert record is not None  # issuing asks for it
    plain = record.content
    return CertificateView(
        number=row.pk, code=row.code, national=row.national, words=NATIONAL_WORDS if row.national else VOUCHER_WORDS,
        registration_id=row.registration_id, resource_id=plain["resource"]["id"], state=row.registration.state,
        holder_id=plain["holder"]["id"], holder=plain["holder"]["name"], holder_code=plain["holder"]["credit_code"],
        registrar=plain["registrar"]["name"], registrar_code=plain["registrar"]["credit_code"],
        data_name=plain["data"]["name"], overview=plain["data"]["overview"],
        rights=frozenset(plain["rights"]["kinds"]), evidenced_at=datetime.fromisoformat(plain["evidenced_at"]),
        valid_to_at=datetime.fromisoformat(plain["valid_to_at"]), issued_at=row.issued_at, fact=record.fact,
        log_position=row.evidence_position, content_digest=record.content_digest, paper=row.paper,
    )  # fmt: skip


def _record_of(row: Certificate) -> EvidenceRecord | None:
    return evidence_in(row.evidence_fact, row.registration_id)


def _replaced_by(row: Certificate) -> Certificate | None:
    """The certificate that counts now, where it is not this one."""
    later = Certificate.objects.filter(registration_id=row.registration_id, pk__gt=row.pk)
    return later.order_by("-pk").first()


def verify_certificate(code: str, *, at: datetime, file: bytes | None = None) -> Verified:
    """Answers from the evidence whether a certificate stands at a moment, and whether a shown file is the one issued.

    Raises Unknown for a code that was never given.
    """
    row = _found(code)
    shown = _shown(row)
    matches = None if file is None else bool(row.paper) and hashlib.sha256(file).hexdigest() == row.paper
    newer = _replaced_by(row)
    faults = tuple(_disagreements(row, newer, shown, matches) + _ended(row, newer, shown, at))
    return Verified(shown, not faults, matches, faults, newer.code if newer else None)


def _disagreements(
    row: Certificate, newer: Certificate | None, shown: CertificateView, matches: bool | None
) -> list[Words]:
    record = _record_of(row)
    faults = []
    if record is None or not (
        content_digest(record.content) == record.content_digest == row.content_digest
        and (record.fact, record.position) == (row.evidence_fact, row.evidence_position)
    ):
        faults.append(
            Words(
                "凭证与存证记录不一致，以存证为准", "The certificate disagrees with the evidence; the evidence prevails"
            )
        )
    said_now = (row.registration.name, frozenset(row.registration.rights))
    if newer is None and said_now != (shown.data_name, shown.rights):
        faults.append(
            Words(
                "登记簿与存证记录不一致，以存证为准", "The register disagrees with the evidence; the evidence prevails"
            )
        )
    if matches is False:
        faults.append(
            Words(
                "所示文件与核发的凭证文件不同，以存证为准",
                "The file shown is not the one issued; the evidence prevails",
            )
        )
    if row.paper and not _file_is_whole(row.paper):
        faults.append(Words("存档的凭证文件已损坏或被改动", "The certificate on file is damaged or was changed"))
    return faults


def _file_is_whole(paper: str) -> bool:
    try:
        papers.content(paper)
    except papers.LostPaper:
        return False
    return True


def _ended(row: Certificate, newer: Certificate | None, shown: CertificateView, at: datetime) -> list[Words]:
    if newer is not None:
        day = local_day(newer.issued_at)
        return [
            Words(f"已于 {day} 由新凭证 {newer.code} 取代", f"Replaced by the certificate {newer.code} on {day}"),
        ]
    if row.registration.state in ENDED_OTHERWISE:
        return [ENDED_OTHERWISE[row.registration.state]]
    if row.registration.state == "lapsed" or at >= shown.valid_to_at:
        return [Words(f"凭证已于 {local_day(shown.valid_to_at)} 到期失效", f"Lapsed on {local_day(shown.valid_to_at)}")]
    if Encumbrance.objects.filter(registration=row.registration, lifted_at__isnull=True, kind__in=FREEZING).exists():
        return [Words("权利被查封或临时管制", "The right is seized or under an authority's control")]
    return []


def publicity(*, page: int = 1, size: int = 20) -> NoticePage:
    """Every notice that stands, the newest first: four fields each (PROP35 art. 24)."""
    size, page = max(1, min(size, PAGE_SIZE_MAX)), max(1, page)
    rows = Registration.objects.filter(state__in=("publicity", "objection"))
    found = list(rows.order_by("-published_at", "-pk")[(page - 1) * size : page * size])
    return NoticePage(total=rows.count(), page=page, size=size, items=tuple(_notices(found)))


def notice(registration_id: int) -> PublicNotice:
    """One standing notice. Raises Unknown for a registration that is not publicised now, whatever else it is."""
    rows = Registration.objects.filter(pk=registration_id, state__in=("publicity", "objection"))
    for found in _notices(list(rows)):
        return found
    raise Unknown(f"notice {registration_id}")


def _notices(rows: list[Registration]) -> list[PublicNotice]:
    applicants = parties.organisations([row.applicant_id for row in rows])
    ends = _publicity_ends([row.pk for row in rows])
    return [
        PublicNotice(
            registration_id=row.pk, fields=notice_fields(row, applicants[row.applicant_id]),
            published_at=row.published_at or row.changed_at, until_at=ends.get(row.pk),
            objected=row.state == "objection",
        )
        for row in rows
    ]  # fmt: skip


def _publicity_ends(registrations: list[int]) -> dict[int, datetime]:
    """When each running publicity ends; one that an objection has stopped is missing."""
    running = RunningClock.objects.filter(
        procedure="ownership", name="publicity", subject__in=registrations, due_at__isnull=False
    )
    return {subject: due for subject, due in running.values_list("subject", "due_at") if due is not None}


@dataclass(frozen=True)
class HeadView:
    """A finding of the review. `current` is false for one that a later finding replaced."""

    head: str
    passes: bool
    finding: str
    evidence: tuple[str, ...]
    found_at: datetime
    current: bool


@dataclass(frozen=True)
class ObjectionView:
    """An objection. The objector's contact is for the registrar alone."""

    number: int
    person_id: int
    organisation_id: int | None
    reason: str
    evidence: tuple[str, ...]
    contact: str
    filed_at: datetime
    upheld: bool | None
    finding: str


@dataclass(frozen=True)
class NoteView:
    id: int
    kind: str
    text: str
    until_date: date | None
    noted_at: datetime
    lifted_at: datetime | None


@dataclass(frozen=True)
class Dossier:
    """What its applicant, its registrar and the authorities see. `keep_until_date`: PROP35 art. 10(2)."""

    right: RightView
    form: dict[str, Any]
    missing: tuple[str, ...]
    heads: tuple[HeadView, ...]
    objections: tuple[ObjectionView, ...]
    notes: tuple[NoteView, ...]
    refusal: Words | None
    keep_until_date: date


def dossier(registration_id: int) -> Dossier:
    """The whole file of a registration; whether the reader may see it, the door's `see` decides. Raises Unknown."""
    row = Registration.objects.filter(pk=registration_id).first()
    if row is None:
        raise Unknown(f"registration {registration_id}")
    told = row.refusal["notice"] if row.refusal else None
    return Dossier(
        right=_rights([row])[0],
        form=dict(row.form),
        missing=tuple(row.missing),
        heads=_head_views(row),
        objections=tuple(
            ObjectionView(
                one.number, one.person_id, one.organisation_id, one.reason, tuple(one.evidence), one.contact,
                one.filed_at, one.upheld, one.finding,
            )
            for one in Objection.objects.filter(registration=row).order_by("number")
        ),
        notes=tuple(
            NoteView(one.pk, one.kind, one.text, one.until_date, one.noted_at, one.lifted_at)
            for one in Encumbrance.objects.filter(registration=row).order_by("pk")
        ),
        refusal=Words(told["zh"], told["en"]) if told else None,
        keep_until_date=keep_until(row),
    )  # fmt: skip


def _head_views(row: Registration) -> tuple[HeadView, ...]:
    rows = list(HeadReview.objects.filter(registration=row).order_by("pk"))
    latest = {one.head: one.pk for one in rows}
    return tuple(
        HeadView(one.head, one.passes, one.finding, tuple(one.evidence), one.found_at, latest[one.head] == one.pk)
        for one in rows
    )


def keep_until(row: Registration) -> date:
    """Until when the file must be kept at least: from the end of validity, or from the last change."""
    since = local_day(row.valid_to_at or row.changed_at)
    years = int(law.figure("prop35.keep_years", on=local_day(row.changed_at)).value)
    return calendar.add_months(since, years * 12).day


def ended_certificates(first: int, last: int, at: datetime, *, frozen: bool) -> list[int]:
    """The numbers of certificates from `first` up to `last`, without it, on which nobody may rely any more at that moment;
    with `frozen`, those whose right is seized or controlled instead."""
    with connection.cursor() as cursor:
        if frozen:
            cursor.execute(_FROZEN_CERTIFICATES, [first, last, list(FREEZING)])
        else:
            cursor.execute(_ENDED_CERTIFICATES, [first, last, at])
        return [number for (number,) in cursor.fetchall()]


_ENDED_CERTIFICATES = """
select c.id from registry_certificate c join registry_registration r on r.id = c.registration_id
where c.id >= %s and c.id < %s and (
  r.state <> 'registered' or r.valid_to_at <= %s
  or exists (select 1 from registry_certificate n where n.registration_id = c.registration_id and n.id > c.id))
order by c.id
"""
_FROZEN_CERTIFICATES = """
select c.id from registry_certificate c where c.id >= %s and c.id < %s
and exists (select 1 from registry_encumbrance e where e.registration_id = c.registration_id and e.lifted_at is null
            and e.kind = any(%s))
order by c.id
"""


def right_words(kinds: Iterable[str]) -> tuple[Words, ...]:
    """The names of rights in the order of the guideline: 持有、使用、经营."""
    wanted = set(kinds)
    return tuple(one.words for one in Right if one.value in wanted)
