"""What each step of a share request asks for. No Django.

How to reach people is kept in the register and left out of the log, from which nothing can ever be erased.
"""

from __future__ import annotations

from datetime import date

from pydantic import field_validator, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalDay, OptionalPaper, WordsError, ask
from tongqu.exchange.bedrock.values import Words

PHONE = r"^\+?[0-9][0-9 -]{4,18}$"


class GroundKind(Choice):
    """What the duty rests on for which the data is needed."""

    LAW = "law", "法律法规规章", "Law, regulation or rule"
    DUTY = "duty", "部门职责规定", "The department's duties as laid down"
    ITEM = "item", "政务服务事项", "An item of government service"
    DECISION = "decision", "上级机关的决定、部署", "A decision of a higher authority"


class Mode(Choice):
    """How the data is wanted."""

    QUERY = "query", "查询、核验", "Query or verification"
    BATCH = "batch", "批量比对", "Comparison in batches"
    FILE = "file", "文件", "File"


class Frequency(Choice):
    ONCE = "once", "一次", "Once"
    DAY = "day", "每天", "Daily"
    WEEK = "week", "每周", "Weekly"
    MONTH = "month", "每月", "Monthly"
    YEAR = "year", "每年", "Yearly"
    ON_DEMAND = "on_demand", "按需", "On demand"


class Way(Choice):
    """How the data was provided in fact."""

    NODE = "node", "在数据节点查询、核验", "Query or verification at the node"
    FILE = "file", "在本系统交付文件", "A file handed over here"
    PLATFORM = "platform", "经政务数据共享平台", "Through the government's sharing platform"


class RefusalGround(Choice):
    NO_DUTY = "no_duty", "与申请部门职责不符", "Not within the requester's duties"
    BEYOND = "beyond", "超出履行职责需要的范围", "More than the duty needs"
    CONDITION = "condition", "不符合共享条件", "The conditions of sharing are not met"
    LAW = "law", "法律法规规定不得提供", "A law forbids it"
    NOT_HELD = "not_held", "本部门不掌握该数据", "The department does not hold it"
    SAFETY = "safety", "安全保障措施不足", "The safeguards are not enough"
    MISUSE = "misuse", "超出约定用途或范围使用", "Used beyond purpose or scope"
    OTHER = "other", "其他", "Other"


class Doubt(Choice):
    """What is questioned in data that was received."""

    WRONG = "wrong", "内容有误", "Wrong"
    MISSING = "missing", "数据缺失", "Missing"
    STALE = "stale", "没有更新", "Out of date"
    CONFLICT = "conflict", "与其他来源不一致", "Differs from another source"


def _distinct(names: list[str]) -> list[str]:
    if any(not 1 <= len(name) <= 200 for name in names):
        raise WordsError("每项 1 至 200 字", "each is 1 to 200 characters")
    if len(set(names)) != len(names):
        raise WordsError("信息项重复", "an element is named twice")
    return names


class Request(Inputs):
    """A request for shared data: which elements, for which duty, until when."""

    resource: int = ask(
        "数据资源",
        "Resource",
        widget="shareable",
        ge=1,
        hint=Words(
            "从资源的公开页面点“申请共享”进来，信息项可以直接勾选",
            "begun from the resource's public page, its elements can be ticked",
        ),
    )
    matter: str = ask(
        "办理事项",
        "Matter",
        min_length=2,
        max_length=60,
        hint=Words("如：临时救助资格核对", "such as: checking relief claims"),
    )
    ground_kind: GroundKind = ask("依据种类", "Kind of ground", head=Words("依据和范围", "Ground and scope"))
    ground: str = ask(
        "依据（条款或职责）", "Ground: the provision or duty", widget="textarea", min_length=4, max_length=1000
    )
    items: list[str] = ask("申请的信息项", "Elements asked for", widget="elements", min_length=1, max_length=500)
    ground_items: list[str] = ask(
        "依据写明需要的信息项",
        "Of these, named by the ground",
        widget="elements",
        default_factory=list,
        max_length=500,
        hint=Words("没有写明的，由提供部门审核", "what it does not name, the provider looks at"),
    )
    paper: OptionalPaper = ask("依据文件", "The ground as a paper", widget="paper", default=None)
    mode: Mode = ask("共享方式", "Way", head=Words("使用", "Use"))
    frequency: Frequency = ask("使用频度", "How often")
    until_date: date = ask("使用至", "Use until")
    safeguards: str = ask("安全保障措施", "Safeguards", widget="textarea", min_length=4, max_length=1000)
    contact_name: str = ask("联系人", "Contact", secret=True, min_length=1, max_length=60)
    contact_phone: str = ask("联系电话", "Telephone", secret=True, pattern=PHONE)

    @field_validator("items", "ground_items")
    @classmethod
    def _once_each(cls, names: list[str]) -> list[str]:
        return _distinct(names)


