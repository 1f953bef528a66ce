"""What happens to notices, files of consents, links and requests."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Done, Matter, Unknown, local_day
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.consent import said
from tongqu.exchange.registry.consent.kinds import GIVEN, REFUSED, SENSITIVE, WITHDRAWN, Channel
from tongqu.exchange.registry.consent.models import ConsentBatch, ConsentNotice, DataSubject, SubjectRequest
from tongqu.exchange.registry.consent.rules import AnswerSeen, BatchSeen, LinkSeen, NoticeSeen, RequestSeen, SaidSeen
from tongqu.wire.canonical import digest
from tongqu.wire.consents import SubjectPass, UsesOrder
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.seals import BadSeal

QUEUE, JOB = "harvest", "tongqu.consents"
ESSENCE = ("receiver", "node", "source", "purposes", "purpose_text", "method", "kinds")
"""What asks for consent anew when it changes (PIPL art. 14)."""


def account_of(person: int) -> str:
    """The name by which a node seals a pass for an account."""
    return f"account-{person}"


# Notices.


def seen_notice(matter: Matter) -> NoticeSeen:
    asked = matter.inputs
    receiver = parties.organisations([asked.receiver]).get(asked.receiver)
    earlier = ConsentNotice.objects.filter(pk=asked.earlier).first() if asked.earlier else None
    return NoticeSeen(
        on=local_day(matter.at),
        source_is_ones_own=asked.source in _own_sources(asked.node, int(matter.by.party or 0)),
        receiver_is_one=receiver is not None and receiver.state == "admitted",
        receiver_is_provider=asked.receiver == matter.by.party,
        earlier_is_ones_own=not asked.earlier or (earlier is not None and earlier.provider_id == matter.by.party),
        earlier_stands=not asked.earlier or (earlier is not None and earlier.state == "published"),
        condition_of_service=asked.condition_of_service,
        needed_for_service=asked.needed_for_service,
        papers_are_ones_own=asked.minors_rules is None
        or papers.paper_of(asked.minors_rules, matter.by.party) is not None,
    )


def _own_sources(node_id: int, party: int) -> frozenset[str]:
    """Sources at a node whose data is this party's: at its own node, or declared as its data at one that serves several."""
    try:
        node, holder = nodes.node(node_id), parties.organisation(party)
    except Unknown:
        return frozenset()
    return frozenset(one.source for one in nodes.sources(node_id) if catalogue.is_source_of(one, node, holder))


def _holder_of(node: nodes.NodeView, source: str) -> int:
    """Whose data a source is: who declares it as its own, else who runs the node. Raises Unknown."""
    declared = next(iter(nodes.sources(node.id, named=source)), None)
    if declared is None:
        raise Unknown(f"source {source}")
    holder = parties.by_credit_code(declared.holder) if declared.holder else None
    return node.provider_id if holder is None else holder.id


def draft(matter: Matter) -> Done:
    row: ConsentNotice = matter.subject
    asked = matter.inputs
    earlier = ConsentNotice.objects.filter(pk=asked.earlier).first() if asked.earlier else None
    told = asked.model_dump(mode="json", exclude={"earlier", "condition_of_service", "needed_for_service"})
    for name, value in told.items():
        setattr(row, f"{name}_id" if name in {"node", "receiver"} else name, value)
    row.provider_id = int(matter.by.party or 0)
    row.series = row.pk if earlier is None else earlier.series
    _one_by_one(row.series)
    before = ConsentNotice.objects.filter(series=row.series).exclude(state="discarded").order_by("-version").first()
    row.version = 1 if before is None else before.version + 1
    row.essence = digest({name: told[name] for name in ESSENCE})
    row.digest = digest({**told, "series": row.series, "version": row.version})
    return Done({"series": row.series, "version": row.version, "digest": row.digest, "essence": row.essence})


def seen_draft(matter: Matter) -> NoticeSeen:
    row: ConsentNotice = matter.subject
    _one_by_one(row.series)
    later = ConsentNotice.objects.filter(series=row.series, version__gt=row.version, published_at__isnull=False)
    stands = row.version == 1 or _before(row) is not None
    return NoticeSeen(
        on=local_day(matter.at), earlier_stands=stands and not later.exists(),
        others_at_node=_others_at_node(row.node_id, row.series),
    )  # fmt: skip


