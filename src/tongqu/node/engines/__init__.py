"""Works out what is asked of a version's rows: one expression, run on DuckDB here or on Spark, with the same answer.

Which functions are allowed, and why the answers cannot differ, stands in docs/decisions/2026-11-28-one-expression-two-engines.md.
"""

from __future__ import annotations

from tongqu.node.engines.choosing import engine_of
from tongqu.node.engines.codes import Codes, UnfitQuestion
from tongqu.node.engines.columns import Columns, Kind, NoColumn, columns_of
from tongqu.node.engines.duck import DuckEngine
from tongqu.node.engines.engine import Engine, Parts, Unfit
from tongqu.node.engines.pages import Pages, layout_of

__all__ = [
    "Codes", "Columns", "DuckEngine", "Engine", "Kind", "NoColumn", "Pages", "Parts", "Unfit", "UnfitQuestion",
    "columns_of", "engine_of", "layout_of",
]  # fmt: skip
