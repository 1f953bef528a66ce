"""The mandates of a trust over the API: for its trustee alone, by number. Who gave them is not told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from tongqu.exchange.bedrock.procedures import NotYours, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import trust
from tongqu.exchange.registry.trust import DATA_TRUST
from tongqu.exchange.web.api import shapes
from tongqu.exchange.web.api.keys import actor
from tongqu.exchange.web.api.queries import OFFSET, Number

router = Router(tags=[DATA_TRUST.words.en])


class HeldMandate(Schema):
    """Neither who gave it nor what the person is known by at the node is told."""

    id: int
    state: str
    purposes: list[str]
    kinds: list[str]
    begun_at: datetime
    ended_at: datetime | None


class HeldMandatePage(shapes.Page):
    items: list[HeldMandate]


@router.get("/data_trust/{id}/mandates", response={200: HeldMandatePage}, summary="Mandates that the trustee holds")
def mandates(
    request: HttpRequest,
    id: Annotated[Number, Path()],
    offset: int = OFFSET,
    limit: Annotated[int, Field(ge=1, le=100)] = 50,
) -> Any:
    by = actor(request)
    row = see(DATA_TRUST, id, by)
    if by.party != row.trustee_id:
        words = Words("只有受托者可以查看所持委托", "Only the trustee sees the mandates that it holds")
        raise NotYours(words, [seat.words for seat in DATA_TRUST.seats if seat.name == "trustee"])
    found, total = trust.reading.mandates_held(row.pk, offset=offset, limit=limit)
    return shapes.page(list(found), total=total, offset=offset, limit=limit)
