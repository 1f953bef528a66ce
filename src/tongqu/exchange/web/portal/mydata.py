"""My data: what a person sees and decides of the data that they are behind: consents, who used it, and what they ask for.

Whoever is here acts for itself, whichever organisation it works for: nothing of this is seen from that organisation's desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from tongqu.exchange.bedrock.procedures import Actor, Procedure, clocks_of, possible, see, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import consent, impact
from tongqu.exchange.registry.consent import CITES, CONSENT_NOTICE, DATA_SUBJECT, SUBJECT_REQUEST, Right
from tongqu.exchange.registry.dealings import LATE_OBJECTION
from tongqu.exchange.web import components as c
from tongqu.exchange.web import history
from tongqu.exchange.web.desks import clockfaces, doing, forms, names
from tongqu.exchange.web.desks.acting import hides_unknown, signed_in
from tongqu.exchange.web.desks.of_consent import source_words
from tongqu.exchange.web.desks.story import served
from tongqu.exchange.web.desks.subject import ActCard, Trial, card
from tongqu.exchange.web.desks.wording import citation, plain, words_of
from tongqu.exchange.web.portal import trustmoney, trusts

SIZE = 20
HERE = Words("我的数据", "My data")
SAID = {
    "given": Words("已同意", "Consented"),
    "refused": Words("不同意", "Declined"),
    "withdrawn": Words("已撤回", "Withdrawn"),
}
BY_TRUSTEE = {
    "given": Words("受托者已代为同意", "Your trustee has consented"),
    "withdrawn": Words("受托者的同意已撤回", "Your trustee's consent is withdrawn"),
}
TONES: Mapping[str, c.Tone] = {"given": "ok", "refused": "", "withdrawn": ""}
DONE = {
    "begin": Words("已关联。", "Linked."),
    "consent": Words("已同意，一分钟内到达节点。", "Consented; the node knows within a minute."),
    "decline": Words("已记下您不同意。", "Your no is noted."),
    "withdraw": Words(
        "已撤回；节点下次同步即不再提供。此前已做的处理不受影响。",
        "Withdrawn; from the node's next sync on nothing is provided. What was done before stays done.",
    ),
    "ask_uses": Words("已向节点查询，稍后刷新本页。", "The node was asked; look again in a moment."),
    "unlink": Words("已解除关联。", "Unlinked."),
}
TOPIC_MODES = {
    "verification": Words("核验", "Verification"), "api": Words("接口查询", "Query"), "model": Words("模型评分", "Model score"),
    "dataset": Words("数据集", "Data set"), "report": Words("报告", "Report"),
}  # fmt: skip


@dataclass(frozen=True)
class NoticeLine:
    """One notice about somebody's data, and what they can say to it now."""

    view: consent.NoticeView
    receiver: str
    purposes: Words
    kinds: Words
    said: Words
    tone: c.Tone
    at: datetime | None
    says: tuple[tuple[str, Words, str], ...]
    """Act, word and the form's own key."""


@dataclass(frozen=True)
class Mine:
    """One link: whose data it is with, the notices about it, and its uses as the node tells them."""

    id: int
    provider: str
    source: Words
    lines: tuple[NoticeLine, ...]
    uses: consent.UsesView | None
    table: c.Table
    asking: str
    unlinking: str
    incidents: tuple[impact.IncidentView, ...] = ()


def myself(request: HttpRequest) -> Actor:
    """The person, for itself."""
    name = request.user.get_full_name() if request.user.is_authenticated else ""
    return Actor(person=int(request.user.pk or 0), names={"person": name})


@signed_in
@require_http_methods(["GET", "POST"])
@hides_unknown
def mine(request: HttpRequest) -> HttpResponse:
    by, at, trial = myself(request), timezone.now(), Trial()
    if request.method == "POST":
        done, trial = _tried(request, by, at)
        if done is not None:
            return done
    links = [_mine(link) for link in consent.persons.links_of(int(by.person or 0))]
    page_asked = c.page(request.GET.get("page"), size=SIZE, total=10**9)
    requests, total = consent.persons.requests_of(int(by.person or 0), offset=page_asked.span.start, limit=SIZE)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    if where.number != page_asked.number:
        requests, _ = consent.persons.requests_of(int(by.person or 0), offset=where.span.start, limit=SIZE)
    context = {
        "account": consent.persons.account_of(int(by.person or 0)), "links": links,
        "link_card": _card(DATA_SUBJECT, by, trial, {}, first=not links),
        "request_card": _card(SUBJECT_REQUEST, by, trial, _choices(links), first=True) if links else None,
        "requests": _requests(requests, where), "objections": _objections(by),
        "trust_money": trustmoney.summary(int(by.person or 0), at),
        "mandates": trusts.mine(int(by.person or 0)),
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "opened": trial.sent.data.get("_table", "") if trial.sent else "",
        "cite": citation("PIPL:15"), "uses_cite": citation("PIPL:45"),
        "crumbs": [(HERE, "")],
    }  # fmt: skip
    return render(request, "web/portal/my_data.html", context, status=409 if trial.tried else 200)


