"""The API's own page reads its description and shows it, within the content policy and without another server."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.django_db(transaction=True)
def test_the_documentation_shows_every_act(live_server: Any, browser: Any) -> None:
    page = browser.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/api/docs")
    page.wait_for_selector(".opblock-tag", timeout=30_000)
    described = page.request.get(f"{live_server.url}/api/openapi.json").json()
    tags = {tag for path in described["paths"].values() for one in path.values() for tag in one.get("tags", ())}
    assert len(tags) > 60
    assert {each.get_attribute("data-tag") for each in page.locator(".opblock-tag").all()} >= tags
    page.locator('.opblock-tag[data-tag="Contract negotiation"]').click()
    page.wait_for_selector(".opblock", timeout=30_000)
    shown = {each.inner_text() for each in page.locator(".opblock-summary-path").all()}
    assert any("negotiation" in path and "verify" in path.replace("\u200b", "") for path in shown), shown
    assert errors == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
    page.close()
