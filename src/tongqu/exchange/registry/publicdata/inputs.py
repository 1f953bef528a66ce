"""The forms of public-data registration (REG26 arts. 9, 15): seven groups of material, and what later steps ask. No Django.

The groups of particulars follow the national portal as far as it is known, so that a filing can be carried over one to one.
"""

from __future__ import annotations

from datetime import date

from pydantic import model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalDay, OptionalPaper, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words


class What(Choice):
    """What is registered: a resource by who holds it, a product or service by who operates it (OP27 art. 16)."""

    RESOURCE = "resource", "公共数据资源", "Public-data resource"
    PRODUCT = "product", "公共数据产品和服务", "Product or service made from public data"


class Access(Choice):
    OPEN = "open", "开放", "Open"
    AUTHORISED = "authorised", "授权运营", "Authorised operation"
    ON_REQUEST = "on_request", "依申请", "On request"


class Source(Choice):
    DUTY = "duty", "依法履行职责采集或产生", "Collected or made in carrying out a duty"
    SERVICE = "service", "提供公共服务产生", "Made in providing a public service"
    OPERATION = "operation", "授权运营加工形成", "Made under an authorisation to operate"
    SHARED = "shared", "政务数据共享取得", "Obtained by sharing between departments"
    OTHER = "other", "其他合法来源", "Another lawful source"


class Frequency(Choice):
    REALTIME = "realtime", "实时", "Real time"
    DAY = "day", "每日", "Daily"
    WEEK = "week", "每周", "Weekly"
    MONTH = "month", "每月", "Monthly"
    YEAR = "year", "每年", "Yearly"
    ONCE = "once", "一次性", "Once"
    OTHER = "other", "其他", "Other"


class EvidenceBy(Choice):
    """Where the evidence was kept before the application (REG26 art. 7)."""

    HOUSE = "house", "本所存证日志（编目时的测量记录）", "This exchange's log: the measurement of the catalogued data"
    OTHER = "other", "其他存证服务", "Another evidence service"


_OTHER = ("evidence_by", ("other",))


class Content(Inputs):
    """The seven groups of art. 9(1), each of them required. The party's name and code are those it was admitted with.

    How to reach people is kept in the register and left out of the log, from which nothing can ever be erased.
    """

    contact_name: str = ask(
        "联系人", "Contact", secret=True, min_length=1, max_length=60, head=Words("一、主体信息", "1. The party")
    )
    contact_phone: str = ask("联系电话", "Telephone", secret=True, pattern=r"^\+?[0-9][0-9 -]{4,18}$")
    contact_address: str = ask("联系地址", "Address", secret=True, min_length=2, max_length=200)
    agent_name: str = ask(
        "代理机构", "Agent", default="", max_length=100, hint=Words("自行办理的不填", "blank: no agent")
    )
    agent_paper: OptionalPaper = ask("委托书", "Power of attorney", widget="paper", default=None)
    identity_paper: Paper = ask("主体身份材料", "Proof of identity", widget="paper")
    commitment_paper: Paper = ask("承诺书", "Commitment", widget="paper")

    source: Source = ask("来源", "Source", head=Words("二、数据合法合规性来源", "2. Lawful and compliant source"))
    source_text: str = ask("来源依据", "Basis of the source", widget="textarea", min_length=4, max_length=2000)
    source_papers: list[Paper] = ask("来源佐证", "Proof of source", widget="papers", min_length=1, max_length=20)
    share_requests: list[int] = ask(
        "由政务共享取得的：共享申请编号", "Obtained by sharing: numbers of the share requests", widget="lines",
        default_factory=list, max_length=50, hint=Words("没有的不填", "blank: none"),
    )  # fmt: skip

    data_name: str = ask(
        "登记数据名称", "Name of the data", min_length=2, max_length=100,
        head=Words("三、数据资源情况", "3. The data"),
        hint=Words("公示内容", "published"),
    )  # fmt: skip
    summary: str = ask(
        "数据内容简介", "What the data holds", widget="textarea", min_length=4, max_length=400,
        hint=Words("公示内容", "published"),
    )  # fmt: skip
    access: Access = ask("获取方式", "How it is obtained")
    frequency: Frequency = ask("更新频率", "Update frequency")
    time_from_date: date = ask("时间范围自", "Period from")
    time_to_date: OptionalDay = ask(
        "时间范围至", "Period to", default=None, hint=Words("持续更新的不填", "blank: still growing")
    )
    records: int = ask("数据量（条）", "Records", ge=0, le=10**15)
    volume_bytes: int = ask("数据量（字节）", "Volume", unit="byte", ge=0, le=9 * 10**15)
    storage: str = ask("存储情况", "Where it is stored", min_length=2, max_length=300)
    personal: bool = ask("含个人信息", "Contains personal information", default=False)
    important: bool = ask("含重要数据", "Contains important data", default=False)

    evidence_by: EvidenceBy = ask("存证方式", "Evidence kept by", head=Words("四、存证情况", "4. Evidence"))
    evidence_body: str = ask("存证机构", "Evidence service", default="", max_length=100, when=_OTHER)
    evidence_number: str = ask("存证编号", "Its number", default="", max_length=100, when=_OTHER)
    evidence_digest: str = ask("存证哈希", "Its digest", default="", max_length=128, when=_OTHER)
    evidence_date: OptionalDay = ask("存证日期", "Kept on", default=None, when=_OTHER)
    evidence_paper: OptionalPaper = ask("存证证明", "Proof of evidence", widget="paper", default=None, when=_OTHER)

    products: list[str] = ask(
        "产品和服务", "Products and services", widget="lines", min_length=1, max_length=50,
        head=Words("五、产品和服务信息", "5. Products and services"),
        hint=Words("已形成或拟形成的，每行一项", "existing or intended, one a line"),
    )  # fmt: skip
    operated_since_date: OptionalDay = ask(
        "开展授权运营自", "Operated since", default=None, hint=Words("尚未开展的不填", "blank: not yet")
    )

    scenarios: list[str] = ask(
        "应用场景", "Scenarios", widget="lines", min_length=1, max_length=50,
        head=Words("六、应用场景信息", "6. Scenarios"), hint=Words("每行一个", "one a line"),
    )  # fmt: skip

    risk_by: str = ask(
        "评估机构或部门", "Assessed by", min_length=2, max_length=100,
        head=Words("七、数据安全风险评估", "7. Assessment of security risks"),
    )  # fmt: skip
    risk_date: date = ask("评估日期", "Assessed on")
    risk_text: str = ask("评估结论", "Conclusion", widget="textarea", min_length=4, max_length=2000)
    risk_paper: Paper = ask("评估报告", "Report", widget="paper")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Content:
        if self.time_to_date is not None and self.time_to_date < self.time_from_date:
            raise WordsError("时间范围的止期早于起期", "the period ends before it begins")
        if self.agent_name and self.agent_paper is None:
            raise WordsError("由代理机构办理的须附委托书", "an agent needs its power of attorney")
        other = (
            self.evidence_body,
            self.evidence_number,
            self.evidence_digest,
            self.evidence_date,
            self.evidence_paper,
        )
        if self.evidence_by is EvidenceBy.OTHER and not all(other):
            raise WordsError(
                "其他存证服务须填写机构、编号、哈希、日期并附证明",
                "another service needs its name, number, digest, date and proof",
            )
        return self

    def papers(self) -> list[str]:
        """Every paper that it names."""
        single = (
            self.agent_paper, self.identity_paper, self.commitment_paper, self.evidence_paper, self.risk_paper
        )  # fmt: skip
        return [*self.source_papers, *(one for one in single if one)]


