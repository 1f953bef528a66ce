"""What a catalogue entry says: the core metadata of the government catalogue, for every holder alike. No Django."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.catalogue import resource_code


class Kind(Choice):
    GOVERNMENT = "government", "政务数据", "Government data"
    PUBLIC_INSTITUTION = "public_institution", "公共企事业单位数据", "Data of a public institution or utility"
    ENTERPRISE = "enterprise", "企业数据", "Enterprise data"


class Format(Choice):
    DATABASE = "database", "数据库", "Database"
    SPREADSHEET = "spreadsheet", "电子表格", "Spreadsheet"
    FILE = "file", "电子文件", "Electronic file"
    IMAGE = "image", "图形图像", "Image"
    MEDIA = "media", "流媒体", "Audio or video"
    OTHER = "other", "其他", "Other"


class Cycle(Choice):
    REALTIME = "realtime", "实时", "Real time"
    DAY = "day", "每天", "Daily"
    WEEK = "week", "每周", "Weekly"
    MONTH = "month", "每月", "Monthly"
    YEAR = "year", "每年", "Yearly"
    ON_DEMAND = "on_demand", "按需", "On demand"
    OTHER = "other", "其他", "Other"


class Sharing(Choice):
    UNCONDITIONAL = "unconditional", "无条件共享", "Shared without conditions"
    CONDITIONAL = "conditional", "有条件共享", "Shared on conditions"
    NONE = "none", "不予共享", "Not shared"


class Opening(Choice):
    OPEN = "open", "开放", "Open"
    ON_APPLICATION = "on_application", "依申请开放", "On application"
    CLOSED = "closed", "不开放", "Not open"


class ItemType(Choice):
    TEXT = "text", "文本", "Text"
    WHOLE = "whole", "整数", "Whole number"
    NUMBER = "number", "数值", "Number"
    DATE = "date", "日期", "Date"
    MOMENT = "moment", "时刻", "Moment"
    FLAG = "flag", "是否", "Yes or no"
    OTHER = "other", "其他", "Other"


class Item(Inputs):
    """One 信息项: a data element by name and type."""

    name: str = ask("信息项名称", "Element", min_length=1, max_length=200)
    type: ItemType = ask("数据类型", "Type")
    note: str = ask("说明", "Note", default="", max_length=200)


class Entry(Inputs):
    """The core metadata of one resource, and the source at a node that holds it."""

    name: str = ask("信息资源名称", "Name", min_length=2, max_length=100)
    kind: Kind = ask("数据性质", "Kind of data")
    personal: bool = ask("涉及个人信息", "Concerns personal information", default=False)
    class_code: str = ask(
        "分类代码",
        "Class code",
        pattern=rf"^{resource_code.CLASS}$",
        hint=Words("类 1 位、项 2 位、目 3 位，细目可选", "class 1 digit, group 2, heading 3, detail optional"),
    )
    class_name: str = ask("类", "Class", min_length=1, max_length=60)
    group_name: str = ask("项", "Group", min_length=1, max_length=60)
    heading_name: str = ask("目", "Heading", min_length=1, max_length=60)
    detail_name: str = ask("细目", "Detail", default="", max_length=60)
    abstract: str = ask("信息资源摘要", "Abstract", widget="textarea", min_length=2, max_length=1000)
    format: Format = ask("信息资源格式", "Format")
    items: list[Item] = ask("信息项", "Data elements", widget="rows", min_length=1, max_length=500)
    sharing: Sharing = ask("共享类型", "Sharing")
    sharing_condition: str = ask("共享条件", "Conditions of sharing", default="", max_length=300)
    sharing_mode: str = ask("共享方式", "Way of sharing", default="", max_length=300)
    opening: Opening = ask("开放属性", "Open attribute")
    opening_condition: str = ask("开放条件", "Conditions of opening", default="", max_length=300)
    cycle: Cycle = ask("更新周期", "Update cycle")
    related: list[str] = ask("关联资源代码", "Related resources", widget="lines", default_factory=list, max_length=50)
    node: int = ask("数据节点", "Node", widget="node")
    source: str = ask("节点上的数据源", "Source at the node", widget="source", min_length=1, max_length=100)

    @field_validator("related")
    @classmethod
    def _codes(cls, related: list[str]) -> list[str]:
        for code in related:
            try:
                resource_code.parse(code)
            except resource_code.BadResourceCode as bad:
                raise WordsError(bad.words.zh, bad.words.en) from bad
        return related

    @field_validator("items")
    @classmethod
    def _distinct(cls, items: list[Item]) -> list[Item]:
        names = [item.name for item in items]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise WordsError(f"信息项重名：{'、'.join(twice)}", f"elements named twice: {', '.join(twice)}")
        return items

    @model_validator(mode="after")
    def _conditions(self) -> Entry:
        if self.sharing is Sharing.CONDITIONAL and not self.sharing_condition:
            raise WordsError("有条件共享须写明共享条件", "sharing on conditions needs its conditions")
        if self.opening is Opening.ON_APPLICATION and not self.opening_condition:
            raise WordsError("依申请开放须写明开放条件", "opening on application needs its conditions")
        if (len(self.class_code) > 6) != bool(self.detail_name):
            raise WordsError("细目名称与细目代码须同时填写", "the detail's name and its code belong together")
        return self


class Measured(Inputs):
    """By which measurement the entry is catalogued: the digest of the node's profile."""

    profile: str = Field(pattern=r"^[0-9a-f]{64}$", title="数据画像摘要", description="Digest of the profile")


class Unmeasured(Inputs):
    fault: str = ask("原因", "Reason", min_length=1, max_length=200)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)
