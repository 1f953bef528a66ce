"""The forms of authorised operation: the plan (OP27 art. 9), the selection, the agreement (art. 14), and what follows. No Django."""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import (
    Choice,
    Fen,
    Inputs,
    OptionalPaper,
    Paper,
    WordsError,
    ask,
)
from tongqu.exchange.bedrock.values import Words


class Mode(Choice):
    WHOLE = "whole", "整体授权", "As a whole"
    BY_FIELD = "by_field", "分领域授权", "By field"
    BY_SCENARIO = "by_scenario", "依场景授权", "By scenario"


class Plan(Inputs):
    """The plan's twelve items; eleven are named and none of these may be empty, the twelfth is what else there is."""

    name: str = ask("一、名称", "1. Name", min_length=4, max_length=100, head=Words("方案", "The plan"))
    need: str = ask(
        "二、必要性和可行性论证", "2. Need and feasibility", widget="textarea", min_length=10, max_length=4000,
        hint=Words("全生命周期管理、社会需求、市场规模、预期成效、风险防控",
                   "life-cycle management, demand, market, expected effect, risks"),
    )  # fmt: skip
    conditions: str = ask(
        "三、运营机构选择条件", "3. Conditions of choice", widget="textarea", min_length=10, max_length=4000,
        hint=Words("资金、管理、技术、服务、安全能力", "means, management, technology, service, security"),
    )  # fmt: skip
    mode: Mode = ask("四、授权运营模式", "4. Mode")
    resources: list[int] = ask(
        "五、数据资源（目录编号）", "5. Data: numbers of the catalogue entries", widget="lines", min_length=1,
        max_length=200, hint=Words("每行一个本单位已编目资源的编号", "one of your catalogued entries a line"),
    )  # fmt: skip
    data_text: str = ask(
        "五、数据范围、更新频率和质量",
        "5. Scope, frequency and quality",
        widget="textarea",
        min_length=4,
        max_length=4000,
    )
    until_date: date = ask("六、授权运营期限至", "6. Term until")
    course: str = ask(
        "六、建设、技术保障、进度、评价、退出和资产", "6. Building, technology, progress, assessment, exit, assets",
        widget="textarea", min_length=10, max_length=4000,
    )  # fmt: skip
    products: list[str] = ask(
        "七、产品和服务清单", "7. Products and services", widget="lines", min_length=1, max_length=100,
        hint=Words("注明公共治理、公益事业或产业、行业发展，每行一项", "public good or industry, one a line"),
    )  # fmt: skip
    accounting: str = ask(
        "八、成本收入核算和收益分配", "8. Accounting and sharing", widget="textarea", min_length=4, max_length=4000
    )
    security: str = ask(
        "九、安全、个人信息保护和应急", "9. Security, personal information, emergencies", widget="textarea",
        min_length=4, max_length=4000,
    )  # fmt: skip
    duties: str = ask("十、权利义务", "10. Rights and duties", widget="textarea", min_length=4, max_length=4000)
    supervision: str = ask(
        "十一、监督管理和考核", "11. Supervision and assessment", widget="textarea", min_length=4, max_length=4000
    )
    other: str = ask("十二、其他", "12. Other", widget="textarea", default="", max_length=4000)


class Revised(Plan):
    """The whole plan again, with what was changed and why."""

    reason: str = ask("调整说明", "What changed and why", widget="textarea", min_length=4, max_length=2000)


class Decision(Inputs):
    """三重一大: the meeting that decided, and its minutes (art. 11)."""

    meeting: str = ask("会议", "Meeting", min_length=2, max_length=200)
    decided_date: date = ask("决策日期", "Decided on")
    conclusion: str = ask("决策结论", "Conclusion", widget="textarea", min_length=2, max_length=2000)
    minutes: Paper = ask("会议纪要", "Minutes", widget="paper", office=True)


