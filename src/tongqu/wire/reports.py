"""What a report call asks and is answered: one file, bound by its SHA-256."""

from __future__ import annotations

from typing import Any


def report_request(permit: str, purpose: str, report: str, period: str) -> dict[str, Any]:
    """What a report call asks, as it is digested."""
    return {"permit": permit, "purpose": purpose, "report": report, "period": period}


def report_answer(sha256: str, size: int, source_version: str) -> dict[str, Any]:
    """What is answered, as it is digested: `sha256` is that of the PDF's bytes, `size` their number."""
    return {"sha256": sha256, "bytes": size, "source_version": source_version}
