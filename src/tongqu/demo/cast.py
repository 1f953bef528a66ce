"""Who takes part in the sample market. All invented; credit codes are well formed but belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.exchange.bedrock.values import Words


@dataclass(frozen=True)
class Member:
    """An organisation and the person who acts for it. `first` are the first 17 characters of its credit code."""

    key: str
    name: str
    short: str
    kind: str
    first: str
    region: str
    roles: tuple[str, ...]
    login: str
    person: str
    words: Words


OPERATOR = Member(
    "exchange", "示例数据交易场所有限公司", "示例交易所", "state_owned", "91420100MA00000E0", "420106",
    ("exchange_administrator", "finance", "reviewer"), "exchange", "示例·场所管理员",
    Words("交易场所：入场核验、上架审查、资金", "the exchange: admissions, reviews, money"),
)  # fmt: skip


@dataclass(frozen=True)
class Colleague:
    """Another person of the exchange: who asks, approves and pays are different people."""

    key: str
    login: str
    person: str
    roles: tuple[str, ...]
    words: Words


COLLEAGUES = (
    Colleague(
        "finance",
        "finance",
        "示例·结算员",
        ("finance",),
        Words("结算员：流水、账单、提现复核", "finance: bank lines, bills, payouts"),
    ),
    Colleague(
        "cashier",
        "cashier",
        "示例·出纳员",
        ("finance",),
        Words("出纳员：登记银行付款", "the cashier: records payments"),
    ),
)

MEMBERS = (
    Member("authority", "示例省数据主管部门", "示例数据局", "department", "11420000MB00000A0", "420100",
           ("regulator", "data_authority"), "regulator", "示例·监管员",
           Words("数据主管部门：定级、开放、共享、数源的裁定，兼监管", "the data authority, regulator too: gradings, releases, sharing, sources")),
    Member("registrar", "示例数据登记中心", "示例登记中心", "public_institution", "12420000MB00000R0", "420106",
           ("registrar",), "registrar", "示例·登记审查员",
           Words("登记机构：产权登记审查", "the registrar: reviews registrations")),
    Member("bank", "示例银行股份有限公司", "示例银行", "state_owned", "91420100MA00000B0", "420103",
           ("supplier", "buyer"), "bank", "示例·银行经办人",
           Words("提供方：信用核验产品", "a supplier: credit verification")),
    Member("billing", "示例支付服务有限公司", "示例支付", "private", "91420100MA00000P0", "420111",
           ("supplier", "buyer"), "billing", "示例·支付经办人",
           Words("数据来源方：参与收益分配", "a contributor: shares in the proceeds")),
    Member("steel", "示例钢铁有限公司", "示例钢铁", "private", "91420200MA00000T0", "420204",
           ("supplier", "buyer"), "steel", "示例·钢铁经办人",
           Words("提供方：用电量数据集", "a supplier: electricity data set")),
    Member("metro", "示例轨道交通集团有限公司", "示例轨道", "state_owned", "91420100MA00000M0", "420102",
           ("supplier", "buyer"), "metro", "示例·轨道经办人",
           Words("提供方：登记办理中", "a supplier: registrations under way")),
    Member("lender", "示例小微金融科技有限公司", "示例小微金融", "private", "91420100MA00000L0", "420106",
           ("buyer",), "buyer", "示例·采购经办人",
           Words("买方：核验调用、数据集", "a buyer: verification calls, data sets")),
    Member("grid", "示例能源服务有限公司", "示例能源", "private", "91420500MA00000G0", "420502",
           ("buyer", "supplier"), "grid", "示例·能源经办人",
           Words("买方：协商与异议进行中", "a buyer: negotiations under way")),
    Member("health", "示例省卫生健康主管部门", "示例省卫健", "department", "11420000MB00000H0", "420106",
           ("supplier", "buyer"), "health", "示例·卫健经办人",
           Words("提供部门：开放数据、答复共享申请、回流", "a department: open data, share requests, flow-back")),
    Member("civil", "示例省民政主管部门", "示例省民政", "department", "11420000MB00000C0", "420106",
           ("buyer",), "civil", "示例·民政经办人",
           Words("申请部门：共享申请办理中", "a department: its share requests are under way")),
    Member("cityhealth", "示例市卫生健康主管部门", "示例市卫健", "department", "11420100MB00000H0", "420100",
           ("supplier", "buyer"), "city", "示例·市卫健经办人",
           Words("市级部门：权威数源，订阅本市数据", "a city's department: a source of elements, receives its rows")),
    Member("land", "示例市自然资源局", "示例自然资源局", "department", "11420100MB00000T0", "420100",
           ("supplier",), "land", "示例·自然资源经办人",
           Words("部门：土地供应结果，质量已测量", "a department: land deals, their quality measured")),
    Member("hospital", "示例市第一医院", "示例医院", "public_institution", "12420100MB00000Y0", "420103",
           ("supplier",), "hospital", "示例·医院经办人",
           Words("医院：患者检验数据的去标识化报告", "a hospital: report on de-identification")),
)  # fmt: skip

# Admitted with the chapter on elements and their sources: it holds the same figures as the city's department.
OFFICES = (
    Member("monitor", "示例市疾病监测中心", "示例监测", "public_institution", "12420100MB00000J0", "420100",
           ("supplier",), "monitor", "示例·监测经办人",
           Words("事业单位：申报数源，争议中", "an institution: claims to be a source")),
)  # fmt: skip

# Admitted with the chapter on public data: who registers it, and who bids to operate it.
PUBLIC = (
    Member("institute", "示例省公共数据登记中心", "示例公共登记", "public_institution", "12420000MB00000D0", "420106",
           ("public_registrar",), "institute", "示例·公共数据登记员",
           Words("公共数据资源登记机构：受理、审核、公示", "the registrar of public data")),
    Member("operator", "示例数据运营股份有限公司", "示例运营", "state_owned", "91420100MA00000Y0", "420111",
           ("supplier", "buyer"), "operator", "示例·运营经办人",
           Words("运营机构：授权运营、披露、单独账目", "the operator of public data: disclosure, separate accounts")),
    Member("developer", "示例城市服务有限公司", "示例城服", "private", "91420100MA00000K0", "420107",
           ("supplier", "buyer"), "developer", "示例·开发经办人",
           Words("开发单位：申请特许开发", "a developer: asks for a concession")),
)  # fmt: skip

APPLICANT = Member(
    "newcomer", "示例医疗科技有限公司", "示例医疗", "private", "91420100MA00000N0", "420107", ("supplier", "buyer"),
    "newcomer", "示例·新申请人", Words("正在申请入场", "applying for admission"),
)  # fmt: skip

# Admitted with the chapter on data trusts: it acts for clients of the bank.
TRUSTEE = Member("trustee", "示例数据受托服务有限公司", "示例受托", "private", "91420100MA00000W0", "420106",
                 ("buyer",), "trustee", "示例·受托经办人",
                 Words("受托者：受个人委托，商定使用条件", "a trustee: acts for persons, agrees on terms"))  # fmt: skip

CITIZEN = Colleague(
    "citizen", "citizen", "示例·林某", (), Words("个人：我的数据、撤回同意、行使权利", "a person: my data, consents, rights"),
)  # fmt: skip
