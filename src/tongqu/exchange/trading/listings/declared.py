"""What a product declares of its data, held against what catalogue, grading and reports say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.registry import catalogue, deidentification, grading
from tongqu.exchange.trading.listings.inputs import RAW
from tongqu.exchange.trading.listings.rules import personal_permitted


@dataclass(frozen=True)
class Declared:
    """How it is delivered, and what personal information it is said to hold."""

    mode: str
    personal: str

    def permitted(self, graded: grading.GradingView | None, *, on: date) -> bool:
        """Whether data of this grading may be delivered so. Of the ungraded nothing is known."""
        return graded is None or (
            grading.permission(graded.data_class, self.mode, on=on).allowed
            and personal_permitted(self.personal, graded.personal, self.mode)
        )

    def anonymised_by_report(self, resource: catalogue.ResourceView, graded: grading.GradingView | None) -> bool:
        """A claim to be anonymised has its report, or needs none: neither catalogue nor grading knows of anybody. Records
        go out as they stand, so their report holds for the source itself."""
        concerned = resource.personal or (graded is not None and graded.personal != "none")
        if self.personal != "anonymised" or not concerned:
            return True
        report = deidentification.in_force(resource.id)
        return report is not None and (self.mode not in RAW or report.as_it_stands)
