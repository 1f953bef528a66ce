"""What follows a take-over: a holder that was admitted finds its registrations; one that is bound stands in the register."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, begin, perform
from tongqu.exchange.members import parties
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.handover.models import TakenOver
from tongqu.exchange.registry.handover.procedure import TAKEN_OVER


def find_holder(fact: SequencedFact, at: datetime) -> None:
    """An organisation was admitted: what was taken over of its is its to bind."""
    code = parties.organisation(fact.subject_id).credit_code
    waiting = TakenOver.objects.filter(holder__isnull=True, holder_code=code, state="waiting").order_by("pk")
    for pk in waiting.values_list("pk", flat=True):
        perform(
            TAKEN_OVER, "name_holder", pk, by=HOUSE, at=at, key=f"flow/{fact.position}/{pk}", holder=fact.subject_id
        )


def enter_taken_over(fact: SequencedFact, at: datetime) -> None:
    """The registration stands here as it stood there: validity, rights, notes and certificate code are the same."""
    row = TakenOver.objects.select_related("record", "take_over").get(pk=fact.subject_id)
    line = row.record.content
    kept, certificate = line["row"], line["certificates"][-1]
    made = begin(
        ownership.OWNERSHIP, "take_over", by=HOUSE, at=at, key=f"flow/{fact.position}/take_over", number=row.pk,
        holder=row.holder_id, registrar=row.registrar_id, resource=fact.body["data"]["resource"], form=kept["form"],
        rights=kept["rights"], name=kept["name"], heads=_heads(line), objections=_objections(line), notes=_notes(line),
        accepted_date=kept["accepted_date"], accepted_by_silence=kept["accepted_by_silence"],
        published_at=kept["published_at"], publicity_waived=kept["publicity_waived"], evidenced_at=kept["evidenced_at"],
        valid_to_at=kept["valid_to_at"], code=certificate["code"], national=certificate["national"],
        handed_by=row.take_over.from_name, content_digest=certificate["content_digest"], bundle=row.take_over.file,
    )  # fmt: skip
    perform(TAKEN_OVER, "enter", row.pk, by=HOUSE, at=at, key=f"flow/{fact.position}/enter", registration=made.subject)


def _picked(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: one[name] for name in names} for one in rows]


def _heads(line: dict[str, Any]) -> list[dict[str, Any]]:
    """The finding in force under each head."""
    latest = {one["head"]: one for one in line["heads"]}
    return _picked(list(latest.values()), "head", "passes", "finding", "evidence")


def _objections(line: dict[str, Any]) -> list[dict[str, Any]]:
    return _picked(line["objections"], "number", "upheld", "finding")


def _notes(line: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that stand: a seizure goes with the right wherever it is registered."""
    standing = [one for one in line["notes"] if one["lifted_at"] is None]
    return _picked(standing, "kind", "text", "until_date", "paper", "noted_at")
