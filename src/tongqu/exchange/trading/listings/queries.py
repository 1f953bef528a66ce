"""What others may read of listings. Frozen answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.rows import find
from tongqu.exchange.members import credentials
from tongqu.exchange.trading.listings.acts import standing_text
from tongqu.exchange.trading.listings.inputs import total_fen
from tongqu.exchange.trading.listings.models import Listing
from tongqu.wire.canonical import canonical, digest

PAGE_SIZE_MAX = 100


@dataclass(frozen=True)
class ListingView:
    """A product as a buyer sees it. Prices: micro-yuan a call, or whole fen."""

    id: int
    state: str
    name: str
    summary: str
    provider_id: int
    resource_id: int
    registration_id: int | None
    mode: str
    data_class: str
    public_data: bool
    personal: str
    source_statement: str
    terms: Mapping[str, Any]
    price_kind: str
    price_micro_yuan: int | None
    price_fen: int | None
    standing: Mapping[str, Any] | None
    review: Mapping[str, Any]
    published_at: datetime | None
    ended_reason: str

    @property
    def total_fen(self) -> int:
        """What the published terms cost at most: the fixed price, or every call at its price, rounded up to a fen."""
        if self.price_fen is not None:
            return self.price_fen
        return total_fen(int(self.terms["calls_max"]), int(self.price_micro_yuan or 0))


def listing(listing_id: int) -> ListingView:
    """Raises Unknown."""
    row = find(Listing, id=listing_id)
    if row is None:
        raise Unknown(f"listing {listing_id}")
    return _view(row)


def published(
    *, words: str = "", mode: str = "", provider: int | None = None, public_data: bool = False, after: int = 0,
    limit: int = 20,
) -> tuple[list[ListingView], int]:  # fmt: skip
    """Products on sale, the newest first, and how many there are in all. `after` rows are skipped; 100 at most a page.
    With `public_data` those of public data alone."""
    rows = Listing.objects.filter(state="published")
    for word in words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(summary__icontains=word))
    if mode:
        rows = rows.filter(mode=mode)
    if provider is not None:
        rows = rows.filter(provider_id=provider)
    if public_data:
        rows = rows.filter(public_data=True)
    total = rows.count()
    return [
        _view(row) for row in rows.order_by("-published_at", "-pk")[after : after + min(limit, PAGE_SIZE_MAX)]
    ], total


def standing_holds(product: ListingView) -> bool:
    """Whether the standing instruction still fits the published terms and price, and carries its signature."""
    if product.state != "published" or product.standing is None:
        return False
    text = standing_text(product)
    if product.standing["digest"] != digest(text):
        return False
    try:
        credentials.verify(canonical(text), credentials.Signature.of(product.standing["signature"]))
    except credentials.BadSignature:
        return False
    return True


def instruction_text(listing_id: int) -> dict[str, object]:
    """What a standing instruction for the published terms and price says: the text an own key signs. Raises Unknown."""
    row = Listing.objects.filter(pk=listing_id).first()
    if row is None:
        raise Unknown(f"listing {listing_id}")
    return standing_text(row)


def affected(
    *,
    registration: int | None = None,
    provider: int | None = None,
    resource: int | None = None,
    source: tuple[int, str] | None = None,
) -> list[int]:
    """Products on sale, paused or blocked that stand on a right, a provider, a resource or a source of a node: their sale is
    to be looked at."""
    node, named_source = source or (None, None)
    wanted = {
        "registration_id": registration, "provider_id": provider, "resource_id": resource, "resource__node_id": node,
        "resource__source": named_source,
    }  # fmt: skip
    named = {name: value for name, value in wanted.items() if value is not None}
    rows = Listing.objects.filter(state__in=("published", "paused", "blocked"), **named)
    return list(rows.order_by("pk").values_list("pk", flat=True)) if named else []


def offered(resource: int) -> list[tuple[int, str]]:
    """Products of a resource that were submitted and have not ended, with the class they go by."""
    open_now = ("submitted", "published", "paused", "blocked", "suspended")
    rows = Listing.objects.filter(resource_id=resource, state__in=open_now)
    return list(rows.order_by("pk").values_list("pk", "data_class"))


def _view(row: Listing) -> ListingView:
    return ListingView(
        **{name: getattr(row, name) for name in ListingView.__dataclass_fields__ if name != "id"}, id=row.pk
    )
