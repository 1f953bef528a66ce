"""Form F2 (PROP35 annexes) for each later kind of registration, and what its further steps ask for. No Django."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalDay, Paper, WordsError, ask, sentences_of
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.ownership.inputs import (
    Added,
    ApplicantType,
    Application,
    Extension,
    Head,
    HeadFinding,
    Missing,
    MoreEvidence,
    NoPublicity,
    ObjectionAnswer,
    ObjectionFiled,
    Reason,
    Refusal,
    Right,
    Subsistence,
)

__all__ = [
    "Added",
    "CancelGround",
    "Cancellation",
    "Change",
    "ChangeItem",
    "Changed",
    "Conclusion",
    "Effect",
    "Extension",
    "Head",
    "HeadFinding",
    "Heard",
    "Joined",
    "Judgment",
    "LateObjectionFiled",
    "Missing",
    "MoreEvidence",
    "NoPublicity",
    "ObjectionAnswer",
    "ObjectionFiled",
    "OwnGround",
    "Reason",
    "Refusal",
    "Renewal",
    "Revocation",
    "Supplied",
    "Transfer",
]  # fmt: skip

_HEAD = Words("登记事项", "The matter")
_NO_PUBLICITY: dict[str, Any] = {
    "widget": "textarea", "default": "", "max_length": 500,
    "hint": Words("不申请的不填；由登记机构决定", "leave blank not to ask; the registrar decides"),
}  # fmt: skip


class Transfer(Inputs):
    """What the transferor applies for; whoever receives applies with it (`Joined`)."""

    registration: int = ask("登记", "Registration", widget="registration", head=_HEAD)
    receiver: int = ask("受让方", "Who receives", widget="party")
    rights: list[Right] = ask("转让的权利", "Rights transferred", widget="checkboxes", min_length=1, max_length=3)
    nothing_kept: bool = ask(
        "转让方对所转让的权利不再保留任何权利",
        "The transferor keeps nothing of the rights transferred",
        default=False,
        hint=Words("仍要自己使用的，请签订许可合同，不办转让登记", "to go on using it, grant a licence instead"),
    )
    scope: str = ask(
        "转让范围和使用范围", "Scope of the transfer and of use", widget="textarea", max_length=400, default=""
    )
    right_until_date: OptionalDay = ask(
        "权利期限至", "Right until", default=None, hint=Words("无约定的不填", "blank: nothing agreed")
    )
    contract: Paper = ask("转让合同", "Contract of transfer", widget="paper")
    no_publicity_reason: str = ask("申请不公示的理由", "Reason for asking not to be publicised", **_NO_PUBLICITY)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Transfer:
        if len(set(self.rights)) != len(self.rights):
            raise WordsError("权利类型重复", "a right is named twice")
        return self


class Joined(Inputs):
    """The receiver's block of the joint application: who it is, as form F1 asks, and that it takes what is offered."""

    applicant_type: ApplicantType = ask("受让方类型", "Receiver's type", head=Words("受让方", "Who receives"))
    legal_representative: str = ask("法定代表人", "Legal representative", min_length=1, max_length=60)
    established_date: date = ask("注册时间", "Date of establishment")
    registered_address: str = ask("注册地址", "Registered address", min_length=2, max_length=200)
    business_until_date: OptionalDay = ask(
        "营业期限至", "Licensed until", default=None, hint=Words("长期的不填", "blank: no end")
    )
    business_scope: str = ask("经营范围", "Scope of business", widget="textarea", min_length=2, max_length=2000)
    subsistence: Subsistence = ask("存续状况", "Standing")
    contact_name: str = ask("联系人", "Contact", secret=True, min_length=1, max_length=60)
    contact_phone: str = ask("联系电话", "Telephone", secret=True, pattern=r"^\+?[0-9][0-9 -]{4,18}$")
    contact_address: str = ask("联系地址", "Address", secret=True, min_length=2, max_length=200)
    identity_paper: Paper = ask("身份佐证", "Proof of identity", widget="paper")


