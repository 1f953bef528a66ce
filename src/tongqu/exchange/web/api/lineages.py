"""The lineage of a thing for programs, as far as the caller may see it; and the lines of a lost ground."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from tongqu.exchange.bedrock.procedures import see
from tongqu.exchange.trading import losses
from tongqu.exchange.trading.losses import GROUND_LOSS
from tongqu.exchange.web import ancestry
from tongqu.exchange.web.api import shapes
from tongqu.exchange.web.api.keys import actor
from tongqu.exchange.web.api.queries import LIMIT, OFFSET

router = Router(tags=["Lineage"])
Kind = Literal["resource", "product", "grant", "right", "public", "agreement"]


class LineageNode(Schema):
    """`more_above` and `more_below` count neighbours that are not in this answer: ask for the lineage of this node."""

    key: str
    kind: shapes.Said
    name: shapes.Said
    state: shapes.Said
    stands: bool
    more_above: int
    more_below: int


class LineageEdge(Schema):
    """`below` stands on `above`."""

    above: str
    below: str


class Lineage(Schema):
    """`hidden` counts neighbours that the caller may not see. `pages`: the focus's own neighbours, eight a page each way."""

    focus: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    hidden: int
    page: int
    pages: int


class LossLine(Schema):
    """A line of the list; `path` is the way from the ground to it."""

    id: int
    kind: str
    number: int
    name: str
    path: list[str]
    falls: bool
    why: shapes.Said
    spared_because: str


class LossLinePage(shapes.Page):
    items: list[LossLine]


def _said(words: Any) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _answer(found: ancestry.Ancestry) -> dict[str, Any]:
    nodes = [
        {
            "key": one.key, "kind": _said(one.kind), "name": _said(one.name), "state": _said(one.state), "stands": one.tone != "bad",
            "more_above": one.more_above, "more_below": one.more_below,
        }
        for one in found.nodes
    ]  # fmt: skip
    edges = [{"above": above, "below": below} for above, below in found.edges]
    return {
        "focus": found.focus, "nodes": nodes, "edges": edges, "hidden": found.hidden, "page": found.page, "pages": found.pages,
    }  # fmt: skip


@router.get("/lineage/{kind}/{id}", response={200: Lineage}, summary="What a thing stands on, and what stands on it")
def lineage(request: HttpRequest, kind: Kind, id: int, page: int = 1) -> Any:
    focus = f"{'listing' if kind == 'product' else kind}:{id}"
    return _answer(ancestry.ancestry(focus, actor(request), timezone.now(), page=max(1, page)))


@router.get("/open/lineage/{kind}/{id}", auth=None, response={200: Lineage}, summary="The same, as far as it is public")
def public_lineage(request: HttpRequest, kind: Kind, id: int, page: int = 1) -> Any:
    focus = f"{'listing' if kind == 'product' else kind}:{id}"
    return _answer(ancestry.ancestry(focus, None, timezone.now(), page=max(1, page)))


@router.get("/ground_loss/{id}/lines", response={200: LossLinePage}, summary="What a lost ground reaches")
def loss_lines(request: HttpRequest, id: int, offset: int = OFFSET, limit: int = LIMIT) -> Any:
    by = actor(request)
    see(GROUND_LOSS, id, by)
    found, total = losses.lines(id, by, first=offset, size=limit)
    items = [
        {
            "id": one.id, "kind": one.kind, "number": one.number, "name": one.name, "path": list(one.path), "falls": one.falls,
            "why": _said(one.why), "spared_because": one.spared_because,
        }
        for one in found
    ]  # fmt: skip
    return shapes.page(items, total=total, offset=offset, limit=limit)
