"""The law folders: what is stated as law, what carries a mark, and what a wrong file is refused for."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.law import BadFacts, BadLaw, Certainty, NoRowFits, Shelf
from tongqu.exchange.bedrock.law.citations import BadCitation, chinese
from tongqu.exchange.bedrock.law.decisions import fitting, possible_facts
from tongqu.exchange.bedrock.law.files import HOUSE_FOLDER

TODAY = date(2026, 11, 23)

TEXT = """
- key: LAW1
  kind: law
  title: {zh: 示例法, en: Example Act}
  issuer: {zh: 示例机关, en: example authority}
  in_force: 2020-01-01
  certainty: confirmed
  source: {zh: 已阅, en: read}
"""
FIGURE = """
- key: one.days
  unit: working_days
  note: {zh: 示例期限, en: an example}
  values:
  - {since: 2020-01-01, until: 2025-01-01, value: 3, cite: "LAW1:7", certainty: confirmed}
  - {since: 2025-01-01, value: 5, cite: "LAW1:7", certainty: confirmed}
"""
TABLE = """
key: two
title: {zh: 示例表, en: an example}
hits: first
facts: {kind: [a, b], many: integer, yes: boolean}
gives: [answer]
rows:
- {key: few, when: {kind: a, many: {at_most: 3}}, then: {answer: small}, words: {zh: 少, en: few},
   cite: "LAW1:8", certainty: confirmed, since: 2020-01-01}
- {key: several, when: {kind: [a, b], yes: true}, then: {answer: large}, words: {zh: 多, en: several},
   cite: "LAW1:8(2)", certainty: confirmed, since: 2020-01-01}
