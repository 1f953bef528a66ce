"""The steps of a take-over and of a registration that lives on."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.registry import catalogue, recognition
from tongqu.exchange.registry.handover.models import TakeOver
from tongqu.exchange.registry.handover.rules import BindSeen, BundleSeen

QUEUE, JOB = "harvest", "tongqu.take_over"


def seen(matter: Matter) -> BundleSeen:
    file = matter.inputs.file
    taken = TakeOver.objects.filter(file=file, state__in=["running", "stopped", "finished"])
    listed = recognition.owner_of_key(matter.inputs.public, local_day(matter.at)) is not None
    return BundleSeen(papers.paper_of(file, matter.by.party) is not None, taken.exists(), listed)


def start(matter: Matter) -> Done:
    """The worker does it; the job is committed with the act."""
    row = matter.subject
    row.registrar_id, row.file, row.public = int(matter.by.party or 0), matter.inputs.file, matter.inputs.public
    app.configure_task(JOB, queue=QUEUE).defer()
    return Done({"file": row.file})


def resume(matter: Matter) -> Done:
    app.configure_task(JOB, queue=QUEUE).defer()
    return Done({"position": matter.subject.position})


def stop(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"position": matter.subject.position})


def finish(matter: Matter) -> Done:
    row = matter.subject
    return Done(
        {"from": row.from_code, "registrations": row.position, "matters": row.matters, "papers": row.papers,
         "living": row.living, "facts": row.facts}
    )  # fmt: skip


def fail(matter: Matter) -> Done:
    matter.subject.fault = matter.inputs.plain()
    return Done(matter.inputs.plain())


def keep(matter: Matter) -> Done:
    row, asked = matter.subject, matter.inputs
    row.take_over_id, row.record_id = asked.take_over, asked.record
    row.registrar_id = TakeOver.objects.values_list("registrar_id", flat=True).get(pk=asked.take_over)
    for name in ("holder_code", "holder_name", "name", "code", "valid_to_at", "resource_name"):
        setattr(row, name, getattr(asked, name))
    row.holder_id = asked.holder
    return Done({"code": row.code})


def name_holder(matter: Matter) -> Done:
    matter.subject.holder_id = matter.inputs.holder
    return Done()


def seen_bind(matter: Matter) -> BindSeen:
    row = matter.subject
    try:
        entry = catalogue.resource(matter.inputs.resource)
    except Unknown:
        entry = None
    return BindSeen(
        resource_is_own=entry is not None and entry.holder_id == row.holder_id,
        resource_ready=entry is not None and entry.state == "catalogued",
        same_name=entry is not None and entry.name == row.resource_name,
        wanted_name=row.resource_name,
        holder_is_registrar=row.holder_id == row.registrar_id,
    )


def bind(matter: Matter) -> Done:
    return Done({"resource": matter.inputs.resource})


def enter(matter: Matter) -> Done:
    matter.subject.registration_id = matter.inputs.registration
    return Done()
