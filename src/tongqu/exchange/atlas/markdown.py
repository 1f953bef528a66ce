"""Markdown from plain values: a page, a table, a cell that cannot break its table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tongqu.exchange.bedrock.values import Words


def page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", *(part.rstrip() for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [_line(head), "|" + "---|" * len(head), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    text = both(value) if isinstance(value, Words) else "" if value is None else str(value)
    return text.replace("|", "\\|").replace("\n", " ").strip()


def both(words: Words) -> str:
    """中文 · English, once where they are the same."""
    return words.zh if words.zh == words.en else f"{words.zh} · {words.en}"


def codes(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def mermaid(text: str) -> str:
    return f"```mermaid\n{text.rstrip()}\n```"
