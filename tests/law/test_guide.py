"""The examples of docs/guides/law.md are taken by the loader as they stand: a lawyer who copies one is not refused."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.law.files import HOUSE_FOLDER

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "law.md"


def _blocks() -> dict[str, str]:
    """The YAML blocks by the part of the folder they belong to."""
    found = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    parts = {"texts": "in_force:", "figures": "unit:", "tables": "hits:", "calendar": "announced:"}
    return {part: next(block for block in found if mark in block) for part, mark in parts.items()}


def test_the_examples_of_the_guide_load(tmp_path: Path) -> None:
    shutil.copytree(HOUSE_FOLDER, tmp_path / "law")
    for part, block in _blocks().items():
        # The guide's calendar is confirmed only once the notice was read; until then the folder says secondary.
        text = block.replace("certainty: confirmed", "certainty: secondary") if part == "calendar" else block
        (tmp_path / "law" / part / "guide.yaml").write_text(text, encoding="utf-8")
    shelf = law.load([tmp_path / "law"])
    assert shelf.figure("example26.answer", on=date(2027, 12, 31)).value == 10
    assert shelf.figure("example26.answer", on=date(2028, 1, 1)).value == 7
    example = shelf.table("example", on=date(2026, 12, 1))
    (row,) = example.decide(kind="department", people=100_000, open=True)
    assert (row.key, row.citation.zh) == ("many", "《某某管理办法》第三条")
    days = calendar.over(shelf.arrangements)
    assert not days.provisional(2027)
    assert days.is_working(date(2027, 2, 20))
