"""What a node is asked to do, told to it with every sync until it has answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from tongqu.exchange.bedrock import rows, statements
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.members.nodes.models import LIVE, Node, NodeTask
from tongqu.wire.consents import UsesOrder
from tongqu.wire.measures import DeidentificationOrder, QualityOrder
from tongqu.wire.sync import DEIDENTIFICATION, PROFILE, QUALITY, STATEMENT, USES, WORKS_AT_FIRST, Task

TASKS_MAX = 100


def ask_profile(node_id: int, source: str, *, at: datetime) -> str:
    """Asks the node to measure a source; the answer is the fact `node.measured` or `node.failed`. Raises Unknown."""
    return _ask(node_id, "profile", source, at)


def ask_statement(node_id: int, contract: str, *, at: datetime) -> str:
    """Asks the node for a statement of a contract now; the statement itself comes with its sync. Raises Unknown."""
    return _ask(node_id, "statement", contract, at)


def ask_examination(node_id: int, target: str, order: QualityOrder | DeidentificationOrder, *, at: datetime) -> str:
    """Asks the node to measure what is ordered, for `target`, a name that whoever asks knows it by. The answer is the fact
    `node.examined` or `node.failed`. Raises Unknown."""
    work = QUALITY if isinstance(order, QualityOrder) else DEIDENTIFICATION
    return _ask(node_id, work, target, at, order.to_json())


def ask_uses(node_id: int, target: str, order: UsesOrder, *, at: datetime) -> str:
    """Asks the node what its own record has of one subject; the answer is kept with the task and becomes no fact: it is the
    subject's. Raises Unknown."""
    return _ask(node_id, USES, target, at, order.to_json())


def last_uses(node_id: int, target: str) -> NodeTask | None:
    """The last such question, answered or not."""
    return NodeTask.objects.filter(node_id=node_id, work=USES, target=target).order_by("-pk").first()


def forget_uses(node_id: int, target: str, *, at: datetime) -> None:
    """Nothing stays of such questions, neither the pass nor what was told for it, and an answer that is under way is not taken."""
    asked = NodeTask.objects.filter(node_id=node_id, work=USES, target=target)
    asked.filter(answered_at__isnull=True).update(answered_at=at, fault="not-awaited")
    asked.update(order={}, answer=None)


def examination(node_id: int, target: str) -> Mapping[str, Any]:
    """What the node last answered for `target`: a message of the wire. Raises Unknown."""
    rows = NodeTask.objects.filter(node_id=node_id, target=target, answer__isnull=False).order_by("-pk")
    found = rows.values_list("answer", flat=True).first()
    if found is None:
        raise Unknown(f"examination {target}")
    return dict(found)


def drop_examination(node_id: int, target: str, *, at: datetime) -> None:
    """Nobody waits for this any longer: the node is asked no more."""
    NodeTask.objects.filter(node_id=node_id, target=target, answered_at__isnull=True, order__isnull=False).update(
        answered_at=at, fault="not-awaited"
    )


def answered(node_id: int, source: str, *, since: datetime, due_at: datetime) -> tuple[int, int]:
    """Of the measurements of a source that were asked for since then and answered, or asked for before `due_at`, how many
    there were, and how many of them were answered without a fault."""
    asked = NodeTask.objects.filter(Q(target=source, work=PROFILE) | Q(order__source=source), node_id=node_id)
    asked = asked.exclude(work=USES)  # what a person asks of their data measures nothing
    due = asked.filter(Q(answered_at__isnull=False) | Q(asked_at__lt=due_at), asked_at__gte=since)
    return due.count(), due.filter(answered_at__isnull=False, fault="").count()


def close_statement(node_id: int, contract: str, *, at: datetime) -> None:
    """The contract's last statement was taken: the node is asked no more."""
    NodeTask.objects.filter(node_id=node_id, work="statement", target=contract, answered_at__isnull=True).update(
        answered_at=at
    )


def open_of(node_id: int) -> tuple[Task, ...]:
    """What a node that is registered has still to answer, the oldest first."""
    open_rows = NodeTask.objects.filter(node_id=node_id, node__state__in=LIVE, answered_at__isnull=True)
    known = Node.objects.filter(pk=node_id).values_list("works", flat=True).first() or WORKS_AT_FIRST
    rows = open_rows.filter(work__in=known).order_by("pk")[:TASKS_MAX]
    return tuple(
        Task(
            id=str(row.pk),
            work=row.work,
            source=row.target if row.work == PROFILE else None,
            contract=row.target if row.work == STATEMENT else None,
            quality=QualityOrder.from_json(row.order) if row.work == QUALITY else None,
            deidentification=DeidentificationOrder.from_json(row.order) if row.work == DEIDENTIFICATION else None,
            uses=UsesOrder.from_json(row.order) if row.work == USES else None,
        )
        for row in rows
    )


def _ask(node_id: int, work: str, target: str, at: datetime, order: Mapping[str, Any] | None = None) -> str:
    """Asks once: work that is asked for and not yet answered is not asked for again. Returns the task's name."""
    given = [work, target, at, None if order is None else json.dumps(order), node_id]
    asked = statements.execute(_ASK, given)
    while not asked:  # somebody else asks for it at this moment, and the node may answer at the next
        if rows.find(Node, id=node_id) is None:
            raise Unknown(f"node {node_id}")
        open_task = rows.find(NodeTask, node_id=node_id, work=work, target=target, answered_at__isnull=True)
        asked = [(open_task.pk,)] if open_task else statements.execute(_ASK, given)
    return str(asked[0][0])


# The index on open tasks lets one of two in: nobody waits for who asks the node for something else.
_ASK = """
insert into members_nodetask (node_id, work, target, asked_at, fault, "order")
select id, %s, %s, %s::timestamptz, '', %s::jsonb from members_node where id = %s
on conflict (node_id, work, target) where answered_at is null do nothing returning id
"""
