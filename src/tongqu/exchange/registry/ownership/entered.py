"""What a later registration enters into the register, as the house is told it. No Django."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from tongqu.exchange.bedrock.inputs import Inputs, Moment, ask
from tongqu.exchange.registry.ownership.inputs import Right


class Entered(Inputs):
    """The matter that was decided and how; `form` is form F1 as it stands from now on."""

    matter: str = Field(title="事项种类", description="Kind of matter", max_length=40)
    number: int = Field(title="事项编号", description="Number of the matter", ge=1)
    # How to reach people stands in the form, and nothing is ever erased from the log.
    form: dict[str, Any] = ask("登记内容", "What is registered", secret=True)
    heads: list[dict[str, Any]] = Field(default_factory=list, title="审查意见", description="Findings")
    objections: list[dict[str, Any]] = Field(default_factory=list, title="异议", description="Objections")
    accepted_date: date = Field(title="受理日", description="Accepted on")
    accepted_by_silence: bool = Field(default=False, title="视为受理", description="Accepted by silence")
    published_at: Moment | None = Field(default=None, title="公示自", description="Publicised from")
    publicity_waived: str = Field(default="", title="不公示的理由", description="Why not publicised")


class Received(Entered):
    """A transfer, on the side of who receives."""

    previous: int = Field(title="转让方的登记", description="Registration it comes from", ge=1)
    holder: int = Field(title="受让方", description="Who receives", ge=1)
    rights: list[Right] = Field(title="受让的权利", description="Rights received", min_length=1)


class PartedWith(Entered):
    """A transfer of some of the rights, on the side of who keeps the others."""

    rights: list[Right] = Field(title="转让的权利", description="Rights parted with", min_length=1)


class HandedOver(Inputs):
    """All rights went to somebody else, under that registration."""

    matter: str = Field(title="事项种类", description="Kind of matter", max_length=40)
    number: int = Field(title="事项编号", description="Number of the matter", ge=1)
    received: int = Field(title="受让方的登记", description="Registration it went to", ge=1)


class Renewed(Entered):
    rights: list[Right] = Field(title="续期的权利", description="Rights renewed", min_length=1)


class CancelledFor(Inputs):
    """Why a registration leaves the register, by which matter."""

    matter: str = Field(title="事项种类", description="Kind of matter", max_length=40)
    number: int = Field(title="事项编号", description="Number of the matter", ge=1)
    ground: str = Field(title="注销事由", description="Ground", max_length=20)
    reason: str = Field(title="理由", description="Reason", max_length=2000)


class Recognised(Inputs):
    """A right that another registrar registered, as the house read it in a certificate whose issuer vouches for it."""

    recognition: int = Field(title="互认事项", description="Recognition", ge=1)
    holder: int = Field(title="权利人", description="Holder", ge=1)
    registrar: int = Field(title="本地登记机构", description="Registrar here", ge=1)
    resource: int = Field(title="数据资源", description="Catalogue entry", ge=1)
    name: str = Field(title="数据名称", description="Data", min_length=1, max_length=2000)
    overview: str = Field(title="数据概述", description="Overview", default="", max_length=2000)
    rights: list[Right] = Field(title="权利类型", description="Rights", min_length=1)
    valid_from_at: Moment = Field(title="有效期自", description="Valid from")
    valid_to_at: Moment = Field(title="有效期至", description="Valid to")
    code: str = Field(title="凭证编号", description="Code", min_length=1, max_length=60)
    registrar_elsewhere: str = Field(title="签发机构", description="Issued by", max_length=100)
    registrar_code: str = Field(title="签发机构代码", description="Its credit code", max_length=18)
    did: str = Field(title="DID", description="DID", max_length=300)
    national: bool = Field(title="在全国名录内", description="In the national directory")
    address: str = Field(title="凭证地址", description="Address of the certificate", max_length=2000)


class Stopped(Inputs):
    """Why nobody may rely on a recognised right any more, in its issuer's words or ours."""

    reasons: list[dict[str, str]] = Field(title="原因", description="Reasons", min_length=1, max_length=10)


class TakenOver(Inputs):
    """A registration that another registrar handed over, as its record has it; the same certificate goes on."""

    number: int = Field(title="移交来的登记", description="Registration taken over", ge=1)
    holder: int = Field(title="权利人", description="Holder", ge=1)
    registrar: int = Field(title="接收机构", description="Who took over", ge=1)
    resource: int = Field(title="数据资源", description="Catalogue entry", ge=1)
    # How to reach people stands in the form, and nothing is ever erased from the log.
    form: dict[str, Any] = ask("登记内容", "What is registered", secret=True)
    name: str = Field(title="数据名称", description="Data", min_length=1, max_length=40)
    rights: list[Right] = Field(title="权利类型", description="Rights", min_length=1)
    heads: list[dict[str, Any]] = Field(default_factory=list, title="审查意见", description="Findings")
    objections: list[dict[str, Any]] = Field(default_factory=list, title="异议", description="Objections")
    notes: list[dict[str, Any]] = Field(default_factory=list, title="记载事项", description="Notes")
    accepted_date: date = Field(title="受理日", description="Accepted on")
    accepted_by_silence: bool = Field(default=False, title="视为受理", description="Accepted by silence")
    published_at: Moment | None = Field(default=None, title="公示自", description="Publicised from")
    publicity_waived: str = Field(default="", title="不公示的理由", description="Why not publicised")
    evidenced_at: Moment = Field(title="原存证时间", description="First evidenced at")
    valid_to_at: Moment = Field(title="有效期至", description="Valid to")
    code: str = Field(title="凭证编号", description="Code", min_length=15, max_length=15)
    national: bool = Field(title="全国统一编号", description="Of the national scheme")
    handed_by: str = Field(title="移交机构", description="Handed over by", max_length=100)
    content_digest: str = Field(title="原存证摘要", description="Digest of the evidence there", max_length=64)
    bundle: str = Field(title="移交包", description="Bundle", max_length=64)
