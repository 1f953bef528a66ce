"""Takes in a file of references: chunk after chunk, each with its counters in one transaction, so that it goes on where it stopped.

What was said already is not written twice, whoever repeats the file and whenever; a consent that ended does not come back by it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Any, BinaryIO

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from tongqu.exchange.bedrock import law, papers
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, local_day, perform, raise_alarms
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.consent import said
from tongqu.exchange.registry.consent.kinds import SENSITIVE, WHATS, Channel, Form
from tongqu.exchange.registry.consent.models import ConsentBatch, ConsentNotice
from tongqu.exchange.registry.consent.procedure import CONSENT_BATCH
from tongqu.exchange.registry.consent.rules import SaidSeen, the_right_person_consents

log = structlog.get_logger("consent")

COLUMNS = ("reference", "notice", "what", "form", "at", "channel")
CHUNK = 20_000
LINE_CHARACTERS_MAX = 2_000
UNPACKED_BYTES_MAX = 2_000_000_000
LOST_MAX = 200_000
"""So many lines may be wrong; of a file with more nothing further is taken: what was packed small must not fill the house."""

_LOCK = 0x636F6E73
_PASSING = (OperationalError, InterfaceError, OSError, MemoryError)
_CHANNELS = frozenset({Channel.ASKED.value, Channel.SELF.value})
_FORMS = frozenset(one.value for one in Form if one is not Form.TRUSTEE)


_NUMBER = re.compile(r"[0-9]{1,8}")
"""A notice's; the number of a telephone or of an identity card is longer."""

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T 0-9:.+Z-]{0,24}")


class BadFile(ValueError):
    """The file is no list of references. `words` says why."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en)


@dataclass(frozen=True)
class _Notice:
    """What a line may be to: a version and its basis, and which forms are a consent to it."""

    id: int
    basis: int
    forms: frozenset[str]


_STAGED = """
create temporary table if not exists consents_staged (
  line bigint, notice bigint, basis bigint, reference bytea, what varchar, form varchar, channel varchar, said_at timestamptz
) on commit delete rows;
create temporary table if not exists consents_judged (
  line bigint, notice bigint, basis bigint, reference bytea, what varchar, form varchar, channel varchar, said_at timestamptz,
  verdict varchar
) on commit delete rows;
truncate consents_staged, consents_judged
"""
_COPY = "copy consents_staged (line, notice, basis, reference, what, form, channel, said_at) from stdin"
_ROUNDS = """
select coalesce(max(n), 0) from (select count(*) as n from consents_staged group by basis, reference) each
"""
_JUDGE = """
insert into consents_judged
select s.line, s.notice, s.basis, s.reference, s.what, s.form, s.channel, s.said_at, case
    when s.what = l.what and l.channel <> 'trust' then 'same'
    when l.channel = 'trust' and exists (
        select 1 from registry_consent_fact own where own.basis = s.basis and own.reference = s.reference
           and own.channel <> 'trust' and own.said_at >= s.said_at) then 'older'
    when l.channel = 'trust' and l.what = 'withdrawn' and s.what = 'given' and s.said_at <= l.said_at then 'older'
    when l.channel <> 'trust' and (s.said_at < l.said_at or (s.said_at = l.said_at and s.what <> 'withdrawn')) then 'older'
    when s.what = 'withdrawn' and l.what is distinct from 'given' and l.channel is distinct from 'trust' then 'nothing-to-withdraw'
    when s.what = 'refused' and l.what = 'given' and l.channel <> 'trust' then 'refused-after-given'
    when s.what = 'given' and l.what <> 'given' and s.channel = 'asked' and l.what is not null
         and (s.said_at at time zone 'Asia/Shanghai')::date
             <= (l.said_at at time zone 'Asia/Shanghai')::date + %s then 'asked-too-soon'
    else 'taken' end
  from (select *, row_number() over (partition by basis, reference order by line) as round from consents_staged) s
  left join lateral (
    select f.what, f.said_at, f.channel from registry_consent_fact f where f.basis = s.basis and f.reference = s.reference
     order by f.number desc limit 1
  ) l on true
 where s.round = %s
"""
_TAKE = """
insert into registry_consent_fact (node_id, number, basis, notice_id, reference, what, form, channel, said_at, taken_at, batch)
select %s, %s + row_number() over (order by line), basis, notice, reference, what, form, channel, said_at, %s, %s
  from consents_judged where verdict = 'taken'
