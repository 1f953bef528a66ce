"""What a product declares of its data, held against what catalogue, grading and reports say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongqu.exchange.registry import catalogue, consent, deidentification, grading
from tongqu.exchange.trading.listings.inputs import RAW
from tongqu.exchange.trading.listings.rules import personal_permitted

OUTSIDE = ("71", "81", "82")
"""Divisions of GB/T 2260 beyond the customs and data border of the mainland: what goes there is provided abroad."""


@dataclass(frozen=True)
class Declared:
    """How it is delivered, and what personal information it is said to hold."""

    mode: str
    personal: str
    consented: bool = False
    """Whether the node checks each subject's consent at each call."""

    def permitted(self, graded: grading.GradingView | None, *, on: date) -> bool:
        """Whether data of this grading may be delivered so. Of the ungraded nothing is known."""
        return graded is None or (
            grading.permission(graded.data_class, self.mode, on=on).allowed
            and personal_permitted(self.personal, graded.personal, self.mode, consented=self.consented)
        )

    def assessed_before(self, *, kinds: Sequence[str], regions: Sequence[str], graded: str) -> frozenset[str]:
        """The situations of PIPL art. 55 in which it provides people's information; none where it holds none, or is
        anonymised, which has its own report. A model's score of a person is an automated decision's ground."""
        if not kinds and self.personal not in {"general", "sensitive"}:
            return frozenset()
        found = {"provide"}
        if self.personal == "sensitive" or graded == "sensitive" or set(kinds) & consent.SENSITIVE:
            found.add("sensitive")
        if self.mode == "model":
            found.add("automated")
        if any(code[:2] in OUTSIDE for code in regions):
            found.add("export")
        return frozenset(found)

    def anonymised_by_report(self, resource: catalogue.ResourceView, graded: grading.GradingView | None) -> bool:
        """A claim to be anonymised has its report, or needs none: neither catalogue nor grading knows of anybody. Records
        go out as they stand, so their report holds for the source itself."""
        concerned = resource.personal or (graded is not None and graded.personal != "none")
        if self.personal != "anonymised" or not concerned:
            return True
        report = deidentification.in_force(resource.id)
        return report is not None and (self.mode not in RAW or report.as_it_stands)
