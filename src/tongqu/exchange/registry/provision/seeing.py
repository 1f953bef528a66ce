"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

from django.db import connection

from tongqu.exchange.bedrock import calendar, law, papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.provision import rules
from tongqu.exchange.registry.provision.inputs import Request
from tongqu.exchange.registry.provision.models import ENDED, ShareRequest

HEAD_BYTES_MAX = 1_000_000


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
    """What is handed over, beside what was asked for; of a file its first line."""
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
        columns_beyond=_beyond(kept, subject),
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
        columns_beyond=_beyond(kept, subject),
    )


def _beyond(kept: papers.Paper | None, subject: ShareRequest) -> tuple[str, ...]:
    """The columns of a table, by its first line, that were not asked for. Other kinds of file have none to be read."""
    if kept is None or kept.media_type != "text/csv":
        return ()
    start = papers.content(kept.sha256)[:HEAD_BYTES_MAX]
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = start.decode("gb18030", "replace")
    first = next(csv.reader(io.StringIO(text.split("\n", 1)[0])), [])
    return tuple(name.strip() for name in first if name.strip() and name.strip() not in subject.items)


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
