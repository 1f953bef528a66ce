"""De-identification: how well people are hidden in a resource, measured at the node, and confirmed by a person."""

from tongqu.exchange.registry.deidentification.inputs import steps_said
from tongqu.exchange.registry.deidentification.printing import report_pdf
from tongqu.exchange.registry.deidentification.procedure import DEIDENTIFICATION
from tongqu.exchange.registry.deidentification.queries import ReportView, in_force, report, reports_of
from tongqu.exchange.registry.deidentification.steps import give_up_unexamined, take_examined, take_the_place

__all__ = [
    "DEIDENTIFICATION", "ReportView", "give_up_unexamined", "in_force", "report", "report_pdf", "reports_of", "steps_said",
    "take_examined", "take_the_place",
]  # fmt: skip
