"""The work on an edition: the file is divided, then every part is delivered in one transaction, or none.

Whoever runs it holds a lock; a second runner finds it taken and leaves. What a dead worker left is begun anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, Held, NotNow, perform
from tongqu.exchange.bedrock.rows import alone
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.flowback import dividing
from tongqu.exchange.registry.flowback.acts import RECEIVING
from tongqu.exchange.registry.flowback.models import Edition, Subscription
from tongqu.exchange.registry.flowback.procedure import EDITION, SUBSCRIPTION

log = structlog.get_logger("flowback")

_LOCK = 0x65646974
REASON_CHARACTERS_MAX = 500
_BEYOND_READING = dividing.BadEdition(
    Words("文件无法分发：读取时出错", "The file could not be divided: reading it failed"),
    Words(
        "请另存后重新提交；仍不行的，请联系运营方。",
        "Save it anew and hand it in again; if that fails too, ask the operator.",
    ),
)


def divide(edition_id: int, *, now: Callable[[], datetime] = timezone.now) -> str:
    """Brings an edition to its end; its state then."""
    with alone(_LOCK, edition_id) as mine:
        return _divide(edition_id, now) if mine else "dividing"


def left_dividing() -> list[int]:
    """Editions that should be at work."""
    return list(Edition.objects.filter(state="dividing").order_by("pk").values_list("pk", flat=True))


def _divide(edition_id: int, now: Callable[[], datetime]) -> str:
    row = Edition.objects.get(pk=edition_id)
    if row.state != "dividing":
        return row.state
    subscribers = list(Subscription.objects.filter(resource=row.resource_id, state__in=RECEIVING).order_by("pk"))
    try:
        found = dividing.divide(papers.content(row.file), [(one.column, one.territory) for one in subscribers])
    except (dividing.BadEdition, papers.LostPaper) as bad:
        return _failed(edition_id, bad, now())
    except OperationalError:  # the database's trouble says nothing of the file: it is tried again
        raise
    except Exception:  # no file, whatever it holds, is begun anew for ever
        log.exception("flowback.undivided", edition=edition_id)
        return _failed(edition_id, _BEYOND_READING, now())
    try:
        return _deliver(row, found, subscribers, now())
    finally:
        found.close()


def _failed(edition_id: int, bad: dividing.BadEdition | papers.LostPaper, at: datetime) -> str:
    reason = f"{bad.words.zh}。{bad.mend.zh} / {bad.words.en}. {bad.mend.en}"
    return _ended(edition_id, "fail", at, reason=reason[:REASON_CHARACTERS_MAX])


def _ended(edition_id: int, act: str, at: datetime, **inputs: Any) -> str:
    """Unless its provider withdrew it meanwhile."""
    try:
        return perform(EDITION, act, edition_id, by=HOUSE, at=at, **inputs).state
    except NotNow:
        return Edition.objects.values_list("state", flat=True).get(pk=edition_id)


def _deliver(row: Edition, found: dividing.Division, subscribers: Sequence[Subscription], at: datetime) -> str:
    kept = _kept(row, found, at)
    with transaction.atomic():
        counts = {name: getattr(found, name) for name in ("rows", "taken", "unclaimed", "unknown", "broken")}
        state = _ended(row.pk, "finish", at, **counts)
        if state != "delivered":
            return state
        Edition.objects.filter(pk=row.pk).update(of_nobody=found.of_nobody, lines=found.lines)
        for one in subscribers:
            part = found.parts[one.column, one.territory]
            _hand_over(one, row, part, kept[one.column, one.territory], at)
    log.info("flowback.divided", edition=row.pk, rows=found.rows, taken=found.taken, parts=len(found.parts))
    return state


def _kept(row: Edition, found: dividing.Division, at: datetime) -> Mapping[tuple[str, str], str]:
    """Each part as a paper of the house; the same content is stored once, so a second run keeps nothing twice."""
    return {
        (column, territory): papers.keep(
            part.pieces(), name=f"{territory}-{row.version}.csv", media_type="text/csv", at=at, by=None
        ).sha256
        for (column, territory), part in found.parts.items()
    }


def _hand_over(one: Subscription, row: Edition, part: dividing.Part, file: str, at: datetime) -> None:
    """Whoever paused, ended or is on hold in this moment receives nothing, and keeps nobody from the rest."""
    try:
        with transaction.atomic():
            perform(
                SUBSCRIPTION, "deliver", one.pk, by=HOUSE, at=at, key=f"edition/{row.pk}/{one.pk}", edition=row.pk,
                version=row.version, rows=part.rows, size=part.size, file=file,
            )  # fmt: skip
    except (NotNow, Held):
        log.info("flowback.skipped", edition=row.pk, subscription=one.pk)
