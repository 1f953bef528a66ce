"""Mode `report`: one period filled into a PDF, the same call the same file, and no group of few rows told of."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import uuid
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node.world import CANARIES, TOKEN, World, codes, verification_permit
from tongqu.node.config import read_config
from tongqu.node.reports.groups import Cell, Group
from tongqu.node.reports.telling import told
from tongqu.wire.message import BadMessage, dressed, open_sealed
from tongqu.wire.receipt import Receipt, answer_digest, request_digest
from tongqu.wire.report_form import ReportForm
from tongqu.wire.reports import report_answer, report_request

LABEL = {"zh": "示例", "en": "sample"}
SOURCE = """
[[sources]]
id = "meter"
kind = "csv"
path = "meter.csv"
title = { zh = "示例电表", en = "Sample meters" }
modes = ["report"]

[[sources.reports]]
id = "monthly"
title = { zh = "用电月报", en = "Monthly use of electricity" }
about = { zh = "按区县统计。", en = "By county." }
period = "month"
period_column = "day"
group_min = 3

[[sources.reports.sections]]
title = { zh = "各区县用电", en = "Use by county" }
text = { zh = "户均用电。", en = "Mean use." }
by = "county"
by_title = { zh = "区县", en = "County" }
chart = "bars"
rows_max = 50
figures = [
  { title = { zh = "平均", en = "Mean" }, figure = "mean", column = "kwh", digits = 1 },
  { title = { zh = "户数", en = "Rows" }, figure = "count", digits = 0 },
]
"""


def rows():
    yield "day,county,kwh,owner"
    for county, count in (("甲县", 6), ("乙县", 5), ("丙县", 4), ("丁县", 1)):
        for at in range(count):
            yield f"2020-03-{at + 1:02d},{county},{100 + at},{CANARIES[0]}"
    yield f"2020-04-01,甲县,8675309.25,{CANARIES[0]}"


class ReportWorld(World):
    def _register(self):
        (self.folder / "meter.csv").write_text("\n".join(rows()) + "\n", encoding="utf-8")
        with self.config.open("a", encoding="utf-8") as file:
            file.write(SOURCE)
        super()._register()
        (self.form,) = read_config(self.config).sources[-1].reports

    def permit(self, **changes):
        return verification_permit(
            source="meter", mode="report", question=None, report=self.form, batch_max=1, **changes
        )

    async def report(self, period, *, call=None, **changes):
        body = {"permit": "permit-1", "purpose": "信贷审批", "report": "monthly", "period": period, **changes}
        headers = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": call or str(uuid.uuid4())}
        async with self.buyer as buyer:
            return await buyer.post("/v1/reports", json=body, headers=headers)


@pytest.fixture
def world(tmp_path):
    return ReportWorld(tmp_path)


def text_of(pdf, folder):
    assert shutil.which("pdftotext"), "poppler-utils is needed, as .ci/run says"
    (folder / "report.pdf").write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", "report.pdf", "-"], cwd=folder, capture_output=True, check=True, text=True
    )
    return done.stdout


@pytest.mark.anyio
async def test_a_period_is_told_as_a_pdf_whose_hash_the_receipt_holds(world, tmp_path):
    async with world:
        await world.issue(world.permit())
        answer = await world.report("2020-03")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        sha256 = hashlib.sha256(answer.content).hexdigest()
        assert answer.headers["etag"] == f'"{sha256}"'
        sealed = json.loads(base64.b64decode(answer.headers["tongqu-receipt"]))
        receipt = open_sealed(Receipt, sealed, world.keeper._signer.public_bytes)
        salt = answer.headers["tongqu-salt"]
        wanted = report_answer(sha256, len(answer.content), receipt.source_version)
        assert receipt.answer_digest == answer_digest(wanted, salt)
        assert receipt.request_digest == request_digest(
            report_request("permit-1", "信贷审批", "monthly", "2020-03"), salt
        )
        text = text_of(answer.content, tmp_path)
        assert "用电月报" in text
        assert "甲县" in text
        assert "102.5" in text
        # The one-row county would be found by subtraction if the next smallest were told.
        assert "丁县" not in text
        assert "丙县" not in text
        assert "另有 2 组未公布" in text
        assert not any(canary in text for canary in CANARIES)
        assert b"/FontFile" in answer.content  # the Chinese font is embedded


@pytest.mark.anyio
async def test_the_same_call_gives_the_same_file_also_after_a_restart_and_is_billed_once(world):
    async with world:
        await world.issue(world.permit())
        call = str(uuid.uuid4())
        first = await world.report("2020-03", call=call)
        await world.restart()
        world.clock.turn(3600)
        await world.sync()
        again = await world.report("2020-03", call=call)
        assert again.content == first.content
        assert again.headers["tongqu-repeated"] == "true"
        assert len(await world.receipts()) == 1
        # Another call for the same period is another use, and the same bytes: nothing in it says when it was made.
        other = await world.report("2020-03")
        assert other.content == first.content
        assert len(await world.receipts()) == 2
        assert codes(await world.report("2020-04", call=call)) == ["call-key-reused"]
        metrics = world.keeper.gauges.text().decode()
        assert 'tongqu_node_call_seconds_count{mode="report"} 2.0' in metrics  # since the restart: one again, one anew
        assert 'tongqu_node_answered_total{mode="report"} 1.0' in metrics


@pytest.mark.anyio
async def test_after_its_time_the_file_is_gone_and_the_receipt_stays(world):
    async with world:
        await world.issue(world.permit())
        call = str(uuid.uuid4())
        await world.report("2020-03", call=call)
        for file in world.folder.joinpath("state", "apart").iterdir():
            file.unlink()
        assert codes(await world.report("2020-03", call=call)) == ["answer-gone"]
        assert len(await world.receipts()) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(("period", "code"), [
    ("2020-04", "period-not-covered"),  # a single row, so nothing of it can be told
    ("1999-01", "period-not-covered"),
    ("2020", "period-wrong"), ("2020-13", "period-wrong"), ("2020-03-01", "period-wrong"),
    ("2020-03'; DROP TABLE seen; --", "period-wrong"),
])  # fmt: skip
async def test_a_period_of_which_nothing_can_be_told_is_refused_and_not_billed(world, period, code):
    async with world:
        await world.issue(world.permit())
        answer = await world.report(period)
        assert codes(answer) == [code]
        assert answer.status_code == 422
        assert await world.receipts() == []


@pytest.mark.anyio
async def test_another_report_another_field_or_no_period_is_refused(world):
    async with world:
        await world.issue(world.permit())
        assert codes(await world.report("2020-03", report="yearly")) == ["report-not-permitted"]
        assert codes(await world.report("2020-03", rows=1)) == ["bad-request"]
        assert codes(await world.report("")) == ["bad-request"]


FIGURE = {"title": LABEL, "figure": "sum", "column": "kwh", "digits": 0}
SECTION = {
    "title": LABEL, "text": LABEL, "by": "county", "by_title": LABEL, "figures": [FIGURE], "chart": "bars", "rows_max": 2,
}  # fmt: skip
WIDE = {**SECTION, "rows_max": 200}


def form(**changes):
    body = {
        "id": "r", "title": LABEL, "about": LABEL, "period": "year", "period_column": "day", "group_min": 5,
        "sections": [SECTION], **changes,
    }  # fmt: skip
    return ReportForm.from_json(dressed(ReportForm, body))


def group(name, rows, value=10.0, share=0.1):
    return Group(name, rows, (Cell(Fraction(str(value)), rows, Fraction(str(share))),))


@pytest.mark.parametrize(
    ("sizes", "withheld"),
    [
        ([5, 6, 7], 0),
        ([4, 6, 7], 2),  # one alone could be found by subtraction
        ([1, 1, 6, 7], 3),  # two together have fewer rows than a group must have
        ([3, 3, 6, 7], 2),
        ([4], 1),
        ([1, 6], 2),
    ],
)
def test_small_groups_are_withheld_and_cannot_be_found_by_subtraction(sizes, withheld):
    (section,) = told(form(), [[group(str(at), size) for at, size in enumerate(sizes)]])
    assert section.withheld == withheld
    assert len(section.lines) + section.left_out == len(sizes) - withheld


def test_a_sum_that_one_row_nearly_makes_is_withheld_and_never_alone():
    """A total that is known elsewhere would give it away; so the smallest of the others goes with it."""
    (section,) = told(form(sections=[WIDE]), [[group("a", 9, share=0.81), group("b", 9, share=0.8), group("c", 8)]])
    assert [(line.name, line.figures) for line in section.lines] == [
        ("b", (Decimal(10),)), ("a", (None,)), ("c", (None,)),
    ]  # fmt: skip
    (section,) = told(form(), [[group("a", 9, share=0.8), group("b", 9)]])
    assert all(line.figures == (Decimal(10),) for line in section.lines)


def test_a_mean_of_few_values_in_many_rows_is_withheld():
    many_rows_few_values = Group("a", 50, (Cell(Fraction(3), 4, Fraction(1, 5)),))
    (section,) = told(form(sections=[WIDE]), [[many_rows_few_values, group("b", 50), group("c", 60)]])
    assert [(line.name, line.figures[0] is None) for line in section.lines] == [("c", False), ("a", True), ("b", True)]


def nested(parts: dict[str, dict[str, int]]) -> list[list[Group]]:
    """Districts within cities, and the cities, as they are worked out of rows."""
    fine = [
        Group(name, rows, (Cell(Fraction(10), rows, Fraction(1, 10)),), (None, city))
        for city, districts in parts.items()
        for name, rows in districts.items()
    ]
    coarse = [group(city, sum(districts.values())) for city, districts in parts.items()]
    return [fine, [Group(each.name, each.rows, each.cells, (None, None)) for each in coarse]]


def test_what_is_withheld_of_a_district_is_not_told_by_its_city():
    """Alone in its city it would be the city's total less the others; withheld with another of that city it is not."""
    two = form(sections=[WIDE, WIDE])
    sizes = {"east": {"e1": 3, "e2": 20, "e3": 30}, "west": {"w1": 6, "w2": 7}}
    fine, coarse = told(two, nested(sizes))
    assert {line.name for line in fine.lines} == {"e3", "w1", "w2"}
    assert {line.name for line in coarse.lines} == {"east", "west"}


