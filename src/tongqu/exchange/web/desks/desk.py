"""The desk: one list by deadline of what waits for the organisation, and lists of everything it may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongqu.exchange import flow  # noqa: F401 - imports every table of the house
from tongqu.exchange.bedrock import ledger
from tongqu.exchange.bedrock.procedures import (
    ANYONE,
    CLOCK,
    Act,
    Actor,
    Procedure,
    all_procedures,
    local_day,
    procedure,
    visible,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import mandates, parties
from tongqu.exchange.treasury import settlement, trusts
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import agenda, clockfaces, names, works
from tongqu.exchange.web.desks.acting import actor, signed_in
from tongqu.exchange.web.desks.wording import plain, short_citation

SIZE = 20
NEAR = (
    ("today", Words("今天到期或逾期", "Due today or overdue"), "bad"),
    ("soon", Words("三日内", "Within three days"), "due"),
    ("rest", Words("其余", "The rest"), ""),
)
# Begun on pages of their own, or as a consequence; never from a bare form.
ELSEWHERE = {
    "api_key": "desk-keys",
    "signature_key": "desk-keys",
    "node": "desk-nodes",
    "deposit": "desk-bank",
    "bank_fault": "desk-bank",
    "data_subject": "my-data",
    "subject_request": "my-data",
    "trust_claim": "my-data",
    "trust_mandate": "trusts",
}
# For departments and public institutions; the rules tell everybody else why not.
OF_DEPARTMENTS = {"share_request", "subscription", "edition"}
PUBLIC_BODIES = {"department", "public_institution"}
# Begun by an import alone.
BY_ITSELF = {"bank_fault"}


def table_named(name: str) -> Procedure:
    try:
        return procedure(name)
    except KeyError as error:
        raise Http404 from error


def may_begin(table: Procedure, by: Actor) -> bool:
    """Whether the actor holds one of the offices with which this begins."""
    if by.kind == "clock" or table.begins.by == (CLOCK,):
        return False
    return any(place is ANYONE or place.name in by.roles for place in table.begins.by)


def offered(table: Procedure, by: Actor, *, public_body: bool | None = None) -> bool:
    """Whether the lists offer to begin it: admission to who has no admitted organisation, a payout where there is money.

    `public_body`: whether the actor's organisation is one, where that is known already.
    """
    if table.name in BY_ITSELF or not may_begin(table, by):
        return False
    if table.name in OF_DEPARTMENTS:
        return is_public_body(by) if public_body is None else public_body
    if table.name == "admission":
        return by.party is None or parties.organisation(by.party).state not in {"admitted", "suspended"}
    if by.party is None:
        return False
    if table.name == "trust_distribution":  # the trustee's; finance's too, once the trust has ended
        return bool(trusts.to_divide(by.party, finance="finance" in by.roles))
    return (
        table.name != "payout" or "finance" in by.roles or ledger.balance(settlement.available(by.party)).available > 0
    )


def begin_href(table: Procedure) -> str:
    elsewhere = ELSEWHERE.get(table.name)
    return reverse(elsewhere) if elsewhere else reverse("desk-new", args=[table.name])


def beginnings(by: Actor) -> list[tuple[Procedure, str]]:
    """What the actor may start, and where."""
    public_body = is_public_body(by)
    return [(table, begin_href(table)) for table in all_procedures() if offered(table, by, public_body=public_body)]


def is_public_body(by: Actor) -> bool:
    return by.party is not None and parties.organisation(by.party).kind in PUBLIC_BODIES


@signed_in
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    by, at = actor(request), timezone.now()
    if by.party is None:
        if len(mandates.acting(int(request.user.pk or 0), at)) > 1:
            return redirect("desk-acting")
        return render(request, "web/desks/alone.html")
    known = agenda.counts(by, at)
    only, near = _asked(request, known)
    total = _total(known, only, near)
    if only and near:
        total = agenda.count(by, at, procedure=only, near=near)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    found = agenda.entries(by, at, span=where.span, procedure=only, near=near)
    may_start, find = beginnings(by), request.GET.get("find", "").strip()[:60]
    return render(
        request,
        "web/desks/desk.html",
        {
            "counts": known,
            "near": _near_links(known, near, only),
            "filters": _filters(known, only, near),
            "only": only,
            "table": _table(found, by, at, where),
            "works": works.grouped(may_start, find=find),
            "may_start": len(may_start),
            "find": find,
            "kept": {name: value for name, value in (("procedure", only), ("near", near)) if value},
            "lists": _lists(by),
            "filtered": bool(only or near),
        },
    )


def _asked(request: HttpRequest, known: agenda.Counts) -> tuple[str, str]:
    only, near = request.GET.get("procedure", ""), request.GET.get("near", "")
    return only if only in known.by_procedure else "", near if near in {n for n, _, _ in NEAR} else ""


def _total(known: agenda.Counts, only: str, near: str) -> int:
    if near:
        return {"today": known.today, "soon": known.soon, "rest": known.rest}[near]
    return known.by_procedure[only] if only else known.all


def _href(**query: str) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"{reverse('desk')}?{urlencode(kept)}" if kept else reverse("desk")


def _near_links(known: agenda.Counts, near: str, only: str) -> list[dict[str, Any]]:
    return [
        {
            "words": Words(f"{words.zh} {getattr(known, name):,}", f"{words.en} {getattr(known, name):,}"),
            "tone": tone if getattr(known, name) else "",
            "href": _href(near="" if near == name else name, procedure=only),
            "on": near == name,
        }
        for name, words, tone in NEAR
    ]


def _filters(known: agenda.Counts, only: str, near: str) -> list[dict[str, Any]]:
    if len(known.by_procedure) < 2 and not only:
        return []
    return [{"words": Words("全部", "All"), "count": known.all, "href": _href(near=near), "on": not only}] + [
        {"words": procedure(name).words, "count": count, "href": _href(procedure=name, near=near), "on": only == name}
        for name, count in known.by_procedure.items()
    ]


def _table(found: Sequence[agenda.Entry], by: Actor, at: datetime, where: c.Page) -> dict[str, Any]:
    known = names.organisations(p for e in found for p in names.parties_on(e.table, e.subject))
    return {"rows": [_row(entry, known, at) for entry in found], "page": where}


def _row(entry: agenda.Entry, known: Any, at: datetime) -> dict[str, Any]:
    clock = next((one for one in entry.table.clocks if entry.clock and one.name == entry.clock.name), None)
    cites = [*(act.cite for act in entry.acts), clock.cite if clock else None, entry.table.cite]
    cite = next((one for one in cites if one), None)
    return {
        "due": _due(entry, at),
        "tone": _tone(entry, at),
        "href": subject_href(entry.table.name, entry.subject.pk),
        "title": names.title(entry.table, entry.subject),
        "which": Words(
            f"{entry.table.words.zh} {entry.subject.pk} · {entry.table.label(entry.subject.state).zh}",
            f"{entry.table.words.en} {entry.subject.pk} · {entry.table.label(entry.subject.state).en}",
        ),
        "parties": names.joined(entry.table, entry.subject, known),
        "acts": _act_words(entry.table, entry.acts),
        "silence": Words(
            f"到期未办：{entry.table.label(clock.then).zh}", f"without an act: {entry.table.label(clock.then).en}"
        )
        if clock and clock.then
        else None,
        "cite": short_citation(cite),
    }


def _act_words(table: Procedure, acts: Sequence[Act]) -> Words:
    if not acts:
        return Words("即将到期，需要的请另行办理", "runs out soon: arrange for a new one if it is needed")
    shown = [table.label(act.name) for act in acts[:3]]
    return Words(" / ".join(w.zh for w in shown), " / ".join(w.en for w in shown))


def _due(entry: agenda.Entry, at: datetime) -> Words:
    if entry.due_at is None:
        return Words("不限期", "no deadline")
    today, last = local_day(at), clockfaces.last_day(entry.due_at)
    if entry.due_at <= at:
        return Words("已逾期", "overdue")
    if last == today:
        return Words("今天", "today")
    unit = entry.clock.unit if entry.clock else "natural_days"
    number, kind = clockfaces.left(unit, entry.due_at, at)
    if number <= 10:
        return clockfaces.amount(number, kind)
    return Words(said.when(last, today, "zh"), said.when(last, today, "en"))


def _tone(entry: agenda.Entry, at: datetime) -> str:
    if entry.due_at is None:
        return ""
    if clockfaces.last_day(entry.due_at) <= local_day(at):
        return "bad"
    unit = entry.clock.unit if entry.clock else "natural_days"
    return "due" if clockfaces.left(unit, entry.due_at, at)[0] <= clockfaces.NEAR_WORKING_DAYS else ""


def subject_href(name: str, pk: int) -> str:
    return reverse("desk-subject", args=[name, pk])


def _lists(by: Actor) -> list[tuple[Words, str]]:
    """The procedures of which this actor sees something now. One statement for all of them."""
    parts: list[str] = []
    values: list[Any] = []
    for table in all_procedures():
        try:
            sql, given = visible(table, by).order_by().values_list("pk").query.sql_with_params()
        except EmptyResultSet:  # nothing of this procedure can ever be this actor's
            continue
        parts.append(f"select %s::text where exists ({sql})")
        values += [table.name, *given]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), values)
        found = {row[0] for row in cursor.fetchall()}
    return [(table.words, reverse("desk-list", args=[table.name])) for table in all_procedures() if table.name in found]


@signed_in
@require_GET
def listing(request: HttpRequest, name: str) -> HttpResponse:
    """Every subject of a procedure that the actor may see, the newest first, by state."""
    table, by = table_named(name), actor(request)
    rows = visible(table, by)
    by_state = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    state = request.GET.get("state", "")
    state = state if state in by_state else ""
    total = by_state[state] if state else sum(by_state.values())
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    chosen = rows.filter(state=state) if state else rows
    found = list(chosen.order_by("-changed_at", "-pk")[where.span])
    known = names.organisations(p for row in found for p in names.parties_on(table, row))
    order = [*table.way, *sorted(table.states - set(table.way))]
    context = {
        "procedure": table,
        "table": _list_table(table, found, known, where, bool(state)),
        "states": [(table.label(s), by_state[s], s, s == state) for s in order if s in by_state],
        "total": sum(by_state.values()),
        "state": state,
        "crumbs": [(Words("待办", "Desk"), reverse("desk")), (table.words, "")],
        "begin": begin_href(table) if offered(table, by) else "",
        "begin_words": table.label("begin"),
    }
    return render(request, "web/desks/list.html", context)


def _list_table(table: Procedure, found: Sequence[Any], known: Any, where: c.Page, filtered: bool) -> c.Table:
    rows = [
        [
            c.Cell(
                names.title(table, row),
                Words(f"{table.words.zh} {row.pk}", f"{table.words.en} {row.pk}"),
                subject_href(table.name, row.pk),
            ),
            c.Cell(table.label(row.state), tag=state_tone(table, row.state)),
            c.Cell(names.joined(table, row, known)),
            c.Cell(plain(said.moment(timezone.localtime(row.changed_at)))),
        ]
        for row in found
    ]
    empty = c.Empty(
        Words("还没有", "Nothing yet"),
        Words(
            f"与您单位有关的“{table.words.zh}”会出现在这里。",
            f"“{table.words.en}” that concerns your organisation will appear here.",
        ),
    )
    columns = [
        c.Column(Words("事项", "Matter")),
        c.Column(Words("状态", "State")),
        c.Column(Words("当事人", "Parties"), phone=False),
        c.Column(Words("最近变动", "Last change"), phone=False),
    ]
    return c.Table(columns, rows, page=where, empty=empty)


_PASSED = frozenset({"superseded", "replaced", "ended", "closed", "released", "transferred", "expired"})
"""Ends that come to whatever has served its time: nobody did anything wrong."""


def state_tone(table: Procedure, state: str) -> c.Tone:
    """Done is jade, a detour is amber, a bad end is vermilion, one in due course grey; what is under way is indigo."""
    if state == table.way[-1]:
        return "ok"
    if state in _PASSED:
        return ""
    if state in table.way:
        return "info"
    return "bad" if state in table.ends else "due"
