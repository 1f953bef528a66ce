"""An enterprise's data assets: inventoried, judged, costed from invoices and vouchers, disclosed, valued and never booked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.registry.conftest import day
from tests.registry.holding import AT, Holding
from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import (
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Procedure,
    Refused,
    Unknown,
    perform,
    possible,
    see,
    visible,
)
from tongqu.exchange.registry import assets, ownership
from tongqu.exchange.registry.assets import (
    ASSET_RECOGNITION,
    COST_VALUATION,
    DATA_ASSET,
    INCOME_VALUATION,
    MARKET_VALUATION,
    PLATFORM_INVOICE,
)
from tongqu.exchange.registry.models import Asset, AssetRecognition, CostLine, PlatformInvoice, QualityCheck, Valuation

pytestmark = pytest.mark.django_db
MONDAY, LATER = day(2026, 11, 2), day(2026, 12, 7)


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


# The inventory.


def test_an_asset_is_inventoried_from_ones_own_catalogue_once(holding: Holding) -> None:
    theirs = holding.world.catalogued(AT, "rival")
    for number in (theirs, 99_999):
        with pytest.raises(Refused) as refused:
            holding.start(DATA_ASSET, "supplier", AT, resource=number, officer="示例首席数据官")
        assert blocked(refused) == ["an_asset_is_catalogued"]
    made = holding.asset()
    found = assets.books.asset(made, on=AT.date())
    assert (found.name, found.officer, found.recognition) == ("2018年示例钢铁用电", "示例首席数据官", None)
    with pytest.raises(Refused) as refused:
        holding.start(DATA_ASSET, "supplier", AT, resource=found.resource_id, officer="示例首席数据官")
    assert blocked(refused) == ["an_entry_is_inventoried_once"]
    with pytest.raises(BadInput):
        holding.start(DATA_ASSET, "supplier", AT, resource=found.resource_id, officer="")


def test_nobody_else_sees_an_enterprises_books(holding: Holding) -> None:
    made = holding.asset()
    for name in ("rival", "department", "registrar", "bank"):
        assert not visible(DATA_ASSET, holding.actor(name)).exists(), name
        with pytest.raises(Unknown):
            see(DATA_ASSET, made, holding.actor(name))
    with pytest.raises(NotYours):
        holding.act(DATA_ASSET, "book", made, "rival", AT, **holding.voucher("发票-9", "rival"))


def test_an_asset_leaves_with_nothing_carried(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    line = holding.booked(made)
    with pytest.raises(Refused) as refused:
        holding.act(DATA_ASSET, "retire", made, "supplier", AT, reason="数据已删除")
    assert blocked(refused) == ["an_asset_leaves_with_nothing_carried"]
    holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=line, reason="记错资产")
    holding.act(DATA_ASSET, "retire", made, "supplier", AT, reason="数据已删除")
    assert assets.books.assets_of(holding.party("supplier"), on=AT.date()) == ([], 0)


# The cost ledger.


def test_costs_wait_for_the_judgement(holding: Holding) -> None:
    made = holding.asset()
    with pytest.raises(Refused) as refused:
        holding.booked(made)
    assert blocked(refused) == ["recognition_comes_first"]


def test_a_bill_of_the_exchange_becomes_lines_that_are_the_bill_to_the_fen(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    bill = holding.invoice(100_001)
    parts = [
        {"asset": made, "item": "price", "amount_fen": 94_340},
        {"asset": made, "item": "tax", "amount_fen": 5_660},
    ]
    with pytest.raises(Refused) as refused:
        holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=parts)
    assert blocked(refused) == ["the_parts_add_up"]
    parts[1]["amount_fen"] = 5_661
    holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=parts)
    found = assets.books.lines(made).items
    assert [(one.source, one.invoice_id, one.bill, one.item, one.treatment, one.cite, one.amount_fen) for one in found] == [
        ("invoice", bill, 7, "tax", "capitalise", "ACC11:2", 5_661), ("invoice", bill, 7, "price", "capitalise", "ACC11:2", 94_340),
    ]  # fmt: skip
    with pytest.raises(NotNow):
        holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=parts)
    assert sum(one.amount_fen for one in found) == 100_001


def test_the_same_bill_is_never_taken_in_twice(holding: Holding) -> None:
    holding.invoice()
    with pytest.raises(IntegrityError), transaction.atomic():
        holding.invoice()
    assert PlatformInvoice.objects.count() == 1


def test_a_bill_goes_to_ones_own_judged_assets_alone(holding: Holding) -> None:
    theirs = holding.asset(by="rival")
    bill = holding.invoice()
    with pytest.raises(Refused) as refused:
        holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=[{"asset": theirs, "item": "price", "amount_fen": 100_000}])  # fmt: skip
    assert blocked(refused) == ["costs_go_to_own_assets"]
    mine = holding.asset()
    with pytest.raises(Refused) as refused:
        holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=[{"asset": mine, "item": "price", "amount_fen": 100_000}])  # fmt: skip
    assert blocked(refused) == ["recognition_comes_first"]
    with pytest.raises(NotYours):
        holding.act(PLATFORM_INVOICE, "put_aside", bill, "rival", AT, reason="不是数据资产")


def test_an_allotment_is_taken_back_by_reversing_lines_and_made_anew(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    bill = holding.invoice()
    part = {"asset": made, "item": "price", "amount_fen": 100_000}
    holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=[part])
    with pytest.raises(Refused) as refused:  # a line of an invoice is not reversed alone
        holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=CostLine.objects.get().pk, reason="记错")
    assert blocked(refused) == ["only_what_stands_is_reversed"]
    holding.act(PLATFORM_INVOICE, "take_back", bill, "supplier", AT, reason="项目选错")
    assert assets.books.asset(made, on=AT.date()).sums.cost == 0
    holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=[part | {"item": "storage"}])
    sums = assets.books.asset(made, on=AT.date()).sums
    assert (sums.cost, sums.expensed) == (0, 100_000)
    assert CostLine.objects.count() == 3  # nothing was changed or taken away


def test_a_sale_and_its_fee_cost_no_asset_anything(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    sale = holding.invoice(kind="sale")
    assert PlatformInvoice.objects.get(pk=sale).state == "noted"
    with pytest.raises(NotNow):
        holding.act(PLATFORM_INVOICE, "allot", sale, "supplier", AT, parts=[{"asset": made, "item": "price", "amount_fen": 100_000}])  # fmt: skip
    fee = holding.invoice(500, kind="fee")
    holding.act(PLATFORM_INVOICE, "allot", fee, "supplier", AT, parts=[{"asset": made, "item": "selling", "amount_fen": 500}])  # fmt: skip
    (line,) = assets.books.lines(made).items
    assert (line.treatment, line.decided) == ("expense", "no-cost-of-an-intangible")


def test_a_voucher_is_booked_once_until_it_is_reversed(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    line = holding.booked(made)
    with pytest.raises(Refused) as refused:
        holding.booked(made, amount_fen=1)
    assert blocked(refused) == ["a_voucher_is_booked_once"]
    holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=line, reason="金额有误")
    again = holding.booked(made, amount_fen=99)
    for wrong in (line, CostLine.objects.get(reverses=line).pk, 99_999):
        with pytest.raises(Refused) as refused:
            holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=wrong, reason="再冲一次")
        assert blocked(refused) == ["only_what_stands_is_reversed"]
    assert assets.books.asset(made, on=AT.date()).sums.cost == 99
    assert again != line


def test_a_voucher_needs_its_file_and_lies_behind(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    with pytest.raises(Refused) as refused:
        holding.booked(made, paper="ab" * 32)
    assert blocked(refused) == ["vouchers_are_on_file"]
    strangers = holding.world.paper("别人的凭证", "rival")
    with pytest.raises(Refused) as refused:
        holding.booked(made, paper=strangers, incurred_date=date(2026, 3, 3))
    assert blocked(refused) == ["vouchers_are_on_file", "a_cost_lies_behind"]
    for amount in (0, -1):
        with pytest.raises(BadInput):
            holding.booked(made, amount_fen=amount)


def test_what_an_earlier_period_expensed_is_not_an_asset_again(holding: Holding) -> None:
    """Said so, it is an expense; and reversing it in a later year to capitalise it is refused (row 165)."""
    made = holding.asset()
    holding.judged(made)
    line = holding.booked(made, expensed_before=True)
    sums = assets.books.asset(made, on=AT.date()).sums
    assert (sums.cost, sums.expensed) == (0, 120_000)
    next_year = day(2027, 1, 4)
    holding.act(DATA_ASSET, "reverse", made, "supplier", next_year, line=line, reason="想资本化")
    with pytest.raises(Refused) as refused:
        holding.booked(made, at=next_year)
    assert blocked(refused) == ["what_was_expensed_stays_expensed"]
    holding.booked(made, at=next_year, expensed_before=True)
    assert assets.books.asset(made, on=next_year.date()).sums.cost == 0


def test_in_the_same_year_a_mistake_is_mended(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    line = holding.booked(made, item="storage")
    holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=line, reason="项目选错")
    holding.booked(made, item="clean")
    assert assets.books.asset(made, on=AT.date()).sums.cost == 120_000


def test_the_ledger_is_appended_whoever_asks(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    holding.booked(made)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    for attack in (
        "update registry_cost_line set amount_fen = 1",
        "delete from registry_cost_line",
        "truncate registry_cost_line cascade",
    ):
        with pytest.raises(DatabaseError, match="does not change"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)


def test_an_impairment_is_bounded_by_what_is_carried(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made, useful_months=None)
    holding.booked(made)
    told = {"voucher": "减值-1", "paper": holding.world.paper("减值测试"), "reason": "市场萎缩，可收回金额下降"}
    with pytest.raises(Refused) as refused:
        holding.act(DATA_ASSET, "impair", made, "supplier", AT, amount_fen=120_001, **told)
    assert blocked(refused) == ["no_more_is_written_down_than_is_carried"]
    holding.act(DATA_ASSET, "impair", made, "supplier", AT, amount_fen=120_000, **told)
    sums = assets.books.asset(made, on=AT.date()).sums
    assert (sums.cost, sums.written_down, sums.carrying) == (120_000, 120_000, 0)


def test_what_was_written_down_is_not_reversed_below_nought(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made, useful_months=None)
    line = holding.booked(made)
    told = {"voucher": "减值-1", "paper": holding.world.paper("减值测试"), "reason": "市场萎缩，可收回金额下降"}
    down = holding.act(DATA_ASSET, "impair", made, "supplier", AT, amount_fen=20_000, **told).data["line"]
    with pytest.raises(Refused) as refused:
        holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=line, reason="记错资产")
    assert blocked(refused) == ["nothing_is_carried_below_nought"]
    bill = holding.invoice(30_000)
    parts = [{"asset": made, "item": "price", "amount_fen": 30_000}]
    holding.act(PLATFORM_INVOICE, "allot", bill, "supplier", AT, parts=parts)
    holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=line, reason="记错资产")  # the bill carries it now
    with pytest.raises(Refused) as refused:
        holding.act(PLATFORM_INVOICE, "take_back", bill, "supplier", AT, reason="记错资产")
    assert blocked(refused) == ["nothing_is_carried_below_nought"]
    holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=down, reason="减值有误")
    holding.act(PLATFORM_INVOICE, "take_back", bill, "supplier", AT, reason="记错资产")
    assert assets.books.asset(made, on=AT.date()).sums.carrying == 0


def test_a_cost_that_was_amortised_for_months_is_reversed_to_nothing(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    line = holding.booked(made)
    half_a_year_on = day(2027, 5, 4)
    assert assets.books.asset(made, on=half_a_year_on.date()).sums.amortised > 0
    holding.act(DATA_ASSET, "reverse", made, "supplier", half_a_year_on, line=line, reason="记错资产")
    sums = assets.books.asset(made, on=half_a_year_on.date()).sums
    assert (sums.cost, sums.amortised, sums.carrying) == (0, 0, 0)
    holding.act(DATA_ASSET, "retire", made, "supplier", half_a_year_on, reason="数据已删除")


# Recognition.


@pytest.mark.parametrize(
    ("changes", "asset_class", "row"),
    [
        ({}, "intangible", "own-use"),
        ({"purpose": "sale"}, "inventory", "for-sale"),
        ({"purpose": "other"}, "disclose", "neither"),
        ({"owned": False}, "disclose", "not-owned"),
        ({"benefits": False}, "disclose", "no-benefits"),
        ({"measurable": False}, "disclose", "unmeasurable"),
    ],
)
def test_the_wizard_answers_with_the_table(
    holding: Holding, changes: dict[str, Any], asset_class: str, row: str
) -> None:
    made = holding.judged(holding.asset(), **changes)
    found = AssetRecognition.objects.get(pk=made)
    assert (found.state, found.asset_class, found.row) == ("standing", asset_class, row)
    assert papers.content(found.paper).startswith(b"%PDF-")
    asked = {name for _, _, _, name in assets.memos.answers(found)}
    assert asked == ({"ACC11:2", "CAS6:amortisation"} if asset_class == "intangible" else {"ACC11:2"})


def test_an_intangible_says_when_it_is_ready_and_how_long_it_lasts(holding: Holding) -> None:
    made = holding.asset()
    for wrong in ({"ready_date": None}, {"life_reason": ""}, {"useful_months": 0}, {"useful_months": 601}):
        with pytest.raises(BadInput):
            holding.start(ASSET_RECOGNITION, "supplier", AT, **holding.answers(made, **wrong))
    holding.judged(made, useful_months=600)


def test_a_conclusion_is_signed_and_of_ones_own_asset(holding: Holding) -> None:
    made = holding.asset()
    draft = holding.start(ASSET_RECOGNITION, "supplier", AT, **holding.answers(made))
    with pytest.raises(NeedsSecondFactor):
        perform(ASSET_RECOGNITION, "conclude", draft, by=holding.world.supplier, at=AT)
    with pytest.raises(Refused) as refused:
        holding.start(ASSET_RECOGNITION, "supplier", AT, **holding.answers(made))
    assert blocked(refused) == ["one_judgement_at_a_time"]
    with pytest.raises(Refused) as refused:
        holding.start(ASSET_RECOGNITION, "rival", AT, **holding.answers(made))
    assert "one_judges_ones_own" in blocked(refused)
    holding.act(ASSET_RECOGNITION, "conclude", draft, "supplier", AT)
    with pytest.raises(NotNow):
        holding.act(ASSET_RECOGNITION, "amend", draft, "supplier", AT, **holding.answers(made))


def test_what_is_carried_does_not_vanish_by_another_judgement(holding: Holding) -> None:
    made = holding.asset()
    first = holding.judged(made)
    line = holding.booked(made)
    draft = holding.start(ASSET_RECOGNITION, "supplier", AT, **holding.answers(made, purpose="other"))
    with pytest.raises(Refused) as refused:
        holding.act(ASSET_RECOGNITION, "conclude", draft, "supplier", AT)
    assert blocked(refused) == ["what_is_carried_does_not_vanish"]
    holding.act(DATA_ASSET, "reverse", made, "supplier", AT, line=line, reason="不再持有")
    holding.act(ASSET_RECOGNITION, "conclude", draft, "supplier", AT)
    assert {row.pk: row.state for row in AssetRecognition.objects.all()} == {first: "superseded", draft: "standing"}


def test_an_event_makes_the_judgement_due_and_it_is_reaffirmed_or_made_anew(holding: Holding) -> None:
    world = holding.world
    registration = world.registered(MONDAY)
    made = holding.start(
        DATA_ASSET, "supplier", LATER, resource=ownership.right(registration).resource_id, officer="示例首席数据官"
    )
    judged = holding.judged(made, LATER)
    assert [one.registration_id for one in assets.books.rights_of(assets.books.asset(made, on=LATER.date()))] == [
        registration
    ]
    paper = world.paper("查封裁定", "registrar")
    world.act("note", registration, LATER, kind="seized", text="法院查封", paper=paper)
    world.settle(LATER)
    row = AssetRecognition.objects.get(pk=judged)
    assert (row.state, row.event) == ("due", "ownership.note")
    with pytest.raises(NeedsSecondFactor):
        perform(ASSET_RECOGNITION, "reaffirm", judged, by=world.supplier, at=LATER, finding="查封不影响持有目的")
    holding.act(ASSET_RECOGNITION, "reaffirm", judged, "supplier", LATER, finding="查封不影响持有目的")
    assert AssetRecognition.objects.get(pk=judged).state == "standing"
    (note,) = ownership.dossier(registration).notes
    world.act("lift_note", registration, LATER, note=note.id, reason="裁定已撤销")
    world.settle(LATER)
    assert AssetRecognition.objects.get(pk=judged).state == "due"
    anew = holding.judged(made, LATER, useful_months=24)
    assert {row.pk: row.state for row in AssetRecognition.objects.all()} == {judged: "superseded", anew: "standing"}


# Disclosure.


def test_the_disclosure_has_a_column_for_each_way_and_a_total(holding: Holding) -> None:
    """Bought 1200.00 over twelve months from March, impairment none; developed 300.00; what is only disclosed is named."""
    bought = holding.asset()
    holding.judged(bought)
    holding.booked(bought)
    sold = holding.asset(by="rival")  # another's is not in it
    assert sold
    found = assets.books.disclosure(holding.party("supplier"), 2026)
    column = found.columns["intangible"]
    assert (column["bought"].cost_opening, column["bought"].cost_added, column["bought"].cost_closing) == (
        0,
        120_000,
        120_000,
    )
    assert column["bought"].amortised_closing == 100_000  # March to December
    assert column["bought"].carrying_closing == 20_000
    assert column["total"] == column["bought"]
    assert column["developed"].cost_closing == 0
    after = assets.books.disclosure(holding.party("supplier"), 2027).columns["intangible"]["total"]
    assert (after.carrying_opening, after.amortised_added, after.carrying_closing) == (20_000, 20_000, 0)


def test_what_is_disclosed_only_is_named_and_its_outlay_is_an_expense(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made, purpose="other")
    holding.booked(made)
    found = assets.books.disclosure(holding.party("supplier"), 2026)
    assert (found.disclosed_only, found.expensed_fen) == (("2018年示例钢铁用电",), 120_000)
    assert all(one.cost_closing == 0 for columns in found.columns.values() for one in columns.values())


# Values: shown with their factors, never booked.


def cost_form(asset: int, **changes: Any) -> dict[str, Any]:
    return {
        "asset": asset, "base_date": date(2026, 3, 1), "purpose": "内部参考", "delta": "1.2", "delta_source": "stated",
        "delta_basis": "六项指标均高于 99%",
        "components": [{"kind": "direct", "amount_fen": 100_000, "source": "ledger", "basis": "台账合计"}],
    } | changes  # fmt: skip


def test_a_factor_said_to_come_from_the_ledger_is_in_it(holding: Holding) -> None:
    made = holding.asset()
    holding.judged(made)
    with pytest.raises(Refused) as refused:
        holding.start(COST_VALUATION, "supplier", AT, **cost_form(made))
    assert blocked(refused) == ["a_factor_agrees_with_the_ledger"]
    holding.booked(made, amount_fen=100_000)
    value = Valuation.objects.get(pk=holding.start(COST_VALUATION, "supplier", AT, **cost_form(made)))
    assert (value.result_fen, value.mark) == (120_000, "不得入账 NOT TO BE BOOKED")


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (COST_VALUATION, {"delta_source": "quality"}),
        (
            INCOME_VALUATION,
            {"kind": "direct", "rate": "8", "rate_source": "stated", "rate_basis": "示例回报率",
             "years": [{"income_fen": 100, "source": "quality", "basis": "质量高则售价高"}]},
        ),
    ],
)  # fmt: skip
def test_a_factor_said_to_come_from_the_node_was_measured_there(
    holding: Holding, table: Procedure, changes: dict[str, Any]
) -> None:
    made = holding.asset()
    holding.judged(made)
    holding.booked(made, amount_fen=100_000)
    of_cost = (
        cost_form(made)
        if table is COST_VALUATION
        else {name: cost_form(made)[name] for name in ("asset", "base_date", "purpose")}
    )
    with pytest.raises(Refused) as refused:
        holding.start(table, "supplier", AT, **of_cost | changes)
    assert blocked(refused) == ["quality_that_is_named_was_measured"]
    resource = Asset.objects.get(pk=made).resource
    check = QualityCheck.objects.create(
        state="lapsed", begun_at=AT, changed_at=AT, resource=resource, holder=resource.holder, rules=[], measured_at=AT,
        result={"rules": [], "rows": 35_040, "small_counts": 5},
    )  # fmt: skip
    with pytest.raises(Refused):  # one that is over measures nothing any more
        holding.start(table, "supplier", AT, **of_cost | changes)
    QualityCheck.objects.filter(pk=check.pk).update(state="standing")
    assert Valuation.objects.get(pk=holding.start(table, "supplier", AT, **of_cost | changes)).result_fen > 0


def test_comparables_are_ones_own_trades(holding: Holding) -> None:
    made = holding.asset()
    trade, fee = holding.invoice(10_000, kind="sale"), holding.invoice(500, kind="fee")
    ratios = {"quality": "1.1", "demand": "1", "moment": "1", "volume": "1", "other": "1", "basis": "示例依据"}
    form = {"asset": made, "base_date": date(2026, 3, 1), "purpose": "内部参考"}
    for strange in (fee, 99_999):
        with pytest.raises(Refused) as refused:
            holding.start(MARKET_VALUATION, "supplier", AT, **form, comparables=[{"invoice": strange, **ratios}])
        assert blocked(refused) == ["comparables_are_own_trades"]
    value = holding.start(MARKET_VALUATION, "supplier", AT, **form, comparables=[{"invoice": trade, **ratios}])
    assert Valuation.objects.get(pk=value).result_fen == 11_000


def test_fact_12_no_way_leads_from_a_value_to_the_books(holding: Holding) -> None:
    """The act is there and refuses; the report is no voucher, neither for a cost nor for an adjustment; the mark cannot go."""
    made = holding.asset()
    holding.judged(made, useful_months=None)
    holding.booked(made, amount_fen=100_000)
    value = holding.start(COST_VALUATION, "supplier", AT, **cost_form(made))
    for _ in range(2):  # worked out, then issued
        with pytest.raises(Refused) as refused:
            holding.act(COST_VALUATION, "book", value, "supplier", AT)
        assert blocked(refused) == ["a_value_is_not_booked"]
        assert "不得入账" in refused.value.findings[0].words.zh
        if Valuation.objects.get(pk=value).state == "worked_out":
            holding.act(COST_VALUATION, "issue", value, "supplier", AT)
    row = Valuation.objects.get(pk=value)
    assert papers.content(row.paper).startswith(b"%PDF-")
    assert not [one for one in possible(COST_VALUATION, row, holding.actor("supplier")) if one.act.name == "book"]
    for act, more in (
        ("book", {"item": "price", "incurred_date": date(2026, 3, 1)}),
        ("impair", {"reason": "按估值调账"}),
    ):
        with pytest.raises(Refused) as refused:
            holding.act(DATA_ASSET, act, made, "supplier", AT, amount_fen=1, voucher="估值-1", paper=row.paper, **more)
        assert blocked(refused) == ["a_valuation_is_no_voucher"], act
    for attack in ({"mark": "可以入账"}, {"mark": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Valuation.objects.filter(pk=value).update(**attack)
    assert CostLine.objects.count() == 1
    assert all(one.paper != row.paper for one in assets.books.ledger(holding.party("supplier"), 2026))


def test_an_income_value_is_worked_out_year_by_year(holding: Holding) -> None:
    made = holding.asset()
    years = [
        {"income_fen": 11_000, "source": "stated", "basis": "合同约定"},
        {"income_fen": 12_100, "source": "stated", "basis": "合同约定"},
    ]
    value = holding.start(
        INCOME_VALUATION, "supplier", AT, asset=made, base_date=date(2026, 3, 1), purpose="内部参考", kind="direct",
        years=years, rate="10", rate_source="stated", rate_basis="行业平均",
    )  # fmt: skip
    row = Valuation.objects.get(pk=value)
    assert row.result_fen == 20_000
    assert [one["result"] for one in row.steps] == ["¥ 100.00", "¥ 100.00", "¥ 200.00"]
    (fact,) = [one for one in evidence.facts_of("income_valuation", value) if one.act == "begin"]
    assert fact.body["data"]["mark"] == "不得入账 NOT TO BE BOOKED"


def test_strangers_neither_value_nor_see_a_value(holding: Holding) -> None:
    made = holding.asset()
    with pytest.raises(Refused) as refused:
        holding.start(COST_VALUATION, "rival", AT, **cost_form(made))
    assert blocked(refused) == ["one_values_ones_own"]
    value = holding.start(COST_VALUATION, "supplier", AT, **cost_form(made, components=[
        {"kind": "direct", "amount_fen": 1, "source": "stated", "basis": "示例依据"}]))  # fmt: skip
    for name in ("rival", "bank", "department"):
        assert not visible(COST_VALUATION, holding.actor(name)).filter(pk=value).exists()
