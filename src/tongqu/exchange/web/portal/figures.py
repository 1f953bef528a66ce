"""The market in figures, as the home page shows it: counted from what stands in the procedures, kept for half a minute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db.models import Count, Q, Sum
from django.utils import timezone

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import HOUSE, Refusal, RunningClock, local_day, visible
from tongqu.exchange.bedrock.rules import all_rules
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import divisions
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.treasury.settlement import SETTLEMENT

SECONDS = 30
REGISTRATIONS_COUNTED = 200
COUNTRY = "000000"


@dataclass(frozen=True)
class Market:
    """Fen and counts. `deals` and `fen` leave deals between related parties out; these stand apart.

    `registration_days` is the mean of the working days that the statutory clock counted, None before the first.
    """

    certificates: int
    certificates_this_month: int
    products: int
    products_this_month: int
    deals: int
    fen: int
    related_deals: int
    related_fen: int
    calls_today: int
    calls: int
    acts: int
    refused: int
    registration_days: float | None
    registrations: int

    @property
    def refused_share(self) -> float:
        """Of everything tried at the door, how much was refused, in percent."""
        return 100 * self.refused / (self.acts + self.refused) if self.acts + self.refused else 0.0


def market(at: datetime) -> Market:
    found: Market | None = cache.get("market-figures")
    if found is None:
        found = _count(at)
        cache.set("market-figures", found, SECONDS)
    return found


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _count(at: datetime) -> Market:
    today = local_day(at)
    month = _midnight(today.replace(day=1))
    valid = Q(state="registered", valid_to_at__gt=at)
    rights = visible(OWNERSHIP, HOUSE).aggregate(
        n=Count("pk", valid), new=Count("pk", valid & Q(evidenced_at__gte=month))
    )
    sale = (
        visible(LISTING, HOUSE)
        .filter(state="published")
        .aggregate(n=Count("pk"), new=Count("pk", Q(published_at__gte=month)))
    )
    related = Q(negotiation__text__related_parties=True)
    paid = (
        visible(SETTLEMENT, HOUSE)
        .filter(state="released", changed_at__gte=month)
        .aggregate(
            n=Count("pk", ~related),
            fen=Sum("charged_fen", filter=~related),
            rn=Count("pk", related),
            rfen=Sum("charged_fen", filter=related),
        )
    )
    statements = apps.get_model("trading.Statement")._default_manager.aggregate(
        today=Sum("calls", filter=Q(received_at__gte=_midnight(today))), all=Sum("calls")
    )
    newest = evidence.checkpoint()
    days, counted = _registration_days()
    return Market(
        certificates=rights["n"],
        certificates_this_month=rights["new"],
        products=sale["n"],
        products_this_month=sale["new"],
        deals=paid["n"],
        fen=paid["fen"] or 0,
        related_deals=paid["rn"],
        related_fen=paid["rfen"] or 0,
        calls_today=statements["today"] or 0,
        calls=statements["all"] or 0,
        acts=newest.size if newest else 0,
        refused=Refusal.objects.count(),
        registration_days=days,
        registrations=counted,
    )


def _registration_days() -> tuple[float | None, int]:
    """What the clock of art. 28 counted for the latest registrations that came to a certificate."""
    newest = visible(OWNERSHIP, HOUSE).filter(state__in=("registered", "lapsed")).order_by("-evidenced_at")
    ids = list(newest.values_list("pk", flat=True)[:REGISTRATIONS_COUNTED])
    used = list(
        RunningClock.objects.filter(procedure=OWNERSHIP.name, name="completion", subject__in=ids).values_list(
            "used", flat=True
        )
    )
    return (sum(used) / len(used) if used else None), len(used)


def reasons(limit: int = 5) -> list[tuple[Words, int]]:
    """Why acts were refused in the last thirty days, the most frequent first: by the titles of rules, never by what was
    said to somebody, which may name a party or the ground of a hold."""
    since = timezone.now() - timedelta(days=30)
    titles = {rule.name: rule.words for rule in all_rules()}
    counted: Counter[Words] = Counter()
    for code, rules in Refusal.objects.filter(at__gte=since).order_by("-pk").values_list("code", "rules")[:1_000]:
        counted.update({titles[name] for name in rules if name in titles} or {_OTHERWISE.get(code, _OTHER)})
    return counted.most_common(limit)


_OTHER = Words("其他原因", "Another reason")
_OTHERWISE = {
    "not-now": Words("事项不在可办理的状态", "Not possible in the matter's state"),
    "not-yours": Words("不是本单位可办理的事项", "Not the party's to do"),
    "held": Words("事项已被冻结", "The matter was on hold"),
    "bad-input": Words("填写内容不符合要求", "The input was not as asked"),
    "needs-review": Words("须人工审查", "Left to a person"),
    "key-reused": Words("重复的请求内容不一致", "A repeated request with other content"),
}


def by_division() -> dict[str, int]:
    """Catalogued resources by the holder's city; counties that the province governs itself stand for themselves."""
    found: dict[str, int] = {}
    for region, count in resources_by_region().items():
        code = city_of(region)
        found[code] = found.get(code, 0) + count
    return found


def resources_by_region() -> dict[str, int]:
    """Catalogued resources by the holder's division as it stands today: an abolished code counts for its successor."""
    found: dict[str, int] = {}
    for region, count in _resources().order_by().values_list("holder__region").annotate(Count("pk")):
        code = standing(region)
        found[code] = found.get(code, 0) + count
    return found


def regions_within(code: str) -> list[str]:
    """The divisions of holders, as they were registered, that lie in this one today."""
    begins = within(code)
    regions = _resources().order_by().values_list("holder__region", flat=True).distinct()
    return [region for region in regions if standing(region).startswith(begins)]


def _resources() -> Any:
    return visible(RESOURCE, HOUSE).filter(state="catalogued")


def standing(region: str) -> str:
    """The code that a division has today, or the one above it that still stands."""
    here = divisions.standing(region, on=local_day(timezone.now()))
    return here.code if here else region


def city_of(region: str) -> str:
    return region if region.startswith("4290") or region.endswith("0000") else f"{region[:4]}00"


def within(code: str) -> str:
    """What the codes of everything in a division begin with; the country is 000000."""
    if code == COUNTRY:
        return ""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
