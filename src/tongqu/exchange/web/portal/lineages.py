"""The lineage of a thing as a picture: what it stands on and what stands on it, for anyone as far as it is public."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web import ancestry as ancestries
from tongqu.exchange.web import components as c
from tongqu.exchange.web import lineagegraph
from tongqu.exchange.web.ancestry import Ancestry, Node
from tongqu.exchange.web.desks.acting import actor, hides_unknown
from tongqu.exchange.web.desks.wording import citation

OF = {"product": "listing"}
AS = {"listing": "product"}
KINDS = frozenset({"resource", "product", "grant", "right", "public", "agreement"})


def address(key: str) -> str:
    """The page of a thing's own lineage; of open data that of its resource."""
    kind, _, number = key.partition(":")
    return reverse("lineage", args=["resource" if kind == "open" else AS.get(kind, kind), number])


@require_GET
@hides_unknown
def lineage(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    if kind not in KINDS:
        raise Http404
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 1
    by = actor(request) if request.user.is_authenticated else None
    found = ancestries.ancestry(f"{OF.get(kind, kind)}:{pk}", by, timezone.now(), page=max(1, number))
    keys = [one.key for one in found.nodes]
    here = next(one for one in found.nodes if one.key == found.focus)
    context = {
        "here": here, "hidden": found.hidden, "more": any(one.more_above or one.more_below for one in found.nodes),
        "wide": _picture(lineagegraph.wide(keys, found.edges), found),
        "narrow": _picture(lineagegraph.narrow(keys, found.edges), found), "table": _table(found), "cite": citation("PROP35:21(6)"),
        "alone": len(keys) == 1, "pages": c.page(str(found.page), size=1, total=found.pages),
        "crumbs": [(here.kind, here.href), (Words("来源图", "Lineage"), "")],
    }  # fmt: skip
    return render(request, "web/portal/lineage_page.html", context)


def _picture(drawn: lineagegraph.Drawing, found: Ancestry) -> dict[str, Any]:
    known = {one.key: one for one in found.nodes}
    return {
        "width": drawn.width, "height": drawn.height, "lines": drawn.lines,
        "boxes": [_box(box, known[box.key], box.key == found.focus) for box in drawn.boxes],
    }  # fmt: skip


def _box(box: lineagegraph.Placed, node: Node, here: bool) -> dict[str, Any]:
    english = (get_language() or "").startswith("en")
    name = node.name.en if english else node.name.zh
    more = node.more_above + node.more_below
    return {
        "x": box.x, "y": box.y, "width": box.width, "height": box.height, "here": here, "node": node, "full": node.name,
        "name": _fitting(name, box.width - 24), "tx": box.x + 12, "y1": box.y + 18, "y2": box.y + 36,
        "y3": box.y + 53, "right": box.x + box.width - 10, "more": more, "more_href": address(node.key) if more else "",
    }  # fmt: skip


def _fitting(name: str, room: int) -> str:
    """As much of a name as there is room for: a Chinese character is 13 wide, a letter or digit 7."""
    widths = [13 if unicodedata.east_asian_width(one) in "WFA" else 7 for one in name]
    if sum(widths) <= room:
        return name
    end, used = 0, 13
    while used + widths[end] <= room:
        used += widths[end]
        end += 1
    return f"{name[:end]}…"


def _table(found: Ancestry) -> c.Table:
    """The same in words: every line of the picture once."""
    known = {one.key: one for one in found.nodes}
    rows: list[list[c.Cell | c.Label]] = []
    for above, below in found.edges:
        one, other = known[above], known[below]
        rows.append([
            c.Cell(one.name, one.kind, one.href), c.Cell(other.name, other.kind, other.href), c.Cell(other.state, tag=other.tone),
        ])  # fmt: skip
    columns = [
        c.Column(Words("来源或依据", "Source or ground")),
        c.Column(Words("以它为依据的", "What stands on it")),
        c.Column(Words("状态", "State")),
    ]
    return c.Table(columns, rows)
