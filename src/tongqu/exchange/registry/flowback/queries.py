"""Reading subscriptions, their portions, and what flows back in all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from tongqu.exchange.bedrock.statements import execute
from tongqu.exchange.registry.flowback import unmet
from tongqu.exchange.registry.flowback.acts import ENDED, RECEIVING
from tongqu.exchange.registry.flowback.inputs import Obstacle
from tongqu.exchange.registry.flowback.models import MissedPortion, Portion, Subscription

PORTIONS_PAGE_MAX = 200


def subscribed(resources: Collection[int]) -> dict[int, int]:
    """Of these resources, those that somebody subscribes to now, and how many do."""
    rows = Subscription.objects.filter(resource__in=list(resources), state__in=RECEIVING)
    return dict(rows.order_by().values_list("resource").annotate(Count("pk")))


@dataclass(frozen=True)
class PortionView:
    """What one subscription received of one edition."""

    edition_id: int
    version: str
    subscription_id: int
    territory: str
    rows: int
    size: int
    file: str
    late: bool
    delivered_at: datetime


@dataclass(frozen=True)
class MissedView:
    """An edition that did not reach a subscription: `unmet` says why and what mends it, None while only a pause or a hold keeps it."""

    edition_id: int
    version: str
    edition_state: str
    subscription_id: int
    territory: str
    unmet: unmet.Unmet | None
    told_at: datetime


@dataclass(frozen=True)
class FlowFigures:
    """Of one territory, or of all (`territory` empty): subscriptions now, and what was delivered."""

    territory: str
    subscriptions: int
    late_now: int
    deliveries: int
    delivered_late: int
    rows: int


_FIGURES = """
select coalesce(s.territory, ''), count(distinct s.id) filter (where s.state in ('agreed', 'active', 'late', 'paused', 'suspended')),
       count(distinct s.id) filter (where s.state = 'late'), count(p.id), count(p.id) filter (where p.late),
       coalesce(sum(p.rows), 0)::bigint
from registry_subscription s left join registry_portion p on p.subscription_id = s.id
group by grouping sets ((), (s.territory)) having count(s.id) > 0 or grouping(s.territory) = 1 order by 1
"""


def portions(
    *, subscription: int | None = None, edition: int | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[PortionView], int]:
    """Portions of a subscription or of an edition, the newest first, and how many there are."""
    rows = Portion.objects.all()
    if subscription is not None:
        rows = rows.filter(subscription=subscription)
    if edition is not None:
        rows = rows.filter(edition=edition)
    page = rows.select_related("edition", "subscription").order_by("-pk")[
        offset : offset + min(limit, PORTIONS_PAGE_MAX)
    ]
    found = [
        PortionView(
            one.edition_id, one.edition.version, one.subscription_id, one.subscription.territory, one.rows, one.size,
            one.file, one.late, one.delivered_at,
        )
        for one in page
    ]  # fmt: skip
    return found, rows.count()


def figures() -> tuple[FlowFigures, list[FlowFigures]]:
    """The whole, and each territory by its code. One statement."""
    found = [FlowFigures(*row) for row in execute(_FIGURES)]
    whole = next((one for one in found if not one.territory), FlowFigures("", 0, 0, 0, 0, 0))
    return whole, [one for one in found if one.territory]


def open_on(resource_id: int) -> list[int]:
    """Subscriptions to a resource that are not ended."""
    rows = Subscription.objects.filter(resource=resource_id).exclude(state__in=["declined", "withdrawn", "ended"])
    return list(rows.order_by("pk").values_list("pk", flat=True))


def still_missed(edition: int) -> QuerySet[MissedPortion]:
    """Of an edition, what has not come after all, to subscriptions that are not ended."""
    return MissedPortion.objects.filter(edition=edition, mended_at=None).exclude(subscription__state__in=ENDED)


def missed(
    *, subscription: int | None = None, edition: int | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[MissedView], int]:
    """What a subscription has missed, or whom an edition has, and has not come after all: the newest first, and how many there are."""
    rows = MissedPortion.objects.filter(mended_at=None)
    if subscription is not None:
        rows = rows.filter(subscription=subscription)
    if edition is not None:
        rows = rows.filter(edition=edition)
    page = rows.select_related("edition", "subscription").order_by("-pk")[
        offset : offset + min(limit, PORTIONS_PAGE_MAX)
    ]
    found = [
        MissedView(
            one.edition_id, one.edition.version, one.edition.state, one.subscription_id, one.subscription.territory,
            unmet.Unmet(Obstacle(one.why), one.column, tuple(one.columns), one.of_columns) if one.column else None,
            one.told_at,
        )
        for one in page
    ]  # fmt: skip
    return found, rows.count()


_OTHER_COLUMN = ~Q(column=F("subscription__column"))


def mended_for(subscription_id: int) -> list[int]:
    """Editions delivered in part that missed this subscription, which has another column since, or they another file."""
    rows = MissedPortion.objects.filter(subscription=subscription_id, subscription__state__in=RECEIVING)
    return _in_part(rows.filter(_OTHER_COLUMN | ~Q(file=F("edition__file"))))


def changed_meanwhile(edition_id: int) -> list[int]:
    """The edition itself, if one whom it missed has another column since."""
    rows = MissedPortion.objects.filter(edition=edition_id, subscription__state__in=RECEIVING).exclude(column="")
    return _in_part(rows.filter(_OTHER_COLUMN))


def _in_part(rows: QuerySet[MissedPortion]) -> list[int]:
    found = rows.filter(mended_at=None, edition__state="partial")
    return list(found.order_by("edition").values_list("edition", flat=True).distinct())
