"""Pages in a real browser: Debian's Chromium, driven by Playwright, against a live server.

Where there is no Chromium the tests are skipped and the number is said at the end; with CI=true a skip is a failure.
Pictures go to /tmp/tongqu-pictures.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils.translation import trans_real

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = os.environ.get("TONGQU_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
PICTURES = Path(os.environ.get("TONGQU_PICTURES", "/tmp/tongqu-pictures"))
WIDE, PHONE = (1366, 900), (390, 844)
IN_CI = os.environ.get("CI", "").lower() == "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window. Skips, or fails in CI, where it is not installed."""
    if not CHROMIUM:
        message = "no Chromium here: install the package `chromium`, or set TONGQU_CHROMIUM"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    # Playwright's own loop would make Django refuse its database in this thread; nothing here is really asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture(scope="session", autouse=True)
def catalogue_is_built() -> None:
    from tongqu.exchange.web import translations

    translations.build()
    trans_real._translations.clear()  # type: ignore[attr-defined]
    trans_real._default = None  # type: ignore[attr-defined]


@pytest.fixture
def site(live_server: Any, settings: Any, tmp_path: Path) -> str:
    """The address of the exchange under test, with static files as they lie in the source."""
    settings.STATIC_ROOT = tmp_path
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return str(live_server.url)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """`visit("/", language="en", size=PHONE)` opens a page as a new visitor; `keep=page` stays with that one's cookies.

    A page that logs an error to its console (a refused inline style, a missing file, a broken script) fails the test.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(
        address: str, *, language: str = "zh-hans", size: tuple[int, int] = WIDE, keep: Page | None = None
    ) -> Page:
        if keep is None:
            context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
            context.add_cookies([{"name": "language", "value": language, "url": site}])
            contexts.append(context)
            page = context.new_page()
            page.on("console", lambda m: faults.append(f"{page.url}: {m.text}") if m.type == "error" else None)
            page.on("pageerror", lambda e: faults.append(f"{page.url}: {e}"))
        else:
            page = keep
        page.goto(site + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], Path]:
    """`picture(page, "home-wide")` keeps the whole page as a PNG for people to judge."""

    def take(page: Page, name: str) -> Path:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [r for r in terminalreporter.getreports("skipped") if "tests/browser" in r.nodeid]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} browser tests skipped: no Chromium here")
