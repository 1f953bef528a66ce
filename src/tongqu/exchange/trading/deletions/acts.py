"""Deletion after use: opened when the contract ends, counted from the end of all use, attested, noted or objected to."""

from __future__ import annotations

from datetime import datetime, timedelta

from tongqu.exchange.bedrock import calendar, law, papers
from tongqu.exchange.bedrock.procedures import Done, Matter, RunningClock, local_day
from tongqu.exchange.trading import contracts, delivery, negotiation
from tongqu.exchange.trading.deletions import rules
from tongqu.exchange.trading.deletions.inputs import Attestation, Method
from tongqu.exchange.trading.deletions.models import DeletionAttestation, DeletionDuty
from tongqu.exchange.trading.deletions.queries import carrying

NAME = "deletion_duty"


def open_duty(matter: Matter) -> Done:
    """The contract has ended, or was performed while its period of use goes on."""
    made = contracts.contract(matter.inputs.contract)
    data, days = made.text["clauses"]["1-data"], negotiation.agreed(made.text).policy.delete_within_days
    assert days is not None
    row: DeletionDuty = matter.subject
    row.contract_id, row.consumer_id, row.provider_id = made.id, made.consumer_id, made.provider_id
    row.resource_id, row.mode, row.days = data["resource"], data["mode"], days
    row.name = f"{made.number} {data['name']}"[:60]
    row.ended_at = matter.inputs.ended_at
    other = carrying(row, matter.at)
    row.carried_by, row.use_ends_at = (None, row.ended_at) if other is None else other
    _count(row, row.use_ends_at)
    return Done({"contract": made.id, "days": days} | _counted(row))


def _count(row: DeletionDuty, since: datetime) -> None:
    """The day of the event is not counted. The reminder comes so many days before the end; of a short period, halfway."""
    first = local_day(since)
    row.due_at = calendar.end_of(calendar.add_natural_days(first, row.days).day)
    before = timedelta(days=law.figure("house.deletion_reminder", on=first).number)
    row.remind_at = max(row.due_at - before, since + (row.due_at - since) / 2)
    row.reminded_at = row.overdue_at = None


def _counted(row: DeletionDuty) -> dict[str, object]:
    return {
        "use_ends_at": row.use_ends_at.isoformat(), "due_at": row.due_at.isoformat(), "carried_by": row.carried_by,
    }  # fmt: skip


def seen_ending(matter: Matter) -> rules.Ending:
    return rules.Ending(use_is_over=matter.subject.use_ends_at <= matter.at)


def fall_due(matter: Matter) -> Done:
    """Which days are off in a year may have been published since it was first counted."""
    row: DeletionDuty = matter.subject
    _count(row, row.use_ends_at)
    return told(matter)


def told(matter: Matter) -> Done:
    return Done({"contract": matter.subject.contract_id} | _counted(matter.subject))


def _use(row: DeletionDuty, at: datetime) -> tuple[int | None, datetime]:
    """Use under another contract goes on to that one's end; where that one was ended early, it ended then."""
    other = carrying(row, at)
    if other is not None:
        return other
    if row.carried_by is not None:
        return None, max(row.ended_at, min(row.use_ends_at, at))
    return None, row.use_ends_at


def seen_reckoning(matter: Matter) -> rules.Reckoning:
    row: DeletionDuty = matter.subject
    matter.known = _use(row, matter.at)
    return rules.Reckoning(changed=matter.known != (row.carried_by, row.use_ends_at))


def reckon(matter: Matter) -> Done:
    row: DeletionDuty = matter.subject
    row.carried_by, row.use_ends_at = matter.known
    _count(row, row.use_ends_at)
    return told(matter)


def remind(matter: Matter) -> Done:
    matter.subject.reminded_at = matter.at
    return told(matter)


def fall_overdue(matter: Matter) -> Done:
    matter.subject.overdue_at = matter.at
    return told(matter)