def _others_at_node(node: int, series: int) -> int:
    """Who publishes for the same node at this moment waits, so that two do not take the last place."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"notices/{node}"])
    rows = ConsentNotice.objects.filter(node_id=node, state="published").exclude(series=series)
    return rows.values("series").distinct().count()


def _one_by_one(series: int) -> None:
    """Two versions of a notice at one moment: the second waits until the first is written, and then sees it."""
    list(ConsentNotice.objects.select_for_update().filter(pk=series))


def _before(row: ConsentNotice) -> ConsentNotice | None:
    """The version that this one would follow: the newest in force, for those before it may not be replaced yet."""
    found = ConsentNotice.objects.filter(series=row.series, state="published", version__lt=row.version)
    return found.order_by("-version").first()


def publish(matter: Matter) -> Done:
    """Consents go on counting only where nothing of what they were to has changed."""
    row: ConsentNotice = matter.subject
    before = _before(row)
    same = before is not None and before.essence == row.essence
    row.basis = before.basis if before is not None and same else row.pk
    row.published_at = matter.at
    follows = None if before is None else before.pk
    return Done({"basis": row.basis, "digest": row.digest, "follows": follows, "asks_anew": not same})


def end(matter: Matter) -> Done:
    matter.subject.ended_at = matter.at
    return Done()


def end_for_reason(matter: Matter) -> Done:
    matter.subject.ended_at, matter.subject.reason = matter.at, matter.inputs.reason
    return Done()


# Files of consents.


def seen_batch(matter: Matter) -> BatchSeen:
    own = _own_sources(matter.inputs.node, int(matter.by.party or 0))
    return BatchSeen(bool(own), papers.paper_of(matter.inputs.file, matter.by.party) is not None)


def start_batch(matter: Matter) -> Done:
    """The worker takes it in; the job is committed with the act."""
    row: ConsentBatch = matter.subject
    row.provider_id, row.node_id = int(matter.by.party or 0), matter.inputs.node
    row.file, row.name = matter.inputs.file, matter.inputs.name
    app.configure_task(JOB, queue=QUEUE).defer(batch_id=row.pk)
    return Done({"file": row.file})


def finish_batch(matter: Matter) -> Done:
    matter.subject.lines = matter.inputs.lines
    return Done(matter.inputs.plain())


def fail_batch(matter: Matter) -> Done:
    matter.subject.reason = matter.inputs.reason
    return Done({"position": matter.subject.position})


# The person behind a reference.


def _vouched(told: str) -> tuple[dict[str, Any] | None, SubjectPass | None, int, int]:
    """The sealed pass, what it says, the node and its provider; nothing where it is none of a node that we know."""
    try:
        sealed = json.loads(told)
        node = nodes.node(int(sealed["body"]["node"]))
        ring = nodes.keys.ring(node.id)
        vouched = open_sealed(SubjectPass, sealed, ring)
        if vouched.node != node.wire_name:
            return None, None, 0, 0
        return sealed, vouched, node.id, _holder_of(node, vouched.source)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        OverflowError,
        BadSeal,
        BadMessage,
        Unknown,
    ):
        return None, None, 0, 0


def seen_link(matter: Matter) -> LinkSeen:
    _sealed, vouched, node, _provider = matter.known = _vouched(matter.inputs.vouched)
    if vouched is None:
        return LinkSeen(False, False, False)
    with connection.cursor() as cursor:  # of two who bring one reference at one moment, the second sees the first
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 9))", [f"subject/{node}/{vouched.reference}"])
    taken = DataSubject.objects.filter(node_id=node, reference=vouched.reference, state="linked").exists()
    return LinkSeen(
        sealed_by_node=True,
        for_this_account=vouched.account == account_of(int(matter.by.person or 0)),
        in_time=vouched.made_at - timedelta(minutes=5) <= matter.at < vouched.until,
        taken=taken,
    )


def link(matter: Matter) -> Done:
    row: DataSubject = matter.subject
    sealed, vouched, node, provider = matter.known
    row.person_id, row.node_id, row.provider_id = int(matter.by.person or 0), node, provider
    row.source, row.reference, row.vouched = vouched.source, vouched.reference, sealed
    return Done({"node": node, "source": row.source})


def seen_said(matter: Matter) -> SaidSeen:
    row: DataSubject = matter.subject
    notice = ConsentNotice.objects.filter(pk=matter.inputs.notice, node_id=row.node_id, source=row.source).first()
    if notice is None:
        raise Unknown(f"notice {matter.inputs.notice}")
    word = said.last(notice.basis or 0, row.reference)
    matter.known = notice, word
    return SaidSeen(
        on=local_day(matter.at),
        rules_for_minors=notice.minors_rules is not None,
        sensitive=bool(set(notice.kinds) & SENSITIVE),
        notice_stands=notice.state == "published",
        stands=word is not None and word.what == GIVEN,
    )


def say(matter: Matter) -> Done:
    """One fact under the reference. The log has the notice and the number; whom it concerns, only who sees the link."""
    row: DataSubject = matter.subject
    notice, word = matter.known
    what = {"consent": GIVEN, "decline": REFUSED, "withdraw": WITHDRAWN}[matter.act]
    if what == REFUSED and word is not None and word.what == GIVEN:
        what = WITHDRAWN
    if word is not None and word.what == what and word.channel != Channel.TRUST:  # one's own word is said even so
        return Done({"notice": notice.pk, "what": what, "number": word.number})
    number = said.write_down(
        row.node_id, notice=notice.pk, basis=notice.basis, reference=row.reference, what=what, form="separate",
        channel="portal", at=matter.at,
    )  # fmt: skip
    return Done({"notice": notice.pk, "what": what, "number": number})


def ask_uses(matter: Matter) -> Done:
    """The node is asked for its own record, with the pass that it sealed."""
    row: DataSubject = matter.subject
    task = nodes.tasks.ask_uses(row.node_id, uses_of(row.pk), UsesOrder(row.source, row.vouched), at=matter.at)
    return Done({"task": task})


def unlink(matter: Matter) -> Done:
    """What was told of the person's data goes with the link, and so does the pass: nobody can ask by it any more."""
    row: DataSubject = matter.subject
    nodes.tasks.forget_uses(row.node_id, uses_of(row.pk), at=matter.at)
    row.vouched = {}
    return Done()


