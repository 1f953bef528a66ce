"""Running errands: claim in one transaction, call in none, record in another.

A claim ends by itself, so a worker that dies in the middle delays its errand and does not lose it; the other side may
then be told twice, which is what the key in the header is for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from tongqu.exchange.bedrock.errands import calling
from tongqu.exchange.bedrock.errands.addresses import Forbidden, Resolver, UnknownHost, guard, look_up
from tongqu.exchange.bedrock.errands.calling import Answer
from tongqu.exchange.bedrock.errands.models import DONE, STUCK, WAITING, ErrandRow, ErrandTry
from tongqu.exchange.bedrock.errands.sending import defer
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.canonical import canonical

CLAIM_SECONDS = 90  # longer than a call and its look-up may take
FIRST_PAUSE_SECONDS, PAUSE_SECONDS_MAX = 10, 3_600
OVERDUE_SECONDS = 60


class NotStuck(LookupError):
    """There is no such errand, or it is waiting or done: nothing to retry."""

    code = "errand-not-stuck"
    words = Words("没有这项受阻的对外通知", "There is no such stuck errand")
    mend = Words("请刷新列表后再试。", "Read the list again.")


@dataclass(frozen=True)
class _Claim:
    id: int
    number: int
    kind: str
    key: str
    url: str
    body: Any
    seal: str

    @property
    def content(self) -> bytes:
        """The very bytes that were sealed."""
        return canonical(json.loads(self.body) if isinstance(self.body, str) else self.body)


def run(errand_id: int, *, at: datetime, resolver: Resolver = look_up) -> str | None:
    """Makes one try if the errand is due and nobody else is at it; its status then, or None when there was no try."""
    claim = _claim(errand_id, at)
    if claim is None:
        return None
    try:
        target = guard(claim.url, allow=settings.ERRAND_ALLOW, resolver=resolver)
    except Forbidden as refused:
        # Trying again cannot help: a person must change the address or the list of what is allowed.
        return _record(claim, Answer(None, refused.code), at, final=True)
    except UnknownHost as unknown:
        return _record(claim, Answer(None, unknown.code), at)
    return _record(claim, calling.call(target, claim.content, _headers(claim)), at)


def _claim(errand_id: int, at: datetime) -> _Claim | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update bedrock_errand set claimed_until = %s, tries = tries + 1"
            " where id = %s and status = 'waiting' and due_at <= %s and (claimed_until is null or claimed_until <= %s)"
            " and tries < tries_max returning id, tries, kind, key, url, body, seal",
            [at + timedelta(seconds=CLAIM_SECONDS), errand_id, at, at],
        )
        row = cursor.fetchone()
    return _Claim(*row) if row else None


def _headers(claim: _Claim) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "tongqu",
        "Idempotency-Key": claim.key,
    }
    return {**headers, "Tongqu-Signature": _signature(claim.seal)} if claim.seal else headers


def _signature(sealed: str) -> str:
    """The seal as one header: `alg=Ed25519, key=…, sig=…`."""
    return ", ".join(f"{name}={value}" for name, value in json.loads(sealed).items())


def _record(claim: _Claim, answer: Answer, at: datetime, *, final: bool = False) -> str:
    """Writes the try down and decides what comes next. A late failure does not undo what a later try achieved."""
    with transaction.atomic():
        errand = ErrandRow.objects.select_for_update().get(pk=claim.id)
        # Not plainly created: a sweep may have given this worker up for lost and said so in its place.
        ErrandTry.objects.update_or_create(
            errand=errand,
            number=claim.number,
            defaults={"at": at, "answered": answer.status, "error": answer.error[:200]},
        )
        if not answer.error:
            errand.status, errand.done_at = DONE, at
        elif errand.status == WAITING and errand.tries == claim.number:
            if final or errand.tries >= errand.tries_max:
                errand.status = STUCK
            else:
                errand.due_at = at + timedelta(seconds=pause_seconds(errand.tries))
                defer(errand.pk, errand.due_at)
        errand.claimed_until = None
        errand.save(update_fields=["status", "done_at", "due_at", "claimed_until"])
    return errand.status


def pause_seconds(tries: int) -> int:
    """How long to wait after so many tries: 10 s, doubled each time, at most an hour."""
    return int(min(FIRST_PAUSE_SECONDS * 2 ** (tries - 1), PAUSE_SECONDS_MAX))


def sweep(*, at: datetime, limit: int = 100) -> int:
    """Picks up errands whose job or worker was lost; those that used up their tries meanwhile are stuck. How many."""
    overdue = at - timedelta(seconds=OVERDUE_SECONDS)
    with transaction.atomic():
        lost = list(
            ErrandRow.objects.select_for_update(skip_locked=True)
            .filter(status=WAITING, due_at__lte=overdue)
            .exclude(claimed_until__gt=at)
            .order_by("due_at")[:limit]
        )
        for errand in lost:
            _pick_up(errand, at)
    return len(lost)


def _pick_up(errand: ErrandRow, at: datetime) -> None:
    if errand.claimed_until is not None:
        ErrandTry.objects.get_or_create(
            errand=errand, number=errand.tries, defaults={"at": at, "error": "the worker ended during the call"}
        )
    if errand.tries >= errand.tries_max:
        errand.status = STUCK
    else:
        defer(errand.pk, at)
        errand.due_at = at  # so that the next sweep leaves it alone for a while
    errand.claimed_until = None
    errand.save(update_fields=["status", "due_at", "claimed_until"])


def retry(errand_id: int, *, at: datetime) -> None:
    """Gives a stuck errand its tries once more. Raises NotStuck."""
    with transaction.atomic():
        errand = ErrandRow.objects.select_for_update().filter(pk=errand_id, status=STUCK).first()
        if errand is None:
            raise NotStuck(NotStuck.words.en)
        errand.status, errand.due_at = WAITING, at
        errand.tries_max = errand.tries + settings.ERRAND_TRIES_MAX
        errand.save(update_fields=["status", "due_at", "tries_max"])
        defer(errand.pk, at)
