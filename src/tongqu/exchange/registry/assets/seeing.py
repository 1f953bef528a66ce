"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.registry import catalogue, quality
from tongqu.exchange.registry.assets import queries, rules
from tongqu.exchange.registry.assets.factors import CostValue, MarketValue, Source, sources
from tongqu.exchange.registry.assets.models import Asset, AssetRecognition, CostLine, PlatformInvoice, Valuation


def _alone(what: str) -> None:
    """Two that would see the same gap at one moment: the second waits, and then sees what the first did."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 8))", [f"asset/{what}"])


def unknown_papers(named: Iterable[str], giver: int | None) -> tuple[str, ...]:
    return tuple(one[:8] for one in dict.fromkeys(named) if papers.paper_of(one, giver) is None)


def inventory(matter: Matter) -> rules.InventorySeen:
    party, number = int(matter.by.party or 0), matter.inputs.resource
    _alone(f"inventory/{party}/{number}")
    try:
        entry = catalogue.resource(number)
    except Unknown:
        return rules.InventorySeen(resource_is_own=False)
    there = Asset.objects.filter(holder=party, resource=number).exclude(state="retired").exists()
    return rules.InventorySeen(entry.holder_id == party, entry.state == "catalogued", there)


def _booked(holder: int, voucher: str) -> bool:
    """Whether a line of this voucher stands."""
    _alone(f"voucher/{holder}/{voucher}")
    rows = CostLine.objects.filter(holder=holder, voucher=voucher, source="voucher")
    return rows.exclude(pk__in=CostLine.objects.filter(reverses__in=rows).values("reverses")).exists()


def _expensed_earlier(rows: Any, year: int) -> bool:
    """Whether a line of these, reversed or not, was an expense of an earlier year."""
    return bool(rows.filter(treatment="expense", booked_date__year__lt=year).exists())


def is_valuation(paper: str) -> bool:
    return Valuation.objects.filter(paper=paper).exists()


def voucher(matter: Matter) -> rules.CostSeen:
    asset: Asset = matter.subject
    asked, day = matter.inputs, local_day(matter.at)
    booked = _booked(asset.holder_id, asked.voucher)
    now = queries.current(asset.pk)
    capital = now is not None and not asked.expensed_before and rules.treatment_of(
        asset_class=now.asset_class, way=now.way, item=asked.item.value, expensed_before=False, on=day
    ).outcome["treatment"] == "capitalise"  # fmt: skip
    of_it = CostLine.objects.filter(holder=asset.holder_id, voucher=asked.voucher, source="voucher")
    return rules.CostSeen(
        on=day, classes=(now.asset_class if now else None,), papers_unknown=unknown_papers([asked.paper], matter.by.party),
        valuation=is_valuation(asked.paper), booked_already=booked, incurred_date=asked.incurred_date,
        capitalised_after_expense=capital and _expensed_earlier(of_it, day.year),
    )  # fmt: skip


def impairment(matter: Matter) -> rules.ImpairmentSeen:
    asset: Asset = matter.subject
    asked, day = matter.inputs, local_day(matter.at)
    now = queries.current(asset.pk)
    return rules.ImpairmentSeen(
        on=day, papers_unknown=unknown_papers([asked.paper], matter.by.party), valuation=is_valuation(asked.paper),
        booked_already=_booked(asset.holder_id, asked.voucher), asset_class=now.asset_class if now else None,
        carrying_fen=queries.carried_on(asset.pk, day).carrying, amount_fen=asked.amount_fen,
    )  # fmt: skip


def allotment(matter: Matter) -> rules.CostSeen:
    row: PlatformInvoice = matter.subject
    parts, day = matter.inputs.parts, local_day(matter.at)
    own = set(
        Asset.objects.filter(pk__in=[one.asset for one in parts], holder=row.party_id)
        .exclude(state="retired").values_list("pk", flat=True)
    )  # fmt: skip
    found = {one.asset: queries.current(one.asset) for one in parts if one.asset in own}
    lines = CostLine.objects.filter(invoice=row.pk)
    capital = any(
        rules.treatment_of(
            asset_class=now.asset_class, way=now.way, item=one.item.value, expensed_before=False, on=day
        ).outcome["treatment"] == "capitalise"
        for one in parts if (now := found.get(one.asset)) is not None
    )  # fmt: skip
    return rules.CostSeen(
        on=day, classes=tuple(now.asset_class if now else None for now in found.values()),
        assets_are_own=all(one.asset in own for one in parts), allotted_fen=sum(one.amount_fen for one in parts),
        invoice_fen=row.amount_fen, capitalised_after_expense=capital and _expensed_earlier(lines, day.year),
    )  # fmt: skip


def line(matter: Matter) -> rules.LineSeen:
    row = CostLine.objects.filter(pk=matter.inputs.line, asset=matter.subject.pk).first()
    if row is None:
        return rules.LineSeen(on=local_day(matter.at), found=False)
    done = row.source == "reversal" or CostLine.objects.filter(reverses=row.pk).exists()
    day = local_day(matter.at)
    return rules.LineSeen(
        on=day, reversed_already=done, of_an_invoice=row.source == "invoice",
        carried_after_fen=0 if done else queries.carried_without(matter.subject.pk, [row], day),
    )  # fmt: skip


def taking_back(matter: Matter) -> rules.LineSeen:
    """Every asset that the allotment went to, locked: none is written down at this moment."""
    row: PlatformInvoice = matter.subject
    day, by_asset = local_day(matter.at), dict[int, list[CostLine]]()
    for one in CostLine.objects.filter(invoice=row.pk, source="invoice", edition=row.times).order_by("pk"):
        by_asset.setdefault(one.asset_id, []).append(one)
    list(Asset.objects.select_for_update().filter(pk__in=by_asset).order_by("pk"))
    after = [queries.carried_without(asset, some, day) for asset, some in by_asset.items()]
    return rules.LineSeen(on=day, carried_after_fen=min(after, default=0))


def _asset_of(number: int, party: int | None) -> Asset | None:
    return Asset.objects.filter(pk=number, holder=party).first()


def recognition(matter: Matter) -> rules.RecognitionSeen:
    number = matter.inputs.asset
    _alone(f"recognition/{number}")
    asset = _asset_of(number, matter.by.party)
    another = AssetRecognition.objects.filter(asset=number, state="drafted").exclude(pk=matter.subject.pk or 0).exists()
    return rules.RecognitionSeen(asset is not None, asset is not None and asset.state != "retired", another)


def conclusion(matter: Matter) -> rules.RecognitionSeen:
    row: AssetRecognition = matter.subject
    asset = Asset.objects.get(pk=row.asset_id)
    return rules.RecognitionSeen(
        asset.holder_id == matter.by.party, asset.state != "retired", False,
        queries.carried_on(asset.pk, local_day(matter.at)).carrying, row.asset_class,
    )  # fmt: skip


def retiring(matter: Matter) -> rules.RetiringSeen:
    return rules.RetiringSeen(queries.carried_on(matter.subject.pk, local_day(matter.at)).carrying)


def value(matter: Matter) -> rules.ValueSeen:
    asked: Any = matter.inputs
    asset = _asset_of(asked.asset, matter.by.party)
    if asset is None:
        return rules.ValueSeen(asset_is_own=False)
    from_ledger = 0
    strange: tuple[int, ...] = ()
    if isinstance(asked, CostValue):
        from_ledger = sum(one.amount_fen for one in asked.components if one.source is Source.LEDGER)
    if isinstance(asked, MarketValue):
        strange = tuple(sorted(queries.strange_trades([one.invoice for one in asked.comparables], asset.holder_id)))
    sums = queries.carried_on(asset.pk, local_day(matter.at))
    rests_on_quality = Source.QUALITY in sources(asked)
    measured = rests_on_quality and quality.standing(asset.resource_id) is not None
    return rules.ValueSeen(True, from_ledger, sums.cost + sums.expensed, strange, rests_on_quality, measured)


def nothing(matter: Matter) -> rules.ValueSeen:
    return rules.ValueSeen()
