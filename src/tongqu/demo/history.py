"""What has happened in the sample market in the last months: one trade finished, one waiting at each step.

The dates are simulated and every page of the market says so; the acts, the signatures, the node's receipts, the ledger
and the log are not.
"""

from __future__ import annotations

import base64
import csv
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tongqu.demo import consenting, departments, granting, holding, measuring, opening, operating, trusting
from tongqu.demo.cast import MEMBERS, OPERATOR
from tongqu.demo.elsewhere import Neighbour
from tongqu.demo.society import Society
from tongqu.demo.town import Town, moment
from tongqu.exchange.bedrock.procedures import Refused, local_day
from tongqu.exchange.members import credentials, mandates, nodes
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry import catalogue, dealings, grading, ownership
from tongqu.exchange.registry.registrars import REGISTRAR_DOSSIER
from tongqu.exchange.trading import contracts, delivery, negotiation
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.treasury import deposits
from tongqu.exchange.treasury.payout import PAYOUT
from tongqu.exchange.treasury.sharing import SHARE_PLAN
from tongqu.wire.permit import new_token, token_digest
from tongqu.wire.seals import Ed25519Signer

DATA = Path(__file__).parent / "data"
Say = Callable[[str, str], None]

RESOURCES: dict[str, dict[str, Any]] = {
    "bank-credit": {
        "holder": "bank", "name": "信用卡客户违约记录", "class_code": "305021", "class_name": "主题", "group_name": "金融",
        "heading_name": "信用", "abstract": "信用卡客户授信额度与下月是否逾期，客户编号为匿名编号。", "cycle": "month", "personal": True,
    },
    "steel-power": {
        "holder": "steel", "name": "2018年15分钟级用电量", "class_code": "306012", "class_name": "主题", "group_name": "能源",
        "heading_name": "用电", "abstract": "一家钢铁企业 2018 年每 15 分钟的用电量、功率因数与负荷类型。", "cycle": "year",
    },
    "metro-stations": {
        "holder": "metro", "name": "轨道交通站点与线路", "class_code": "307003", "class_name": "主题", "group_name": "交通",
        "heading_name": "轨道", "abstract": "轨道交通车站名称、坐标与所属线路。", "cycle": "year",
    },
    "charging-stations": {
        "holder": "grid", "name": "充电站分布", "class_code": "306015", "class_name": "主题", "group_name": "能源",
        "heading_name": "充电", "abstract": "电动汽车充电站的位置与快慢充桩数。", "cycle": "month",
    },
    "air-quality": {
        "holder": "steel", "name": "厂区周边空气质量日均值", "class_code": "308001", "class_name": "主题", "group_name": "环境",
        "heading_name": "空气", "abstract": "十二个监测站的空气质量与气象日均值。", "cycle": "day",
    },
    "land-deals": {
        "holder": "land", "kind": "government", "name": "国有土地供应结果", "class_code": "309004", "class_name": "主题",
        "group_name": "国土", "heading_name": "土地供应", "cycle": "day",
        "abstract": "2018 年末签订的国有土地供应结果：位置、面积、用途、供应方式、成交价格与受让单位。",
    },
    "covid-tests": {
        "holder": "hospital", "kind": "public_institution", "name": "新冠住院患者血液检验", "class_code": "310003",
        "class_name": "主题", "group_name": "卫生", "heading_name": "检验", "cycle": "on_demand", "personal": True,
        "abstract": "375 名新冠肺炎住院患者的血液检验、年龄、性别、出入院时间与转归。",
    },
}  # fmt: skip


