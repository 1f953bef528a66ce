"""A folder that was restored and has not asked the exchange yet must not serve: it would give numbers a second time."""

from __future__ import annotations

from pathlib import Path

from tongqu.node.faults import NodeFault
from tongqu.wire.words import Words

UNFINISHED = "restoring.json"


def refuse_unfinished(state: Path) -> None:
    """Raises NodeFault while a restoration is not finished."""
    if (state / UNFINISHED).exists():
        raise NodeFault(
            "restore-unfinished",
            Words(
                "节点由备份恢复, 还没有与交易所核对。",
                "The node was restored and has not compared notes with the exchange.",
            ),
            Words("请运行 tongqu node restore --config node.toml。", "Run tongqu node restore --config node.toml."),
        )
