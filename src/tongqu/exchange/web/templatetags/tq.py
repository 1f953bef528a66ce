"""The components: `{% load tq %}`. docs/guides/pages.md shows each with its call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.web import components as c
from tongqu.exchange.web import diagram as d
from tongqu.exchange.web import radar as r
from tongqu.exchange.web import said, spine

register = template.Library()
PARTS = "web/parts/"


def _language() -> str:
    return get_language() or "zh-hans"


@register.filter
def words(value: Any) -> Any:
    """Words in the reader's language; anything else unchanged."""
    return value.of(_language()) if isinstance(value, Words) else value


@register.filter
def label(value: Any) -> Any:
    """Words that stand alone in a cell, a tag or a pair: in English they begin with a capital. Names and data stay as they are."""
    text = words(value)
    if not isinstance(value, Words) or value.zh == value.en or _language() != "en":
        return text
    return text[:1].upper() + text[1:]


@register.filter(name="yuan")
def yuan_filter(fen: int | None) -> str:
    """Whole fen as `¥ 1,234.56`; nothing as a dash."""
    return "—" if fen is None else yuan(fen)


@register.filter
def micro_yuan(value: int | None) -> str:
    """A metered price in micro-yuan: `¥ 0.30`, `¥ 0.000125`."""
    return "—" if value is None else said.micro_yuan(value)


@register.filter
def count(value: int | None) -> str:
    """Thousands set apart: 48,217."""
    return "—" if value is None else f"{value:,}"


@register.filter(expects_localtime=True)
def day(value: date | datetime | None) -> str:
    """2026-11-23"""
    return "—" if value is None else said.day(value)


@register.filter(expects_localtime=True)
def moment(value: datetime | None) -> str:
    """2026-11-23 16:42"""
    return "—" if value is None else said.moment(value)


@register.filter(expects_localtime=True)
def near(value: date | datetime | None) -> str:
    """11月27日（周五）; Fri 27 Nov. With the hour when the value has one."""
    return "—" if value is None else said.near(value, _language())


@register.filter
def duration(amount: int | None, unit: str = "working_day") -> str:
    """`4|duration:"working_day"` → 4 个工作日, 4 working days. Also natural_day, month, year, hour, minute, times."""
    return "—" if amount is None else said.duration(amount, unit, _language())


@register.filter
def share(basis_points: int | None) -> str:
    """Basis points as a percentage: 6500 → 65%."""
    return "—" if basis_points is None else said.share(basis_points)


@register.simple_tag(takes_context=True)
def when(context: Context, value: date | datetime | None) -> SafeString | str:
    """A date as people say it: near ones by month and weekday, others in full; the machine's form in a time element."""
    if value is None:
        return "—"
    local = timezone.localtime(value) if isinstance(value, datetime) else value
    today = timezone.localdate(context.get("now") or timezone.now())
    text = said.when(local, today, _language())
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), said.full(local), text)


@register.inclusion_tag(PARTS + "hash.html")
def mono(value: str, keep: int = 4, copy: bool = True) -> dict[str, Any]:
    """A digest shortened to its ends, with the whole in a title and a button that copies it."""
    return {"value": value, "short": said.short(value, keep), "copy": copy}


@register.simple_tag
def tag(text: Any, tone: str = "", href: str = "", title: str = "") -> SafeString:
    """A word on a ground. Tones: ok, due, bad, info; none is neutral. The word says it, the colour only repeats it."""
    classes = f"tq-tag {tone}".strip()
    if href:
        return format_html('<a class="{}" href="{}" title="{}">{}</a>', classes, href, words(title), label(text))
    if title:
        return format_html('<span class="{}" title="{}">{}</span>', classes, words(title), label(text))
    return format_html('<span class="{}">{}</span>', classes, label(text))


@register.inclusion_tag(PARTS + "figure.html")
def figure(
    label: Any, value: Any, note: Any = "", tone: str = "", href: str = "", long: bool = False
) -> dict[str, Any]:
    """A number with its label and a note. `long` gives it the whole row on a phone."""
    shown = f"{value:,}" if isinstance(value, int) else value
    return {"label": label, "value": shown, "note": note, "tone": tone, "href": href, "long": long}


@register.inclusion_tag(PARTS + "table.html", takes_context=True)
def table(context: Context, table: c.Table) -> dict[str, Any]:
    """A whole table from a `Table`. For cells with their own markup write `<table class="t">` by hand."""
    return {"table": table, "request": context.get("request")}


@register.inclusion_tag(PARTS + "pages.html")
def pages(page: c.Page, request: HttpRequest | None = None, name: str = "page") -> dict[str, Any]:
    """Total, span and page links; the address's other questions are kept."""
    query = request.GET.copy() if request is not None else None

    def address(number: int) -> str:
        if query is None:
            return f"?{name}={number}"
        query[name] = str(number)
        return f"?{query.urlencode()}"

    links = [(number, address(number) if number else "") for number in page.numbers()]
    before = address(page.number - 1) if page.number > 1 else ""
    after = address(page.number + 1) if page.number < page.last else ""
    return {"page": page, "links": links, "before": before, "after": after}


