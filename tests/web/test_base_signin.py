"""Coming in: a good password, a second factor, a pause after wrong tries, and an end to every session."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as house
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from structlog.testing import capture_logs

from tongqu.exchange.web import sessions

pytestmark = pytest.mark.django_db
PASSWORD = "yun-meng-ze-2026-kai"


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def clerk() -> Any:
    return get_user_model().objects.create_user(
        "demo-clerk", email="clerk@demo.example", password=PASSWORD, full_name="示例经办"
    )


def enter(client: Client, login: str = "demo-clerk", password: str = PASSWORD) -> Any:
    return client.post("/account/login/", {"login": login, "password": password})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["demo-clerk", "DEMO-Clerk", "clerk@demo.example"])
def test_name_or_mail_and_password_let_in(client: Client, clerk: Any, login: str) -> None:
    assert enter(client, login).status_code == 302
    assert signed_in(client)
    assert "示例经办" in client.get("/").text


def test_a_stranger_and_a_wrong_password_get_the_same_answer(client: Client, clerk: Any) -> None:
    wrong = enter(client, password="not-the-password-1")
    unknown = enter(client, login="nobody-here", password="not-the-password-1")
    assert wrong.status_code == unknown.status_code == 200
    said = [part for part in wrong.text.splitlines() if 'role="alert"' in part]
    assert said
    assert said == [part for part in unknown.text.splitlines() if 'role="alert"' in part]


def test_coming_in_and_failing_to_are_lines_of_the_log_without_what_was_typed(client: Client, clerk: Any) -> None:
    with capture_logs() as lines:
        enter(client, password="not-the-password-1")
        enter(client, login="my-secret-typed-here", password="not-the-password-1")
        enter(client)
    told = [(line["event"], line.get("person")) for line in lines if "sign" in line["event"]]
    assert told == [("sign-in failed", clerk.pk), ("sign-in failed", None), ("signed in", clerk.pk)]
    assert "my-secret-typed-here" not in str(lines)
    assert "not-the-password-1" not in str(lines)


def test_five_wrong_tries_pause_the_account_even_for_the_right_password(client: Client, clerk: Any) -> None:
    for _ in range(5):
        enter(client, password="not-the-password-1")
    enter(client)
    assert not signed_in(client)
    cache.clear()  # the pause is over
    enter(client)
    assert signed_in(client)


def test_the_tries_are_counted_for_all_workers_in_one_unlogged_table() -> None:
    cache.set("seen-by-all", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'web_cache'")
        assert cursor.fetchone() == ("u",)
        cursor.execute("SELECT count(*) FROM web_cache")
        assert cursor.fetchone()[0] == 1


@pytest.mark.parametrize(
    "weak", ["short-1a", "password1234", "123456789012", "abcabcabcabcabc", "aaaaaaaaaaaaaaa", "demo-clerk-2026"]
)
def test_a_weak_password_is_refused(clerk: Any, weak: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(weak, clerk)


def test_a_long_plain_sentence_is_welcome(clerk: Any) -> None:
    validate_password("长江大桥在一九五七年通车了", clerk)


def test_signing_up_makes_a_person_without_any_power(client: Client) -> None:
    answer = client.post(
        "/account/signup/",
        {"full_name": "示例新人", "username": "demo-new", "email": "", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert answer.status_code == 302
    person = get_user_model().objects.get(username="demo-new")
    assert person.full_name == "示例新人"
    assert not person.is_staff
    assert not person.is_superuser


def test_sign_up_can_be_closed(client: Client, settings: Any) -> None:
    settings.SIGNUP_OPEN = False
    assert "不开放自行注册" in client.get("/account/signup/").text
    client.post(
        "/account/signup/", {"full_name": "x", "username": "demo-new", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not get_user_model().objects.exists()


def code_for(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, list(totp.yield_hotp_counters_from_time())[1]))


def test_the_second_factor_is_bound_then_asked_for(client: Client, clerk: Any) -> None:
    enter(client)
    client.get("/account/email/")  # an address that nobody could verify is no obstacle where there is no mail
    asked = client.get("/account/mfa/totp/activate/")
    assert asked["Location"].startswith("/account/reauthenticate/"), "the password is asked once more"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    form = client.get("/account/mfa/totp/activate/")
    assert "data:image/svg+xml" in form.text
    secret = client.session["mfa.totp.secret"]
    done = client.post("/account/mfa/totp/activate/", {"code": code_for(secret)})
    assert done.status_code == 302
    assert Authenticator.objects.filter(user=clerk, type=Authenticator.Type.RECOVERY_CODES).exists()
    cache.clear()  # a code works once; the next sign-in would wait half a minute
    other = Client()
    enter(other)
    assert not signed_in(other)
    assert "动态验证码" in other.get("/account/mfa/authenticate/").text
    other.post("/account/mfa/authenticate/", {"code": "000000"})
    assert not signed_in(other)
    other.post("/account/mfa/authenticate/", {"code": code_for(secret)})
    assert signed_in(other)


def test_a_recovery_code_works_once(client: Client, clerk: Any) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    totp.TOTP.activate(clerk, totp.generate_totp_secret())
    code = RecoveryCodes.activate(clerk).get_unused_codes()[0]
    for expected in (True, False):
        other = Client()
        enter(other)
        other.post("/account/mfa/authenticate/", {"code": code})
        assert signed_in(other) is expected
    assert get_adapter().get_totp_issuer() == "Tongqu"


def test_one_sees_ones_devices_and_can_sign_the_others_out(clerk: Any) -> None:
    here, there = Client(), Client()
    enter(here)
    enter(there)
    there.get("/")
    page = here.get("/account/sessions/")
    assert "退出其他设备" in page.text
    here.post("/account/sessions/")
    assert "示例经办" not in there.get("/").text
    assert "示例经办" in here.get("/").text


def test_a_session_ends_without_use_and_after_a_working_day(
    client: Client, clerk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = int(time.time())
    enter(client)

    def at(hours: float) -> bool:
        monkeypatch.setattr(sessions.time, "time", lambda: start + hours * 3600)
        return "示例经办" in client.get("/").text

    assert at(0)
    assert at(7)
    assert at(11.9)  # in use all along
    assert not at(12.1)
    enter(client)
    assert at(13)
    assert not at(21.2)


def test_reading_a_page_does_not_write_the_session(client: Client, clerk: Any) -> None:
    enter(client)
    client.get("/")
    before = client.session.get(sessions.SEEN)
    client.get("/")
    assert client.session.get(sessions.SEEN) == before


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client, clerk: Any) -> None:
    enter(client)
    cookie = client.cookies[house.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "address", ["/account/mfa/", "/account/sessions/", "/account/password/change/", "/account/email/"]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_account_pages_open_in_both_languages(client: Client, clerk: Any, address: str, language: str) -> None:
    client.get(f"/language/{language}")
    enter(client)
    answer = client.get(address)
    assert answer.status_code == 200
    assert " style=" not in answer.text
    if language == "en":
        text = re.sub(r"示例经办|中文", "", answer.text)
        assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"<[^>]*>", "", text))


def test_signing_out_needs_a_post(client: Client, clerk: Any) -> None:
    enter(client)
    client.get("/account/logout/")
    assert signed_in(client)
    client.post("/account/logout/")
    assert not signed_in(client)


def test_without_mail_nobody_is_promised_a_letter(client: Client) -> None:
    assert "没有接通邮件" in client.get("/account/password/reset/").text
    assert "忘记密码" not in client.get("/account/login/").text
