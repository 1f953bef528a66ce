"""What the supervision watches: alarms, holds that stand, refusals, steps and errands that are stuck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from tongqu.exchange.bedrock import errands
from tongqu.exchange.bedrock.procedures import (
    Actor,
    Alarm,
    Refusal,
    StuckStep,
    all_procedures,
    procedure,
    retry_stuck,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.flow import FLOW, READER
from tongqu.exchange.registry import authorisation
from tongqu.exchange.trading import deletions
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.acting import actor, for_roles
from tongqu.exchange.web.desks.wording import plain

SIZE = 30
OFFICES = ("regulator", "exchange_administrator")
KINDS = {
    "overdue": Words("逾期", "overdue"),
    "calendar": Words("日历", "calendar"),
    "stuck": Words("步骤受阻", "step stuck"),
    "statement": Words("结算单", "statement"),
    "silent": Words("节点失联", "node silent"),
    "errand": Words("外呼受阻", "errand stuck"),
    "paper-lost": Words("文件缺损", "paper lost"),
}


@dataclass(frozen=True)
class Tab:
    name: str
    words: Words
    total: int
    href: str
    here: bool


def _alarms() -> Any:
    return Alarm.objects.filter(cleared_at__isnull=True).order_by("-raised_at", "-pk")


def _holds() -> Any:
    return (
        apps.get_model("bedrock.SubjectHold")
        ._default_manager.filter(lifted_at__isnull=True)
        .order_by("-placed_at", "-pk")
    )


def _refusals() -> Any:
    return Refusal.objects.order_by("-at", "-pk")


def _stuck() -> Any:
    return StuckStep.objects.filter(solved_at__isnull=True).order_by("position", "pk")


def _taken_back() -> Any:
    """Authorised operations taken back for cause: facts about their operators."""
    return (
        apps.get_model("registry.OperationAgreement")
        ._default_manager.filter(revocation__isnull=False)
        .order_by("-changed_at", "-pk")
    )


def _moment(at: Any) -> Words:
    return plain(said.moment(timezone.localtime(at)) if at else "—")


def _matter(name: str, subject: int | None, by: Actor) -> c.Cell:
    """A link to the subject for an office that may see it; a beginning that was refused has none."""
    known = next((table for table in all_procedures() if table.name == name), None)
    if known is None:
        return c.Cell("—")
    if subject is None:
        return c.Cell(known.words)
    words = Words(f"{known.words.zh} {subject}", f"{known.words.en} {subject}")
    seen = any(office.role in by.roles for office in known.seen_by)
    return c.Cell(words, "", reverse("desk-subject", args=[name, subject]) if seen else "")


def _alarm_table(rows: list[Any], by: Actor) -> tuple[list[c.Column], list[list[c.Cell]]]:
    columns = [
        c.Column(Words("提醒", "Alarm")),
        c.Column(Words("种类", "Kind")),
        c.Column(Words("事项", "Matter"), phone=False),
        c.Column(Words("时间", "When"), phone=False),
    ]
    return columns, [
        [
            c.Cell(Words(row.zh, row.en)),
            c.Cell(KINDS.get(row.kind, Words("其他", "other")), tag="due"),
            _matter(row.procedure, row.subject, by),
            c.Cell(_moment(row.raised_at)),
        ]
        for row in rows
    ]


def _hold_table(rows: list[Any], by: Actor) -> tuple[list[c.Column], list[list[c.Cell]]]:
    columns = [
        c.Column(Words("事项", "Matter")),
        c.Column(Words("理由", "Ground")),
        c.Column(Words("依据", "Basis"), phone=False),
        c.Column(Words("自", "Since"), phone=False),
    ]
    return columns, [
        [
            _matter(row.procedure, row.subject, by),
            c.Cell(row.ground),
            c.Cell(row.cite or "—"),
            c.Cell(_moment(row.placed_at)),
        ]
        for row in rows
    ]


def _refusal_table(rows: list[Any], by: Actor) -> tuple[list[c.Column], list[list[c.Cell]]]:
    known = names.organisations(row.party for row in rows)
    columns = [
        c.Column(Words("为什么", "Why")),
        c.Column(Words("要办的事", "What was tried")),
        c.Column(Words("单位", "Party"), phone=False),
        c.Column(Words("时间", "When"), phone=False),
    ]
    return columns, [
        [
            c.Cell("；".join(row.reasons)),
            _tried(row, by),
            c.Cell(known[row.party].short_name if row.party in known else Words("个人", "a person")),
            c.Cell(_moment(row.at)),
        ]
        for row in rows
    ]


def _tried(row: Any, by: Actor) -> c.Cell:
    table = procedure(row.procedure)
    label = table.labels.get(row.act, plain(row.act))
    cell = _matter(row.procedure, row.subject, by)
    return c.Cell(label, cell.text, "") if not cell.href else c.Cell(label, cell.text, cell.href)


def _stuck_table(rows: list[Any], by: Actor) -> tuple[list[c.Column], list[list[c.Cell]]]:
    columns = [
        c.Column(Words("步骤", "Step")),
        c.Column(Words("原因", "Why")),
        c.Column(Words("次数", "Tries"), num=True, phone=False),
        c.Column(Words("下次", "Next"), phone=False),
    ]
    return columns, [
        [
            c.Cell(Words(f"存证 {row.position} 之后的步骤", f"the step after entry {row.position}"), row.step),
            c.Cell(row.error[:200]),
            c.Cell(str(row.tries)),
            c.Cell(_moment(row.next_at) if row.next_at else Words("等人处理", "waits for a person")),
        ]
        for row in rows
    ]


def _deletion_table(rows: list[Any], by: Actor) -> tuple[list[c.Column], list[list[c.Cell]]]:
    known = names.organisations(party for row in rows for party in (row.consumer_id, row.provider_id))
    columns = [
        c.Column(Words("合同", "Contract")),
        c.Column(Words("买方", "Buyer")),
        c.Column(Words("提供方", "Provider"), phone=False),
        c.Column(Words("办理情况", "State")),
        c.Column(Words("逾期自", "Overdue since"), phone=False),
    ]
    return columns, [
        [
            replace(_matter("deletion_duty", row.pk, by), text=row.name),
            c.Cell(known[row.consumer_id].name),
            c.Cell(known[row.provider_id].name),
            c.Cell(deletions.DELETION_DUTY.label(row.state), tag="bad" if row.state == "overdue" else "due"),
            c.Cell(_moment(row.overdue_at)),
        ]
        for row in rows
    ]


def _taken_back_table(rows: list[Any], by: Actor) -> tuple[list[c.Column], list[list[c.Cell]]]:
    known = names.organisations(row.operator_id for row in rows)
    columns = [
        c.Column(Words("运营机构", "Operator")),
        c.Column(Words("事由", "Cause")),
        c.Column(Words("事项", "Matter"), phone=False),
        c.Column(Words("收回日", "Taken back on"), phone=False),
    ]
    return columns, [
        [
            c.Cell(known[row.operator_id].name),
            c.Cell(authorisation.Cause(row.revocation["cause"]).words, row.revocation["reason"][:200]),
            _matter("operation_agreement", row.pk, by),
            c.Cell(row.revocation["on"]),
        ]
        for row in rows
    ]


Rows = Callable[[], Any]
Draw = Callable[[list[Any], Actor], tuple[list[c.Column], list[list[c.Cell]]]]
LISTS: Mapping[str, tuple[Words, Rows, Draw, Words]] = {
    "alarms": (
        Words("提醒", "Alarms"),
        _alarms,
        _alarm_table,
        Words(
            "逾期、日历未定、步骤受阻会列在这里。", "Deadlines missed, unknown holidays and stuck steps appear here."
        ),
    ),
    "holds": (
        Words("冻结", "Holds"),
        _holds,
        _hold_table,
        Words("在事项页面作出的冻结会列在这里。", "Holds placed on a subject's page appear here."),
    ),
    "refusals": (
        Words("未予办理", "Refusals"),
        _refusals,
        _refusal_table,
        Words("每一次没有办成的事项都会连同理由列在这里。", "Whatever was refused appears here with its reasons."),
    ),
    "stuck": (
        Words("受阻步骤", "Stuck steps"),
        _stuck,
        _stuck_table,
        Words("自动步骤失败并重试时会列在这里。", "Steps that fail and are tried again appear here."),
    ),
    "deletions": (
        Words("未了结的删除", "Unsettled deletions"),
        deletions.unsettled,
        _deletion_table,
        Words(
            "使用期满应删除数据、逾期未证明或者提供方对证明有异议的合同会列在这里。",
            "Contracts whose data was to be deleted after the use, and whose deletion nobody attested in time or the provider objects "
            "to, appear here.",
        ),
    ),
    "taken-back": (
        Words("收回授权", "Operations taken back"),
        _taken_back,
        _taken_back_table,
        Words(
            "因故收回的授权运营会列在这里，作为运营机构的信用事实。",
            "Operations taken back for cause appear here, as facts about their operators.",
        ),
    ),
}


@for_roles(*OFFICES)
@require_GET
def oversight(request: HttpRequest, which: str = "alarms") -> HttpResponse:
    if which == "errands":
        return _errands(request)
    if which not in LISTS:
        raise Http404
    words, rows, draw, note = LISTS[which]
    totals = {name: source().count() for name, (_, source, _, _) in LISTS.items()}
    where = c.page(request.GET.get("page"), size=SIZE, total=totals[which])
    columns, cells = draw(list(rows()[where.span]), actor(request))
    empty = c.Empty(Words("现在没有", "Nothing now"), note)
    context = {
        "tabs": _tabs(which, totals),
        "title": words,
        "table": c.Table(columns, cells, page=where, empty=empty),
        "which": which,
        "may_retry": which == "stuck" and "exchange_administrator" in actor(request).roles and bool(cells),
    }
    return render(request, "web/desks/oversight.html", context)


def _tabs(which: str, totals: Mapping[str, int]) -> list[Tab]:
    tabs = [
        Tab(name, words, totals[name], reverse("desk-oversight-list", args=[name]), name == which)
        for name, (words, *_) in LISTS.items()
    ]
    stuck = len(errands.stuck())
    return [
        *tabs,
        Tab(
            "errands",
            Words("受阻外呼", "Stuck errands"),
            stuck,
            reverse("desk-oversight-list", args=["errands"]),
            which == "errands",
        ),
    ]


def _errands(request: HttpRequest) -> HttpResponse:
    totals = {name: source().count() for name, (_, source, _, _) in LISTS.items()}
    cells = [
        [
            c.Cell(one.host, one.kind),
            c.Cell(one.tries[-1].error if one.tries else "—"),
            c.Cell(str(len(one.tries))),
            c.Cell(_moment(one.asked_at)),
        ]
        for one in errands.stuck()
    ]
    columns = [
        c.Column(Words("去处", "Where to")),
        c.Column(Words("最后一次的结果", "Last try")),
        c.Column(Words("次数", "Tries"), num=True, phone=False),
        c.Column(Words("提出", "Asked"), phone=False),
    ]
    empty = c.Empty(
        Words("现在没有", "Nothing now"),
        Words("多次失败、不再自动重试的外呼会列在这里。", "Calls that failed too often appear here."),
    )
    context = {
        "tabs": _tabs("errands", totals),
        "title": Words("受阻外呼", "Stuck errands"),
        "table": c.Table(columns, cells, empty=empty),
        "which": "errands",
    }
    return render(request, "web/desks/oversight.html", context)


@for_roles("exchange_administrator")
@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """Tries every stuck step again at once."""
    solved = retry_stuck(READER, FLOW, at=timezone.now(), force=True)
    messages.success(
        request, Words(f"已重试，办成 {solved} 步", f"Tried again; {solved} steps went through").of(get_language())
    )
    return redirect("desk-oversight-list", "stuck")