# How each is graded: what is harmed and how much, with the reason; the other objects are not. `kinds` of the elements that
# tell of persons; what the house suggested beyond that was judged otherwise, as the page shows.
GRADINGS: dict[str, dict[str, Any]] = {
    "bank-credit": {
        "industry": "J66", "business": "信贷客户与还款数据", "business_critical": True,
        "harms": {"organisation": ("general", "泄露会影响本行授信业务的竞争"), "person": ("general", "编号已匿名，重新识别的可能性低")},
        "kinds": {"LIMIT_BAL": "account", "SEX": "particulars", "EDUCATION": "particulars", "MARRIAGE": "particulars",
                  "AGE": "particulars", "default_next_month": "account"},
    },
    "steel-power": {
        "industry": "C31", "business": "生产用电数据",
        "harms": {"organisation": ("general", "可推知产能利用，影响经营")}, "kinds": {},
    },
    "metro-stations": {
        "industry": "G53", "business": "线网公开信息",
        "harms": {"public_interest": ("general", "内容有误会影响出行")}, "kinds": {},
    },
    "charging-stations": {
        "industry": "D44", "business": "充电设施运行数据",
        "harms": {"economy": ("serious", "全市充电设施的精确位置与容量，被破坏性利用会严重影响供电与出行"), "organisation": ("general", "影响布局与经营")},
        "kinds": {},
    },
    "air-quality": {
        "industry": "N77", "business": "环境监测数据",
        "harms": {"public_interest": ("general", "篡改会误导公众")}, "kinds": {},
    },
    "land-deals": {
        "industry": "S92", "business": "国有土地供应结果", "office": "authority",
        "harms": {"organisation": ("general", "受让单位与成交价格已依法公开，误用影响有限")}, "kinds": {},
    },
    "covid-tests": {
        "industry": "Q84", "business": "住院患者血液检验", "office": "authority",
        "harms": {"person": ("serious", "属于医疗健康信息，重新识别会损害患者权益")},
        "kinds": {"PATIENT_ID": "account", "age": "particulars", "gender": "particulars", "outcome": "health",
                  "Admission time": "health", "Discharge time": "health", "Lactate dehydrogenase": "health",
                  "High sensitivity C-reactive protein": "health", "(%)lymphocyte": "health"},
    },
    "metro-lines": {
        "industry": "G53", "business": "线网公开信息",
        "harms": {"public_interest": ("general", "内容有误会影响出行")}, "kinds": {},
    },
    "epidemic-daily": {
        "industry": "Q84", "business": "疫情汇总统计", "office": "authority",
        "harms": {"public_interest": ("general", "篡改会误导公众")}, "kinds": {},
    },
}  # fmt: skip