@register.inclusion_tag(PARTS + "steps.html")
def stepper(steps: Sequence[c.Step]) -> dict[str, Any]:
    return {"steps": steps}


@register.inclusion_tag(PARTS + "clock.html", takes_context=True)
def clock(context: Context, clock: c.ClockFace) -> dict[str, Any]:
    return {"clock": clock, "now": context.get("now")}


@register.inclusion_tag(PARTS + "line.html")
def timeline(lines: Sequence[c.Line]) -> dict[str, Any]:
    return {"lines": lines}


@register.inclusion_tag(PARTS + "kv.html")
def kv(pairs: Sequence[c.Pair]) -> dict[str, Any]:
    return {"pairs": [(pair, isinstance(pair.value, datetime), isinstance(pair.value, date)) for pair in pairs]}


@register.simple_tag
def cite(text: Any, href: str = "") -> SafeString:
    """The article that says so; a link to its rule when there is one."""
    if href:
        return format_html('<a class="cite" href="{}">{}</a>', href, words(text))
    return format_html('<span class="cite">{}</span>', words(text))


@register.inclusion_tag(PARTS + "refusals.html")
def refusals(obstacles: Sequence[c.Obstacle], title: Any = "") -> dict[str, Any]:
    return {"obstacles": obstacles, "title": title}


@register.inclusion_tag(PARTS + "field.html")
def field(field: c.Field) -> dict[str, Any]:
    return {"field": field}


@register.inclusion_tag(PARTS + "fields.html")
def fields(fields: Sequence[c.Field]) -> dict[str, Any]:
    return {"fields": fields}


@register.inclusion_tag(PARTS + "empty.html")
def empty(words: Any, note: Any = "", href: str = "", button: Any = "") -> dict[str, Any]:
    return {"empty": c.Empty(words, note, href, button)}


@register.inclusion_tag(PARTS + "empty.html")
def nothing(empty: c.Empty) -> dict[str, Any]:
    return {"empty": empty}


@register.inclusion_tag(PARTS + "tiles.html")
def tiles(counts: Mapping[str, int], href: str = "", unit: Any = "") -> dict[str, Any]:
    return {"tiles": c.tiles(counts, href=href), "unit": unit}


@register.inclusion_tag(PARTS + "chart.html")
def chart(chart: c.Chart) -> dict[str, Any]:
    data = {
        "kind": chart.kind,
        "unit": words(chart.unit),
        "labels": list(chart.labels),
        "series": [{"name": words(series.words), "values": list(series.values)} for series in chart.series],
    }
    rows = list(zip(chart.labels, *[series.values for series in chart.series], strict=True))
    return {"chart": chart, "data": data, "rows": rows, "data_id": f"{chart.id}-data"}


@register.simple_tag
def diagram(picture: d.Diagram, size: str = "panel") -> SafeString:
    """The states as a picture: `panel` for a side card, `wide` for the whole width (a phone then gets the panel)."""
    title, language = picture.title.of(_language()), _language()
    text = spine.draw(picture.nodes, picture.edges, way=picture.way, title=title, language=language)
    panel = mark_safe(text)  # noqa: S308 - escaped where it is made
    if size == "panel":
        return panel
    text = d.draw(picture.nodes, picture.edges, way=picture.way, title=title, language=language)
    wide = mark_safe(text)  # noqa: S308 - escaped where it is made
    return format_html('<div class="hide-s">{}</div><div class="only-s">{}</div>', wide, panel)


KINDS_OF_INPUTS = {
    "select": "select",
    "checkbox": "checkbox",
    "textarea": "textarea",
    "password": "password",
    "email": "email",
    "number": "number",
    "radioselect": "radios",
    "checkboxselectmultiple": "checkboxes",
    "date": "date",
    "clearablefile": "file",
}


@register.simple_tag
def radar(plot: r.Radar) -> SafeString:
    """A radar plot, drawn here."""
    return mark_safe(r.svg(plot, _language()))  # noqa: S308 - escaped where it is made


@register.inclusion_tag(PARTS + "field.html")
def form_field(bound: BoundField) -> dict[str, Any]:
    """A field of a Django form (sign-in pages), drawn as every other field."""
    widget = bound.field.widget
    kind: Any = "hidden" if widget.is_hidden else KINDS_OF_INPUTS.get(bound.widget_type, "text")
    value = bound.value()
    kept = [k for k in ("autocomplete", "maxlength", "minlength", "inputmode", "autofocus") if k in widget.attrs]
    listed = [str(part) for part in value] if isinstance(value, list | tuple) else str(value)
    return {
        "field": c.Field(
            name=bound.html_name,
            words=str(bound.label),
            kind=kind,
            value="" if value in (None, False) or kind == "password" else listed,
            hint=str(bound.help_text),
            required=bound.field.required,
            choices=[(str(v), str(w)) for v, w in getattr(bound.field, "choices", [])],
            faults=[str(fault) for fault in bound.errors],
            attributes={name: "" if widget.attrs[name] is True else str(widget.attrs[name]) for name in kept},
        )
    }
