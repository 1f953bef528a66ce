"""Sharing between departments in figures: aggregates for anyone, departments one by one for the authorities."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from tongqu.exchange.bedrock.procedures import NotYours
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import mandates
from tongqu.exchange.registry import flowback, provision
from tongqu.exchange.web.api import shapes
from tongqu.exchange.web.api.keys import actor
from tongqu.exchange.web.api.queries import LIMIT, OFFSET

router = Router(tags=["Sharing"])
AUTHORITIES = (mandates.REGULATOR, mandates.DATA_AUTHORITY)


class ShareCounts(Schema):
    """`unanswered` and `unprovided` never came in their time; `…_overdue` are still waited for. Shares are in percent, days
    medians of the working days that the clocks counted."""

    requests: int
    answered: int
    answered_in_time: int
    waiting: int
    unanswered: int
    answer_overdue: int
    provided: int
    provided_in_time: int
    unprovided: int
    provision_overdue: int
    refused: int
    at_once: int
    answer_days: float | None
    provision_days: float | None
    answered_in_time_share: float | None
    provided_in_time_share: float | None


class Flow(Schema):
    """Of one territory, or of all."""

    territory: str
    subscriptions: int
    late_now: int
    deliveries: int
    delivered_late: int
    rows: int


class SharingFigures(Schema):
    """`by_level` is that of the provider, `by_month` that of the asking, `refused_by` the kind of ground."""

    whole: ShareCounts
    by_level: dict[str, ShareCounts]
    by_month: dict[str, ShareCounts]
    refused_by: dict[str, int]
    flow_back: Flow
    flow_back_by_territory: list[Flow]


class ShareParty(Schema):
    id: int
    name: str
    level: str
    counts: ShareCounts


class SharePartyPage(shapes.Page):
    items: list[ShareParty]


@router.get("/sharing/figures", auth=None, response={200: SharingFigures}, summary="Sharing between departments")
def figures(request: HttpRequest) -> Any:
    found, (flows, territories) = provision.figures(), flowback.figures()
    return {
        "whole": found.whole, "by_level": found.by_level, "by_month": found.by_month, "refused_by": found.by_ground,
        "flow_back": flows, "flow_back_by_territory": territories,
    }  # fmt: skip


@router.get("/sharing/parties", response={200: SharePartyPage}, summary="Sharing by department, for the authorities")
def parties(
    request: HttpRequest, side: Literal["provider", "requester"] = "provider", offset: int = OFFSET, limit: int = LIMIT
) -> Any:
    by = actor(request)
    if not any(office.role in by.roles for office in AUTHORITIES):
        raise NotYours(
            Words("各部门的数字由监管部门、数据主管部门查看", "Figures by department are for the authorities"),
            [office.words for office in AUTHORITIES],
        )
    found, total = provision.figures_of_parties(as_provider=side == "provider", offset=offset, limit=limit)
    return shapes.page(found, total=total, offset=offset, limit=limit)