"""


def _folder(root: Path, name: str = "house", **parts: str) -> Path:
    for part, text in parts.items():
        (root / name / part).mkdir(parents=True, exist_ok=True)
        (root / name / part / "one.yaml").write_text(text, encoding="utf-8")
    return root / name


def _shelf(tmp_path: Path, text: str = TEXT, figure: str = FIGURE, table: str = TABLE) -> Shelf:
    return law.load([_folder(tmp_path, texts=text, figures=figure, tables=table)])


# -- citations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "zh", "en"),
    [
        (
            "PROP35:15(1)",
            "《数据产权登记工作指引（试行）》第十五条第一项",
            "Guidelines on Data Property Registration (Trial), art. 15(1)",
        ),
        ("PROP35:21(last)", "《数据产权登记工作指引（试行）》第二十一条最后一款", None),
        ("PROP35:annex6", "《数据产权登记工作指引（试行）》附件6", None),
        ("PRICE65:3(1)", "《关于建立公共数据资源授权运营价格形成机制的通知》第三部分第（一）项", None),
        (
            "SEED:10",
            "《湖北省数据要素市场建设实施方案》第十项工作",
            "Hubei Plan for Building the Data-Element Market, work 10",
        ),
        ("GB43697:6.5", "GB/T 43697-2024《数据安全技术 数据分类分级规则》第6.5条", None),
        ("HB-PILOT:5", "《数据资源开发利用试点申报通知》任务五", None),
        ("HOUSE:deal", "本所交易规则·交易", "Rules of this exchange, deals"),
        ("PIPL", "《个人信息保护法》", "Personal Information Protection Law"),
    ],
)  # fmt: skip
def test_a_citation_reads_as_lawyers_write_it(key: str, zh: str, en: str | None) -> None:
    found = law.cite(key)
    assert found.zh == zh
    assert en is None or found.en == en


def test_only_a_text_that_was_read_is_shown_without_a_mark() -> None:
    assert law.cite("PROP35:17").label is None
    assert law.cite("PROP35:17").full == law.cite("PROP35:17").words
    assert "据二手资料" in law.cite("XB24:7").full.zh
    assert "待核实" in law.cite("CIVIL:203").full.zh
    assert "本所设定" in law.cite("HOUSE:deal").full.zh
    draft = law.cite("HB-TRADE").label
    assert draft is not None
    assert "征求意见稿，未施行" in draft.zh
    assert "二手" in draft.zh


def test_a_matrix_known_second_hand_is_marked_though_its_standard_was_seen() -> None:
    assert law.instrument("GB43697").certainty is Certainty.CONFIRMED
    assert law.cite("GB43697:6.5").certainty is Certainty.SECONDARY
    assert law.cite("GB43697:7").certainty is Certainty.CONFIRMED


def test_fact_15_a_dead_text_is_in_force_only_on_the_days_it_lived() -> None:
    old, new = law.cite("GB37932-2019:5"), law.cite("GB37932:5")
    assert (old.is_in_force(date(2026, 6, 30)), old.is_in_force(date(2026, 7, 1))) == (True, False)
    assert (new.is_in_force(date(2026, 6, 30)), new.is_in_force(date(2026, 7, 1))) == (False, True)
    assert not law.cite("CSL16:21").is_in_force(date(2026, 1, 1))


@pytest.mark.parametrize(
    "key", ["PROP35:", "PROP35:0", "PROP35:abc", "PROP35:15(0)", "PROP35:15 (1)", "SEED:1000", "DSL:3.1"]
)
def test_a_place_that_the_text_cannot_have_is_refused(key: str) -> None:
    if key.endswith(":"):
        assert law.cite(key).article == ""
        return
    with pytest.raises(BadCitation):
        law.cite(key)


def test_an_unknown_instrument_is_refused() -> None:
    with pytest.raises(law.UnknownInstrument, match="NOLAW"):
        law.cite("NOLAW:1")


@pytest.mark.parametrize(
    ("n", "zh"),
    [(1, "一"), (10, "十"), (15, "十五"), (20, "二十"), (42, "四十二"),
     (100, "一百"), (105, "一百零五"), (110, "一百一十"),
     (203, "二百零三"), (999, "九百九十九")],
)  # fmt: skip
def test_article_numbers_in_chinese(n: int, zh: str) -> None:
    assert chinese(n) == zh


@given(st.lists(st.integers(1, 999), unique=True, min_size=2))
def test_every_article_has_its_own_chinese_number_and_place_in_order(numbers: list[int]) -> None:
    assert len({chinese(n) for n in numbers}) == len(numbers)
    keys = sorted((f"DSL:{n}" for n in numbers), key=law.order)
    assert [int(key.split(":")[1]) for key in keys] == sorted(numbers)


# -- what the house says -----------------------------------------------------------------------------------------------


def test_the_two_registrations_keep_their_own_clocks() -> None:
    def value(key: str) -> int:
        return law.figure(key, on=TODAY).number

    assert [value(f"prop35.{k}") for k in ("acceptance", "completion", "extension", "publicity")] == [3, 10, 10, 5]
    assert [value(f"prop35.{k}") for k in ("objection_investigation", "objection_notice", "validity_years")] == [
        10,
        5,
        5,
    ]
    assert [value(f"reg26.{k}") for k in ("acceptance", "review", "publicity", "validity_years")] == [3, 20, 10, 3]
    assert law.figure("reg26.renewal_days", on=TODAY).unit == "natural_days"
    assert law.figure("prop35.renewal_months", on=TODAY).unit == "months"


def test_every_figure_names_its_source_in_both_languages_and_house_defaults_are_never_law() -> None:
    for figure in law.figures(on=TODAY):
        assert figure.note.zh
        assert figure.note.en
        assert figure.source.zh
        assert figure.certainty.no_better_than(figure.source.certainty)
        assert (figure.certainty is Certainty.HOUSE) == figure.key.startswith("house."), figure.key
    assert {figure.certainty for figure in law.figures(on=TODAY)} == set(Certainty)


def test_no_figure_begins_before_its_text() -> None:
    for figure in law.figures(on=TODAY):
        instrument = figure.source.instrument
        if instrument.key not in {"HOUSE", "CIVIL"}:
            assert figure.since >= instrument.in_force, figure.key


def test_what_is_not_known_that_day_is_an_error_and_not_a_zero() -> None:
    with pytest.raises(law.UnknownFigure):
        law.figure("prop35.acceptance", on=date(2026, 7, 2))
    with pytest.raises(law.UnknownFigure):
        law.figure("prop35.nothing", on=TODAY)
    with pytest.raises(law.UnknownTable):
        law.table("nothing", on=TODAY)


@pytest.mark.parametrize("on", [date(2026, 7, 3), TODAY, date(2029, 1, 1)])
def test_every_combination_of_facts_meets_a_row_and_no_row_is_dead(on: date) -> None:
    for table in law.tables(on=on):
        used: set[str] = set()
        for facts in possible_facts(table.sheet):
            rows = fitting(table.sheet, on, facts)
            assert rows, f"{table.key}: nothing for {facts}"
            used |= {row.key for row in rows}
        assert used == {row.key for row in table.rows()}, f"{table.key}: rows that can never answer"


@pytest.mark.parametrize(
    "on", [date(2021, 1, 1), date(2023, 1, 1), date(2023, 12, 1), date(2024, 8, 1), date(2025, 6, 1)]
)
def test_the_venue_of_any_deal_has_an_answer_in_every_year(on: date) -> None:
    table = law.table("venue", on=on)
    for facts in possible_facts(table.sheet):
        rows = table.decide(**facts)
        assert all(row.cite and row.words.zh and row.words.en for row in rows)
        strengths = {row.outcome["strength"] for row in rows}
        assert not ({"must", "should"} & strengths and "free" in strengths), "bound and free at once"


def test_a_right_is_not_exclusive_so_no_table_asks_who_else_holds_it() -> None:
    for key in ("property-holder", "property-source"):
        assert not any("exclusive" in fact or "other_holder" in fact for fact in law.table(key, on=TODAY).sheet.facts)


# -- tables ------------------------------------------------------------------------------------------------------------


def test_a_table_answers_with_its_basis_and_knows_its_bounds(tmp_path: Path) -> None:
    table = _shelf(tmp_path).table("two", on=TODAY)
    (row,) = table.decide(kind="a", many=3, yes=False)
    assert (row.key, row.outcome["answer"], row.cite) == ("few", "small", "LAW1:8")
    assert row.label is None
    with pytest.raises(NoRowFits):
        table.decide(kind="a", many=4, yes=False)
    with pytest.raises(TypeError):
        row.outcome["answer"] = "other"  # type: ignore[index]


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "a", "many": 3},
        {"kind": "c", "many": 3, "yes": True},
        {"kind": "a", "many": True, "yes": True},
        {"kind": "a", "many": 3, "yes": 1},
        {"kind": "a", "many": "3", "yes": True},
        {"kind": "a", "many": 3, "yes": True, "more": 1},
    ],
)
def test_facts_that_are_missing_unknown_or_of_another_kind_are_refused(tmp_path: Path, facts: dict[str, Any]) -> None:
    with pytest.raises(BadFacts):
        _shelf(tmp_path).table("two", on=TODAY).decide(**facts)


# -- strict reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "old", "new", "fault"),
    [
        ("text", "kind: law", "kind: law\n  colour: red", "colour"),
        ("text", "certainty: confirmed", "certainty: sure", "certainty"),
        ("text", "  source: {zh: 已阅, en: read}\n", "", "source"),
        ("text", "in_force: 2020-01-01", "in_force: 2020-01-01\n  until: 2020-01-01", "before it begins"),
        ("text", "key: LAW1", "key: LAW1\n  key: LAW2", "twice"),
        ("figure", "until: 2025-01-01", "until: 2025-01-02", "overlaps"),
        ("figure", ", until: 2025-01-01", "", "overlaps"),
        ("figure", 'cite: "LAW1:7", ', "", "cite"),
        ("figure", "LAW1:7", "LAW2:7", "LAW2"),
        ("figure", "LAW1:7", "LAW1:seven", "cited by"),
        ("figure", ", certainty: confirmed}", "}", "certainty"),
        ("figure", "value: 3", "value: 3.5", "value"),
        ("figure", "value: 3", "value: three", "no value in working_days"),
        ("figure", "value: 3", "value: -3", "below zero"),
        ("figure", "value: 3", "value: true", "value"),
        ("table", "when: {kind: a,", "when: {sort: a,", "unknown fact"),
        ("table", "when: {kind: a,", "when: {kind: z,", "can never be"),
        ("table", "yes: true", "yes: 1", "can never be"),
        ("table", "then: {answer: small}", "then: {reply: small}", "must give exactly"),
        ("table", 'cite: "LAW1:8", ', "", "cite"),
        ("table", "key: several", "key: few", "overlaps"),
        ("table", "hits: first", "hits: some", "hits"),
    ],
)
def test_a_file_that_is_wrong_is_refused_and_named(tmp_path: Path, part: str, old: str, new: str, fault: str) -> None:
    parts = {"text": TEXT, "figure": FIGURE, "table": TABLE}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new, 1)
    with pytest.raises(BadLaw, match=fault) as refused:
        _shelf(tmp_path, **parts)
    assert "one.yaml" in str(refused.value) or part in str(refused.value)


def test_nothing_may_be_called_surer_than_its_text(tmp_path: Path) -> None:
    with pytest.raises(BadLaw, match="is called confirmed, but LAW1:7 is only secondary"):
        _shelf(tmp_path, text=TEXT.replace("certainty: confirmed", "certainty: secondary"))


def test_a_missing_folder_is_said_and_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(BadLaw, match="no such folder"):
        law.load([HOUSE_FOLDER, tmp_path / "nowhere"])


# -- the operator's own folder -----------------------------------------------------------------------------------------

FEE = """
- key: house.exchange_fee
  unit: basis_points
  note: {zh: 经批准的服务费率, en: the approved fee}
  values:
  - {since: 2027-01-01, until: 2028-01-01, value: 30, cite: HOUSE:figures, certainty: house, approved_by: 示例理事会}
