"""When hiding may be measured, and when a report may be confirmed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import MUST, SHOULD, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Asked:
    """A report about to be asked for."""

    holds_resource: bool
    catalogued: bool
    asked_already: bool
    node_knows_how: bool
    columns_missing: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """A report before the reviewer. `suppressed`: the share left out, in basis points, as much as it may be."""

    k: int
    k_min: int
    reached: bool
    suppressed: int
    suppressed_max: int
    current: bool
    by_holder: bool
    diverse: bool


@rule(
    "HOUSE:deidentification",
    strength=MUST,
    since=SINCE,
    title=Words("由持有方对已编目的资源提出评估", "The holder asks for the report, of a catalogued resource"),
    asks=("resource",),
)
def hiding_of_ones_own(seen: Asked) -> Finding:
    if not seen.holds_resource:
        return refuses(
            Words("这不是本单位的数据资源", "This resource is not yours"),
            mend=Words("请选择本单位的资源。", "Choose a resource of your own."),
        )
    if not seen.catalogued:
        return refuses(
            Words("资源尚未编目", "The resource is not catalogued yet"),
            mend=Words("请先完成编目测量。", "Have it catalogued first."),
        )
    if seen.asked_already:
        return refuses(
            Words("上一次去标识化测量还没有结束", "The measurement before is still under way"),
            mend=Words("请等待节点答复，或先停止上一次测量。", "Wait for the node, or stop that one."),
        )
    return complies()


@rule(
    "HOUSE:deidentification",
    strength=MUST,
    since=SINCE,
    title=Words("所列各列在数据源中，节点能够测量", "The columns stand at the source, and its node can measure this"),
    asks=("quasi",),
)
def steps_fit_the_source(seen: Asked) -> Finding:
    if seen.columns_missing:
        names = "、".join(seen.columns_missing[:10])
        return refuses(
            Words(f"数据源中没有这些列：{names}", f"The source has no column: {names}"),
            mend=Words("请核对列名。", "Compare the names with the columns of the source."),
        )
    if not seen.node_knows_how:
        return refuses(
            Words("节点软件版本较旧，不能测量去标识化效果", "The node's software is too old to measure hiding"),
            mend=Words("请节点管理方升级节点软件。", "Have the node's software updated."),
        )
    return complies()


@rule(
    "HOUSE:deidentification",
    strength=MUST,
    since=SINCE,
    title=Words("最小等价类达到要求", "The smallest class is large enough"),
)
def people_are_hidden(seen: Read) -> Finding:
    """The figure is this house's: the standard's own (GB/T 42460-2023) was not read."""
    if seen.k < seen.k_min or not seen.reached:
        return refuses(
            Words(f"泛化后最小等价类为 {seen.k}，要求至少 {seen.k_min}，且须在可删除比例之内达到",
                  f"The smallest class is {seen.k}; at least {seen.k_min} is asked for, within what may be left out"),
            mend=Words("请退回，由持有方加粗泛化步骤后重新测量。", "Hand it back: the holder takes coarser steps and asks anew."),
        )  # fmt: skip
    if seen.suppressed > seen.suppressed_max:
        return refuses(
            Words(f"删除的记录可达万分之 {seen.suppressed}，最多万分之 {seen.suppressed_max}",
                  f"Up to {seen.suppressed} in 10,000 records are left out; {seen.suppressed_max} is the most"),
            mend=Words("请退回，由持有方加粗泛化步骤，少删记录。", "Hand it back: coarser steps, fewer records left out."),
        )  # fmt: skip
    return complies(Words(f"最小等价类为 {seen.k}", f"The smallest class is {seen.k}"))


@rule(
    "HOUSE:deidentification",
    strength=SHOULD,
    since=SINCE,
    title=Words("各等价类的敏感值不单一", "No class has a single sensitive value"),
)
def sensitive_values_differ(seen: Read) -> Finding:
    """Who is known to be in a class of one value is known to have it, however large the class."""
    if not seen.diverse:
        return refuses(
            Words(
                "有的等价类中敏感列只有一个值（l = 1）", "In some class a sensitive column has one value only (l = 1)"
            ),
            mend=Words("请在审查意见中说明为何可以接受。", "Say in the opinion why that is acceptable."),
        )
    return complies()


@rule(
    "HOUSE:deidentification",
    strength=MUST,
    since=SINCE,
    title=Words("报告对应数据的现行版本", "The report is of the data's current version"),
)
def report_is_current(seen: Read) -> Finding:
    if not seen.current:
        return refuses(
            Words("测量之后数据已换版本", "The data has changed since it was measured"),
            mend=Words(
                "请退回，由持有方对现行版本重新测量。", "Hand it back: the holder has the current version measured."
            ),
        )
    return complies()


@rule(
    "HOUSE:deidentification",
    strength=MUST,
    since=SINCE,
    title=Words("不审查本单位的报告", "Nobody confirms a report of its own data"),
)
def reviewer_is_another(seen: Read) -> Finding:
    if seen.by_holder:
        return refuses(
            Words("这是本单位数据的报告", "This report is of your own data"),
            mend=Words(
                "请由另一单位的审查员或数据主管部门确认。",
                "Let another organisation's reviewer or the data authority do it.",
            ),
        )
    return complies()


ASK_RULES = (hiding_of_ones_own, steps_fit_the_source)
CONFIRM_RULES = (people_are_hidden, sensitive_values_differ, report_is_current, reviewer_is_another)
