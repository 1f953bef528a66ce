"""Data whose columns changed at its node, as provider, buyers and the public are told of it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import catalogue
from tongqu.exchange.web import said
from tongqu.exchange.web.desks.parts import Part
from tongqu.wire.drift import Drift
from tongqu.wire.message import moment_of

CHANGES_SHOWN = 40


def drift_of(resource: catalogue.ResourceView) -> Drift | None:
    """How the newest data behind a product differs from what its node declares."""
    declared = next(iter(nodes.sources(resource.node_id, named=resource.source)), None)
    return declared.drift if declared is not None else None


def changed_columns(drift: Drift, of: Words) -> Part:
    """What changed in the newest data of a source, column by column, and what mends it."""
    since = said.moment(timezone.localtime(drift.since))
    told = [Words(one.words.zh, one.words.en) for one in drift.changes[:CHANGES_SHOWN]]
    if more := len(drift.changes) - CHANGES_SHOWN:
        told += [Words(f"另有 {more} 处", f"and {more} more")] if more > 0 else []
    refused = (
        Words("期间节点拒绝调用。", "Calls are refused meanwhile.")
        if drift.refuses
        else Words("此前的版本继续提供。", "The version before goes on serving.")
    )
    return Part(
        Words(f"数据的列已变更：{of.zh}（{since}）", f"Columns changed: {of.en} ({since})"),
        sentences=told,
        note=Words(
            f"{refused.zh}使用该数据的产品已停止销售。在节点上更正数据；确认是有意变更的，在 node.toml 该数据源下写"
            f' columns_accepted = "{drift.columns}" 并重启节点。之后产品转为“提供方暂停”，由提供方恢复销售。',
            f"{refused.en} Products of this data are not sold. Correct the data at the node; if the change is meant, write"
            f' columns_accepted = "{drift.columns}" under the source in node.toml and restart the node. Its products are then'
            " paused, and the provider resumes their sale.",
        ),
    )


def refused_for(seconds: int) -> Words:
    """How long, to the minute; a part of a minute counts as one."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    return Words(f"累计 {hours:,} 小时 {minutes} 分钟", f"{hours:,} h {minutes} min in all")


def told_of_delivery(row: Any) -> Part:
    """What both parties to a delivery are told while the data at the node differs from what is declared."""
    told, since = row.drift, said.moment(timezone.localtime(moment_of(row.drift["since"])))
    if row.mode == "dataset":
        means = Words(
            "合同约定的版本不受影响，照常提供。", "The version of the contract is as it was, and is delivered."
        )
    elif told["refuses"]:
        means = Words(
            "节点拒绝调用，被拒绝的不计费。使用期限照常计算；拒绝的时长由本所累计，检验时可以据此提出异议。",
            "The node refuses calls, and bills none of them. The period of use runs on; how long calls are refused is counted here,"
            " and may be objected to at the inspection.",
        )
    else:
        means = Words(
            "节点以变更前的版本继续提供，不含之后的更新。",
            "The node goes on with the version before the change; nothing newer is in it.",
        )
    note = (
        Words(f"买方已于 {said.moment(timezone.localtime(row.drift_noted_at))} 知悉。",
              f"The consumer took note on {said.moment(timezone.localtime(row.drift_noted_at))}.")
        if row.drift_noted_at
        else Words("买方尚未知悉。", "The consumer has not taken note yet.")
    )  # fmt: skip
    return Part(
        Words(f"数据的列已变更（{since}）", f"Columns changed ({since})"),
        sentences=[Words(told["zh"], told["en"]), means],
        note=note,
    )


def public_drift(drift: Drift | None) -> dict[str, Any] | None:
    """What everybody is told of data that changed: since when, what, and whether calls are answered."""
    if drift is None:
        return None
    told = drift.told()
    return {
        "since": said.moment(timezone.localtime(drift.since)), "told": Words(told.zh, told.en), "refuses": drift.refuses,
    }  # fmt: skip
