"""The house shown to anyone: rules in force on a day, the procedures as pictures, the log, open data."""

from __future__ import annotations

import csv
import hashlib
import io
import shlex
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongqu.exchange import flow  # noqa: F401 - imports every table and rule of the house
from tongqu.exchange.bedrock import evidence, law, rules
from tongqu.exchange.bedrock.procedures import CLOCK, Clock, Procedure, all_procedures, local_day
from tongqu.exchange.bedrock.rules import Strength
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.web import components as c
from tongqu.exchange.web import said
from tongqu.exchange.web.desks.desk import table_named
from tongqu.exchange.web.desks.subject import diagram
from tongqu.exchange.web.desks.wording import citation, plain

STRENGTH = {
    Strength.MUST: Words("必须", "must"),
    Strength.SHOULD: Words("应当", "should"),
    Strength.ENCOURAGED: Words("鼓励", "encouraged"),
}
UNITS = {
    "working_days": Words("个工作日", "working days"),
    "natural_days": Words("日", "days"),
    "months": Words("个月", "months"),
    "years": Words("年", "years"),
    "hours": Words("小时", "hours"),
    "minutes": Words("分钟", "minutes"),
    "seconds": Words("秒", "seconds"),
    "characters": Words("字", "characters"),
    "basis_points": Words("‱", "‱"),
    "fen": Words("分", "fen"),
    "people": Words("人", "people"),
    "times": Words("次", "times"),
    "count": Words("", ""),
    "octets": Words("字节", "bytes"),
    "yes_no": Words("", ""),
    "pattern": Words("", ""),
    "text": Words("", ""),
}
FULL_TILE_SECONDS = 365 * 24 * 3600
DAY_RANGE = (date(2000, 1, 1), date(2100, 1, 1))


def _day(request: HttpRequest) -> date:
    today = local_day(timezone.now())
    try:
        found = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return today
    return found if DAY_RANGE[0] <= found <= DAY_RANGE[1] else today


@require_safe
def rules_in_force(request: HttpRequest) -> HttpResponse:
    """What the house enforces on a day, under the texts it stands on, each with how sure the house is of it."""
    on = _day(request)
    chapters = [
        (instrument.name, instrument, [_rule(one) for one in found]) for instrument, found in rules.chapters(on)
    ]
    figures = [_figure(one) for one in law.figures(on=on)]
    context = {
        "on": on,
        "chapters": chapters,
        "total": sum(len(found) for _, _, found in chapters),
        "figures": _figure_table(figures),
        "figures_total": len(figures),
        "tables": [(t.title, [_row(r) for r in t.rows()]) for t in law.tables(on=on)],
    }
    return render(request, "web/portal/rules.html", context)


def _rule(one: rules.Rule) -> dict[str, Any]:
    cited = one.citation
    return {
        "words": one.words,
        "cite": cited.words,
        "mark": cited.label,
        "strength": STRENGTH[one.strength],
        "must": one.strength is Strength.MUST,
        "since": one.since,
        "until": one.until,
    }


def _figure(one: law.Figure) -> list[c.Cell | str | Words]:
    unit = UNITS[one.unit]
    value = (
        Words("是", "yes")
        if one.unit == "yes_no" and one.value == 1
        else Words("否", "no")
        if one.unit == "yes_no"
        else (
            Words(f"{one.value:,} {unit.zh}".strip(), f"{one.value:,} {unit.en}".strip())
            if isinstance(one.value, int)
            else plain(one.value)
        )
    )
    mark = c.Cell(one.label, tag="due") if one.label else c.Cell(Words("已核原文", "text read"), tag="ok")
    return [c.Cell(one.note, one.source.words), c.Cell(value), mark, c.Cell(said.day(one.since))]


def _figure_table(rows: list[list[c.Cell | str | Words]]) -> c.Table:
    columns = [
        c.Column(Words("数值", "Figure")),
        c.Column(Words("取值", "Value"), num=True),
        c.Column(Words("把握", "How sure")),
        c.Column(Words("自", "Since"), phone=False),
    ]
    return c.Table(columns, rows)


def _row(row: law.Row) -> Words:
    return Words(f"{row.words.zh}（{row.citation.zh}）", f"{row.words.en} ({row.citation.en})")


@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """Every procedure of the house, drawn from its own table."""
    shown = [(table, diagram(table), len(table.acts), len(table.states)) for table in all_procedures()]
    return render(request, "web/portal/procedures.html", {"shown": shown})


