"""Draws up what a lost ground reaches: grants passed on, derived resources, products, deals and deliveries, each with its way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.bedrock.procedures import HOUSE, visible
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import authorisation, catalogue, grants, lineage, publicdata
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.wire.canonical import digest

ON_OFFER = ("submitted", "published", "paused", "blocked", "suspended")
UNDER_WAY = ("requested", "started", "suspended")


@dataclass(frozen=True)
class Line:
    """`falls`: nothing else carries it. `why` says what it lacks, or what it stands on besides."""

    kind: str
    number: int
    name: str
    provider: int | None
    consumer: int | None
    path: tuple[str, ...]
    falls: bool
    why: Words


def draw(ground: str, at: datetime) -> list[Line]:
    """Everything, in the order in which one stands on the other."""
    kind, _, number = ground.partition(":")
    lines = _grants(ground)
    reached = lineage.reached([ground], at)
    for one in reached:
        entry = catalogue.resource(one.resource)
        lines.append(
            Line("resource", entry.id, entry.name, entry.holder_id, None, one.path, one.falls, _why(one.lacks))
        )
    ways = {one.resource: (one.path, one.falls, _why(one.lacks)) for one in reached}
    direct = Words("直接以它为依据", "stands on it directly")
    found = _products({"resource_id__in": list(ways)}, ways)
    if kind == "right":
        found += _products({"registration_id": int(number)}, {}, (ground,), direct)
    if kind == "resource":
        found += _products({"resource_id": int(number)}, {}, (ground,), direct)
    if kind in {"agreement", "public"}:
        found += _undeclared(kind, int(number), ground, at)
    unique = {line.number: line for line in reversed(found)}
    products = sorted(unique.values(), key=lambda line: line.number)
    return [*lines, *products, *_deals(products)]


ANOTHER_GROUND = Words("另有有效依据", "it has another ground in force")


def _undeclared(kind: str, number: int, ground: str, at: datetime) -> list[Line]:
    """Products of public data whose grounds nobody declared: they stand on their operator's agreement, and their registration."""
    if kind == "public":
        record = publicdata.record(number)
        other = publicdata.standing([record.resource_id], at=at).get(record.resource_id)
        rows = visible(LISTING, HOUSE).filter(resource_id=record.resource_id)
    else:
        operator = authorisation.operation(number).operator_id
        rows = visible(LISTING, HOUSE).filter(provider_id=operator)
    lines = []
    for row in rows.filter(state__in=ON_OFFER, public_data=True).order_by("pk"):
        if lineage.derivation_of(row.resource_id) is not None:
            continue
        if kind == "public":
            falls = other is None or other.id == number
            why = Words("直接以它为依据", "stands on it directly")
        else:
            falls, why = authorisation.over(operator, row.resource_id, but=number), listings.OPERATION_OVER
        way = (ground, f"listing:{row.pk}")
        lines.append(
            Line("listing", row.pk, row.name, row.provider_id, None, way, falls, why if falls else ANOTHER_GROUND)
        )
    return lines


def _why(lacks: Iterable[lineage.Lack]) -> Words:
    told = list(lacks)
    if not told:
        return ANOTHER_GROUND
    return Words("；".join(one.words.zh for one in told), "; ".join(one.words.en for one in told))


def _grants(ground: str) -> list[Line]:
    lines = []
    for key, path in lineage.hanging([ground]).items():
        kind, _, number = key.partition(":")
        if kind == "grant" and key != ground:
            one = grants.grant(int(number))
            name = f"{one.words.zh} / {one.words.en}"
            why = Words("上一级权利终止，不能单独存续", "what it was granted from has ended")
            lines.append(Line("grant", one.id, name, one.grantor_id, one.grantee_id, path, True, why))
    return lines


Way = tuple[tuple[str, ...], bool, Words]


def _products(
    where: dict[str, object], ways: dict[int, Way], path: tuple[str, ...] = (), why: Words | None = None
) -> list[Line]:
    rows = visible(LISTING, HOUSE).filter(state__in=ON_OFFER, **where).order_by("pk")
    lines = []
    for row in rows:
        way, falls, said = ways.get(row.resource_id, (path, True, why or Words("", "")))
        key = f"listing:{row.pk}"
        lines.append(Line("listing", row.pk, row.name, row.provider_id, None, (*way, key), falls, said))
    return lines


def _deals(products: list[Line]) -> list[Line]:
    by_number = {line.number: line for line in products}
    wanted = list(by_number)
    open_deals = (
        visible(NEGOTIATION, HOUSE).filter(listing_id__in=wanted).exclude(state__in=NEGOTIATION.ends).order_by("pk")
    )
    running = visible(TRANSFER, HOUSE).filter(contract__listing_id__in=wanted, state__in=UNDER_WAY)
    lines = [_below(by_number[row.listing_id], "negotiation", row) for row in open_deals]
    found = running.select_related("contract").order_by("pk")
    return lines + [_below(by_number[row.contract.listing_id], "transfer", row) for row in found]


def _below(product: Line, kind: str, row: object) -> Line:
    pk, title = row.pk, row.title()  # type: ignore[attr-defined]
    provider, consumer = row.provider_id, row.consumer_id  # type: ignore[attr-defined]
    return Line(
        kind, pk, title or product.name, provider, consumer, (*product.path, f"{kind}:{pk}"), product.falls, product.why
    )


def mark(lines: Iterable[Line]) -> str:
    """A digest that is another when one line more or less falls."""
    return digest([[line.kind, line.number, line.falls] for line in lines])
