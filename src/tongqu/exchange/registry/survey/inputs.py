"""What a survey says, what is asked of each data set, and what an entry says. No Django."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.parties import industries
from tongqu.exchange.members.parties.inputs import Kind as HolderKind
from tongqu.exchange.registry.catalogue.inputs import Cycle

SECTIONS = {
    one.code: Words(f"{one.code} {one.words.zh}", f"{one.code} {one.words.en}") for one in industries.sections()
}


class Kind(Choice):
    ENTERPRISE = "enterprise", "企业数据", "Enterprise data"
    PUBLIC_INSTITUTION = "public_institution", "公共企事业单位数据", "Data of a public institution or utility"
    SOCIAL = "social", "社会数据", "Data of society"


class Willing(Choice):
    OPEN = "open", "愿意开放", "Willing to open it"
    TRADE = "trade", "愿意交易", "Willing to trade it"
    SHARE = "share", "愿意有条件共享", "Willing to share it on conditions"
    NONE = "none", "暂不供给", "Not for now"


Count = Annotated[int | None, BeforeValidator(lambda value: None if value == "" else value)]


class Campaign(Inputs):
    """A survey before it is opened."""

    name: str = ask("调查名称", "Name", min_length=2, max_length=100)
    purpose: str = ask("目的与说明", "Purpose", widget="textarea", min_length=2, max_length=2000)
    regions: list[str] = ask(
        "调查地区",
        "Where",
        widget="lines",
        default_factory=list,
        max_length=200,
        hint=Words(
            "每行一个区划代码，含其下级；不填为全部", "One division code a line, with all below it; none for everywhere"
        ),
    )
    kinds: list[HolderKind] = ask(
        "调查对象", "Whom", default_factory=list, hint=Words("不选为全部单位", "None for everybody")
    )
    industries: list[str] = ask(
        "行业范围", "Industries", widget="checkboxes", choices=SECTIONS, default_factory=list,
        hint=Words("不选为全部行业；由答复单位据此填报", "None for all; respondents answer for these"),
    )  # fmt: skip

    @field_validator("regions")
    @classmethod
    def _codes(cls, regions: list[str]) -> list[str]:
        if any(len(one) != 6 or not one.isascii() or not one.isdigit() or one[0] == "0" for one in regions):
            raise WordsError("每行一个六位区划代码", "one six-digit division code a line")
        return list(dict.fromkeys(regions))

    @field_validator("industries")
    @classmethod
    def _sections(cls, named: list[str]) -> list[str]:
        if any(one not in SECTIONS for one in named):
            raise WordsError("行业门类是 A 至 T 的一个字母", "a section of industry is a letter from A to T")
        return list(dict.fromkeys(named))


class Term(Inputs):
    closes_date: date = ask("答复截止日", "Answers until", hint=Words("含当日", "that day included"))


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Invitations(Inputs):
    """Up to which organisation, by number, everybody was asked."""

    after: int = Field(ge=0, title="此前", description="After")


class Invitation(Inputs):
    survey: int = Field(ge=1, title="调查", description="Survey")
    respondent: int = Field(ge=1, title="答复单位", description="Respondent")


class DataSet(Inputs):
    """One data set that is held."""

    name: str = ask("数据集名称", "Data set", min_length=2, max_length=100)
    description: str = ask("内容说明", "What it holds", widget="textarea", min_length=2, max_length=1000)
    industry: str = ask("行业", "Industry", widget="industry", pattern=r"^[A-T]([0-9]{2})?$")
    kind: Kind = ask("数据性质", "Kind")
    records: Count = ask("记录数", "Records", default=None, ge=0, le=10**15)
    size_megabytes: Count = ask("数据量（MB）", "Size (MB)", default=None, ge=0, le=10**12)
    cycle: Cycle = ask("更新周期", "Updated")
    personal: bool = ask("涉及个人信息", "Concerns personal information", default=False)
    willing: Willing = ask("供给意愿", "Willing to supply")
    public: bool = ask("同意列入公开供给清单", "May stand on the public supply list", default=False)

    @field_validator("industry")
    @classmethod
    def _known(cls, code: str) -> str:
        if industries.industry(code) is None:
            raise WordsError("没有这个行业代码", "there is no such industry")
        return code


class Answer(Inputs):
    """Everything that is held, or why there is nothing."""

    data_sets: list[DataSet] = ask(
        "持有的数据集", "Data sets held", widget="rows", default_factory=list, max_length=200
    )
    nothing_because: str = ask("没有数据集的说明", "If none is held, why", default="", max_length=500)
    contact_name: str = ask("联系人", "Contact", min_length=1, max_length=60, hint=Words("不公开", "not public"))
    contact_phone: str = ask("联系电话", "Phone", min_length=4, max_length=30, hint=Words("不公开", "not public"))

    @model_validator(mode="after")
    def _whole(self) -> Answer:
        if bool(self.data_sets) == bool(self.nothing_because):
            raise WordsError("请填写数据集；没有的只写说明", "list data sets, or say why there are none")
        names = [one.name for one in self.data_sets]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise WordsError(f"数据集重名：{'、'.join(twice)}", f"named twice: {', '.join(twice)}")
        return self


class Entry(DataSet):
    """A data set declared of one's own accord; `answer` and `place` are the house's, for a data set of an answer."""

    contact_name: str = ask("联系人", "Contact", min_length=1, max_length=60, hint=Words("不公开", "not public"))
    contact_phone: str = ask("联系电话", "Phone", min_length=4, max_length=30, hint=Words("不公开", "not public"))
    answer: int | None = ask("答复", "Answer", default=None, ge=1)
    place: int | None = ask("序号", "Place", default=None, ge=0)


class Changed(DataSet):
    contact_name: str = ask("联系人", "Contact", min_length=1, max_length=60, hint=Words("不公开", "not public"))
    contact_phone: str = ask("联系电话", "Phone", min_length=4, max_length=30, hint=Words("不公开", "not public"))


class Catalogued(Inputs):
    resource: int = ask("已编目的资源", "Catalogued resource", widget="resource", ge=1)
