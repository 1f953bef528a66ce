"""The work of a recognition: the certificate is read, its issuer's lists are asked, and from then on asked again each day.

What is fetched goes through the guarded door, outside any transaction, to the issuer's own address alone. What its issuer
says later freezes or frees the right here; when it says nothing for too long, nobody may rely on the right either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from tongqu.exchange.bedrock import law, papers
from tongqu.exchange.bedrock.errands import Forbidden, Unreachable, fetch
from tongqu.exchange.bedrock.procedures import HOUSE, Held, NotNow, local_day, perform
from tongqu.exchange.bedrock.rules import judge
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, ownership
from tongqu.exchange.registry.attestation import BadCredential, foreign
from tongqu.exchange.registry.recognition import acts, rules
from tongqu.exchange.registry.recognition.models import OPEN, Recognition
from tongqu.exchange.registry.recognition.procedure import RECOGNITION
from tongqu.exchange.registry.recognition.queries import issuer_of, waiting

log = structlog.get_logger("recognition")
_LOCK = 0x7265636F
AT_ONCE = 50
RETRY_MINUTES_MAX = 240


class Unknowable(Exception):
    """For the moment nothing can be said: its issuer is not reached, or what it gave cannot be believed. Try again."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def sweep(now: Callable[[], datetime] = timezone.now) -> list[str]:
    """Everything that is due; one that goes wrong keeps no other from its turn."""
    states = []
    for pk in waiting(now(), AT_ONCE):
        try:
            states.append(run(pk, now=now))
        except Exception:
            log.exception("recognition.failed", recognition=pk)
            connection.close_if_unusable_or_obsolete()
            Recognition.objects.filter(pk=pk).update(next_check_at=now() + timedelta(minutes=RETRY_MINUTES_MAX))
            states.append("again")
    return states


def run(
    recognition_id: int, *, now: Callable[[], datetime] = timezone.now, ask: Callable[[str], bytes] | None = None
) -> str:
    """Asks once, and does what follows; the state then. Nothing when another is at it.

    `ask` gives what an address shows, in the place of the network. Raises Unknowable when it cannot.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [_LOCK, recognition_id])
        if cursor.fetchone() != (True,):
            return "busy"
        try:
            _run(recognition_id, now(), ask or _fetched)
        finally:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK, recognition_id])
    return str(Recognition.objects.values_list("state", flat=True).get(pk=recognition_id))


def _run(recognition_id: int, at: datetime, ask: Callable[[str], bytes]) -> None:
    row = Recognition.objects.select_related("issuer", "applicant").get(pk=recognition_id)
    if row.state not in OPEN:
        return
    try:
        if row.state == "checking":
            _first(row, at, ask)
        else:
            _again(row, at, ask)
    except Unknowable as why:
        _later(row, why.words, at)
    except (NotNow, Held):  # it was withdrawn, or held, meanwhile
        Recognition.objects.filter(pk=row.pk).update(next_check_at=at + timedelta(minutes=RETRY_MINUTES_MAX))


def _first(row: Recognition, at: datetime, ask: Callable[[str], bytes]) -> None:
    issuer = issuer_of(row.issuer)
    try:
        raw = papers.content(row.paper) if row.paper else ask(row.address)
        document = foreign.parse(raw)
        said = foreign.read(document, issuer, at)
    except BadCredential as bad:
        _refuse(row, [{"code": bad.code, "zh": bad.words.zh, "en": bad.words.en}], at)
        return
    ended = _ended(said.statuses, issuer, at, ask)
    found = judge(rules.CERTIFICATE_RULES, acts.judged(row, _plain(said), ended, at), on=local_day(at))
    if blocked := [one for one in found if one.blocks]:
        _refuse(row, [{"code": one.rule, "zh": one.words.zh, "en": one.words.en} for one in blocked], at)
        return
    rights = rules.rights_of(said.right, on=local_day(at)) or ()
    paper = papers.keep(raw, name=f"{said.code}.json", media_type="application/json", at=at, by=row.applicant_id).sha256
    conflicts = _conflicts(row, said, rights)
    perform(
        RECOGNITION, "refer" if conflicts else "recognise", row.pk, by=HOUSE, at=at, paper=paper, code=said.code,
        said=_plain(said), rights=list(rights), conflicts=conflicts,
    )  # fmt: skip
    _due_again(row.pk, at)


def _fetched(address: str) -> bytes:
    """Raises Unknowable."""
    try:
        return fetch(address, bytes_max=foreign.BYTES_MAX, accept="application/vc, application/json")
    except (Unreachable, Forbidden) as why:
        raise Unknowable(why.words) from why


def _ended(
    statuses: tuple[foreign.Status, ...], issuer: foreign.Issuer, at: datetime, ask: Callable[[str], bytes]
) -> tuple[Words, ...]:
    """What its issuer's lists say now. Raises Unknowable."""
    lists: dict[str, Mapping[str, Any]] = {}
    try:
        for address in dict.fromkeys(one.address for one in statuses):
            lists[address] = foreign.parse(ask(address))
        return foreign.ended(statuses, issuer, lists, at)
    except BadCredential as bad:
        raise Unknowable(bad.words) from bad


