"""Public data in the market: never raw, registered after its first delivery, and not for the group of its operator."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.registry.conftest import day
from tests.trading.dealing import DATASET, PRODUCT, Market
from tongqu.exchange.bedrock import calendar, papers
from tongqu.exchange.bedrock.procedures import HOUSE, Refused, perform
from tongqu.exchange.registry import authorisation
from tongqu.exchange.registry.models import (
    OperationAgreement,
    OperationDisclosure,
    OperationEntry,
    OperationPlan,
    OperatorSelection,
    PublicDuty,
    PublicRegistration,
)
from tongqu.exchange.registry.publicdata import PUBLIC_REGISTRATION
from tongqu.exchange.trading import listings
from tongqu.exchange.trading.models import GroundLoss, Listing, LossItem

pytestmark = pytest.mark.django_db
PUBLIC: dict[str, Any] = {**PRODUCT, "public_data": True}


def blocked(refused: Any) -> list[str]:
    return [one.rule.rpartition(":")[2] for one in refused.value.findings if one.blocks]


def operates(market: Market, name: str = "supplier", state: str = "in_force") -> int:
    """An agreement under which a party operates public data; how it comes to one is told with the registry."""
    at, body = market.now, market.party("regulator")
    told = {"begun_at": at, "changed_at": at}
    plan = OperationPlan.objects.create(
        **told,
        state="filed",
        implementer_id=body,
        name="示例方案",
        form={"mode": "whole"},
        resources=[1],
        decision={},
        approval={},
    )
    chosen = OperatorSelection.objects.create(
        **told, state="awarded", plan=plan, implementer_id=body, name="示例选择", method="open_tender", requirements="示例",
        criteria=[], bids_until_at=at, winner_id=market.party(name), award={},
    )  # fmt: skip
    return OperationAgreement.objects.create(
        **told, state=state, selection=chosen, implementer_id=body, operator_id=market.party(name), name="示例协议", form={},
        resources=[1], starts_date=date(2026, 1, 1), ends_date=date(2030, 12, 31), ends_at=calendar.end_of(date(2030, 12, 31)),
        in_force_at=at, receipt={},
    ).pk  # fmt: skip


@pytest.mark.parametrize("said", [True, False])
def test_raw_public_data_is_no_data_set_whatever_its_provider_says(market: Market, said: bool) -> None:
    resource = market.catalogued(market.now, kind="public_institution")
    draft = market.draft(resource, None, DATASET, public_data=said)
    with pytest.raises(Refused) as refused:
        market.list("submit", draft)
    assert "raw_public_data_stays" in blocked(refused)
    assert market.product(draft).public_data


def test_the_operators_daughter_orders_nothing_and_a_stranger_may(market: Market) -> None:
    product = market.listed(PUBLIC)
    operates(market)
    market.relate("supplier", "grid", day(2026, 1, 5))
    with pytest.raises(Refused) as refused:
        market.ask(product, "grid")
    assert blocked(refused) == ["the_operators_group_does_not_redevelop"]
    assert market.deal(market.ask(product, "buyer")).state


def test_a_sister_by_a_circle_of_control_is_of_the_group(market: Market) -> None:
    product = market.listed(PUBLIC)
    operates(market)
    for above, below in (("supplier", "mother"), ("mother", "grid"), ("grid", "supplier")):
        market.relate(above, below, day(2026, 1, 5))
    for name in ("mother", "grid"):
        with pytest.raises(Refused) as refused:
            market.ask(product, name)
        assert blocked(refused) == ["the_operators_group_does_not_redevelop"]


def test_a_stranger_who_names_the_daughter_as_recipient_orders_for_it(market: Market) -> None:
    product = market.listed({**PUBLIC, "recipients_max": 2})
    operates(market)
    market.relate("supplier", "grid", day(2026, 1, 5))
    daughter = market.parties["grid"].credit_code
    with pytest.raises(Refused) as refused:
        market.ask(product, "buyer", recipients=[daughter])
    assert blocked(refused) == ["the_operators_group_does_not_redevelop"]
    assert market.ask(product, "buyer", recipients=[market.parties["mother"].credit_code])


def test_who_came_under_control_meanwhile_does_not_sign(market: Market) -> None:
    product = market.listed(PUBLIC)
    operates(market)
    deal = market.ask(product, "grid")
    market.talk("agree", deal, "supplier")
    market.relate("supplier", "grid", day(2026, 1, 5))
    with pytest.raises(Refused) as refused:
        market.talk("verify", deal, "grid")
    assert blocked(refused) == ["the_operators_group_does_not_redevelop"]


def test_after_the_exit_and_for_other_products_the_group_buys_like_anyone(market: Market) -> None:
    market.relate("supplier", "grid", day(2026, 1, 5))
    product = market.listed(PUBLIC)
    operates(market, state="ended")
    assert market.ask(product, "grid")
    OperationAgreement.objects.update(state="exiting")
    assert authorisation.operated_by(market.party("buyer")) is None
    assert authorisation.operated_by(market.party("supplier")) is not None


def test_the_first_delivery_begins_the_days_to_register_and_the_second_does_not(market: Market) -> None:
    product = market.listed(PUBLIC)
    market.pay_in("buyer", 1_000)
    market.signed(product)
    market.settle()
    duty = PublicDuty.objects.get()
    assert (duty.state, duty.holder_id, duty.resource_id) == (
        "due",
        market.party("supplier"),
        market.product(product).resource_id,
    )
    market.signed(product)
    market.settle()
    assert PublicDuty.objects.count() == 1


def test_enterprise_data_has_no_such_duty(market: Market) -> None:
    market.pay_in("buyer", 1_000)
    market.signed(market.listed(PRODUCT))
    market.settle()
    assert not PublicDuty.objects.exists()


def test_what_an_operator_sells_here_is_booked_in_its_separate_accounts(market: Market) -> None:
    product = market.listed(PUBLIC)
    agreement = operates(market)
    market.pay_in("buyer", 1_000)
    deal = market.signed(product)
    market.used_and_accepted(deal, 100)
    market.settle()
    (entry,) = OperationEntry.objects.filter(agreement=agreement)
    claim = market.claim(deal)
    assert (entry.kind, entry.settlement) == ("income", claim.id)
    assert entry.amount_fen == claim.charged_fen - claim.fee_fen > 0
    row = OperationDisclosure.objects.create(
        begun_at=market.now, changed_at=market.now, state="due", agreement_id=agreement, side="operator",
        discloser_id=market.party("supplier"),
    )  # fmt: skip
    OperationAgreement.objects.update(
        in_force_at=market.now - timedelta(days=60),
        resources=[market.product(product).resource_id],
        form={"ceiling_fen": 100, "ceiling_unit": "次"},
    )
    perform(
        authorisation.OPERATION_DISCLOSURE,
        "publish",
        row.pk,
        by=market.supplier,
        at=market.now,
        text="本期交付一个产品",
    )
    row.refresh_from_db()
    assert row.usage["products"] == [
        {
            "listing": product,
            "product": market.product(product).name,
            "deals": 1,
            "calls": 100,
            "income_fen": entry.amount_fen,
        }
    ]
    market.later(days=1)
    perform(authorisation.OPERATION_DISCLOSURE, "fall_due", row.pk, by=HOUSE, at=market.now)
    perform(
        authorisation.OPERATION_DISCLOSURE, "publish", row.pk, by=market.supplier, at=market.now, text="本期没有交付"
    )
    row.refresh_from_db()
    assert row.usage["products"] == []  # counted once, in its period


@pytest.mark.parametrize("act", ["submit", "approve"])
def test_what_became_public_data_since_the_draft_is_judged_as_such(market: Market, act: str) -> None:
    """An authorisation reached the data after its operator had drafted a data set of it."""
    resource = market.catalogued(market.now)
    draft = market.draft(resource, None, DATASET)
    by, said = ("supplier", {}) if act == "submit" else ("exchange", {"note": "来源清楚"})
    if act == "approve":
        market.list("submit", draft)
    OperationAgreement.objects.filter(pk=operates(market)).update(resources=[resource])
    with pytest.raises(Refused) as refused:
        market.list(act, draft, by, **said)
    assert "raw_public_data_stays" in blocked(refused)


def test_what_an_operator_sells_of_public_data_is_found_apart_from_all_else(market: Market) -> None:
    """However much else it has on sale, its page of operation shows these."""
    product = market.listed(PUBLIC)
    found, total = listings.published(provider=market.party("supplier"), public_data=True)
    assert ([each.id for each in found], total) == ([product], 1)
    Listing.objects.filter(pk=product).update(public_data=False)
    assert listings.published(provider=market.party("supplier"), public_data=True) == ([], 0)
    assert listings.published(provider=market.party("supplier"))[1] == 1


# What nobody declared the grounds of stands on the agreement of its operator, and on its registration.


def sold(market: Market) -> tuple[int, int]:
    product = market.listed(PUBLIC)
    market.pay_in("buyer", 1_000)
    deal = market.signed(product)
    market.settle()
    return product, deal


@pytest.mark.parametrize("act", ["leave", "revoke", "expire"])
def test_an_operation_that_ends_reaches_every_undeclared_product_of_its_operator(market: Market, act: str) -> None:
    agreement = operates(market)
    product, _ = sold(market)
    by: dict[str, Any] = {"by": market.actor("regulator", "regulator", "data_authority", "supplier")}
    asked: dict[str, Any] = {"reason": "提前终止协议"}
    if act == "revoke":
        paper = papers.keep(b"%PDF-1.7\nrevoked", name="d.pdf", at=market.now, by=market.party("regulator")).sha256
        asked = {"cause": "breach", "reason": "多次再开发已交付产品，经责令未改正", "paper": paper}
    if act == "expire":
        by, asked = {"by": HOUSE}, {}
    perform(authorisation.OPERATION_AGREEMENT, act, agreement, at=market.now, **by, **asked)
    market.settle()
    assert market.product(product).state == "blocked"
    loss = GroundLoss.objects.get(ground=f"agreement:{agreement}")
    lines = LossItem.objects.filter(loss=loss, falls=True).order_by("kind").values_list("kind", flat=True)
    assert list(lines) == ["listing", "transfer"]
    told = OperationAgreement.objects.get(pk=agreement).revocation
    assert (told or {}).get("cause") == ("breach" if act == "revoke" else None)


def test_under_another_agreement_an_operators_products_go_on(market: Market) -> None:
    ended = operates(market)
    product, _ = sold(market)
    operates(market)
    perform(authorisation.OPERATION_AGREEMENT, "expire", ended, by=HOUSE, at=market.now)
    market.settle()
    assert market.product(product).state == "published"
    loss = GroundLoss.objects.get(ground=f"agreement:{ended}")
    assert not LossItem.objects.filter(loss=loss, falls=True).exists()


def test_a_product_of_an_enterprise_does_not_fall_with_an_operation(market: Market) -> None:
    agreement = operates(market)
    product = market.listed()
    perform(authorisation.OPERATION_AGREEMENT, "expire", agreement, by=HOUSE, at=market.now)
    market.settle()
    assert market.product(product).state == "published"
    assert not GroundLoss.objects.exists()


def test_a_product_stops_with_its_registration_of_public_data(market: Market) -> None:
    product, _ = sold(market)
    record = registered_publicly(market, market.product(product).resource_id)
    perform(PUBLIC_REGISTRATION, "lapse", record, by=HOUSE, at=market.now)
    market.settle()
    assert market.product(product).state == "blocked"
    assert LossItem.objects.filter(loss__ground=f"public:{record}", kind="listing", number=product, falls=True).exists()


def registered_publicly(market: Market, resource: int) -> int:
    at = market.now
    return PublicRegistration.objects.create(
        begun_at=at, changed_at=at, state="registered", applicant_id=market.party("supplier"),
        registrar_id=market.party("registrar"), resource_id=resource, what="product", name="示例产品", form={}, code="示例码1",
        coded_date=date(2026, 1, 1), valid_to_date=date(2029, 1, 1), valid_to_at=calendar.end_of(date(2029, 1, 1)),
    ).pk  # fmt: skip


def test_what_has_another_registration_in_force_falls_with_none(market: Market) -> None:
    """The data is registered as a resource and as a product (the database allows both): one ends, the other carries the sale."""
    product, _ = sold(market)
    resource = market.product(product).resource_id
    first = registered_publicly(market, resource)
    PublicRegistration.objects.filter(pk=first).update(what="resource", code="示例码0")
    registered_publicly(market, resource)
    perform(PUBLIC_REGISTRATION, "lapse", first, by=HOUSE, at=market.now)
    market.settle()
    assert market.product(product).state == "published"
    assert not LossItem.objects.filter(loss__ground=f"public:{first}", falls=True).exists()