"""


def test_the_operators_figure_wins_in_its_period_and_names_who_approved_it(tmp_path: Path) -> None:
    shelf = law.load([HOUSE_FOLDER, _folder(tmp_path, "own", figures=FEE)])
    key = "house.exchange_fee"
    assert shelf.figure(key, on=date(2026, 12, 31)).value == 0
    ours = shelf.figure(key, on=date(2027, 1, 1))
    assert (ours.value, ours.approved_by, ours.note.zh) == (30, "示例理事会", "经批准的服务费率")
    assert shelf.figure(key, on=date(2027, 12, 31)).value == 30
    assert shelf.figure(key, on=date(2028, 1, 1)).value == 0


def test_an_operators_figure_without_approval_or_in_another_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLaw, match="approved_by"):
        law.load([HOUSE_FOLDER, _folder(tmp_path, "a", figures=FEE.replace(", approved_by: 示例理事会", ""))])
    with pytest.raises(BadLaw, match="basis_points"):
        law.load([HOUSE_FOLDER, _folder(tmp_path, "b", figures=FEE.replace("unit: basis_points", "unit: fen"))])


def test_an_operators_own_default_is_never_called_law(tmp_path: Path) -> None:
    with pytest.raises(BadLaw, match="is called confirmed"):
        law.load(
            [HOUSE_FOLDER, _folder(tmp_path, "c", figures=FEE.replace("certainty: house", "certainty: confirmed"))]
        )


def test_an_operators_text_table_replaces_the_houses(tmp_path: Path) -> None:
    own = TABLE.replace("key: two", "key: price-deviation\napproved_by: 示例理事会", 1).replace("LAW1", "PRICE65")
    own = own.replace('"PRICE65:8(2)"', '"PRICE65:4"')
    shelf = law.load([HOUSE_FOLDER, _folder(tmp_path, "own", tables=own)])
    assert shelf.table("price-deviation", on=TODAY).title.zh == "示例表"
    with pytest.raises(BadLaw, match="approved_by"):
        law.load([HOUSE_FOLDER, _folder(tmp_path, "d", tables=own.replace("approved_by: 示例理事会\n", ""))])


def test_the_installation_reads_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGQU_LAW_EXTRA", str(_folder(tmp_path, "own", figures=FEE)))
    try:
        law.reload()
        assert law.figure("house.exchange_fee", on=date(2027, 6, 1)).value == 30
    finally:
        monkeypatch.undo()
        law.reload()
    assert law.figure("house.exchange_fee", on=date(2027, 6, 1)).value == 0


def test_off_and_on_are_words_and_not_booleans(tmp_path: Path) -> None:
    """The plain YAML loader reads `off` as False; a holiday would silently become something else."""
    (tmp_path / "x.yaml").write_text("{a: off, b: on, c: no, d: yes, e: true, f: false}")
    from tongqu.exchange.bedrock.law.files import read

    assert read(tmp_path / "x.yaml") == {"a": "off", "b": "on", "c": "no", "d": "yes", "e": True, "f": False}


def test_a_figure_that_is_a_text_is_not_taken_for_a_number() -> None:
    code = law.figure("prop35.certificate_code", on=TODAY)
    assert code.unit == "pattern"
    assert re.fullmatch(str(code.value), "SJ4212026110001")
    with pytest.raises(TypeError):
        _ = code.number