@require_safe
def procedure(request: HttpRequest, name: str) -> HttpResponse:
    table = table_named(name)
    rows = [
        [
            c.Cell(table.label(act.name), citation(act.cite)),
            c.Cell(_joined([table.label(s) for s in act.frm])),
            c.Cell(table.label(act.to) if act.to else Words("不变", "stays")),
            c.Cell(_joined([CLOCK.words if place is CLOCK else place.words for place in act.by])),
        ]
        for act in table.acts
    ]
    columns = [
        c.Column(Words("可以做的", "Act")),
        c.Column(Words("从", "From"), phone=False),
        c.Column(Words("到", "To")),
        c.Column(Words("由谁", "By whom")),
    ]
    context = {
        "procedure": table,
        "diagram": diagram(table),
        "table": c.Table(columns, rows),
        "clocks": [_clock(table, one) for one in table.clocks],
        "cite": citation(table.cite),
        "crumbs": [(Words("办事流程", "Procedures"), reverse("procedures")), (table.words, "")],
    }
    return render(request, "web/portal/procedure.html", context)


def _joined(words: list[Words]) -> Words:
    return Words("、".join(w.zh for w in words), ", ".join(w.en for w in words))


def _clock(table: Procedure, clock: Clock) -> c.ClockFace:
    end = table.label(clock.then) if clock.then else Words("提醒监督", "an alarm")
    runs = _joined(
        [
            table.label(state)
            for state in sorted(clock.runs_in, key=lambda s: (table.way.index(s) if s in table.way else 99, s))
        ]
    )
    return c.ClockFace(
        clock.words,
        _length(clock),
        None,
        Words(f"计时状态：{runs.zh}", f"counts while: {runs.en}"),
        "",
        Words(f"到期：{end.zh}", f"at the end: {end.en}"),
        citation(clock.cite),
        "calm",
    )


def _length(clock: Clock) -> Words:
    """The length in words; figures as they stand today."""
    kinds = {
        "working_days": "working_day",
        "after_workdays": "working_day",
        "natural_days": "natural_day",
        "months": "month",
    }
    length = clock.length
    if length.figure is not None:
        number = law.figure(length.figure, on=local_day(timezone.now())).number
    elif length.fixed is not None:
        number = length.fixed
    else:
        return Words("至约定的日子", "to the day agreed")
    kind = kinds[length.unit]
    return Words(said.duration(number, kind, "zh"), said.duration(number, kind, "en"))


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The evidence log: its size, root and signature, and how anyone checks it without us."""
    newest = evidence.checkpoint()
    context = {
        "newest": newest,
        "root": newest.root.hex() if newest else "",
        "waiting": evidence.waiting(),
        "command": f"tongqu verify tongqu-proof-42.json --key {shlex.quote(newest.key)}" if newest else "",
    }
    return render(request, "web/portal/log.html", context)


@require_safe
def log_file(request: HttpRequest, path: str) -> HttpResponse:
    """`/log/checkpoint`, `/log/key`, `/log/tile/…` as C2SP tlog-tiles has them. Tiles never change; the rest may."""
    found = evidence.published(path)
    if found is None:
        raise Http404
    response = HttpResponse(found.content, content_type=found.content_type)
    kept = f"public, max-age={FULL_TILE_SECONDS}, immutable" if found.immutable else "public, max-age=5"
    response["Cache-Control"] = kept
    response["Access-Control-Allow-Origin"] = "*"
    return response


@cache
def _divisions(on: date) -> bytes:
    """Every division of the country in an edition, as CSV in UTF-8. Made once for each edition, whatever day is asked."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["code", "name", "level", "parent", "valid_from"])

    def write(code: str) -> None:
        for one in parties.divisions.children(code, on=on):
            writer.writerow([one.code, one.name, one.level, one.parent, one.valid_from.isoformat()])

    for province in parties.divisions.children("", on=on):
        writer.writerow(
            [province.code, province.name, province.level, province.parent, province.valid_from.isoformat()]
        )
    everything = parties.divisions
    for province in everything.children("", on=on):
        write(province.code)
        for city in everything.children(province.code, on=on):
            write(city.code)
    return out.getvalue().encode()


def _edition(request: HttpRequest) -> date:
    """The day since which the divisions stand as on the day asked for; the first edition stands for the years before it."""
    editions = (parties.divisions.FIRST, parties.divisions.SECOND)
    return max((day for day in editions if day <= _day(request)), default=editions[0])


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    content = _divisions(_edition(request))
    context = {"sha256": hashlib.sha256(content).hexdigest(), "rows": content.count(b"\n") - 1, "size": len(content)}
    return render(request, "web/portal/open_data.html", context)


ROBOTS = """User-agent: *
Disallow: /account/
Disallow: /desk
Disallow: /language/
Disallow: /entries?
Disallow: /open?
Disallow: /resources?
Disallow: /products?
# The whole catalogue for programs, page by page: {base}/catalog.ttl, {base}/catalog.jsonld, {base}/api/3/action/package_search
"""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Pages of data sets may be read; every combination of search and filters need not be."""
    return HttpResponse(ROBOTS.format(base=settings.PUBLIC_URL), content_type="text/plain; charset=utf-8")


@require_safe
def divisions(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_divisions(_edition(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="divisions.csv"'
    response["Cache-Control"] = "public, max-age=3600"
    return response
