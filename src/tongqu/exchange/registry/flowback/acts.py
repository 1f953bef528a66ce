"""What happens to a subscription and to an edition."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app

from tongqu.exchange.bedrock import calendar, papers
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day, raise_alarms
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.members.parties import credit_code, divisions
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.flowback import cycles, rules
from tongqu.exchange.registry.flowback import inputs as asks
from tongqu.exchange.registry.flowback.models import Edition, MissedPortion, Portion, Subscription

QUEUE, JOB = "flowback", "tongqu.flowback.divide"
RECEIVING = ("agreed", "active", "late")
ENDED = ("declined", "withdrawn", "ended")


def _entry(resource_id: int) -> catalogue.ResourceView | None:
    try:
        found = catalogue.resource(resource_id)
    except Unknown:
        return None
    return found if found.state == "catalogued" else None


def _alone(name: str, number: int) -> None:
    """Those who do the same with one resource wait here for each other."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"{name}/{number}"])


def seen_subscription(matter: Matter) -> rules.Seen:
    asked: asks.Subscription = matter.inputs
    party = int(matter.by.party or 0)
    _alone("flowback", asked.resource)
    entry = matter.known = _entry(asked.resource)
    sides = parties.organisations([party, *([entry.holder_id] if entry else [])])
    on = local_day(matter.at)
    mine = Subscription.objects.filter(subscriber=party, resource=asked.resource, territory=asked.territory)
    return rules.Seen(
        kind=sides[party].kind,
        resource_stands=entry is not None,
        own=entry is not None and entry.holder_id == party,
        sharing=entry.sharing if entry else "",
        territory=asked.territory,
        territory_was="、".join(one.name for one in divisions.ever(asked.territory)),
        lineage=tuple(one.code for one in reversed(divisions.path(asked.territory, on=on))),
        subscriber_division=credit_code.division(sides[party].credit_code),
        provider_division=credit_code.division(sides[entry.holder_id].credit_code) if entry else "",
        elements=frozenset(element.name for element in entry.elements) if entry else frozenset(),
        column=asked.column,
        cycle=asked.cycle.value,
        resource_cycle=entry.cycle if entry else "other",
        same_open=mine.exclude(state__in=ENDED).exists(),
    )


def subscribe(matter: Matter) -> Done:
    row: Subscription = matter.subject
    asked: asks.Subscription = matter.inputs
    row.subscriber_id, row.provider_id, row.resource_id = (
        int(matter.by.party or 0),
        matter.known.holder_id,
        asked.resource,
    )
    for name in ("territory", "column", "ground", "contact_name", "contact_phone"):
        setattr(row, name, getattr(asked, name))
    row.cycle = asked.cycle.value
    return Done({"resource": matter.known.code, "territory": row.territory})


def agree(matter: Matter) -> Done:
    """From now on an edition is expected within the first cycle."""
    row: Subscription = matter.subject
    row.due_at = cycles.next_due(row.cycle, local_day(matter.at))
    return Done({"due_at": row.due_at.isoformat()})


def go_on(matter: Matter) -> Done:
    """What was due stays due; what became due meanwhile is late at once."""
    row: Subscription = matter.subject
    if row.due_at is not None:
        row.due_at = max(row.due_at, matter.at)
    return Done()


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()


def fall_late(matter: Matter) -> Done:
    """No edition came within the cycle: the provider is asked why, and those who watch are told."""
    row: Subscription = matter.subject
    row.late_times += 1
    words = Words(
        f"回流订阅 {row.pk}“{row.title()}”超过约定周期没有交付",
        f"Subscription {row.pk} “{row.title()}”: no edition came in its cycle",
    )
    raise_alarms([("overdue", f"subscription/{row.pk}/{row.late_times}", words)], matter.at, "subscription", row.pk)
    return Done({"times": row.late_times})


