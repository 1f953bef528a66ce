"""Reading an inventory: assets with their sums, lines of the ledger, the disclosure of a year, trades to compare with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.assets.entries import Carried, Entered, carried
from tongqu.exchange.registry.assets.models import Asset, AssetRecognition, CostLine, PlatformInvoice, Valuation

PAGE_SIZE_MAX = 100
COUNTS = ("standing", "due")


@dataclass(frozen=True)
class RecognitionView:
    id: int
    state: str
    asset_class: str
    row: str
    way: str
    ready_date: date | None
    useful_months: int | None
    concluded_at: datetime | None
    event: str


@dataclass(frozen=True)
class AssetView:
    """An asset with what it is and carries. `sums` are at the end of the day that was asked."""

    id: int
    state: str
    holder_id: int
    resource_id: int
    name: str
    officer: str
    department: str
    note: str
    recognition: RecognitionView | None
    sums: Carried


@dataclass(frozen=True)
class Line:
    """A line of the ledger. `reversed_by` is the number of the line that took it back."""

    id: int
    asset_id: int
    asset: str
    source: str
    invoice_id: int | None
    bill: int | None
    voucher: str
    paper: str
    reverses: int | None
    reversed_by: int | None
    item: str
    treatment: str
    decided: str
    cite: str
    amount_fen: int
    incurred_date: date
    booked_date: date
    text: str


@dataclass(frozen=True)
class Lines:
    total: int
    page: int
    size: int
    items: tuple[Line, ...]


@dataclass(frozen=True)
class ValueView:
    id: int
    state: str
    method: str
    base_date: date
    result_fen: int
    mark: str
    issued_at: datetime | None


@dataclass(frozen=True)
class Figures:
    """One column of the disclosure: whole fen. The closing amounts are the sums of what stands above them."""

    cost_opening: int = 0
    cost_added: int = 0
    cost_removed: int = 0
    amortised_opening: int = 0
    amortised_added: int = 0
    written_down_opening: int = 0
    written_down_added: int = 0

    @property
    def cost_closing(self) -> int:
        return self.cost_opening + self.cost_added - self.cost_removed

    @property
    def amortised_closing(self) -> int:
        return self.amortised_opening + self.amortised_added

    @property
    def written_down_closing(self) -> int:
        return self.written_down_opening + self.written_down_added

    @property
    def carrying_opening(self) -> int:
        return self.cost_opening - self.amortised_opening - self.written_down_opening

    @property
    def carrying_closing(self) -> int:
        return self.cost_closing - self.amortised_closing - self.written_down_closing

    def plus(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one) + getattr(other, one) for one in Figures.__dataclass_fields__))


WAYS = ("bought", "developed", "other")


@dataclass(frozen=True)
class Disclosure:
    """What one holder discloses of a year: per class a column for each way of acquiring and their total (`total`), and
    which assets are disclosed without being recognised."""

    year: int
    until_date: date
    columns: Mapping[str, Mapping[str, Figures]]
    disclosed_only: tuple[str, ...]
    expensed_fen: int


def current(asset_id: int) -> RecognitionView | None:
    """The recognition that counts: the last that was concluded."""
    return _currents([asset_id]).get(asset_id)


def _currents(assets: Collection[int]) -> dict[int, RecognitionView]:
    rows = AssetRecognition.objects.filter(asset__in=assets, state__in=COUNTS).order_by("concluded_at", "pk")
    return {row.asset_id: _recognition(row) for row in rows}


def _recognition(row: AssetRecognition) -> RecognitionView:
    return RecognitionView(
        row.pk,
        row.state,
        row.asset_class,
        row.row,
        row.way,
        row.ready_date,
        row.useful_months,
        row.concluded_at,
        row.event,
    )


def _entered(assets: Collection[int]) -> dict[int, list[Entered]]:
    found: dict[int, list[Entered]] = defaultdict(list)
    rows = CostLine.objects.filter(asset__in=assets).order_by("pk")
    named = ("asset_id", "treatment", "amount_fen", "booked_date", "reverses__booked_date")
    for asset, treatment, amount, booked, undoes in rows.values_list(*named):
        found[asset].append(Entered(treatment, amount, booked, undoes))
    return found


def _carried(lines: Sequence[Entered], now: RecognitionView | None, on: date) -> Carried:
    return carried(lines, now.ready_date if now else None, now.useful_months if now else None, on)


def carried_on(asset_id: int, on: date) -> Carried:
    """An asset's sums at the end of a day."""
    return _carried(_entered([asset_id])[asset_id], current(asset_id), on)


