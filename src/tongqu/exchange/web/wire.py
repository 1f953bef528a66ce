"""The door for nodes: `POST /wire/register` and `POST /wire/sync`. Sealed messages in, sealed messages out; no session.

A sync is one transaction: what the node told is kept before it is acknowledged, so nothing it forgets is lost.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongqu.exchange.bedrock import keys, law
from tongqu.exchange.bedrock.procedures import HOUSE, Held, NotNow, local_day, perform
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import consent
from tongqu.exchange.trading import delivery
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.wire.lease import Lease
from tongqu.wire.message import BadMessage, seal_message
from tongqu.wire.seals import BadSeal
from tongqu.wire.sync import (
    BODY_BYTES_MAX,
    PERMITS_MAX,
    NotFresh,
    Registered,
    StatementAck,
    SyncReply,
    key_text,
    open_register,
)


def _problem(status: int, code: str, words: Any, mend: Words) -> HttpResponse:
    body = {"type": f"/errors/{code}", "status": status, "code": code, "title": words.en, "title_zh": words.zh,
            "mend": mend.en, "mend_zh": mend.zh}  # fmt: skip
    return JsonResponse(body, status=status, content_type="application/problem+json")


_FORM = Words("按接口文档的格式发送。", "Send the documented form.")
_CLOCK = Words("校准时钟后用新的序号重发。", "Set the clock right and send again with a higher number.")
_KEY = Words("检查节点密钥，或由提供方重新发放注册密钥。", "Check the node's key, or have the provider enrol it again.")


_SPLIT = Words(
    f"一次同步最多 {BODY_BYTES_MAX // 2**20} MB；请将列很多的数据源分到几个节点。",
    f"One sync holds {BODY_BYTES_MAX // 2**20} MB at most; keep sources of very many columns at several nodes.",
)


class TooLarge(Exception):
    """The body is larger than anything a node says."""


def _body(request: HttpRequest) -> Any:
    """Read past Django's own limit, which is for forms and smaller than what a node may send."""
    content = request.read(BODY_BYTES_MAX + 1)
    if len(content) > BODY_BYTES_MAX:
        raise TooLarge
    return json.loads(content)


def _answered(answer: Any) -> Any:
    """Runs one exchange of messages; whatever is wrong with the message is answered as a problem."""

    def view(request: HttpRequest) -> HttpResponse:
        try:
            return JsonResponse(answer(_body(request), timezone.now()))
        except NotFresh as error:
            return _problem(409, error.code, error.words, _CLOCK)
        except BadMessage as error:
            return _problem(400, "bad-message", Words("报文格式不正确", str(error)[:300]), _FORM)
        except BadSeal:
            return _problem(
                401, "bad-seal", Words("签章与登记的节点密钥不符", "The seal is not that of the node's key"), _KEY
            )
        except nodes.BadEnrolment as error:
            return _problem(403, error.code, error.words, error.mend)
        except TooLarge:
            return _problem(413, "body-too-large", Words("报文过大", "The message is too large"), _SPLIT)
        except (ValueError, RecursionError):
            return _problem(400, "unreadable", Words("请求内容无法解析", "The request body cannot be read"), _FORM)

    return csrf_exempt(require_POST(view))


def take_register(sealed: Any, now: datetime) -> dict[str, Any]:
    told = open_register(sealed)
    made = nodes.register(sealed, at=now)
    signer = keys.signer("permits")
    answer = Registered(node=str(made.id), exchange_public_key=key_text(signer.public_bytes), nonce=told.nonce, at=now)
    return seal_message(answer, signer)


def take_sync(sealed: Any, now: datetime) -> dict[str, Any]:
    with transaction.atomic():
        heard = nodes.heard(sealed, at=now)
        acks = tuple(_acks(heard, now))
        _complete(heard, now)
        # Read before the permits: whoever is asked for a last statement was told with it that no more calls are allowed.
        tasks = nodes.tasks.open_of(heard.node_id)
        permits, cursor, more = delivery.permits_since(heard.node_id, heard.request.permit_cursor, PERMITS_MAX)
        chains = delivery.reports.chains_kept(heard.node_id, heard.request.chains, at=now)
        told = heard.request.consent_cursor
        consents = consent.part_for(heard.node_id, told, at=now) if told is not None and heard.serves else None
        signer = keys.signer("permits")
        reply = SyncReply(
            node=heard.request.node, sequence=heard.request.sequence, nonce=heard.request.nonce, at=now,
            lease=_lease(heard, now), permits=tuple(permits), permit_cursor=cursor, more=more,
            tasks=() if more else tasks, acks=acks, chains=chains,
            key_taken=heard.key_taken, exchange_keys=_announced(heard.request.exchange_key, signer.key_id), consents=consents,
        )  # fmt: skip
        return seal_message(reply, signer)


def _acks(heard: nodes.Heard, now: datetime) -> list[StatementAck]:
    taken = [delivery.reports.take_statement(heard.node_id, sealed, at=now) for sealed in heard.request.statements]
    return [ack for ack in taken if ack is not None]


def _complete(heard: nodes.Heard, now: datetime) -> None:
    """A delivery is complete when its node, asked for it, has made its last statement, and that has been taken.

    Under a hold it waits: the node is asked, and answers, until the hold is lifted.
    """
    waiting = delivery.completing(heard.node_id, heard.stated) if heard.stated else {}
    for contract in heard.stated:
        if contract in waiting:
            try:
                perform(TRANSFER, "complete", waiting[contract], by=HOUSE, at=now, key=f"complete/{waiting[contract]}")
            except Held:
                continue
            except NotNow:
                pass  # its time ran out at this moment, or its party ended it
        nodes.tasks.close_statement(heard.node_id, contract, at=now)


def _announced(believed: str | None, current: str) -> tuple[dict[str, Any], ...]:
    """The changes of our key since the one that the node believes; none for a node that does not say."""
    return () if believed in {None, current} else tuple(keys.announcements("permits", after=believed))


def _lease(heard: nodes.Heard, now: datetime) -> dict[str, Any] | None:
    if not heard.serves:
        return None
    seconds = int(law.figure("house.node_lease_seconds", on=local_day(now)).value)
    lease = Lease(node=heard.request.node, issued_at=now, until=now + timedelta(seconds=seconds))
    return seal_message(lease, keys.signer("permits"))


register = _answered(take_register)
sync = _answered(take_sync)
