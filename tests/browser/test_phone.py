"""What is long or wide stays inside a phone's window: names of fields, and the figures of an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.browser.conftest import PHONE
from tests.web import market as markets
from tongqu.wire.source import Column, ColumnProfile

LONG = "Lagging_Current_Reactive_Power_kVarh_Of_The_Day"


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def signed_in(page: Any, client: Any, site: str) -> None:
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])


@pytest.mark.django_db(transaction=True)
def test_long_names_wrap_and_the_balance_stays_on_a_phone(
    visit: Callable[..., Any], site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = replace(markets.SOURCE, columns=(*markets.SOURCE.columns, Column(LONG, "number")))
    measure = markets.profile

    def measured(at: Any) -> Any:
        found = measure(at)
        power = ColumnProfile(LONG, "number", 0, 8_000, "0.00", "96912345.13", None, None, False)
        return replace(found, columns=(*found.columns, power))

    monkeypatch.setattr(markets, "SOURCE", wide)
    monkeypatch.setattr(markets, "profile", measured)
    market = markets.Market()
    market.at(markets.NOW - timedelta(days=1))
    items = [{"name": name, "type": "text"} for name in ("ID", "late", LONG)]
    resource = market.resource("seller", items=items)
    product = market.product("seller", resource=resource)
    market.fund("seller", "1234567.89")
    page = visit(f"/products/{product}", size=PHONE)
    assert LONG in page.locator("main").inner_text()
    assert overflow(page) <= 0
    signed_in(page, market.client("seller"), site)
    for address in (f"/desk/resource/{resource}", f"/desk/listing/{product}", "/desk/account?since=2026-01-01"):
        visit(address, keep=page)
        assert overflow(page) <= 0, address
    foot = page.locator("tfoot").inner_text()
    assert foot.count("1,234,567.89") >= 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 1200, 1000])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_ways_of_an_office_with_many_keep_clear_of_its_name(
    visit: Callable[..., Any], site: str, language: str, width: int
) -> None:
    market = markets.Market()
    page = visit("/", language=language, size=(width, 900))
    signed_in(page, market.client("exchange"), site)
    visit("/desk", keep=page)
    ways, right = page.locator("nav.nav-wide"), page.locator(".top-right")
    assert overflow(page) <= 0
    if ways.is_visible():
        last = ways.locator("a").last.bounding_box()
        assert last["x"] + last["width"] <= right.bounding_box()["x"] + 0.5  # parts of a pixel are rounded apart
    else:
        assert page.locator(".nav-phone").is_visible()
