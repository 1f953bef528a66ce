"""Sharing between departments and flow-back in figures: aggregates for anyone, departments one by one for the authorities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import HOUSE, Actor, RunningClock, local_day, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry import catalogue, flowback, provision
from tongqu.exchange.registry.flowback import SUBSCRIPTION
from tongqu.exchange.registry.provision import SHARE_REQUEST, Counts, RefusalGround
from tongqu.exchange.web import components as c
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.acting import for_roles
from tongqu.exchange.web.desks.desk import PUBLIC_BODIES, may_begin, state_tone, subject_href
from tongqu.exchange.web.desks.wording import DASH, plain

SIZE = 20
MONTHS_SHOWN = 12
LEVELS = {
    "province": Words("省级", "Province"),
    "city": Words("市级", "City"),
    "county": Words("县级", "County"),
}
# Terms without an act at their end, and the state in which they count.
ALARMED = {"accepted": "provision", "questioned": "correction", "appealed": "decision"}


@require_GET
def sharing(request: HttpRequest) -> HttpResponse:
    """How many requests, how fast, how often refused and why; what flows back to whom."""
    found, (flows, territories) = provision.figures(), flowback.figures()
    _, total = provision.figures_of_parties(as_provider=True, limit=1)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    providers, _ = provision.figures_of_parties(as_provider=True, offset=where.span.start, limit=SIZE)
    on = local_day(timezone.now())
    context = {
        "whole": found.whole,
        "in_time": _percent(found.whole.answered_in_time_share),
        "provided_in_time": _percent(found.whole.provided_in_time_share),
        "answer_days": _days(found.whole.answer_days),
        "provision_days": _days(found.whole.provision_days),
        "flows": flows,
        "charts": _charts(found),
        "levels": _counts_table(
            [(LEVELS[level], found.by_level[level]) for level in LEVELS if level in found.by_level]
        ),
        "providers": _counts_table([(plain(one.name), one.counts) for one in providers], where),
        "grounds": _grounds(found),
        "territories": _territories(territories, on),
        "limits": [law.figure(key, on=on) for key in ("share25.answer", "share25.provision")],
    }
    return render(request, "web/portal/sharing.html", context)


def _percent(share: float | None) -> Words:
    return DASH if share is None else plain(f"{share:.1f}%")


def _days(days: float | None) -> Words:
    if days is None:
        return DASH
    return Words(f"{days:g} 个工作日", f"{days:g} working days")


def _charts(found: provision.Figures) -> list[c.Chart]:
    """By the month of the asking: how many, and how many of them were answered in time."""
    months = list(found.by_month)[-MONTHS_SHOWN:]
    counts = [found.by_month[month] for month in months]
    asked, in_time = [one.requests for one in counts], [one.answered_in_time_share for one in counts]
    if not months:
        return []
    return [
        c.Chart(
            "sharing-asked", Words("各月共享申请", "Requests by month"), months, [c.Series(Words("申请", "requests"), asked)],
            unit=Words("件", "requests"), low=True,
        ),
        c.Chart(
            "sharing-in-time", Words("各月申请的按期答复率", "Answered in time, by month of asking"), months,
            [c.Series(Words("按期答复率", "in time"), [None if one is None else round(one, 1) for one in in_time])],
            unit="%", low=True,
        ),
    ]  # fmt: skip


def _counts_table(lines: list[tuple[Words, Counts]], where: c.Page | None = None) -> c.Table:
    rows: list[list[c.Cell | str | Words]] = [
        [
            c.Cell(words),
            plain(f"{one.requests:,}"),
            c.Cell(_percent(one.answered_in_time_share), _days(one.answer_days)),
            c.Cell(plain(f"{one.provided:,}"), _days(one.provision_days)),
            plain(f"{one.refused:,}"),
            c.Cell(plain(f"{one.answer_overdue + one.provision_overdue:,}"), tag="bad" if _overdue(one) else None),
        ]
        for words, one in lines
    ]
    columns = [
        c.Column(Words("提供部门", "Provider")),
        c.Column(Words("申请", "Requests"), num=True),
        c.Column(Words("按期答复", "Answered in time"), num=True),
        c.Column(Words("已提供", "Provided"), num=True, phone=False),
        c.Column(Words("不予共享", "Refused"), num=True, phone=False),
        c.Column(Words("逾期未办", "Overdue now"), num=True, phone=False),
    ]
    empty = c.Empty(
        Words("还没有共享申请", "Nothing was asked for yet"),
        Words(
            "部门从数据目录申请共享后，这里有数字。", "Figures appear once a department asks for data of the catalogue."
        ),
    )
    return c.Table(columns, rows, page=where, empty=empty)


def _overdue(one: Counts) -> bool:
    return bool(one.answer_overdue + one.provision_overdue)


def _grounds(found: provision.Figures) -> c.Table:
    rows: list[list[c.Cell | str | Words]] = [
        [c.Cell(RefusalGround(ground).words), plain(f"{count:,}")] for ground, count in found.by_ground.items()
    ]
    return c.Table([c.Column(Words("情形", "Ground")), c.Column(Words("件数", "Requests"), num=True)], rows)


def _territories(found: list[flowback.FlowFigures], on: date) -> c.Table:
    rows: list[list[c.Cell | str | Words]] = [
        [
            c.Cell(plain(divisions.full_name(one.territory, on=on)), plain(one.territory)),
            plain(f"{one.subscriptions:,}"),
            c.Cell(plain(f"{one.deliveries:,}"), Words(f"超期 {one.delivered_late}", f"{one.delivered_late} late")),
            plain(f"{one.rows:,}"),
            c.Cell(plain(f"{one.late_now:,}"), tag="due" if one.late_now else None),
        ]
        for one in found
    ]
    columns = [
        c.Column(Words("区划", "Territory")),
        c.Column(Words("订阅", "Subscriptions"), num=True),
        c.Column(Words("交付次数", "Deliveries"), num=True),
        c.Column(Words("交付行数", "Rows"), num=True, phone=False),
        c.Column(Words("现在超期", "Late now"), num=True, phone=False),
    ]
    empty = c.Empty(
        Words("还没有回流订阅", "Nobody subscribes yet"),
        Words(
            "市、县订阅省级数据后，这里有数字。",
            "Figures appear once a city or county subscribes to the province's data.",
        ),
    )
    return c.Table(columns, rows, empty=empty)


@require_GET
@for_roles("regulator", "data_authority")
def oversight(request: HttpRequest) -> HttpResponse:
    """Each department as provider and as requester, and what is overdue at this moment, with its page."""
    side = "requester" if request.GET.get("as") == "requester" else "provider"
    _, total = provision.figures_of_parties(as_provider=side == "provider", limit=1)
    where = c.page(request.GET.get("page"), size=SIZE, total=total)
    found, _ = provision.figures_of_parties(as_provider=side == "provider", offset=where.span.start, limit=SIZE)
    late, late_total, late_page = _late(request)
    context = {
        "table": _parties(found, where, side),
        "late": late,
        "late_total": late_total,
        "late_page": late_page,
        "tabs": [
            (Words("作为提供部门", "As provider"), reverse("desk-sharing"), side == "provider"),
            (Words("作为申请部门", "As requester"), f"{reverse('desk-sharing')}?as=requester", side == "requester"),
        ],
        "crumbs": [(Words("待办", "Desk"), reverse("desk")), (Words("共享与回流", "Sharing"), "")],
    }
    return render(request, "web/desks/sharing.html", context)


def _parties(found: list[provision.PartyFigures], where: c.Page, side: str) -> c.Table:
    table = _counts_table(
        [
            (Words(f"{one.name}（{LEVELS[one.level].zh}）", f"{one.name} ({LEVELS[one.level].en})"), one.counts)
            for one in found
        ],
        where,
    )
    head = Words("提供部门", "Provider") if side == "provider" else Words("申请部门", "Requester")
    return c.Table([c.Column(head), *table.columns[1:]], table.rows, page=where, empty=table.empty)


def _waiting() -> list[tuple[Any, QuerySet[Any]]]:
    """What is late: requests that nobody answered in time, agreed data that did not come, editions that did not come."""
    over = RunningClock.objects.filter(
        procedure=SHARE_REQUEST.name, subject=OuterRef("pk"), status=RunningClock.DONE, due_at__isnull=False
    )
    passed = Q(state="escalated")
    for state, clock in ALARMED.items():
        passed |= Q(Exists(over.filter(name=clock)), state=state)
    overdue = visible(SHARE_REQUEST, HOUSE).filter(passed)
    late = visible(SUBSCRIPTION, HOUSE).filter(state="late")
    return [
        (table, rows.order_by("changed_at", "pk")) for table, rows in ((SHARE_REQUEST, overdue), (SUBSCRIPTION, late))
    ]


def _late(request: HttpRequest) -> tuple[c.Table, int, c.Page]:
    """The oldest first, requests before subscriptions, over one count of pages."""
    parts = [(table, rows, rows.count()) for table, rows in _waiting()]
    total = sum(count for _, _, count in parts)
    where = c.page(request.GET.get("late"), size=SIZE, total=total)
    listed: list[tuple[Any, Any]] = []
    before = 0
    for table, rows, count in parts:
        start, stop = max(where.span.start - before, 0), where.span.stop - before
        if stop > 0 and start < count:
            listed += [(table, row) for row in rows[start:stop]]
        before += count
    known = names.organisations(one for table, row in listed for one in names.parties_on(table, row))
    lines: list[list[c.Cell | str | Words]] = [
        [
            c.Cell(names.title(table, row), table.words, subject_href(table.name, row.pk)),
            c.Cell(table.label(row.state), tag=state_tone(table, row.state)),
            c.Cell(names.joined(table, row, known)),
        ]
        for table, row in listed
    ]
    columns = [
        c.Column(Words("事项", "Matter")),
        c.Column(Words("状态", "State")),
        c.Column(Words("当事部门", "Departments"), phone=False),
    ]
    empty = c.Empty(
        Words("没有逾期的", "Nothing is overdue"),
        Words("逾期的申请和回流会列在这里。", "What is overdue is listed here."),
    )
    return c.Table(columns, lines, page=where, page_name="late", empty=empty), total, where


@dataclass(frozen=True)
class Door:
    """What the reader may do about sharing an entry: the ways in, or what stands in the way."""

    ways: list[tuple[Words, str]]
    says: Words


def door(entry: catalogue.ResourceView, by: Actor | None) -> Door:
    """For a resource's public page. The rules judge again when somebody goes through."""
    if entry.sharing == "none":
        return Door(
            [],
            Words(
                "不予共享。需要调整的，请与持有单位或数据主管部门联系。",
                "Not shared. Ask its holder, or the data authority.",
            ),
        )
    if by is None or by.party is None:
        return Door(
            [], Words("部门登录并代表单位后，可以申请共享。", "A department can ask for it once it has signed in.")
        )
    if by.party == entry.holder_id:
        return Door(
            [],
            Words("这是贵单位的资源；其他部门的申请在待办中。", "This is yours; requests of others are on your desk."),
        )
    kind = parties.organisation(by.party).kind
    if kind not in PUBLIC_BODIES:
        return Door(
            [],
            Words(
                "政务数据共享限于党政机关和事业单位；企业请看在售产品。",
                "For departments and public institutions; companies may buy a product.",
            ),
        )
    if not any(may_begin(table, by) for table in (SHARE_REQUEST, SUBSCRIPTION)):
        return Door([], Words("您目前的身份没有申请共享的角色。", "Your present role cannot ask for it."))
    ways = [(SHARE_REQUEST.label("begin"), _way(SHARE_REQUEST.name, entry))]
    if kind == "department":
        ways.append((SUBSCRIPTION.label("begin"), _way(SUBSCRIPTION.name, entry)))
    if entry.sharing == "unconditional":
        return Door(
            ways,
            Words(
                "无条件共享：部门申请、依据写明的，当即同意。",
                "Shared without conditions: agreed at once within the ground.",
            ),
        )
    return Door(
        ways, Words(f"有条件共享：{entry.sharing_condition}", f"Shared on conditions: {entry.sharing_condition}")
    )


def _way(table: str, entry: catalogue.ResourceView) -> str:
    return f"{reverse('desk-new', args=[table])}?resource={entry.id}"
