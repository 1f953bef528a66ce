"""The words that the owner may say to the running node, and what answers each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongqu.node.owner import told
from tongqu.node.owner.line import Answer
from tongqu.node.owner.told import Running


def answers(node: Running) -> dict[str, Answer]:
    return {
        "status": _reading(told.status, node),
        "sources": _reading(told.sources, node),
        "new-key": _reading(lambda running: {"before": running.key_id, "announced": running.change_key()}, node),
    }


def _reading(tell: Callable[[Running], dict[str, Any]], node: Running) -> Answer:
    """What waits for nothing."""

    async def answer(_asked: Mapping[str, Any]) -> dict[str, Any]:
        return tell(node)

    return answer
