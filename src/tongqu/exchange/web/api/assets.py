"""Data assets over the API: the ledger and the disclosure of the party that asks, a look by mandate, public self-assessments.

Values are read as subjects (`/api/cost_valuation/{id}`), where each says that it is not to be booked; none is in a ledger.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Schema
from pydantic import Field

from tongqu.exchange.bedrock.procedures import Actor, NotYours, Unknown, local_day, perform, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import mandates
from tongqu.exchange.registry import assets, maturity, pledges, quality
from tongqu.exchange.registry.entrusted import ASSET_MANDATE
from tongqu.exchange.web.api import shapes
from tongqu.exchange.web.api.keys import actor
from tongqu.exchange.web.api.queries import OFFSET, Number

router = Router(tags=["Data assets"])
Year = Annotated[int, Path(ge=2024, le=2199)]


class Sums(Schema):
    """Whole fen. `carrying` is cost less amortisation and write-downs."""

    cost: int
    expensed: int
    written_down: int
    amortised: int
    carrying: int


class AssetOut(Schema):
    id: int
    name: str
    officer: str
    department: str
    recognised_as: str | None
    way: str | None
    ready_date: date | None
    useful_months: int | None
    sums: Sums


class AssetPage(shapes.Page):
    items: list[AssetOut]


class CostLineOut(Schema):
    """A line of the cost ledger. It names its `bill` or its `voucher` with the digest of its paper; `reverses` another line."""

    id: int
    asset_id: int
    source: str
    bill: int | None
    voucher: str
    paper: str
    reverses: int | None
    reversed_by: int | None
    item: str
    treatment: str
    cite: str
    amount_fen: int
    incurred_date: date
    booked_date: date
    text: str


class FiguresOut(Schema):
    cost_opening: int
    cost_added: int
    cost_removed: int
    cost_closing: int
    amortised_opening: int
    amortised_added: int
    amortised_closing: int
    written_down_opening: int
    written_down_added: int
    written_down_closing: int
    carrying_opening: int
    carrying_closing: int


class DisclosureOut(Schema):
    """Columns by class (`intangible`, `inventory`) and way (`bought`, `developed`, `other`, `total`)."""

    year: int
    until_date: date
    columns: dict[str, dict[str, FiguresOut]]
    disclosed_only: list[str]
    expensed_fen: int


class ValueOut(Schema):
    """An indicative value. `mark` says that it is not to be booked."""

    id: int
    state: str
    method: str
    base_date: date
    result_fen: int
    mark: str


class IndicatorOut(Schema):
    """One of six indicators, in basis points; null: not measured. `exact` is false where few rows failed."""

    indicator: shapes.Said
    least: int | None
    exact: bool


class BurdenOut(Schema):
    registration_id: int
    kind: str
    secured: str
    amount_fen: int | None
    place: int | None


class Looked(Schema):
    """An asset as a mandate opens it; parts that it does not open are null."""

    asset: AssetOut
    ledger: list[CostLineOut] | None
    burdens: list[BurdenOut] | None
    quality: list[IndicatorOut] | None
    values: list[ValueOut] | None


class DomainOut(Schema):
    """The mean of a domain's items in hundredths of a level, and its lowest item."""

    domain: shapes.Said
    hundredths: int
    lowest: int


class AssessmentOut(Schema):
    """A firm's own view of how it manages data: no assessment by others, no claim to a level."""

    id: int
    holder: str
    edition: str
    scope: str
    assessed_date: date
    mean_hundredths: int
    by_itself: bool
    domains: list[DomainOut]


class AssessmentPage(shapes.Page):
    items: list[AssessmentOut]


def _holder(request: HttpRequest) -> int:
    by: Actor = actor(request)
    if by.party is None or "supplier" not in by.roles:
        raise NotYours(
            Words("数据资产由持有单位自己查看", "Assets are read by whoever holds them"), [mandates.SUPPLIER.words]
        )
    return by.party


def _asset(one: assets.AssetView) -> dict[str, Any]:
    now = one.recognition
    return {
        "id": one.id, "name": one.name, "officer": one.officer, "department": one.department,
        "recognised_as": now.asset_class if now else None, "way": now.way if now else None,
        "ready_date": now.ready_date if now else None, "useful_months": now.useful_months if now else None,
        "sums": one.sums,
    }  # fmt: skip


@router.get("/assets", response={200: AssetPage}, summary="The party's data assets")
def own_assets(request: HttpRequest, offset: int = OFFSET, limit: Annotated[int, Field(ge=1, le=100)] = 50) -> Any:
    party, today = _holder(request), local_day(timezone.now())
    found, total = assets.books.assets_of(party, on=today, offset=offset, size=limit)
    return shapes.page([_asset(one) for one in found], total=total, offset=offset, limit=limit)


@router.get("/assets/ledger/{year}", response={200: list[CostLineOut]}, summary="The party's cost ledger of a year")
def own_ledger(request: HttpRequest, year: Year) -> Any:
    return list(assets.books.ledger(_holder(request), year))


@router.get("/assets/disclosure/{year}", response={200: DisclosureOut}, summary="The party's disclosure of a year")
def own_disclosure(request: HttpRequest, year: Year) -> Any:
    """Of a year that is not over: what has passed of it (`until_date`)."""
    return assets.books.disclosure(_holder(request), year, on=local_day(timezone.now()))


@router.get("/asset_mandate/{id}/assets/{number}", response={200: Looked}, summary="Look at an asset by mandate")
def look(request: HttpRequest, id: Annotated[Number, Path()], number: Annotated[Number, Path()]) -> Any:
    """Every answer is a fact of the log, kept before anything is told."""
    by, at = actor(request), timezone.now()
    row = see(ASSET_MANDATE, id, by)
    if number not in row.assets:
        raise Unknown(f"asset {number}")
    perform(ASSET_MANDATE, "look", id, by=by, at=at, asset=number)
    one = assets.books.asset(number, on=local_day(at))
    check = quality.standing(one.resource_id) if "quality" in row.parts else None
    return {
        "asset": _asset(one),
        "ledger": list(assets.books.lines(number, size=100).items) if "ledger" in row.parts else None,
        "burdens": list(pledges.standing([right.registration_id for right in assets.books.rights_of(one)]))
        if "rights" in row.parts else None,
        "quality": [
            {"indicator": score.indicator.words, "least": score.least, "exact": score.exact} for score in check.scores
        ] if check is not None else ([] if "quality" in row.parts else None),
        "values": [value for value in assets.books.values_of(number) if value.state == "issued"] if "values" in row.parts else None,
    }  # fmt: skip


@router.get(
    "/maturity", auth=None, response={200: AssessmentPage}, summary="Public self-assessments of data management"
)
def assessments(request: HttpRequest, offset: int = OFFSET, limit: Annotated[int, Field(ge=1, le=100)] = 50) -> Any:
    found, total = maturity.public(offset=offset, size=limit)
    items = [
        {
            "id": one.id, "holder": one.holder, "edition": one.edition, "scope": one.scope, "assessed_date": one.assessed_date,
            "mean_hundredths": one.mean, "by_itself": True,
            "domains": [{"domain": d.domain.words, "hundredths": d.hundredths, "lowest": d.lowest} for d in one.domains],
        }
        for one in found
    ]  # fmt: skip
    return shapes.page(items, total=total, offset=offset, limit=limit)
