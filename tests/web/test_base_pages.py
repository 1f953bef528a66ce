"""The frame of every page: language, headers, errors, health, and parts that stay as they were vendored."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.urls import path

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web import assets, errors, frame, health, nav, urls

STATIC = Path(errors.__file__).parent / "static" / "web"
pytestmark = pytest.mark.django_db


def test_chinese_comes_first_whatever_the_browser_prefers(client: Client) -> None:
    answer = client.get("/", headers={"accept-language": "en-US,en"})
    assert '<html lang="zh-CN">' in answer.text
    assert answer["Content-Language"] == "zh-CN"
    assert "数据留在原处" in answer.text


def test_english_by_choice_is_remembered_and_leads_back(client: Client) -> None:
    answer = client.get("/language/en", {"next": "/account/login/?next=/x"})
    assert answer["Location"] == "/account/login/?next=/x"
    page = client.get("/account/login/")
    assert '<html lang="en">' in page.text
    assert "User name or e-mail" in page.text
    assert not re.search(r">[^<]*[\u4e00-\u9fff][^<]*<", page.text.replace(">中文<", "><"))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_language_switch_leads_nowhere_else(client: Client, elsewhere: str) -> None:
    assert client.get("/language/en", {"next": elsewhere})["Location"] == "/"


def test_there_are_two_languages(client: Client) -> None:
    assert client.get("/language/fr").status_code == 404


@pytest.mark.parametrize("address", ["/", "/account/login/", "/health/live", "/nowhere"])
def test_every_answer_carries_the_policies(client: Client, address: str) -> None:
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-f]{12}", answer["X-Request-ID"])


@pytest.mark.parametrize("address", ["/", "/account/login/", "/account/signup/", "/nowhere"])
def test_no_page_has_inline_style_or_script(client: Client, address: str) -> None:
    text = client.get(address).text
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert "<style" not in text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_an_anonymous_visit_leaves_no_cookie(client: Client) -> None:
    client.get("/")
    assert not client.cookies


def test_what_the_signed_in_see_is_kept_by_no_cache(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("demo", password=secrets.token_hex(8)))
    assert client.get("/")["Cache-Control"] == "private, no-store"


def test_a_missing_page_says_so_in_both_languages_with_a_code_and_a_way_back(client: Client) -> None:
    chinese = client.get("/nowhere")
    assert chinese.status_code == 404
    assert "没有这个页面" in chinese.text
    assert "not-found" in chinese.text
    assert chinese["X-Request-ID"] in chinese.text
    assert 'href="/"' in chinese.text
    client.get("/language/en")
    assert "There is no such page" in client.get("/nowhere").text


def test_a_form_without_its_token_is_explained() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/account/login/", {"login": "x", "password": "y"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.text
    assert "csrf" in answer.text


def boom(request: Any) -> Any:
    raise RuntimeError("canary-detail")


class Broken:
    urlpatterns: ClassVar[list[Any]] = [*urls.urlpatterns, path("boom", boom)]
    handler500 = staticmethod(errors.server_error)


def test_a_failure_shows_a_number_and_no_detail(settings: Any) -> None:
    settings.ROOT_URLCONF = Broken
    answer = Client(raise_request_exception=False).get("/boom")
    assert answer.status_code == 500
    assert "server-error" in answer.text
    assert answer["X-Request-ID"] in answer.text
    assert "canary-detail" not in answer.text


@pytest.mark.parametrize("failure", [v for v in vars(errors).values() if isinstance(v, errors.Failure)])
def test_the_error_page_needs_neither_database_nor_session(failure: errors.Failure) -> None:
    answer = errors.page(RequestFactory().get("/x"), failure)
    assert answer.status_code == failure.status
    assert failure.words.zh in answer.content.decode()


def test_a_program_gets_the_failure_as_problem_json(client: Client) -> None:
    answer = errors.page(RequestFactory().get("/api/x"), errors.NOT_FOUND)
    assert answer["Content-Type"] == "application/problem+json"
    assert b'"code": "not-found"' in answer.content


def test_life_needs_no_database(django_db_blocker: Any) -> None:
    with django_db_blocker.block():
        assert health.live(RequestFactory().get("/health/live")).status_code == 200


def test_ready_means_every_check_is_well(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_checks", {})
    answer = client.get("/health/ready")
    assert answer.json() == {"ready": True, "checks": {"database": "ok", "migrations": "ok"}}
    health.add("integrator", lambda: "no progress for 40 s")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["integrator"] == "no progress for 40 s"


def test_a_check_that_breaks_is_a_check_that_fails_and_tells_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_checks", {"worker": lambda: 1 / 0})
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == "failed: ZeroDivisionError"


def test_a_missing_migration_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [1, 2])
    assert client.get("/health/ready").json()["checks"]["migrations"].startswith("2 not applied")


def test_the_bar_shows_what_the_roles_open(rf: RequestFactory) -> None:
    entries = [
        nav.Entry("home", Words("首页", "Home")),
        nav.Entry("account_login", Words("登记", "Registrations"), frozenset({"registrar"})),
    ]
    request = rf.get("/account/login/")
    assert [link.words.en for link in nav.links(entries, frozenset(), request)] == ["Home"]
    links = nav.links(entries, frozenset({"registrar"}), request)
    assert [(link.words.en, link.here) for link in links] == [("Home", False), ("Registrations", True)]


def test_the_foot_shows_what_the_log_last_signed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache

    cache.clear()
    assert "存证日志尚未签发" in client.get("/").text
    cache.clear()
    monkeypatch.setattr(frame, "_read_head", lambda: frame.LogHead(48217, "9f3c" + "0" * 56 + "e07a", None))
    text = client.get("/").text
    assert "存证日志 48,217 条" in text
    assert "9f3c…e07a" in text


def test_vendored_parts_are_what_the_list_says() -> None:
    rows = re.findall(r"`([\w./-]+)` \| `([0-9a-f]{64})`", (STATIC / "vendor" / "VENDORED.md").read_text())
    assert len(rows) == 3
    for name, digest in rows:
        file = STATIC / "vendor" / name
        assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
        assert (file.parent / "LICENSE").exists()


def test_no_typeface_and_no_style_comes_from_elsewhere() -> None:
    for sheet in STATIC.rglob("*.css"):
        text = sheet.read_text()
        assert "@font-face" not in text
        assert "@import" not in text
        assert not re.search(r"url\(\s*[\"']?(https?:)?//", text)


def test_static_files_are_collected_under_names_of_their_content(tmp_path: Path, settings: Any) -> None:
    from django.core.management import call_command

    settings.STATIC_ROOT = tmp_path
    assert assets.Assets().url("web/theme.css") == "/static/web/theme.css", "not collected yet: the plain name"
    call_command("collectstatic", interactive=False, verbosity=0)
    sheets = list((tmp_path / "web").glob("theme.*.css"))
    assert sheets
    assert sheets[0].with_name(sheets[0].name + ".gz").exists()
    assert assets.Assets().url("web/theme.css") == f"/static/web/{sheets[0].name}"


DEPLOY = {"TONGQU_PUBLIC_URL": "https://market.example", "TONGQU_SECRET_KEY": secrets.token_urlsafe(60)}


def deploy_check(**more: str) -> subprocess.CompletedProcess[str]:
    code = "import os, django; django.setup(); from django.core.management import call_command; "
    code += "call_command('check', deploy=True, fail_level='WARNING')"
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment | DEPLOY | more, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_deployment_check_is_clean_behind_https() -> None:
    done = deploy_check()
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_deployment_check_refuses_a_borrowed_key(tmp_path: Path) -> None:
    done = deploy_check(TONGQU_SECRET_KEY="", TONGQU_VAR=str(tmp_path))
    assert done.returncode != 0
    assert "tongqu.E001" in done.stderr
