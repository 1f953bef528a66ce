"""How the house says things, and how a form comes from an act's declaration and goes back to it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from tongqu.exchange.bedrock.inputs import BadInput, Inputs, ask, read
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web import said, styleguide
from tongqu.exchange.web.components import DIVISIONS, Cell, Column, Line, Page, Table, page, tiles
from tongqu.exchange.web.fields import answers, fields_of

DIGEST = "9f" * 32


def shown(text: str, language: str = "zh-hans", **context: Any) -> str:
    with translation.override(language):
        return Template("{% load tq %}" + text).render(Context(context))


def test_a_near_day_is_said_by_month_and_weekday_and_a_far_one_in_full() -> None:
    today = date(2026, 11, 23)
    assert said.when(date(2026, 11, 27), today, "zh-hans") == "11月27日（周五）"
    assert said.when(date(2026, 11, 27), today, "en") == "Fri 27 Nov"
    assert said.when(date(2027, 3, 1), today, "zh-hans") == "2027-03-01"
    assert said.when(date(2026, 9, 24), today, "en") == "Thu 24 Sep"  # sixty days
    assert said.when(date(2026, 9, 23), today, "en") == "2026-09-23"


def test_a_moment_is_shown_in_the_time_of_the_market() -> None:
    at = datetime(2026, 11, 23, 16, 42, tzinfo=UTC)
    assert (
        shown("{{ at|moment }} {{ at|day }} {{ at|near }}", at=at)
        == "2026-11-24 00:42 2026-11-24 11月24日（周二）00:42"
    )


@pytest.mark.parametrize(
    ("micro", "text"),
    [(300_000, "¥ 0.30"), (125, "¥ 0.000125"), (1_234_560_000, "¥ 1,234.56"), (0, "¥ 0.00"), (-5, "-¥ 0.000005")],
)
def test_a_metered_price_keeps_every_digit_it_has(micro: int, text: str) -> None:
    assert said.micro_yuan(micro) == text


class Told(Inputs):
    reason: str = ask("理由", "Reason", min_length=4, max_length=400)
    basis: str = ask("依据", "Basis", min_length=10, hint=Words("写明条款。", "Name the article."))
    name: str = ask("姓名", "Name", min_length=2)
    digest: str = ask("摘要", "Digest", min_length=64, max_length=64)
    heads: list[str] = ask("要点", "Heads", min_length=3)


def test_how_much_must_be_written_is_said_at_the_question() -> None:
    hints = {field.name: field.hint for field in fields_of(Told)}
    assert hints == {
        "reason": Words("至少 4 字", "At least 4 characters"),
        "basis": Words("写明条款；至少 10 字", "Name the article; at least 10 characters"),
        "name": "",
        "digest": "",
        "heads": Words("至少 3 项", "At least 3"),
    }


def test_the_place_of_a_proof_is_a_name_and_has_no_separators() -> None:
    at = datetime(2026, 11, 23, 16, 42, tzinfo=UTC)
    told = shown("{% timeline lines %}", lines=[Line(at, Words("办理", "done"), position=1055, href="/log/1055")])
    assert "存证 1055</a>" in told


def test_durations_come_in_the_unit_of_the_law() -> None:
    assert shown('{{ 4|duration:"working_day" }}') == "4 个工作日"
    assert (
        shown('{{ 1|duration:"working_day" }} {{ 4|duration:"working_day" }}', "en") == "1 working day 4 working days"
    )
    with pytest.raises(KeyError):
        said.duration(4, "fortnight", "en")


def test_words_follow_the_reader_and_are_escaped() -> None:
    words = Words("甲<b>", "A<b>")
    assert shown("{{ w|words }}", w=words) == "甲&lt;b&gt;"
    assert shown("{% tag w 'ok' %}", "en", w=words) == '<span class="tq-tag ok">A&lt;b&gt;</span>'


def test_pages_stay_inside_the_list() -> None:
    assert page("3", size=20, total=230) == Page(3, 20, 230)
    assert page("99", size=20, total=230).number == 12
    for nonsense in (None, "", "-1", "0", "x", "1e9", "²", "9" * 40):
        assert page(nonsense, size=20, total=230).number == 1
    assert page("5", size=20, total=0) == Page(1, 20, 0)
    assert Page(12, 20, 230).last_entry == 230
    assert Page(6, 20, 230).numbers() == [1, None, 4, 5, 6, 7, 8, None, 12]


def test_page_links_keep_the_other_questions_of_the_address() -> None:
    html = shown(
        "{% pages p request %}", p=Page(2, 20, 45), request=RequestFactory().get("/x", {"q": "逾期 核验", "page": "2"})
    )
    assert "?q=%E9%80%BE%E6%9C%9F+%E6%A0%B8%E9%AA%8C&amp;page=3" in html
    assert "第 21–40 条，共 45 条" in html


def test_a_table_row_must_have_a_cell_for_each_column() -> None:
    broken = Table([Column("a"), Column("b")], [["one"]])
    with pytest.raises(ValueError, match="zip"):
        broken.lines()


def test_what_a_phone_leaves_out_stands_beneath_the_first_cell() -> None:
    table = Table(
        [Column("事项"), Column("依据", phone=False)], [[Cell("登记", href="/m/1"), Cell("第17条", cite=True)]]
    )
    html = shown("{% table t %}", t=table)
    assert html.count("第17条") == 2
    assert 'class=" hide-s"' in html
    assert "only-s" in html


def test_all_seventeen_divisions_have_a_place_of_their_own() -> None:
    assert len({d.code for d in DIVISIONS}) == 17
    assert len({(d.column, d.row) for d in DIVISIONS}) == 17
    drawn = {tile.division.code: tile for tile in tiles({"420100": 100, "429021": 1}, href="/r/{code}")}
    assert drawn["420100"].shade == 7
    assert drawn["429021"].shade == 1
    assert drawn["420300"].shade == 0
    assert drawn["420100"].href == "/r/420100"


def test_a_form_asks_what_the_act_declares() -> None:
    fields = {f.name: f for f in fields_of(styleguide.Offer, {"price": 300_000, "purposes": ["lending"]})}
    assert [f.kind for f in fields.values()] == [
        "text", "textarea", "select", "checkboxes", "money", "number", "date", "file", "file", "checkbox",
    ]  # fmt: skip
    assert fields["title"].attributes["maxlength"] == "60"
    assert fields["price"].value == "0.3"
    assert fields["from_date"].required is False
    assert fields["purposes"].chosen == {"lending"}
    assert fields["mode"].choices[0] == ("verification", Words("核验", "Verification"))


def test_what_was_sent_becomes_what_the_door_takes() -> None:
    sent = QueryDict(
        "title=核验&summary=说明&mode=verification&purposes=lending&purposes=risk&price=0.30&period=90&from_date=&standing=1"
    )
    files = MultiValueDict({"source": [SimpleUploadedFile("台账.pdf", b"%PDF")]})
    taken = read(styleguide.Offer, answers(styleguide.Offer, sent, files, keep=lambda file: DIGEST))
    assert isinstance(taken, styleguide.Offer)
    assert (taken.price, taken.period, taken.source, taken.annex, taken.standing) == (300_000, 90, DIGEST, None, True)
    assert [p.value for p in taken.purposes] == ["lending", "risk"]


def test_a_paper_chosen_before_a_refusal_need_not_be_chosen_again() -> None:
    sent = QueryDict(f"source={DIGEST}")
    assert answers(styleguide.Offer, sent)["source"] == DIGEST
    html = shown(
        "{% field f %}", f=next(f for f in fields_of(styleguide.Offer, {"source": DIGEST}) if f.name == "source")
    )
    assert f'type="hidden" name="source" value="{DIGEST}"' in html
    assert "required" not in html


@pytest.mark.parametrize("amount", ["0.0000001", "abc", "NaN", "Infinity", "1,2,3.x"])
def test_money_that_cannot_be_read_exactly_is_refused_by_name(amount: str) -> None:
    sent = QueryDict(mutable=True)
    sent["price"] = amount
    with pytest.raises(BadInput) as refused:
        answers(styleguide.Offer, sent)
    assert [name for name, _ in refused.value.faults] == ["price"]


@pytest.mark.parametrize(("amount", "micro"), [("1,234.56", 1_234_560_000), ("¥ 0.1", 100_000), ("0.000001", 1)])
def test_money_is_read_without_a_float(amount: str, micro: int) -> None:
    sent = QueryDict(mutable=True)
    sent["price"] = amount
    assert answers(styleguide.Offer, sent)["price"] == micro


def test_a_fault_is_tied_to_its_field_for_those_who_listen() -> None:
    field = fields_of(styleguide.Offer, {}, [("summary", Words("必须填写", "is required"))])[1]
    html = shown("{% field f %}", "en", f=field)
    assert 'aria-describedby="id_summary_hint id_summary_fault"' in html
    assert 'id="id_summary_fault">is required' in html
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_whole_guide_draws_without_an_inline_style_or_script(language: str) -> None:
    context = styleguide.parts() | {
        "frame": {"subtitle": "", "nav": [], "log": None, "other_language": "en", "switch_href": "#"}
    }
    with translation.override(language):
        from django.template.loader import render_to_string

        html = render_to_string("web/styleguide.html", context)
    assert " style=" not in html
    assert "onclick" not in html
    assert html.count("<script") == html.count("<script src=") + html.count('type="application/json"')


class Bid(Inputs):
    proposal: str = ask("运营方案", "Proposal", widget="textarea", secret=True)
    bid_key: str = ask("投标密钥", "Bid key", widget="password", secret=True)


def test_a_refusal_costs_nobody_what_they_typed() -> None:
    """What is secret is kept out of the log and not shown as it is stored; only a password is asked for again."""
    values = {"proposal": "示例方案", "bid_key": "correct horse battery"}
    assert [field.value for field in fields_of(Bid, values, typed=True)] == ["示例方案", ""]
    assert [field.value for field in fields_of(Bid, values)] == ["", ""]
