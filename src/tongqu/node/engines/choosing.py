"""The engine that `[engine]` in node.toml names."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tongqu.node.engines.duck import DuckEngine
from tongqu.node.engines.engine import Engine
from tongqu.node.engines.spark import SparkEngine
from tongqu.node.engines.statements import SPARK


class Setting(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def master(self) -> str: ...
    @property
    def memory_mb(self) -> int: ...


def engine_of(setting: Setting, state: Path) -> Engine:
    """Raises NodeFault where Spark is asked for and cannot be started here."""
    if setting.kind == SPARK:
        return SparkEngine(state / "spark", master=setting.master, memory_mb=setting.memory_mb)
    return DuckEngine(state / "spill")
