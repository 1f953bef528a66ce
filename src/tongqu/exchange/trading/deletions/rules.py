"""What an attestation of deletion must say, and who decides of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Attesting:
    """An attestation beside its contract. `first_date`: the day of the last use that the node has stated, and before any the
    day on which the contract came into force."""

    today: date
    first_date: date
    deleted_date: date
    complete: bool = True
    nothing_kept: bool = False
    methods: int = 1
    papers_unknown: tuple[str, ...] = ()
    awaits_statement: bool = False
    """Whether the use has ended and the node's last statement of it is still under way."""


@rule("HOUSE:deletion", title=Words("最后一份结算单已报来", "The last statement is in"), since=SINCE)
def the_last_statement_is_in(seen: Attesting) -> Finding:
    if seen.awaits_statement:
        return refuses(
            Words("节点的最后一份结算单还没有报来", "The node's last statement of the use is still under way"),
            mend=Words("请在结算单报来后证明，最长一个工作日。", "Attest once it is in, within a working day."),
        )
    return complies()


@rule(
    "HOUSE:deletion",
    title=Words("证明的是已经完成的删除", "What is attested has been done"),
    since=SINCE,
    asks=("deleted_date",),
)
def what_is_attested_is_done(seen: Attesting) -> Finding:
    if not seen.first_date <= seen.deleted_date <= seen.today:
        return refuses(
            Words(
                f"删除完成日期应在 {seen.first_date} 至 {seen.today} 之间",
                f"The day of deletion lies between {seen.first_date} and {seen.today}",
            ),
            mend=Words(
                "先删除，再填写实际完成的日期；节点报来的最后一次使用之前的删除不算。",
                "Delete first, then give the day on which it was done; a day before the last use that the node stated does not count.",
            ),
        )
    return complies()


@rule("HOUSE:deletion", title=Words("所有副本都已列明", "Every copy is named"), since=SINCE, asks=("complete",))
def every_copy_is_named(seen: Attesting) -> Finding:
    if not seen.complete:
        return refuses(
            Words("没有确认除上列以外没有其他副本", "It is not stated that there are no other copies"),
            mend=Words(
                "列全副本后确认；没有删除的，写在“没有删除的部分及理由”里。",
                "Name all copies and say so; what was not deleted goes into its own field, with the reason.",
            ),
        )
    return complies()


@rule("HOUSE:deletion", title=Words("删除方式不相矛盾", "The ways of deletion agree"), since=SINCE, asks=("methods",))
def the_methods_agree(seen: Attesting) -> Finding:
    if seen.nothing_kept and seen.methods > 1:
        return refuses(
            Words("既称未留存任何数据，又选了删除方式", "It says that nothing was kept, and how it was deleted"),
            mend=Words("两者选其一。", "Choose one of the two."),
        )
    return complies()


@dataclass(frozen=True)
class Objecting:
    papers_unknown: tuple[str, ...] = ()


@rule("HOUSE:deletion", title=Words("证明材料由本方提交", "The evidence is one's own"), since=SINCE, asks=("paper",))
def the_evidence_is_ones_own(seen: Attesting | Objecting) -> Finding:
    if seen.papers_unknown:
        return refuses(
            Words("证明材料不是本单位提交的", "The evidence was not handed in by you"),
            mend=Words("请先上传材料。", "Hand it in first."),
        )
    return complies()


@dataclass(frozen=True)
class Reckoning:
    """Whether the use of the data ends at another moment than the duty says, now that another contract began or ended."""

    changed: bool


@rule(
    "HOUSE:deletion",
    title=Words("使用期有变化才重新计算", "It is counted anew when the use ends otherwise"),
    since=SINCE,
    asks=("contract",),
)
def the_use_ends_otherwise(seen: Reckoning) -> Finding:
    if not seen.changed:
        return refuses(
            Words("同一数据的使用期没有变化", "The use of the same data ends when it did"),
            mend=Words("无须办理。", "There is nothing to do."),
        )
    return complies()


@dataclass(frozen=True)
class Ending:
    use_is_over: bool


@rule("HOUSE:deletion", title=Words("使用期结束后才须删除", "Deletion is owed after the use"), since=SINCE)
def the_use_is_over(seen: Ending) -> Finding:
    if not seen.use_is_over:
        return refuses(
            Words("使用期还没有结束", "The period of use has not ended"),
            mend=Words(
                "等待使用期结束；提前删除的可以直接证明。", "Wait for its end; an early deletion may be attested."
            ),
        )
    return complies()


@dataclass(frozen=True)
class Deciding:
    reviewer_concerned: bool


@rule("HOUSE:deletion", title=Words("当事方不决定自己的事项", "Nobody decides in its own matter"), since=SINCE)
def nobody_decides_on_its_own_deletion(seen: Deciding) -> Finding:
    if seen.reviewer_concerned:
        return refuses(
            Words("审查单位是当事方", "The reviewer is a party to it"),
            mend=Words("由另一审查单位办理。", "Let another reviewer do it."),
        )
    return complies()


ATTEST_RULES = (
    the_last_statement_is_in,
    what_is_attested_is_done,
    every_copy_is_named,
    the_methods_agree,
    the_evidence_is_ones_own,
)
