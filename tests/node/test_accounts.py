"""What a meter has at hand of a permit and of the contracts that wait for their statements."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.node.world import NOON
from tongqu.node.meters.accounts import GONE_AT_ONCE, Chain, Dues, Used
from tongqu.node.receipts import Head
from tongqu.wire.constraints import RATE_WINDOW

WAIT = timedelta(seconds=60)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3), st.booleans()), max_size=200), st.integers(0, 70))
def test_the_last_minute_of_a_permit_is_counted_as_if_each_call_were_looked_at(
    drawn: list[tuple[int, int, bool]], before: int
) -> None:
    earlier = [NOON - timedelta(seconds=n) for n in range(before, 0, -1)]
    used, now, every, calls = Used(before, earlier), NOON, list(earlier), before
    for seconds, keys, is_asked in drawn:
        now += timedelta(seconds=seconds)
        used.take(keys, now)
        every.append(now)
        calls += keys
        if is_asked:
            lately = [at for at in every if at > now - RATE_WINDOW]
            assert used.usage(now) == (calls, len(lately), lately[0])
    much_later = now + RATE_WINDOW
    assert used.usage(much_later) == (calls, 0, None)


def test_a_permit_in_use_without_end_keeps_no_more_than_its_last_minute() -> None:
    used = Used()
    for second in range(10_000):
        used.take(1, NOON + timedelta(seconds=second))
        used.usage(NOON + timedelta(seconds=second))
    assert len(used._moments) <= 2 * 60 + GONE_AT_ONCE


def waiting(dues: Dues, name: str, receipts: int, seconds: int) -> Chain:
    chain = Chain(Head(receipts, "d", NOON))
    dues.begin(name, chain, NOON + timedelta(seconds=seconds))
    return chain


def test_who_has_waited_longest_is_stated_first_and_whoever_has_enough_before_all() -> None:
    dues = Dues(100)
    for at, name in enumerate("abc"):
        waiting(dues, name, 1, at)
    full = waiting(dues, "d", 99, 3)
    later = NOON + WAIT + timedelta(seconds=1)
    assert dues.due(later, WAIT, 10) == ["a", "b"]  # c has waited for 59 seconds
    full.head = Head(100, "d", NOON)
    dues.look("d", full)
    assert dues.due(later, WAIT, 10) == ["d", "a", "b"]
    assert dues.due(later, WAIT, 2) == ["d", "a"]
    dues.end("d", full)
    assert full.since is None
    assert dues.due(later, WAIT, 10) == ["a", "b"]


def test_a_contract_that_cannot_be_stated_waits_behind_the_others_however_much_it_has() -> None:
    dues = Dues(100)
    broken, other = waiting(dues, "broken", 500, 0), waiting(dues, "other", 1, 1)
    later = NOON + WAIT + timedelta(seconds=2)
    assert dues.due(later, WAIT, 1) == ["broken"]
    dues.put_off("broken", broken, later)
    assert dues.due(later, WAIT, 1) == ["other"]
    dues.end("other", other)
    assert dues.due(later, WAIT, 1) == []
    assert dues.due(later + WAIT, WAIT, 1) == ["broken"]  # it is tried again


def test_a_receipt_from_the_future_does_not_wait_for_that_future() -> None:
    dues = Dues(100)
    waiting(dues, "a", 1, 3_600)
    assert dues.due(NOON, WAIT, 1) == ["a"]
