"""The arithmetic of a trust and what its rules say, without a database: every fen is somewhere, and nobody pays alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.treasury.test_sharing import plans
from tongqu.exchange.bedrock.ledger import Move, UnknownAccount
from tongqu.exchange.bedrock.ledger.entries import kind_of
from tongqu.exchange.treasury.sharing.entries import moves, own_part, parts
from tongqu.exchange.treasury.trusts.entries import cuts, divide, divided, held, owed
from tongqu.exchange.treasury.trusts.rules import (
    Claiming,
    Dividing,
    a_claim_is_of_ones_own,
    a_claims_payment_is_new,
    each_mandate_gets_a_fen,
    nobody_pays_a_claim_alone,
    the_trustee_divides,
)

MONEY = st.integers(0, 10**13)
POINTS = st.integers(0, 10_000)


@given(fen=MONEY, points=st.lists(POINTS, max_size=6), plan=plans())
def test_cuts_and_shares_are_the_whole_and_cuts_never_more_than_it(
    fen: int, points: list[int], plan: list[dict[str, Any]]
) -> None:
    own = own_part(1, plan)
    due = cuts(fen, [(number, number, 9, one) for number, one in enumerate(points, 1)], most=own)
    assert sum(cut.basis_points for cut in due) == min(sum(points), own)
    found = parts(fen, plan, due, provider=1)
    assert all(part["fen"] >= 0 for part in found)
    without = parts(fen, plan)
    assert [part for part in found if "trust" not in part and part["party"] != 1] == [
        part for part in without if part["party"] != 1
    ]  # who did not promise it pays nothing of it
    assert sum(part["fen"] for part in found) == fen
    assert [part["fen"] for part in found[: len(due)]] == [fen * cut.basis_points // 10_000 for cut in due]
    assert sum(move.fen for move in moves(7, found)) == fen


def test_the_odd_fen_of_a_cut_is_the_providers() -> None:
    due = cuts(101, [(1, 5, 9, 3_333)])
    assert [cut.fen for cut in due] == [33]  # 33.66
    found = parts(101, [{"party": 7, "basis_points": 10_000, "ground": "提供方"}], due, provider=7)
    assert [(part["party"], part["fen"]) for part in found] == [(9, 33), (7, 68)]
    assert moves(7, found, "用电") == (
        Move("party/7/proceeds", "trust/5/held", 33, "trust cut 用电"),
        Move("party/7/proceeds", "party/7/available", 68, "share of proceeds 用电"),
    )


def test_terms_agreed_first_are_served_first_where_all_ask_more_than_there_is() -> None:
    due = cuts(1_000, [(1, 5, 9, 6_000), (2, 6, 9, 6_000), (3, 6, 9, 1)])
    assert [(cut.terms, cut.basis_points, cut.fen) for cut in due] == [(1, 6_000, 600), (2, 4_000, 400)]


@given(held_fen=MONEY, carried=MONEY, points=POINTS, heads=st.integers(0, 1_000_000))
def test_a_division_is_the_whole_and_less_than_a_fen_a_head_is_left(
    held_fen: int, carried: int, points: int, heads: int
) -> None:
    carried = min(carried, held_fen)
    made = divide(held_fen, carried_fen=carried, fee_basis_points=points, heads=heads)
    assert made.fee_fen + made.divided_fen + made.left_fen == held_fen
    assert made.fee_fen <= held_fen - carried
    assert made.left_fen >= 0
    if heads:
        assert made.left_fen < heads
    assert sum(move.fen for move in divided(made, trust=5, trustee=9)) == held_fen - made.left_fen


@given(received=st.lists(st.integers(0, 10**9), min_size=1, max_size=8), points=POINTS, heads=st.integers(1, 500))
def test_what_is_carried_over_pays_its_fee_once(received: list[int], points: int, heads: int) -> None:
    """Over any divisions the fee is that of what came in, each time rounded down: never one fen of it twice."""
    left = fees = 0
    for came in received:
        made = divide(left + came, carried_fen=left, fee_basis_points=points, heads=heads)
        fees, left = fees + made.fee_fen, made.left_fen
    assert fees == sum(came * points // 10_000 for came in received)
    assert left < heads


def test_a_trusts_accounts_are_accounts_and_go_below_zero_never() -> None:
    for path in (held(5), owed(5)):
        assert not kind_of(path).may_overdraw
    with pytest.raises(UnknownAccount):
        kind_of("trusts/5/held")


DIVIDING = Dividing(
    by_trustee=True, by_finance=False, trust_stands=True, divided_today=False, heads=3, held_fen=10, each_fen=3
)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"trust_stands": False}, True),
        ({"by_trustee": False}, False),
        ({"by_trustee": False, "by_finance": True}, False),
        ({"by_trustee": False, "by_finance": True, "trust_stands": False}, True),
        ({"by_trustee": False, "trust_stands": False}, False),
        ({"by_trustee": False, "by_finance": True, "trustee_acts": False}, True),
        ({"by_trustee": False, "trustee_acts": False}, False),
        ({"divided_today": True}, False),
    ],
)
def test_the_trustee_divides_and_finance_once_the_trust_has_ended(changes: dict[str, bool], allowed: bool) -> None:
    assert the_trustee_divides(replace(DIVIDING, **changes)).complies is allowed


@pytest.mark.parametrize(("heads", "each", "allowed"), [(3, 1, True), (3, 0, False), (0, 0, False)])
def test_less_than_a_fen_for_each_is_not_divided(heads: int, each: int, allowed: bool) -> None:
    assert each_mandate_gets_a_fen(replace(DIVIDING, heads=heads, each_fen=each)).complies is allowed


CLAIMING = Claiming(owed_fen=100, least_fen=100)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"owed_fen": 99}, False),
        ({"owed_fen": 99, "trust_stands": False}, True),
        ({"owed_fen": 0, "trust_stands": False}, False),
        ({"owed_fen": 0, "least_fen": 0}, False),
        ({"by_itself": False}, False),
    ],
)
def test_a_person_claims_its_own_from_the_least_amount_on(changes: dict[str, Any], allowed: bool) -> None:
    assert a_claim_is_of_ones_own(replace(CLAIMING, **changes)).complies is allowed


@pytest.mark.parametrize(
    ("by", "person", "approved_by", "allowed"),
    [(2, 1, None, True), (3, 1, 2, True), (2, 1, 2, False), (1, 1, None, False), (1, 1, 2, False)],
)
def test_nobody_pays_a_claim_alone(by: int, person: int, approved_by: int | None, allowed: bool) -> None:
    seen = replace(CLAIMING, by=by, person=person, approved_by=approved_by)
    assert nobody_pays_a_claim_alone(seen).complies is allowed


@pytest.mark.parametrize("fault", ["reference_taken", "paid_after_today", "paid_before_request"])
def test_a_claims_bank_payment_is_recorded_once_and_on_a_day_that_can_be(fault: str) -> None:
    assert a_claims_payment_is_new(CLAIMING).complies
    assert a_claims_payment_is_new(replace(CLAIMING, **{fault: True})).blocks
