"""Chinese first, English by choice. The choice is a cookie; what the browser prefers is not asked."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

CODES = frozenset(code for code, _ in settings.LANGUAGES)
YEAR_SECONDS = 365 * 24 * 3600


def chosen_language(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        with translation.override(chosen if chosen in CODES else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = answer(request)
            patch_vary_headers(response, ("Cookie",))
            response.setdefault("Content-Language", "en" if request.LANGUAGE_CODE == "en" else "zh-CN")
        return response

    return middleware


def choose(request: HttpRequest, code: str) -> HttpResponse:
    """`/language/en?next=/…` remembers the language and goes back. A link, so that it works without script."""
    if code not in CODES:
        raise Http404
    back = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SECURE, httponly=True
    )
    response["Cache-Control"] = "no-store"
    return response
