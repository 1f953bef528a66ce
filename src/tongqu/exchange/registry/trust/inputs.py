"""What a trust, a mandate, terms and a report ask for. No Django."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue.purposes import Purpose
from tongqu.exchange.registry.consent.kinds import SENSITIVE, Kind


class GivenBy(Choice):
    """Who gives a mandate."""

    SELF = "self", "本人，已满十四周岁", "Myself, fourteen or older"
    GUARDIAN = "guardian", "以监护人身份", "As a guardian"


class Trust(Inputs):
    """A trust for the persons behind one source, which a notice in force names."""

    name: str = ask("信托名称", "Name of the trust", min_length=4, max_length=80)
    notice: int = ask(
        "针对哪项个人信息", "Which personal information", widget="any_notice", ge=1,
        hint=Words("选择一份现行告知；信托针对它所说的数据源", "a notice in force: the trust is for its source"),
    )  # fmt: skip
    purposes: list[Purpose] = ask("可代为同意的目的", "Purposes it may consent to", widget="checkboxes", min_length=1)
    kinds: list[Kind] = ask("可涉及的个人信息种类", "Kinds of personal information", widget="checkboxes", min_length=1)
    deed: Paper = ask(
        "信托文件", "Deed", widget="paper",
        hint=Words("公开；写明受托职责、监督办法、收益分配", "public: duties, supervision, how proceeds are divided"),
    )  # fmt: skip
    fee_basis_points: int = ask(
        "受托报酬（万分比）", "Fee (basis points)", ge=0, le=10_000,
        hint=Words("占所收收益，100 为百分之一", "of what it receives; 100 is one per cent"),
    )  # fmt: skip
    until_date: date = ask("信托期限至", "Until")


class Opinion(Inputs):
    opinion: str = ask("遴选意见", "Opinion", widget="textarea", min_length=2, max_length=1000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class GivenUp(Inputs):
    """A mandate that the trustee gives back."""

    mandate: int = ask("委托编号", "Number of the mandate", ge=1)
    reason: str = ask(
        "理由（委托人可见）", "Reason, which the person reads", widget="textarea", min_length=2, max_length=1000
    )


class Mandate(Inputs):
    """What a person entrusts, of which data that they are behind. The number of the link is kept out of the log."""

    trust: int = ask("数据信托", "Data trust", ge=1)
    link: int = ask("哪一项数据", "Which data", secret=True, ge=1)
    given_by: GivenBy = ask("由谁委托", "Who gives it")
    purposes: list[Purpose] = ask("委托的目的", "Purposes", widget="checkboxes", min_length=1)
    kinds: list[Kind] = ask(
        "委托的一般个人信息", "Kinds that are not sensitive", widget="checkboxes", default_factory=list,
        hint=Words("与下一栏合计至少勾选一种", "at least one, here or below"),
    )  # fmt: skip
    sensitive: list[Kind] = ask(
        "单独勾选：敏感个人信息", "Ticked apart: sensitive kinds", widget="checkboxes", default_factory=list,
        hint=Words("不勾选即不委托；可随时撤销", "what is not ticked is not entrusted; revoke at any time"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _something_is_entrusted(self) -> Mandate:
        if not self.kinds and not self.sensitive:
            raise WordsError("请至少勾选一种个人信息", "tick at least one kind of personal information")
        if set(self.sensitive) - SENSITIVE:
            raise WordsError(
                "“敏感个人信息”一栏只能勾选敏感种类", "what is ticked as sensitive must be a sensitive kind"
            )
        return self


class Offer(Inputs):
    """The part of the proceeds and the conditions that one side offers."""

    basis_points: int = ask(
        "归委托人的收益（万分比）", "The persons' part (basis points)", ge=0, le=10_000,
        hint=Words("占提供方净收益，100 为百分之一", "of the provider's net proceeds; 100 is one per cent"),
    )  # fmt: skip
    conditions: str = ask("使用条件", "Conditions of use", widget="textarea", min_length=4, max_length=4000)
    until_date: date = ask("条件有效期至", "Until")


class Terms(Offer):
    """Terms for what one notice in force says: its receiver, purposes and kinds."""

    trust: int = ask("数据信托", "Data trust", widget="data_trust", ge=1)
    notice: int = ask("针对哪份告知", "Which notice", widget="any_notice", ge=1)


class Period(Inputs):
    """Of which time the house asks a report."""

    trust: int = Field(ge=1, title="数据信托", description="Data trust")
    number: int = Field(ge=1, title="期次", description="Number")
    since: datetime = Field(title="自", description="From")
    until: datetime = Field(title="至", description="To")


class Account(Inputs):
    """What the trustee says about its own supervision."""

    account: str = ask(
        "履职情况", "What was done", widget="textarea", min_length=10, max_length=8000,
        hint=Words("监督了哪些采集、加工、使用，发现什么，怎样处理", "what was supervised, found and done about it"),
    )  # fmt: skip
    objections: int = ask("提出异议（次）", "Objections raised", ge=0, le=1_000_000)
    stopped: int = ask("要求停止的使用（项）", "Uses stopped", ge=0, le=1_000_000)
