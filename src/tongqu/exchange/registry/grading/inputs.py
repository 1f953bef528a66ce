"""What a grading asks for: industry, business, harm to each object with its reason, marks of the elements. No Django."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalPaper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import industries
from tongqu.exchange.registry.fieldnames import Kind

ELEMENTS_MAX = 1_000
INDUSTRIES = {
    one.code: Words(f"{one.code} {words.zh}", f"{one.code} {words.en}")
    for section in industries.sections()
    for one in industries.divisions_of(section.code)
    for words in [industries.full_name(one.code)]
}


class Level(Choice):
    GENERAL = "general", "一般数据", "General data"
    IMPORTANT = "important", "重要数据", "Important data"
    CORE = "core", "核心数据", "Core data"


class Degree(Choice):
    NONE = "none", "不危害", "No harm"
    GENERAL = "general", "一般危害", "Harm"
    SERIOUS = "serious", "严重危害", "Serious harm"
    ESPECIALLY_SERIOUS = "especially_serious", "特别严重危害", "Especially serious harm"


class Personal(Choice):
    NONE = "none", "不含个人信息", "No personal information"
    ANONYMISED = "anonymised", "已匿名化", "Anonymised"
    GENERAL = "general", "含个人信息", "Personal information"
    SENSITIVE = "sensitive", "含敏感个人信息", "Sensitive personal information"


class Ground(Choice):
    """Why a grading is made. The first four come from the house, the others from the holder."""

    FIRST = "first", "首次定级", "First grading"
    ELEMENTS = "elements", "信息项有变更", "The elements changed"
    MEASUREMENT = (
        "measurement",
        "测量有新的列或个人信息特征",
        "A measurement showed other columns or signs of personal data",
    )
    TERM = "term", "复核期满", "The term of review is over"
    DEIDENTIFIED = "deidentified", "去标识化或脱敏后重新定级", "Re-grading after de-identification"
    CORRECTION = "correction", "更正定级", "Correction"


REQUIRED = frozenset({Ground.FIRST, Ground.ELEMENTS, Ground.MEASUREMENT, Ground.TERM})
HOLDERS = frozenset({Ground.FIRST, Ground.DEIDENTIFIED, Ground.CORRECTION})

# The objects that harm is judged for, as the law table names them.
OBJECTS: dict[str, Words] = {
    "national_security": Words("国家安全", "National security"),
    "economy": Words("经济运行", "The economy"),
    "public_order": Words("社会秩序", "Public order"),
    "public_interest": Words("公共利益", "The public interest"),
    "organisation": Words("组织权益", "Rights of organisations"),
    "person": Words("个人权益", "Rights of persons"),
}


def _reason() -> Any:
    return ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Opening(Inputs):
    """Open the grading of a resource of one's own."""

    resource: int = ask("数据资源", "Resource", widget="resource", ge=1)
    why: Ground = ask("定级事由", "Why", default=Ground.FIRST)
    note: str = ask("情况说明", "What happened", widget="textarea", default="", max_length=500)


class Mark(Inputs):
    """What one element tells of somebody."""

    name: str = ask("信息项", "Element", min_length=1, max_length=200)
    kind: Kind = ask("指向", "What it tells of")
    sensitive: bool = ask(
        "按敏感个人信息对待", "Treat as sensitive", default=False,
        hint=Words("法定敏感种类无须勾选", "kinds that the law names are so anyway"),
    )  # fmt: skip


class Proposal(Inputs):
    """The holder's proposal. The level follows from the harm by the table of the standard; nobody types it."""

    industry: str = ask(
        "行业分类", "Industry", choices=INDUSTRIES,
        head=Words("先按行业、再按业务分类", "Classified by industry, then by business"),
        hint=Words("GB/T 4754-2017 门类与大类", "GB/T 4754-2017, section and division"),
    )  # fmt: skip
    business: str = ask(
        "业务分类", "Business class", min_length=2, max_length=60,
        hint=Words("如 用户数据、业务数据、经营管理数据", "such as customers, operations, administration"),
    )  # fmt: skip
    national_security: Degree = ask(
        "对国家安全", "To national security",
        head=Words("泄露、篡改、损毁或非法使用时的危害", "The harm if it leaked, was altered, destroyed or abused"),
    )  # fmt: skip
    national_security_reason: str = _reason()
    economy: Degree = ask("对经济运行", "To the economy")
    economy_reason: str = _reason()
    public_order: Degree = ask("对社会秩序", "To public order")
    public_order_reason: str = _reason()
    public_interest: Degree = ask("对公共利益", "To the public interest")
    public_interest_reason: str = _reason()
    organisation: Degree = ask("对组织权益", "To organisations")
    organisation_reason: str = _reason()
    person: Degree = ask("对个人权益", "To persons")
    person_reason: str = _reason()
    business_critical: bool = ask(
        "属于重要经营信息", "Critical business information", default=False,
        head=Words("标注", "Marks"),
        hint=Words("一般数据中的重要经营信息，依托流通基础设施交付", "General data that is to go over circulation infrastructure"),
    )  # fmt: skip
    elements: list[Mark] = ask(
        "信息项标注", "Marks of the elements", widget="rows", min_length=1, max_length=ELEMENTS_MAX
    )
    anonymisation: OptionalPaper = ask(
        "匿名化评估报告", "Report on anonymisation", widget="paper", default=None,
        hint=Words("无法识别特定自然人且不能复原的，附报告", "where nobody can be identified and nothing restored: the report"),
    )  # fmt: skip
    method: str = ask(
        "去标识化、脱敏方法", "Method of de-identification", widget="textarea", default="", max_length=1000,
        head=Words("去标识化后重新定级的，还须填写", "For a re-grading after de-identification"),
    )  # fmt: skip
    method_reviewer: str = ask("评估人", "Who reviewed it", default="", max_length=100)
    method_paper: OptionalPaper = ask("评估记录", "Record of the review", widget="paper", default=None)

    @field_validator("industry")
    @classmethod
    def _known(cls, industry: str) -> str:
        if industry not in INDUSTRIES:
            raise WordsError(
                "不是 2017 版国民经济行业的门类加大类代码，如 J66", "is no section and division of 2017, such as J66"
            )
        return industry

    @field_validator("elements")
    @classmethod
    def _distinct(cls, elements: list[Mark]) -> list[Mark]:
        names = [one.name for one in elements]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise WordsError(f"信息项重复：{'、'.join(twice)[:200]}", f"elements named twice: {', '.join(twice)[:200]}")
        for one in elements:
            if one.sensitive and not one.kind.personal:
                raise WordsError(
                    f"“{one.name}”不指向个人，不能标为敏感个人信息",
                    f"“{one.name}” tells of no person and cannot be sensitive",
                )
        return elements

    def harms(self) -> dict[str, Degree]:
        return {name: getattr(self, name) for name in OBJECTS}

    def reasons(self) -> dict[str, str]:
        return {name: getattr(self, f"{name}_reason") for name in OBJECTS}


class Opinion(Inputs):
    note: str = ask("确认意见", "Opinion", widget="textarea", min_length=2, max_length=1000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Due(Inputs):
    """Why a grading in force is to be made anew: the ground, and what differs."""

    why: Ground = ask("事由", "Why", default=Ground.TERM)
    changes: list[str] = Field(default_factory=list, max_length=200, title="变化", description="What changed")


class Successor(Inputs):
    grading: int = Field(ge=1, title="新的定级", description="The new grading")
