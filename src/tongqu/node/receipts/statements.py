"""A statement over a run of receipts, by totals and one root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tongqu.wire.statement import Statement, consent_of


class Counted(NamedTuple):
    """What a statement needs of receipts of one mode that follow each other without a gap; at least one."""

    first: int
    mode: str
    calls: int
    units: int
    first_at: datetime
    last_at: datetime
    leaves: list[bytes]


def make_statement(
    *,
    node: str,
    contract: str,
    before: Statement | None,
    counted: Sequence[Counted],
    root: bytes,
    consents: Sequence[dict[str, int]],
    now: datetime,
    restored: dict[str, Any] | None = None,
) -> Statement:
    """The statement that follows `before`. `counted` is the gapless run after it, at least one receipt; after a restoration,
    whose sealed mark is `restored`, the run after its gap. `root` is the Merkle root over its leaves, `consents` what its receipts
    say of consents, where they say anything."""
    first = 1 if before is None else before.to_sequence + 1
    if restored is not None:
        first = int(restored["body"]["resumes_after"]) + 1
    following = first
    calls: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for each in counted:
        if each.first != following:
            break
        following += len(each.leaves)
        calls[each.mode] += each.calls
        units[each.mode] += each.units
    count = following - first
    if not counted or count != sum(len(each.leaves) for each in counted):
        raise ValueError(f"receipts of {contract} do not follow the last statement without a gap")
    return Statement(
        node=node,
        contract=contract,
        number=1 if before is None else before.number + 1,
        previous=None if before is None else before.digest,
        from_sequence=first,
        to_sequence=following - 1,
        count=count,
        calls=dict(calls),
        units=dict(units),
        first_at=counted[0].first_at,
        last_at=counted[-1].last_at,
        root=root.hex(),
        made_at=now,
        restored=restored,
        consent=consent_of(consents),
    )
