"""A data steward's one page: what waits for a decision, how imports go, and what wordings mean, decided many at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import Actor, Shut, perform, procedure, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import grading, harvest, likeness
from tongqu.exchange.registry.harvest import HARVEST, MEANINGS, SPELLING, UNDECIDED
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import agenda, desk, doing, of_harvest
from tongqu.exchange.web.desks.acting import actor, for_roles
from tongqu.exchange.web.desks.wording import plain

OFFICES = ("data_authority", "exchange_administrator")
IMPORTS, SPELLINGS = 5, 20


@for_roles(*OFFICES)
@require_GET
def stewardship(request: HttpRequest) -> HttpResponse:
    by, at = actor(request), timezone.now()
    asked = c.page(request.GET.get("page"), size=SPELLINGS, total=10**9)
    spellings, total = harvest.open_spellings(offset=asked.span.start, limit=SPELLINGS)
    where = c.page(request.GET.get("page"), size=SPELLINGS, total=total)
    if where.number != asked.number:  # past the end: the last page there is
        spellings, total = harvest.open_spellings(offset=where.span.start, limit=SPELLINGS)
    context = {
        "figures": [*_waiting(by, at), *_ungraded(), _near()],
        "spellings": [_spelling(one) for one in spellings],
        "spellings_total": total,
        "page": where,
        "key": doing.new_key(),
        "imports": _imports(by),
        "imports_href": reverse("desk-list", args=[HARVEST.name]),
        "begin": desk.begin_href(HARVEST) if desk.offered(HARVEST, by) else "",
    }
    return render(request, "web/desks/stewardship.html", context)


def _waiting(by: Actor, at: datetime) -> list[dict[str, Any]]:
    """What waits on the desk of what concerns data, by procedure."""
    return [
        {"words": procedure(name).words, "count": count, "href": f"{reverse('desk')}?procedure={name}", "tone": "due"}
        for name, count in agenda.counts(by, at).by_procedure.items()
        if procedure(name).model.startswith("registry.")
    ]


def _ungraded() -> list[dict[str, Any]]:
    """Resources that nobody graded, and gradings whose time is over: their holders act, the steward sees to it."""
    counts = grading.standing("ungraded", limit=0)[1]
    told = {"ungraded": Words("未定级的资源", "resources ungraded"), "due": Words("到期的定级", "gradings due")}
    return [
        {"words": words, "count": counts[name], "href": reverse("desk-gradings-of", args=[name]), "tone": "due"}
        for name, words in told.items()
        if counts[name]
    ]


def _near() -> dict[str, Any]:
    found = likeness.pairs(limit=0)
    return {
        "words": Words("近似条目", "entries nearly the same"),
        "count": found.total,
        "href": reverse("entries-near"),
        "tone": "",
    }


def _spelling(one: harvest.OpenSpelling) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": f"meaning-{one.id}",
        "question": of_harvest.QUESTIONS[one.question],
        "spelling": one.spelling,
        "entries": one.entries,
        "catalogs": "、".join(one.catalogs),
        "href": desk.subject_href(SPELLING.name, one.id),
        "meanings": [(m.value, m.words) for m in MEANINGS[one.question] if m.value != UNDECIDED],
    }


def _imports(by: Actor) -> list[dict[str, Any]]:
    rows = visible(HARVEST, by).order_by("-begun_at", "-pk")[:IMPORTS]
    return [
        {
            "href": desk.subject_href(HARVEST.name, row.pk),
            "name": row.name,
            "state": HARVEST.label(row.state),
            "tone": desk.state_tone(HARVEST, row.state),
            "done": row.position,
            "whole": max(row.lines, row.position, 1),
            "running": row.state == "running",
            "told": Words(
                f"新增 {row.fresh:,} · 更新 {row.changed:,} · 未采用 {row.lost:,}",
                f"{row.fresh:,} new · {row.changed:,} changed · {row.lost:,} not taken",
            ),
            "when": plain(said.moment(timezone.localtime(row.begun_at))),
        }
        for row in rows
    ]


@for_roles(*OFFICES)
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Every wording for which a meaning was chosen is decided by itself; what could not be is said with its reason."""
    by, at, key = actor(request), timezone.now(), request.POST.get("key", "")[:80]
    chosen = {
        int(name[8:]): value
        for name, value in request.POST.items()
        if name.startswith("meaning-") and name[8:].isdecimal() and len(name) < 24 and value
    }
    done, said_no = 0, []
    for number, meaning in chosen.items():
        try:
            perform(SPELLING, "decide", number, by=by, at=at, key=f"{key}/{number}", meaning=str(meaning))
            done += 1
        except (Shut, BadInput) as no:
            said_no.append(no.words)
    language = get_language()
    if done:
        messages.success(request, Words(f"已认定 {done} 种写法", f"{done} wordings decided").of(language))
    elif not said_no:
        messages.info(request, Words("没有选择含义", "No meaning was chosen").of(language))
    for words in said_no:
        messages.error(request, words.of(language))
    return redirect("desk-data")
