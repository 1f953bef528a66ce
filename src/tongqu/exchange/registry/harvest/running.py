"""The work of an import: chunk after chunk, each with its counters in one transaction, so that it goes on where it stopped.

Whoever runs it holds a lock; a second runner finds it taken and leaves. A cancelled import stops after the chunk at hand.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, begin, local_day, perform, raise_alarms
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.harvest import ending, keeping, reading, shelves, wordings
from tongqu.exchange.registry.harvest.cleaning import Fault, clean
from tongqu.exchange.registry.harvest.models import Harvest, HarvestFault
from tongqu.exchange.registry.harvest.procedure import HARVEST, SPELLING

log = structlog.get_logger("harvest")

CHUNK = 2_000
WORDINGS_MAX = 1_000
_LOCK = 0x68617276
_PASSING = (OperationalError, InterfaceError, OSError, MemoryError)
"""What is wrong with the house at the moment, not with the file: the import goes on when it is swept up."""


@dataclass(frozen=True)
class _Chunk:
    """Some lines, cleaned and understood: the number of the last, how many, the rows, and what was wrong with which line."""

    last: int
    lines: int
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
        lines = reading.count(content)
        shelf = shelves.Shelf(row.pk, shelves.stated(row.catalog_name), row.catalog_name, row.region, local_day(now()))
        for chunk in _one_ahead(_chunks(reading.rows(content), row.position, shelf)):
            if not _take(shelf, chunk, lines, now()):
                return _state(harvest_id)
    except (reading.BadFile, papers.LostPaper) as bad:
        if isinstance(bad, papers.LostPaper):
            raise_alarms([bad.alarm(now())], now())
        return _failed(harvest_id, bad.words, now())
    except _PASSING:
        raise
    except Exception as error:  # it would meet the same each time, and keep others waiting
        log.exception("harvest.failed", harvest=harvest_id)
        name = type(error).__name__
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
        ending.mark_alike(now())
    ready(ending.provinces(harvest_id))
    with transaction.atomic():
        keeping.alone()
        row = Harvest.objects.select_for_update().get(pk=harvest_id)
        if row.state != "running":
            return row.state
        gone = ending.mark_gone(row, now()) if row.whole else ending.Gone()
        alike = ending.mark_alike(now())
        perform(
            HARVEST, "finish", harvest_id, by=HOUSE, at=now(), lines=row.rows_read, fresh=row.fresh, changed=row.changed,
            same=row.same, lost=row.lost, alike=alike, gone=gone.entries, unmarked=gone.unmarked,
        )  # fmt: skip
    if gone.entries:
        ready(gone.provinces)
    return "finished"


def _chunks(lines: Iterator[reading.Line], position: int, shelf: shelves.Shelf) -> Iterator[_Chunk]:
    """Each line is cleaned as soon as it is read: what a chunk holds is what will be kept, however long its lines were."""
    left = itertools.dropwhile(lambda line: line.number <= position, lines)
    while (chunk := _cleaned(itertools.islice(left, CHUNK), shelf)).lines:
        yield chunk


def _one_ahead(chunks: Iterator[_Chunk]) -> Iterator[_Chunk]:
    """The same, the next being cleaned in a thread of its own while the database works on this one."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


def _take(shelf: shelves.Shelf, chunk: _Chunk, lines: int, at: datetime) -> bool:
    """One chunk and its counters. False when the import is no longer running: then nothing was taken."""
    with transaction.atomic():
        keeping.together()
        row = Harvest.objects.select_for_update().get(pk=shelf.harvest)
        if row.state != "running":
            return False
        kept = keeping.keep(shelf, chunk.rows, wordings.decided(), at)
        faults = sorted(chunk.faults + [_repeated(one) for one in kept.again], key=lambda one: one[0])
        keeping.keep_faults(row.pk, faults)
        lost = sum(1 for _, _, fault in faults if fault.lost)
        Harvest.objects.filter(pk=row.pk).update(
            lines=lines, position=chunk.last, rows_read=row.rows_read + chunk.lines, fresh=row.fresh + kept.fresh,
            changed=row.changed + kept.changed, same=row.same + kept.same, lost=row.lost + lost,
            remarks=row.remarks + len(faults) - lost,
        )  # fmt: skip
    log.info("harvest.chunk", harvest=shelf.harvest, position=chunk.last, lines=lines)
    return True


def _repeated(one: keeping.Understood) -> tuple[int, str, Fault]:
    words = Words(
        "这一编号（没有编号的，为同名、同部门、同地区）在文件中已出现过，未采用",
        "Its number, or where it has none its title, department and place, came before in the file; not taken",
    )
    return one.line, one.row.key, Fault("repeated", words, one.row.title, lost=True)


def _ask_about_wordings(harvest_id: int, at: datetime) -> None:
    """Puts to people what the table does not have and nobody was asked: not more than they could ever read."""
    met, total = wordings.unmet(WORDINGS_MAX)
    for question, spelling in met:
        key = f"spelling/{question}/{hashlib.sha256(spelling.encode()).hexdigest()[:32]}"
        begin(SPELLING, by=HOUSE, at=at, key=key, question=question, spelling=spelling)
    if total > len(met) and not HarvestFault.objects.filter(harvest=harvest_id, code="too-many-wordings").exists():
        words = Words(
            f"待认定的写法太多：先列入最常见的 {len(met):,} 种，另有 {total - len(met):,} 种",
            f"Too many wordings to decide: the {len(met):,} most frequent were listed, {total - len(met):,} were not",
        )
        with transaction.atomic():
            row = Harvest.objects.select_for_update().get(pk=harvest_id)
            ending.remark(row, [Fault("too-many-wordings", words)])


def _cleaned(some: Iterator[reading.Line], shelf: shelves.Shelf) -> _Chunk:
    rows: list[keeping.Understood] = []
    faults: list[tuple[int, str, Fault]] = []
    last = lines = 0
    for line in some:
        last, lines = line.number, lines + 1
        made, found = (None, []) if line.row is None else _understood(line.number, line.row, shelf)
        if line.fault is not None:
            found = [line.fault, *found]
        if made is not None:
            rows.append(made)
        if found:
            faults += [(line.number, fault.key or (made.row.key if made else ""), fault) for fault in found]
    return _Chunk(last, lines, rows, faults)


def _understood(
    number: int, told: Mapping[str, Any], shelf: shelves.Shelf
) -> tuple[keeping.Understood | None, list[Fault]]:
    try:
        made, faults = clean(told, today=shelf.on)
        if made is None:
            return None, faults
        if (stray := shelf.strays(made)) is not None:
            faults.append(stray)
        return keeping.understood(number, made, {}, region=shelf.region, on=shelf.on), faults
    except Exception as error:  # whatever a row does, it is this row that is lost
        why = "nested too deep" if isinstance(error, RecursionError) else type(error).__name__
        return None, [reading.unread(why, "")]
