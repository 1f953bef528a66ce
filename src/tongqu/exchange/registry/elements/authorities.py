"""Who is the source of an element where: the rows that say it, opened and closed under one lock for each element."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q

from tongqu.exchange.registry.elements.models import Authority, Claim, Element
from tongqu.exchange.registry.elements.territories import territory


def lock(identifier: str) -> None:
    """Claims and decisions about one element wait for each other until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"element/{identifier}"])


def standing(element: Element, regions: Collection[str]) -> list[Authority]:
    """The sources that stand over any of these places, whoever they are."""
    if not regions:
        return []
    meets = Q(pk__in=[])
    for region in regions:
        meets |= Q(territory__overlap=territory(element.number, region, element.scope))
    return list(Authority.objects.filter(meets, until_at=None).select_related("claim").order_by("region", "pk"))


def open_at(
    element: Element, claim_id: int, regions: Sequence[str], *, ground: str, at: datetime, conflict: int | None = None
) -> None:
    """The database refuses a second source over one place."""
    Authority.objects.bulk_create(
        Authority(
            element_number=element.number, identifier=element.identifier, claim_id=claim_id, region=region,
            territory=territory(element.number, region, element.scope), ground=ground, since_at=at, conflict_id=conflict,
        )
        for region in regions
    )  # fmt: skip


def close_of(claim_id: int, at: datetime) -> list[str]:
    """Ends whatever the claim is the source of; the places that are left without one."""
    rows = Authority.objects.filter(claim_id=claim_id, until_at=None)
    regions = list(rows.order_by("region").values_list("region", flat=True))
    rows.update(until_at=at)
    return regions


def divide(
    element: Element,
    claims: tuple[Claim, Claim],
    parts: tuple[Sequence[str], Sequence[str]],
    disputed: Collection[str],
    *,
    at: datetime,
    conflict: int,
    ground: str,
) -> None:
    """Brings about what a decision says of two claims: what changes hands is closed and opened at one moment."""
    rows = [one for one in standing(element, disputed) if one.claim_id in {claims[0].pk, claims[1].pk}]
    wanted = {
        (claim.pk, region)
        for claim, regions in zip(claims, parts, strict=True)
        if claim.state == "standing"
        for region in regions
    }
    stays = {(row.claim_id, row.region) for row in rows} & wanted
    Authority.objects.filter(pk__in=[row.pk for row in rows if (row.claim_id, row.region) not in stays]).update(
        until_at=at
    )
    for claim in claims:
        fresh = sorted(region for pk, region in wanted - stays if pk == claim.pk)
        open_at(element, claim.pk, fresh, ground=ground, at=at, conflict=conflict)