def uses_of(link: int) -> str:
    return f"data-subject/{link}"


# Requests.


def seen_request(matter: Matter) -> RequestSeen:
    row = DataSubject.objects.filter(pk=matter.inputs.link, state="linked", person_id=matter.by.person or 0).first()
    matter.known = row
    return RequestSeen(link_is_ones_own=row is not None and matter.by.party is None)


def file_request(matter: Matter) -> Done:
    row: SubjectRequest = matter.subject
    row.link_id, row.provider_id, row.person_id = matter.known.pk, matter.known.provider_id, matter.known.person_id
    row.right, row.text = matter.inputs.right.value, matter.inputs.text
    return Done({"right": row.right})


def seen_answer(matter: Matter) -> AnswerSeen:
    paper = matter.inputs.answer_paper
    return AnswerSeen(paper is None or papers.paper_of(paper, matter.by.party) is not None)


def answer(matter: Matter) -> Done:
    row: SubjectRequest = matter.subject
    row.answer, row.answer_paper, row.answered_at = matter.inputs.answer, matter.inputs.answer_paper, matter.at
    return Done()


def refuse(matter: Matter) -> Done:
    row: SubjectRequest = matter.subject
    row.reason, row.answered_at = matter.inputs.reason, matter.at
    return Done()


def note_reason(matter: Matter) -> Done:
    return Done({"days": matter.inputs.days})


def complain(matter: Matter) -> Done:
    matter.subject.complaint = matter.inputs.complaint
    return Done()


def conclude(matter: Matter) -> Done:
    matter.subject.conclusion = matter.inputs.conclusion
    return Done()