def _conflicts(row: Recognition, said: foreign.Foreign, rights: tuple[str, ...]) -> list[dict[str, Any]]:
    """What a person must look at: the same right registered here already, and data that is called otherwise."""
    found: list[dict[str, Any]] = []
    entry = catalogue.resource(row.resource_id)
    if not _same_name(said.data_name, entry.name):
        found.append({"kind": "name", "here": entry.name, "there": said.data_name})
    for one in ownership.same_rights(entry.id, name=said.data_name[:40], rights=rights):
        found.append(
            {"kind": "right", "registration": one.registration_id, "name": one.name, "rights": sorted(one.rights & set(rights)),
             "holder": parties.organisation(one.holder_id).name, "code": one.code or ""}
        )  # fmt: skip
    return found


def _same_name(one: str, other: str) -> bool:
    plain = ["".join(c for c in text if c.isalnum()).casefold() for text in (one, other)]
    return plain[0] == plain[1]


def _plain(said: foreign.Foreign) -> dict[str, Any]:
    return {
        "id": said.id, "issuer": said.issuer, "method": said.method, "code": said.code, "kind": said.kind,
        "holder": said.holder, "holder_code": said.holder_code, "data_name": said.data_name, "overview": said.overview,
        "right": list(said.right), "valid_from_at": said.valid_from_at.isoformat(),
        "valid_to_at": said.valid_to_at.isoformat(),
        "statuses": [{"purpose": one.purpose, "address": one.address, "place": one.place} for one in said.statuses],
    }  # fmt: skip


def _refuse(row: Recognition, reasons: list[dict[str, str]], at: datetime) -> None:
    perform(RECOGNITION, "refuse", row.pk, by=HOUSE, at=at, reasons=reasons)


def _again(row: Recognition, at: datetime, ask: Callable[[str], bytes]) -> None:
    """Is it still its issuer's word? The key that signed it may have been lost since, its issuer struck off."""
    issuer, reasons = issuer_of(row.issuer), []
    if row.issuer.state == "struck_off":
        reasons = [Words("签发机构已从认可名录除名", "Its issuer was struck off the register")]
    else:
        try:
            said = foreign.read(foreign.parse(papers.content(row.paper)), issuer, at)
            reasons = list(_ended(said.statuses, issuer, at, ask))
        except BadCredential as bad:
            reasons = [bad.words]
    plain = [{"code": "ended", "zh": one.zh, "en": one.en} for one in reasons]
    Recognition.objects.filter(pk=row.pk).update(reasons=plain, checked_at=at, trouble=None, tries=0)
    _due_again(row.pk, at)
    _follow(row, reasons, at)


def _follow(row: Recognition, reasons: list[Words], at: datetime) -> None:
    """The right here goes with it."""
    if row.registration_id is None:
        return
    state = ownership.right(row.registration_id).state
    with suppress(NotNow), transaction.atomic():
        if reasons and state == "recognised":
            told = [{"zh": one.zh, "en": one.en} for one in reasons]
            perform(ownership.OWNERSHIP, "freeze", row.registration_id, by=HOUSE, at=at, reasons=told)
        elif not reasons and state == "stopped":
            perform(ownership.OWNERSHIP, "thaw", row.registration_id, by=HOUSE, at=at)


def _later(row: Recognition, words: Words, at: datetime) -> None:
    """Asked again soon, then less often. A right that nobody has confirmed for too long is relied on no more."""
    pause = timedelta(minutes=min(RETRY_MINUTES_MAX, 2 ** min(row.tries, 10)))
    trouble = {"zh": words.zh, "en": words.en, "at": at.isoformat()}
    Recognition.objects.filter(pk=row.pk).update(trouble=trouble, tries=row.tries + 1, next_check_at=at + pause)
    hours = int(law.figure("house.recognition_unconfirmed_hours", on=local_day(at)).value)
    if row.checked_at is not None and at - row.checked_at > timedelta(hours=hours):
        why = Words(
            f"超过 {hours} 小时未能向签发机构确认：{words.zh}",
            f"Not confirmed by its issuer for over {hours} hours: {words.en}",
        )
        _follow(row, [why], at)


def _due_again(recognition_id: int, at: datetime) -> None:
    hours = int(law.figure("house.recognition_recheck_hours", on=local_day(at)).value)
    Recognition.objects.filter(pk=recognition_id).update(next_check_at=at + timedelta(hours=hours))