class _Object(Inputs):
    registrar: int = ask("登记机构", "Registrar", widget="public_registrar", head=Words("登记事项", "The matter"))
    resource: int = ask("数据资源（目录）", "Catalogue entry", widget="resource")
    what: What = ask("登记对象", "What is registered", default=What.RESOURCE)
    operating_until_date: OptionalDay = ask(
        "运营期限至", "Operated until", default=None, when=("what", ("product",)),
        hint=Words("产品和服务的有效期不超过运营期限", "a product is valid no longer than it may be operated"),
    )  # fmt: skip


class First(Content, _Object):
    """First registration: what is registered, where, and the seven groups."""

    @model_validator(mode="after")
    def _a_product_has_its_term(self) -> First:
        if self.what is What.PRODUCT and self.operating_until_date is None:
            raise WordsError("产品和服务须填写运营期限", "a product needs the end of its operation")
        return self


class _Registered(Inputs):
    registration: int = ask("登记", "Registration", widget="public_registration", head=Words("登记事项", "The matter"))


class Change(Content, _Registered):
    """The whole content as it shall be: the registrar then judges one paper, not two."""

    reason: str = ask(
        "变更事由", "Why it changes", widget="textarea", min_length=4, max_length=1000,
        head=Words("变更", "The change"),
    )  # fmt: skip


class Mistake(Inputs):
    """One particular that is wrong, and what is right."""

    name: str = ask("项目", "Particular", min_length=1, max_length=60)
    wrong: str = ask("登记内容", "As registered", min_length=1, max_length=500)
    right: str = ask("应更正为", "Should be", min_length=1, max_length=500)


class Correction(_Registered):
    """By the holder, or by an interested party with the holder's written consent or with proof (REG26 art. 9(3))."""

    mistakes: list[Mistake] = ask("更正内容", "What is wrong", widget="rows", min_length=1, max_length=30)
    data_name: str = ask(
        "更正后的登记数据名称", "Corrected name of the data", default="", max_length=100,
        hint=Words("不更正的不填", "blank: stays"),
    )  # fmt: skip
    summary: str = ask(
        "更正后的数据内容简介", "Corrected summary", widget="textarea", default="", max_length=400,
        hint=Words("不更正的不填", "blank: stays"),
    )  # fmt: skip
    reason: str = ask("错误情况说明", "How it is wrong", widget="textarea", min_length=4, max_length=1000)
    consent_paper: OptionalPaper = ask(
        "登记主体书面同意", "The holder's written consent", widget="paper", default=None,
        hint=Words("利害关系人申请的，附书面同意或证明材料", "an interested party gives this, or proof"),
    )  # fmt: skip
    proof: list[Paper] = ask(
        "证明登记错误的材料", "Proof that it is wrong", widget="papers", default_factory=list, max_length=20
    )


