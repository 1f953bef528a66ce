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
    page.wait_for_selector("#operations-Contract\\ negotiation-negotiation_verify, .opblock", timeout=30_000)
    assert page.locator(".opblock").count() > 100
    assert errors == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
    page.close()