def seen_attestation(matter: Matter) -> rules.Attesting:
    asked: Attestation = matter.inputs
    made = contracts.contract(matter.subject.contract_id)
    delivered = delivery.transfer_of(made.id)
    return rules.Attesting(
        today=local_day(matter.at),
        first_date=local_day(_last_use(matter, made, delivered.id)),
        awaits_statement=delivered.state == "completing",
        deleted_date=asked.deleted_date,
        complete=asked.complete,
        nothing_kept=Method.NOTHING_KEPT in asked.methods,
        methods=len(set(asked.methods)),
        papers_unknown=_unknown(matter),
    )


def _last_use(matter: Matter, made: contracts.ContractView, transfer: int) -> datetime:
    """As the provider's node states it, which is believed within the period of the contract alone: it must not be able to
    name a moment after which nothing could be deleted any more."""
    row: DeletionDuty = matter.subject
    last = delivery.statements(transfer, offset=max(0, delivery.stated(transfer) - 1), limit=1)
    used_at = last[0].last_at if last else made.in_force_at
    return max(made.in_force_at, min(used_at, row.ended_at, matter.at))


def _unknown(matter: Matter) -> tuple[str, ...]:
    paper = matter.inputs.paper
    return (paper[:8],) if paper and not papers.paper_of(paper, matter.by.party) else ()


def attest(matter: Matter) -> Done:
    """A late one is taken, and called late, also where the clock has not come round to it yet."""
    row: DeletionDuty = matter.subject
    asked: Attestation = matter.inputs
    row.due_at = _due_at(row)
    if row.state == "owed" and row.due_at <= matter.at:
        row.overdue_at = row.due_at
    late = row.overdue_at is not None
    made = DeletionAttestation.objects.create(
        duty=row, deleted_date=asked.deleted_date, methods=list(dict.fromkeys(one.value for one in asked.methods)),
        systems=asked.systems, media=asked.media, backups=asked.backups, recipients=asked.recipients, kept=asked.kept,
        person=asked.person, paper=asked.paper or "", late=late, at=matter.at,
    )  # fmt: skip
    return Done({"contract": row.contract_id, "attestation": made.pk, "late": late, "due_at": row.due_at.isoformat()})


def _due_at(row: DeletionDuty) -> datetime:
    """As the clock has it, which a hold has stopped for a while; before that runs, and when it no longer does, as it was reckoned."""
    if row.state not in {"owed", "overdue"}:
        return row.due_at
    clock = RunningClock.objects.filter(procedure=NAME, subject=row.pk, name="deadline").first()
    return row.due_at if clock is None or clock.due_at is None else clock.due_at


def take_note(matter: Matter) -> Done:
    row: DeletionDuty = matter.subject
    row.noted_how = "silence" if matter.by.kind == "clock" else "act"
    return Done({"contract": row.contract_id, "how": row.noted_how})


def seen_objection(matter: Matter) -> rules.Objecting:
    return rules.Objecting(_unknown(matter))


def object_to(matter: Matter) -> Done:
    matter.subject.objection, matter.subject.finding = matter.inputs.reason, ""
    return Done({"contract": matter.subject.contract_id})


def seen_decision(matter: Matter) -> rules.Deciding:
    row: DeletionDuty = matter.subject
    return rules.Deciding(reviewer_concerned=matter.by.party in {row.consumer_id, row.provider_id})


def uphold(matter: Matter) -> Done:
    """What was attested is not enough: so many days again, from the decision, or from the end of the use where that is later.
    Nothing was counted anew while the attestation stood: another contract may have come or gone since."""
    row: DeletionDuty = matter.subject
    row.finding = matter.inputs.finding
    row.carried_by, row.use_ends_at = _use(row, matter.at)
    _count(row, max(matter.at, row.use_ends_at))
    return told(matter)


def dismiss(matter: Matter) -> Done:
    row: DeletionDuty = matter.subject
    row.finding, row.noted_how = matter.inputs.finding, "decided"
    return Done({"contract": row.contract_id, "how": row.noted_how})
