"""How terms are offered, countered and agreed, and the consents that a trustee gives by them; and the reports it owes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Done, Matter, holds_on, local_day, procedure
from tongqu.exchange.members import parties
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import SENSITIVE, NoticeView
from tongqu.exchange.registry.trust.acts import published, standing_still
from tongqu.exchange.registry.trust.models import DataTrust, TrustMandate, TrustReport, TrustTerms
from tongqu.exchange.registry.trust.rules import TermsSeen

OPEN = ("proposed", "countered", "agreed")


def seen_terms(matter: Matter) -> TermsSeen:
    asked = matter.inputs
    trust = standing_still(asked.trust)
    notice = published(asked.notice)
    matter.known = trust, notice
    return _seen(matter, trust, notice, asked.until_date, asked.basis_points, int(matter.by.party or 0))


def seen_offer(matter: Matter) -> TermsSeen:
    """Another offer to terms that are under way."""
    row: TrustTerms = matter.subject
    asked, notice = matter.inputs, consent.trusted.current(row.basis)
    return _seen(
        matter, standing_still(row.trust_id), notice, asked.until_date, asked.basis_points, row.trustee_id, row.pk
    )


def seen_again(matter: Matter) -> TermsSeen:
    """What was offered is judged as it stands now: notice, trust, other terms and relations may have changed."""
    row: TrustTerms = matter.subject
    notice = matter.known = consent.trusted.current(row.basis)
    return _seen(matter, standing_still(row.trust_id), notice, row.until_date, row.basis_points, row.trustee_id, row.pk)


def _seen(
    matter: Matter,
    trust: DataTrust | None,
    notice: NoticeView | None,
    until: Any,
    points: int,
    trustee: int,
    row: int = 0,
) -> TermsSeen:
    day = local_day(matter.at)
    fits = (
        trust is not None
        and notice is not None
        and (trust.node_id, trust.source, trust.provider_id) == (notice.node_id, notice.source, notice.provider_id)
        and set(notice.purposes) <= set(trust.purposes)
        and set(notice.kinds) <= set(trust.kinds)
    )
    others, opened = 0, False
    if trust is not None and notice is not None:
        with connection.cursor() as cursor:  # of two agreed at one moment the second sees the first
            asked = f"trust-terms/{trust.node_id}/{trust.source}/{notice.receiver_id}"
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 9))", [asked])
        agreed = TrustTerms.objects.filter(
            node_id=trust.node_id, source=trust.source, receiver_id=notice.receiver_id, state="agreed",
            purposes__overlap=list(notice.purposes),
        ).exclude(pk=row)  # fmt: skip
        others = agreed.aggregate(sum=Sum("basis_points"))["sum"] or 0
        opened = (
            TrustTerms.objects.filter(trust_id=trust.pk, basis=notice.basis, state__in=OPEN).exclude(pk=row).exists()
        )
    return TermsSeen(
        on=day, until_date=until, trust_until=trust.until_date if trust is not None else until, basis_points=points,
        others_basis_points=others, notice_stands=notice is not None, of_the_trust=fits or trust is None, open_already=opened,
        trust_is_held=(
            trust is not None and trust.trustee_id == trustee and trust.state == "in_force"
            and not holds_on(procedure("data_trust"), trust.pk)
        ),
        receiver_is_related=notice is not None and parties.related(trustee, notice.receiver_id, on=day),
    )  # fmt: skip


def propose(matter: Matter) -> Done:
    row: TrustTerms = matter.subject
    trust, notice = matter.known
    row.trust_id, row.trustee_id, row.provider_id = trust.pk, trust.trustee_id, trust.provider_id
    row.node_id, row.source, row.receiver_id = trust.node_id, trust.source, notice.receiver_id
    row.notice_id, row.basis = notice.id, notice.basis
    row.purposes, row.kinds = list(notice.purposes), list(notice.kinds)
    return offer(matter)


def offer(matter: Matter) -> Done:
    row: TrustTerms = matter.subject
    asked = matter.inputs
    row.basis_points, row.conditions = asked.basis_points, asked.conditions
    row.until_date, row.until_at = asked.until_date, calendar.end_of(asked.until_date)
    return Done({"trust": row.trust_id, "receiver": row.receiver_id, "notice": row.notice_id})


def agree(matter: Matter) -> Done:
    """The log has what was agreed, whoever offered it."""
    row: TrustTerms = matter.subject
    row.agreed_at = matter.at
    return Done(
        {
            "trust": row.trust_id, "receiver": row.receiver_id, "notice": row.notice_id, "basis_points": row.basis_points,
            "conditions": row.conditions, "until_date": row.until_date.isoformat(),
        }
    )  # fmt: skip


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def give_consent(matter: Matter) -> Done:
    """For every mandate in force that covers all of it, whose person has not said no: again and again with the same result."""
    row: TrustTerms = matter.subject
    consent.trusted.hold(row.node_id)
    rows = TrustMandate.objects.filter(
        trust_id=row.trust_id, state="in_force", purposes__contains=row.purposes, kinds__contains=row.kinds,
        sensitive__contains=sorted(set(row.kinds) & SENSITIVE), link__state="linked",
    )  # fmt: skip
    candidates = rows.order_by().values_list("pk", "link__reference").query.sql_with_params()
    given = consent.trusted.give(matter.known, terms=row.pk, candidates=candidates, at=matter.at)
    row.consented_at = row.consented_at or matter.at
    return Done({"given": given, "notice": matter.known.id})


def withdraw_all(matter: Matter) -> Done:
    row: TrustTerms = matter.subject
    row.consented_at = None
    return Done({"withdrawn": _withdraw(row, matter.at)})


def end(matter: Matter) -> Done:
    """Either side, the calendar, or with the notice or the trust. What was not agreed has no consents."""
    row: TrustTerms = matter.subject
    row.ended_at, row.reason = matter.at, getattr(matter.inputs, "reason", "")
    return Done({"withdrawn": _withdraw(row, matter.at) if row.agreed_at is not None else 0})


def _withdraw(row: TrustTerms, at: datetime) -> int:
    return consent.trusted.withdraw(row.node_id, [row.basis], [row.pk], at)


# Reports.


def count_for_report(matter: Matter) -> Done:
    row: TrustReport = matter.subject
    asked = matter.inputs
    trust = DataTrust.objects.get(pk=asked.trust)
    row.trust_id, row.trustee_id = trust.pk, trust.trustee_id
    row.number, row.since, row.until = asked.number, asked.since, asked.until
    row.numbers = numbers_of(trust.pk, asked.since, asked.until)
    return Done({"trust": trust.pk, "numbers": row.numbers})


def numbers_of(trust: int, since: datetime, until: datetime) -> dict[str, Any]:
    """What the house counted: mandates over the time, and the consents by terms that stand now."""
    mandates = TrustMandate.objects.filter(trust_id=trust)
    over = mandates.filter(ended_at__gt=since, ended_at__lte=until).values("state").annotate(many=Count("pk"))
    ended = {one["state"]: one["many"] for one in over.order_by()}
    terms = list(
        TrustTerms.objects.filter(trust_id=trust, agreed_at__lte=until).exclude(ended_at__lte=since).order_by("pk")
    )
    standing = consent.trusted.standing([one.basis for one in terms], [one.pk for one in terms])
    return {
        "given": mandates.filter(begun_at__gt=since, begun_at__lte=until).count(),
        "standing": mandates.filter(state="in_force").count(),
        "revoked": ended.get("revoked", 0), "given_up": ended.get("given_up", 0), "ended": ended.get("ended", 0),
        "terms": [
            {"terms": one.pk, "receiver": one.receiver_id, "purposes": one.purposes, "standing": standing.get(one.pk, 0)}
            for one in terms
        ],
    }  # fmt: skip


def publish_report(matter: Matter) -> Done:
    row: TrustReport = matter.subject
    asked = matter.inputs
    row.account, row.objections, row.stopped, row.published_at = (
        asked.account,
        asked.objections,
        asked.stopped,
        matter.at,
    )
    return Done({"numbers": row.numbers})
