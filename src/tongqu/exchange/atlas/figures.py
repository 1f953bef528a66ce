"""Every figure with every value it has had, its source and how sure the house is of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tongqu
from tongqu.exchange.atlas.markdown import both, page, table
from tongqu.exchange.bedrock import law

HOUSE = Path(tongqu.__file__).resolve().parent / "law"


def whole_page() -> str:
    """From the house's own folder; what an operator adds (TONGQU_LAW_EXTRA) is on the page of rules in its exchange."""
    shelf = law.load([HOUSE])
    rows = [
        _row(shelf, key, layer, value)
        for key, layers in sorted(shelf.dated.items())
        for layer in layers
        for value in layer.values
    ]
    return page(
        "数值 · Figures",
        "随文件变化的数字和短语，都在 `src/tongqu/law/figures`，各有来源与确信程度；运营方可在自己的目录中另定（[办法](../guides/law.md)）。",
        "Numbers and short texts that change by decree. An operator sets its own in its own folder ([how](../guides/law.md)).",
        table(
            (
                "figure",
                "含义 · meaning",
                "值 · value",
                "单位 · unit",
                "期间 · dates",
                "来源 · source",
                "确信程度 · certainty",
            ),
            rows,
        ),
    )


def _row(shelf: law.Shelf, key: str, layer: Any, value: Any) -> tuple[object, ...]:
    mark = value.certainty.label
    return (
        f"`{key}`", layer.note.words, value.value if isinstance(value.value, int) else f"`{value.value}`", f"`{layer.unit}`",
        f"{value.since} – {value.until or ''}".strip(), shelf.cite(value.cite).words,
        both(mark) if mark else "已核原文 · confirmed",
    )  # fmt: skip
