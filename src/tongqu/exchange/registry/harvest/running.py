"""The work of an import: chunk after chunk, each with its counters in one transaction, so that it goes on where it stopped.

The rows of a large file are made in a process of their own (`rows`), one chunk ahead of what the database works on. Whoever
runs an import holds a lock; a second runner finds it taken and leaves. A cancelled import stops
after the chunk at hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, begin, local_day, perform, raise_alarms
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry import rows
from tongqu.exchange.registry.harvest import ending, keeping, shelves, wordings
from tongqu.exchange.registry.harvest.models import Harvest, HarvestFault
from tongqu.exchange.registry.harvest.procedure import HARVEST, SPELLING

log = structlog.get_logger("harvest")

CHUNK = 8_000
"""Lines that are written in one transaction, at most."""
WORDINGS_MAX = 1_000
_ASKED_TOGETHER = 25  # in one transaction: more would keep others from the log for long
_LOCK = 0x68617276
_PASSING = (OperationalError, InterfaceError, OSError, MemoryError)
"""What is wrong with the house at the moment, not with the file: the import goes on when it is swept up."""


def run(
    harvest_id: int, *, ready: Callable[[frozenset[str]], object], now: Callable[[], datetime] = timezone.now
) -> str:
    """Brings an import to its end, or as far as it may go; its state then. Nothing when another is at it.

    `ready` is called when everything was taken, before it is called finished: what is finished can be found. It is told
    the provinces (two digits; blank for no place) whose entries were changed.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [_LOCK, harvest_id])
        (mine,) = cursor.fetchone()
        if not mine:
            return "running"
        try:
            return _run(harvest_id, ready, now)
        finally:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK, harvest_id])


def _run(harvest_id: int, ready: Callable[[frozenset[str]], object], now: Callable[[], datetime]) -> str:
    state = _taken(harvest_id, now)
    _ask_about_wordings(harvest_id, now())  # also of an import that was stopped
    return _ended(harvest_id, ready, now) if state == "running" else state


def _taken(harvest_id: int, now: Callable[[], datetime]) -> str:
    """Takes what is left. `running` when that was everything; else the state in which the import is."""
    row = Harvest.objects.get(pk=harvest_id)
    if row.state != "running":
        return row.state
    try:
        content = papers.content(row.file)
        shelf = shelves.shelf(row.pk, catalog_name=row.catalog_name, region=row.region, on=local_day(now()))
        with _ahead(rows.made(content, row.position, shelf.terms, CHUNK)) as chunks:
            for chunk in chunks:
                if not _take(shelf, chunk, now()):
                    return _state(harvest_id)
    except (rows.BadFile, papers.LostPaper) as bad:
        if isinstance(bad, papers.LostPaper):
            raise_alarms([bad.alarm(now())], now())
        return _failed(harvest_id, bad.words, now())
    except _PASSING:
        raise
    except Exception as error:  # it would meet the same each time, and keep others waiting
        log.exception("harvest.failed", harvest=harvest_id)
        name = error.name if isinstance(error, rows.Unexpected) else type(error).__name__
        words = Words(f"导入时出现意外错误（{name}）", f"The import met an error that was not expected ({name})")
        return _failed(harvest_id, words, now())
    return "running"


def _state(harvest_id: int) -> str:
    return str(Harvest.objects.values_list("state", flat=True).get(pk=harvest_id))


def _failed(harvest_id: int, words: Words, at: datetime) -> str:
    with suppress(NotNow):  # somebody stopped it meanwhile
        perform(HARVEST, "fail", harvest_id, by=HOUSE, at=at, reason=f"{words.zh} / {words.en}")
    return _state(harvest_id)


def _ended(harvest_id: int, ready: Callable[[frozenset[str]], object], now: Callable[[], datetime]) -> str:
    """Findable first, then finished; what is marked as taken down is marked in the same moment, or not at all."""
    with transaction.atomic():
        keeping.alone()
        alike = ending.mark_alike(now())
    ready(ending.provinces(harvest_id))
    with transaction.atomic():
        keeping.alone()
        row = Harvest.objects.select_for_update().get(pk=harvest_id)
        if row.state != "running":
            return row.state
        gone = ending.mark_gone(row, now()) if row.whole else ending.Gone()
        alike = ending.mark_alike(now()) if gone.entries else alike
        perform(
            HARVEST, "finish", harvest_id, by=HOUSE, at=now(), lines=row.rows_read, fresh=row.fresh, changed=row.changed,
            same=row.same, lost=row.lost, alike=alike, gone=gone.entries, unmarked=gone.unmarked,
        )  # fmt: skip
    if gone.entries:
        ready(gone.provinces)
    return "finished"


@contextmanager
def _ahead(chunks: Generator[rows.Chunk]) -> Iterator[Iterator[rows.Chunk]]:
    """The same, the next being fetched in a thread of its own while the database works on this one."""
    with closing(chunks), ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)

        def fetched() -> Iterator[rows.Chunk]:
            nonlocal coming
            while (chunk := coming.result()) is not None:
                coming = thread.submit(next, chunks, None)
                yield chunk

        yield fetched()


def _take(shelf: shelves.Shelf, chunk: rows.Chunk, at: datetime) -> bool:
    """One chunk and its counters. False when the import is no longer running: then nothing was taken."""
    with transaction.atomic():
        keeping.together()
        row = Harvest.objects.select_for_update().get(pk=shelf.harvest)
        if row.state != "running":
            return False
        kept = keeping.keep(shelf, chunk, wordings.by_question(), at)
        faults = sorted(chunk.faults + kept.again, key=lambda one: one[0])
        keeping.keep_faults(row.pk, faults)
        lost = sum(1 for _, _, fault in faults if fault.lost)
        Harvest.objects.filter(pk=row.pk).update(
            lines=chunk.of, position=chunk.last, rows_read=row.rows_read + chunk.lines, fresh=row.fresh + kept.fresh,
            changed=row.changed + kept.changed, same=row.same + kept.same, lost=row.lost + lost,
            remarks=row.remarks + len(faults) - lost,
        )  # fmt: skip
    log.info("harvest.chunk", harvest=shelf.harvest, position=chunk.last, lines=chunk.of)
    return True


def _ask_about_wordings(harvest_id: int, at: datetime) -> None:
    """Puts to people what the table does not have and nobody was asked: not more than they could ever read."""
    met, total = wordings.unmet(WORDINGS_MAX)
    for first in range(0, len(met), _ASKED_TOGETHER):
        with transaction.atomic():
            for question, spelling in met[first : first + _ASKED_TOGETHER]:
                key = f"spelling/{question}/{hashlib.sha256(spelling.encode()).hexdigest()[:32]}"
                begin(SPELLING, by=HOUSE, at=at, key=key, question=question, spelling=spelling)
    if total > len(met) and not HarvestFault.objects.filter(harvest=harvest_id, code="too-many-wordings").exists():
        words = Words(
            f"待认定的写法太多：先列入最常见的 {len(met):,} 种，另有 {total - len(met):,} 种",
            f"Too many wordings to decide: the {len(met):,} most frequent were listed, {total - len(met):,} were not",
        )
        with transaction.atomic():
            row = Harvest.objects.select_for_update().get(pk=harvest_id)
            ending.remark(row, [rows.Fault("too-many-wordings", words)])
