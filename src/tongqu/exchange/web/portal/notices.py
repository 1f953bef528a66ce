"""Notices of registrations in publicity: their four fields and nothing else; and objections, by people known by name.

First registrations have one list, what follows them another: each is paged by its own table.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from tongqu.exchange.bedrock.procedures import Procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import dealings, ownership
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks import clockfaces, doing, forms
from tongqu.exchange.web.desks.acting import actor, hides_unknown
from tongqu.exchange.web.desks.subject import ActCard, Trial, card
from tongqu.exchange.web.desks.wording import citation

SIZE = 20


def shown(one: ownership.PublicNotice | dealings.Notice, at: datetime) -> dict[str, Any]:
    """A notice for a table: its name, by whom, and how much of its period is left."""
    if one.until_at is None:
        left, tone = Words("异议调查中", "objection examined"), "due"
    else:
        number, unit = clockfaces.left("working_days", one.until_at, at)
        left, tone = clockfaces.amount(number, unit), "due" if number <= clockfaces.NEAR_WORKING_DAYS else ""
    if isinstance(one, dealings.Notice):
        kind, href = dealings.BY_KIND[one.kind].words, reverse("notice-later", args=[one.dealing_id])
    else:
        kind, href = OWNERSHIP.words, reverse("notice", args=[one.registration_id])
    return {"fields": one.fields, "left": left, "tone": tone, "href": href, "kind": kind}


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    of_later = request.GET.get("kind") == "later"
    first, later = ownership.publicity(size=1).total, dealings.publicity(size=1).total
    where = c.page(request.GET.get("page"), size=SIZE, total=later if of_later else first)
    read = dealings.publicity if of_later else ownership.publicity
    rows = [shown(one, at) for one in read(page=where.number, size=SIZE).items]
    kinds = [
        (Words("初次登记", "First registrations"), reverse("notices"), first, not of_later),
        (Words("转让、变更、续期、注销", "What follows them"), f"{reverse('notices')}?kind=later", later, of_later),
    ]
    context = {"rows": rows, "page": where, "total": first + later, "kinds": kinds}
    return render(request, "web/portal/notices.html", context)


@require_http_methods(["GET", "POST"])
@hides_unknown
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice. An objection needs a sign-in: it is made by name, with evidence (art. 25)."""
    return _notice(request, OWNERSHIP, ownership.notice(pk), pk, "notice")


@require_http_methods(["GET", "POST"])
@hides_unknown
def later(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice of what follows a first registration."""
    one = dealings.notice(pk)
    return _notice(request, dealings.BY_KIND[one.kind], one, pk, "notice-later")


def _notice(
    request: HttpRequest, table: Procedure, one: ownership.PublicNotice | dealings.Notice, pk: int, url: str
) -> HttpResponse:
    at, trial = timezone.now(), Trial()
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?next={reverse(url, args=[pk])}")
        by, act = actor(request), table.act("object")
        sent = forms.receive(request, by, at)
        trial = Trial(act.name, sent)
        if not sent.more:
            strange = forms.not_handed_in(forms.papers_named(act.asks, sent), by)
            if strange:
                sent.faults.append(("evidence", Words("请上传自己的证据", "Hand in evidence of your own")))
            tried = doing.send(request, table, act, pk, by, at, sent)
            if tried.outcome is not None:
                words = Words(
                    "异议已收到，公示中止，登记机构将调查答复。",
                    "Your objection was received; publicity stops while the registrar investigates.",
                )
                messages.success(request, words.of(get_language()))
                return redirect(url, pk)
            trial = Trial(act.name, sent, tried)
    context = {
        "one": one,
        "face": _clock(one, at),
        "card": _card(request, table, trial),
        "kind": table.words,
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "opened": bool(trial.act),
        "cite": citation("PROP35:24"),
        "object_cite": citation("PROP35:25"),
        "crumbs": [
            (Words("公示", "Notices"), reverse("notices")),
            (table.words, ""),
        ],
    }
    return render(request, "web/portal/notice.html", context, status=409 if trial.tried else 200)


def _card(request: HttpRequest, table: Procedure, trial: Trial) -> ActCard | None:
    if not request.user.is_authenticated:
        return None
    act = table.act("object")
    return card(
        table,
        act,
        actor(request),
        trial,
        words=table.label("object"),
        leads_to=table.label("objection"),
        first=False,
        has_code=True,
        values={},
        known={},
    )


def _clock(one: ownership.PublicNotice | dealings.Notice, at: datetime) -> c.ClockFace:
    words = Words("公示期", "publicity")
    if one.until_at is None:
        return c.ClockFace(words, Words("暂停：正在调查异议", "paused while an objection is investigated"), mood="calm")
    return c.ClockFace(
        words,
        clockfaces.left_words("working_days", one.until_at, at),
        clockfaces.shown_end(one.until_at),
        cite=citation("PROP35:24"),
        mood=clockfaces.mood("working_days", one.until_at, at),
    )
