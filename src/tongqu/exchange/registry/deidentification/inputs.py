"""What a holder says of its data before it is measured how well people are hidden in it. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.wire import measures
from tongqu.wire.measures import DeidentificationOrder, QuasiIdentifier, Step
from tongqu.wire.message import BadMessage


class How(Choice):
    KEEP = "keep", "保持原样", "Keep as it is"
    DAY = "day", "日期到日", "Date to the day"
    WEEK = "week", "日期到周", "Date to the week"
    MONTH = "month", "日期到月", "Date to the month"
    QUARTER = "quarter", "日期到季", "Date to the quarter"
    YEAR = "year", "日期到年", "Date to the year"
    INTERVAL = "interval", "数值分段", "Number to an interval"
    PREFIX = "prefix", "文本取前几位", "First characters of a text"
    DROP = "drop", "删除该列", "Leave the column out"


PERIODS = frozenset({How.DAY, How.WEEK, How.MONTH, How.QUARTER, How.YEAR})


class Quasi(Inputs):
    """A column that may single a person out, and one step that makes it coarser; the same column again is the next step."""

    column: str = ask("准标识符列", "Quasi-identifier", min_length=1, max_length=200)
    how: How = ask("泛化方式", "Step")
    size: str = ask(
        "段宽或位数", "Width or characters", default="", pattern=r"^((0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?)?$",
        hint=Words("分段写宽度，取前几位写位数", "a width for intervals, a number of characters for texts"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _fits(self) -> Quasi:
        sized = self.how in {How.INTERVAL, How.PREFIX}
        if sized != bool(self.size):
            raise WordsError(
                "分段和取前几位须填写大小，其余不填", "intervals and prefixes need a size, others have none"
            )
        if self.how is How.INTERVAL and float(self.size) <= 0:
            raise WordsError("段宽须大于零", "a width is more than zero")
        if self.how is How.PREFIX and not (self.size.isdigit() and 1 <= int(self.size) <= 100):
            raise WordsError("位数应为 1 至 100 的整数", "the number of characters is a whole number from 1 to 100")
        return self

    @property
    def step(self) -> Step:
        if self.how in PERIODS:
            return Step(measures.PERIOD, cycle=self.how.value)
        if self.how is How.INTERVAL:
            return Step(measures.INTERVAL, width=self.size)
        if self.how is How.PREFIX:
            return Step(measures.PREFIX, chars=int(self.size))
        return Step(self.how.value)


class Ask(Inputs):
    """Have it measured how well people are hidden in a resource."""

    resource: int = ask("数据资源", "Resource", widget="resource", ge=1)
    person: str = ask(
        "个人标识列", "Column that tells people apart", default="", max_length=200,
        hint=Words("一人多行时填写；不填则一行为一人", "where a person has several rows; without it each row is one person"),
    )  # fmt: skip
    quasi: list[Quasi] = ask(
        "准标识符与泛化步骤", "Quasi-identifiers and steps", widget="rows", min_length=1, max_length=64,
        hint=Words(
            "同一列可列多步，由细到粗；由节点搜索损失最小的组合",
            "a column may have several steps, from the finest to the coarsest: the node searches the least loss",
        ),
    )  # fmt: skip
    sensitive: list[str] = ask("敏感列", "Sensitive columns", widget="lines", default_factory=list, max_length=8)
    k: int = ask("目标 k", "Wanted k", default=5, ge=2, le=1_000)
    suppressed_most: int = ask(
        "可删除记录的最大比例", "Records that may be left out", unit="basis_points", default=500, ge=0, le=10_000
    )

    @model_validator(mode="after")
    def _fits(self) -> Ask:
        try:
            DeidentificationOrder.from_json(self.order("source").to_json())
        except BadMessage as bad:
            raise WordsError(
                f"最多 {measures.QUASI_MAX} 列、每列 {measures.LEVELS_MAX} 步、共 {measures.COMBINATIONS_MAX:,} 种组合；"
                "同一列不能既是准标识符又是敏感列或个人标识列",
                f"at most {measures.QUASI_MAX} columns of {measures.LEVELS_MAX} steps and {measures.COMBINATIONS_MAX:,}"
                " combinations; a column has one part only",
            ) from bad
        return self

    def order(self, source: str) -> DeidentificationOrder:
        """As the node is asked."""
        steps: dict[str, list[Step]] = {}
        for one in self.quasi:
            steps.setdefault(one.column, []).append(one.step)
        return DeidentificationOrder(
            source=source,
            person=self.person or None,
            quasi=tuple(QuasiIdentifier(column, tuple(found)) for column, found in steps.items()),
            sensitive=tuple(self.sensitive),
            k=self.k,
            suppressed_most=self.suppressed_most,
        )

    @property
    def columns(self) -> list[str]:
        return list(
            dict.fromkeys([one.column for one in self.quasi] + self.sensitive + [self.person] * bool(self.person))
        )


class Examined(Inputs):
    """By which measurement the report is made: the digest of the node's answer."""

    measurement: str = Field(pattern=r"^[0-9a-f]{64}$", title="测量结果摘要", description="Digest of the measurement")


class Unexamined(Inputs):
    fault: str = ask("原因", "Reason", min_length=1, max_length=100)


class Opinion(Inputs):
    """What the reviewer says of the report."""

    opinion: str = ask(
        "审查意见", "Opinion", widget="textarea", min_length=2, max_length=1000,
        hint=Words("说明准标识符是否列全、结果能否对应到个人", "whether all quasi-identifiers are named, and people stay hidden"),
    )  # fmt: skip


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


def steps_said(step: Mapping[str, Any]) -> Words:
    """A step of the wire in words."""
    how = step["how"]
    if how == measures.PERIOD:
        return How(step["cycle"]).words
    if how == measures.INTERVAL:
        return Words(f"每 {step['width']} 一段", f"intervals of {step['width']}")
    if how == measures.PREFIX:
        return Words(f"前 {step['chars']} 位", f"the first {step['chars']} characters")
    return How(how).words
