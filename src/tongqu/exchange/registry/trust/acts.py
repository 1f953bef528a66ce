"""What trusts and mandates write. The consents that a trustee gave end in the same act as the mandate or trust behind them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from tongqu.exchange.bedrock import calendar, law, papers
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, holds_on, local_day, procedure
from tongqu.exchange.members import parties
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import NoticeView
from tongqu.exchange.registry.trust.models import DataTrust, TrustMandate, TrustPurpose, TrustReport, TrustTerms
from tongqu.exchange.registry.trust.queries import view_of
from tongqu.exchange.registry.trust.reading import takes_mandates
from tongqu.exchange.registry.trust.rules import GivenUpSeen, MandateSeen, TrustSeen


def published(number: int) -> NoticeView | None:
    """A notice, where it is in force."""
    try:
        found = consent.notices.notice(number)
    except Unknown:
        return None
    return found if found.state == "published" else None


# Trusts.


def seen_trust(matter: Matter) -> TrustSeen:
    asked, party, day = matter.inputs, int(matter.by.party or 0), local_day(matter.at)
    notice = matter.known = published(asked.notice)
    return TrustSeen(
        on=day, until_date=asked.until_date, fee_basis_points=asked.fee_basis_points, notice_stands=notice is not None,
        is_provider=notice is not None and notice.provider_id == party,
        of_providers_group=notice is not None and parties.related(party, notice.provider_id, on=day),
        own_paper=papers.paper_of(asked.deed, matter.by.party) is not None,
    )  # fmt: skip


def propose(matter: Matter) -> Done:
    row: DataTrust = matter.subject
    asked, notice = matter.inputs, matter.known
    row.trustee_id, row.provider_id = int(matter.by.party or 0), notice.provider_id
    row.node_id, row.source = notice.node_id, notice.source
    row.name, row.deed, row.fee_basis_points = asked.name, asked.deed, asked.fee_basis_points
    row.purposes, row.kinds = [one.value for one in asked.purposes], [one.value for one in asked.kinds]
    row.until_date, row.until_at = asked.until_date, calendar.end_of(asked.until_date)
    return Done({"provider": row.provider_id, "node": row.node_id, "source": row.source})


def seen_approval(matter: Matter) -> TrustSeen:
    """Control may have changed since it was proposed."""
    row: DataTrust = matter.subject
    day = local_day(matter.at)
    related = parties.related(row.trustee_id, row.provider_id, on=day)
    return TrustSeen(on=day, until_date=row.until_date, of_providers_group=related)


def approve(matter: Matter) -> Done:
    row: DataTrust = matter.subject
    row.approved_at = matter.at
    row.opens_report_at = _next_report(matter.at)
    return Done()


def _next_report(at: datetime) -> datetime:
    day = local_day(at)
    months = int(law.figure("house.trust_report_months", on=day).value)
    return calendar.end_of(calendar.add_months(day, months).day)


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def seen_given_up(matter: Matter) -> GivenUpSeen:
    held = TrustMandate.objects.filter(pk=matter.inputs.mandate, trust_id=matter.subject.pk, state="in_force").exists()
    return GivenUpSeen(held)


def give_up(matter: Matter) -> Done:
    """The flow ends the mandate: who gave it is not for the trustee to see."""
    return Done({"mandate": matter.inputs.mandate})


def open_report(matter: Matter) -> Done:
    row: DataTrust = matter.subject
    told = _report_of(row, matter.at)
    row.opens_report_at = _next_report(matter.at)
    return Done(told)


def _report_of(row: DataTrust, at: datetime) -> dict[str, Any]:
    """The time after the last report, or after the approval."""
    before = TrustReport.objects.filter(trust_id=row.pk).order_by("-number").first()
    since = before.until if before is not None else row.approved_at
    assert since is not None
    until = max(at, since + timedelta(seconds=1))
    return {
        "number": before.number + 1 if before is not None else 1,
        "since": since.isoformat(),
        "until": until.isoformat(),
    }


def end(matter: Matter) -> Done:
    """Every consent that the trustee gave ends now; the terms and mandates follow, and a last report."""
    row: DataTrust = matter.subject
    row.ended_at, row.reason = matter.at, getattr(matter.inputs, "reason", "")
    return Done({"withdrawn": _withdraw(row, matter.at)})


def close(matter: Matter) -> Done:
    return Done(_report_of(matter.subject, matter.at))


def _withdraw(row: DataTrust, at: datetime, reference: str | None = None) -> int:
    rows = TrustTerms.objects.filter(trust_id=row.pk, agreed_at__isnull=False).values_list("pk", "basis")
    terms = dict(rows)
    return consent.trusted.withdraw(row.node_id, sorted(set(terms.values())), list(terms), at, reference=reference)


# Mandates.


def seen_mandate(matter: Matter) -> MandateSeen:
    asked, person = matter.inputs, int(matter.by.person or 0)
    with connection.cursor() as cursor:  # of two mandates about the same data at one moment the second sees the first
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 9))", [f"trust-link/{asked.link}"])
    trust = standing_still(asked.trust)
    link = consent.trusted.link_of(asked.link, person) if matter.by.party is None else None
    matter.known = trust, link
    stands = trust is not None and matter.at < trust.until_at and takes_mandates(view_of(trust))
    purposes = {one.value for one in asked.purposes}
    kinds = {one.value for one in (*asked.kinds, *asked.sensitive)}
    taken: tuple[str, ...] = ()
    if link is not None:
        # A second mandate to the same trust is refused as well, whatever its purposes: one is revoked, or one stands.
        rows = TrustPurpose.objects.filter(Q(purpose__in=purposes) | Q(mandate__trust_id=asked.trust), link_id=link.id)
        taken = tuple(sorted(rows.values_list("purpose", flat=True)))
    return MandateSeen(
        on=local_day(matter.at), by_themselves=matter.by.party is None, link_is_ones_own=link is not None, trust_stands=stands,
        same_source=trust is None or link is None or (trust.node_id, trust.source) == (link.node_id, link.source),
        given_by=asked.given_by.value, guardian_spoke=link is not None and consent.trusted.by_guardian(link),
        beyond_purposes=tuple(sorted(purposes - set(trust.purposes))) if trust is not None else (),
        beyond_kinds=tuple(sorted(kinds - set(trust.kinds))) if trust is not None else (),
        kinds=tuple(one.value for one in asked.kinds),
        entrusted_already=taken,
    )  # fmt: skip


def standing_still(number: int) -> DataTrust | None:
    """A trust, which neither ends nor is frozen until this transaction is over."""
    with connection.cursor() as cursor:
        cursor.execute("select id from registry_data_trust where id = %s for share", [number])
    return DataTrust.objects.filter(pk=number).first()


def entrust(matter: Matter) -> Done:
    """What the trustee has consented to for all, and could consent to now, counts for this person from now on, too."""
    row: TrustMandate = matter.subject
    trust, link = matter.known
    asked = matter.inputs
    row.trust_id, row.trustee_id, row.link_id = trust.pk, trust.trustee_id, link.id
    row.person_id = int(matter.by.person or 0)
    row.purposes = list(dict.fromkeys(one.value for one in asked.purposes))
    row.sensitive = list(dict.fromkeys(one.value for one in asked.sensitive))
    row.kinds = list(dict.fromkeys([*(one.value for one in asked.kinds), *row.sensitive]))
    consent.trusted.hold(trust.node_id)
    given = []
    for terms in _could_consent(trust, row, matter.at):
        notice = consent.trusted.current(terms.basis)
        one = ("select %s::bigint, %s::text", [row.pk, link.reference])
        if notice is not None and consent.trusted.give(notice, terms=terms.pk, candidates=one, at=matter.at):
            given.append(terms.pk)
    TrustPurpose.objects.bulk_create(
        TrustPurpose(mandate_id=row.pk, link_id=link.id, purpose=one) for one in row.purposes
    )
    return Done({"trust": trust.pk, "given": given})


def _could_consent(trust: DataTrust, row: TrustMandate, at: datetime) -> list[TrustTerms]:
    """Terms within the mandate by which the trustee consented, and by which it could today: neither frozen nor for its own group."""
    found = TrustTerms.objects.filter(
        trust_id=trust.pk, state="agreed", consented_at__isnull=False, until_at__gt=at,
        purposes__contained_by=row.purposes, kinds__contained_by=row.kinds,
    )  # fmt: skip
    agreed = list(found.order_by("pk"))
    table = procedure("trust_terms")
    known = parties.organisations({trust.trustee_id, *(one.receiver_id for one in agreed)}, on=local_day(at))
    trustee = known[trust.trustee_id]
    theirs = [one for one in agreed if not trustee.related_to(known[one.receiver_id])]
    return [one for one in theirs if not holds_on(table, one.pk)]


def end_mandate(matter: Matter) -> Done:
    """By the person, the trustee, or with the trust or the link: the consents in its name end in the same act."""
    row: TrustMandate = matter.subject
    row.ended_at, row.reason = matter.at, getattr(matter.inputs, "reason", "")
    TrustPurpose.objects.filter(mandate_id=row.pk).delete()
    return Done({"withdrawn": _withdraw(row.trust, matter.at, row.link.reference)})