def seen_postponed(matter: Matter) -> rules.PostponedSeen:
    on = local_day(matter.at)
    return rules.PostponedSeen(on, matter.inputs.due_date, cycles.due_date(matter.subject.cycle, on))


def postpone(matter: Matter) -> Done:
    row: Subscription = matter.subject
    row.due_at, row.reason = calendar.end_of(matter.inputs.due_date), matter.inputs.reason
    return Done()


def deliver(matter: Matter) -> Done:
    """Its rows of an edition, with their digest; the next is due one cycle from here."""
    row: Subscription = matter.subject
    given: asks.Delivered = matter.inputs
    late = row.state == "late" or (row.due_at is not None and row.due_at <= matter.at)
    Portion.objects.create(
        edition_id=given.edition, subscription=row, rows=given.rows, size=given.size, file=given.file, late=late,
        delivered_at=matter.at,
    )  # fmt: skip
    missed = MissedPortion.objects.filter(edition=given.edition, subscription=row, mended_at=None)
    missed.update(mended_at=matter.at)
    row.delivered_at, row.due_at = matter.at, cycles.next_due(row.cycle, local_day(matter.at))
    return Done({"late": late, "due_at": row.due_at.isoformat()})


def pass_over(matter: Matter) -> Done:
    """The edition went to the others; what is due stays due."""
    given: asks.PassedOver = matter.inputs
    MissedPortion.objects.update_or_create(
        edition_id=given.edition, subscription=matter.subject,
        defaults={
            "why": given.why.value, "column": given.column, "columns": given.columns, "of_columns": given.of_columns,
            "file": given.file, "told_at": matter.at,
        },
    )  # fmt: skip
    return Done()


def seen_column(matter: Matter) -> rules.ColumnSeen:
    row: Subscription = matter.subject
    entry = _entry(row.resource_id)
    elements = frozenset(one.name for one in entry.elements) if entry else frozenset()
    return rules.ColumnSeen(elements, matter.inputs.column, row.column)


def name_column(matter: Matter) -> Done:
    row: Subscription = matter.subject
    row.column = matter.inputs.column
    return Done()


def seen_edition(matter: Matter) -> rules.EditionSeen:
    asked: asks.Edition = matter.inputs
    _alone("edition", asked.resource)
    entry = _entry(asked.resource)
    kept = papers.paper_of(asked.file, matter.by.party)
    before = Edition.objects.filter(resource=asked.resource, version=asked.version)
    return rules.EditionSeen(
        own=entry is not None and entry.holder_id == matter.by.party,
        file_own=kept is not None,
        is_table=kept is not None and kept.media_type == "text/csv",
        subscribers=Subscription.objects.filter(resource=asked.resource, state__in=RECEIVING).count(),
        version_taken=before.exclude(state__in=["failed", "withdrawn"]).exists(),
    )


def hand_in(matter: Matter) -> Done:
    """The dividing is done by the worker; the job is committed with the act."""
    row: Edition = matter.subject
    asked: asks.Edition = matter.inputs
    row.provider_id, row.resource_id = int(matter.by.party or 0), asked.resource
    row.version, row.file = asked.version, asked.file
    divide_anew(matter)
    return Done({"version": row.version})


def divide_anew(matter: Matter) -> Done:
    app.configure_task(JOB, queue=QUEUE).defer(edition_id=matter.subject.pk)
    return Done()


def seen_supplement(matter: Matter) -> rules.EditionSeen:
    kept = papers.paper_of(matter.inputs.file, matter.by.party)
    return rules.EditionSeen(True, kept is not None, kept is not None and kept.media_type == "text/csv", 1)


def supplement(matter: Matter) -> Done:
    matter.subject.file, matter.subject.reason = matter.inputs.file, ""
    return divide_anew(matter)


def finish(matter: Matter) -> Done:
    row: Edition = matter.subject
    for name in asks.Divided.model_fields:
        setattr(row, name, getattr(matter.inputs, name))
    row.divided_at, row.reason = matter.at, ""
    return Done()
