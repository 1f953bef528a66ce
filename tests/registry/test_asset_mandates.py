"""A bank or an auditor looks at exactly what is named, for a time; every look is a fact; revoked it is over at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection

from tests.registry.conftest import World, day
from tests.registry.holding import AT, Holding
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import NeedsSecondFactor, NotNow, NotYours, Refused, begin, perform, visible
from tongqu.exchange.registry.assets import DATA_ASSET, PLATFORM_INVOICE
from tongqu.exchange.registry.entrusted import ASSET_MANDATE
from tongqu.exchange.registry.models import AssetMandate, CostLine


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def form(holding: Holding, *numbers: int, **changes: Any) -> dict[str, Any]:
    return {
        "viewer": holding.party("bank"), "assets": list(numbers), "parts": ["ledger"], "purpose": "贷款审查",
        "until_date": date(2026, 4, 1),
    } | changes  # fmt: skip


@pytest.mark.django_db
def test_a_look_opens_what_is_named_and_is_a_fact(holding: Holding) -> None:
    named = holding.asset()
    made = holding.start(ASSET_MANDATE, "supplier", AT, **form(holding, named))
    holding.act(ASSET_MANDATE, "look", made, "bank", AT, asset=named)
    holding.act(ASSET_MANDATE, "look", made, "bank", AT, asset=named)
    looks = [one for one in evidence.facts_of("asset_mandate", made) if one.act == "look"]
    assert [(one.actor["party"], one.body["data"]["asset"]) for one in looks] == [(holding.party("bank"), named)] * 2
    assert AssetMandate.objects.get(pk=made).looks == 2
    with pytest.raises(Refused) as refused:
        holding.act(ASSET_MANDATE, "look", made, "bank", AT, asset=named + 1)
    assert blocked(refused) == ["only_what_is_named_is_opened"]
    assert not visible(DATA_ASSET, holding.actor("bank")).exists()  # the asset itself stays shut
    for stranger in ("auditor", "rival", "supplier"):
        with pytest.raises(NotYours):
            holding.act(ASSET_MANDATE, "look", made, stranger, AT, asset=named)


@pytest.mark.django_db
def test_its_time_is_its_time_to_the_moment(holding: Holding) -> None:
    """Until the end of 1 April: the last minute of that day opens, the first of the next does not, clock or no clock."""
    named = holding.asset()
    made = holding.start(ASSET_MANDATE, "supplier", AT, **form(holding, named))
    perform(ASSET_MANDATE, "look", made, by=holding.actor("bank"), at=day(2026, 4, 1, 23, 59), asset=named)
    with pytest.raises(Refused) as refused:
        perform(ASSET_MANDATE, "look", made, by=holding.actor("bank"), at=day(2026, 4, 2, 0, 0), asset=named)
    assert blocked(refused) == ["its_time_has_not_passed"]
    holding.world.pass_time(day(2026, 4, 2, 0, 1))
    assert AssetMandate.objects.get(pk=made).state == "expired"
    with pytest.raises(NotNow):
        holding.act(ASSET_MANDATE, "look", made, "bank", day(2026, 4, 2), asset=named)


@pytest.mark.django_db
def test_revoked_it_is_over_at_once(holding: Holding) -> None:
    named = holding.asset()
    made = holding.start(ASSET_MANDATE, "supplier", AT, **form(holding, named))
    with pytest.raises(NotYours):
        holding.act(ASSET_MANDATE, "revoke", made, "bank", AT, reason="不是我的")
    holding.act(ASSET_MANDATE, "revoke", made, "supplier", AT, reason="不再合作")
    with pytest.raises(NotNow):
        holding.act(ASSET_MANDATE, "look", made, "bank", AT, asset=named)


@pytest.mark.django_db
def test_an_asset_that_left_the_inventory_is_not_opened(holding: Holding) -> None:
    named = holding.asset()
    made = holding.start(ASSET_MANDATE, "supplier", AT, **form(holding, named))
    holding.act(DATA_ASSET, "retire", named, "supplier", AT, reason="数据已删除")
    with pytest.raises(Refused) as refused:
        holding.act(ASSET_MANDATE, "look", made, "bank", AT, asset=named)
    assert blocked(refused) == ["only_what_is_named_is_opened"]


@pytest.mark.django_db
def test_one_opens_ones_own_assets_for_a_year_at_most(holding: Holding) -> None:
    named, theirs = holding.asset(), holding.asset(by="rival")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"assets": [named, theirs]}, "one_opens_ones_own"),
        ({"assets": [99_999]}, "one_opens_ones_own"),
        ({"viewer": holding.party("supplier")}, "another_member_is_let_look"),
        ({"viewer": 99_999}, "another_member_is_let_look"),
        ({"until_date": date(2026, 3, 1)}, "a_mandate_is_for_a_time"),
        ({"until_date": date(2027, 3, 3)}, "a_mandate_is_for_a_time"),
    ]
    for changes, rule in cases:
        with pytest.raises(Refused) as refused:
            holding.start(ASSET_MANDATE, "supplier", AT, **form(holding, named, **changes))
        assert blocked(refused) == [rule], changes
    for good in (date(2026, 3, 2), date(2027, 3, 2)):  # today, and a year on: both included
        holding.start(ASSET_MANDATE, "supplier", AT, **form(holding, named, until_date=good))
    for wrong in ({"assets": []}, {"parts": []}, {"parts": ["everything"]}):
        with pytest.raises(BadInput):
            holding.start(ASSET_MANDATE, "supplier", AT, **form(holding, named, **wrong))
    with pytest.raises(NeedsSecondFactor):
        begin(ASSET_MANDATE, by=holding.world.supplier, at=AT, **form(holding, named))


def together(*works: Any) -> list[str]:
    def one(work: Any) -> str:
        try:
            return str(work())
        except IntegrityError:
            return "constraint"
        except Exception as shut:
            return str(getattr(shut, "code", repr(shut)))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [found.result() for found in [pool.submit(one, work) for work in works]]


def test_one_voucher_and_one_invoice_at_one_moment_are_booked_once(
    transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    settings.PAPERS_ROOT = tmp_path
    holding = Holding(World())
    first = holding.asset()
    holding.judged(first)
    told = holding.voucher()
    booked = together(*[
        lambda: perform(DATA_ASSET, "book", first, by=holding.actor("supplier"), at=AT, **told).state for _ in range(4)
    ])  # fmt: skip
    assert sorted(booked) == ["inventoried", "refused", "refused", "refused"]
    bill = holding.invoice()
    part = [{"asset": first, "item": "price", "amount_fen": 100_000}]
    allotted = together(*[
        lambda: perform(PLATFORM_INVOICE, "allot", bill, by=holding.actor("supplier"), at=AT, parts=part).state for _ in range(4)
    ])  # fmt: skip
    assert sorted(allotted) == ["allotted", "not-now", "not-now", "not-now"]
    assert sorted(CostLine.objects.values_list("amount_fen", flat=True)) == [100_000, 120_000]
    taken = together(*[lambda: holding.invoice(bill=8) for _ in range(3)])
    assert sorted(taken)[-2:] == ["constraint", "constraint"]


def test_one_voucher_for_two_assets_at_one_moment_is_booked_once(
    transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    settings.PAPERS_ROOT = tmp_path
    holding = Holding(World())
    pair = [holding.asset(), holding.asset(name="另一项用电数据", source="meters")]
    for one in pair:
        holding.judged(one)
    told = holding.voucher()
    done = together(*[
        lambda one=one: perform(DATA_ASSET, "book", one, by=holding.actor("supplier"), at=AT, **told).state for one in pair
    ])  # fmt: skip
    assert sorted(done) == ["inventoried", "refused"]
    assert CostLine.objects.count() == 1
