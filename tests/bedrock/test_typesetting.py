"""Papers set from a template: the same bytes each time, data is never a command, a machine without fonts says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.papers import typesetting

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
TEMPLATE = "#set text(font: families)\n= #data.title\n#data.body"


def test_the_same_data_and_moment_give_the_same_bytes() -> None:
    data = {"title": "示例文件", "body": "正文 text"}
    first, second = papers.typeset(TEMPLATE, data, at=AT), papers.typeset(TEMPLATE, data, at=AT)
    assert first == second
    assert first.startswith(b"%PDF-")
    assert papers.typeset(TEMPLATE, data | {"body": "另一正文"}, at=AT) != first


def test_text_cannot_read_files_or_break_the_template() -> None:
    evil = '#read("/etc/passwd") $x$ *b* \\ @ref <label> `raw` ]'
    assert papers.typeset(TEMPLATE, {"title": evil, "body": evil}, at=AT).startswith(b"%PDF-")


def test_a_machine_without_a_chinese_font_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    typesetting._fonts.cache_clear()
    monkeypatch.setattr(typesetting, "FAMILIES", ("No Such Font",))
    try:
        with pytest.raises(papers.NoFont) as missing:
            papers.typeset(TEMPLATE, {"title": "示例", "body": ""}, at=AT)
    finally:
        typesetting._fonts.cache_clear()
    assert "TONGQU_FONTS" in missing.value.mend.en