class ChangeItem(Choice):
    """Everything that stands in form F1, by its name there. Which of it may be changed, the table `property-change` says."""

    HOLDER_NAME = "holder_name", "权利人名称（同一主体更名）", "Holder's name (the same party renamed)"
    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人", "Legal representative"
    REGISTERED_ADDRESS = "registered_address", "注册地址", "Registered address"
    BUSINESS_UNTIL = "business_until_date", "营业期限至", "Licensed until"
    BUSINESS_SCOPE = "business_scope", "经营范围", "Scope of business"
    SUBSISTENCE = "subsistence", "存续状况", "Standing"
    NAME_TIME = "name_time", "数据名称：时间", "Name: time"
    NAME_REGION = "name_region", "数据名称：地域", "Name: region"
    NAME_INDUSTRY = "name_industry", "数据名称：行业", "Name: industry"
    NAME_CONTENT = "name_content", "数据名称：内容", "Name: content"
    NAME_TYPE = "name_type", "数据名称：数据类型", "Name: type of data"
    OVERVIEW = "overview", "数据概述", "Overview"
    INDUSTRY = "industry_code", "所属行业", "Industry"
    REGION_NOTE = "region_note", "地域说明", "Region in words"
    TIME_FROM = "time_from_date", "时域范围自", "Period from"
    TIME_TO = "time_to_date", "时域范围至", "Period to"
    FREQUENCY = "frequency", "更新频率", "Update frequency"
    RECORDS = "records", "数据量（条）", "Records"
    VOLUME = "volume_bytes", "数据量（字节）", "Volume"
    HOLDER = "holder", "权利人", "Holder"
    RESOURCE = "resource", "数据资源（目录）", "Catalogue entry"
    ORIGIN = "origin", "数据产生", "Origin of the data"
    SOURCE = "source_kind", "数据来源", "Source of the data"
    RELATION = "relation", "与数据的关系", "Relation to the data"
    RIGHTS = "rights", "权利类型", "Rights"
    RIGHT_UNTIL = "right_until_date", "权利期限", "Right until"
    RIGHT_LIMITS = "right_limits", "权利限制", "Limits of the right"


class Changed(Inputs):
    """变更后. What stood there before is taken from the register."""

    item: ChangeItem = ask("变更事项", "What changes")
    after: str = ask(
        "变更后",
        "To be",
        widget="textarea",
        max_length=4000,
        hint=Words(
            "日期写作 2026-11-23；选项写其名称，如“周”", "days as 2026-11-23; choices by their words, such as Weekly"
        ),
    )

    @model_validator(mode="after")
    def _is_such_a_value(self) -> Changed:
        if self.item.value in Application.model_fields and self.item.value != "rights":
            value_of(self.item.value, self.after)
        return self


def value_of(name: str, text: str) -> Any:
    """What form F1 would keep for this answer. Raises WordsError for one that it would not take."""
    info = Application.model_fields[name]
    kind: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    if isinstance(info.annotation, type) and issubclass(info.annotation, Choice):
        # People write the word that they read; what a form keeps is its code.
        text = next((one.value for one in info.annotation if text in (one.words.zh, one.words.en)), text)
    try:
        return adapter.dump_python(adapter.validate_python(text), mode="json")
    except ValidationError as error:
        (_, words), *_ = sentences_of(error.errors(include_url=False))
        zh = ChangeItem(name).words.zh
        raise WordsError(f"{zh}：{words.zh}", f"{ChangeItem(name).words.en}: {words.en}") from error


class Change(Inputs):
    """What is to be changed, one line each. How to reach people is asked apart, and left out of the log."""

    registration: int = ask("登记", "Registration", widget="registration", head=_HEAD)
    changes: list[Changed] = ask("变更内容", "What changes", widget="rows", default_factory=list, max_length=20)
    contact_name: str = ask("联系人变更为", "Contact, if it changes", secret=True, default="", max_length=60)
    contact_phone: str = ask(
        "联系电话变更为", "Telephone, if it changes", secret=True, default="", pattern=r"^(\+?[0-9][0-9 -]{4,18})?$"
    )
    contact_address: str = ask("联系地址变更为", "Address, if it changes", secret=True, default="", max_length=200)
    reason: str = ask("变更理由", "Reason", widget="textarea", min_length=2, max_length=1000)
    papers: list[Paper] = ask("变更依据", "Proof of the change", widget="papers", min_length=1, max_length=20)
    no_publicity_reason: str = ask("申请不公示的理由", "Reason for asking not to be publicised", **_NO_PUBLICITY)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Change:
        items = [one.item for one in self.changes]
        if len(set(items)) != len(items):
            raise WordsError("同一事项填了两次", "one item is named twice")
        return self

    @property
    def contacts(self) -> dict[str, str]:
        names = ("contact_name", "contact_phone", "contact_address")
        return {name: text for name in names if (text := getattr(self, name))}


