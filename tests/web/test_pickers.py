"""What a form offers to choose from, however many there are: nothing is cut off without a word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.template.loader import render_to_string

from tongqu.exchange.bedrock.inputs import Inputs, ask
from tongqu.exchange.bedrock.procedures import HOUSE
from tongqu.exchange.web.components import Field
from tongqu.exchange.web.desks import forms, pickers


class Chooses(Inputs):
    party: int = ask("会员", "Member")


def drawn(monkeypatch: pytest.MonkeyPatch, many: int, value: str = "") -> Field:
    monkeypatch.setitem(pickers.PICKERS, "party", lambda by: [(str(n), f"示例{n}单位<甲>") for n in range(many)])
    (part,) = forms.draw(Chooses, HOUSE, values={"party": value}).parts
    assert isinstance(part, Field)
    return part


def test_a_few_are_chosen_from_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, pickers.SELECT_MAX).kind == "select"
    assert "没有可选" in str(drawn(monkeypatch, 0).hint)


def test_of_many_one_types_part_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    field = drawn(monkeypatch, pickers.SELECT_MAX + 1, "7")
    html = render_to_string("web/parts/field.html", {"field": replace(field, faults=["须填写"])})
    assert 'list="id_party_list"' in html
    assert 'value="7"' in html
    assert html.count("<option") == pickers.SELECT_MAX + 1
    assert "示例300单位&lt;甲&gt;" in html
    assert "301" in html
    assert "编号" not in str(field.hint)


def test_beyond_what_is_listed_the_form_says_how_to_name_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "编号" in str(drawn(monkeypatch, pickers.MOST).hint)
