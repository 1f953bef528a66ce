"""All pages of docs/map, by file name, and how they are put into a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tongqu.exchange.flow  # noqa: F401 - brings every table and rule that takes part in a trade
from tongqu.exchange.atlas import figures, procedures, rules, steps, tables
from tongqu.exchange.atlas.markdown import page, table
from tongqu.exchange.bedrock.procedures import all_procedures

Pages = Mapping[str, str]


def draw() -> Pages:
    """Every page by its path inside the folder. Needs the apps loaded, but no database."""
    pages = {f"procedures/{each.name}.md": procedures.page_of(each) for each in all_procedures()}
    pages |= {"rules.md": rules.all_pages(), "flow.md": steps.whole_page()}
    pages |= {"figures.md": figures.whole_page(), "tables.md": tables.whole_page()}
    return {"README.md": _contents(), **pages}


def write(pages: Pages, folder: Path) -> None:
    """Puts the pages into the folder and takes away Markdown that is no longer among them."""
    for old in folder.rglob("*.md"):
        if str(old.relative_to(folder)) not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _contents() -> str:
    rows = [
        (f"[{each.name}](procedures/{each.name}.md)", each.words.zh, each.words.en, len(each.states), len(each.acts))
        for each in all_procedures()
    ]
    return page(
        "地图 · Map",
        "从代码和 `law/` 生成，请勿手改：`python -m tongqu.exchange.atlas`。",
        "Drawn from the code and from `law/`; do not edit: `python -m tongqu.exchange.atlas`.",
        "- [规则 · Rules](rules.md)：每一条检查及其依据 · every check and what it stands on\n"
        "- [流程 · Flow](flow.md)：一件事办成之后接着办什么 · what comes next\n"
        "- [数值 · Figures](figures.md)：随文件变化的数字 · numbers that change by decree\n"
        "- [判定表 · Tables](tables.md)：本身就是表格的条文 · where a text is a table\n"
        "- [设置 · Settings](../guides/settings.md)",
        "## 程序 · Procedures",
        table(("procedure", "名称", "name", "states", "acts"), rows),
    )