class Missing(Inputs):
    """Everything that is missing, all at once."""

    missing: list[str] = ask("需补充的全部内容", "Everything missing", widget="lines", min_length=1, max_length=20)

    @field_validator("missing")
    @classmethod
    def _lines(cls, lines: list[str]) -> list[str]:
        if any(not 2 <= len(line) <= 200 for line in lines):
            raise WordsError("每项 2 至 200 字", "each is 2 to 200 characters")
        return lines


class Supplied(Inputs):
    """The requester's answer to what was missing."""

    ground: str = ask("依据（条款或职责）", "Ground", widget="textarea", min_length=4, max_length=1000)
    note: str = ask("补充说明", "What is supplied", widget="textarea", min_length=2, max_length=1000)
    paper: OptionalPaper = ask("补充材料", "Paper", widget="paper", default=None)


class Accepted(Inputs):
    note: str = ask("说明", "Note", widget="textarea", default="", max_length=1000)


class Refusal(Inputs):
    """Why it is refused: the kind of ground, the provision it rests on, and the reason in words."""

    kind: RefusalGround = ask("不予共享的情形", "Kind of ground")
    provision: str = ask(
        "依据条款",
        "Provision relied on",
        min_length=4,
        max_length=200,
        hint=Words("写明文件和条款", "the text and its article"),
    )
    reason: str = ask("理由", "Reason", widget="textarea", min_length=4, max_length=1000)


class Appeal(Inputs):
    """What the requester says against the refusal."""

    reason: str = ask("申请协调的理由", "Why it should be shared", widget="textarea", min_length=4, max_length=1000)
    paper: OptionalPaper = ask("材料", "Paper", widget="paper", default=None)


class Decision(Inputs):
    """The data authority's decision between the two."""

    finding: str = ask("协调意见", "Finding", widget="textarea", min_length=4, max_length=1000)
    provision: str = ask("依据条款", "Provision relied on", min_length=4, max_length=200)


class Provided(Inputs):
    """How the data was provided. A file is opened by the requester and the provider alone."""

    way: Way = ask("提供方式", "Way")
    source: str = ask(
        "节点上的数据源",
        "Source at the node",
        default="",
        max_length=100,
        hint=Words("在节点提供的填写", "when it is provided there"),
    )
    version: str = ask("数据版本", "Version", min_length=1, max_length=60)
    file: OptionalPaper = ask("数据文件", "The data as a file", widget="paper", closed=True, default=None)
    note: str = ask("说明", "Note", widget="textarea", default="", max_length=1000)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Provided:
        if (self.way is Way.FILE) != (self.file is not None):
            raise WordsError("交付文件的须附文件，其他方式不附", "a file belongs to this way, and to no other")
        if (self.way is Way.NODE) != bool(self.source):
            raise WordsError(
                "在节点提供的须填写数据源，其他方式不填", "a source belongs to the node, and to no other way"
            )
        if self.way is Way.PLATFORM and len(self.note) < 4:
            raise WordsError("经平台提供的，请说明接口或任务编号", "say which interface or task of the platform")
        return self


class Question(Inputs):
    """A doubt about data that was received (数据校核)."""

    doubt: Doubt = ask("疑义", "Doubt")
    text: str = ask("具体情况", "In detail", widget="textarea", min_length=4, max_length=1000)
    paper: OptionalPaper = ask("材料", "Paper", widget="paper", default=None)


class QuestionAnswer(Inputs):
    """What the provider found; the corrected data where there is any."""

    corrected: bool = ask("数据已更正", "The data was corrected")
    finding: str = ask("核实情况", "Finding", widget="textarea", min_length=4, max_length=1000)
    file: OptionalPaper = ask("更正后的数据文件", "The corrected file", widget="paper", closed=True, default=None)


class Renewal(Inputs):
    until_date: date = ask("续期至", "Use until")
    reason: str = ask("续期理由", "Reason", widget="textarea", min_length=2, max_length=500)


class ConsentAsked(Inputs):
    """For which registration or product the shared data shall be used."""

    use: str = ask(
        "拟登记、上架的内容", "What is to be registered or listed", widget="textarea", min_length=4, max_length=500
    )


class Consent(Inputs):
    """The provider's consent, within its words and until its day."""

    scope: str = ask("同意的范围", "What is consented to", widget="textarea", min_length=4, max_length=500)
    consent_until_date: OptionalDay = ask(
        "同意至", "Until", default=None, hint=Words("不填则至使用期满", "blank: until the use ends")
    )


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)