class History:
    """Told in order; each chapter is a few weeks."""

    def __init__(self, town: Town, say: Say) -> None:
        self.town, self.say = town, say
        self.resources: dict[str, int] = {}
        self.rights: dict[str, int] = {}
        self.products: dict[str, int] = {}
        self.buyer: dict[str, Any] = {}
        self.opened: dict[str, int] = {}

    def tell(self, config: Path) -> None:
        self.say("单位入场", "members are admitted")
        self.town.found()
        self.town.admit_all()
        node = self.town.open_node(config)
        self.node = node
        try:
            self.say("数据编目与测量", "data is catalogued and measured")
            self.catalogue()
            self.say("数据元、数源与供给登记", "elements, their sources, and the supply list")
            society = Society(self.town, node)
            society.tell()
            self.say("数据开放", "open data is released")
            opening.release(self.town, self.opened, *((DATA / _file(source)).read_bytes() for source in self.opened))
            self.say("质量与去标识化测量", "quality and hiding are measured")
            measuring.measure(self)
            self.say("公共数据登记与授权运营", "public data is registered, an operator is looked for")
            operation = operating.Operation(self)
            operation.begin()
            self.say("产权登记与公示", "rights are registered and publicised")
            self.register()
            self.say("产品上架", "products are listed")
            self.list_products()
            self.say("资金入账", "money comes in")
            self.fund()
            self.say("一笔完整交易", "one whole trade")
            self.trade()
            operation.assign()
            self.say("部门共享与回流", "departments share, data flows back")
            self.resources["epidemic-by-city"] = departments.tell(self.town, self.node)
            self.say("个人同意与撤回", "people consent and withdraw")
            with (DATA / _file("bank-credit")).open(encoding="utf-8-sig") as file:
                clients = [row["ID"] for row in csv.DictReader(file)]
            consenting.tell(self, clients)
            trusting.tell(self, clients)
            self.say("各环节待办", "something waits at every step")
            operation.operate()
            given = granting.Grants(self, operation.agreement)
            given.tell()
            self.leave_open()
            self.say("数据资产", "data assets are kept, costed and pledged")
            holding.Holding(self).tell()
            given.leave_open()
            operation.disclose()
            society.leave_open()
            Neighbour(self).tell()
            consenting.ask(self)
            self.town.at(datetime.now(tz=UTC))
        finally:
            node.close()

    # -- registry ----------------------------------------------------------------------------------------------------

    def catalogue(self) -> None:
        town = self.town
        town.at(moment(9, 8, 9))
        for source, entry in RESOURCES.items():
            town.later(minutes=20)
            (declared,) = nodes.sources(int(self.node.number), named=source)
            holder = entry["holder"]
            fields = {key: value for key, value in entry.items() if key != "holder"}
            self.resources[source] = town.begin(
                catalogue.RESOURCE, holder, format="spreadsheet",
                items=[{"name": one.name, "type": one.type} for one in declared.columns], sharing="none", opening="closed",
                node=int(self.node.number), source=source, **{"kind": "enterprise", **fields},
            )  # fmt: skip
            town.act(catalogue.RESOURCE, "measure", self.resources[source], holder)
        self.opened = opening.catalogue_open_data(town, int(self.node.number))
        self.resources |= self.opened
        self.node.sync(3)
        for source in GRADINGS:
            self.grade(source)

    def holder(self, source: str) -> str:
        """Whose resource it is."""
        return {"metro-lines": "metro", "epidemic-daily": "health"}.get(source) or str(RESOURCES[source]["holder"])

    def grade(self, source: str, **changes: Any) -> int:
        """Proposed by its holder, every element marked, and confirmed by whose office it is."""
        office = GRADINGS[source].get("office", "exchange")
        pk = self.propose_grading(source, **changes)
        self.town.later(hours=3)
        act = "confirm" if office == "exchange" else "approve"
        self.town.act(grading.GRADING, act, pk, office, note="与资源内容和测量结果相符（示例）")
        return pk

    def propose_grading(self, source: str, **changes: Any) -> int:
        """For the grading that is under way for the source."""
        town, told, holder = self.town, GRADINGS[source], self.holder(source)
        pk = grading.preparing(self.resources[source])
        assert pk is not None
        marks = [
            {"name": one.name, "kind": told["kinds"].get(one.name, "none")} for one in grading.dossier(pk).elements
        ]
        anonymous = {"anonymisation": town.paper("匿名化评估报告（示例）", holder)} if source == "bank-credit" else {}
        judged = {name: told["harms"].get(name, ("none", "不涉及")) for name in grading.OBJECTS}
        town.act(
            grading.GRADING, "propose", pk, holder, **{
                "industry": told["industry"], "business": told["business"], "elements": marks,
                "business_critical": told.get("business_critical", False),
                **{name: degree for name, (degree, _) in judged.items()},
                **{f"{name}_reason": reason for name, (_, reason) in judged.items()}, **anonymous, **changes,
            },
        )  # fmt: skip
        return pk

    def _application(self, source: str, **changes: Any) -> dict[str, Any]:
        """Form F1 for a source; `changes` say what differs."""
        town, holder = self.town, RESOURCES[source]["holder"]
        with (DATA / _file(source)).open(encoding="utf-8-sig") as file:
            rows = sum(1 for _ in file) - 1
        name = {
            "bank-credit": ("2005年", "示例省", "银行", "信用卡客户违约", "表格数据"),
            "steel-power": ("2018年", "示例市", "钢铁", "15分钟级用电量", "表格数据"),
            "metro-stations": ("2026年", "示例市", "轨道交通", "站点与线路", "表格数据"),
            "charging-stations": ("2026年", "示例市", "充电", "充电站分布", "表格数据"),
            "air-quality": ("2013至2017年", "示例市", "环境", "空气质量日均值", "表格数据"),
        }[source]
        fields: dict[str, Any] = {
            "registrar": town.parties["registrar"], "resource": self.resources[source], "applicant_type": "legal_person",
            "contact_name": "示例联系人", "contact_phone": "027-00000000", "contact_address": "示例路 1 号",
            "legal_representative": "示例负责人", "established_date": date(2010, 1, 1), "registered_address": "示例路 1 号",
            "business_scope": "示例经营范围", "subsistence": "subsisting", "name_time": name[0], "name_region": name[1],
            "name_industry": name[2], "name_content": name[3], "name_type": name[4], "overview": RESOURCES[source]["abstract"],
            "industry_code": {"bank-credit": "J66", "steel-power": "C31"}.get(source, "G54"), "origin": "own",
            "source_kind": "collected", "relation": "self", "region_scope": "city", "time_from_date": date(2018, 1, 1),
            "time_to_date": date(2018, 12, 31), "frequency": "year", "records": rows,
            "volume_bytes": (DATA / _file(source)).stat().st_size, "shapes": ["table"], "structure": "structured",
            "limit_resale": "不得转售", "rights": ["holding", "use", "operation"],
            "identity_paper": town.paper("主体身份证明（示例）", holder),
            "evidence": [{"kind": "lawful_acquisition", "paper": town.paper("数据采集台账（示例）", holder)}],
            "sample_paper": town.paper("数据样例（示例）", holder, "样例为字段说明，不含原始数据。"),
        }  # fmt: skip
        return fields | changes

    def apply(self, source: str, **changes: Any) -> int:
        return self.town.begin(ownership.OWNERSHIP, RESOURCES[source]["holder"], **self._application(source, **changes))

    def _examine(self, registration: int, heads: tuple[str, ...] = ("description", "source", "ownership")) -> None:
        finding = {
            "description": "名称、概述与节点测量的行列数一致。", "source": "采集台账齐全，来源合法。",
            "ownership": "权利主体与材料一致；同一数据的其他权利可以并存。",
        }  # fmt: skip
        evidence = [ownership.dossier(registration).form["sample_paper"]]
        for head in heads:
            self.town.later(minutes=40)
            self.town.act(
                ownership.OWNERSHIP, "find", registration, "registrar", head=head, passes=True, finding=finding[head],
                evidence=evidence,
            )  # fmt: skip

    def register(self) -> None:
        town = self.town
        town.at(moment(9, 9, 9))
        # Raw data of a department is refused with the article that says so.
        self._refused_department()
        for source in ("bank-credit", "steel-power"):
            town.later(minutes=30)
            extra: dict[str, Any] = {"personal": True} if source == "bank-credit" else {}
            if extra:
                extra["evidence"] = [
                    {"kind": kind, "paper": town.paper(title, "bank")}
                    for kind, title in (
                        ("lawful_acquisition", "数据采集台账（示例）"), ("consent", "客户授权与告知文本（示例）"),
                        ("impact_assessment", "个人信息保护影响评估（示例）"),
                    )
                ]  # fmt: skip
            self.rights[source] = self.apply(source, **extra)
        for source, day in (("bank-credit", 10), ("steel-power", 10)):
            town.at(max(town.now, moment(9, day, 14)))
            town.act(ownership.OWNERSHIP, "accept", self.rights[source], "registrar")
        town.at(moment(9, 14, 9))
        for source in ("bank-credit", "steel-power"):
            self._examine(self.rights[source])
            town.act(ownership.OWNERSHIP, "publicise", self.rights[source], "registrar")
        town.at(moment(9, 23, 9))

    def _refused_department(self) -> None:
        """Kept as a refusal, for the statistics to be honest about; nothing was registered."""
        try:
            self.apply("metro-stations", origin="duty", rights=["holding"])
        except Refused:
            self.town.settle()

    # -- trading -----------------------------------------------------------------------------------------------------

    def list_products(self) -> None:
        town = self.town
        town.at(moment(9, 23, 10))
        measuring.hide_clients(self)
        self.products["verification"] = town.begin(
            LISTING, "bank", resource=self.resources["bank-credit"], registration=self.rights["bank-credit"],
            name="信用卡客户下月逾期核验", mode="verification", personal="anonymised",
            summary="输入匿名客户编号，回答该客户下月是否逾期（是、否、无记录）。原始数据留在节点，不对外提供。",
            source_statement="本行信用卡业务中采集生成，客户编号已替换为匿名编号。",
            commitments=["source", "rights", "quality", "prohibited"], question="default-next-month",
            price_kind="call", price_micro_yuan=8_500, price_basis="参照同类核验服务报价，由提供方自主定价",
            purposes=["risk-management", "research"], period_days=180, calls_max=1_000, rate_per_minute=6_000, inspection_days=5,
            recipients_max=1, acknowledge=True,
        )  # fmt: skip
        self.products["dataset"] = town.begin(
            LISTING, "steel", resource=self.resources["steel-power"], registration=self.rights["steel-power"],
            name="2018年钢铁企业15分钟级用电量数据集", mode="dataset", watermark=True,
            summary="2018 年全年每 15 分钟一条，共 35,040 条：用电量、功率因数、碳排放与负荷类型。按固定版本交付，附哈希。",
            source_statement="本企业电能计量装置采集生成，不含个人信息。",
            commitments=["source", "rights", "quality", "prohibited"], price_kind="fixed", price_fen=120_000,
            price_basis="按采集与整理成本自主定价", purposes=["energy-saving", "research", "planning"], period_days=30,
            inspection_days=7, no_derivation=True,
        )  # fmt: skip
        self.products["api"] = town.begin(
            LISTING, "steel", resource=self.resources["steel-power"], registration=self.rights["steel-power"],
            name="钢铁企业用电负荷接口查询", mode="api", question="load-by-weekday", charge="rows",
            summary="按星期、负荷类型和用电量下限查询 15 分钟级用电记录，分页返回，功率因数只给档位；按返回的行计费。",
            source_statement="本企业电能计量装置采集生成，不含个人信息。",
            commitments=["source", "rights", "quality", "prohibited"], price_kind="call", price_micro_yuan=2_000,
            price_basis="按采集与整理成本自主定价", purposes=["energy-saving", "research", "planning"], period_days=90,
            calls_max=5_000, rate_per_minute=600, inspection_days=5,
        )  # fmt: skip
        self.products["model"] = town.begin(
            LISTING, "bank", resource=self.resources["bank-credit"], registration=self.rights["bank-credit"],
            name="信用卡客户违约概率评分", mode="model", personal="anonymised", question="credit-default",
            summary="送入客户的额度与近三月还款情况，返回下月违约概率（两位小数）。模型与训练数据留在节点，附模型卡与实测质量。",
            source_statement="模型以公开的信用卡违约数据训练，以本行客户检验。",
            commitments=["source", "rights", "quality", "prohibited"], price_kind="call", price_micro_yuan=20_000,
            price_basis="按建模与维护成本自主定价", purposes=["risk-management", "research"], period_days=180,
            calls_max=2_000, rate_per_minute=600, inspection_days=5,
        )  # fmt: skip
        self.products["report"] = town.begin(
            LISTING, "steel", resource=self.resources["air-quality"], name="厂区周边空气质量月报", mode="report",
            question="air-monthly", price_kind="call", price_micro_yuan=30_000_000, price_basis="按整理成本自主定价",
            summary="任选一月，得到该月各站点与逐日空气质量的 PDF 报告，附 SHA-256 与签名回执；不足 5 条记录的分组不公布。",
            source_statement="本企业汇集的监测站日均值，不含个人信息。",
            commitments=["source", "rights", "quality", "prohibited"], purposes=["research", "planning", "energy-saving"],
            period_days=90, calls_max=24, rate_per_minute=60, inspection_days=5,
        )  # fmt: skip
        selling = (
            ("verification", "bank"), ("dataset", "steel"), ("api", "steel"), ("model", "bank"), ("report", "steel"),
        )  # fmt: skip
        for kind, seller in selling:
            town.later(minutes=10)
            town.act(LISTING, "submit", self.products[kind], seller)
            if kind == "report":  # rests on no registered right, so the exchange looks at it
                town.act(LISTING, "approve", self.products[kind], "exchange", note="汇总数据，来源说明充分（示例）")
            town.act(LISTING, "instruct", self.products[kind], seller)
        town.later(hours=1)
        plan = town.begin(
            SHARE_PLAN, "bank", listing=self.products["verification"],
            shares=[
                {"party": town.parties["bank"], "basis_points": 7_000, "ground": "数据采集与加工"},
                {"party": town.parties["billing"], "basis_points": 3_000, "ground": "还款特征数据来源"},
            ],
        )  # fmt: skip
        town.later(hours=2)
        town.act(SHARE_PLAN, "agree", plan, "billing")

    def fund(self) -> None:
        town = self.town
        town.at(moment(9, 24, 9))
        day = local_day(town.now)
        codes = {m.key: credit_code.complete(m.first) for m in (*MEMBERS, OPERATOR)}
        lines = [
            "流水号,日期,付款人,付款账号,金额,附言",
            f"{day:%Y%m%d}000001,{day},示例小微金融科技有限公司,6222****0001,20000.00,{codes['lender']} 预存",
            f"{day:%Y%m%d}000002,{day},示例能源服务有限公司,6222****0002,900.00,{codes['grid']} 预存",
            f"{day:%Y%m%d}000003,{day},示例个体经营户,6222****0003,88.00,数据款",
            f"{day:%Y%m%d}000004,{day},示例小微金融科技有限公司,6222****0001,一万元,金额栏有误的一行",
        ]
        deposits.import_bank_file(
            "\n".join(lines).encode(), name=f"示例银行对账单{day:%Y%m%d}.csv", by=town.actor("exchange"), at=town.now
        )
        town.settle()

    def ask(self, product: str, buyer: str, **changes: Any) -> int:
        return self.town.begin(negotiation.NEGOTIATION, buyer, listing=self.products[product], **changes)

    def sign(self, deal: int, buyer: str) -> None:
        self.town.act(negotiation.NEGOTIATION, "verify", deal, buyer)

    def start(self, deal: int, buyer: str) -> tuple[int, str, str]:
        """Signs, lets the money be held and the permit reach the node; returns transfer, permit and token."""
        self.sign(deal, buyer)
        contract = contracts.contract_of(deal)
        transfer = delivery.transfer_of(contract.id)
        token = new_token()
        self.town.act(delivery.TRANSFER, "collect", transfer.id, buyer, token_sha256=token_digest(token))
        self.node.sync()
        return transfer.id, delivery.transfer(transfer.id).permit or "", token

    def use(
        self, permit: str, token: str, calls: int, first: int = 1, purpose: str = "risk-management"
    ) -> list[dict[str, Any]]:
        with (DATA / "credit_default_party_a.csv").open() as file:
            keys = [row["ID"] for row in csv.DictReader(file)][first : first + calls]
        receipts = []
        for number, key in enumerate(keys):
            if number % 50 == 0:  # the node's lease is a minute
                self.node.sync(1)
            self.town.now += timedelta(milliseconds=700)
            answer = self.node.call(
                "/v1/verify", token=token, call=str(uuid.uuid4()),
                body={"permit": permit, "purpose": purpose, "question": "default-next-month", "key": key},
            )  # fmt: skip
            assert answer.status == 200, answer.body
            receipts.append(answer.body["receipt"])
        return receipts

    def trade(self) -> None:
        """From request to payout, with 300 real calls at the node and a receipt for each."""
        town = self.town
        town.at(moment(9, 25, 9, 30))
        deal = self.ask("verification", "lender", purposes=["risk-management"])
        town.later(hours=1)
        transfer, permit, token = self.start(deal, "lender")
        town.later(days=3)
        self.node.sync()
        self.use(permit, token, 300)
        town.act(delivery.TRANSFER, "stop", transfer, "lender")
        self.node.sync(4)
        town.later(days=1)
        town.act(delivery.TRANSFER, "accept", transfer, "lender")
        self._to_be_deleted()

    def _to_be_deleted(self) -> None:
        """Rows used for a month, to be deleted within ten days of its end; nobody has attested it: overdue in November."""
        town = self.town
        deal = self.ask(
            "api", "lender", purposes=["planning"], period_days=30, calls_max=100, delete_within_days=10,
            note="用于一次性研究，期满后删除",
        )  # fmt: skip
        town.act(negotiation.NEGOTIATION, "agree", deal, "steel")
        transfer, permit, token = self.start(deal, "lender")
        asked = {"permit": permit, "purpose": "planning", "query": "load-by-weekday", "values": {"weekday": "Monday"}}
        assert self.node.call("/v1/query", token=token, call=str(uuid.uuid4()), body=asked).status == 200
        town.act(delivery.TRANSFER, "stop", transfer, "lender")
        self.node.sync(4)
        town.act(delivery.TRANSFER, "accept", transfer, "lender")

    # -- what is left for people to do -------------------------------------------------------------------------------

    def leave_open(self) -> None:
        town = self.town
        town.at(moment(11, 2, 9))
        self._buyer_keys()
        departments.leave_open(town, self.resources["epidemic-by-city"])
        town.at(moment(11, 16, 10))
        publicised = self.apply("metro-stations")
        town.later(hours=4)
        town.act(ownership.OWNERSHIP, "accept", publicised, "registrar")
        town.at(moment(11, 18, 9))
        self._examine(publicised)
        town.at(moment(11, 19, 9))
        town.act(ownership.OWNERSHIP, "publicise", publicised, "registrar")
        reviewing = self.apply("charging-stations")
        town.later(hours=5)
        town.act(ownership.OWNERSHIP, "accept", reviewing, "registrar")
        town.at(moment(11, 20, 9))
        self._examine(reviewing, ("description", "source"))
        self._inspected()
        self._deals()
        self._important_data()
        town.at(moment(11, 20, 15))
        supplement = self.apply("air-quality", rights=["holding", "use"])
        town.later(hours=1)
        town.act(
            ownership.OWNERSHIP, "list_missing", supplement, "registrar",
            items=["监测设备权属证明", "与监测站运维单位的协议"], deadline_date=local_day(town.now) + timedelta(days=10),
        )  # fmt: skip
        town.begin(PAYOUT, "lender", fen=300_000, bank="示例银行武汉分行", account="6222000000000001")
        town.newcomer()
        town.later(minutes=30)
        self.apply_again()
        self._what_follows()

    def _what_follows(self) -> None:
        """A change waits for acceptance, an objection to what was registered for its holder to be told, and the registrar's
        qualification for the authority."""
        town = self.town
        town.begin(
            REGISTRAR_DOSSIER, "registrar", kind="institution", capital_fen=0, since_date=date(2019, 3, 1),
            reviewers=[{"name": "示例·登记审查员", "since_date": date(2018, 5, 1)}], protection="示例备案42010099",
            protection_until_date=date(2027, 6, 30), clean=True, papers=[town.paper("登记机构资质材料（示例）", "registrar")],
        )  # fmt: skip
        town.begin(
            dealings.RIGHT_CHANGE, "steel", registration=self.rights["steel-power"], reason="更新频率调整",
            changes=[{"item": "frequency", "after": "月"}], papers=[town.paper("更新频率调整说明（示例）", "steel")],
        )  # fmt: skip
        town.begin(
            dealings.LATE_OBJECTION, "metro", code=str(ownership.right(self.rights["bank-credit"]).code),
            claim="登记概述与我单位共享的数据重合，请求核对来源", contact="027-00000000",
            evidence=[town.paper("数据共享记录（示例）", "metro")],
        )  # fmt: skip

    def apply_again(self) -> None:
        """A second holder of the same kind of right in other data: waits for acceptance, silence would be acceptance."""
        self.apply("steel-power", rights=["use"], name_content="15分钟级用电量（使用权）")

    def _inspected(self) -> None:
        """A delivery under inspection: the consumer has until the end of the period, then silence accepts."""
        town = self.town
        transfer, permit, token = self.start(
            self.ask("verification", "grid", purposes=["research"], calls_max=400), "grid"
        )
        self.use(permit, token, 120, first=500, purpose="research")
        town.act(delivery.TRANSFER, "stop", transfer, "grid")
        self.node.sync(4)

    def _deals(self) -> None:
        """One deal waiting for each side: an answer, a signature, money; and one in use."""
        town = self.town
        self.start(self.ask("verification", "lender", purposes=["risk-management"]), "lender")
        self.ask("dataset", "lender", price_fen=90_000, note="希望按年度框架议价")
        counter = self.ask("dataset", "grid", price_fen=100_000)
        town.later(minutes=50)
        town.act(negotiation.NEGOTIATION, "offer", counter, "steel", price_fen=110_000, note="含一次更新")
        self.ask("dataset", "lender", purposes=["energy-saving"])  # agreed at once; waits for the buyer's signature
        self.sign(self.ask("dataset", "grid", purposes=["research"]), "grid")  # signed; waits for money
        draft = town.begin(
            LISTING, "metro", resource=self.resources["metro-stations"], registration=None, name="轨道交通站点与线路数据集",
            mode="dataset", summary="车站名称、坐标与所属线路，共 277 站。用于出行规划与选址分析。",
            source_statement="由运营单位在建设和运营中采集生成。", commitments=["source", "rights", "quality", "prohibited"],
            price_kind="fixed", price_fen=30_000, purposes=["planning", "research"],
        )  # fmt: skip
        town.act(LISTING, "submit", draft, "metro")
        town.begin(
            SHARE_PLAN, "steel", listing=self.products["dataset"],
            shares=[
                {"party": town.parties["steel"], "basis_points": 8_500, "ground": "数据采集"},
                {"party": town.parties["grid"], "basis_points": 1_500, "ground": "数据清洗与整理"},
            ],
        )  # fmt: skip

    def _important_data(self) -> None:
        """What is graded as important may be verified; as a data set it is refused, and the refusal is kept."""
        town = self.town
        about: dict[str, Any] = {
            "resource": self.resources["charging-stations"], "registration": None, "purposes": ["planning"],
            "source_statement": "由运营单位在建设和运营充电站时采集生成。",
            "commitments": ["source", "rights", "quality", "prohibited"],
        }  # fmt: skip
        verified = town.begin(
            LISTING, "grid", name="充电站快充桩核验", mode="verification", question="has-fast-charging",
            summary="输入站点编号，回答该站是否有快充桩（是、否、无记录）。重要数据不出节点。", price_kind="call",
            price_micro_yuan=20_000, calls_max=500, **about,
        )  # fmt: skip
        town.act(LISTING, "submit", verified, "grid")
        town.later(minutes=20)
        town.act(LISTING, "approve", verified, "exchange", note="重要数据以核验方式提供，符合定级（示例）")
        whole = town.begin(
            LISTING, "grid", name="充电站分布数据集", mode="dataset", price_kind="fixed", price_fen=50_000,
            summary="全部充电站的位置与快慢充桩数，共一个文件。", **about,
        )  # fmt: skip
        try:
            town.act(LISTING, "submit", whole, "grid")
        except Refused:
            town.settle()
        correction = town.begin(
            grading.GRADING, "steel", resource=self.resources["air-quality"], why="correction",
            note="监测站点调整，业务分类随之更正（示例）",
        )  # fmt: skip
        assert correction == self.propose_grading("air-quality", business="厂区环境监测数据")

    def _buyer_keys(self) -> None:
        """A key for the buyer's program and a signature key of its own, for `tongqu demo trade`."""
        town = self.town
        actor = town.actor("lender", second_factor=True)
        issued = mandates.issue_key(
            by=actor, at=town.now, name="示例程序", roles=["buyer"], until_at=town.now + timedelta(days=365)
        )
        signer = Ed25519Signer.generate()
        proof = signer.sign(
            credentials.possession_text(
                person=town.people["lender"].pk, organisation=town.parties["lender"], public=signer.public_bytes
            )
        )
        credentials.register_own_key(
            by=actor, at=town.now, public=base64.b64encode(signer.public_bytes).decode(), proof=base64.b64encode(proof).decode(),
            name="示例程序签名密钥",
        )  # fmt: skip
        town.settle()
        sellers = {
            product: mandates.issue_key(
                by=town.actor(seller, second_factor=True), at=town.now, name="示例程序", roles=["supplier"],
                until_at=town.now + timedelta(days=365),
            ).secret
            for product, seller in (("verification", "bank"), ("dataset", "steel"))
        }  # fmt: skip
        town.settle()
        self.buyer = {
            "sellers": sellers,
            "api_key": issued.secret,
            "signing_seed": signer.seed.hex(),
            "products": self.products,
        }


def _file(source: str) -> str:
    return {
        "bank-credit": "credit_default_party_a.csv", "steel-power": "steel_industry_data.csv",
        "metro-stations": "wuhan_metro_stations.csv", "charging-stations": "ev_charging_stations.csv",
        "metro-lines": "wuhan_metro_line_stations.csv", "epidemic-daily": "hubei_covid_daily_by_city.csv",
        "air-quality": "air_quality_beijing12_daily.csv", "land-deals": "land_deals_20181231.csv",
        "covid-tests": "wuhan_tongji_covid_375.csv",
    }[source]  # fmt: skip