class Approval(Inputs):
    """The approval of the government of the same level (art. 11)."""

    government: str = ask("批准机关", "Government", min_length=2, max_length=100)
    number: str = ask("批准文号", "Number", min_length=2, max_length=100)
    approved_date: date = ask("批准日期", "Approved on")
    paper: Paper = ask("批准文件", "Approval", widget="paper")


class Receipt(Inputs):
    """The provincial data authority has put it on file (arts. 11, 13)."""

    number: str = ask("备案编号", "Number of the filing", min_length=2, max_length=100)
    note: str = ask("备案意见", "Note", widget="textarea", default="", max_length=1000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


class Method(Choice):
    OPEN = "open_tender", "公开招标", "Open tender"
    INVITED = "invited", "邀请招标", "Invited tender"
    NEGOTIATION = "negotiation", "谈判", "Negotiation"


class Criterion(Inputs):
    name: str = ask("评审项", "Criterion", min_length=1, max_length=60)
    points: int = ask("满分", "Points at most", ge=1, le=100)


class Selection(Inputs):
    """How an operator is chosen, in fair competition (art. 12)."""

    plan: int = ask("实施方案", "Plan", widget="operation_plan")
    name: str = ask("项目名称", "Name", min_length=4, max_length=100)
    method: Method = ask("选择方式", "Method")
    requirements: str = ask("要求", "Requirements", widget="textarea", min_length=10, max_length=4000)
    criteria: list[Criterion] = ask("评审标准", "Criteria", widget="rows", min_length=1, max_length=20)
    invited: list[int] = ask(
        "受邀单位（编号）", "Invited (numbers)", widget="lines", default_factory=list, max_length=50,
        hint=Words("邀请招标和谈判填写，每行一个单位编号", "for invited tenders and negotiations, one a line"),
    )  # fmt: skip
    bids_until_date: date = ask("投标截止日", "Bids until the end of")
    exception: OptionalPaper = ask(
        "只有一家时的依据", "Ground for a single candidate", widget="paper", default=None,
        hint=Words("谈判只有一家时须附", "a negotiation with one candidate needs it"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _sums_up(self) -> Selection:
        if sum(one.points for one in self.criteria) != 100:
            raise WordsError("评审标准的满分合计须为 100", "the points of the criteria must come to 100")
        if len({one.name for one in self.criteria}) != len(self.criteria):
            raise WordsError("评审项重复", "a criterion is named twice")
        if len(set(self.invited)) != len(self.invited):
            raise WordsError("受邀单位重复", "a party is invited twice")
        return self


class Bid(Inputs):
    """A bid. It is locked with the bidder's own key as it arrives; nobody else can read it, and it is kept nowhere in clear."""

    selection: int = ask("选择项目", "Selection", widget="operator_selection")
    bid_key: str = ask(
        "投标密钥", "Bid key", secret=True, widget="password", min_length=12, max_length=200,
        hint=Words("自定，至少十二位；开标时凭它开启，本所不保存，遗失无法恢复",
                   "your own, twelve characters at least; it opens the bid, is not kept here and cannot be recovered"),
    )  # fmt: skip
    offer_fen: Fen = ask("报价（年授权使用费）", "Offer (yearly fee)", unit="fen", secret=True)
    proposal: str = ask("运营方案", "Proposal", widget="textarea", secret=True, min_length=4, max_length=8000)
    promises: str = ask("承诺", "Commitments", widget="textarea", secret=True, default="", max_length=4000)
    documents: list[str] = ask(
        "附件的 SHA-256", "SHA-256 of the documents", widget="lines", secret=True, default_factory=list, max_length=20,
        hint=Words("附件开标后再提交，须与此一致", "the documents are handed in after the opening and must match"),
    )  # fmt: skip

    @model_validator(mode="after")
    def _digests(self) -> Bid:
        if any(len(one) != 64 or set(one) - set("0123456789abcdef") for one in self.documents):
            raise WordsError(
                "附件须写 64 位小写十六进制的 SHA-256", "a document is named by its SHA-256 in lower-case hex"
            )
        return self


class Unsealed(Inputs):
    bid_key: str = ask("投标密钥", "Bid key", secret=True, widget="password", min_length=1, max_length=200)
    documents: list[Paper] = ask("附件", "Documents", widget="papers", default_factory=list, max_length=20)


class Point(Inputs):
    criterion: str = ask("评审项", "Criterion", min_length=1, max_length=60)
    points: int = ask("得分", "Points", ge=0, le=100)


class Score(Inputs):
    """One expert's points for one bid."""

    bid: int = ask("投标", "Bid", ge=1)
    expert: str = ask("评审专家", "Expert", min_length=2, max_length=60)
    points: list[Point] = ask("逐项得分", "Points by criterion", widget="rows", min_length=1, max_length=20)
    note: str = ask("评审意见", "Opinion", widget="textarea", default="", max_length=2000)


class Award(Inputs):
    bid: int = ask("中选的投标", "Winning bid", ge=1)
    report: Paper = ask("评审报告", "Report of the review", widget="paper")
    reason: str = ask("中选理由", "Why it wins", widget="textarea", min_length=4, max_length=2000)


class Agreement(Inputs):
    """The agreement's thirteen items (art. 14); the thirteenth is what else is agreed."""

    selection: int = ask("选择项目", "Selection", widget="awarded_selection", head=Words("协议", "The agreement"))
    name: str = ask("协议名称", "Name", min_length=4, max_length=100)
    resources: list[int] = ask(
        "一、授权数据资源（目录编号）", "1. Resources", widget="lines", min_length=1, max_length=200
    )
    share_requests: list[int] = ask(
        "由政务共享取得的：共享申请编号", "Obtained by sharing: share requests", widget="lines", default_factory=list,
        max_length=50, hint=Words("须有提供部门同意", "each with its provider's consent"),
    )  # fmt: skip
    starts_date: date = ask("二、期限自", "2. Term from")
    ends_date: date = ask(
        "二、期限至", "2. Term to", hint=Words("最长五年，含止日", "five years at most, its last day included")
    )
    products: list[str] = ask("三、产品清单", "3. Products", widget="lines", min_length=1, max_length=100)
    product_rules: str = ask(
        "三、技术标准、安全审核和业务规范审核",
        "3. Standards and reviews",
        widget="textarea",
        min_length=4,
        max_length=4000,
    )
    platform: str = ask("四、技术平台", "4. Platform", widget="textarea", min_length=4, max_length=4000)
    assets: str = ask("五、资产权属", "5. Assets", widget="textarea", min_length=4, max_length=4000)
    disclosure: str = ask(
        "六、信息披露和不得再开发", "6. Disclosure; no re-development", widget="textarea", min_length=4, max_length=4000
    )
    accounting: str = ask("七、成本收入核算和收益", "7. Accounting", widget="textarea", min_length=4, max_length=4000)
    ceiling_fen: Fen = ask("七、上限收费标准", "7. Ceiling of the fee", unit="fen")
    ceiling_unit: str = ask("七、收费单位", "7. What is charged", min_length=1, max_length=60)
    security: str = ask("八、安全和应急", "8. Security", widget="textarea", min_length=4, max_length=4000)
    assessment: str = ask(
        "九、成效评价、续约和退出", "9. Assessment and exit", widget="textarea", min_length=4, max_length=4000
    )
    breach: str = ask("十、违约责任", "10. Breach", widget="textarea", min_length=4, max_length=4000)
    disputes: str = ask("十一、争议解决", "11. Disputes", widget="textarea", min_length=2, max_length=2000)
    changes: str = ask("十二、变更和终止", "12. Change and end", widget="textarea", min_length=4, max_length=4000)
    other: str = ask("十三、其他", "13. Other", widget="textarea", default="", max_length=4000)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Agreement:
        if self.ends_date < self.starts_date:
            raise WordsError("期限止日早于起日", "the term ends before it begins")
        return self


class Grade(Choice):
    GOOD = "good", "合格", "Satisfactory"
    MEND = "mend", "限期整改", "To be mended"
    POOR = "poor", "不合格", "Unsatisfactory"


class Assessment(Inputs):
    year: int = ask("评价年度", "Year", ge=2025, le=2199)
    grade: Grade = ask("评价结果", "Result")
    text: str = ask("评价意见", "Opinion", widget="textarea", min_length=4, max_length=4000)
    report: Paper = ask("评价报告", "Report", widget="paper")


class Cause(Choice):
    """Why an authorisation is taken back before its day."""

    BREACH = "breach", "严重违反协议", "A grave breach of the agreement"
    UNLAWFUL = "unlawful", "违法违规", "A breach of law"
    INCIDENT = "incident", "发生重大数据安全事件", "A grave incident of data security"
    ASSESSMENT = "assessment", "评价不合格", "Failed its assessment"
    QUALIFICATION = "qualification", "不再具备运营条件", "No longer meets the conditions"


class Revoked(Inputs):
    cause: Cause = ask("收回事由", "Cause")
    reason: str = ask("事实和理由", "Facts and reasons", widget="textarea", min_length=10, max_length=4000)
    paper: Paper = ask("收回决定", "Decision", widget="paper")


class Exit(Inputs):
    """What became of data, assets and users when the operation ended."""

    data_text: str = ask(
        "数据移交和删除", "Data handed over and deleted", widget="textarea", min_length=4, max_length=4000
    )
    assets_text: str = ask("资产处置", "Assets", widget="textarea", min_length=4, max_length=4000)
    users_text: str = ask("存量用户安排", "Users", widget="textarea", min_length=4, max_length=4000)
    paper: Paper = ask("交接清单", "List of the hand-over", widget="paper")


class Kind(Choice):
    INCOME = "income", "收入", "Income"
    COST = "cost", "成本", "Cost"
    EXPENDITURE = "expenditure", "支出", "Expenditure"


class Entry(Inputs):
    """One line of the operator's separate accounts for this operation (art. 22)."""

    kind: Kind = ask("类别", "Kind")
    amount_fen: int = ask("金额", "Amount", unit="fen", ge=1, le=10**13)
    booked_date: date = ask("日期", "Day")
    text: str = ask("摘要", "What for", min_length=2, max_length=200)
    paper: OptionalPaper = ask("凭证", "Voucher", widget="paper", default=None)


class Earned(Inputs):
    """For the house: what a sale on this exchange brought in, and what its node's statements say was used."""

    settlement: int = Field(ge=1, title="结算", description="Settlement")
    amount_fen: int = Field(ge=0, title="金额", description="Amount")
    listing: int = Field(ge=1, title="产品", description="Product")
    product: str = Field(max_length=100, title="产品名称", description="Name of the product")
    calls: int = Field(ge=0, title="调用次数", description="Calls")


class Concession(Inputs):
    """特许开发: one scenario under the unified authorisation, for one developer (Hubei pilot, task 2)."""

    agreement: int = ask("授权运营协议", "Agreement", widget="operation_agreement")
    scenario: str = ask("应用场景", "Scenario", min_length=4, max_length=100)
    products: list[str] = ask("拟开发的产品", "Products to be developed", widget="lines", min_length=1, max_length=30)
    resources: list[int] = ask(
        "所用数据资源（目录编号）", "Resources used", widget="lines", min_length=1, max_length=100
    )
    plan: str = ask("开发方案和安全措施", "Plan and safeguards", widget="textarea", min_length=10, max_length=4000)
    until_date: date = ask("特许期限至", "Until")


class Period(Inputs):
    """For the house: which side discloses under which agreement."""

    agreement: int = Field(ge=1, title="协议", description="Agreement")
    side: str = Field(pattern="^(implementer|operator)$", title="披露方", description="Side")


class Disclosure(Inputs):
    """The seven columns come from the agreement and the register; the discloser adds what was done in the period."""

    text: str = ask("本期说明", "What was done", widget="textarea", min_length=4, max_length=4000)
