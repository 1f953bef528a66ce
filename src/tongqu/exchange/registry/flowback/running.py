"""The work on an edition: the file is divided, then every part is delivered in one transaction, or none. Whose column the file
lacks is passed over and told; once that is mended, the same edition is divided for them again.

Whoever runs it holds a lock; a second runner finds it taken and leaves. What a dead worker left is begun anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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
from tongqu.exchange.registry.flowback.models import Edition, MissedPortion, Portion, Subscription
from tongqu.exchange.registry.flowback.procedure import AT_WORK, EDITION, SUBSCRIPTION
from tongqu.exchange.registry.flowback.queries import still_missed
from tongqu.exchange.registry.flowback.unmet import Unmet

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
    return list(Edition.objects.filter(state__in=AT_WORK).order_by("pk").values_list("pk", flat=True))


def _divide(edition_id: int, now: Callable[[], datetime]) -> str:
    row = Edition.objects.get(pk=edition_id)
    if row.state not in AT_WORK:
        return row.state
    waiting, served = _waiting(row), _served(row)
    try:
        wanted = [(one.column, one.territory) for one in [*waiting, *served]]
        found = dividing.divide(papers.content(row.file), wanted)
    except (dividing.BadEdition, papers.LostPaper) as bad:
        return _failed(row, bad, now())
    except OperationalError:  # the database's trouble says nothing of the file: it is tried again
        raise
    except Exception:  # no file, whatever it holds, is begun anew for ever
        log.exception("flowback.undivided", edition=edition_id)
        return _failed(row, _BEYOND_READING, now())
    try:
        if not served and all(one.column in found.unmet for one in waiting):
            unmet = found.unmet[waiting[0].column]
            return _failed(row, dividing.BadEdition(unmet.words, unmet.mend), now())
        return _deliver(row, found, waiting, now())
    finally:
        found.close()


def _waiting(row: Edition) -> list[Subscription]:
    """Who is to receive it: everybody who subscribes, and later those whom it missed."""
    rows = Subscription.objects.filter(resource=row.resource_id, state__in=RECEIVING)
    if row.state == "mending":
        rows = rows.filter(pk__in=still_missed(row.pk).values("subscription"))
    return list(rows.order_by("pk"))


def _served(row: Edition) -> list[Subscription]:
    """Who has received it already: their rows still count as theirs."""
    return list(Subscription.objects.filter(pk__in=Portion.objects.filter(edition=row).values("subscription")))


def _failed(row: Edition, bad: dividing.BadEdition | papers.LostPaper, at: datetime) -> str:
    """What was delivered in part stays so; else the version may come again."""
    zh, en = (f"{one.rstrip('。.')}" for one in (bad.mend.zh, bad.mend.en))
    reason = f"{bad.words.zh}。{zh}。 / {bad.words.en}. {en}."
    act = "hand_back" if row.state == "mending" else "fail"
    return _ended(row.pk, act, at, reason=reason[:REASON_CHARACTERS_MAX])


def _ended(edition_id: int, act: str, at: datetime, **inputs: Any) -> str:
    """Unless its provider withdrew it meanwhile."""
    try:
        return perform(EDITION, act, edition_id, by=HOUSE, at=at, **inputs).state
    except NotNow:
        return Edition.objects.values_list("state", flat=True).get(pk=edition_id)


def _deliver(row: Edition, found: dividing.Division, waiting: Sequence[Subscription], at: datetime) -> str:
    """Whom it reached is known when all have been handed theirs; withdrawn meanwhile it reaches nobody."""
    kept = _kept(row, found, {(one.column, one.territory) for one in waiting if one.column not in found.unmet}, at)
    counts = {name: getattr(found, name) for name in ("rows", "taken", "unclaimed", "unknown", "broken")}
    try:
        with transaction.atomic():
            for one in waiting:
                if one.column in found.unmet:
                    _pass_over(one, row, found.unmet[one.column], at)
                else:
                    _hand_over(one, row, found.parts[one.column, one.territory], kept[one.column, one.territory], at)
            act = "finish_in_part" if still_missed(row.pk).exists() else "finish"
            state = perform(EDITION, act, row.pk, by=HOUSE, at=at, **counts).state
            Edition.objects.filter(pk=row.pk).update(of_nobody=found.of_nobody, lines=found.lines)
    except NotNow:
        return Edition.objects.values_list("state", flat=True).get(pk=row.pk)
    log.info("flowback.divided", edition=row.pk, rows=found.rows, taken=found.taken, parts=len(kept))
    return state


def _kept(
    row: Edition, found: dividing.Division, keys: Collection[tuple[str, str]], at: datetime
) -> Mapping[tuple[str, str], str]:
    """Each part as a paper of the house; the same content is stored once, so a second run keeps nothing twice."""
    return {
        (column, territory): papers.keep(
            found.parts[column, territory].pieces(), name=f"{territory}-{row.version}.csv", media_type="text/csv", at=at,
            by=None,
        ).sha256
        for column, territory in sorted(keys)
    }  # fmt: skip


def _hand_over(one: Subscription, row: Edition, part: dividing.Part, file: str, at: datetime) -> None:
    """Whoever paused, ended or is on hold in this moment receives nothing, and keeps nobody from the rest."""
    try:
        with transaction.atomic():
            perform(
                SUBSCRIPTION, "deliver", one.pk, by=HOUSE, at=at, key=f"edition/{row.pk}/{one.pk}", edition=row.pk,
                version=row.version, rows=part.rows, size=part.size, file=file,
            )  # fmt: skip
    except (NotNow, Held):
        MissedPortion.objects.filter(edition=row, subscription=one, mended_at=None).update(column="", file=row.file)
        log.info("flowback.skipped", edition=row.pk, subscription=one.pk)


def _pass_over(one: Subscription, row: Edition, unmet: Unmet, at: datetime) -> None:
    """The file is of no use to this subscription: told to both sides, and the others receive theirs."""
    try:
        with transaction.atomic():
            perform(
                SUBSCRIPTION, "pass_over", one.pk, by=HOUSE, at=at, edition=row.pk, version=row.version, why=unmet.why,
                column=unmet.column, columns=list(unmet.columns), of_columns=unmet.of_columns, file=row.file,
            )  # fmt: skip
    except (NotNow, Held):
        log.info("flowback.skipped", edition=row.pk, subscription=one.pk)
