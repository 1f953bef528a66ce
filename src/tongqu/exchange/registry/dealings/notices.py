"""Texts that a later registration gives to others: its public notice, the written refusal, the notice of cancellation. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.dealings.inputs import ChangeItem, OwnGround
from tongqu.exchange.registry.ownership.inputs import Ground, Right
from tongqu.exchange.registry.ownership.notices import NoticeFields, restrictions

KIND_WORDS: Mapping[str, Words] = {
    "transfer": Words("转让登记", "Transfer"),
    "change": Words("变更登记", "Change"),
    "renewal": Words("续期登记", "Renewal"),
    "cancellation": Words("注销登记", "Cancellation"),
    "revocation": Words("依职权注销", "Cancellation by the registrar"),
}


__all__ = ["KIND_WORDS", "NoticeFields", "grounds", "notice_fields", "refusal", "revocation"]


def notice_fields(
    kind: str,
    sides: Sequence[tuple[str, str]],
    name: str,
    overview: str,
    right: Mapping[str, Any],
    asked: Mapping[str, Any],
) -> NoticeFields:
    """The same four things as for a first registration (PROP35 art. 24); what is asked for stands with the limits."""
    standing = restrictions(right["rights"], right["form"])
    return NoticeFields(
        applicant="、".join(f"{who}（{code}）" for who, code in sides),
        data_name=name,
        overview=overview,
        restrictions=f"{KIND_WORDS[kind].zh}：{_asked(kind, asked)}。现登记：{standing}",
    )  # fmt: skip


def _asked(kind: str, asked: Mapping[str, Any]) -> str:
    if kind == "transfer":
        return f"转让{_rights(asked['rights'])}"
    if kind == "change":
        return f"变更{'、'.join(ChangeItem(one['item']).words.zh for one in asked['changes']) or '联系方式'}"
    if kind == "renewal":
        until = f"至 {asked['right_until_date']}" if asked["right_until_date"] else "期限无约定"
        return f"续期{_rights(asked['rights'])}，{until}"
    return "注销该登记"


def _rights(kinds: Sequence[str]) -> str:
    return "、".join(Right(one).words.zh for one in kinds)


def grounds(named: Sequence[str]) -> list[Words]:
    """Grounds of art. 22 in words."""
    return [Ground(one).words for one in named]


def refusal(
    *,
    kind: str,
    applicants: Sequence[str],
    registrar: str,
    name: str,
    number: int,
    grounds: Sequence[Words],
    reason: str,
    on: date,
) -> Words:
    """The written notice of a refusal: to whom, about what, on which grounds, why, and what may be done."""
    what, to = KIND_WORDS[kind], applicants
    zh, en = "；".join(ground.zh for ground in grounds), "; ".join(ground.en for ground in grounds)
    return Words(
        f"不予登记告知书\n{'、'.join(to)}：\n贵单位就“{name}”提出的{what.zh}申请（登记件 {number}），经审查，"
        f"存在《数据产权登记工作指引（试行）》第二十二条所列情形：{zh}。\n理由：{reason}\n决定不予登记。"
        f"情形消除后可以重新提出申请。\n{registrar}\n{on.isoformat()}",
        f"Notice of refusal\nTo {', '.join(to)}:\nyour application ({what.en.lower()}, no. {number}) about “{name}” was "
        f"examined. Grounds under art. 22 of the Guidelines on Data Property Registration (Trial): {en}.\n"
        f"Reasons: {reason}\n"
        f"Registration is refused. You may apply again once the ground has gone.\n{registrar}\n{on.isoformat()}",
    )  # fmt: skip


def revocation(
    *, holder: str, registrar: str, name: str, code: str, ground: str, reason: str, until: date, on: date
) -> Words:
    """The written notice before a registrar cancels by itself (PROP35 art. 37): what, why, and until when it hears."""
    words = OwnGround(ground).words
    return Words(
        f"拟注销登记告知书\n{holder}：\n贵单位就“{name}”取得的登记（凭证编号 {code}），我机构拟依《数据产权登记工作指引（试行）》"
        f"第三十七条予以注销。\n事由：{words.zh}\n事实和理由：{reason}\n贵单位可在 {until.isoformat()} 前陈述和申辩。"
        f"逾期未陈述的，我机构依现有材料决定。\n{registrar}\n{on.isoformat()}",
        f"Notice of intended cancellation\nTo {holder}:\nwe mean to cancel your registration of “{name}” (certificate "
        f"{code}) under art. 37 of the Guidelines on Data Property Registration (Trial).\nGround: {words.en}\n"
        f"Facts and reasons: {reason}\nYou may be heard until {until.isoformat()}; after that we decide on what we have.\n"
        f"{registrar}\n{on.isoformat()}",
    )
