"""A procedure's picture, from the table itself: nodes and edges for a renderer, and Mermaid text for documents. No Django."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.exchange.bedrock.procedures.table import Procedure
from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Node:
    state: str
    words: Words
    end: bool


@dataclass(frozen=True)
class Edge:
    source: str
    target: str
    words: Words


def drawing(table: Procedure) -> tuple[list[Node], list[Edge]]:
    """States in the order of the usual way, then the others; one edge for each pair of states, its acts' words joined."""
    order = [*table.way, *sorted(table.states - set(table.way))]
    nodes = [Node(state, table.label(state), state in table.ends) for state in order]
    joined: dict[tuple[str, str], list[Words]] = {}
    for act in table.acts:
        for state in act.frm:
            if act.lands(state) != state:
                joined.setdefault((state, act.lands(state)), []).append(table.label(act.name))
    edges = [
        Edge(source, target, Words(" / ".join(w.zh for w in words), " / ".join(w.en for w in words)))
        for (source, target), words in joined.items()
    ]
    return nodes, edges


def mermaid(table: Procedure, language: str = "zh") -> str:
    """The table as a Mermaid state diagram."""
    nodes, edges = drawing(table)
    lines = ["stateDiagram-v2", *[f'    state "{node.words.of(language)}" as {node.state}' for node in nodes]]
    lines.append(f"    [*] --> {table.starts} : {table.label('begin').of(language)}")
    for one in table.also:
        lines.append(f"    [*] --> {one.starts or table.starts} : {table.label(one.name).of(language)}")
    lines += [f"    {edge.source} --> {edge.target} : {edge.words.of(language)}" for edge in edges]
    lines += [f"    {state} --> [*]" for state in sorted(table.ends)]
    return "\n".join(lines) + "\n"
