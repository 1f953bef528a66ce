"""Data nodes of an organisation: which there are, whether they are heard, and the enrolment key, shown once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from tongqu.exchange.bedrock.procedures import Actor, Outcome, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.members.nodes import NODE
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import doing, forms, names
from tongqu.exchange.web.desks.acting import actor, for_roles, hides_unknown
from tongqu.exchange.web.desks.desk import state_tone, subject_href
from tongqu.exchange.web.desks.subject import Trial, card
from tongqu.exchange.web.desks.wording import plain

MADE_HERE = frozenset({"digest", "until_at"})
SILENT = timedelta(minutes=5)


@for_roles("supplier", "data_merchant", "exchange_administrator")
@require_http_methods(["GET", "POST"])
@hides_unknown
def machines(request: HttpRequest) -> HttpResponse:
    by, at = actor(request), timezone.now()
    trial = Trial()
    if request.method == "POST":
        answer = _made(request, by, at)
        if isinstance(answer, HttpResponse):
            return answer
        trial = answer
    exchange = "exchange_administrator" in by.roles
    found = nodes.nodes_of(None if exchange else by.party)
    made = card(
        NODE,
        NODE.begins,
        by,
        trial,
        words=NODE.label("begin"),
        leads_to=NODE.label("enrolling"),
        first=not found,
        has_code=True,
        values={},
        known={},
        leave_out=MADE_HERE if exchange else MADE_HERE | {"provider"},
    )
    context = {
        "table": _table(found, at),
        "card": made,
        "obstacles": trial.tried.obstacles if trial.tried else [],
        "renewable": [one for one in found if one.state in {"enrolling", "active"} and (one.provider_id == by.party)],
        "key": doing.new_key(),
    }
    return render(request, "web/desks/nodes.html", context, status=409 if trial.tried else 200)


def _made(request: HttpRequest, by: Actor, at: datetime) -> HttpResponse | Trial:
    """Enrols a node, or gives a fresh key to one; a form does so once."""
    sent = forms.receive(request, by, at)
    fresh: list[nodes.Enrolment] = []
    renewing = request.POST.get("_act") == "renew"

    def through() -> Outcome:
        if renewing:
            number = _own(request.POST.get("node", ""), by)
            fresh.append(nodes.renew(number, by=by, at=at, reason=request.POST.get("reason", "").strip()))
        else:
            given = forms.take(NODE.begins.asks, sent, leave_out=MADE_HERE)
            told = str(given.get("provider", ""))
            provider = int(told) if _is_number(told) else None
            fresh.append(
                nodes.enrol(
                    by=by, at=at, name=given.get("name", ""), address=given.get("address", ""), provider=provider
                )
            )
        return Outcome(NODE.name, fresh[0].node_id, "begin", "enrolling", 0, {})

    if not doing.once(request):
        messages.info(
            request,
            Words("这张表已经提交过，密钥已显示过一次", "This form was sent already; its key was shown then").of(
                get_language()
            ),
        )
        return redirect("desk-nodes")
    tried = doing.attempt(through)
    if tried.outcome is None:
        return Trial(
            "renew" if renewing else "begin",
            sent,
            doing.Tried(obstacles=tried.obstacles, faults=tried.faults, fresh_key=True),
        )
    return _told(request, fresh[0])


def _is_number(text: str) -> bool:
    """In figures that `int` reads and the database keeps: `²` is a digit to Python, too."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def _own(text: str, by: Actor) -> int:
    if not _is_number(text):
        raise Http404
    return int(see(NODE, int(text), by).pk)


def _told(request: HttpRequest, fresh: nodes.Enrolment) -> HttpResponse:
    until = said.moment(timezone.localtime(fresh.until_at))
    words = Words(f"注册密钥（{until} 前有效，只能用一次）", f"Enrolment key (until {until}, for one use)")
    how = (
        f"export TONGQU_ENROLMENT_KEY={fresh.secret}\n"
        "tongqu node enrol --config node.toml\ntongqu node serve --config node.toml"
    )
    context = {
        "secrets": [(words, fresh.secret)],
        "how": how,
        "back": reverse("desk-subject", args=[NODE.name, fresh.node_id]),
    }
    response = render(request, "web/desks/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _table(found: tuple[nodes.NodeView, ...], at: datetime) -> c.Table:
    known = names.organisations(one.provider_id for one in found)
    rows = [
        [
            c.Cell(
                one.name,
                known[one.provider_id].short_name if one.provider_id in known else "",
                subject_href("node", one.id),
            ),
            c.Cell(NODE.label(one.state), tag=state_tone(NODE, one.state)),
            _heard(one, at),
            c.Cell(one.address or "—"),
            c.Cell(one.software or "—"),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("节点", "Node")),
        c.Column(Words("状态", "State")),
        c.Column(Words("最近联系", "Last heard")),
        c.Column(Words("地址", "Address"), phone=False),
        c.Column(Words("软件", "Software"), phone=False),
    ]
    return c.Table(
        columns,
        rows,
        empty=c.Empty(
            Words("还没有节点", "No nodes yet"),
            Words("节点装在数据所在处，数据不必交出。", "A node stands where the data is; the data stays there."),
        ),
    )


def _heard(one: nodes.NodeView, at: datetime) -> c.Cell:
    if one.last_seen_at is None:
        return c.Cell(Words("从未", "never"))
    quiet = one.state == "active" and at - one.last_seen_at > SILENT
    moment = plain(said.moment(timezone.localtime(one.last_seen_at)))
    return c.Cell(moment, Words("久未联系", "silent for a while") if quiet else "")