"""
_COUNTS = "select verdict, what, count(*) from consents_judged group by 1, 2"
_FOUND = "select line, verdict, encode(reference, 'hex') from consents_judged where verdict not in ('taken', 'same')"


def run(batch_id: int, *, now: Callable[[], datetime] = timezone.now) -> str:
    """Brings a file to its end, or as far as it may go; its state then. Nothing when another is at it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [_LOCK, batch_id])
        (mine,) = cursor.fetchone()
        if not mine:
            return "running"
        try:
            return _run(batch_id, now)
        finally:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK, batch_id])


def left_running() -> list[int]:
    """What a worker that died has left."""
    return list(ConsentBatch.objects.filter(state="running").order_by("pk").values_list("pk", flat=True)[:100])


def _run(batch_id: int, now: Callable[[], datetime]) -> str:
    row = ConsentBatch.objects.get(pk=batch_id)
    if row.state != "running":
        return row.state
    try:
        with papers.opened(row.file) as content:
            lines = _lines(_unpacked(content), row.position)
            while chunk := list(islice(lines, CHUNK)):
                if not _take(batch_id, chunk, now()):
                    return _state(batch_id)
    except (BadFile, papers.LostPaper) as bad:
        if isinstance(bad, papers.LostPaper):
            raise_alarms([bad.alarm(now())], now())
        return _failed(batch_id, bad.words, now())
    except _PASSING:
        raise
    except Exception as error:  # it would meet the same each time, and keep others waiting
        log.exception("consents.failed", batch=batch_id)
        words = Words(
            f"出现意外错误（{type(error).__name__}）", f"An error that was not expected ({type(error).__name__})"
        )
        return _failed(batch_id, words, now())
    with suppress(NotNow):
        row = ConsentBatch.objects.get(pk=batch_id)
        perform(
            CONSENT_BATCH, "finish", batch_id, by=HOUSE, at=now(), key=f"consent-batch/{batch_id}", lines=row.lines,
            given=row.given, refused=row.refused, withdrawn=row.withdrawn, same=row.same, lost=row.lost,
        )  # fmt: skip
    return _state(batch_id)


def _state(batch_id: int) -> str:
    return str(ConsentBatch.objects.values_list("state", flat=True).get(pk=batch_id))


def _failed(batch_id: int, words: Words, at: datetime) -> str:
    with suppress(NotNow):
        perform(CONSENT_BATCH, "fail", batch_id, by=HOUSE, at=at, reason=f"{words.zh} / {words.en}")
    return _state(batch_id)


# Reading.


def _unpacked(content: BinaryIO) -> IO[bytes]:
    """The file itself, or the only one that an archive holds. Raises BadFile."""
    packed = content.read(4) == b"PK\x03\x04"
    content.seek(0)
    if not packed:
        return content
    try:
        archive = zipfile.ZipFile(content)
        (only,) = archive.infolist()
        if only.file_size > UNPACKED_BYTES_MAX:
            raise BadFile(
                f"展开后超过 {UNPACKED_BYTES_MAX // 10**6} MB，请分几次报送",
                f"Unpacked it is larger than {UNPACKED_BYTES_MAX // 10**6} MB: hand it in in parts",
            )
        return archive.open(only)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile("压缩包须只含一个文件", "An archive holds one file and no other") from error


