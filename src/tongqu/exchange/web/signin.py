"""What signing up asks beyond name and password, and where people go afterwards.

Signing up makes a person without any mandate: such a person can look, and can apply for the admission of an
organisation.
"""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import get_language

from tongqu.exchange.bedrock.values import Words

log = structlog.get_logger("signin")


def here(words: Words) -> str:
    return words.of(get_language())


class Names(forms.Form):
    """The part of the sign-up form that is ours."""

    full_name = forms.CharField(max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    field_order = ["full_name", "username", "email", "password1", "password2"]  # noqa: RUF012 - allauth reads it as a list

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["full_name"].label = here(Words("姓名", "Full name"))

    def signup(self, request: HttpRequest, user: Any) -> None:
        user.full_name = self.cleaned_data["full_name"]
        user.save(update_fields=["full_name"])


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Coming in and failing to are lines of the log, by the person's number. What was typed is not: people type passwords there."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        log.info("signed in", person=user.pk, address=self.get_client_ip(request))
        return super().post_login(request, user, **kwargs)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        tried = str(credentials.get("username") or credentials.get("email") or "")
        known = (
            get_user_model()
            .objects.filter(Q(username__iexact=tried) | Q(email__iexact=tried))
            .values_list("pk", flat=True)
        )
        log.warning("sign-in failed", person=known.first(), address=self.get_client_ip(request))
        super().authentication_failed(request, **credentials)


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    def get_totp_issuer(self) -> str:
        return "Tongqu"


class Repetition:
    """Refuses passwords that repeat a short piece: 'abcabcabcabc' is long and no better than 'abc'."""

    def validate(self, password: str, user: Any = None) -> None:
        if any(password == (password[:n] * len(password))[: len(password)] for n in range(1, min(5, len(password)))):
            raise ValidationError(
                here(Words("密码只是在重复同一小段。", "The password only repeats a short piece.")), code="repetition"
            )

    def get_help_text(self) -> str:
        return here(Words("不要重复同一小段。", "Do not repeat a short piece."))
