"""Meters to money: exact in micro-yuan, charged in whole fen, the residue carried and never lost."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from tests.trading.dealing import DATASET, NOW, Market
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.bedrock.procedures.models import Answer
from tongqu.exchange.trading import delivery
from tongqu.exchange.trading.delivery.models import Statement
from tongqu.exchange.trading.listings.inputs import TOTAL_FEN_MAX, total_fen
from tongqu.exchange.treasury import billing
from tongqu.exchange.treasury.billing.entries import MICRO_YUAN_PER_FEN, by_call, fixed
from tongqu.exchange.treasury.billing.models import Residue
from tongqu.wire import merkle


@given(
    bills=st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**12)), max_size=200),
)
def test_over_any_bills_the_fen_and_the_residue_are_what_was_metered(bills: list[tuple[int, int]]) -> None:
    carried, fen, metered = 0, 0, 0
    for units, price in bills:
        charge = by_call(units, price, carried)
        assert 0 <= charge.carried_out_micro_yuan < MICRO_YUAN_PER_FEN
        assert charge.metered_micro_yuan == charge.fen * MICRO_YUAN_PER_FEN + charge.carried_out_micro_yuan - carried
        carried, fen, metered = charge.carried_out_micro_yuan, fen + charge.fen, metered + charge.metered_micro_yuan
    assert fen * MICRO_YUAN_PER_FEN + carried == metered


@given(
    calls_max=st.integers(1, 10**9),
    price=st.integers(0, 10**12),
    used=st.integers(0, 10**9),
    carried=st.integers(0, 9_999),
)
def test_no_bill_comes_to_more_than_was_held(calls_max: int, price: int, used: int, carried: int) -> None:
    """Not even with the residue of earlier bills, as long as no more is used than was agreed."""
    assert by_call(min(used, calls_max), price, carried).fen <= total_fen(calls_max, price)


@given(price=st.integers(0, TOTAL_FEN_MAX), carried=st.integers(0, 9_999))
def test_a_fixed_price_leaves_the_residue_as_it_is(price: int, carried: int) -> None:
    charge = fixed(price, carried)
    assert (charge.fen, charge.carried_out_micro_yuan) == (price, carried)


def test_what_is_metered_of_the_largest_deal_fits_into_a_fact() -> None:
    assert TOTAL_FEN_MAX * MICRO_YUAN_PER_FEN < 2**53


@pytest.mark.django_db
@with_settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uses=st.lists(st.integers(0, 200), min_size=1, max_size=4))
def test_bills_between_two_parties_carry_their_residue_on(market: Market, uses: list[int]) -> None:
    name = f"buyer{len(market.parties)}"
    market.join(name, ("buyer",), f"91420100MB{len(market.parties):07d}")
    product = _product(market)
    market.pay_in(name, 100)
    fen = metered = 0
    for calls in uses:
        deal = market.signed(product, name)
        market.used_and_accepted(deal, calls, name)
        bill = billing.bill_of(market.transfer(deal).id)
        assert (bill.state, bill.units) == ("settled", calls)
        fen, metered = fen + bill.fen, metered + bill.metered_micro_yuan
    residue = Residue.objects.get(consumer_id=market.party(name)).micro_yuan
    assert fen * MICRO_YUAN_PER_FEN + residue == metered == sum(uses) * 8_500
    assert market.money(name) == (10_000 - fen, 0)
    market.audited()


def _product(market: Market) -> int:
    from tongqu.exchange.trading.listings.models import Listing

    row = Listing.objects.first()
    return int(row.pk) if row else market.listed(standing=True)


@pytest.mark.django_db
def test_a_bill_shows_its_way_from_the_statements_to_the_money(market: Market) -> None:
    product = market.listed(standing=True)
    market.pay_in("buyer", 100)
    deal = market.signed(product)
    market.used_and_accepted(deal, 137)
    shown = billing.breakdown(billing.bill_of(market.transfer(deal).id).id)
    assert (shown.held_fen, shown.bill.fen, shown.fee_fen, shown.proceeds_fen, shown.returned_fen) == (
        850,
        116,
        0,
        116,
        734,
    )
    assert shown.contract_number == market.contract(deal).number
    assert shown.fee_basis_points == 0
    assert shown.fee_mark is not None
    assert "可调整" in shown.fee_mark.zh
    assert "no official rate was found" in shown.fee_note.en
    with pytest.raises(Unknown):
        billing.breakdown(10**9)


@pytest.mark.django_db
def test_a_bill_of_months_of_use_stays_small_and_names_every_statement(market: Market) -> None:
    product = market.listed(standing=True)
    market.pay_in("buyer", 100)
    deal = market.signed(product)
    transfer = market.transfer(deal).id
    market.metered(deal, 137)
    _stated(transfer, 5_000)
    market.used_and_accepted(deal, 0)
    bill = billing.bill_of(transfer)
    (made,) = evidence.facts_of("bill", bill.id, acts={"begin"})
    told = made.body["data"]["statements"]
    assert len(json.dumps(made.body)) < 2_000
    assert (told["count"], told["first"], bill.first_statement) == (bill.statements, 1_001, 1_001)
    leaves = [
        merkle.leaf_hash(bytes.fromhex(digest))
        for digest in Statement.objects.filter(transfer=transfer).order_by("number").values_list("digest", flat=True)
    ]
    assert told["root"] == bill.statements_root == merkle.root(len(leaves), merkle.in_memory(leaves)).hex()
    assert max(len(json.dumps(kept)) for kept in Answer.objects.values_list("outcome", flat=True)) < 4_000
    Statement.objects.filter(transfer=transfer, number=3_000).update(digest="0" * 64)
    assert delivery.reported(transfer).root != bill.statements_root


def _stated(transfer: int, count: int) -> None:
    """Statements as a node sends them over months, without their calls."""
    Statement.objects.bulk_create(
        Statement(
            transfer_id=transfer, number=1_001 + n, digest=hashlib.sha256(str(n).encode()).hexdigest(), from_sequence=n,
            to_sequence=n, calls=0, units=0, sealed={}, received_at=NOW,
        )
        for n in range(count)
    )  # fmt: skip


@pytest.mark.django_db
def test_a_data_set_is_billed_at_its_price(market: Market) -> None:
    product = market.listed(DATASET, standing=True)
    market.pay_in("buyer", 2_000)
    deal = market.signed(product)
    market.used_and_accepted(deal, 1)
    bill = billing.bill_of(market.transfer(deal).id)
    assert (bill.price_kind, bill.fen, bill.carried_out_micro_yuan) == ("fixed", 120_000, 0)
