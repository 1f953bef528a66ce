"""From counts to indicators: which check speaks to which of the six (GB/T 36344-2018), and the formula. Pure.

An indicator is the rows that passed of the rows that were looked at, over all its rules that could be checked:
Σ(checked − failed) / Σ checked. Where few rows failed their number is told as a span, and so is the indicator. Without a
rule it is not measured, whatever the data may be. Which check belongs to which indicator is this house's own assignment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.wire import measures

BASIS_POINTS = 10_000


@dataclass(frozen=True)
class Indicator:
    key: str
    words: Words


CONFORMITY = Indicator("conformity", Words("规范性", "Conformity"))
COMPLETENESS = Indicator("completeness", Words("完整性", "Completeness"))
ACCURACY = Indicator("accuracy", Words("准确性", "Accuracy"))
CONSISTENCY = Indicator("consistency", Words("一致性", "Consistency"))
TIMELINESS = Indicator("timeliness", Words("时效性", "Timeliness"))
ACCESSIBILITY = Indicator("accessibility", Words("可访问性", "Accessibility"))
INDICATORS = (CONFORMITY, COMPLETENESS, ACCURACY, CONSISTENCY, TIMELINESS, ACCESSIBILITY)

OF_CHECK: Mapping[str, Indicator] = {
    measures.REQUIRED: COMPLETENESS,
    measures.FORM: CONFORMITY,
    measures.EXPRESSION: CONFORMITY,
    measures.CODES: CONFORMITY,
    measures.RANGE: ACCURACY,
    measures.UNIQUE: ACCURACY,
    measures.ORDER: CONSISTENCY,
    measures.FRESH: TIMELINESS,
    measures.GAPLESS: TIMELINESS,
}


@dataclass(frozen=True)
class Score:
    """One indicator. `checked` 0: not measured. `rules` could be checked of `stated`."""

    indicator: Indicator
    stated: int
    rules: int
    checked: int
    failed_least: int
    failed_most: int

    @property
    def measured(self) -> bool:
        return self.checked > 0

    @property
    def least(self) -> int | None:
        """The share that surely passed, in basis points, rounded down."""
        return (self.checked - self.failed_most) * BASIS_POINTS // self.checked if self.measured else None

    @property
    def exact(self) -> bool:
        return self.failed_least == self.failed_most


def scores(
    rules: Iterable[Mapping[str, Any]], measured: Iterable[Mapping[str, Any]], *, asked: int, answered: int
) -> tuple[Score, ...]:
    """The six indicators. `rules` as stated, `measured` as the node told, in the same order; accessibility is how many of
    the measurements that the node was asked for in the window it answered."""
    paired = list(zip(rules, measured, strict=True))
    return tuple(
        Score(ACCESSIBILITY, asked, asked, asked, asked - answered, asked - answered)
        if indicator is ACCESSIBILITY
        else _score(indicator, [told for rule, told in paired if OF_CHECK[rule["check"]] is indicator])
        for indicator in INDICATORS
    )


def _score(indicator: Indicator, told: list[Mapping[str, Any]]) -> Score:
    counted = [one for one in told if one["checked"] is not None]
    checked, least, most = (sum(one[name] for one in counted) for name in ("checked", "failed_least", "failed_most"))
    return Score(indicator, len(told), len(counted), checked, least, most)