def carried_without(asset_id: int, undone: Iterable[CostLine], on: date) -> int:
    """What an asset would carry at the end of a day on which these lines of it are reversed."""
    entered = _entered([asset_id])[asset_id]
    entered += [Entered(one.treatment, -one.amount_fen, on, one.booked_date) for one in undone]
    return _carried(entered, current(asset_id), on).carrying


def asset(asset_id: int, *, on: date) -> AssetView:
    """Raises Unknown."""
    for found in _views(Asset.objects.filter(pk=asset_id), on):
        return found
    raise Unknown(f"asset {asset_id}")


def assets_of(
    holder: int, *, on: date, page: int = 1, size: int = 20, offset: int | None = None
) -> tuple[list[AssetView], int]:
    """The standing assets of a holder, the newest first, and how many; a page of them, or from an offset on."""
    size = max(1, min(size, PAGE_SIZE_MAX))
    first = (max(1, page) - 1) * size if offset is None else offset
    rows = Asset.objects.filter(holder=holder, state="inventoried").order_by("-pk")
    return _views(rows[first : first + size], on), rows.count()


def _views(rows: Iterable[Asset], on: date) -> list[AssetView]:
    found = list(rows)
    ids = [row.pk for row in found]
    now, lines = _currents(ids), _entered(ids)
    return [
        AssetView(
            row.pk, row.state, row.holder_id, row.resource_id, row.name, row.officer, row.department, row.note,
            now.get(row.pk), _carried(lines[row.pk], now.get(row.pk), on),
        )
        for row in found
    ]  # fmt: skip


def names_of(assets: Collection[int]) -> dict[int, str]:
    return dict(Asset.objects.filter(pk__in=assets).values_list("pk", "name"))


def owned_by(holder: int, assets: Collection[int]) -> frozenset[int]:
    """Which of these are standing assets of the holder."""
    rows = Asset.objects.filter(pk__in=assets, holder=holder, state="inventoried")
    return frozenset(rows.values_list("pk", flat=True))


def choices_of(holder: int, *, limit: int = 300) -> tuple[tuple[int, str], ...]:
    rows = Asset.objects.filter(holder=holder, state="inventoried").order_by("-pk")
    return tuple(rows.values_list("pk", "name")[:limit])


def rights_of(one: AssetView) -> tuple[ownership.RightView, ...]:
    """The rights in its data that the holder has registered."""
    return tuple(right for right in ownership.rights(one.resource_id) if right.holder_id == one.holder_id)


def lines(asset_id: int, *, page: int = 1, size: int = 20) -> Lines:
    """The ledger of an asset, the newest first."""
    return _page(CostLine.objects.filter(asset=asset_id), page, size)


def lines_of_invoice(invoice_id: int) -> tuple[Line, ...]:
    return _page(CostLine.objects.filter(invoice=invoice_id), 1, PAGE_SIZE_MAX).items


def _page(rows: Any, page: int, size: int) -> Lines:
    size, page = max(1, min(size, PAGE_SIZE_MAX)), max(1, page)
    some = list(rows.select_related("asset", "invoice").order_by("-pk")[(page - 1) * size : page * size])
    return Lines(rows.count(), page, size, _lines(some))


def _lines(some: Sequence[CostLine]) -> tuple[Line, ...]:
    back = dict(CostLine.objects.filter(reverses__in=[row.pk for row in some]).values_list("reverses_id", "pk"))
    return tuple(
        Line(
            row.pk, row.asset_id, row.asset.name, row.source, row.invoice_id, row.invoice.bill if row.invoice else None,
            row.voucher, row.paper, row.reverses_id, back.get(row.pk), row.item, row.treatment, row.decided, row.cite,
            row.amount_fen, row.incurred_date, row.booked_date, row.text,
        )
        for row in some
    )  # fmt: skip


def ledger(holder: int, year: int) -> tuple[Line, ...]:
    """Every line of a holder's ledger that was booked in a year, in its order: what goes to its accountants."""
    rows = CostLine.objects.filter(holder=holder, booked_date__year=year).select_related("asset", "invoice")
    return _lines(list(rows.order_by("pk")))