def _tried(request: HttpRequest, by: Actor, at: datetime) -> tuple[HttpResponse | None, Trial]:
    """One form of the page: a link or a request begins, or something is said on a link of one's own."""
    table = {one.name: one for one in (DATA_SUBJECT, SUBJECT_REQUEST)}.get(request.POST.get("_table", ""))
    if table is None:
        raise Http404
    sent = forms.receive(request, by, at)
    name, number = request.POST.get("_act", ""), request.POST.get("_subject", "")
    entry: Any = table.begins
    pk = None
    if name != "begin":
        if not number.isascii() or not number.isdigit() or name not in DONE or table is not DATA_SUBJECT:
            raise Http404
        entry, pk = table.act(name), see(table, int(number[:18]), by).pk
    tried = doing.send(request, table, entry, pk, by, at, sent)
    if tried.outcome is None:
        return None, Trial(name, sent, tried)
    if table is SUBJECT_REQUEST:
        messages.success(request, Words("请求已提交。", "Your request was filed.").of(get_language()))
        return redirect("my-request", tried.outcome.subject), Trial()
    messages.success(request, DONE[name].of(get_language()))
    return redirect("my-data"), Trial()


def _card(table: Procedure, by: Actor, trial: Trial, known: Mapping[str, Any], *, first: bool) -> ActCard:
    """`first`: the thing to do next. Who has linked nothing begins with that; who has, asks for something."""
    of_this = trial if trial.sent is not None and trial.sent.data.get("_table") == table.name else Trial()
    return card(
        table, table.begins, by, of_this, words=table.label("begin"), leads_to=None, first=first,
        has_code=True, values={}, known=known,
    )  # fmt: skip


def _choices(links: list[Mine]) -> dict[str, list[tuple[str, Words]]]:
    return {
        "link": [
            (str(one.id), Words(f"{one.provider} · {one.source.zh}", f"{one.provider} · {one.source.en}"))
            for one in links
        ]
    }


def _mine(link: Any) -> Mine:
    stands, uses = consent.persons.stands_of(link), consent.persons.uses(link)
    ids = [link.provider_id, *(one.notice.receiver_id for one in stands)]
    known = names.organisations(ids)
    return Mine(
        id=link.pk, provider=known[link.provider_id].name, source=source_words(link.node_id, link.source),
        lines=tuple(_line(one, known[one.notice.receiver_id].name) for one in stands), uses=uses, table=_uses(uses),
        asking=doing.new_key(), unlinking=doing.new_key(),
        incidents=tuple(impact.told_of(link.node_id, link.source)),
    )  # fmt: skip


def _line(one: consent.StandView, receiver: str) -> NoticeLine:
    asks = CONSENT_NOTICE.begins.asks
    word = one.word.what if one.word is not None else ""
    entrusted = one.word is not None and one.word.channel == "trust"
    acts = ("withdraw",) if one.stands else ("consent",) if word and not entrusted else ("consent", "decline")
    return NoticeLine(
        view=one.notice, receiver=receiver, purposes=words_of(asks, "purposes", one.notice.purposes),
        kinds=words_of(asks, "kinds", one.notice.kinds), said=(BY_TRUSTEE if entrusted else SAID).get(word, Words("尚未表示", "Nothing said yet")),
        tone=TONES.get(word, "due"), at=one.word.said_at if one.word is not None else None,
        says=tuple((act, DATA_SUBJECT.label(act), doing.new_key()) for act in acts),
    )  # fmt: skip


def _uses(view: consent.UsesView | None) -> c.Table:
    """Who used it, when and for what, in the words of this exchange."""
    asks = CONSENT_NOTICE.begins.asks
    found = view.uses if view is not None else ()
    by_code = {code: parties.by_credit_code(code) for code in dict.fromkeys(one.receiver for one in found)}
    rows = [
        [
            c.Cell(who.name if (who := by_code[one.receiver]) is not None else one.receiver, one.contract),
            c.Cell(plain(one.day)),
            c.Cell(words_of(asks, "purposes", [one.purpose])),
            c.Cell(TOPIC_MODES[one.mode]),
            c.Cell(plain(f"{one.calls:,}")),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("谁使用", "Who")), c.Column(Words("日期（UTC）", "Day (UTC)")), c.Column(Words("用途", "For what")),
        c.Column(Words("方式", "How"), phone=False), c.Column(Words("次数", "Times"), num=True, phone=False),
    ]  # fmt: skip
    empty = c.Empty(
        Words("没有使用记录", "No uses on record"),
        Words("节点自有同意核对以来，没有向任何人提供过。", "Since the node checks consents it told nobody."),
    )
    return c.Table(columns, rows, empty=empty)


