"""What a registrar is asked for in its own matters. No Django."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from tongqu.exchange.bedrock.inputs import Choice, Inputs, Paper, ask
from tongqu.exchange.bedrock.values import Words


class Kind(Choice):
    ENTERPRISE = "enterprise", "企业", "Enterprise"
    INSTITUTION = "institution", "事业单位", "Public institution"


class Reviewer(Inputs):
    name: str = ask("审查人员", "Reviewer", min_length=1, max_length=60)
    since_date: date = ask("从业起始日", "In the trade since")


class Dossier(Inputs):
    """The qualification (art. 7): capital, experience, reviewers, protection of its systems, a clean record."""

    kind: Kind = ask("机构类型", "Kind of body")
    capital_fen: int = ask(
        "实缴资本",
        "Paid-in capital",
        unit="fen",
        ge=0,
        le=10**15,
        hint=Words("事业单位填 0", "0 for a public institution"),
    )
    since_date: date = ask("从事数据登记等业务起始日", "In this business since")
    reviewers: list[Reviewer] = ask("审查人员", "Reviewers", widget="rows", min_length=1, max_length=50)
    protection: str = ask(
        "网络安全等级保护三级备案号", "Filing number of protection at level three", min_length=4, max_length=60
    )
    protection_until_date: date = ask("等级测评有效期至", "Assessment valid until")
    clean: bool = ask("近三年无重大违法违规", "No grave breach in three years", default=False)
    papers: list[Paper] = ask("证明材料", "Proof", widget="papers", min_length=1, max_length=30)


class Opinion(Inputs):
    opinion: str = ask("意见", "Opinion", widget="textarea", min_length=2, max_length=2000)


class Year(Inputs):
    """A year of a registrar, opened by the house with its figures."""

    registrar: int = Field(ge=1, title="登记机构", description="Registrar")
    year: int = Field(ge=2026, le=2199, title="年度", description="Year")


class Account(Inputs):
    account: str = ask("工作情况说明", "Account of the year", widget="textarea", min_length=10, max_length=8000)


class Item(Choice):
    """What about a registrar is reported when it changes (art. 12)."""

    NAME = "name", "名称", "Name"
    ADDRESS = "address", "住所", "Seat"
    REPRESENTATIVE = "representative", "法定代表人", "Legal representative"
    SHAREHOLDERS = "shareholders", "主要股东或举办单位", "Main shareholders or founder"
    REVIEWERS = "reviewers", "审查人员", "Reviewers"
    SYSTEM = "system", "登记系统", "Registration system"
    OTHER = "other", "其他", "Other"


class Change(Inputs):
    items: list[Item] = ask("变更事项", "What changes", widget="checkboxes", min_length=1, max_length=7)
    effective_date: date = ask("拟变更日", "From which day")
    reason: str = ask("变更内容和理由", "What and why", widget="textarea", min_length=4, max_length=2000)
    papers: list[Paper] = ask("材料", "Papers", widget="papers", default_factory=list, max_length=20)


class Updated(Inputs):
    updated: str = ask("国家系统更新凭据", "Proof of the update in the national system", min_length=2, max_length=200)


class Exit(Inputs):
    exit_date: date = ask("拟退出日", "Day of exit")
    successor: str = ask("拟接收机构", "Who is to take over", min_length=2, max_length=100)
    reason: str = ask("退出理由", "Reason", widget="textarea", min_length=4, max_length=2000)
    plan: Paper = ask("移交方案", "Plan of the hand-over", widget="paper")


class Reported(Inputs):
    report_number: str = ask("报告文号", "Number of the report", min_length=2, max_length=100)


class HandedOver(Inputs):
    bundle: Paper = ask(
        "移交包的 SHA-256", "SHA-256 of the bundle",
        hint=Words("由 tongqu registrar hand-over 写出的文件", "of the file that tongqu registrar hand-over wrote"),
    )  # fmt: skip
    receipt: Paper = ask("接收机构的回执", "Receipt of who took over", widget="paper")


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)
