"""A statement over a run of receipts, by totals and one root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tongqu.wire.statement import Statement, consent_of, root_of


class Counted(NamedTuple):
    """What a statement needs of one receipt."""

    sequence: int
    mode: str
    calls: int
    units: int
    at: datetime
    leaf: bytes
    consent: dict[str, int] | None = None


def make_statement(
    *,
    node: str,
    contract: str,
    before: Statement | None,
    counted: Sequence[Counted],
    now: datetime,
    restored: dict[str, Any] | None = None,
) -> Statement:
    """The statement that follows `before`. `counted` is the gapless run after it, at least one receipt; after a restoration,
    whose sealed mark is `restored`, the run after its gap."""
    first = 1 if before is None else before.to_sequence + 1
    if restored is not None:
        first = int(restored["body"]["resumes_after"]) + 1
    if [each.sequence for each in counted] != list(range(first, first + len(counted))) or not counted:
        raise ValueError(f"receipts of {contract} do not follow the last statement without a gap")
    calls: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for each in counted:
        calls[each.mode] += each.calls
        units[each.mode] += each.units
    return Statement(
        node=node,
        contract=contract,
        number=1 if before is None else before.number + 1,
        previous=None if before is None else before.digest,
        from_sequence=first,
        to_sequence=counted[-1].sequence,
        count=len(counted),
        calls=dict(calls),
        units=dict(units),
        first_at=counted[0].at,
        last_at=counted[-1].at,
        root=root_of([each.leaf for each in counted]),
        made_at=now,
        restored=restored,
        consent=consent_of(each.consent for each in counted),
    )
