"""What the acts on a node do beyond the state."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from tongqu.exchange.bedrock.procedures import Done, Matter
from tongqu.exchange.members.nodes.models import Node, NodeKey, NodeSource, NodeTask, SourceProfile
from tongqu.exchange.members.nodes.queries import provider_meant
from tongqu.exchange.members.nodes.rules import Noting
from tongqu.wire.canonical import digest
from tongqu.wire.source import Profile


def enrol(matter: Matter) -> Done:
    node: Node = matter.subject
    provider = provider_meant(matter)
    node.provider_id, node.name, node.address = provider, matter.inputs.name, matter.inputs.address
    node.enrolment_digest, node.enrolment_until_at = matter.inputs.digest, matter.inputs.until_at
    return Done({"provider": provider})


def renew(matter: Matter) -> Done:
    """Until the node registers anew its earlier key counts no longer: the state is enrolling, and it is not served."""
    node: Node = matter.subject
    node.enrolment_digest, node.enrolment_until_at = matter.inputs.digest, matter.inputs.until_at
    node.reason = matter.inputs.reason
    return Done()


def register(matter: Matter) -> Done:
    node: Node = matter.subject
    before = node.public_key
    node.public_key, node.software = matter.inputs.public_key, matter.inputs.software
    node.registered_at, node.last_sequence, node.key_before = matter.at, 0, ""
    _note_key(node, matter.at)
    return Done({"provider": node.provider_id, "key_before": before or ""})


def rekey(matter: Matter) -> Done:
    """The node goes on under another key, which it announced under the one it had."""
    node: Node = matter.subject
    before = node.public_key or ""
    node.public_key, node.key_before = matter.inputs.public_key, before
    _note_key(node, matter.at)
    return Done({"provider": node.provider_id, "key_before": before})


def _note_key(node: Node, at: datetime) -> None:
    """From now on this key counts; what the one before sealed stays sealed."""
    NodeKey.objects.filter(node=node, until_at__isnull=True).update(until_at=at)
    NodeKey.objects.update_or_create(
        public_key=node.public_key, defaults={"until_at": None}, create_defaults={"node": node, "since_at": at}
    )


def update(matter: Matter) -> Done:
    node: Node = matter.subject
    node.name, node.address = matter.inputs.name, matter.inputs.address
    return Done()


def declare(matter: Matter) -> Done:
    """Takes the declarations that are new or changed; what is no longer named is gone, but stays readable."""
    node: Node = matter.subject
    told = {declared["source"]: declared for declared in matter.inputs.sources}
    known = {row.source: row for row in NodeSource.objects.filter(node=node)}
    changed, news = [], False
    for source, declaration in told.items():
        row = known.get(source) or NodeSource(node=node, source=source)
        if row.digest == digest(declaration) and row.gone_at is None:
            continue
        drift = declaration.get("drift")
        news |= drift is not None and (row.declaration or {}).get("drift") != drift
        row.declaration, row.digest, row.declared_at, row.gone_at = declaration, digest(declaration), matter.at, None
        row.save()
        changed.append(source)
    gone = sorted(source for source, row in known.items() if source not in told and row.gone_at is None)
    NodeSource.objects.filter(node=node, source__in=gone).update(gone_at=matter.at)
    node.drifted = sorted(source for source, declaration in told.items() if declaration.get("drift") is not None)
    if news or not node.drifted:
        node.drift_noted_at = None
    return Done({"changed": sorted(changed), "gone": gone, "sources": {s: digest(d) for s, d in sorted(told.items())}})


def seen_note(matter: Matter) -> Noting:
    node: Node = matter.subject
    return Noting(open=bool(node.drifted) and node.drift_noted_at is None)


def note_drift(matter: Matter) -> Done:
    """The provider knows which data has other columns now. Sales go on once it fits again, not by this."""
    matter.subject.drift_noted_at = matter.at
    return Done({"sources": matter.subject.drifted})


def _task(matter: Matter) -> QuerySet[NodeTask]:
    return NodeTask.objects.filter(pk=matter.inputs.task, node=matter.subject, answered_at__isnull=True)


def take_profile(matter: Matter) -> Done:
    told = Profile.from_json(matter.inputs.profile)
    row = SourceProfile.objects.create(
        node=matter.subject, source=told.source, source_version=told.source_version, profile=matter.inputs.profile,
        digest=digest(matter.inputs.profile), measured_at=told.measured_at,
    )  # fmt: skip
    _task(matter).update(answered_at=matter.at)
    return Done({"source": told.source, "source_version": told.source_version, "digest": row.digest, "rows": told.rows})


def take_examination(matter: Matter) -> Done:
    """Keeps the answer beside its order; whoever asked is named by the task's target."""
    answer = matter.inputs.quality or matter.inputs.deidentification
    task = _task(matter).first()
    if task is None:
        return Done({"work": "", "target": ""})
    _task(matter).update(answered_at=matter.at, answer=answer)
    return Done(
        {
            "work": task.work,
            "target": task.target,
            "source": answer["source"],
            "source_version": answer["source_version"],
            "digest": digest(answer),
        }
    )


def take_failure(matter: Matter) -> Done:
    """A measurement is given up, and may be asked for anew; a statement is owed, so its task stays open."""
    _task(matter).exclude(work="statement").update(answered_at=matter.at)
    asked = NodeTask.objects.filter(pk=matter.inputs.task, node=matter.subject)
    asked.update(fault=matter.inputs.fault)
    work = asked.values_list("work", flat=True).first()
    return Done({"work": work, "source": matter.inputs.source, "fault": matter.inputs.fault})


def give_reason(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done()
