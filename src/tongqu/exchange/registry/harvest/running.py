"""The work of an import: chunk after chunk, each with its counters in one transaction, so that it goes on where it stopped.

Whoever runs it holds a lock; a second runner finds it taken and leaves. A cancelled import stops after the chunk at hand.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db import connection, transaction
from django.utils import timezone

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, begin, local_day, perform
from tongqu.exchange.registry.harvest import keeping, reading
from tongqu.exchange.registry.harvest.cleaning import Fault, clean
from tongqu.exchange.registry.harvest.models import Harvest, Spelling
from tongqu.exchange.registry.harvest.procedure import HARVEST, SPELLING

log = structlog.get_logger("harvest")

CHUNK = 2_000
_LOCK = 0x68617276


@dataclass(frozen=True)
class _Chunk:
    """Some lines, cleaned and understood: the number of the last, the rows, and what was wrong with which line."""

    last: int
    rows: list[keeping.Understood]
    faults: list[tuple[int, str, Fault]]


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
    row = Harvest.objects.get(pk=harvest_id)
    if row.state != "running":
        return row.state
    try:
        content = papers.content(row.file)
        lines = reading.count(content)
        chunks = _chunks(reading.rows(content), row.position)
        for chunk in _one_ahead(_cleaned(chunk, row.region, local_day(now())) for chunk in chunks):
            if not _take(harvest_id, chunk, lines, now()):
                return Harvest.objects.values_list("state", flat=True).get(pk=harvest_id)
    except (reading.BadFile, papers.LostPaper) as bad:
        perform(HARVEST, "fail", harvest_id, by=HOUSE, at=now(), reason=f"{bad.words.zh} / {bad.words.en}")
        return "failed"
    row = Harvest.objects.get(pk=harvest_id)
    with transaction.atomic():
        gone = keeping.mark_gone(harvest_id, now()) if row.whole and not row.lost else 0
        alike = keeping.mark_alike(now())
    ready(keeping.provinces(harvest_id))
    perform(
        HARVEST, "finish", harvest_id, by=HOUSE, at=now(), lines=row.lines, fresh=row.fresh, changed=row.changed,
        same=row.same, lost=row.lost, alike=alike, gone=gone,
    )  # fmt: skip
    return "finished"


def _chunks(lines: Iterator[reading.Line], position: int) -> Iterable[list[reading.Line]]:
    left = itertools.dropwhile(lambda line: line.number <= position, lines)
    while chunk := list(itertools.islice(left, CHUNK)):
        yield chunk


def _one_ahead(chunks: Iterator[_Chunk]) -> Iterator[_Chunk]:
    """The same, the next being cleaned in a thread of its own while the database works on this one."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


def _take(harvest_id: int, chunk: _Chunk, lines: int, at: datetime) -> bool:
    """One chunk and its counters. False when the import is no longer running: then nothing was taken."""
    rows, faults = chunk.rows, chunk.faults
    with transaction.atomic():
        row = Harvest.objects.select_for_update().get(pk=harvest_id)
        if row.state != "running":
            return False
        decided = {(s.question, s.spelling): s.meaning for s in Spelling.objects.filter(state="decided")}
        shelf = keeping.Shelf(harvest_id, row.catalog_name, row.region, local_day(at), decided, row.whole)
        kept = keeping.keep(shelf, rows, at)
        keeping.keep_faults(harvest_id, faults)
        lost = sum(1 for _, _, fault in faults if fault.lost)
        Harvest.objects.filter(pk=harvest_id).update(
            lines=lines, position=chunk.last, fresh=row.fresh + kept.fresh, changed=row.changed + kept.changed,
            same=row.same + kept.same, lost=row.lost + lost, remarks=row.remarks + len(faults) - lost,
        )  # fmt: skip
    for question, spelling in sorted(kept.unknown):
        if not Spelling.objects.filter(question=question, spelling=spelling).exists():
            key = f"spelling/{question}/{hashlib.sha256(spelling.encode()).hexdigest()[:32]}"
            begin(SPELLING, by=HOUSE, at=at, key=key, question=question, spelling=spelling)
    log.info("harvest.chunk", harvest=harvest_id, position=chunk.last, lines=lines)
    return True


def _cleaned(chunk: list[reading.Line], region: str, today: date) -> _Chunk:
    rows: list[keeping.Understood] = []
    faults: list[tuple[int, str, Fault]] = []
    for line in chunk:
        if line.row is None:
            if line.fault is not None:
                faults.append((line.number, "", line.fault))
            continue
        made, found = clean(line.row, today=today)
        if made is not None:
            rows.append(keeping.understood(made, {}, region=region, on=today))
        faults += [(line.number, made.key if made else "", fault) for fault in found]
    return _Chunk(chunk[-1].number, rows, faults)
