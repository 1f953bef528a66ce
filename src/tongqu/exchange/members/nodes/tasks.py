"""What a node is asked to do, told to it with every sync until it has answered."""

from __future__ import annotations

from datetime import datetime

from tongqu.exchange.bedrock import rows, statements
from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.members.nodes.models import LIVE, Node, NodeTask
from tongqu.wire.sync import Task

TASKS_MAX = 100


def ask_profile(node_id: int, source: str, *, at: datetime) -> str:
    """Asks the node to measure a source; the answer is the fact `node.measured` or `node.failed`. Raises Unknown."""
    return _ask(node_id, "profile", source, at)


def ask_statement(node_id: int, contract: str, *, at: datetime) -> str:
    """Asks the node for a statement of a contract now; the statement itself comes with its sync. Raises Unknown."""
    return _ask(node_id, "statement", contract, at)


def close_statement(node_id: int, contract: str, *, at: datetime) -> None:
    """The contract's last statement was taken: the node is asked no more."""
    NodeTask.objects.filter(node_id=node_id, work="statement", target=contract, answered_at__isnull=True).update(
        answered_at=at
    )


def open_of(node_id: int) -> tuple[Task, ...]:
    """What a node that is registered has still to answer, the oldest first."""
    open_rows = NodeTask.objects.filter(node_id=node_id, node__state__in=LIVE, answered_at__isnull=True)
    rows = open_rows.order_by("pk")[:TASKS_MAX]
    return tuple(
        Task(
            id=str(row.pk),
            work=row.work,
            source=row.target if row.work == "profile" else None,
            contract=row.target if row.work == "statement" else None,
        )
        for row in rows
    )


def _ask(node_id: int, work: str, target: str, at: datetime) -> str:
    """Asks once: work that is asked for and not yet answered is not asked for again. Returns the task's name."""
    asked = statements.execute(_ASK, [work, target, at, node_id])
    while not asked:  # somebody else asks for it at this moment, and the node may answer at the next
        if rows.find(Node, id=node_id) is None:
            raise Unknown(f"node {node_id}")
        open_task = rows.find(NodeTask, node_id=node_id, work=work, target=target, answered_at__isnull=True)
        asked = [(open_task.pk,)] if open_task else statements.execute(_ASK, [work, target, at, node_id])
    return str(asked[0][0])


# The index on open tasks lets one of two in: nobody waits for who asks the node for something else.
_ASK = """
insert into members_nodetask (node_id, work, target, asked_at, fault)
select id, %s, %s, %s::timestamptz, '' from members_node where id = %s
on conflict (node_id, work, target) where answered_at is null do nothing returning id
"""
