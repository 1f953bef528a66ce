"""Notices in force, for anyone: who provides what of people to whom, for what, and how to say no (PIPL arts. 17, 23)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CONSENT_NOTICE, SENSITIVE
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.acting import hides_unknown
from tongqu.exchange.web.desks.of_consent import TOLD
from tongqu.exchange.web.desks.wording import citation, pairs_of, plain, words_of

SIZE = 20
HERE = Words("个人信息告知", "Notices to data subjects")


def _against_the_former(one: consent.NoticeView) -> Words:
    """Whether consents to the version before go on; of a first one there is nothing to compare."""
    if one.version == 1:
        return Words("首版", "the first")
    return Words("须重新同意", "asks anew") if one.basis == one.id else Words("同意继续有效", "consents go on")


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found, total = consent.notices.in_force(offset=asked.span.start, limit=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != asked.number:
        found, _ = consent.notices.in_force(offset=where.span.start, limit=SIZE)
    known = names.organisations(one for each in found for one in (each.provider_id, each.receiver_id))
    asks = CONSENT_NOTICE.begins.asks
    rows = [
        [
            c.Cell(one.name, words_of(asks, "kinds", one.kinds), reverse("consent-notice", args=[one.id])),
            c.Cell(known[one.provider_id].name),
            c.Cell(known[one.receiver_id].name),
            c.Cell(words_of(asks, "purposes", one.purposes)),
            _tag(one),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("告知", "Notice")),
        c.Column(Words("个人信息处理者", "Processor"), phone=False),
        c.Column(Words("接收方", "Receiver")),
        c.Column(Words("目的", "Purposes"), phone=False),
        c.Column(Words("类别", "Kind"), phone=False),
    ]
    empty = c.Empty(
        Words("还没有告知", "No notices yet"),
        Words("个人信息处理者发布的现行告知会出现在这里。", "Notices that processors have in force appear here."),
    )
    context = {"total": total, "table": c.Table(columns, rows, page=where, empty=empty), "cite": citation("PIPL:23")}
    return render(request, "web/portal/consent_notices.html", context)


def _tag(one: consent.NoticeView) -> c.Cell:
    if set(one.kinds) & SENSITIVE:
        return c.Cell(Words("含敏感个人信息", "sensitive"), tag="due")
    return c.Cell(Words("一般", "general"), tag="")


@require_GET
@hides_unknown
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    one = consent.notices.notice(pk)
    known = names.organisations([one.provider_id, one.receiver_id])
    values = {name: getattr(one, name) for name in TOLD if name != "minors_rules"}
    pairs = [
        c.Pair(Words("个人信息处理者", "Processor"), known[one.provider_id].name),
        c.Pair(Words("接收方名称", "Receiver"), known[one.receiver_id].name),
        *pairs_of(CONSENT_NOTICE.begins.asks, values, list(values)),
        c.Pair(
            Words("未成年人专门规则", "Rules for those under fourteen"),
            Words("已制定", "made") if one.has_minors_rules else Words("不处理其个人信息", "theirs is not processed"),
        ),
        c.Pair(Words("发布于", "Published"), one.published_at),
        c.Pair(Words("摘要", "Digest"), one.digest, mono=True),
    ]
    rows = [
        [
            c.Cell(plain(f"{each.version}"), href=reverse("consent-notice", args=[each.id])),
            c.Cell(_against_the_former(each)),
            c.Cell(CONSENT_NOTICE.label(each.state), tag="ok" if each.state == "published" else ""),
        ]
        for each in consent.notices.versions(one.series)
    ]
    columns = [
        c.Column(Words("版本", "Version")), c.Column(Words("与前一版相比", "Against the one before")),
        c.Column(Words("状态", "State")),
    ]  # fmt: skip
    context = {
        "one": one, "pairs": pairs, "state": CONSENT_NOTICE.label(one.state), "tone": "ok" if one.state == "published" else "bad",
        "versions": c.Table(columns, rows), "cite": citation("PIPL:17"), "sensitive": bool(set(one.kinds) & SENSITIVE),
        "sensitive_cite": citation("PIPL:29"), "provide_cite": citation("PIPL:23"), "withdraw_cite": citation("PIPL:15"),
        "crumbs": [(HERE, reverse("consent-notices")), (plain(one.name), "")],
    }  # fmt: skip
    return render(request, "web/portal/consent_notice.html", context)
