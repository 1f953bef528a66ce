"""The flow as a page: which fact calls which step, what the step says of itself, and what it brings about."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from tongqu.exchange.atlas.markdown import both, mermaid, page, table
from tongqu.exchange.bedrock.procedures import Procedure, Step, procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.flow import FLOW

# What can be said of any subject, whatever its table.
ALWAYS = {"begin": Words("开始", "Begin"), "hold": Words("冻结", "Hold"), "lift": Words("解除冻结", "Lift the hold")}
HELD = {"place_hold": "hold", "lift_hold": "lift"}


def whole_page() -> str:
    rows = [
        (f"`{fact}` {_words(fact)}", f"`{step.__name__}` {(step.__doc__ or '').strip().splitlines()[0] if step.__doc__ else ''}",
         " ".join(f"`{act}`" for act in brings(step)))
        for fact, steps in FLOW.items() for step in steps
    ]  # fmt: skip
    return page(
        "流程 · Flow",
        "`flow` 是一张表：办成了什么 → 接着办什么。每一步与读取位置在同一事务中，只办一次；受阻的步骤留待重试或由人接手。",
        "`flow` is a table: what has happened → what comes next. A step and the reader's place move in one transaction, so it "
        "is taken once. What a step brings about is read from its code; it may be stopped by a rule, and then people carry on.",
        mermaid(_picture()),
        table(("事实 · fact", "步骤 · step", "办成 · brings about"), rows),
    )


def _words(fact: str) -> str:
    name, _, act = fact.partition(".")
    labels = procedure(name).labels
    return both(labels[act] if act in labels else ALWAYS[act])


def _picture() -> str:
    lines = ["flowchart LR"]
    for fact, steps in FLOW.items():
        for step in steps:
            for act in brings(step):
                lines.append(f'    {_id(fact)}["{fact}"] --> {_id(act)}["{act}"]')
    return "\n".join(dict.fromkeys(lines))


def _id(fact: str) -> str:
    return fact.replace(".", "__")


def brings(step: Step) -> tuple[str, ...]:
    """The acts a step may perform, as `procedure.act`: read from its code and from the functions beside it that it calls."""
    return tuple(dict.fromkeys(_performed(step, set())))


def _performed(function: Any, seen: set[str]) -> Iterator[str]:
    seen.add(function.__name__)
    around = function.__globals__
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in HELD:
            about = next((one.value for one in node.keywords if one.arg == "table"), node.args[0])
            if isinstance(about, ast.Name) and isinstance(around.get(about.id), Procedure):
                yield f"{around[about.id].name}.{HELD[node.func.id]}"
            continue
        table_named = around.get(node.args[0].id) if node.args and isinstance(node.args[0], ast.Name) else None
        if isinstance(table_named, Procedure):
            if node.func.id == "begin":
                named = _texts(node.args[1]) if len(node.args) > 1 else ["begin"]
                yield from (f"{table_named.name}.{how}" for how in named)
            elif len(node.args) > 1:
                yield from (f"{table_named.name}.{act}" for act in _texts(node.args[1]))
            continue
        beside = around.get(node.func.id)
        if inspect.isfunction(beside) and beside.__module__ == function.__module__ and beside.__name__ not in seen:
            yield from _performed(beside, seen)


def _texts(node: ast.expr) -> list[str]:
    """The text an expression is, or the two it chooses between."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
