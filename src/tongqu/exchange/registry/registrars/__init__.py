"""A registrar's own duties: its qualification, its yearly report from the log, the reporting of changes, an orderly exit."""

from tongqu.exchange.registry.registrars.printing import report_pdf
from tongqu.exchange.registry.registrars.procedure import (
    REGISTRAR_CHANGE,
    REGISTRAR_DOSSIER,
    REGISTRAR_EXIT,
    REGISTRAR_REPORT,
)
from tongqu.exchange.registry.registrars.queries import Leaving, agrees, leaving, lines_of, open_reports

__all__ = [
    "REGISTRAR_CHANGE", "REGISTRAR_DOSSIER", "REGISTRAR_EXIT", "REGISTRAR_REPORT", "Leaving", "agrees", "leaving", "lines_of",
    "open_reports", "report_pdf",
]  # fmt: skip
