"""Asks for errands inside the caller's transaction, and runs them after it, at least once, with growing pauses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from tongqu.exchange.bedrock.errands.guard import Forbidden, Target, guard
from tongqu.exchange.bedrock.errands.models import ErrandRow

TRIES_MAX = 8
ANSWER_BYTES_MAX = 64 * 1024
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
TASK = "tongqu.errand"


@dataclass(frozen=True)
class Errand:
    """An errand as people see it. `last_answer` says what the other side answered, without its content."""

    id: int
    kind: str
    key: str
    url: str
    status: str
    tries: int
    last_answer: str
    asked_at: datetime
    tried_at: datetime | None


class NotYet(RuntimeError):
    """The call did not go through; the worker tries again."""


def send(kind: str, *, key: str, url: str, body: dict[str, Any], at: datetime) -> bool:
    """Asks for a call after commit. A key that is known is not asked for again: False. Raises Forbidden at once."""
    guard(url, allow=settings.ERRAND_ALLOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into bedrock_errand (kind, key, url, body, status, tries, last_answer, asked_at)"
            " values (%s, %s, %s, %s, 'waiting', 0, '', %s) on conflict (key) do nothing returning id",
            [kind, key, url, json.dumps(body, ensure_ascii=False), at],
        )
        made = cursor.fetchone()
    if made is None:
        return False
    app.configure_task(TASK).defer(errand=made[0])
    return True


def run(errand_id: int) -> None:
    """One try. Raises NotYet while tries are left; after the last, the errand is stuck and shown to people."""
    row = ErrandRow.objects.get(pk=errand_id)
    if row.status == ErrandRow.DONE:
        return
    row.tries += 1
    row.tried_at = timezone.now()
    try:
        status = _call(guard(row.url, allow=settings.ERRAND_ALLOW), row)
        row.last_answer = f"HTTP {status}"
        done = 200 <= status < 300
    except (httpx.HTTPError, Forbidden, AnswerTooLong) as error:
        row.last_answer = type(error).__name__
        done = False
    row.status = ErrandRow.DONE if done else ErrandRow.STUCK if row.tries >= TRIES_MAX else ErrandRow.WAITING
    row.save(update_fields=["tries", "tried_at", "last_answer", "status"])
    if row.status == ErrandRow.WAITING:
        raise NotYet(row.last_answer)


class AnswerTooLong(RuntimeError):
    """The other side answered with more than we read."""


def _call(target: Target, row: ErrandRow) -> int:
    """To the checked address itself, with the name in Host and TLS; no redirect is followed."""
    literal = f"[{target.address}]" if ":" in target.address else target.address
    headers = {"Host": f"{target.host}:{target.port}", "Idempotency-Key": row.key, "Content-Type": "application/json"}
    with (
        httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "POST", f"{target.scheme}://{literal}:{target.port}{target.path}", content=json.dumps(row.body, ensure_ascii=False),
            headers=headers, extensions={"sni_hostname": target.host},
        ) as answer,
    ):
        read = 0
        for chunk in answer.iter_bytes(8192):
            read += len(chunk)
            if read > ANSWER_BYTES_MAX:
                raise AnswerTooLong
        return answer.status_code


def stuck(limit: int = 100) -> list[Errand]:
    """Errands that gave up, the newest first."""
    return [_errand(row) for row in ErrandRow.objects.filter(status=ErrandRow.STUCK).order_by("-asked_at")[:limit]]


def retry(errand_id: int) -> None:
    """Gives a stuck errand all its tries again."""
    if ErrandRow.objects.filter(pk=errand_id, status=ErrandRow.STUCK).update(status=ErrandRow.WAITING, tries=0):
        app.configure_task(TASK).defer(errand=errand_id)


def _errand(row: ErrandRow) -> Errand:
    return Errand(
        row.pk, row.kind, row.key, row.url, row.status, row.tries, row.last_answer, row.asked_at, row.tried_at
    )
