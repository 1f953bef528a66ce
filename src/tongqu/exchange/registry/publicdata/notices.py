"""Texts that a registration gives to others: the notice with its four fields, the explanation letter, the refusal. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class NoticeFields:
    """The four things a notice shows, and nothing else (REG26 art. 12): 登记主体名称, 登记类型, 登记数据名称, 数据内容简介."""

    party: str
    kind: Words
    data_name: str
    summary: str

    def plain(self) -> dict[str, str]:
        return {"party": self.party, "kind": self.kind.zh, "data_name": self.data_name, "summary": self.summary}


def explanation(
    *,
    applicant: str,
    registrar: str,
    kind: Words,
    name: str,
    number: int,
    reason: str,
    accepted: date,
    by: date,
    on: date,
) -> Words:
    """The letter to an applicant whose review is not finished in time (REG26 art. 11)."""
    return Words(
        f"审核延期说明\n{applicant}：\n贵单位就“{name}”提出的{kind.zh}（登记件 {number}）于 {accepted} 受理，未能在规定期限内完成形式审核。\n"
        f"原因：{reason}\n预计于 {by} 前完成。\n{registrar}\n{on.isoformat()}",
        f"Explanation of a late review\nTo {applicant}:\nthe formal review of “{name}” ({kind.en}, no. {number}), accepted on"
        f" {accepted}, was not finished in time.\nReason: {reason}\nIt is expected to be finished by {by}.\n{registrar}\n{on.isoformat()}",
    )


def refusal(*, applicant: str, registrar: str, kind: Words, name: str, number: int, reason: str, on: date) -> Words:
    """The written notice of a refusal: to whom, about what, why, and what may be done."""
    return Words(
        f"不予登记告知书\n{applicant}：\n贵单位就“{name}”提出的{kind.zh}（登记件 {number}），经形式审核决定不予办理。\n"
        f"理由：{reason}\n情形消除后可以重新提出申请。\n{registrar}\n{on.isoformat()}",
        f"Notice of refusal\nTo {applicant}:\n“{name}” ({kind.en}, no. {number}) is refused after the formal review.\n"
        f"Reasons: {reason}\nYou may apply again once they have gone.\n{registrar}\n{on.isoformat()}",
    )
