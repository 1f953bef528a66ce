"""A reminder comes to its holder's desk."""

from __future__ import annotations

from datetime import timedelta

from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import Done, Matter, local_day
from tongqu.exchange.registry import ownership, publicdata


def tell(matter: Matter) -> Done:
    """The last day on which a renewal may be asked for is the day before that on which validity ends (PROP35 art. 36)."""
    row, asked = matter.subject, matter.inputs
    right = ownership.right(asked.registration)
    assert right.valid_to_at is not None
    row.registration_id, row.holder_id = right.registration_id, right.holder_id
    row.name, row.code, row.months = right.name, right.code or "", asked.months
    row.valid_to_at = right.valid_to_at
    row.renew_until_at = calendar.end_of(local_day(right.valid_to_at) - timedelta(days=1))
    return Done({"code": row.code, "until": row.renew_until_at.isoformat()})


def tell_public(matter: Matter) -> Done:
    """A renewal may be asked for to the last day of validity itself (REG26 art. 15)."""
    row, asked = matter.subject, matter.inputs
    record = publicdata.record(asked.registration)
    assert record.valid_to_date is not None
    row.registration_id, row.holder_id = record.id, record.holder_id
    row.name, row.code, row.days = record.name, record.code, asked.days
    row.valid_to_date, row.renew_until_at = record.valid_to_date, calendar.end_of(record.valid_to_date)
    return Done({"code": row.code, "until": row.renew_until_at.isoformat()})
