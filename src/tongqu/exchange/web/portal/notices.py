"""Notices of registrations in publicity: their four fields and nothing else; and objections, by people known by name."""

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

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks import clockfaces, doing, forms
from tongqu.exchange.web.desks.acting import actor, hides_unknown
from tongqu.exchange.web.desks.subject import ActCard, Trial, card
from tongqu.exchange.web.desks.wording import citation

SIZE = 20


def shown(one: ownership.PublicNotice, at: datetime) -> dict[str, Any]:
    """A notice for a table: its name, by whom, and how much of its period is left."""
    if one.until_at is None:
        left, tone = Words("异议调查中", "objection examined"), "due"
    else:
        number, kind = clockfaces.left("working_days", one.until_at, at)
        left, tone = clockfaces.amount(number, kind), "due" if number <= clockfaces.NEAR_WORKING_DAYS else ""
    return {"fields": one.fields, "left": left, "tone": tone, "href": reverse("notice", args=[one.registration_id])}


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    total = ownership.publicity(size=1).total
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    found = ownership.publicity(page=where.number, size=SIZE)
    return render(
        request,
        "web/portal/notices.html",
        {"rows": [shown(one, at) for one in found.items], "page": where, "total": total},
    )


@require_http_methods(["GET", "POST"])
@hides_unknown
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice. An objection needs a sign-in: it is made by name, with evidence (art. 25)."""
    one, at = ownership.notice(pk), timezone.now()
    trial = Trial()
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?next={reverse('notice', args=[pk])}")
        by, act = actor(request), OWNERSHIP.act("object")
        sent = forms.receive(request, by, at)
        trial = Trial(act.name, sent)
        if not sent.more:
            strange = forms.not_handed_in(forms.papers_named(act.asks, sent), by)
            if strange:
                sent.faults.append(("evidence", Words("请上传自己的证据", "Hand in evidence of your own")))
            tried = doing.send(request, OWNERSHIP, act, pk, by, at, sent)
            if tried.outcome is not None:
                words = Words(
                    "异议已收到，公示中止，登记机构将调查答复。",
                    "Your objection was received; publicity stops while the registrar investigates.",
                )
                messages.success(request, words.of(get_language()))
                return redirect("notice", pk)
            trial = Trial(act.name, sent, tried)
    context = {
        "one": one,
        "face": _clock(one, at),
        "card": _card(request, trial),
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "opened": bool(trial.act),
        "cite": citation("PROP35:24"),
        "object_cite": citation("PROP35:25"),
        "crumbs": [
            (Words("公示", "Notices"), reverse("notices")),
            (Words("数据产权登记", "Registration of rights"), ""),
        ],
    }
    return render(request, "web/portal/notice.html", context, status=409 if trial.tried else 200)


def _card(request: HttpRequest, trial: Trial) -> ActCard | None:
    if not request.user.is_authenticated:
        return None
    act = OWNERSHIP.act("object")
    return card(
        OWNERSHIP,
        act,
        actor(request),
        trial,
        words=OWNERSHIP.label("object"),
        leads_to=OWNERSHIP.label("objection"),
        first=False,
        has_code=True,
        values={},
        known={},
    )


def _clock(one: ownership.PublicNotice, at: datetime) -> c.ClockFace:
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
