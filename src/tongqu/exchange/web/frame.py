"""What every page shows around its matter: ways, language, for whom one acts, the head of the evidence log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache as once
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web import nav

HEAD_SECONDS = 5


@dataclass(frozen=True)
class Acting:
    """For which organisation, in which roles, the signed-in person acts. A middleware sets `request.acting` to it."""

    organisation_id: int
    organisation: str
    roles: frozenset[str]
    roles_words: Words


@dataclass(frozen=True)
class LogHead:
    """What the log last signed of itself: number of facts, root in hex, when the last of them happened."""

    size: int
    root: str
    at: datetime | None


def log_head() -> LogHead | None:
    """The newest checkpoint, at most some seconds old. None before the first."""
    found = cache.get("log-head")
    if found is None:
        found = _read_head() or False
        cache.set("log-head", found, HEAD_SECONDS)
    return found or None


def _read_head() -> LogHead | None:
    newest = evidence.checkpoint()
    if newest is None:
        return None
    last = evidence.follow(newest.size - 2, limit=1)
    return LogHead(newest.size, newest.root.hex(), last[0].at if last else None)


@once
def is_sample() -> bool:
    """Whether this is the sample market, whose earlier dates are simulated: every page says so."""
    return (settings.VAR / "demo" / "card.json").exists()


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: `frame`, `acting`, `now`, and whether mail and sign-up are open."""
    acting: Acting | None = getattr(request, "acting", None)
    roles = acting.roles if acting else frozenset()
    english = (get_language() or "").startswith("en")
    other = "zh-hans" if english else "en"
    back = urlencode({"next": request.get_full_path() if request.method == "GET" else "/"})
    return {
        "now": timezone.now(),
        "acting": acting,
        "mail": settings.MAIL,
        "signup_open": settings.SIGNUP_OPEN,
        "frame": {
            "sample": is_sample(),
            "subtitle": Words(settings.TONGQU_SUBTITLE_ZH, settings.TONGQU_SUBTITLE_EN),
            "nav": nav.links(nav.DESKS if acting else nav.PUBLIC, roles, request),
            "account": nav.links(nav.ACCOUNT, roles, request),
            "foot": nav.links(nav.FOOT, roles, request),
            "other_language": other,
            "switch_href": f"{reverse('language', args=[other])}?{back}",
            "log": SimpleLazyObject(log_head),
        },
    }
