"""Who calls: an API key in `Authorization: Bearer tq_…`. A key acts for one party within its roles, without second factor."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.members import mandates
from tongqu.exchange.web.api import limits


class Key(HttpBearer):
    """Refuses with 401 whatever is wrong with the key: which of the reasons it is helps nobody but a thief."""

    openapi_description = "API key of a party, made on the desk under keys."

    def authenticate(self, request: HttpRequest, token: str) -> Any | None:
        found = mandates.authenticate(token, at=timezone.now())
        if found is None:
            limits.count_refused_key(request)
        else:
            request.api_key = token[: limits.PREFIX_CHARS]  # type: ignore[attr-defined]
        return found


def actor(request: HttpRequest) -> Actor:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Actor)
    return found