def _lines(content: Any, position: int) -> Iterator[tuple[int, list[str]]]:
    """Lines after the position with their numbers; the first holds the names. Raises BadFile."""
    text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="replace", newline="")
    bounded = iter(lambda: text.readline(LINE_CHARACTERS_MAX), "")
    reader = csv.reader(bounded)
    try:
        names = [name.strip() for name in next(reader, [])]
        if tuple(names) != COLUMNS:
            raise BadFile(
                f"首行须为 {','.join(COLUMNS)}（由 tongqu node consents refer 生成）",
                f"The first line must be {','.join(COLUMNS)}, as tongqu node consents refer writes it",
            )
        for values in reader:
            if reader.line_num > position and values:
                yield reader.line_num, values
    except (csv.Error, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadFile("文件不是 CSV", "The file is no CSV") from error


# Taking.


def _take(batch_id: int, chunk: Sequence[tuple[int, list[str]]], at: datetime) -> bool:
    """One chunk and its counters. False when the file is no longer being taken in: then nothing was taken."""
    with transaction.atomic():
        row = ConsentBatch.objects.select_for_update().get(pk=batch_id)
        if row.state != "running":
            return False
        last = said.counted(row.node_id)
        notices, faults = _notices(row, local_day(at)), list[tuple[int, str, str]]()
        with connection.cursor() as cursor:
            cursor.execute(_STAGED)
            with cursor.copy(_COPY) as out:
                for line, values in chunk:
                    read = _read(values, notices, at)
                    if isinstance(read, str):
                        faults.append((line, read, _shown(values)))
                    else:
                        out.write_row((line, *read))
            counts = _judge(cursor, row, last, at, faults)
            if row.lost + len(faults) > LOST_MAX:
                raise BadFile(
                    f"有误的行超过 {LOST_MAX:,}，请改正后重新报送", f"More than {LOST_MAX:,} lines are wrong: mend the file and hand it in again"
                )  # fmt: skip
            if faults:
                with cursor.copy("copy registry_consent_fault (batch_id, line, code, raw) from stdin") as out:
                    for line, code, raw in sorted(faults):
                        out.write_row((batch_id, line, code, raw.replace("\0", " ")))
        row.lines += len(chunk)
        row.position = chunk[-1][0]
        row.lost += len(faults)
        for name in (*WHATS, "same"):
            setattr(row, name, getattr(row, name) + counts.get(name, 0))
        row.save(update_fields=["lines", "position", "lost", *WHATS, "same"])
    return True


def _shown(values: list[str]) -> str:
    """Of the line what is certainly no identity: where columns were mixed up, one may stand anywhere, and none is kept here."""
    if len(values) != len(COLUMNS):
        return ",".join("…" for _ in values)[:200]
    _, notice, what, form, moment, channel = values
    told = [
        notice if _NUMBER.fullmatch(notice) else "…", what if what in WHATS else "…", form if form in _FORMS else "…",
        moment if _MOMENT.fullmatch(moment) else "…", channel if channel in _CHANNELS else "…",
    ]  # fmt: skip
    return ",".join(["…", *told])[:200]


def _judge(
    cursor: Any, row: ConsentBatch, last: int, at: datetime, faults: list[tuple[int, str, str]]
) -> dict[str, int]:
    """Rows of one reference in their order, each judged by what stands after the one before it."""
    counts: dict[str, int] = {}
    days = int(law.figure("house.consent_cooldown", on=local_day(at)).value)
    cursor.execute(_ROUNDS)
    (rounds,) = cursor.fetchone()
    for each in range(1, rounds + 1):
        cursor.execute("truncate consents_judged")
        cursor.execute(_JUDGE, [days, each])
        cursor.execute(_TAKE, [row.node_id, last, at, row.pk])
        last += cursor.rowcount
        cursor.execute(_COUNTS)
        for verdict, what, count in cursor.fetchall():
            if verdict in {"taken", "same"}:
                name = what if verdict == "taken" else "same"
                counts[name] = counts.get(name, 0) + count
        cursor.execute(_FOUND)
        faults += [(line, code, reference) for line, code, reference in cursor.fetchall()]
    said.set_count(row.node_id, last)
    return counts


def _notices(row: ConsentBatch, on: Any) -> dict[str, _Notice]:
    """Those that the provider has in force at the node, by the number that a line names."""
    found = {}
    for one in ConsentNotice.objects.filter(node_id=row.node_id, provider_id=row.provider_id, state="published"):
        forms = set()
        for form in _FORMS:
            seen = SaidSeen(
                on=on,
                form=form,
                rules_for_minors=one.minors_rules is not None,
                sensitive=bool(set(one.kinds) & SENSITIVE),
            )
            if the_right_person_consents.check(seen).complies:
                forms.add(form)
        found[str(one.pk)] = _Notice(one.pk, int(one.basis or 0), frozenset(forms))
    return found


def _read(values: list[str], notices: Mapping[str, _Notice], at: datetime) -> tuple[Any, ...] | str:
    """What a line says, or the code of what is wrong with it."""
    if len(values) != len(COLUMNS):
        return "columns"
    reference, number, what, form, moment, channel = values
    if len(reference) != 64:
        return "reference"
    try:
        raw = bytes.fromhex(reference)
    except ValueError:
        return "reference"
    notice = notices.get(number)
    if notice is None:
        return "notice"
    if what not in WHATS or channel not in _CHANNELS or form not in _FORMS:
        return "words"
    if what == "given" and form not in notice.forms:
        return "form"
    try:
        said_at = datetime.fromisoformat(moment)
    except ValueError:
        return "moment"
    if said_at.tzinfo is None or said_at.year < 2000:
        return "moment"
    if said_at > at + timedelta(minutes=5):
        return "future"
    return notice.id, notice.basis, raw, what, form, channel, said_at