class CancelGround(Choice):
    """Four cases (art. 9(4)). Their number is confirmed; how they are worded here is from memory."""

    GONE = "gone", "数据灭失或不可复原", "The data is gone and cannot be restored"
    GIVEN_UP = "given_up", "登记主体放弃权益或权益期限届满", "The party gave it up, or its term is over"
    DISSOLVED = "dissolved", "登记主体终止存续", "The party ceased to exist"
    OTHER = "other", "法律法规规定的其他情形", "Another case in law"


class Cancellation(_Registered):
    ground: CancelGround = ask(
        "注销情形", "Ground", hint=Words("四类情形的措辞待核实", "the wording of the four is to be verified")
    )
    reason: str = ask("说明", "Explanation", widget="textarea", min_length=4, max_length=1000)
    proof: list[Paper] = ask("证明材料", "Proof", widget="papers", min_length=1, max_length=20)


class Renewal(_Registered):
    """Within the last sixty natural days; each time for three years at most, from the day after (REG26 art. 15)."""

    until_date: date = ask("续展至", "Renewed until")
    operating_until_date: OptionalDay = ask(
        "运营期限至", "Operated until", default=None, hint=Words("产品和服务须填写", "for products and services")
    )
    reason: str = ask("续展说明", "Explanation", widget="textarea", min_length=4, max_length=1000)
    risk_paper: Paper = ask("最近的数据安全风险评估", "The latest assessment of security risks", widget="paper")


class Missing(Inputs):
    """The one list of everything that is missing (art. 10), with the day by which it is to be supplied."""

    items: list[str] = ask(
        "需补正的全部内容", "Everything that is missing", widget="lines", min_length=1, max_length=30
    )
    deadline_date: date = ask("补正期限", "To be supplied by")


class Explanation(Inputs):
    """Why the review is not finished in time, and by when it will be (art. 11)."""

    reason: str = ask("未能按期完成的原因", "Why it is not finished", widget="textarea", min_length=4, max_length=1000)
    review_by_date: date = ask("预计完成日期", "Expected by")


class Reviewed(Inputs):
    note: str = ask("形式审核意见", "Finding of the formal review", widget="textarea", min_length=4, max_length=2000)


class Refusal(Inputs):
    reason: str = ask("不予登记的理由", "Reasons", widget="textarea", min_length=4, max_length=2000)


class ObjectionFiled(Inputs):
    """By name and with evidence, while the notice stands (art. 12)."""

    reason: str = ask("异议理由", "Objection", widget="textarea", min_length=4, max_length=2000)
    evidence: list[Paper] = ask("证据", "Evidence", widget="papers", min_length=1, max_length=20)
    contact: str = ask("联系方式", "How to reach you", secret=True, min_length=4, max_length=100)


class ObjectionAnswer(Inputs):
    finding: str = ask("核实结论", "Finding", widget="textarea", min_length=4, max_length=2000)


class Code(Inputs):
    """The query code as the national platform gave it. Its form is not public: it is kept as it came and never made here."""

    code: str = ask(
        "登记结果查询码", "Query code of the result", pattern=r"^[^\s\x00-\x20]{4,60}$",
        hint=Words("按国家平台赋码原样填写", "exactly as the national platform gave it"),
    )  # fmt: skip


class Shown(Code):
    """Registered with another registrar already: the code, and the paper that shows it."""

    paper: Paper = ask("登记结果证明", "Proof of the registration", widget="paper")


class RevokeGround(Choice):
    """What a holder may have done (art. 20)."""

    FALSE = "false", "提供虚假材料或隐瞒事实取得登记", "Registered by false papers or by concealment"
    FORGED = "forged", "篡改、伪造登记结果", "The result was altered or forged"
    GAIN = "gain", "利用登记结果不当获利", "The result was used for undue gain"
    OTHER = "other", "其他违法违规行为", "Another breach"


class Revocation(Inputs):
    grounds: list[RevokeGround] = ask("撤销情形", "Grounds", widget="checkboxes", min_length=1, max_length=4)
    reason: str = ask("认定的事实和理由", "Facts and reasons", widget="textarea", min_length=4, max_length=2000)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Applied(Inputs):
    """Which finished matter the house carries out."""

    matter: int = ask("事项编号", "Number of the matter", ge=1)


class Delivered(Inputs):
    """For the house: which delivery was the first of which resource."""

    resource: int = ask("数据资源", "Resource", ge=1)
    transfer: int = ask("交付", "Delivery", ge=1)
