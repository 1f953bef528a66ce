"""How often one may call: per key, and per address without one. Counted in windows of a minute.

Each worker counts for itself and tells the others through the cache after every twentieth part of the limit, so that
a quiet caller costs no query. The count of all workers may therefore be short by a twentieth for each other worker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.errors import Throttled
from ninja.throttling import BaseThrottle

WINDOW_SECONDS = 60
PREFIX_CHARS = 13  # `tq_` and ten characters: which key it is, and nothing of its secret
COUNTED_MAX = 20_000


@dataclass
class _Count:
    """Calls of one caller in the current window: known of all workers, and our own not yet told."""

    shared: int = 0
    untold: int = 0


class Limit(BaseThrottle):
    """At most `a_minute` calls in each minute by whomever `who` names; None is not counted here."""

    def __init__(self, name: str, a_minute: int, who: Callable[[HttpRequest], str | None]) -> None:
        self.name, self.a_minute, self.who = name, a_minute, who
        self._window = 0
        self._counts: dict[str, _Count] = {}
        self._lock = threading.Lock()

    def allow_request(self, request: HttpRequest) -> bool:
        caller = self.who(request)
        if caller is None:
            return True
        window = int(time.time()) // WINDOW_SECONDS
        with self._lock:
            count = self._count(caller, window)
            count.untold += 1
            telling = count.untold >= max(1, self.a_minute // 20)
            if telling:
                told, count.untold = count.untold, 0
        if telling:
            count.shared = self._tell(caller, window, told)
        return count.shared + count.untold <= self.a_minute

    def _count(self, caller: str, window: int) -> _Count:
        if window != self._window or len(self._counts) > COUNTED_MAX:
            self._window, self._counts = window, {}
        return self._counts.setdefault(caller, _Count())

    def _tell(self, caller: str, window: int, told: int) -> int:
        key = f"api-limit/{self.name}/{caller}/{window}"
        total = int(cache.get(key) or 0) + told
        cache.set(key, total, 2 * WINDOW_SECONDS)
        return total

    def wait(self) -> float:
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS


def _key(request: HttpRequest) -> str | None:
    return getattr(request, "api_key", None)


def address(request: HttpRequest) -> str:
    """Where a call comes from: what the operator's own proxies say, or the peer; never what the caller writes itself."""
    if settings.PROXIES:
        told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(told) >= settings.PROXIES and told[-settings.PROXIES]:
            return told[-settings.PROXIES][:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def _without_key(request: HttpRequest) -> str | None:
    return None if _key(request) else address(request)


PER_KEY = Limit("key", 1_200, _key)
PER_ADDRESS = Limit("address", 240, _without_key)
REFUSED_KEYS = Limit("refused-key", 60, address)


def count_refused_key(request: HttpRequest) -> None:
    """Raises Throttled for an address that tries many keys that do not open."""
    if not REFUSED_KEYS.allow_request(request):
        raise Throttled(wait=int(REFUSED_KEYS.wait()) + 1)
