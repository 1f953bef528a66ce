"""What every answer carries: the content policy, permissions, and a number by which the log knows the request."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

# No inline script and no inline style anywhere: styles come from theme.css, pictures use SVG attributes.
CONTENT_POLICY = "; ".join(
    [
        "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
        "connect-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
    ]
)  # fmt: skip
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"

Answer = Callable[[HttpRequest], HttpResponse]


def reference(answer: Answer) -> Answer:
    """Gives the request a short number: on error pages, in the log, in `X-Request-ID`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.reference = secrets.token_hex(6)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request.reference)  # type: ignore[attr-defined]
        response = answer(request)
        response["X-Request-ID"] = request.reference  # type: ignore[attr-defined]
        return response

    return middleware


def policies(answer: Answer) -> Answer:
    """A view may set its own, stricter `Content-Security-Policy`; what the signed-in see is kept by no cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