def _requests(found: list[Any], where: c.Page) -> c.Table:
    known = names.organisations(one.provider_id for one in found)
    rows = [
        [
            c.Cell(Right(one.right).words, known[one.provider_id].name, reverse("my-request", args=[one.pk])),
            c.Cell(plain(f"{timezone.localtime(one.begun_at):%Y-%m-%d}")),
            c.Cell(SUBJECT_REQUEST.label(one.state), tag="due" if one.state == "filed" else ""),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("请求", "Request")),
        c.Column(Words("提交日期", "Filed"), phone=False),
        c.Column(Words("状态", "State")),
    ]
    empty = c.Empty(
        Words("还没有请求", "No requests yet"),
        Words("关联数据后可以行使您的权利。", "Link your data to exercise your rights."),
    )
    return c.Table(columns, rows, page=where, empty=empty)


OBJECTIONS_MAX = 50


def _objections(by: Actor) -> c.Table | None:
    """Objections of one's own to what is registered: made under a certificate, and dealt with on a page of the desk."""
    found = list(visible(LATE_OBJECTION, by).order_by("-pk")[:OBJECTIONS_MAX])
    rows = [
        [
            c.Cell(one.name, one.code, reverse("desk-subject", args=[LATE_OBJECTION.name, one.pk])),
            c.Cell(LATE_OBJECTION.label(one.state), tag="due" if one.state == "incomplete" else ""),
        ]
        for one in found
    ]
    columns = [c.Column(Words("登记", "Registration")), c.Column(Words("状态", "State"))]
    return c.Table(columns, rows) if rows else None


@signed_in
@require_http_methods(["GET", "POST"])
@hides_unknown
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One request of one's own: where it stands, by when it is answered, and what may be done."""
    by, at, trial = myself(request), timezone.now(), Trial()
    row = see(SUBJECT_REQUEST, pk, by)
    if request.method == "POST":
        sent = forms.receive(request, by, at)
        name = request.POST.get("_act", "")
        if name not in {act.name for act in SUBJECT_REQUEST.acts}:
            raise Http404
        tried = doing.send(request, SUBJECT_REQUEST, SUBJECT_REQUEST.act(name), pk, by, at, sent)
        if tried.outcome is not None:
            messages.success(request, Words("已办理。", "Done.").of(get_language()))
            return redirect("my-request", pk)
        trial = Trial(name, sent, tried)
        row = see(SUBJECT_REQUEST, pk, by)
    known = names.organisations([row.provider_id])
    pairs = [
        c.Pair(Words("向谁提出", "To whom"), known[row.provider_id].name),
        c.Pair(Words("依据", "Basis"), citation(CITES[row.right])),
        c.Pair(Words("具体请求", "In your words"), row.text),
    ]
    for words, value in (
        (Words("答复", "Answer"), row.answer),
        (Words("拒绝理由", "Why refused"), row.reason),
        (Words("投诉", "Complaint"), row.complaint),
        (Words("处理意见", "Conclusion"), row.conclusion),
    ):
        if value:
            pairs.append(c.Pair(words, value))
    pairs += [
        c.Pair(one.words, paper.name, reverse("my-request-paper", args=[pk, one.digest]))
        for one, paper in history.papers_of(SUBJECT_REQUEST, row, by)
    ]
    cards = [
        card(
            SUBJECT_REQUEST, one.act, by, trial, words=one.words, leads_to=one.leads_to, first=False, has_code=True, values={},
            known={},
        )
        for one in possible(SUBJECT_REQUEST, row, by)
        if one.mine
    ]  # fmt: skip
    context = {
        "pairs": pairs, "cards": cards, "state": SUBJECT_REQUEST.label(row.state), "right": Right(row.right).words,
        "faces": clockfaces.faces(SUBJECT_REQUEST, clocks_of(SUBJECT_REQUEST, pk), row.state, at),
        "obstacles": trial.tried.obstacles if trial.tried else [], "opened": trial.act,
        "crumbs": [(HERE, reverse("my-data")), (Right(row.right).words, "")],
    }  # fmt: skip
    return render(request, "web/portal/my_request.html", context, status=409 if trial.tried else 200)


@signed_in
@require_GET
@hides_unknown
def request_paper(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    """A paper of one's own request, as the copy that was asked for; 404 for every other, whatever its hash."""
    by = myself(request)
    found = history.paper_of(SUBJECT_REQUEST, see(SUBJECT_REQUEST, pk, by), digest, by)
    return served(papers.content(digest), found.media_type, found.name)
