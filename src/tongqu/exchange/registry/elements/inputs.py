"""What a standard of a data element says, what a claim says, and what is asked in a dispute. No Django."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue.inputs import ItemType


class Scope(Choice):
    UNIFIED = "unified", "上级覆盖下级", "A source of a province covers its cities"
    BY_TERRITORY = "by_territory", "各级各自为源", "By territory: each division has its own"


class Role(Choice):
    SOURCE = "source", "权威数源", "Authoritative source"
    USER = "user", "使用方", "User of the standard"


class Outcome(Choice):
    INCUMBENT = "incumbent", "维持现有数源", "For the source that stands"
    CHALLENGER = "challenger", "改由申报方为数源", "For the one that claims"
    SPLIT = "split", "按地区分别认定", "Split by territory"
    NEITHER = "neither", "均不认定", "For neither"


class Code(Inputs):
    """One value of a code list."""

    code: str = ask("代码", "Code", min_length=1, max_length=40)
    name: str = ask("含义", "Meaning", min_length=1, max_length=100)


Length = Annotated[int | None, BeforeValidator(lambda value: None if value == "" else value)]


class Standard(Inputs):
    """The standard of one data element (数据元标准)."""

    identifier: str = ask(
        "数据元标识符",
        "Identifier",
        pattern=r"^[A-Z]{2,6}[0-9]{3,8}$",
        hint=Words(
            "大写字母加数字，如 HBDE0001；已有的标识符即提出新版本",
            "Letters and digits, such as HBDE0001; one that exists makes a new version",
        ),
    )
    name: str = ask("中文名称", "Name", min_length=1, max_length=100)
    aliases: list[str] = ask(
        "同义名称",
        "Other names",
        widget="lines",
        default_factory=list,
        max_length=30,
        hint=Words("每行一个，编目时用来提示关联", "One a line; used to suggest links when cataloguing"),
    )
    definition: str = ask("定义", "Definition", widget="textarea", min_length=2, max_length=1000)
    type: ItemType = ask("数据类型", "Type")
    length_max: Length = ask("最大长度", "Longest", default=None, ge=1, le=100_000)
    format: str = ask("表示格式", "Format", default="", max_length=200)
    codes: list[Code] = ask("代码表", "Code list", widget="rows", default_factory=list, max_length=1_000)
    domain: str = ask("值域说明", "Value domain", default="", max_length=500)
    standard: str = ask("采用标准", "Standard cited", default="", max_length=200)
    scope: Scope = ask("数源范围", "Reach of a source", default=Scope.UNIFIED)

    @field_validator("codes")
    @classmethod
    def _distinct(cls, codes: list[Code]) -> list[Code]:
        values = [one.code for one in codes]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise WordsError(f"代码重复：{'、'.join(twice)}", f"codes given twice: {', '.join(twice)}")
        return codes

    @field_validator("aliases")
    @classmethod
    def _short(cls, aliases: list[str]) -> list[str]:
        if any(not 1 <= len(one) <= 100 for one in aliases):
            raise WordsError("每个同义名称 1 至 100 字", "each other name has 1 to 100 characters")
        return list(dict.fromkeys(aliases))


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class ClaimOf(Inputs):
    """An item of a resource and the element whose standard it keeps to."""

    element: int = ask("数据元", "Data element", widget="element")
    resource: int = ask("数据资源", "Resource", widget="resource")
    item: str = ask(
        "信息项",
        "Item",
        min_length=1,
        max_length=200,
        hint=Words("该资源目录中的信息项名称", "Its name in the entry of the resource"),
    )
    role: Role = ask("关联方式", "As")
    region: str = ask(
        "数源地区",
        "Territory",
        widget="region",
        default="",
        pattern=r"^([1-9][0-9]{5})?$",
        hint=Words("申报权威数源时填写", "For an authoritative source"),
    )
    ground: str = ask("职责或业务依据", "Ground", widget="textarea", default="", max_length=1000)

    @model_validator(mode="after")
    def _whole(self) -> ClaimOf:
        if self.role is Role.SOURCE and (not self.region or len(self.ground) < 2):
            raise WordsError("申报权威数源须写明地区和依据", "a source names its territory and its ground")
        if self.role is Role.USER and self.region:
            raise WordsError("使用方不填地区", "a user names no territory")
        return self


class Ended(Inputs):
    reason: str = Field(min_length=2, max_length=500, title="原因", description="Why")


class Challenge(Inputs):
    claim: int = Field(ge=1, title="申报", description="Claim")


class Statement(Inputs):
    """What a holder says for itself."""

    statement: str = ask("陈述", "Statement", widget="textarea", min_length=2, max_length=5000)
    papers: list[Paper] = ask("证明材料", "Papers", widget="papers", default_factory=list, max_length=20)


class Decision(Inputs):
    outcome: Outcome = ask("裁决", "Decision")
    regions: list[str] = ask(
        "划给申报方的地区",
        "Territories for the one that claims",
        widget="lines",
        default_factory=list,
        max_length=200,
        hint=Words("按地区分别认定时填写，每行一个六位区划代码", "For a split: one six-digit division code a line"),
    )
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=5000)

    @field_validator("regions")
    @classmethod
    def _codes(cls, regions: list[str]) -> list[str]:
        if any(len(one) != 6 or not one.isascii() or not one.isdigit() or one[0] == "0" for one in regions):
            raise WordsError("每行一个六位区划代码", "one six-digit division code a line")
        return list(dict.fromkeys(regions))

    @model_validator(mode="after")
    def _whole(self) -> Decision:
        if (self.outcome is Outcome.SPLIT) != bool(self.regions):
            raise WordsError(
                "按地区分别认定时须列出地区，其他裁决不列", "a split lists territories, other decisions list none"
            )
        return self


class Place(Inputs):
    """Where an element lost its source."""

    identifier: str = Field(min_length=5, max_length=20, title="标识符", description="Identifier")
    region: str = Field(pattern=r"^[0-9]{6}$", title="地区", description="Territory")
    claim: int = Field(ge=1, title="申报", description="Claim")


class Filled(Inputs):
    claim: int = ask("数源申报", "Claim", widget="claim", ge=1)
