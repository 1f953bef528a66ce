"""What a notice, a file of consents, a link and a request of a data subject ask for. No Django."""

from __future__ import annotations

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import Inputs, OptionalPaper, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue.purposes import Purpose
from tongqu.exchange.registry.consent.kinds import SENSITIVE, Kind, Right


class Notice(Inputs):
    """A notice, or a new version of one (PIPL arts. 17, 23, 30)."""

    earlier: int | None = ask(
        "更新哪一份告知", "New version of which notice", widget="consent_notice", default=None, ge=1,
        hint=Words("选择现行告知；首次告知不选", "the notice in force; none for a first one"),
    )  # fmt: skip
    name: str = ask("告知名称", "Name of the notice", min_length=4, max_length=80)
    node: int = ask("数据所在节点", "Node that holds the data", widget="node", ge=1)
    source: str = ask("节点上的数据源", "Source at the node", widget="source", min_length=1, max_length=100)
    receiver: int = ask("接收方", "Receiver", widget="party", ge=1)
    purposes: list[Purpose] = ask("处理目的", "Purposes", widget="checkboxes", min_length=1)
    purpose_text: str = ask("目的说明", "The purposes in words", widget="textarea", min_length=4, max_length=1000)
    method: str = ask("处理方式", "How it is processed", widget="textarea", min_length=4, max_length=1000)
    kinds: list[Kind] = ask("个人信息种类", "Kinds of personal information", widget="checkboxes", min_length=1)
    necessity: str = ask(
        "处理敏感个人信息的必要性", "Why sensitive information is needed", widget="textarea", default="", max_length=1000,
        hint=Words("含敏感个人信息时必填", "required where a kind is sensitive"),
    )  # fmt: skip
    impact: str = ask(
        "对个人权益的影响", "What it means for the person", widget="textarea", default="", max_length=1000,
        hint=Words("含敏感个人信息时必填", "required where a kind is sensitive"),
    )  # fmt: skip
    retention: str = ask("保存期限及到期处理", "How long it is kept, and what then", min_length=2, max_length=400)
    contact: str = ask("联系方式", "Contact", min_length=4, max_length=200)
    rights_way: str = ask("行使权利的途径", "How to exercise one's rights", min_length=4, max_length=400)
    minors_rules: OptionalPaper = ask(
        "不满十四周岁未成年人专门处理规则", "Rules for those under fourteen", widget="paper", default=None
    )
    condition_of_service: bool = ask("不同意就不提供服务", "No service without this consent", default=False)
    needed_for_service: bool = ask("属于提供服务所必需", "Needed to provide the service", default=False)

    @model_validator(mode="after")
    def _sensitive_is_told(self) -> Notice:
        if set(self.kinds) & SENSITIVE and not (self.necessity and self.impact):
            raise WordsError(
                "含敏感个人信息，须告知必要性和对个人权益的影响",
                "sensitive kinds: tell why they are needed and what it means for the person",
            )
        if Kind.MINORS in self.kinds and self.minors_rules is None:
            raise WordsError(
                "含未成年人个人信息，须附专门的处理规则", "rules of their own are needed for those under fourteen"
            )
        return self


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Batch(Inputs):
    """A file of references that the node made (`tongqu node consents refer`)."""

    node: int = ask("数据所在节点", "Node that holds the data", widget="node", ge=1)
    file: Paper = ask(
        "引用文件", "File of references", widget="paper",
        hint=Words("由节点在本地生成；不含任何身份信息", "made by the node where it stands; it holds no identity"),
    )  # fmt: skip
    name: str = ask("名称", "Name", min_length=2, max_length=100)


class Counted(Inputs):
    """How a file ended."""

    lines: int = Field(ge=0, title="行数", description="Lines")
    given: int = Field(ge=0, title="同意", description="Given")
    refused: int = Field(ge=0, title="拒绝", description="Refused")
    withdrawn: int = Field(ge=0, title="撤回", description="Withdrawn")
    same: int = Field(ge=0, title="已有", description="Known already")
    lost: int = Field(ge=0, title="未采用", description="Not taken")


class Link(Inputs):
    """The pass that a provider's node sealed for this account."""

    vouched: str = ask(
        "本人凭证", "Pass", widget="textarea", secret=True, min_length=2, max_length=8000,
        hint=Words("数据提供方核实身份后由其节点签发，24 小时内有效", "sealed by the provider's node once it identified you; valid for a day"),
    )  # fmt: skip


class Said(Inputs):
    """To which notice."""

    notice: int = ask("告知", "Notice", ge=1)


class Request(Inputs):
    """A right that a person exercises."""

    link: int = ask("哪一项数据", "Which data", ge=1)
    right: Right = ask("请求事项", "What you ask for")
    text: str = ask("具体请求", "In your words", secret=True, widget="textarea", min_length=2, max_length=2000)


class Answer(Inputs):
    answer: str = ask("答复", "Answer", secret=True, widget="textarea", min_length=2, max_length=4000)
    answer_paper: OptionalPaper = ask("附件", "Paper", widget="paper", default=None)


class Refusal(Inputs):
    reason: str = ask(
        "拒绝理由及法律依据",
        "Why, and by which provision",
        secret=True,
        widget="textarea",
        min_length=4,
        max_length=2000,
    )


class More(Inputs):
    """A longer time to answer, with its reason."""

    days: int = ask("延长（工作日）", "Working days more", ge=1, le=60)
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Complaint(Inputs):
    complaint: str = ask("投诉内容", "Complaint", secret=True, widget="textarea", min_length=2, max_length=2000)


class Conclusion(Inputs):
    conclusion: str = ask("处理意见", "Conclusion", secret=True, widget="textarea", min_length=2, max_length=2000)
