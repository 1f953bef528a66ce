"""The work of a take-over: the whole bundle is checked before any of it is taken; then it is taken a few lines at a time.

Each chunk and its counters go in one transaction, so that a worker that was killed leaves nothing half, and the next goes on
where it stopped. One bundle is taken by one worker at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from itertools import islice
from typing import Any
from zipfile import ZipFile

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from tongqu.exchange.bedrock import papers, retention
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, begin, local_day, perform, raise_alarms
from tongqu.exchange.members import parties
from tongqu.exchange.registry import recognition
from tongqu.exchange.registry.handover import bundle
from tongqu.exchange.registry.handover.bundle import BadBundle
from tongqu.exchange.registry.handover.models import HandedRecord, TakeOver
from tongqu.exchange.registry.handover.procedure import TAKE_OVER, TAKEN_OVER
from tongqu.wire.canonical import digest

log = structlog.get_logger("take_over")
AT_ONCE = 50
_LOCK = 0x74616B65
_PASSING = (OperationalError, InterfaceError, OSError, MemoryError)


def sweep() -> list[str]:
    """Everything that is to be taken over, or was left by a worker that died."""
    numbers = TakeOver.objects.filter(state="running").order_by("pk").values_list("pk", flat=True)
    states = []
    for number in list(numbers):
        try:
            states.append(run(number))
        except _PASSING:  # it is taken up again at the next turn, and keeps no other from this one
            log.exception("take_over.put_off", take_over=number)
            connection.close_if_unusable_or_obsolete()
            states.append("running")
    return states


def run(number: int, *, at: datetime | None = None) -> str:
    """Brings a take-over to its end, or as far as it may go; its state then. Nothing when another is at it."""
    at = at or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [_LOCK, number])
        if cursor.fetchone() != (True,):
            return "running"
        try:
            _run(number, at)
        finally:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK, number])
    return _state(number)


def _state(number: int) -> str:
    return str(TakeOver.objects.values_list("state", flat=True).get(pk=number))


def _run(number: int, at: datetime) -> None:
    row = TakeOver.objects.get(pk=number)
    if row.state != "running":
        return
    try:
        if not row.whole:
            _check(row, at)
        with papers.opened(row.file) as file, bundle.opened(file) as opened:
            manifest = bundle.manifest_of(opened, row.public)
            whole = all(
                _taken(number, at, chunk, manifest)
                for chunk in _chunks(opened, manifest, "registrations", row.position)
            ) and all(_filed(number, chunk, opened, at) for chunk in _chunks(opened, manifest, "papers", row.papers))
            whole = whole and all(_kept(number, chunk) for chunk in _chunks(opened, manifest, "matters", row.matters))
    except papers.LostPaper as lost:
        raise_alarms([lost.alarm(at)], at)
        _fail(number, BadBundle("bundle", None, lost.words.zh, lost.words.en), at)
    except papers.BadPaper as bad:
        _fail(number, BadBundle("papers", None, bad.words.zh, bad.words.en), at)
    except BadBundle as bad:
        _fail(number, bad, at)
    except _PASSING:
        raise
    except Exception as error:  # it would meet the same each time, and keep others waiting
        log.exception("take_over.failed", take_over=number)
        name = type(error).__name__
        _fail(
            number, BadBundle("bundle", None, f"出现意外错误（{name}）", f"an error that was not expected ({name})"), at
        )
    else:
        if whole:
            with suppress(NotNow):
                perform(TAKE_OVER, "finish", number, by=HOUSE, at=at)


def _fail(number: int, bad: BadBundle, at: datetime) -> None:
    with suppress(NotNow):
        perform(
            TAKE_OVER, "fail", number, by=HOUSE, at=at, part=bad.part[:200], line=bad.line, zh=bad.words.zh[:500],
            en=bad.words.en[:500],
        )  # fmt: skip


def _check(row: TakeOver, at: datetime) -> None:
    """All of it holds, or nothing of it is taken. Raises BadBundle."""
    with papers.opened(row.file) as file:
        report = bundle.verify(file, public=row.public)
    told = report.manifest["registrar"]
    if told["credit_code"] != recognition.owner_of_key(row.public, local_day(at)):
        raise BadBundle(
            "manifest.json", None, "移交机构的信用代码与名录中这一公钥的机构不同",
            "the credit code of who hands over is not that of the registrar to whom the key belongs in the register",
        )  # fmt: skip
    TakeOver.objects.filter(pk=row.pk).update(
        whole=True, facts=report.facts, manifest=dict(report.manifest), from_name=str(told["name"])[:100],
        from_code=str(told["credit_code"])[:18],
    )  # fmt: skip
    log.info("take_over.checked", take_over=row.pk, facts=report.facts)


def _chunks(
    opened: ZipFile, manifest: Mapping[str, Any], part: str, done: int
) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """The lines after those that were taken, a few at a time; each is held against its digest once more."""
    left = islice(bundle.lines(opened, manifest, part), done, None)
    while chunk := list(islice(left, AT_ONCE)):
        yield chunk


def _locked(number: int) -> TakeOver | None:
    """The take-over for this transaction alone; None once somebody stopped it."""
    row = TakeOver.objects.select_for_update().get(pk=number)
    return row if row.state == "running" else None


def _taken(number: int, at: datetime, chunk: list[tuple[int, dict[str, Any]]], manifest: Mapping[str, Any]) -> bool:
    with transaction.atomic():
        row = _locked(number)
        if row is None:
            return False
        living = 0
        for _, line in chunk:
            kept = _record(number, line)
            living += _lives_on(number, kept, line, at)
        TakeOver.objects.filter(pk=number).update(position=chunk[-1][0], living=row.living + living)
    return True


def _record(number: int, line: Mapping[str, Any]) -> HandedRecord:
    return HandedRecord.objects.create(
        take_over_id=number, table=line["table"], number=line["number"], state=line["row"]["state"],
        codes=[one["code"] for one in line.get("certificates", ())], digest=digest({"line": bundle.line_of(line).hex()}),
        content=dict(line),
    )  # fmt: skip


def _lives_on(number: int, kept: HandedRecord, line: Mapping[str, Any], at: datetime) -> bool:
    """What is in force goes on here; what has ended, or was never registered, is kept as it was."""
    row, certificates = line["row"], line["certificates"]
    if row["state"] != "registered" or not certificates or datetime.fromisoformat(row["valid_to_at"]) <= at:
        return False
    holder = _member(line["holder"]["credit_code"])
    begin(
        TAKEN_OVER, by=HOUSE, at=at, key=f"take_over/{number}/{line['number']}", take_over=number, record=kept.pk,
        holder_code=line["holder"]["credit_code"], holder_name=line["holder"]["name"], holder=holder,
        name=row["name"], code=certificates[-1]["code"], valid_to_at=row["valid_to_at"],
        resource_name=line["resource"]["name"],
    )  # fmt: skip
    return True


def _member(credit_code: str | None) -> int | None:
    """The organisation of that code, where it is a member here already."""
    found = parties.by_credit_code(credit_code) if credit_code else None
    return found.id if found is not None else None


def _kept(number: int, chunk: list[tuple[int, dict[str, Any]]]) -> bool:
    with transaction.atomic():
        if _locked(number) is None:
            return False
        for _, line in chunk:
            _record(number, line)
        TakeOver.objects.filter(pk=number).update(matters=chunk[-1][0])
    return True


def _filed(number: int, chunk: list[tuple[int, dict[str, Any]]], opened: ZipFile, at: datetime) -> bool:
    """Papers come under their hash, each kept for its class and its years from here on."""
    with transaction.atomic():
        if _locked(number) is None:
            return False
        for _, line in chunk:
            owner = _member(line["owner"])
            papers.keep(
                bundle.paper(opened, line["sha256"], line["size"]), name=line["name"], media_type=line["media_type"], at=at,
                by=owner, bytes_max=max(int(line["size"]), settings.PAPER_BYTES_MAX),
            )  # fmt: skip
            ends = [one["until"] for one in line["retention"]]
            until = None if not ends or None in ends else max(date.fromisoformat(one) for one in ends)
            kept_as = line["retention"][0]["kept_as"] if ends else "property_registration"
            retention.keep_paper(line["sha256"], "take_over", number, kept_as, until_date=until)
        TakeOver.objects.filter(pk=number).update(papers=chunk[-1][0])
    return True
