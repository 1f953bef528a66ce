"""What an impact assessment and the report of an incident ask for. No Django."""

from __future__ import annotations

from datetime import date

from pydantic import model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.consent.kinds import Kind


class Situation(Choice):
    """What an assessment comes before (PIPL art. 55)."""

    SENSITIVE = "sensitive", "处理敏感个人信息", "Sensitive information is processed"
    AUTOMATED = "automated", "自动化决策", "Decisions are automated"
    ENTRUST = "entrust", "委托处理", "Processing is entrusted"
    PROVIDE = "provide", "向其他处理者提供", "Others are provided with it"
    PUBLISH = "publish", "公开", "It is made public"
    EXPORT = "export", "向境外提供", "It goes abroad"


class Assessment(Inputs):
    """The three heads of PIPL art. 56, and the report itself."""

    resource: int = ask("数据资源", "Resource", widget="resource", ge=1)
    name: str = ask("评估名称", "Name", min_length=4, max_length=80)
    situations: list[Situation] = ask("评估的情形", "What it comes before", widget="checkboxes", min_length=1)
    lawful: str = ask(
        "目的、方式是否合法、正当、必要", "Whether purpose and method are lawful, legitimate and necessary", widget="textarea",
        min_length=4, max_length=2000,
    )  # fmt: skip
    impact: str = ask(
        "对个人权益的影响及安全风险",
        "Impact on the persons, and risks",
        widget="textarea",
        min_length=4,
        max_length=2000,
    )
    measures: str = ask(
        "保护措施是否合法、有效并与风险相适应", "Whether the measures are lawful, effective and fit the risk", widget="textarea",
        min_length=4, max_length=2000,
    )  # fmt: skip
    report: Paper = ask(
        "评估报告",
        "Report",
        widget="paper",
        hint=Words("报告和处理情况记录至少保存三年", "kept for three years at least"),
    )
    assessed_date: date = ask("评估完成日期", "Assessed on")


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Report(Inputs):
    """An incident, with what art. 57 of PIPL wants told."""

    name: str = ask("事件名称", "What it is called", min_length=4, max_length=80)
    node: int = ask("数据所在节点", "Node that holds the data", widget="node", ge=1)
    source: str = ask("节点上的数据源", "Source at the node", widget="source", min_length=1, max_length=100)
    kinds: list[Kind] = ask("涉及的个人信息种类", "Kinds concerned", widget="checkboxes", min_length=1)
    cause: str = ask("原因", "Cause", widget="textarea", min_length=4, max_length=2000)
    harm: str = ask("可能造成的危害", "Harm that may come of it", widget="textarea", min_length=4, max_length=2000)
    remedy: str = ask("已采取的补救措施", "What was done about it", widget="textarea", min_length=4, max_length=2000)
    advice: str = ask(
        "个人可以采取的减轻危害的措施",
        "What persons can do themselves",
        widget="textarea",
        min_length=4,
        max_length=2000,
    )
    contact: str = ask("联系方式", "Contact", min_length=4, max_length=200)
    found_date: date = ask("发现日期", "Found on")
    people: int = ask("涉及人数", "How many people", ge=0, le=2 * 10**9)


class How(Choice):
    """How the persons are told."""

    INDIVIDUALLY = "individually", "逐一通知", "Each of them"
    PUBLICLY = "publicly", "公告", "By a public notice"
    NOT_TOLD = "not_told", "不通知个人", "They are not told"


class Telling(Inputs):
    how: How = ask("怎样通知个人", "How the persons are told")
    reason: str = ask(
        "不通知的理由", "Why they are not told", widget="textarea", default="", max_length=1000,
        hint=Words("只有所采取的措施能够有效避免危害时才可以不通知", "only where what was done effectively keeps harm away"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _reasoned(self) -> Telling:
        if self.how is How.NOT_TOLD and len(self.reason) < 4:
            raise WordsError("不通知个人的，须说明措施为何能够有效避免危害", "say why what was done keeps harm away")
        return self
