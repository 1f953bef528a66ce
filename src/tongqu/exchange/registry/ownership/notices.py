"""Texts that a registration gives to others: the public notice with its four fields, and the written refusal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.ownership.inputs import Right

LIMITS: Mapping[str, Words] = {
    "objects": Words("对象类型", "who"),
    "qualification": Words("买方资质", "buyer's qualification"),
    "environment": Words("应用环境", "environment"),
    "region": Words("地域", "region"),
    "resale": Words("转售", "resale"),
    "export": Words("出境", "export"),
}


@dataclass(frozen=True)
class NoticeFields:
    """The four things a notice shows, and nothing else (PROP35 art. 24): 申请人信息, 数据名称, 数据概述, 权利限制."""

    applicant: str
    data_name: str
    overview: str
    restrictions: str

    def plain(self) -> dict[str, str]:
        return asdict(self)


class _Applicant(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def credit_code(self) -> str: ...


class _Registration(Protocol):
    name: Any
    overview: Any
    rights: Any
    form: Any


def notice_fields(registration: _Registration, applicant: _Applicant) -> NoticeFields:
    return NoticeFields(
        applicant=f"{applicant.name}（{applicant.credit_code}）",
        data_name=str(registration.name),
        overview=str(registration.overview),
        restrictions=restrictions(registration.rights, registration.form),
    )


def restrictions(rights: Sequence[str], form: Mapping[str, Any]) -> str:
    """Which rights, until when, and within which limits; 无 where there are none."""
    named = "、".join(Right(right).words.zh for right in rights)
    until = f"至 {form['right_until_date']}" if form["right_until_date"] else "期限无约定"
    limits = [form["right_limits"]] if form["right_limits"] else []
    limits += [f"{words.zh}：{form[f'limit_{kind}']}" for kind, words in LIMITS.items() if form[f"limit_{kind}"]]
    return f"{named}；{until}；限制：{'；'.join(limits) or '无'}"


def refusal(
    *, applicant: str, registrar: str, name: str, registration: int, grounds: Sequence[Words], reason: str, on: date
) -> Words:
    """The written notice of a refusal: to whom, about what, on which grounds of art. 22, why, and what may be done."""
    zh = "；".join(ground.zh for ground in grounds)
    en = "; ".join(ground.en for ground in grounds)
    return Words(
        f"不予登记告知书\n{applicant}：\n贵单位就“{name}”提出的数据产权初次登记申请（登记件 {registration}），经审查，"
        f"存在《数据产权登记工作指引（试行）》第二十二条所列情形：{zh}。\n理由：{reason}\n决定不予登记。"
        f"情形消除后可以重新提出申请。\n{registrar}\n{on.isoformat()}",
        f"Notice of refusal\nTo {applicant}:\nyour application for first registration of “{name}” (no. {registration}) "
        f"was examined. Grounds under art. 22 of the Guidelines on Data Property Registration (Trial): {en}.\n"
        f"Reasons: {reason}\n"
        f"Registration is refused. You may apply again once the ground has gone.\n{registrar}\n{on.isoformat()}",
    )
