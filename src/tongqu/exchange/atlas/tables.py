"""Decision tables as pages show them: conditions, answer, basis; one chapter a table."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tongqu.exchange.atlas.figures import HOUSE
from tongqu.exchange.atlas.markdown import both, page, table
from tongqu.exchange.bedrock import law


def whole_page() -> str:
    shelf = law.load([HOUSE])
    return page(
        "判定表 · Decision tables",
        "本身就是表格的条文，放在 `src/tongqu/law/tables`。没有一行适用时不作默认，交由人决定。",
        "Where a text is a table it is a table here. When no row fits there is no silent default: a person decides.",
        *(_chapter(shelf, sheet) for _, sheet in sorted(shelf.sheets.items())),
    )


def _chapter(shelf: law.Shelf, sheet: Any) -> str:
    hits = "取首行 · the first row that fits" if sheet.hits == "first" else "取全部 · all rows that fit"
    rows = [
        (
            f"`{row.key}`", "，".join(f"`{name}` {_condition(value)}" for name, value in row.when.items()) or "任何 · any",
            "，".join(f"`{name}`={_plain(value)}" for name, value in row.then.items()), row.words.words,
            f"{row.since} – {row.until or ''}".strip(), shelf.cite(row.cite).words,
            both(row.certainty.label) if row.certainty.label else "已核原文 · confirmed",
        )
        for row in sheet.rows
    ]  # fmt: skip
    head = ("row", "条件 · when", "答 · then", "说明 · words", "期间 · dates", "依据 · basis", "确信程度 · certainty")
    return f"## {both(sheet.title.words)}（`{sheet.key}`）\n\n{hits}\n\n{table(head, rows)}"


def _condition(value: Any) -> str:
    if isinstance(value, BaseModel):
        signs = {"at_least": "≥", "at_most": "≤", "above": ">", "below": "<"}
        return " ".join(f"{signs[name]} {bound}" for name, bound in value.model_dump(exclude_none=True).items())
    return f"∈ {_plain(value)}" if isinstance(value, tuple) else f"= {_plain(value)}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    return " / ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
