"""How long a signed-in session lasts: some hours without use, and a working day at most."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

SINCE, SEEN = "signed-in-since", "last-seen"
# The stored session is written at most this often, so reading a page costs no write.
REFRESH_SECONDS = 300


def limits(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Signs out after SESSION_COOKIE_AGE without use and after SESSION_WHOLE_AGE in any case."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _keep(request, int(time.time()))
        return answer(request)

    return middleware


def _keep(request: HttpRequest, now: int) -> None:
    session = request.session
    since, seen = session.setdefault(SINCE, now), session.get(SEEN, now)
    if now - since > settings.SESSION_WHOLE_AGE or now - seen > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif SEEN not in session or now - seen > REFRESH_SECONDS:
        session[SEEN] = now
