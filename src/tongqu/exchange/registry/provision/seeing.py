"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from tongqu.exchange.bedrock import calendar, law, papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, releases
from tongqu.exchange.registry.provision import rules
from tongqu.exchange.registry.provision.inputs import Request
from tongqu.exchange.registry.provision.models import ENDED, ShareRequest


def request(matter: Matter) -> rules.Seen:
    """The request beside its entry. Requests of one party for one resource wait here for each other."""
    asked: Request = matter.inputs
    day, party = local_day(matter.at), int(matter.by.party or 0)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"share/{party}/{asked.resource}"])
    entry = resource(asked.resource)
    mine = ShareRequest.objects.filter(requester=party, resource=asked.resource).exclude(state__in=ENDED)
    open_now = list(mine.values_list("matter", flat=True))
    seen = rules.Seen(
        on=day,
        kind=parties.organisation(party).kind,
        sharing=entry.sharing if entry else "",
        own=entry is not None and entry.holder_id == party,
        elements=frozenset(element.name for element in entry.elements) if entry else frozenset(),
        items=tuple(asked.items),
        ground_items=tuple(asked.ground_items),
        same_open=asked.matter in open_now,
        others_open=len([one for one in open_now if one != asked.matter]),
        until_date=asked.until_date,
        latest_date=latest(day),
        papers_unknown=_unknown(asked.paper, party),
    )
    matter.known = (entry, seen)
    return seen


def agreed_at_once(request_id: int, at: datetime) -> bool:
    """Whether nobody had to look at the request, and nobody would have to if it came now."""
    row = ShareRequest.objects.get(pk=request_id)
    entry, kind = resource(row.resource_id), parties.organisation(row.requester_id).kind
    if not row.at_once or entry is None:
        return False
    items, known = tuple(row.items), {element.name for element in entry.elements}
    now = rules.Seen(on=local_day(at), kind=kind, sharing=entry.sharing, items=items, ground_items=items)
    return rules.agreed_at_once(now) and known.issuperset(items)


def resource(resource_id: int) -> catalogue.ResourceView | None:
    """An entry in force, or None."""
    try:
        found = catalogue.resource(resource_id)
    except Unknown:
        return None
    return found if found.state == "catalogued" else None


def latest(day: date) -> date:
    """The last day to which a term that begins, or is renewed, on a day may run."""
    return calendar.add_months(day, int(law.figure("house.share_term_months", on=day).value)).day


def _unknown(paper: str | None, party: int | None) -> tuple[str, ...]:
    return () if paper is None or papers.paper_of(paper, party) is not None else (paper[:8],)


def own_paper(matter: Matter) -> rules.PapersSeen:
    return rules.PapersSeen(_unknown(matter.inputs.paper, matter.by.party))


def asked_more(matter: Matter) -> rules.MoreSeen:
    return rules.MoreSeen(matter.subject.asked_more)


def decision(matter: Matter) -> rules.DecisionSeen:
    subject: ShareRequest = matter.subject
    return rules.DecisionSeen(matter.by.party in {subject.requester_id, subject.provider_id})


def standing_resource(matter: Matter) -> rules.ProvidedSeen:
    """For an agreement: whether there is still something to agree to."""
    entry = resource(matter.subject.resource_id)
    return rules.ProvidedSeen(resource_stands=entry is not None, way="", wanted=matter.subject.mode)


def provided(matter: Matter) -> rules.ProvidedSeen:
    """What is handed over, beside what was asked for; of a file its columns."""
    subject: ShareRequest = matter.subject
    asked, entry = matter.inputs, resource(subject.resource_id)
    kept = papers.paper_of(asked.file, matter.by.party) if asked.file else None
    return rules.ProvidedSeen(
        resource_stands=entry is not None,
        way=asked.way.value,
        wanted=subject.mode,
        source=asked.source,
        resource_source=entry.source if entry else "",
        file_unknown=asked.file is not None and kept is None,
        **_looked_into(kept, subject),
    )


def corrected(matter: Matter) -> rules.ProvidedSeen:
    subject: ShareRequest = matter.subject
    file = matter.inputs.file
    kept = papers.paper_of(file, matter.by.party) if file else None
    return rules.ProvidedSeen(
        resource_stands=True,
        way="",
        wanted=subject.mode,
        file_unknown=file is not None and kept is None,
        **_looked_into(kept, subject),
    )


def _looked_into(kept: papers.Paper | None, subject: ShareRequest) -> dict[str, Any]:
    """The columns of a table that were not asked for, or why it cannot be read. Other kinds of file have none."""
    try:
        columns = releases.columns_of(papers.content(kept.sha256), kept.media_type) if kept else ()
    except releases.BadTable as bad:
        return {"unreadable": (bad.fault.words, bad.fault.mend)}
    return {"columns_beyond": tuple(name for name in columns if name not in subject.items)}


def renewal(matter: Matter) -> rules.RenewalSeen:
    day = local_day(matter.at)
    return rules.RenewalSeen(
        on=day,
        until_date=matter.inputs.until_date,
        ends_date=last_day(matter.subject.until_at),
        latest_date=latest(day),
    )


def last_day(until_at: datetime) -> date:
    """The day whose end the moment is."""
    return local_day(until_at) - timedelta(days=1)


def consent(matter: Matter) -> rules.ConsentSeen:
    return rules.ConsentSeen(bool(matter.subject.consent_asked))
