"""What may be catalogued. Pure: it judges a plain picture of the entry and of the source it names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import MUST, SHOULD, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Seen:
    """The entry beside its node. `kind` is the entry's, `holder_kind` the organisation's."""

    kind: str
    holder_kind: str
    node_serves_holder: bool
    node_active: bool
    source_declared: bool
    source_is_anothers: bool
    source_taken: bool
    name_taken: bool
    columns_missing: tuple[str, ...]
    class_changed: bool = False
    source_changed: bool = False


@rule(
    "HOUSE:catalogue",
    strength=MUST,
    since=SINCE,
    title=Words("目录绑定本单位节点上的数据源", "An entry is bound to a source at the holder's own node"),
    asks=("node",),
)
def bound_to_own_source(seen: Seen) -> Finding:
    """What is catalogued can be measured and delivered only where it stands."""
    if not seen.node_serves_holder:
        return refuses(
            Words("所选数据节点不属于本单位，也不是交易场所托管的节点", "The node is neither yours nor the exchange's"),
            mend=Words("请选择本单位或交易场所的节点。", "Choose a node of your own, or one the exchange runs."),
        )
    if not seen.node_active:
        return refuses(
            Words("所选数据节点尚未启用或已暂停", "The node is not active"),
            mend=Words("请先启动该节点，或选择其他节点。", "Start the node first, or choose another."),
        )
    if not seen.source_declared:
        return refuses(
            Words("该节点没有申报这一数据源", "The node has not declared this source"),
            mend=Words("请在节点上申报数据源后再编目。", "Declare the source at the node, then catalogue it."),
        )
    if seen.source_is_anothers:
        return refuses(
            Words("节点没有把这一数据源申报为本单位的数据", "The node has not declared this source as your data"),
            mend=Words(
                "请由节点管理方在数据源设置中写明本单位的统一社会信用代码（holder）。",
                "Have whoever runs the node write your credit code into the source's settings (holder).",
            ),
        )
    return complies()


@rule(
    "SEED:3",
    strength=MUST,
    since=SINCE,
    title=Words("一数一源：同一数据源只编一条目录", "One source, one entry"),
    asks=("source",),
)
def one_entry_per_source(seen: Seen) -> Finding:
    """Two entries for one source would let one set of data appear as two."""
    if seen.source_taken:
        return refuses(
            Words("该数据源已有一条目录", "This source has an entry already"),
            mend=Words("请更新原目录，或先撤下原目录。", "Update that entry, or withdraw it first."),
        )
    if seen.name_taken:
        return refuses(
            Words("本单位已有同名目录", "You have an entry of this name already"),
            mend=Words("请换一个名称，或更新原目录。", "Choose another name, or update that entry."),
        )
    return complies()


@rule(
    "SEED:3",
    strength=SHOULD,
    since=SINCE,
    title=Words("信息项与数据源的列一致", "Elements agree with the source's columns"),
    asks=("items",),
)
def elements_stand_at_the_source(seen: Seen) -> Finding:
    """An element that no column bears cannot be delivered."""
    if seen.columns_missing:
        names = "、".join(seen.columns_missing[:10])
        return refuses(
            Words(f"数据源中没有这些信息项：{names}", f"The source has no column for: {names}"),
            mend=Words("请核对信息项名称与数据源的列名。", "Compare the elements with the columns of the source."),
        )
    return complies()


@rule(
    "HOUSE:catalogue",
    strength=MUST,
    since=SINCE,
    title=Words("部门的数据按政务数据编目", "A department's data is catalogued as government data"),
    asks=("kind",),
)
def a_department_holds_government_data(seen: Seen) -> Finding:
    """The kind decides which registration is open, so it may not be chosen to escape one."""
    if seen.holder_kind == "department" and seen.kind != "government":
        return refuses(
            Words("党政部门的数据应选“政务数据”", "A department's data is government data"),
            mend=Words("请把数据性质改为“政务数据”。", "Set the kind to government data."),
        )
    return complies()


@rule(
    "HOUSE:catalogue",
    strength=MUST,
    since=SINCE,
    title=Words("已编目的资源不改分类和数据源", "A catalogued entry keeps its class and its source"),
)
def what_is_catalogued_stays(seen: Seen) -> Finding:
    """Others cite the code and the measurement; another source is another resource."""
    if seen.class_changed or seen.source_changed:
        return refuses(
            Words("已编目的资源不能更换分类或数据源", "Class and source of a catalogued entry cannot change"),
            mend=Words("请撤下原目录，另行编目。", "Withdraw this entry and draft another."),
        )
    return complies()


ENTRY_RULES = (
    bound_to_own_source,
    one_entry_per_source,
    elements_stand_at_the_source,
    a_department_holds_government_data,
)
UPDATE_RULES = (*ENTRY_RULES, what_is_catalogued_stays)
