"""Rows that are charged: what is handed out, receipted, stated and billed is one and the same, up to the last row that is left.

A call without a row costs nothing and counts as one call; nothing else is for nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.node.queries import Clinic
from tests.node.world import NOON, codes
from tongqu.exchange.trading import listings
from tongqu.exchange.treasury import billing
from tongqu.node.sources.queries import QueryEngine
from tongqu.wire.statement import check_receipts

FOUND = {"武汉": 3, "襄阳": 2, "无": 0}
"""Rows of each city that research may see."""
PAGE, OF_ONE_QUESTION = 2, 3


class Shop:
    """The clinic, open for as long as the examples of one test take; each sells under a contract of its own."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.Runner()
        self.clinic = Clinic(folder)
        self._loop.run(self.clinic.ready())
        self._numbers = itertools.count(10)

    def close(self) -> None:
        self._loop.run(self.clinic.keeper.stop())
        self._loop.close()

    def sells(self, calls_max: int, price: int) -> Sale:
        number = next(self._numbers)
        sale = Sale(self, f"permit-{number}", f"contract-{number}")
        permit = self.clinic.permit(
            id=sale.permit, contract=sale.contract, charge="rows", calls_max=calls_max, price_micro_yuan=price
        )
        self.run(self.clinic.issue(permit))
        return sale

    def run(self, story: Any) -> Any:
        return self._loop.run(story)


class Sale:
    """One contract: what was asked of it, and what came of that."""

    def __init__(self, shop: Shop, permit: str, contract: str) -> None:
        self._shop, self.permit, self.contract = shop, permit, contract

    def ask(self, city: str, rows: int | None = None, **more: Any) -> Any:
        return self._shop.run(self.query(city, rows, **more))

    async def query(self, city: str, rows: int | None = None, **more: Any) -> Any:
        asked = {"rows": rows} if rows is not None else {}
        return await self._shop.clinic.query({"city": city}, permit=self.permit, **asked, **more)

    def receipts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._shop.run(self._shop.clinic.receipts(self.permit))
        return found

    def statement(self) -> dict[str, Any]:
        """Sealed, over all receipts, as the exchange took it."""
        clinic = self._shop.clinic
        self._shop.run(clinic.keeper.meter.state(self.contract, NOON))
        self._shop.run(clinic.sync())
        (stated,) = [one for one in clinic.exchange.sealed_statements if one["body"]["contract"] == self.contract]
        return stated


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("clinic"))
    yield shop
    shop.close()


@settings(max_examples=60)
@given(
    calls_max=st.integers(1, 8),
    asked=st.lists(st.tuples(st.sampled_from(sorted(FOUND)), st.none() | st.integers(1, 3)), max_size=9),
    price=st.integers(0, 25_000),
    carried_in=st.integers(0, 9_999),
)
def test_what_is_handed_out_is_receipted_stated_and_billed_up_to_the_last_row(
    shop: Shop, calls_max: int, asked: list[tuple[str, int | None]], price: int, carried_in: int
) -> None:
    sale, left, handed_out = shop.sells(calls_max, price), calls_max, 0
    for city, rows in asked:
        answer = sale.ask(city, rows)
        if left == 0:
            assert codes(answer) == ["calls-exhausted"]
            continue
        page = answer.json()["rows"]
        assert len(page) == min(FOUND[city], rows or PAGE, PAGE, left)
        assert (answer.json()["next"] is not None) == (len(page) < FOUND[city])
        body = answer.json()["receipt"]["body"]
        assert (body["units"], body["calls"]) == (len(page), max(1, len(page)))
        left -= body["calls"]
        handed_out += len(page)
    receipts = sale.receipts()
    assert sum(each["body"]["units"] for each in receipts) == handed_out
    assert sum(each["body"]["calls"] for each in receipts) == calls_max - left
    if receipts:
        statement = sale.statement()
        assert check_receipts(statement, receipts, shop.clinic.exchange.node_key or b"") == []
        assert statement["body"]["units"] == {"api": handed_out}
    charge = billing.by_call(handed_out, price, carried_in)
    assert charge.metered_micro_yuan == handed_out * price
    assert charge.fen <= listings.total_fen(calls_max, price)


def test_a_page_of_more_than_is_left_brings_what_is_left_and_the_next_is_refused(shop: Shop) -> None:
    """Else whoever has one row left might ask for nothing, time and again, whether there are two."""
    sale = shop.sells(1, 2_000)
    first = sale.ask("武汉").json()
    assert [row[0] for row in first["rows"]] == ["v4"]
    assert (first["receipt"]["body"]["units"], first["limited"]) == (1, False)
    assert codes(sale.ask("武汉", cursor=first["next"])) == ["calls-exhausted"]
    assert codes(sale.ask("无")) == ["calls-exhausted"]
    assert len(sale.receipts()) == 1


def test_the_page_after_goes_on_where_the_last_paid_row_was(shop: Shop) -> None:
    sale = shop.sells(3, 2_000)
    first = sale.ask("武汉").json()
    second = sale.ask("武汉", cursor=first["next"]).json()
    assert [row[0] for row in first["rows"] + second["rows"]] == ["v4", "v2", "v1"]
    assert codes(sale.ask("武汉", 1)) == ["calls-exhausted"]


def test_calls_without_a_row_cost_nothing_and_come_to_an_end(shop: Shop) -> None:
    sale = shop.sells(2, 2_000)
    assert [sale.ask("无").json()["rows"] for _ in range(2)] == [[], []]
    assert codes(sale.ask("武汉")) == ["calls-exhausted"]
    assert sale.statement()["body"]["units"] == {"api": 0}
    assert billing.by_call(0, 2_000, 9_999).fen == 0


def test_a_page_asked_again_under_its_key_is_the_same_page_when_nothing_is_left(shop: Shop) -> None:
    sale, call = shop.sells(1, 2_000), "00000000-0000-4000-8000-00000000000a"
    first = sale.ask("武汉", call=call)
    again = sale.ask("武汉", call=call)
    assert (again.status_code, again.headers["tongqu-repeated"], again.content) == (200, "true", first.content)
    assert len(sale.receipts()) == 1


def test_of_many_at_once_none_is_refused_while_a_row_is_left(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is begun while five are left; the later ones are run once more for what those before them left over."""
    sale, both, read = shop.sells(5, 2_000), threading.Barrier(2), QueryEngine.read
    begun = itertools.count()

    def at_once(engine: QueryEngine, *told: Any) -> Any:
        if next(begun) < 4:  # two at a time of one contract
            both.wait(60)
        return read(engine, *told)

    monkeypatch.setattr(QueryEngine, "read", at_once)

    async def story() -> list[Any]:
        return await asyncio.gather(*(sale.query("武汉") for _ in range(4)))

    answers = shop.run(story())
    pages = sorted(len(answer.json()["rows"]) for answer in answers if answer.status_code == 200)
    assert pages == [1, 2, 2]
    assert [codes(answer) for answer in answers if answer.status_code != 200] == [["calls-exhausted"]]
    assert sum(each["body"]["units"] for each in sale.receipts()) == 5
