"""Every worked case of law/cases: a question, its facts, its day, the expected answer and the article it stands on."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.law import files
from tongqu.exchange.bedrock.rules import Rule, judge
from tongqu.exchange.registry.grading import OBJECTS, Degree
from tongqu.exchange.registry.grading.rules import level_of

Case = dict[str, Any]
WRITTEN = date(2026, 11, 23)  # some clocks are shown over holidays that lie before their text
COMMON = {"key", "ask", "title", "expect", "why", "cite"}


def _cases() -> list[Case]:
    return [case for _, cases in files.files(files.HOUSE_FOLDER, "cases") for case in cases]


def _length(case: Case) -> int:
    """The number of days: written in the case, or the figure as it stands on the day of the event, at least WRITTEN."""
    if "days" in case:
        return int(case["days"])
    return int(law.figure(case["figure"], on=max(case["event"], WRITTEN)).value)


def _deadline(found: calendar.Deadline) -> Case:
    return {"day": found.day, "provisional": found.provisional}


def working_days(case: Case) -> Case:
    return _deadline(calendar.add_working_days(case["event"], _length(case)))


def working_days_before(case: Case) -> Case:
    return _deadline(calendar.subtract_working_days(case["event"], _length(case)))


def silence(case: Case) -> Case:
    """What silence brings about takes effect on the first working day after the period."""
    last = calendar.add_working_days(case["event"], _length(case)).day
    return _deadline(calendar.first_working_day(last + timedelta(days=1)))


def paused(case: Case) -> Case:
    """The days before each pause are used; the rest runs on from the day of return, which is not counted."""
    left, since = _length(case), case["event"]
    for stopped, returned in case["pauses"]:
        left -= calendar.working_days_between(since, stopped)
        since = returned
    return _deadline(calendar.add_working_days(since, left))


def natural_days(case: Case) -> Case:
    return _deadline(calendar.add_natural_days(case["event"], _length(case), rolls=case.get("rolls")))


def months(case: Case) -> Case:
    n = _length(case)
    return (
        {"day": calendar.shift_months(case["event"], n)} if n < 0 else _deadline(calendar.add_months(case["event"], n))
    )


def between(case: Case) -> Case:
    return {"days": calendar.working_days_between(case["from"], case["to"])}


def table(case: Case) -> Case:
    rows = law.table(case["table"], on=case["on"]).decide(**case["facts"])
    outcome = dict(rows[0].outcome) if len(rows) == 1 else {}
    return {"rows": [row.key for row in rows], **outcome, "cites": [row.cite for row in rows]}


def figure(case: Case) -> Case:
    found = law.figure(case["figure"], on=case["on"])
    return {"value": found.value, "certainty": str(found.certainty), "cites": [found.source.key]}


def figure_matches(case: Case) -> Case:
    found = law.figure(case["figure"], on=case["on"])
    return {"matches": re.fullmatch(str(found.value), case["text"]) is not None, "cites": [found.source.key]}


def rule(case: Case) -> Case:
    """`rule: module:name` of any module's rules; the facts become plain attributes."""
    module, _, name = case["rule"].partition(":")
    declared: Rule = getattr(importlib.import_module(module), name)
    findings = judge((declared,), SimpleNamespace(**case["facts"]), on=case["on"])
    return {
        "verdicts": [str(f.verdict) for f in findings],
        "blocks": any(f.blocks for f in findings),
        "cites": [declared.cite],
    }


def level(case: Case) -> Case:
    """`harms` names the objects that are harmed and how much; the others are not."""
    none = dict.fromkeys(OBJECTS, Degree.NONE)
    harms = none | {name: Degree(degree) for name, degree in case["harms"].items()}
    assert set(harms) == set(OBJECTS), f"{case['key']} names an object that there is not"
    rows = [
        law.table("grading", on=case["on"]).decide(object=n, degree=str(d))[0].cite for n, d in case["harms"].items()
    ]
    return {"level": str(level_of(harms, on=case["on"])), "cites": rows}


ASKS: dict[str, Callable[[Case], Case]] = {
    ask.__name__: ask
    for ask in (
        working_days, working_days_before, silence, paused, natural_days, months, between, table, figure,
        figure_matches, rule, level,
    )
}  # fmt: skip


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["key"])
def test_the_house_answers_as_the_case_was_worked_by_hand(case: Case) -> None:
    error = case["expect"].get("error")
    if error is not None:
        with pytest.raises(getattr(law, error)):
            ASKS[case["ask"]](case)
        return
    answer = ASKS[case["ask"]](case)
    assert {name: answer.get(name) for name in case["expect"]} == case["expect"]
    if "cites" in answer:
        assert case["cite"] in answer["cites"], "the case must name the article that the answer stands on"


def test_there_are_enough_cases_and_each_has_one_name_and_a_known_source() -> None:
    cases = _cases()
    assert len(cases) >= 40
    assert len({case["key"] for case in cases}) == len(cases)
    for case in cases:
        law.cite(case["cite"])
        assert case["expect"], f"{case['key']} expects nothing"
        assert COMMON - {"why"} <= set(case), f"{case['key']} lacks a field"
