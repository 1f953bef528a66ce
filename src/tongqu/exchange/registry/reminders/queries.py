"""Which registrations are due for a reminder, and the reminding itself: from the first day of the window, then twice more."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Min

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import HOUSE, begin, local_day, visible
from tongqu.exchange.registry import dealings, publicdata
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.registry.reminders.models import PublicRenewalReminder, RenewalReminder
from tongqu.exchange.registry.reminders.procedure import PUBLIC_RENEWAL_REMINDER, RENEWAL_REMINDER

AT_ONCE = 500
STAGES = ("prop35.renewal_months", "house.renewal_reminder_second", "house.renewal_reminder_third")


def stage(expires: date, on: date) -> int | None:
    """How many months before its end a term is due for a reminder on that day; None before the window and on the last day."""
    found = None
    for key in STAGES:
        months = int(law.figure(key, on=on).value)
        if calendar.shift_months(expires, -months) <= on < expires:
            found = months
    return found


def remind(at: datetime, *, limit: int = AT_ONCE) -> int:
    """Reminds holders whose window has opened, or whose time grows short; how many were told. Each once.

    Nobody is told who has applied already, or who has a reminder on the desk.
    """
    today = local_day(at)
    months = int(law.figure(STAGES[0], on=today).value)
    window = {"valid_to_at__gt": at, "valid_to_at__lte": at + timedelta(days=31 * months + 1)}
    standing = RenewalReminder.objects.filter(state="told").values("registration_id")
    # The last stage that each term was reminded of: in one statement, however many there are.
    reminded = {
        (registration, ends): last
        for registration, ends, last in RenewalReminder.objects.filter(**window)
        .values_list("registration_id", "valid_to_at")
        .annotate(last=Min("months"))
    }
    rows = visible(OWNERSHIP, HOUSE).filter(state="registered", **window).exclude(pk__in=standing)
    told = 0
    for pk, ends in rows.order_by("valid_to_at", "pk").values_list("pk", "valid_to_at").iterator():
        due = stage(local_day(ends), today)
        if due is None or reminded.get((pk, ends), due + 1) <= due or _asked_for(pk):
            continue
        if told >= limit:
            break
        key = f"renewal_reminder/{pk}/{ends.isoformat()}/{due}"
        begin(RENEWAL_REMINDER, by=HOUSE, at=at, key=key, registration=pk, months=due)
        told += 1
    return told


def _asked_for(registration: int) -> bool:
    return any(one.open and one.kind == "renewal" for one in dealings.matters(registration))


# Public data: days instead of months, and the last day counts (REG26 art. 15).

PUBLIC_STAGES = ("reg26.renewal_days", "house.public_renewal_reminder_second", "house.public_renewal_reminder_third")


def public_stage(last: date, on: date) -> int | None:
    """How many days before its last day a registration is due for a reminder; None before the window, and after the day."""
    found = None
    for key in PUBLIC_STAGES:
        days = int(law.figure(key, on=on).value)
        if last - timedelta(days=days) <= on <= last:
            found = days
    return found


def remind_public(at: datetime, *, limit: int = AT_ONCE) -> int:
    """The same for public data: who is being renewed is in another state, and who has a reminder on the desk is not told again."""
    today = local_day(at)
    longest = int(law.figure(PUBLIC_STAGES[0], on=today).value)
    window = {"valid_to_date__gte": today, "valid_to_date__lte": today + timedelta(days=longest)}
    standing = PublicRenewalReminder.objects.filter(state="told").values("registration_id")
    reminded = {
        (registration, last): days
        for registration, last, days in PublicRenewalReminder.objects.filter(**window)
        .values_list("registration_id", "valid_to_date")
        .annotate(least=Min("days"))
    }
    rows = visible(publicdata.PUBLIC_REGISTRATION, HOUSE).filter(state="registered", **window).exclude(pk__in=standing)
    told = 0
    for pk, last in rows.order_by("valid_to_date", "pk").values_list("pk", "valid_to_date").iterator():
        due = public_stage(last, today)
        if due is None or reminded.get((pk, last), due + 1) <= due:
            continue
        if told >= limit:
            break
        key = f"public_renewal_reminder/{pk}/{last.isoformat()}/{due}"
        begin(PUBLIC_RENEWAL_REMINDER, by=HOUSE, at=at, key=key, registration=pk, days=due)
        told += 1
    return told
