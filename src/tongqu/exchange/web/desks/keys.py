"""Keys, mandates and sessions: API keys shown once, signature keys, who may act for the organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from tongqu.exchange.bedrock.procedures import Actor, NeedsSecondFactor, Outcome, Procedure, begin
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import credentials, mandates
from tongqu.exchange.members.credentials import SIGNATURE_KEY
from tongqu.exchange.members.mandates import API_KEY, MANDATE, ROLE_WORDS
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import doing, forms, names
from tongqu.exchange.web.desks.acting import actor, for_party, has_second_factor, role_words, with_second_factor
from tongqu.exchange.web.desks.desk import state_tone, subject_href
from tongqu.exchange.web.desks.subject import ActCard, Trial, card
from tongqu.exchange.web.desks.wording import plain, words_of

MADE_HERE = frozenset({"prefix", "digest"})
KEY, SIGNING = "api_key", "signature_key"


@for_party
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    by, at = actor(request), timezone.now()
    trial = Trial()
    if request.method == "POST":
        answer = _key(request, by, at) if request.POST.get("_act") == KEY else _signing(request, by, at)
        if isinstance(answer, HttpResponse):
            return answer
        trial = answer
    return _page(request, by, trial)


def _key(request: HttpRequest, by: Actor, at: datetime) -> HttpResponse | Trial:
    """A key is made once for a form: a second submit cannot be answered with the same secret, so it makes none."""
    sent = forms.receive(request, by, at)
    made: list[mandates.FreshKey] = []

    def through() -> Outcome:
        given = forms.take(API_KEY.begins.asks, sent, leave_out=MADE_HERE)
        who = _coded(request, by)
        made.append(
            mandates.issue_key(
                by=who,
                at=at,
                name=given.get("name", ""),
                roles=given.get("roles", []),
                until_at=given.get("until_at", at),
            )
        )
        return Outcome(KEY, made[0].id, "begin", "active", 0, {})

    if not doing.once(request):
        messages.info(
            request,
            Words("这张表已经提交过，密钥已显示过一次", "This form was sent already; its key was shown then").of(
                get_language()
            ),
        )
        return redirect("desk-keys")
    tried = doing.attempt(through)
    if tried.outcome is None:
        return Trial(KEY, sent, doing.Tried(obstacles=tried.obstacles, faults=tried.faults, fresh_key=True))
    how = f"export TONGQU_URL={settings.PUBLIC_URL}\nexport TONGQU_API_KEY={made[0].secret}"
    context = {"secrets": [(Words("接口密钥", "API key"), made[0].secret)], "back": reverse("desk-keys"), "how": how}
    response = render(request, "web/desks/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _coded(request: HttpRequest, by: Actor) -> Actor:
    code = request.POST.get(doing.CODE, "").strip()
    if not code:
        raise NeedsSecondFactor
    return with_second_factor(request, by, code)


def _signing(request: HttpRequest, by: Actor, at: datetime) -> HttpResponse | Trial:
    sent = forms.receive(request, by, at)

    def through() -> Outcome:
        given = forms.take(SIGNATURE_KEY.begins.asks, sent)
        doing.forms_right(SIGNATURE_KEY.begins.asks, given)
        return begin(SIGNATURE_KEY, by=_coded(request, by), at=at, key=doing.key_of(request), **given)

    tried = doing.attempt(through)
    if tried.outcome is None:
        return Trial(SIGNING, sent, tried)
    messages.success(request, Words("签名密钥已启用", "The signature key is in use").of(get_language()))
    return redirect("desk-keys")


def _page(request: HttpRequest, by: Actor, trial: Trial) -> HttpResponse:
    has_code = has_second_factor(request)
    roles = [(role, words) for role, words in ROLE_WORDS.items() if role in by.roles]
    key_card = _card(API_KEY, KEY, by, trial, has_code, {"roles": roles})
    sign_card = _card(SIGNATURE_KEY, SIGNING, by, trial, has_code, {})
    administers = "administrator" in by.roles
    text = credentials.possession_text(person=int(by.person or 0), organisation=int(by.party or 0), public=b"")
    context = {
        "key_card": key_card,
        "sign_card": sign_card,
        "keys": _key_table(by, administers),
        "signing": _signing_table(by, administers),
        "mandates": _mandate_table(by) if administers else None,
        "administers": administers,
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "possession": text.decode().replace('"public":""', '"public":"…"'),
    }
    return render(request, "web/desks/keys.html", context, status=409 if trial.tried else 200)


def _card(table: Procedure, name: str, by: Actor, trial: Trial, has_code: bool, known: Mapping[str, Any]) -> ActCard:
    """The card of a beginning, named after its procedure: two of them stand on one page."""
    of_this = replace(trial, act="begin") if trial.act == name else Trial()
    made = card(
        table,
        table.begins,
        by,
        of_this,
        words=table.label("begin"),
        leads_to=None,
        first=False,
        has_code=has_code,
        values={},
        known=known,
        leave_out=MADE_HERE,
    )
    return replace(made, name=name)


def _key_table(by: Actor, administers: bool) -> c.Table:
    """An administrator sees every key of the organisation, others their own."""
    found = mandates.keys_of(int(by.party or 0), person_id=None if administers else by.person)
    people = names.people(key.person for key in found)
    rows = [
        [
            c.Cell(key.name, plain(f"{key.prefix}… · {people.get(key.person, '')}"), subject_href("api_key", key.id)),
            c.Cell(API_KEY.label(key.state), tag=state_tone(API_KEY, key.state) if key.state != "active" else "ok"),
            c.Cell(role_words(key.roles)),
            c.Cell(_moment(key.until_at)),
            c.Cell(_moment(key.last_used_at)),
        ]
        for key in found
    ]
    columns = [
        c.Column(Words("名称", "Name")),
        c.Column(Words("状态", "State")),
        c.Column(Words("角色", "Roles"), phone=False),
        c.Column(Words("终止", "Until"), phone=False),
        c.Column(Words("最近使用", "Last used"), phone=False),
    ]
    return c.Table(
        columns,
        rows,
        empty=c.Empty(
            Words("还没有接口密钥", "No API keys yet"),
            Words("程序调用接口时用；生成后只显示一次。", "For programs that call the API; shown once when made."),
        ),
    )


def _signing_table(by: Actor, administers: bool) -> c.Table:
    found = credentials.signature_keys(int(by.party or 0), person_id=None if administers else by.person)
    people = names.people(key.person for key in found)
    rows = [
        [
            c.Cell(
                key.name or words_of(SIGNATURE_KEY.begins.asks, "keeper", key.keeper),
                plain(f"{key.key_id} · {people.get(key.person, '')}"),
                subject_href("signature_key", key.id),
            ),
            c.Cell(SIGNATURE_KEY.label(key.state), tag="ok" if key.state == "in_use" else ""),
            c.Cell(words_of(SIGNATURE_KEY.begins.asks, "keeper", key.keeper)),
            c.Cell(_moment(key.registered_at)),
        ]
        for key in found
    ]
    columns = [
        c.Column(Words("密钥", "Key")),
        c.Column(Words("状态", "State")),
        c.Column(Words("保管方式", "Kept by"), phone=False),
        c.Column(Words("启用", "Since"), phone=False),
    ]
    return c.Table(
        columns,
        rows,
        empty=c.Empty(
            Words("还没有签名密钥", "No signature keys yet"),
            Words(
                "第一次签署时会自动生成由交易所代管的密钥；也可以登记自己保管的。",
                "The first signature makes a key kept by the exchange; you may register your own.",
            ),
        ),
    )


def _mandate_table(by: Actor) -> c.Table:
    rows = [
        [
            c.Cell(one.person_name, "", subject_href("mandate", one.id)),
            c.Cell(MANDATE.label(one.state), tag="ok" if one.state == "in_force" else ""),
            c.Cell(role_words(one.roles)),
            c.Cell(_moment(one.until_at)),
        ]
        for one in mandates.mandates_of(int(by.party or 0))
    ]
    columns = [
        c.Column(Words("人员", "Person")),
        c.Column(Words("状态", "State")),
        c.Column(Words("角色", "Roles"), phone=False),
        c.Column(Words("终止", "Until"), phone=False),
    ]
    return c.Table(columns, rows)


def _moment(at: datetime | None) -> Words:
    return plain(said.moment(timezone.localtime(at)) if at else "—")
