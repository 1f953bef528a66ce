"""English for every sentence of every template."""

from __future__ import annotations

import re

import pytest

from tongqu.exchange.web import translations

HOLDER = re.compile(r"%\(\w+\)s")


def test_no_template_has_a_sentence_without_english() -> None:
    assert translations.missing() == {}, "run `python -m tongqu.exchange.web.translations update` and fill the .po"


def test_the_extraction_finds_what_templates_say() -> None:
    found = translations.messages()
    assert "跳到正文" in found
    assert "第 %(a)s–%(b)s 条，共 %(total)s 条" in found
    assert len(found) > 60


@pytest.mark.parametrize("message", [m for m in translations.catalogue() if m.id], ids=lambda m: str(m.id)[:12])
def test_a_translation_keeps_the_places_for_values(message: object) -> None:
    assert set(HOLDER.findall(str(message.id))) == set(HOLDER.findall(str(message.string)))  # type: ignore[attr-defined]


def test_chinese_is_not_left_in_the_english() -> None:
    for message in translations.catalogue():
        assert not re.search(r"[\u4e00-\u9fff]", str(message.string)), message.id
