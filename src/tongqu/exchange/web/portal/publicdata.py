"""The register of public data for anyone: what is registered, the notices with their four fields, and objections by name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from tongqu.exchange.bedrock.procedures import Procedure, procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import publicdata
from tongqu.exchange.registry.publicdata import PUBLIC_REGISTRATION
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks import clockfaces, doing, forms
from tongqu.exchange.web.desks.acting import actor, hides_unknown
from tongqu.exchange.web.desks.subject import ActCard, Trial, card
from tongqu.exchange.web.desks.wording import citation, plain, words_of

SIZE = 20
WORDS_MAX = 100
TONES: dict[str, c.Tone] = {"registered": "ok", "renewing": "info"}
REGISTER = Words("公共数据资源登记", "Register of public data")


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Everything that ever had its code, with where it stands."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:WORDS_MAX]
    what = request.GET.get("what", "")
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found = publicdata.register(words, what=what, page=asked.number, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=found.total)
    if where.number != asked.number:  # past the end: the last page there is
        found = publicdata.register(words, what=what, page=where.number, size=SIZE)
    rows = [
        [
            c.Cell(one.name, one.holder, reverse("public-record", args=[one.id])),
            c.Cell(words_of(PUBLIC_REGISTRATION.begins.asks, "what", one.what)),
            c.Cell(plain(one.code)),
            c.Cell(PUBLIC_REGISTRATION.label(one.state), tag=TONES.get(one.state, "")),
        ]
        for one in found.items
    ]
    columns = [
        c.Column(Words("登记数据名称", "Data")),
        c.Column(Words("登记对象", "What"), phone=False),
        c.Column(Words("登记结果查询码", "Query code"), phone=False),
        c.Column(Words("状态", "State")),
    ]
    empty = c.Empty(
        Words("没有找到", "Nothing found"),
        Words("公示期满并取得查询码的登记会出现在这里。", "What has passed publicity and got its code appears here."),
    )
    context = {
        "q": words, "total": found.total, "table": c.Table(columns, rows, page=where, empty=empty),
        "standing": publicdata.notices(size=0).total,
    }  # fmt: skip
    return render(request, "web/portal/public_register.html", context)


@require_GET
@hides_unknown
def record(request: HttpRequest, pk: int) -> HttpResponse:
    one = publicdata.record(pk)
    valid = one.valid_at(timezone.now())
    pairs = [
        c.Pair(Words("登记主体名称", "Holder"), one.holder),
        c.Pair(Words("登记对象", "What"), words_of(PUBLIC_REGISTRATION.begins.asks, "what", one.what)),
        c.Pair(Words("登记数据名称", "Data"), one.name),
        c.Pair(Words("数据内容简介", "What the data holds"), one.summary),
        c.Pair(Words("登记结果查询码", "Query code"), one.code, mono=True),
        c.Pair(Words("登记机构", "Registrar"), one.registrar),
        c.Pair(Words("赋码日期", "Coded on"), one.coded_date),
        c.Pair(Words("有效期至", "Valid to"), one.valid_to_date),
    ]
    context = {
        "one": one, "pairs": pairs, "valid": valid, "state": PUBLIC_REGISTRATION.label(one.state),
        "tone": "ok" if valid else "bad", "cite": citation("REG26:13"), "until_cite": citation("REG26:15"),
        "resource_href": reverse("resource", args=[one.resource_id]),
        "crumbs": [(REGISTER, reverse("public-register")), (plain(one.name), "")],
    }  # fmt: skip
    return render(request, "web/portal/public_record.html", context)


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found = publicdata.notices(page=asked.number, size=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=found.total)
    if where.number != asked.number:
        found = publicdata.notices(page=where.number, size=SIZE)
    rows = []
    for one in found.items:
        left = Words("异议核实中", "objection looked into")
        if one.until_at is not None:
            left = clockfaces.amount(*clockfaces.left("working_days", one.until_at, at))
        rows.append([
            c.Cell(one.fields.data_name, one.fields.summary, reverse("public-notice", args=[one.procedure, one.id])),
            c.Cell(one.fields.kind, tag="info"),
            c.Cell(one.fields.party),
            c.Cell(left),
        ])  # fmt: skip
    columns = [
        c.Column(Words("登记数据名称", "Data")),
        c.Column(Words("登记类型", "Kind")),
        c.Column(Words("登记主体名称", "Holder"), phone=False),
        c.Column(Words("剩余", "Left"), num=True),
    ]
    empty = c.Empty(
        Words("现在没有公示", "No notice stands"),
        Words(
            "通过形式审核的登记在这里公示，期内可以实名提出异议。", "What passed its formal review is publicised here."
        ),
    )
    context = {"total": found.total, "table": c.Table(columns, rows, page=where, empty=empty)}
    return render(request, "web/portal/public_notices.html", context)


@require_http_methods(["GET", "POST"])
@hides_unknown
def notice(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """One notice. An objection needs a sign-in: it is made by name, with evidence (art. 12)."""
    one, at = publicdata.notice(name, pk), timezone.now()
    table, trial = procedure(one.procedure), Trial()
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?next={request.path}")
        by, act = actor(request), table.act("object")
        sent = forms.receive(request, by, at)
        trial = Trial(act.name, sent)
        if not sent.more:
            if forms.not_handed_in(forms.papers_named(act.asks, sent), by):
                sent.faults.append(("evidence", Words("请上传自己的证据", "Hand in evidence of your own")))
            tried = doing.send(request, table, act, pk, by, at, sent)
            if tried.outcome is not None:
                words = Words("异议已收到，公示中止，登记机构将核实答复。",
                              "Your objection was received; publicity stops while the registrar looks into it.")  # fmt: skip
                messages.success(request, words.of(get_language()))
                return redirect("public-notice", name, pk)
            trial = Trial(act.name, sent, tried)
    fields = one.fields
    pairs = [
        c.Pair(Words("登记主体名称", "Holder"), fields.party),
        c.Pair(Words("登记类型", "Kind"), fields.kind),
        c.Pair(Words("登记数据名称", "Data"), fields.data_name),
        c.Pair(Words("数据内容简介", "What the data holds"), fields.summary),
    ]
    context = {
        "one": one, "pairs": pairs, "face": _clock(one, at), "card": _card(request, table, trial),
        "obstacles": trial.tried.obstacles if trial.tried else [], "opened": bool(trial.act),
        "cite": citation("REG26:12"),
        "crumbs": [(Words("公共数据登记公示", "Notices of public data"), reverse("public-notices")), (fields.kind, "")],
    }  # fmt: skip
    return render(request, "web/portal/public_notice.html", context, status=409 if trial.tried else 200)


def _card(request: HttpRequest, table: Procedure, trial: Trial) -> ActCard | None:
    if not request.user.is_authenticated:
        return None
    return card(
        table, table.act("object"), actor(request), trial, words=table.label("object"),
        leads_to=table.label("objection"), first=False, has_code=True, values={}, known={},
    )  # fmt: skip


def _clock(one: publicdata.Notice, at: Any) -> c.ClockFace:
    words = Words("公示期", "publicity")
    if one.until_at is None:
        return c.ClockFace(words, Words("暂停：正在核实异议", "paused while an objection is looked into"), mood="calm")
    return c.ClockFace(
        words, clockfaces.left_words("working_days", one.until_at, at), clockfaces.shown_end(one.until_at),
        cite=citation("REG26:12"), mood=clockfaces.mood("working_days", one.until_at, at),
    )  # fmt: skip
