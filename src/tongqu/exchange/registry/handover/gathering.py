"""What one registrar hands over, read from the register a few entries at a time, and written into a bundle."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from tongqu.exchange.bedrock import evidence, keys, papers, retention
from tongqu.exchange.bedrock.procedures import Shut
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import attestation, dealings, ownership
from tongqu.exchange.registry.handover import bundle

AT_ONCE = 100
_DIGEST = re.compile(r"[0-9a-f]{64}")
KEY = "certificates"


class NothingLogged(Shut):
    """The log has signed no checkpoint yet, or has not placed the last facts. Try again in a moment."""

    code = "not-placed-yet"

    def __init__(self) -> None:
        super().__init__(
            Words("存证日志尚未签署，或有事实待编入", "The log has signed nothing yet, or facts wait for their place"),
            Words("请稍后再试。", "Try again in a moment."),
        )


def write(registrar: int, out: BinaryIO, *, at: datetime) -> dict[str, Any]:
    """Everything that this registrar registered, with its history, evidence and files. Returns the signed manifest.

    Raises NothingLogged. Papers are filed first, so that each goes with its class and its day.
    """
    while ownership.filing.file_away(at) or dealings.filing.file_away(at):
        pass
    newest = evidence.checkpoint()
    if newest is None or evidence.waiting():
        raise NothingLogged
    who, named = parties.organisation(registrar), Named()
    writer = bundle.Writer(out)
    registrations = writer.part("registrations", _registrations(registrar, named))
    writer.part("matters", _matters(registrar, named))
    writer.part("lists", _lists(named, at))
    writer.part("papers", _papers(named))
    for sha256 in sorted(named.papers):
        with papers.opened(sha256) as content:
            writer.paper(sha256, content)
    return writer.close(
        {
            "registrar": {"name": who.name, "credit_code": who.credit_code},
            "did": attestation.did_document()["id"],
            "log_key": newest.key,
            "checkpoint": newest.note,
            "made_at": at.isoformat(),
            "registrations": registrations,
        },
        keys.signer(KEY),
    )  # fmt: skip


class Named:
    """What the records written so far name: papers by digest with their retention, and status lists by number."""

    def __init__(self) -> None:
        self.papers: dict[str, papers.Paper] = {}
        self.lists: set[int] = set()

    def note(self, facts: list[dict[str, Any]], parties_of: Iterable[int | None], also: str = "") -> None:
        """Of a matter: its papers as who has a part in it handed them in, or as the house made them. A digest that somebody
        wrote down opens nobody else's paper."""
        givers: set[tuple[int | None, int | None]] = {(party, None) for party in parties_of if party is not None}
        for one in facts:
            actor = one["envelope"]["actor"]
            party, person = actor.get("party"), actor.get("person")
            givers.add((_number(party), _number(person) if party is None else None))
        told = json.dumps([one["envelope"] for one in facts]) + also
        for sha256 in dict.fromkeys(_DIGEST.findall(told)):
            if sha256 not in self.papers and (found := _given(sha256, givers)) is not None:
                self.papers[sha256] = found


def _number(value: Any) -> int | None:
    """Of an envelope, whose numbers are text."""
    return None if value is None else int(value)


def _given(sha256: str, givers: Iterable[tuple[int | None, int | None]]) -> papers.Paper | None:
    own = (papers.paper_of(sha256, party, person) for party, person in sorted(givers, key=str))
    return papers.house_paper(sha256) or next((one for one in own if one is not None), None)


def _rows(model: str, **which: Any) -> models.QuerySet[Any]:
    """Rows of the register, whichever module keeps them: everything is handed over as it stands."""
    found: models.QuerySet[Any] = apps.get_model("registry", model)._default_manager.filter(**which)
    return found


def _plain(row: models.Model) -> dict[str, Any]:
    """Every column of a row, moments as text."""
    found = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return dict(json.loads(json.dumps(found, cls=DjangoJSONEncoder)))


def _facts(table: str, number: int) -> list[dict[str, Any]]:
    """The proof of every fact of a matter, in their order."""
    found, after = [], 0
    while page := evidence.facts_of(table, number, after=after, limit=AT_ONCE):
        found += [evidence.prove(fact.id) for fact in page]
        after = page[-1].id
    return found


def _registrations(registrar: int, named: Named) -> Iterator[dict[str, Any]]:
    """In the order of their numbers. What was registered elsewhere is its own registrar's to hand over."""
    rows = _rows("Registration", registrar_id=registrar, elsewhere__isnull=True).select_related("resource")
    for row in rows.order_by("pk").iterator(chunk_size=AT_ONCE):
        holder = parties.organisation(row.applicant_id)
        certificates = list(_rows("Certificate", registration=row).order_by("pk"))
        facts = _facts("ownership", row.pk)
        also = json.dumps([one.paper for one in certificates] + [row.form])
        named.note(facts, (row.applicant_id, row.registrar_id), also)
        named.lists |= {one.pk // attestation.LIST_SIZE for one in certificates}
        yield {
            "table": "ownership",
            "number": row.pk,
            "row": _plain(row),
            "holder": {"name": holder.name, "credit_code": holder.credit_code},
            "resource": {
                "name": row.resource.name, "code": row.resource.code, "profile": row.resource.profile_digest,
                "abstract": row.resource.abstract,
            },
            "heads": [_plain(one) for one in _rows("HeadReview", registration=row).order_by("pk")],
            "objections": [_plain(one) for one in _rows("Objection", registration=row).order_by("pk")],
            "notes": [_plain(one) for one in _rows("Encumbrance", registration=row).order_by("pk")],
            "certificates": [_plain(one) for one in certificates],
            "credentials": [attestation.credential(one.code) for one in certificates],
            "facts": facts,
        }  # fmt: skip


def _matters(registrar: int, named: Named) -> Iterator[dict[str, Any]]:
    """What followed: transfers, changes, renewals, cancellations, objections come late."""
    for row in _rows("Dealing", registrar_id=registrar).order_by("pk").iterator(chunk_size=AT_ONCE):
        table = f"right_{row.kind}"
        facts = _facts(table, row.pk)
        named.note(facts, (row.registrar_id,))
        oppositions = [_plain(one) for one in _rows("Opposition", dealing=row).order_by("pk")]
        yield {"table": table, "number": row.pk, "row": _plain(row), "oppositions": oppositions, "facts": facts}
    for late in _rows("LateObjection", registrar_id=registrar).order_by("pk").iterator(chunk_size=AT_ONCE):
        facts = _facts("late_objection", late.pk)
        named.note(facts, (late.registrar_id,))
        yield {"table": "late_objection", "number": late.pk, "row": _plain(late), "facts": facts}


def _lists(named: Named, at: datetime) -> Iterator[dict[str, Any]]:
    for number in sorted(named.lists):
        for purpose in ("revocation", "suspension"):
            yield attestation.status_list(purpose, number, at)


def _papers(named: Named) -> Iterator[dict[str, Any]]:
    """Each paper that is on file, with why and until when it is kept; its content follows."""
    for sha256 in sorted(named.papers):
        known = named.papers[sha256]
        owner = parties.organisation(known.kept_by).credit_code if known.kept_by else None
        yield {
            "sha256": sha256, "size": known.size, "name": known.name, "media_type": known.media_type, "owner": owner,
            "kept_at": known.kept_at.isoformat(),
            "retention": [
                {"procedure": one.procedure, "number": one.subject, "kept_as": one.kept_as,
                 "until": one.until_date.isoformat() if one.until_date else None}
                for one in retention.kept_for(sha256)
            ],
        }  # fmt: skip