def disclosure(holder: int, year: int, *, on: date | None = None) -> Disclosure:
    """The table of a year, or of what has passed of it on a day: assets by the class and way that count now."""
    opens, closes = date(year - 1, 12, 31), min(date(year, 12, 31), on or date.max)
    found = {row.pk: row.name for row in Asset.objects.filter(holder=holder).order_by("pk")}
    now, lines_ = _currents(found.keys()), _entered(found.keys())
    columns: dict[str, dict[str, Figures]] = {
        one: dict.fromkeys((*WAYS, "total"), Figures()) for one in ("intangible", "inventory")
    }
    only, expensed = [], 0
    for number, name in found.items():
        judged, entered = now.get(number), lines_[number]
        expensed += sum(
            one.amount_fen for one in entered if one.treatment == "expense" and opens < one.booked_date <= closes
        )
        if judged is None:
            continue
        if judged.asset_class == "disclose":
            only.append(name)
            continue
        figures = _figures(entered, judged, opens, closes)
        column = columns[judged.asset_class]
        column[judged.way] = column[judged.way].plus(figures)
        column["total"] = column["total"].plus(figures)
    return Disclosure(year, closes, columns, tuple(only), expensed)


def _figures(entered: Sequence[Entered], judged: RecognitionView, opens: date, closes: date) -> Figures:
    before, after = _carried(entered, judged, opens), _carried(entered, judged, closes)
    in_year = [one.amount_fen for one in entered if one.treatment == "capitalise" and opens < one.booked_date <= closes]
    return Figures(
        cost_opening=before.cost, cost_added=sum(one for one in in_year if one > 0),
        cost_removed=-sum(one for one in in_year if one < 0), amortised_opening=before.amortised,
        amortised_added=after.amortised - before.amortised, written_down_opening=before.written_down,
        written_down_added=after.written_down - before.written_down,
    )  # fmt: skip


def years_of(holder: int) -> tuple[int, ...]:
    """Years with lines, the newest first."""
    rows = CostLine.objects.filter(holder=holder).dates("booked_date", "year", order="DESC")
    return tuple(one.year for one in rows)


def waiting_invoices(party: int) -> int:
    return PlatformInvoice.objects.filter(party=party, state="received").count()


def trades_of(party: int, *, limit: int = 300) -> tuple[tuple[int, str, int, date], ...]:
    """A party's own purchases and sales: invoice, name, fen, day."""
    rows = PlatformInvoice.objects.filter(party=party, kind__in=["purchase", "sale"]).order_by("-pk")[:limit]
    return tuple((row.pk, row.name, row.amount_fen, row.billed_date) for row in rows)


def strange_trades(invoices: Collection[int], party: int) -> set[int]:
    rows = PlatformInvoice.objects.filter(pk__in=invoices, party=party, kind__in=["purchase", "sale"])
    return set(invoices) - set(rows.values_list("pk", flat=True))


def prices(invoices: Collection[int]) -> dict[int, int]:
    return dict(PlatformInvoice.objects.filter(pk__in=invoices).values_list("pk", "amount_fen"))


def values_of(asset_id: int) -> tuple[ValueView, ...]:
    rows = Valuation.objects.filter(asset=asset_id).exclude(state="withdrawn").order_by("-pk")[:PAGE_SIZE_MAX]
    return tuple(
        ValueView(row.pk, row.state, row.method, row.base_date, row.result_fen, row.mark, row.issued_at) for row in rows
    )


def recognitions_of(asset_id: int) -> tuple[RecognitionView, ...]:
    rows = AssetRecognition.objects.filter(asset=asset_id).exclude(state="withdrawn").order_by("-pk")[:PAGE_SIZE_MAX]
    return tuple(_recognition(row) for row in rows)


def of_resource(resource_id: int) -> tuple[int, ...]:
    """Standing assets of an entry, by number."""
    rows = Asset.objects.filter(resource=resource_id, state="inventoried").order_by("pk")
    return tuple(rows.values_list("pk", flat=True))


def recognition(number: int) -> Any:
    """The row itself, for the steps of this module."""
    return AssetRecognition.objects.select_related("asset").get(pk=number)


def valuation(number: int) -> Any:
    return Valuation.objects.select_related("asset").get(pk=number)


def counting(asset_id: int, *, besides: int = 0) -> list[int]:
    """Recognitions that count still, the oldest first."""
    rows = AssetRecognition.objects.filter(asset=asset_id, state__in=COUNTS).exclude(pk=besides)
    return list(rows.order_by("concluded_at", "pk").values_list("pk", flat=True))


def resource_of_right(registration: int) -> int:
    return ownership.right(registration).resource_id
