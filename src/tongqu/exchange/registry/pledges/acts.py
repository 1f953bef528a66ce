"""What a pledge writes: its particulars, and its rank when both sides have said so."""

from __future__ import annotations

from django.db.models import Max

from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.pledges.models import Pledge


def pledge(matter: Matter) -> Done:
    row: Pledge = matter.subject
    asked = matter.inputs
    right = ownership.right(asked.registration)
    row.registration_id, row.holder_id, row.secured_id = right.registration_id, right.holder_id, asked.secured
    row.kind, row.name, row.code = asked.kind.value, right.name, right.code or ""
    row.amount_fen = asked.amount_fen if row.kind == "pledge" else None
    row.until_date, row.terms, row.paper = asked.until_date, asked.terms, asked.paper
    return Done({"registration": right.registration_id, "secured": row.secured_id, "kind": row.kind})


def stand(matter: Matter) -> Done:
    """Behind all that stood before it: whoever agrees first comes first. The right is locked since it was judged."""
    row: Pledge = matter.subject
    last = Pledge.objects.filter(registration=row.registration_id).aggregate(last=Max("rank"))["last"]
    row.rank, row.stood_at = (last or 0) + 1, matter.at
    return Done({"registration": row.registration_id, "rank": row.rank, "kind": row.kind})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"registration": matter.subject.registration_id})


def release(matter: Matter) -> Done:
    row: Pledge = matter.subject
    row.released_at, row.reason = matter.at, matter.inputs.reason
    return Done({"registration": row.registration_id, "rank": row.rank})
