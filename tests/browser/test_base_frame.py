"""The frame in a browser: both languages, a wide screen and a phone, keyboard alone, and colours one can read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tests.browser.conftest import PHONE, WIDE
from tongqu.exchange.web import errors, styleguide, urls

pytestmark = pytest.mark.django_db(transaction=True)

VISITS = [(language, size) for language in ("zh-hans", "en") for size in (WIDE, PHONE)]
NAMES = {WIDE: "wide", PHONE: "phone"}

# Contrast of every text on its ground, by WCAG 2.2; answers what fails.
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


def guide(request: HttpRequest) -> HttpResponse:
    return styleguide.styleguide(request)


class WithGuide:
    """The addresses of the exchange, and the guide that is otherwise served in DEBUG only."""

    urlpatterns: ClassVar[list[Any]] = [*urls.urlpatterns, path("styleguide", guide)]
    handler404 = staticmethod(errors.not_found)
    handler500 = staticmethod(errors.server_error)


@pytest.fixture(autouse=True)
def guide_is_served(settings: Any) -> None:
    settings.ROOT_URLCONF = WithGuide


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("language", "size"), VISITS)
@pytest.mark.parametrize("address", ["/", "/styleguide", "/account/login/", "/account/signup/"])
def test_nothing_scrolls_sideways_and_all_text_can_be_read(
    visit: Callable[..., Any], picture: Callable[..., Any], address: str, language: str, size: tuple[int, int]
) -> None:
    page = visit(address, language=language, size=size)
    page.wait_for_load_state("networkidle")
    picture(page, f"{address.strip('/').replace('/', '-') or 'home'}-{language}-{NAMES[size]}")
    assert overflow(page) <= 0
    assert page.evaluate(CONTRAST) == []
    assert page.locator("html").get_attribute("lang") == ("en" if language == "en" else "zh-CN")
    assert page.locator("h1").count() >= 1


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_keyboard_reaches_the_ways_the_language_and_the_content(
    visit: Callable[..., Any], size: tuple[int, int]
) -> None:
    page = visit("/", size=size)
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(document.activeElement.textContent || '').trim().slice(0, 12)"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        if page.evaluate("document.activeElement !== document.body"):
            assert outline != "none", f"no focus to be seen on {seen[-1]}"
    assert seen[0] == "跳到正文"
    assert "EN" in seen
    assert "登录" in seen
    assert ("菜单" if size == PHONE else "首页") in seen


def test_the_skip_link_leads_to_the_content(visit: Callable[..., Any]) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_language_is_switched_by_keyboard_and_stays(visit: Callable[..., Any]) -> None:
    page = visit("/account/login/")
    page.get_by_label("Read in English").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/login/")
    assert page.locator("h1").inner_text() == "Sign in"
    page.get_by_label("阅读中文版").click()
    page.wait_for_function("document.documentElement.lang === 'zh-CN'")


def test_the_phone_menu_opens_and_closes_by_keyboard(visit: Callable[..., Any]) -> None:
    page = visit("/", size=PHONE)
    menu = page.locator("details.nav-phone")
    assert menu.locator("a").first.is_hidden()
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.locator("a").first.is_visible()
    assert overflow(page) <= 0
    page.keyboard.press("Escape")
    assert menu.locator("a").first.is_hidden()


def test_a_table_keeps_three_columns_on_a_phone(visit: Callable[..., Any]) -> None:
    page = visit("/styleguide", size=PHONE)
    heads = "[...document.querySelector('.card.flush table.t thead tr').children]"
    shown = page.evaluate(heads + ".filter((e) => getComputedStyle(e).display !== 'none').length")
    assert shown <= 3


def test_without_script_the_pages_still_work(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "/")
    page.get_by_role("link", name="登录").first.click()
    assert page.locator("h1").inner_text() == "登录"
    context.close()


def test_the_error_page_is_readable(browser: Any, site: str) -> None:
    page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    page.goto(site + "/nowhere")
    assert "没有这个页面" in page.locator("h1").inner_text()
    assert overflow(page) <= 0
    assert page.evaluate(CONTRAST) == []
    page.close()


def test_signing_in_through_the_page(visit: Callable[..., Any], django_user_model: Any) -> None:
    django_user_model.objects.create_user("demo-clerk", password="yun-meng-ze-2026-kai", full_name="示例经办")
    page = visit("/account/login/")
    page.get_by_label("用户名或邮箱").fill("demo-clerk")
    page.get_by_label("密码").fill("yun-meng-ze-2026-kai")
    page.get_by_role("button", name="登录").click()
    page.locator(".who").click()
    assert page.get_by_role("link", name="两步验证").is_visible()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("link", name="登录").first.wait_for()
