"""What others may read of bank lines: the faults that wait for a person. Frozen answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.treasury.deposits.models import BankFault

PAGE_SIZE_MAX = 200


@dataclass(frozen=True)
class FaultView:
    """A line of a bank statement that was not understood. `paper` is the file's hash, `row` the line in it."""

    id: int
    state: str
    paper: str
    file_name: str
    row: int
    reference: str
    raw: str
    words: Words
    found_at: datetime
    resolution: str
    resolved_at: datetime | None


def bank_faults(*, state: str = "open", after: int = 0, limit: int = 50) -> tuple[list[FaultView], int]:
    """Faults in a state, the oldest first, and how many there are in all. `after` rows are skipped."""
    rows = BankFault.objects.filter(state=state).order_by("pk")
    found = [
        FaultView(
            row.pk, row.state, row.paper, row.file_name, row.row, row.reference, row.raw, Words(row.zh, row.en), row.begun_at,
            row.resolution, row.resolved_at,
        )
        for row in rows[after : after + min(limit, PAGE_SIZE_MAX)]
    ]  # fmt: skip
    return found, rows.count()
