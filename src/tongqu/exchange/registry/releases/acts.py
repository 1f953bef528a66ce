"""What happens when a release is handed in, checked, confirmed, published and withdrawn."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from procrastinate.contrib.django import app

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown
from tongqu.exchange.bedrock.rows import lock
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.releases.models import Release
from tongqu.exchange.registry.releases.rules import Confirming, Seen
from tongqu.exchange.registry.releases.tables import FORMATS

QUEUE, JOB = "harvest", "tongqu.release.check"
"""The worker's queue for what takes long: files of others' catalogues and of open data."""


def seen(matter: Matter) -> Seen:
    """The release beside its resource as it stands now, not as it stood when the file was handed in."""
    row: Release = matter.subject
    asked: Any = matter.inputs
    file = getattr(asked, "file", "") or row.sha256
    resource = _resource(row.resource_id or asked.resource)
    paper = papers.paper_of(file, matter.by.party)
    return Seen(
        own_resource=resource is not None and resource.holder_id == matter.by.party,
        catalogued=resource is not None and resource.state == "catalogued",
        opening=resource.opening if resource else "",
        personal=resource.personal if resource else False,
        kind=resource.kind if resource else "",
        own_paper=paper is not None,
        format=FORMATS.get(paper.media_type, "") if paper else "",
        confirmed=row.confirmed_at is not None,
    )


def _resource(resource_id: int) -> ResourceView | None:
    try:
        return catalogue.resource(resource_id)
    except Unknown:
        return None


def seen_confirming(matter: Matter) -> Confirming:
    return Confirming(by_holder=matter.subject.holder_id == matter.by.party)


def draft(matter: Matter) -> Done:
    """The file is read by the worker; the job is committed with the act."""
    row: Release = matter.subject
    row.resource_id, row.holder_id = matter.inputs.resource, int(matter.by.party or 0)
    _fill(row, matter)
    wake(row.pk)
    return Done({"resource": row.resource_id, "file": row.sha256})


def amend(matter: Matter) -> Done:
    _fill(matter.subject, matter)
    wake(matter.subject.pk)
    return Done({"resource": matter.subject.resource_id, "file": matter.subject.sha256})


def _fill(row: Release, matter: Matter) -> None:
    asked = matter.inputs
    paper = papers.paper_of(asked.file, matter.by.party)
    if paper is None:  # the rules said that there is one
        raise Unknown(f"paper {asked.file}")
    row.sha256, row.size, row.media_type = paper.sha256, paper.size, paper.media_type
    row.format = FORMATS[paper.media_type]
    row.note, row.period_from_date, row.period_to_date = asked.note, asked.period_from_date, asked.period_to_date
    row.licence, row.terms = asked.licence.value, asked.terms
    row.rows, row.columns, row.faults = None, [], []
    row.checked_at, row.confirmed_at, row.reason = None, None, ""


def wake(release_id: int) -> None:
    """Has the worker read the file."""
    app.configure_task(JOB, queue=QUEUE).defer(release_id=release_id)


def take_check(matter: Matter) -> Done:
    row: Release = matter.subject
    row.rows, row.columns, row.checked_at = matter.inputs.rows, matter.inputs.columns, matter.at
    return Done({"file": row.sha256, "rows": row.rows, "columns": len(row.columns)})


def take_faults(matter: Matter) -> Done:
    matter.subject.faults = matter.inputs.faults
    return Done({"file": matter.subject.sha256, "faults": len(matter.inputs.faults)})


def confirm(matter: Matter) -> Done:
    matter.subject.confirmed_at = matter.at
    return Done({"file": matter.subject.sha256})


def send_back(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"file": matter.subject.sha256})


def publish(matter: Matter) -> Done:
    """The next version of its resource. Releases of one resource wait for each other, so no number is given twice."""
    row: Release = matter.subject
    lock(type(row.resource), row.resource_id)
    last = Release.objects.filter(resource_id=row.resource_id).aggregate(last=Max("version"))["last"]
    row.version, row.published_at = (last or 0) + 1, matter.at
    return Done(
        {"resource": row.resource_id, "version": row.version, "file": row.sha256, "size": row.size, "rows": row.rows}
    )


def withdraw(matter: Matter) -> Done:
    row: Release = matter.subject
    row.reason = matter.inputs.reason
    return Done({"resource": row.resource_id, "version": row.version, "file": row.sha256})
