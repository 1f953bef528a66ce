"""Asking for an errand: a row and a job, in the caller's transaction, so that both exist after commit or neither."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app

from tongqu.exchange.bedrock.errands.addresses import shape
from tongqu.exchange.bedrock.values import Words
from tongqu.wire.canonical import canonical
from tongqu.wire.seals import Signer, seal

QUEUE = "errands"
JOB = "tongqu.errand"
BODY_BYTES_MAX = 256 * 1024


class BadErrand(ValueError):
    """The errand cannot be kept as it was given: no key, or too large a body."""

    code = "bad-errand"
    mend = Words("请修正编号或缩短内容。", "Correct the key, or shorten the body.")

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


class NoTransaction(RuntimeError):
    """An errand was asked for outside a transaction, so it could be run for something that never happened."""

    code = "no-transaction"
    words = Words("对外通知必须与行为处于同一事务。", "An errand is asked for in the transaction of its act.")
    mend = Words("请在事务内调用。", "Call it inside a transaction.")


def send(kind: str, *, key: str, url: str, body: Mapping[str, Any], at: datetime, signer: Signer | None = None) -> bool:
    """Asks for a POST of `body` (canonical JSON) to `url` once the caller's transaction is committed.

    A key that is known is not asked for again, whatever the content: False. With a signer the body is sealed now. The
    name is not looked up here, since an act must not wait for DNS, nor fail with it.
    Raises NoTransaction, BadErrand, and Forbidden for an address that could never be called.
    """
    if not connection.in_atomic_block:
        raise NoTransaction(NoTransaction.words.en)
    shape(url)
    text = canonical(body).decode()
    _check(kind, key, text)
    sealed = json.dumps(seal(body, signer), separators=(",", ":")) if signer else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into bedrock_errand (kind, key, url, body, seal, status, tries, tries_max, asked_at, due_at)"
            " values (%s, %s, %s, %s, %s, 'waiting', 0, %s, %s, %s) on conflict (key) do nothing returning id",
            [kind, key, url, text, sealed, settings.ERRAND_TRIES_MAX, at, at],
        )
        made = cursor.fetchone()
    if made is None:
        return False
    defer(int(made[0]), at)
    return True


def _check(kind: str, key: str, text: str) -> None:
    if not (0 < len(kind) <= 40 and 0 < len(key) <= 160 and (kind + key).isprintable() and (kind + key).isascii()):
        raise BadErrand(
            Words("类别或编号为空、过长或含有特殊字符", "kind or key is empty, too long, or not plain ASCII")
        )
    if len(text.encode()) > BODY_BYTES_MAX or "\\u0000" in text:
        raise BadErrand(Words("内容过大或含有空字符", "the body is too large, or holds U+0000"))


def defer(errand_id: int, at: datetime) -> None:
    """A job for the worker, written through Django's connection: it becomes visible with the caller's commit."""
    app.configure_task(JOB, queue=QUEUE, schedule_at=at).defer(errand_id=errand_id)
