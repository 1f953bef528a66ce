"""Fills a declared report for one period: a PDF bound by its hash, kept as long as the node keeps answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from tongqu.node.consents.asking import Consent
from tongqu.node.modes.mode import Ran, Room
from tongqu.node.permits import Reason
from tongqu.node.refusals import Refusal
from tongqu.node.reports.groups import Groups
from tongqu.node.reports.paper import paper
from tongqu.node.reports.telling import told as told_of
from tongqu.node.turns import Turns
from tongqu.wire.constraints import consent_not_checkable
from tongqu.wire.permit import Permit
from tongqu.wire.report_form import ReportForm
from tongqu.wire.reports import report_answer, report_request
from tongqu.wire.source import REPORT
from tongqu.wire.words import Words

AT_ONCE_OF_ONE = 1
"""Papers of one contract that are made at once."""


@dataclass(frozen=True, slots=True)
class ToReport:
    """The report and the period that it is asked for."""

    report: str
    period: str


@dataclass(frozen=True)
class Report:
    """A metered report: the PDF and the sealed receipt."""

    pdf: bytes
    sha256: str
    receipt: dict[str, Any]
    salt: str


class _Paper(dict[str, Any]):
    """The answer as it is digested, with the file that it is about: the digest binds the file by its hash."""

    def __init__(self, pdf: bytes, source_version: str) -> None:
        self.pdf = pdf
        super().__init__(report_answer(hashlib.sha256(pdf).hexdigest(), len(pdf), source_version))


class Reports:
    """Mode `report`. Nothing is billed for a period of which nothing can be told."""

    name: ClassVar[str] = REPORT

    def __init__(self) -> None:
        self._turns = Turns(AT_ONCE_OF_ONE)

    def use(self, asked: ToReport) -> str:
        return asked.report

    def calls(self, asked: ToReport) -> int:
        return 1

    def request(self, permit: Permit, purpose: str, asked: ToReport) -> dict[str, Any]:
        return report_request(permit.id, purpose, asked.report, asked.period)

    async def run(self, permit: Permit, room: Room, asked: ToReport, consent: Consent | None = None) -> Ran:
        if consent is not None:  # the policy has refused it already: all stand in one sum
            raise Refusal((consent_not_checkable(),))
        held, form = room.held[permit.source], permit.report
        assert form is not None
        if not form.is_period(asked.period):
            raise Refusal((_period_form(form),))
        version = held.declaration.source_version
        groups: Groups = held.ready[REPORT, form.id]
        sections = told_of(form, groups.get(asked.period, tuple(() for _ in form.sections)))
        if not any(section.lines for section in sections):
            raise Refusal((_NOTHING,))
        made = partial(paper, form, asked.period, sections, source_version=version)
        pdf = await self._turns.run(permit.contract, room.scorers, made)
        return Ran(version, _Paper(pdf, version), "", calls=1, units=1, apart=pdf)

    def again(
        self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None
    ) -> dict[str, Any] | None:
        return None if apart is None else _Paper(apart, body["source_version"])

    def told(self, call: str, asked: ToReport, answer: dict[str, Any], salt: str, receipt: bytes, room: Room) -> Report:
        assert isinstance(answer, _Paper)
        return Report(answer.pdf, answer["sha256"], json.loads(receipt), salt)


_NOTHING = Reason(
    "period-not-covered",
    "period",
    Words("该期间没有可公布的数据。", "There is nothing to tell of this period."),
    Words("未计费。请换一个期间。", "Nothing was billed. Ask for another period."),
)


def _period_form(form: ReportForm) -> Reason:
    return Reason(
        "period-wrong",
        "period",
        Words(f"期间应写作 {form.period_form}。", f"A period of this report is written like {form.period_form}."),
        Words("请修改后重试。", "Correct it and try again."),
    )
