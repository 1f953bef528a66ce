"""Form F1 (PROP35 annex 1) and what each later step of a registration asks for. No Django.

Lengths that the guideline sets (name, overview) are judged by rules with its figures; the bounds here only keep a
request small.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from tongqu.exchange.bedrock.inputs import Choice, Inputs, OptionalDay, OptionalPaper, Paper, WordsError, ask
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.ownership.data_name import DataName


class Right(Choice):
    """The three rights: independent of each other, any of them alone or together."""

    HOLDING = "holding", "数据持有权", "Right to hold"
    USE = "use", "数据使用权", "Right to use"
    OPERATION = "operation", "数据经营权", "Right to operate"


class ApplicantType(Choice):
    PERSON = "person", "自然人", "Natural person"
    LEGAL_PERSON = "legal_person", "法人", "Legal person"
    OTHER = "other", "非法人组织", "Organisation without legal personality"


class Subsistence(Choice):
    SUBSISTING = "subsisting", "存续", "In being"
    LIQUIDATION = "liquidation", "清算中", "Being wound up"
    OTHER = "other", "其他", "Other"


class Origin(Choice):
    """What stands behind the data, which decides whether it can be registered here at all (art. 15)."""

    OWN = "own", "自身生产经营或其他活动", "The holder's own business or other activity"
    DUTY = "duty", "党政机关履职产生或委托代收", "Made or collected for a party or government body in its duty"
    PUBLIC_PRODUCT = "public_product", "公共数据产品和服务", "Product made from public data"
    PUBLIC_SERVICE = "public_service", "提供公共服务产生", "Made in providing a public service"


class SourceKind(Choice):
    COLLECTED = "collected", "采集生成", "Collected or generated"
    AGREEMENT = "agreement", "协议取得", "Obtained by agreement"
    SCRAPED = "scraped", "自动化程序收集公开数据", "Public data collected by automated means"
    DERIVED = "derived", "衍生创造", "Derived"


class Relation(Choice):
    """In what position the applicant came to the data."""

    SELF = "self", "自行处理", "For itself"
    FUSED = "fused", "与他方数据融合", "Fused with data of others"
    ENTRUSTED = "entrusted", "受托处理", "Entrusted with processing"


class EvidenceKind(Choice):
    """What a paper proves; the names are those of the decision tables `property-evidence` and `property-source`."""

    LAWFUL_ACQUISITION = "lawful_acquisition", "合法取得佐证", "Proof of lawful acquisition"
    COLLECTION_RECORD = (
        "collection_record",
        "采集方式、时间和依据的说明",
        "How, when and on what basis it was collected",
    )
    CONTRACT = "contract", "取得或融合数据的合同", "Contract of acquisition or fusion"
    CONTRACT_CLAUSE = "contract_clause", "约定权利归属的合同条款", "Contract clause that assigns the right"
    COLLECTION_STATEMENT = "collection_statement", "自动化收集的来源和方式声明", "Statement on automated collection"
    NON_SUBSTITUTION = "non_substitution", "不实质性替代来源的声明", "Statement that it does not substitute the source"
    PARTNERS_CONSENT = "partners_consent", "融合其他各方的书面同意", "Written consent of the other parties"
    LINEAGE = "lineage", "来源数据及其使用权的说明", "The source data and the right to use it"
    COMPARISON = "comparison", "实质性变化和价值提升的对比说明", "Comparison showing substantive change and value"
    CONSENT = "consent", "个人同意或其他合法性基础", "Consent or another lawful basis"
    IMPACT_ASSESSMENT = "impact_assessment", "个人信息保护影响评估", "Personal information impact assessment"
    RISK_ASSESSMENT = "risk_assessment", "重要数据风险评估", "Risk assessment of important data"
    OTHER = "other", "其他", "Other"


class RegionScope(Choice):
    INTERNATIONAL = "international", "国际", "International"
    NATIONAL = "national", "全国", "National"
    PROVINCE = "province", "省级", "Province"
    CITY = "city", "市级", "City"
    COUNTY = "county", "区县级", "County"
    BELOW = "below", "区县级以下", "Below county"


class Frequency(Choice):
    """更新频率 as form F1 lists it."""

    DAY = "day", "天", "Daily"
    WEEK = "week", "周", "Weekly"
    MONTH = "month", "月", "Monthly"
    YEAR = "year", "年", "Yearly"
    ON_DEMAND = "on_demand", "按需", "On demand"
    REALTIME = "realtime", "实时", "Real time"
    OTHER = "other", "其他", "Other"


class Shape(Choice):
    IMAGE = "image", "图片", "Images"
    TEXT = "text", "文本", "Text"
    VIDEO = "video", "视频", "Video"
    AUDIO = "audio", "音频", "Audio"
    TABLE = "table", "表格", "Tables"
    OTHER = "other", "其他", "Other"


class Structure(Choice):
    STRUCTURED = "structured", "结构化", "Structured"
    SEMI = "semi", "半结构化", "Semi-structured"
    UNSTRUCTURED = "unstructured", "非结构化", "Unstructured"


class Evidence(Inputs):
    """One paper that proves something; it is kept beforehand and named here by its content hash."""

    kind: EvidenceKind = ask("材料种类", "Kind of evidence")
    paper: Paper = ask("材料", "Paper", widget="paper")
    note: str = ask("说明", "Note", default="", max_length=300)


class Application(Inputs):
    """Form F1. The applicant's name and credit code are those it was admitted with; they are not typed again.

    How to reach people is kept in the register and left out of the log, from which nothing can ever be erased.
    """

    registrar: int = ask("登记机构", "Registrar", widget="registrar", head=Words("登记事项", "The matter"))
    resource: int = ask("数据资源（目录）", "Catalogue entry", widget="resource")

    applicant_type: ApplicantType = ask("申请人类型", "Applicant's type", head=Words("申请人", "Applicant"))
    legal_representative: str = ask("法定代表人", "Legal representative", min_length=1, max_length=60)
    established_date: date = ask("注册时间", "Date of establishment")
    registered_address: str = ask("注册地址", "Registered address", min_length=2, max_length=200)
    business_until_date: OptionalDay = ask(
        "营业期限至", "Licensed until", default=None, hint=Words("长期的不填", "blank: no end")
    )
    business_scope: str = ask("经营范围", "Scope of business", widget="textarea", min_length=2, max_length=2000)
    subsistence: Subsistence = ask("存续状况", "Standing")
    contact_name: str = ask("联系人", "Contact", secret=True, min_length=1, max_length=60)
    contact_phone: str = ask("联系电话", "Telephone", secret=True, pattern=r"^\+?[0-9][0-9 -]{4,18}$")
    contact_address: str = ask("联系地址", "Address", secret=True, min_length=2, max_length=200)
    identity_paper: Paper = ask("身份佐证", "Proof of identity", widget="paper")

    name_time: str = ask(
        "数据名称：时间", "Name: time", min_length=1, max_length=60, head=Words("登记对象", "What is registered")
    )
    name_region: str = ask("数据名称：地域", "Name: region", min_length=1, max_length=60)
    name_industry: str = ask("数据名称：行业", "Name: industry", min_length=1, max_length=60)
    name_content: str = ask("数据名称：内容", "Name: content", min_length=1, max_length=60)
    name_type: str = ask("数据名称：数据类型", "Name: type of data", min_length=1, max_length=60)
    overview: str = ask("数据概述", "Overview", widget="textarea", min_length=2, max_length=4000)
    industry_code: str = ask(
        "所属行业（GB/T 4754 门类及大类）",
        "Industry (GB/T 4754 section and division)",
        pattern=r"^[A-T][0-9]{2}$",
        hint=Words("门类字母加两位大类，如 D44", "section letter and division, such as D44"),
    )
    origin: Origin = ask("数据产生", "Origin of the data")
    is_utility: bool = ask(
        "属于供水供气供热供电公共交通等公用事业单位", "Is a utility (water, gas, heat, power, transport)", default=False
    )
    public_registration_code: str = ask(
        "公共数据资源登记查询码", "Public-data registration code", default="", max_length=60
    )
    region_scope: RegionScope = ask("地域范围", "Region covered")
    region_note: str = ask("地域说明", "Region in words", default="", max_length=200)
    time_from_date: date = ask("时域范围自", "Period from")
    time_to_date: OptionalDay = ask(
        "时域范围至", "Period to", default=None, hint=Words("持续更新的不填", "blank: still growing")
    )
    frequency: Frequency = ask("更新频率", "Update frequency")
    records: int = ask("数据量（条）", "Records", ge=0, le=10**15)
    volume_bytes: int = ask("数据量（字节）", "Volume", unit="byte", ge=0, le=9 * 10**15)
    shapes: list[Shape] = ask("数据形态", "Shape", widget="checkboxes", min_length=1, max_length=6)
    structure: Structure = ask("结构", "Structure")
    sample_paper: Paper = ask("数据样例", "Sample", widget="paper")
    watermark: str = ask("数据水印", "Watermark", default="", max_length=200)
    fingerprint: str = ask("数据指纹", "Fingerprint", default="", max_length=200)

    source_kind: SourceKind = ask("数据来源", "Source of the data", head=Words("来源与合规", "Source and compliance"))
    share_requests: list[int] = ask(
        "由政务共享取得的：共享申请编号",
        "Obtained by sharing: numbers of the share requests",
        widget="lines",
        default_factory=list,
        max_length=50,
        hint=Words("没有的不填", "blank: none"),
    )
    relation: Relation = ask("与数据的关系", "Relation to the data")
    is_product: bool = ask("登记对象是加工后的产品", "It is a product made from the data", default=False)
    substitutes_source: bool = ask(
        "会实质性替代来源产品或服务", "It substitutes the source in substance", default=False
    )
    may_use_source: bool = ask("对来源数据享有使用权", "Holds the right to use the source", default=False)
    contract_assigns: bool = ask("合同约定权利归申请人", "A contract assigns the right to the applicant", default=False)
    changed_in_substance: bool = ask(
        "内容、形式或结构有实质性改变", "Content, form or structure changed in substance", default=False
    )
    much_more_valuable: bool = ask("价值显著提升", "Its value is significantly higher", default=False)
    others_consent: bool = ask(
        "融合的其他各方同意登记经营权", "The other parties consent to the right to operate", default=False
    )
    entrustment_allows: bool = ask(
        "委托合同或法律允许受托方登记", "Contract or law lets the processor register", default=False
    )
    personal: bool = ask("含个人信息", "Contains personal information", default=False)
    important: bool = ask("含重要数据", "Contains important data", default=False)
    evidence: list[Evidence] = ask("合法取得佐证", "Proof of lawful source", widget="rows", min_length=1, max_length=40)

    rights: list[Right] = ask(
        "权利类型",
        "Rights",
        widget="checkboxes",
        min_length=1,
        max_length=3,
        head=Words("权利与限制", "Rights and limits"),
    )
    right_until_date: OptionalDay = ask(
        "权利期限至", "Right until", default=None, hint=Words("无约定的不填", "blank: nothing agreed")
    )
    right_limits: str = ask("权利限制", "Limits of the right", widget="textarea", default="", max_length=400)
    right_papers: list[Paper] = ask(
        "权利证明", "Proof of the right", widget="papers", default_factory=list, max_length=20
    )
    limit_objects: str = ask("限制范围：对象类型", "Limits: who", default="", max_length=200)
    limit_qualification: str = ask("限制范围：买方资质", "Limits: buyer's qualification", default="", max_length=200)
    limit_environment: str = ask("限制范围：应用环境", "Limits: environment", default="", max_length=200)
    limit_region: str = ask("限制范围：地域", "Limits: region", default="", max_length=200)
    limit_resale: str = ask("限制范围：转售", "Limits: resale", default="", max_length=200)
    limit_export: str = ask("限制范围：出境", "Limits: export", default="", max_length=200)
    no_publicity_reason: str = ask(
        "申请不公示的理由",
        "Reason for asking not to be publicised",
        widget="textarea",
        default="",
        max_length=500,
        hint=Words("不申请的不填；由登记机构决定", "leave blank not to ask; the registrar decides"),
    )

    @property
    def data_name(self) -> DataName:
        return DataName(self.name_time, self.name_region, self.name_industry, self.name_content, self.name_type)

    @property
    def limits(self) -> dict[str, str]:
        """The limits that were stated, by kind; empty means 无."""
        kinds = ("objects", "qualification", "environment", "region", "resale", "export")
        return {kind: text for kind in kinds if (text := getattr(self, f"limit_{kind}"))}

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Application:
        if len(set(self.rights)) != len(self.rights):
            raise WordsError("权利类型重复", "a right is named twice")
        if self.time_to_date is not None and self.time_to_date < self.time_from_date:
            raise WordsError("时域范围的止期早于起期", "the period ends before it begins")
        return self


class Missing(Inputs):
    """The one list of everything that is missing (art. 17), with the day by which it must be supplied."""

    items: list[str] = ask(
        "需补正的全部内容", "Everything that is missing", widget="lines", min_length=1, max_length=30
    )
    deadline_date: date = ask("补正期限", "To be supplied by")


class MoreEvidence(Inputs):
    items: list[str] = ask("需补充的证明材料", "Evidence to be added", widget="lines", min_length=1, max_length=30)
    deadline_date: date = ask("补充期限", "To be added by")


class Added(Inputs):
    """What the applicant adds in the review: the evidence asked for, by kind."""

    evidence: list[Evidence] = ask("补充的材料", "Added evidence", widget="rows", min_length=1, max_length=40)
    note: str = ask("说明", "Note", widget="textarea", default="", max_length=1000)


class Head(Choice):
    """The three heads of the review (art. 18)."""

    DESCRIPTION = "description", "数据描述准确性", "The description is accurate"
    SOURCE = "source", "数据来源合规性", "The source complies"
    OWNERSHIP = "ownership", "数据产权明确性", "The ownership is clear"


class HeadFinding(Inputs):
    head: Head = ask("审查内容", "Head of the review")
    passes: bool = ask("审查通过", "Passes")
    finding: str = ask("审查意见", "Finding", widget="textarea", min_length=4, max_length=2000)
    evidence: list[Paper] = ask("依据的材料", "Evidence relied on", widget="papers", min_length=1, max_length=40)


class Ground(Choice):
    """The five grounds on which registration is refused (art. 22)."""

    HARM = "harm", "危害国家安全、公共利益或他人合法权益", "It harms security, the public interest or others' rights"
    SOURCE = "source", "数据来源不合法", "The source is unlawful"
    DISPUTE = "dispute", "存在尚未解决的权属纠纷", "A dispute over it is not settled"
    CONCEALED = "concealed", "隐瞒有关情况或提供虚假材料", "Something was concealed or false"
    OTHER = "other", "其他不予登记的情形", "Another case in which it is refused"


class Refusal(Inputs):
    grounds: list[Ground] = ask("不予登记的情形", "Grounds", widget="checkboxes", min_length=1, max_length=5)
    reason: str = ask("理由", "Reasons", widget="textarea", min_length=4, max_length=2000)


class Extension(Inputs):
    days: int = ask("延长工作日数", "Working days more", unit="day", ge=1, le=60)
    reason: str = ask("延长理由", "Reason", widget="textarea", min_length=4, max_length=500)


class NoPublicity(Inputs):
    reason: str = ask(
        "不公示的决定和理由", "Decision and reason not to publicise", widget="textarea", min_length=4, max_length=500
    )


class ObjectionFiled(Inputs):
    """Anyone who is known by name may object while the notice stands; an objection needs evidence (art. 25)."""

    reason: str = ask("异议理由", "Objection", widget="textarea", min_length=4, max_length=2000)
    evidence: list[Paper] = ask("证据", "Evidence", widget="papers", min_length=1, max_length=20)
    contact: str = ask("联系方式", "How to reach you", secret=True, min_length=4, max_length=100)


class ObjectionAnswer(Inputs):
    finding: str = ask("调查结论", "Finding", widget="textarea", min_length=4, max_length=2000)
    evidence: list[Paper] = ask(
        "依据的材料", "Evidence relied on", widget="papers", default_factory=list, max_length=40
    )


class Issue(Inputs):
    """Which fact of the log is the evidence, and where it stands."""

    fact: int = Field(ge=1, title="存证编号", description="Fact")
    position: int = Field(ge=0, title="存证位置", description="Position in the log")


class Print(Inputs):
    paper: Paper = ask("凭证文件", "Certificate as a file", widget="paper")


class EncumbranceKind(Choice):
    """What is noted beside a right (art. 23)."""

    AGREED = "agreed", "约定的期限或条件", "An agreed term or condition"
    SEIZED = "seized", "法院、检察院、公安机关查封", "Seized by court, procuratorate or police"
    CONTROLLED = "controlled", "行政机关临时管制", "Under temporary control of an authority"
    STATUTORY = "statutory", "法律法规规定", "By statute"
    OTHER = "other", "其他", "Other"


class Note(Inputs):
    kind: EncumbranceKind = ask("记载事项", "Kind of note")
    text: str = ask("内容", "Content", widget="textarea", min_length=2, max_length=1000)
    until_date: OptionalDay = ask("至", "Until", default=None)
    paper: OptionalPaper = ask("依据", "Basis", widget="paper", default=None)


class NoteLifted(Inputs):
    note: int = ask("记载编号", "Number of the note", ge=1)
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=500)
