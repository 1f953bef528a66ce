"""What the exchange hears from a node at each sync, and what it asks of it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.inputs import BadInput
from tongqu.exchange.bedrock.procedures import HOUSE, Alarm, NotNow, Refused, holds_on, local_day, perform, raise_alarms
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.nodes.models import LIVE, Node, NodeSource, NodeTask
from tongqu.exchange.members.nodes.procedure import NODE
from tongqu.wire.canonical import digest
from tongqu.wire.message import BadMessage, FieldFault, open_sealed
from tongqu.wire.new_key import open_announcement
from tongqu.wire.seals import BadSeal, key_id
from tongqu.wire.sync import (
    DEIDENTIFICATION,
    PROFILE,
    QUALITY,
    STATEMENT,
    USES,
    NotFresh,
    SyncRequest,
    TaskAnswer,
    check_request_fresh,
)
from tongqu.wire.words import Words as WireWords


@dataclass(frozen=True)
class Heard:
    """A sync that was taken. `serves` is whether the node gets a lease; `why_not` says why when it does not.

    `stated` are the contracts that the node, asked for it, says are stated to their end; the caller takes the statements
    that came along and closes the task with `tasks.close_statement`. Until then the node is asked again.
    """

    node_id: int
    provider_id: int
    state: str
    serves: bool
    why_not: Words | None
    request: SyncRequest
    stated: tuple[str, ...]
    key_taken: str | None = None
    """The id of the key that the node is known by now, where it announced a new one."""


def heard(sealed: Any, *, at: datetime) -> Heard:
    """Takes a node's sealed `SyncRequest`: seal, freshness, sources, answers. Permits and statements are the caller's.

    Raises BadMessage or BadSeal for what is not the node's message, NotFresh for a repeated or late one. A node that
    declares or answers something unusable is answered all the same; the fault is written to the task.
    """
    row = Node.objects.select_related("provider").filter(pk=_claimed(sealed)).first()
    if row is None or not row.public_key or row.state == "retired":
        raise BadSeal("no such node")
    told, by_key = _opened(row, sealed)
    _take(row, told, at, confirms=by_key == row.public_key)
    stated: tuple[str, ...] = ()
    if row.state in LIVE:
        _declare(row, told, at)
        _change_key(row, told, by_key, at)
        stated = _answers(row, told.answers, at)
    why_not = _why_not(row)
    return Heard(row.pk, row.provider_id, row.state, why_not is None, why_not, told, stated, _key_taken(row, told))


def _opened(row: Node, sealed: Any) -> tuple[SyncRequest, str]:
    """The message, and the key it is sealed with: the node's, or, as long as the node was not heard under it, the one before:
    the answer that the new one was taken may have been lost."""
    current, before = str(row.public_key), row.key_before
    try:
        return open_sealed(SyncRequest, sealed, bytes.fromhex(current)), current
    except BadSeal:
        if not before:
            raise
        return open_sealed(SyncRequest, sealed, bytes.fromhex(before)), before


def _change_key(row: Node, told: SyncRequest, by_key: str, at: datetime) -> None:
    """Takes a new key that is announced under the one that sealed this message. What is no such announcement changes nothing;
    nor does a key that another node has: then the answer does not say that it was taken."""
    if told.new_key is None or by_key != row.public_key:
        return
    with suppress(BadSeal, BadMessage, Refused):
        new = open_announcement(told.new_key, bytes.fromhex(by_key))
        if new.node != told.node:
            return
        public = new.public_bytes.hex()
        _write_down(
            row, "rekey", at, key=f"node/{row.pk}/rekey/{public[:32]}", public_key=public, announcement=digest(told.new_key["body"]),
        )  # fmt: skip
        row.refresh_from_db(fields=["public_key", "key_before"])


def _key_taken(row: Node, told: SyncRequest) -> str | None:
    return key_id(bytes.fromhex(str(row.public_key))) if told.new_key is not None else None


def _claimed(sealed: Any) -> int:
    """Which node the message says it is from; whether that is so, the seal decides."""
    body = sealed.get("body") if isinstance(sealed, dict) else None
    name = body.get("node") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name.isdecimal() or not name.isascii() or len(name) > 18:
        fault = FieldFault("sync-request.node", "bad-form", WireWords("格式不正确。", "The form is not right."))
        raise BadMessage("sync-request", [fault])
    return int(name)


def _take(row: Node, told: SyncRequest, at: datetime, *, confirms: bool) -> None:
    """One statement decides which of two equal messages is the first."""
    check_request_fresh(told, last_sequence=row.last_sequence, now=at)
    kept: dict[str, Any] = {"last_sequence": told.sequence, "last_seen_at": at, "software": told.software}
    kept["works"] = list(told.works)
    if confirms and row.key_before:  # heard under the new key: the old one is of no more use
        kept["key_before"] = ""
    if told.address:
        kept["address"] = told.address
    if not Node.objects.filter(pk=row.pk, last_sequence__lt=told.sequence).update(**kept):
        raise NotFresh("replayed", WireWords("该同步报文已处理过。", "This sync message was taken before."))


def _declare(row: Node, told: SyncRequest, at: datetime) -> None:
    """An act only when something changed: a node repeats its declarations at each start."""
    if not told.sources:
        return
    fresh = {declared.source: digest(declared.to_json()) for declared in told.sources}
    known = dict(NodeSource.objects.filter(node=row, gone_at__isnull=True).values_list("source", "digest"))
    if fresh == known:
        return
    declared = [source.to_json() for source in told.sources]
    try:
        _write_down(row, "declare", at, key=f"node/{row.pk}/declare/{told.sequence}", sources=declared)
    except BadInput as bad:  # a name in one source's data ends neither the lease nor the delivery of all others
        raise_alarms(
            [("node-declaration", f"node/{row.pk}/declaration/{digest(fresh)[:16]}", Words(
                f"节点“{row.name}”申报的数据源不能保存：{bad.words.zh[:300]}",
                f"What node “{row.name}” declares of its sources cannot be kept: {bad.words.en[:300]}",
            ))],
            at, "node", row.pk,
        )  # fmt: skip
    else:
        Alarm.objects.filter(kind="node-declaration", procedure="node", subject=row.pk, cleared_at=None).update(
            cleared_at=at
        )


def _write_down(row: Node, act: str, at: datetime, *, key: str, **inputs: Any) -> None:
    """The node repeats what it tells: when it was retired or must register anew a moment ago, nothing is lost."""
    with suppress(NotNow):
        perform(NODE, act, row.pk, by=HOUSE, at=at, key=key, **inputs)


def _answers(row: Node, answers: Collection[TaskAnswer], at: datetime) -> tuple[str, ...]:
    """Takes what was measured and what failed. The contracts that are stated to their end."""
    numbers = {int(answer.task): answer for answer in answers if answer.task.isdecimal() and len(answer.task) <= 18}
    if not numbers:
        return ()
    tasks = list(NodeTask.objects.filter(node=row, pk__in=numbers, answered_at__isnull=True).order_by("pk"))
    for task in tasks:
        _answer(row, task, numbers[task.pk], at)
    return tuple(task.target for task in tasks if task.work == "statement" and numbers[task.pk].done)


def _answer(row: Node, task: NodeTask, answer: TaskAnswer, at: datetime) -> None:
    fault = _fault(task, answer)
    if task.work == USES:  # what it says is the subject's own: the log has that it was asked, and no more
        told = answer.uses.to_json() if answer.uses is not None and not fault else None
        open_still = NodeTask.objects.filter(pk=task.pk, answered_at__isnull=True)
        open_still.update(answered_at=at, answer=told, fault=fault)
        return
    key = f"node-task/{task.pk}"
    if fault and task.fault:  # a statement is owed however often it fails: said once, asked for on
        return
    if fault:
        _write_down(row, "failed", at, key=key, task=task.pk, source=task.target, fault=fault)
        if task.work == "statement":
            words = Words(
                f"节点“{row.name}”不能出具合同 {task.target} 的最后结算单：{fault}",
                f"Node “{row.name}” cannot make the last statement of {task.target}: {fault}",
            )
            raise_alarms([("statement", key, words)], at, "node", row.pk)
    elif answer.profile is not None and task.work == "profile":
        _write_down(row, "measured", at, key=key, task=task.pk, profile=answer.profile.to_json())
    elif answer.measured is not None:
        _write_down(row, "examined", at, key=key, task=task.pk, **{task.work: answer.measured.to_json()})


def _fault(task: NodeTask, answer: TaskAnswer) -> str:
    if not answer.done:
        return answer.code or "not-done"
    if task.work == STATEMENT:
        return ""
    source = task.target if task.order is None else task.order["source"]
    told: Any = {
        PROFILE: answer.profile, QUALITY: answer.quality, DEIDENTIFICATION: answer.deidentification, USES: answer.uses,
    }[task.work]  # fmt: skip
    if told is None or told.source != source or told is not answer.measured:
        return "wrong-profile" if task.work == PROFILE else "wrong-answer"
    return _against_order(task, answer)


def _against_order(task: NodeTask, answer: TaskAnswer) -> str:
    """A measurement answers what was asked, entry by entry."""
    if task.order is None:
        return ""
    if answer.quality is not None:
        asked = [rule["id"] for rule in task.order["rules"]]
        return "" if [rule.id for rule in answer.quality.rules] == asked else "wrong-answer"
    if answer.deidentification is not None:
        steps = [quasi["steps"] for quasi in task.order["quasi"]]
        applied = [step.to_json() for step in answer.deidentification.applied]
        fits = len(applied) == len(steps) and all(step in known for step, known in zip(applied, steps, strict=True))
        return "" if fits else "wrong-answer"
    return ""


def _why_not(row: Node) -> Words | None:
    provider: Any = row.provider
    if row.state == "suspended":
        return Words(f"节点已暂停：{row.reason}", f"The node is suspended: {row.reason}")
    if row.state != "active":
        return Words("节点须重新注册", "The node must register again")
    if provider.state != "admitted":
        return Words("提供方已暂停或退出", "The provider is suspended or has left")
    holds = holds_on(NODE, row.pk)
    if holds:
        return Words(
            "节点已被冻结：" + "；".join(h.ground for h in holds),
            "A hold stands: " + "; ".join(h.ground for h in holds),
        )
    return None


def warn_silent(at: datetime) -> int:
    """Raises an alarm for each active node not heard for longer than the house allows. Returns how many are new.

    An alarm ends when its node has been heard again.
    """
    heard_again = Node.objects.filter(pk=OuterRef("subject"), last_seen_at__gt=OuterRef("raised_at"))
    Alarm.objects.filter(Exists(heard_again), kind="node-silent", cleared_at=None).update(cleared_at=at)
    seconds = int(law.figure("house.node_silent_seconds", on=local_day(at)).value)
    since = at - timedelta(seconds=seconds)
    silent = Node.objects.filter(
        Q(last_seen_at__lt=since) | Q(last_seen_at=None, registered_at__lt=since), state="active"
    )
    return sum(
        raise_alarms(
            [("node-silent", f"node/{row.pk}/silent/{(row.last_seen_at or row.registered_at or at).isoformat()}", Words(
                f"节点“{row.name}”已 {seconds} 秒没有消息",
                f"Node “{row.name}” has not been heard for {seconds} seconds",
            ))],
            at, "node", row.pk,
        )
        for row in silent.order_by("pk")[:500]
    )  # fmt: skip
