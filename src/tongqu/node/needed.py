"""What the permits still need of what a node keeps. With very many of them it takes a while to find out: on a thread of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tongqu.wire.permit import REVOKED, Permit
from tongqu.wire.source import DATASET, MODEL

PROBES_KEPT = timedelta(days=30)
"""After a contract's last permit has ended: it might be prolonged."""


class Needed(NamedTuple):
    """Versions of sources that data sets are fixed to; contracts that score; and those that nothing can be asked under any more, not
    even if their last permit were revised soon."""

    pinned: set[tuple[str, str]]
    scoring: set[str]
    long_ended: set[str]


def needed(permits: Sequence[Permit], now: datetime) -> Needed:
    """Of all permits of a node."""
    pinned, scoring, ended = set[tuple[str, str]](), set[str](), dict[str, bool]()
    for permit in permits:
        if permit.mode == DATASET and permit.status != REVOKED and permit.not_after > now:
            pinned.add((permit.source, permit.source_version or ""))
        if permit.mode == MODEL:
            scoring.add(permit.contract)
        ended[permit.contract] = ended.get(permit.contract, True) and permit.not_after < now - PROBES_KEPT
    return Needed(pinned, scoring, {contract for contract, is_over in ended.items() if is_over})
