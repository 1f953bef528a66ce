"""What happens to an asset, an invoice, a recognition, a value beyond its state."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.assets import queries, rules, valuing
from tongqu.exchange.registry.assets.factors import CostValue, IncomeValue, MarketValue
from tongqu.exchange.registry.assets.models import Asset, AssetRecognition, CostLine, PlatformInvoice, Valuation

# The inventory and its ledger.


def inventory(matter: Matter) -> Done:
    asset: Asset = matter.subject
    asked = matter.inputs
    entry = catalogue.resource(asked.resource)
    asset.holder_id, asset.resource_id, asset.name = entry.holder_id, entry.id, entry.name
    asset.officer, asset.department, asset.note = asked.officer, asked.department, asked.note
    return Done({"resource": entry.id, "name": entry.name})


def amend(matter: Matter) -> Done:
    asset, asked = matter.subject, matter.inputs
    asset.officer, asset.department, asset.note = asked.officer, asked.department, asked.note
    return Done()


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def _line(
    asset_id: int, holder: int, matter: Matter, *, item: str, amount_fen: int, expensed_before: bool, **more: Any
) -> CostLine:
    """A line as the table of costs says it on the day."""
    day = local_day(matter.at)
    now = queries.current(asset_id)
    assert now is not None
    row = rules.treatment_of(
        asset_class=now.asset_class, way=now.way, item=item, expensed_before=expensed_before, on=day
    )
    return CostLine.objects.create(
        asset_id=asset_id, holder_id=holder, item=item, way=now.way, asset_class=now.asset_class, amount_fen=amount_fen,
        treatment=row.outcome["treatment"], decided=row.key, cite=row.citation.key, booked_date=day, at=matter.at, **more,
    )  # fmt: skip


def book(matter: Matter) -> Done:
    asset: Asset = matter.subject
    asked = matter.inputs
    row = _line(
        asset.pk, asset.holder_id, matter, item=asked.item.value, amount_fen=asked.amount_fen,
        expensed_before=asked.expensed_before, source="voucher", voucher=asked.voucher, paper=asked.paper,
        edition=_edition(asset.holder_id, asked.voucher), incurred_date=asked.incurred_date, text=asked.text,
    )  # fmt: skip
    return Done({"line": row.pk, "treatment": row.treatment, "decided": row.decided, "cite": row.cite})


def _edition(holder: int, voucher: str) -> int:
    """How often a voucher was booked before: each time was reversed since."""
    return CostLine.objects.filter(holder=holder, voucher=voucher, source="voucher").count()


def impair(matter: Matter) -> Done:
    asset: Asset = matter.subject
    asked, day = matter.inputs, local_day(matter.at)
    now = queries.current(asset.pk)
    assert now is not None
    row = CostLine.objects.create(
        asset=asset, holder_id=asset.holder_id, source="voucher", voucher=asked.voucher, paper=asked.paper,
        edition=_edition(asset.holder_id, asked.voucher), item="impairment", way=now.way, asset_class=now.asset_class,
        treatment="impair", decided="impairment", cite="HOUSE:assets", amount_fen=-asked.amount_fen, incurred_date=day,
        booked_date=day, text=asked.reason, at=matter.at,
    )  # fmt: skip
    return Done({"line": row.pk})


def _reverse(row: CostLine, matter: Matter, text: str) -> CostLine:
    day = local_day(matter.at)
    return CostLine.objects.create(
        asset_id=row.asset_id, holder_id=row.holder_id, source="reversal", invoice_id=row.invoice_id, part=row.part,
        voucher=row.voucher, paper=row.paper, edition=row.edition, reverses=row, item=row.item, way=row.way,
        asset_class=row.asset_class, treatment=row.treatment, decided=row.decided, cite=row.cite,
        amount_fen=-row.amount_fen, incurred_date=row.incurred_date, booked_date=day, text=text[:400], at=matter.at,
    )  # fmt: skip


def reverse(matter: Matter) -> Done:
    row = CostLine.objects.get(pk=matter.inputs.line)
    return Done({"line": _reverse(row, matter, matter.inputs.reason).pk, "reverses": row.pk})


# Invoices of this exchange.


def take_in(matter: Matter) -> Done:
    row: PlatformInvoice = matter.subject
    asked = matter.inputs
    row.party_id, row.other_id, row.kind, row.bill = asked.party, asked.other, asked.kind, asked.bill
    row.name, row.amount_fen, row.billed_date = asked.name, asked.amount_fen, local_day(matter.at)
    return Done({"bill": asked.bill, "kind": asked.kind, "amount_fen": asked.amount_fen})


def allot(matter: Matter) -> Done:
    """Each part is a line of the ledger; together they are the invoice, to the fen."""
    row: PlatformInvoice = matter.subject
    row.times += 1
    made = [
        _line(
            part.asset, row.party_id, matter, item=part.item.value, amount_fen=part.amount_fen, expensed_before=False,
            source="invoice", invoice=row, part=number, edition=row.times, incurred_date=row.billed_date, text=row.name,
        )
        for number, part in enumerate(matter.inputs.parts, 1)
    ]  # fmt: skip
    return Done({"lines": [{"line": one.pk, "asset": one.asset_id, "treatment": one.treatment} for one in made]})


def take_back(matter: Matter) -> Done:
    """Every line of the last allotment is reversed; the invoice waits to be allotted anew."""
    row: PlatformInvoice = matter.subject
    standing = CostLine.objects.filter(invoice=row.pk, source="invoice", edition=row.times).order_by("pk")
    made = [_reverse(one, matter, matter.inputs.reason).pk for one in standing]
    return Done({"lines": made})


# Recognition.


def judge(matter: Matter) -> Done:
    row: AssetRecognition = matter.subject
    asked = matter.inputs
    asset = Asset.objects.get(pk=asked.asset)
    found = rules.class_of(
        owned=asked.owned, benefits=asked.benefits, measurable=asked.measurable, purpose=asked.purpose.value,
        on=local_day(matter.at),
    )  # fmt: skip
    row.asset, row.holder_id, row.form = asset, asset.holder_id, asked.model_dump(mode="json")
    row.asset_class, row.row, row.way = str(found.outcome["class"]), found.key, asked.way.value
    amortises = row.asset_class == "intangible"
    row.useful_months, row.ready_date = (asked.useful_months, asked.ready_date) if amortises else (None, None)
    return Done({"class": row.asset_class, "row": row.row, "cite": found.citation.key})


def conclude(matter: Matter) -> Done:
    matter.subject.concluded_at = matter.at
    return Done({"asset": matter.subject.asset_id, "class": matter.subject.asset_class})


def fall_due(matter: Matter) -> Done:
    matter.subject.event = matter.inputs.event
    return Done({"asset": matter.subject.asset_id, "event": matter.inputs.event})


def reaffirm(matter: Matter) -> Done:
    event, matter.subject.event = matter.subject.event, ""
    return Done({"event": event})


def keep_print(matter: Matter) -> Done:
    matter.subject.paper = matter.inputs.paper
    return Done({"paper": matter.inputs.paper})


# Values.


def value(matter: Matter) -> Done:
    row: Valuation = matter.subject
    asked: Any = matter.inputs
    asset = Asset.objects.get(pk=asked.asset)
    match asked:
        case CostValue():
            worked = valuing.by_cost(asked)
        case IncomeValue():
            worked = valuing.by_income(asked)
        case MarketValue():
            worked = valuing.by_market(asked, queries.prices([one.invoice for one in asked.comparables]))
        case _:
            raise TypeError(type(asked))
    row.asset, row.holder_id, row.base_date = asset, asset.holder_id, asked.base_date
    row.form, row.steps = asked.model_dump(mode="json"), [one.plain() for one in worked.steps]
    row.result_fen = worked.fen
    return Done({"asset": asset.pk, "result_fen": row.result_fen, "mark": row.mark})


def issue(matter: Matter) -> Done:
    matter.subject.issued_at = matter.at
    return Done({"result_fen": matter.subject.result_fen, "mark": matter.subject.mark})
