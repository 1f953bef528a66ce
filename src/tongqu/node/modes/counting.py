"""Which counts of a batch are told: none behind which few stand, none that leaves few, and none that gives such a one away.
Pure.

The buyer knows how many keys it sent, so one count that is left out could be worked out from the others: those left out
must be two at least, and stand for `least` keys together.
"""

from __future__ import annotations

from collections.abc import Sequence


class TooNear(Exception):
    """The batch differs from one that was counted before by too few keys."""


class TooMany(Exception):
    """The contract has had as many different batches counted as it may."""


def told_counts(counts: Sequence[int], least: int) -> list[int | None]:
    total = sum(counts)
    told = [count if count >= least and total - count >= least else None for count in counts]
    while None in told and any(count is not None for count in told):
        withheld = [count for count, shown in zip(counts, told, strict=True) if shown is None]
        if len(withheld) > 1 and sum(withheld) >= least:
            break
        told[min((at for at, shown in enumerate(told) if shown is not None), key=lambda at: counts[at])] = None
    return told