def test_a_city_of_one_district_is_withheld_with_it_and_a_withheld_city_with_parts_of_it():
    two = form(sections=[WIDE, WIDE])
    fine, coarse = told(two, nested({"small": {"s1": 3}, "east": {"e1": 20, "e2": 30}, "west": {"w1": 40, "w2": 50}}))
    assert {line.name for line in coarse.lines} == {"west"}
    assert {line.name for line in fine.lines} == {"w1", "w2"}


@given(
    st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=4), min_size=1, max_size=5),
    st.integers(2, 6),
)
def test_no_total_less_what_is_told_leaves_a_small_group(cities: list[list[int]], least: int) -> None:
    """Whoever knows the whole and both tables: each sum of what is withheld is of two groups or more, and of enough rows."""
    sizes = {f"c{c}": {f"c{c}d{d}": rows for d, rows in enumerate(rows_of)} for c, rows_of in enumerate(cities)}
    fine, coarse = told(form(sections=[WIDE, WIDE], group_min=least), nested(sizes))
    told_fine, told_coarse = {line.name for line in fine.lines}, {line.name for line in coarse.lines}
    for city, within in sizes.items():
        hidden = {name: rows for name, rows in within.items() if name not in told_fine}
        assert all(rows >= least for name, rows in within.items() if name in told_fine)
        if city in told_coarse:
            assert sum(within.values()) >= least
            assert not hidden or (len(hidden) >= 2 and sum(hidden.values()) >= least)
        else:
            assert hidden
    districts = {name: rows for within in sizes.values() for name, rows in within.items()}
    for told_here, groups in (
        (told_fine, districts),
        (told_coarse, {city: sum(within.values()) for city, within in sizes.items()}),
    ):
        hidden = {name: rows for name, rows in groups.items() if name not in told_here}
        assert not hidden or not told_here or (len(hidden) >= 2 and sum(hidden.values()) >= least)


def test_what_is_no_number_is_not_told_and_the_rest_of_the_report_is():
    odd = Group("a", 9, (Cell(None, 9),))
    (section,) = told(form(), [[odd, group("c", 9, value=1.5e300)]])
    assert {line.name: line.figures[0] is None for line in section.lines} == {"a": True, "c": False}


@pytest.mark.parametrize(("digits", "written"), [(2, "1234.57"), (0, "1235"), (-2, "1200")])
def test_a_figure_is_rounded_as_declared(digits, written):
    figure = {"title": LABEL, "figure": "sum", "column": "kwh", "digits": digits}
    section = {
        "title": LABEL,
        "text": LABEL,
        "by": "c",
        "by_title": LABEL,
        "figures": [figure],
        "chart": "plain",
        "rows_max": 9,
    }
    (found,) = told(form(sections=[section]), [[group("a", 9, 1234.567)]])
    assert f"{found.lines[0].figures[0]:f}" == written


@pytest.mark.parametrize("changes", [{"group_min": 1}, {"period": "day"}, {"sections": []}, {"id": "a b"}])
def test_a_form_that_hides_nobody_is_no_form(changes):
    with pytest.raises(BadMessage):
        form(**changes)
