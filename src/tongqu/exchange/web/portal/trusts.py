"""Data trusts for anyone: who acts for whom, by which deed and on which terms; and here a person gives a mandate.

Numbers of people are published in tens. A person's own mandates have a page that belongs to that person alone; of the others
it, too, tells in tens: whoever gives a mandate is a stranger to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, Unknown, local_day, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import consent, trust
from tongqu.exchange.registry.consent import SENSITIVE
from tongqu.exchange.registry.trust import DATA_TRUST, TRUST_MANDATE, MandateView, TrustView
from tongqu.exchange.treasury import trusts as trusts_money
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import doing, forms, names
from tongqu.exchange.web.desks.acting import hides_unknown, signed_in
from tongqu.exchange.web.desks.of_consent import source_words
from tongqu.exchange.web.desks.of_trust import few, percent, report_parts
from tongqu.exchange.web.desks.parts import money
from tongqu.exchange.web.desks.story import served
from tongqu.exchange.web.desks.subject import ActCard, Trial, card
from tongqu.exchange.web.desks.wording import citation, plain, words_of

SIZE = 20
HERE = Words("数据信托", "Data trusts")
MINE = Words("我的数据", "My data")
ASKS = DATA_TRUST.begins.asks


def myself(request: HttpRequest) -> Actor:
    """The person, for itself."""
    name = request.user.get_full_name() if request.user.is_authenticated else ""
    return Actor(person=int(request.user.pk or 0), names={"person": name})


@require_GET
def trusts(request: HttpRequest) -> HttpResponse:
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found, total = trust.reading.in_force(offset=asked.span.start, limit=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != asked.number:
        found, _ = trust.reading.in_force(offset=where.span.start, limit=SIZE)
    known = names.organisations(one for each in found for one in (each.trustee_id, each.provider_id))
    rows = [
        [
            c.Cell(one.name, words_of(ASKS, "purposes", one.purposes), reverse("trust", args=[one.id])),
            c.Cell(known[one.trustee_id].name),
            c.Cell(known[one.provider_id].name),
            c.Cell(plain(said.day(one.until_date))),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("信托", "Trust")), c.Column(Words("受托者", "Trustee")),
        c.Column(Words("个人信息处理者", "Processor"), phone=False), c.Column(Words("至", "Until"), phone=False),
    ]  # fmt: skip
    empty = c.Empty(
        Words("还没有数据信托", "No data trusts yet"),
        Words("经遴选同意设立的信托会出现在这里。", "Trusts that were approved appear here."),
    )
    context = {"total": total, "table": c.Table(columns, rows, page=where, empty=empty), "cite": citation("SEED:7"),
               "house_cite": citation("HOUSE:trust")}  # fmt: skip
    return render(request, "web/portal/trusts.html", context)


@require_http_methods(["GET", "POST"])
@hides_unknown
def one_trust(request: HttpRequest, pk: int) -> HttpResponse:
    one, trial = trust.view(pk), Trial()
    if request.method == "POST":
        done, trial = _joined(request, one)
        if done is not None:
            return done
    known = names.organisations([one.trustee_id, one.provider_id])
    many, own, open_to = trust.reading.counts(pk), _own(request, pk), trust.reading.takes_mandates(one)
    pairs = [
        c.Pair(Words("受托者", "Trustee"), known[one.trustee_id].name),
        c.Pair(Words("个人信息处理者", "Processor"), known[one.provider_id].name),
        c.Pair(Words("数据", "Data"), source_words(one.node_id, one.source)),
        c.Pair(Words("可代为同意的目的", "Purposes it may consent to"), words_of(ASKS, "purposes", one.purposes)),
        c.Pair(Words("可涉及的个人信息", "Kinds of personal information"), words_of(ASKS, "kinds", one.kinds)),
        c.Pair(Words("受托报酬", "Fee"), percent(one.fee_basis_points)),
        c.Pair(Words("信托期限至", "Until"), said.day(one.until_date)),
        c.Pair(Words("信托文件", "Deed"), Words("打开", "open"), reverse("trust-deed", args=[pk])),
        c.Pair(Words("有效委托", "Mandates in force"), few(many.get("in_force", 0))),
        c.Pair(Words("已撤销", "Revoked"), few(many.get("revoked", 0))),
    ]
    context = {
        "one": one, "pairs": pairs, "state": DATA_TRUST.label(one.state), "tone": "ok" if one.state == "in_force" else "",
        "terms": _terms(request, pk), "reports": report_parts(trust.reading.reports([pk]), strangers=True),
        "cite": citation("SEED:7"), "house_cite": citation("HOUSE:trust"), "withdraw_cite": citation("PIPL:15"),
        "sensitive_cite": citation("PIPL:29"), "join": _join(request, one, trial, own) if open_to else None,
        "own": own, "open_to": open_to,
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "crumbs": [(HERE, reverse("trusts")), (plain(one.name), "")],
    }  # fmt: skip
    return render(request, "web/portal/trust.html", context, status=409 if trial.tried else 200)


def _terms(request: HttpRequest, pk: int) -> c.Table:
    """Who receives what for what, and which part is the persons'; how many consents stand, in numbers."""
    asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    found, total = trust.reading.terms_of(pk, agreed_only=True, offset=asked.span.start, limit=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != asked.number:
        found, _ = trust.reading.terms_of(pk, agreed_only=True, offset=where.span.start, limit=SIZE)
    known, standing = names.organisations(one.receiver_id for one in found), trust.reading.standing(found)
    rows = [
        [
            c.Cell(known[one.receiver_id].name, words_of(ASKS, "purposes", one.purposes), reverse("consent-notice", args=[one.notice_id])),
            c.Cell(words_of(ASKS, "kinds", one.kinds)),
            c.Cell(percent(one.basis_points)),
            c.Cell(few(standing.get(one.id, 0))),
            c.Cell(plain(one.conditions)),
        ]
        for one in found
    ]  # fmt: skip
    columns = [
        c.Column(Words("接收方与目的", "Receiver and purposes")), c.Column(Words("个人信息", "Information"), phone=False),
        c.Column(Words("归委托人", "The persons' part"), num=True), c.Column(Words("有效同意", "Consents standing"), num=True),
        c.Column(Words("使用条件", "Conditions"), phone=False),
    ]  # fmt: skip
    empty = c.Empty(
        Words("还没有商定的使用条件", "No terms agreed yet"),
        Words("受托者与处理者商定后公开。", "They are public once both have agreed."),
    )
    return c.Table(columns, rows, page=where, empty=empty)


@require_GET
@hides_unknown
def deed(request: HttpRequest, pk: int) -> HttpResponse:
    """The deed of a trust that was approved; whoever is asked for a mandate reads it first."""
    one = trust.view(pk)
    found = papers.paper(one.deed)
    if found is None:
        raise Unknown(f"deed of trust {pk}")
    return served(papers.content(one.deed), found.media_type, found.name)


# Giving a mandate.


def _links(request: HttpRequest, one: TrustView) -> list[Any]:
    if not request.user.is_authenticated:
        return []
    mine = consent.persons.links_of(int(request.user.pk or 0))
    return [link for link in mine if (link.node_id, link.source) == (one.node_id, one.source)]


def _own(request: HttpRequest, pk: int) -> list[MandateView]:
    """What the reader has entrusted to this trust."""
    if not request.user.is_authenticated:
        return []
    mine = trust.mandates_of(int(request.user.pk or 0))
    return [each for each in mine if each.trust.id == pk and each.state == "in_force"]


def _join(request: HttpRequest, one: TrustView, trial: Trial, own: Sequence[MandateView]) -> ActCard | None:
    """The form, where the reader has linked such data and not entrusted it here yet; sensitive kinds stand apart."""
    entrusted = {each.link_id for each in own}
    links = [link for link in _links(request, one) if link.pk not in entrusted]
    if not links:
        return None
    source = source_words(one.node_id, one.source)
    offered: Mapping[str, Sequence[tuple[str, c.Label]]] = {
        "link": [(str(each.pk), Words(f"{source.zh} · {each.pk}", f"{source.en} · {each.pk}")) for each in links],
        "purposes": _choices("purposes", one.purposes),
        "kinds": _choices("kinds", [kind for kind in one.kinds if kind not in SENSITIVE]),
        "sensitive": _choices("kinds", [kind for kind in one.kinds if kind in SENSITIVE]),
    }
    none = frozenset(name for name, found in offered.items() if not found)
    return card(
        TRUST_MANDATE, TRUST_MANDATE.begins, myself(request), trial, words=TRUST_MANDATE.label("begin"), leads_to=None,
        first=True, has_code=True, values={}, known=offered, leave_out=frozenset({"trust"}) | none,
    )  # fmt: skip


def _choices(field: str, codes: Sequence[str]) -> list[tuple[str, c.Label]]:
    return [(code, words_of(ASKS, field, code)) for code in codes]


def _joined(request: HttpRequest, one: TrustView) -> tuple[HttpResponse | None, Trial]:
    if not request.user.is_authenticated:
        raise Http404
    by, at = myself(request), timezone.now()
    data = request.POST.copy()
    data["trust"] = str(one.id)
    request.POST = data  # type: ignore[assignment]
    sent = forms.receive(request, by, at)
    tried = doing.send(request, TRUST_MANDATE, TRUST_MANDATE.begins, None, by, at, sent)
    if tried.outcome is None:
        return None, Trial("begin", sent, tried)
    messages.success(request, Words("已委托；可随时一键撤销。", "Entrusted; revoke it at any time.").of(get_language()))
    return redirect("my-mandate", tried.outcome.subject), Trial()


# One's own.


def mine(person: int) -> list[tuple[MandateView, Words, str]]:
    """A person's mandates, each with its state in words and the key of the button that revokes it."""
    return [
        (one, TRUST_MANDATE.label(one.state), doing.new_key() if one.state == "in_force" else "")
        for one in trust.mandates_of(person)
    ]


@signed_in
@require_http_methods(["GET", "POST"])
@hides_unknown
def mandate(request: HttpRequest, pk: int) -> HttpResponse:
    """One mandate of one's own: what it covers, what was consented in one's name, and the button that ends it."""
    by, at, trial = myself(request), timezone.now(), Trial()
    see(TRUST_MANDATE, pk, by)
    if request.method == "POST":
        if request.POST.get("_act") != "revoke":
            raise Http404
        sent = forms.receive(request, by, at)
        tried = doing.send(request, TRUST_MANDATE, TRUST_MANDATE.act("revoke"), pk, by, at, sent)
        if tried.outcome is not None:
            told = Words(
                "已撤销；受托者代您作的同意已全部撤回，节点下次同步即生效。",
                "Revoked, and every consent in your name with it, from the node's next sync.",
            )
            messages.success(request, told.of(get_language()))
            return redirect("my-mandate", pk)
        trial = Trial("revoke", sent, tried)
    one = next(each for each in trust.mandates_of(int(by.person or 0)) if each.id == pk)
    known = names.organisations([one.trust.trustee_id, one.trust.provider_id])
    row = see(TRUST_MANDATE, pk, by)
    pairs = [
        c.Pair(Words("信托", "Trust"), one.trust.name, reverse("trust", args=[one.trust.id])),
        c.Pair(Words("受托者", "Trustee"), known[one.trust.trustee_id].name),
        c.Pair(Words("个人信息处理者", "Processor"), known[one.trust.provider_id].name),
        c.Pair(Words("数据", "Data"), source_words(one.trust.node_id, one.trust.source)),
        c.Pair(Words("委托的目的", "Purposes"), words_of(ASKS, "purposes", one.purposes)),
        c.Pair(Words("委托的个人信息", "Information"), words_of(ASKS, "kinds", one.kinds)),
        c.Pair(Words("其中单独勾选的敏感信息", "Sensitive, ticked apart"), words_of(ASKS, "kinds", one.sensitive)),
        c.Pair(Words("委托于", "Since"), one.begun_at),
    ]
    if one.ended_at is not None:
        pairs.append(c.Pair(Words("结束于", "Until"), one.ended_at))
    if row.reason:
        pairs.append(c.Pair(Words("结束原因", "Why it ended"), row.reason))
    context = {
        "one": one, "pairs": pairs, "state": TRUST_MANDATE.label(one.state), "tone": "ok" if one.state == "in_force" else "",
        "key": doing.new_key(), "revoke": TRUST_MANDATE.label("revoke"), "consented": _in_my_name(one, row.link.reference),
        "reports": report_parts(trust.reading.reports([one.trust.id]), strangers=True),
        "sums": _sums(int(by.person or 0), one.trust.id, at), "cite": citation("PIPL:15"),
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "crumbs": [(MINE, reverse("my-data")), (plain(one.trust.name), "")],
    }  # fmt: skip
    return render(request, "web/portal/my_mandate.html", context, status=409 if trial.tried else 200)


def _sums(person: int, number: int, at: datetime) -> list[c.Pair]:
    """What this person got of the trust."""
    found = [each for each in trusts_money.money_of(person, on=local_day(at)) if each.trust.id == number]
    return [
        pair
        for each in found
        for pair in (
            money(Words("分给我、尚未领取", "Divided to me, not claimed yet"), each.open_fen),
            money(Words("正在领取", "On its way to me"), each.under_way_fen),
            money(Words("已付给我", "Paid to me"), each.paid_fen),
        )
    ]


def _in_my_name(one: MandateView, reference: str) -> c.Table:
    """Terms that the mandate covers, and whose word counts."""
    found = trust.reading.in_my_name([one.trust.id], reference).get(one.trust.id, [])
    covered = [
        each
        for each in found
        if set(each.terms.purposes) <= set(one.purposes) and set(each.terms.kinds) <= set(one.kinds)
    ]
    known = names.organisations(each.terms.receiver_id for each in covered)
    rows = [
        [
            c.Cell(
                known[each.terms.receiver_id].name, words_of(ASKS, "purposes", each.terms.purposes),
                reverse("consent-notice", args=[each.terms.notice_id]),
            ),
            c.Cell(words_of(ASKS, "kinds", each.terms.kinds)),
            c.Cell(percent(each.terms.basis_points)),
            _word(each),
        ]
        for each in covered
    ]  # fmt: skip
    columns = [
        c.Column(Words("提供给谁、为什么", "To whom, for what")), c.Column(Words("个人信息", "Information"), phone=False),
        c.Column(Words("归委托人", "The persons' part"), num=True, phone=False), c.Column(Words("现在", "Now")),
    ]  # fmt: skip
    empty = c.Empty(
        Words("还没有以您的名义同意什么", "Nothing was consented in your name"),
        Words("受托者商定条件并同意后列在这里。", "What the trustee agrees on appears here."),
    )
    return c.Table(columns, rows, empty=empty)


def _word(each: trust.reading.ForMe) -> c.Cell:
    if each.stands and each.by_trustee:
        return c.Cell(Words("受托者已代为同意", "the trustee has consented"), tag="ok")
    if each.stands:
        return c.Cell(Words("您本人已同意", "you consented yourself"), tag="ok")
    if each.what and not each.by_trustee:
        return c.Cell(Words("您本人不同意，以此为准", "your own no counts"), tag="")
    return c.Cell(Words("没有同意", "no consent"), tag="")