class Renewal(Inputs):
    """For how long and which rights; a right that is not named ends with the old certificate."""

    registration: int = ask("登记", "Registration", widget="registration", head=_HEAD)
    rights: list[Right] = ask("续期的权利", "Rights to renew", widget="checkboxes", min_length=1, max_length=3)
    right_until_date: OptionalDay = ask(
        "权利期限至", "Right until", default=None, hint=Words("无约定的不填", "blank: nothing agreed")
    )
    unchanged: bool = ask(
        "数据来源和权利状况没有变化", "Source and standing of the right have not changed", default=False
    )
    papers: list[Paper] = ask("权利证明", "Proof of the right", widget="papers", min_length=1, max_length=20)
    no_publicity_reason: str = ask("申请不公示的理由", "Reason for asking not to be publicised", **_NO_PUBLICITY)


class CancelGround(Choice):
    """Of the four grounds (art. 37) those on which a holder asks."""

    REQUEST = "request", "权利人申请注销", "At the holder's request"
    DESTROYED = "destroyed", "数据灭失", "The data is destroyed"


class Cancellation(Inputs):
    registration: int = ask("登记", "Registration", widget="registration", head=_HEAD)
    ground: CancelGround = ask("注销事由", "Ground")
    reason: str = ask("说明", "Reasons", widget="textarea", min_length=2, max_length=1000)
    papers: list[Paper] = ask("证明", "Proof", widget="papers", default_factory=list, max_length=20)
    no_publicity_reason: str = ask("申请不公示的理由", "Reason for asking not to be publicised", **_NO_PUBLICITY)


class OwnGround(Choice):
    """Of the four grounds those on which the registrar may cancel by itself."""

    DESTROYED = "destroyed", "数据灭失", "The data is destroyed"
    OBJECTION = "objection", "异议处理结果", "The result of an objection"
    LAW = "law", "法律法规规定的其他情形", "Another case laid down by law"


class Revocation(Inputs):
    """The registrar's written notice of what it means to do, and why."""

    registration: int = ask("登记", "Registration", widget="registered_here", head=_HEAD)
    ground: OwnGround = ask("注销事由", "Ground")
    reason: str = ask("事实和理由", "Facts and reasons", widget="textarea", min_length=4, max_length=2000)
    papers: list[Paper] = ask("依据的材料", "Evidence relied on", widget="papers", min_length=1, max_length=20)


class Heard(Inputs):
    """What the holder has to say to it."""

    answer: str = ask("陈述和申辩", "What you have to say", widget="textarea", min_length=2, max_length=4000)
    papers: list[Paper] = ask("证据", "Evidence", widget="papers", default_factory=list, max_length=20)


class LateObjectionFiled(Inputs):
    """Against a registration that is complete (art. 29): who, why, on what evidence."""

    code: str = ask("凭证编号", "Certificate code", min_length=15, max_length=15, head=_HEAD)
    claim: str = ask("异议请求和理由", "What you object to, and why", widget="textarea", min_length=4, max_length=4000)
    evidence: list[Paper] = ask("证据", "Evidence", widget="papers", min_length=1, max_length=20)
    contact: str = ask("联系方式", "How to reach you", secret=True, min_length=4, max_length=100)


class Supplied(Inputs):
    note: str = ask("补充说明", "Explanation", widget="textarea", min_length=2, max_length=2000)
    evidence: list[Paper] = ask("补充的证据", "Added evidence", widget="papers", min_length=1, max_length=20)


class Conclusion(Inputs):
    finding: str = ask("处理意见", "Finding", widget="textarea", min_length=4, max_length=2000)
    papers: list[Paper] = ask("依据的材料", "Evidence relied on", widget="papers", default_factory=list, max_length=20)


class Effect(Choice):
    """What a judgment or award asks of the register."""

    CANCEL = "cancel", "注销登记", "Cancel the registration"
    KEEP = "keep", "维持登记", "Leave it as it stands"
    CHANGE = "change", "变更登记", "Change what is registered"


class Judgment(Inputs):
    """A judgment or award that has taken effect."""

    number: str = ask("文书编号", "Number of the document", min_length=2, max_length=80)
    effect: Effect = ask("对登记的效果", "What it asks of the register")
    finding: str = ask("主文摘要", "What it orders", widget="textarea", min_length=4, max_length=2000)
    paper: Paper = ask("生效文书", "The document", widget="paper")
