"""Data assets of the sample market: a steel works with assets of all three classes, its costs, a pledge, a value, a look, a radar.

Nothing here is an opinion of an accountant or an appraiser; every voucher is a sample and says so.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tongqu.exchange.bedrock.procedures import HOUSE, local_day, visible
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.assets import (
    ASSET_RECOGNITION,
    COST_VALUATION,
    DATA_ASSET,
    INCOME_VALUATION,
    MARKET_VALUATION,
    PLATFORM_INVOICE,
)
from tongqu.exchange.registry.entrusted import ASSET_MANDATE
from tongqu.exchange.registry.maturity import MATURITY_ASSESSMENT
from tongqu.exchange.registry.pledges import RIGHT_PLEDGE

if TYPE_CHECKING:
    from tongqu.demo.history import History

READY = date(2026, 9, 1)
# Levels as a firm of this kind might see itself, domain by domain; the last item of each differs.
LEVELS = {
    "strategy": "223", "governance": "332", "architecture": "2233", "application": "343", "security": "443",
    "quality": "3323", "standards": "2321", "lifecycle": "3222",
}  # fmt: skip


class Holding:
    """Told after the trades, so that there are bills to allot and sales to compare with."""

    def __init__(self, history: History) -> None:
        self.history, self.town = history, history.town
        self.assets: dict[str, int] = {}

    def tell(self) -> None:
        town = self.town
        self._processed()
        for source, by in (
            ("steel-power", "steel"),
            ("air-quality", "steel"),
            ("load-classes", "steel"),
            ("bank-credit", "bank"),
        ):
            town.later(minutes=20)
            self.assets[source] = town.begin(
                DATA_ASSET, by, resource=self.history.resources[source], officer="示例·首席数据官", department="数据管理部",
            )  # fmt: skip
        self._recognise("steel-power", "steel", purpose="own_use", way="developed", useful_months=36, ready_date=READY)
        self._recognise("load-classes", "steel", purpose="sale", way="developed")
        self._recognise("air-quality", "steel", purpose="other", way="other")
        self._recognise("bank-credit", "bank", purpose="own_use", way="developed", useful_months=24, ready_date=READY)
        for source, item, fen, number in (
            ("steel-power", "development", 18_600_000, "示例-201"), ("steel-power", "clean", 4_250_000, "示例-202"),
            ("steel-power", "register", 300_000, "示例-203"), ("steel-power", "storage", 960_000, "示例-204"),
            ("load-classes", "label", 2_400_000, "示例-205"), ("load-classes", "integrate", 1_150_000, "示例-206"),
            ("air-quality", "visualise", 380_000, "示例-207"),
        ):  # fmt: skip
            self._book(source, item, fen, number)
        self._mistake()
        self._allot()
        self._value()
        self._pledge()
        self._assess()
        town.begin(
            ASSET_MANDATE, "steel", viewer=town.parties["bank"], assets=[self.assets["steel-power"]],
            parts=["ledger", "values", "quality", "rights"], purpose="流动资金贷款审查（示例）",
            until_date=local_day(town.now) + timedelta(days=90),
        )  # fmt: skip

    def _processed(self) -> None:
        """A third resource of the steel works: what it has classed, to be sold as it is."""
        town = self.town
        resource = town.begin(
            catalogue.RESOURCE, "steel", name="2018年用电负荷分类（整理版）", kind="enterprise", class_code="306012",
            class_name="主题", group_name="能源", heading_name="用电", abstract="按负荷类型整理标注的 15 分钟级用电记录。",
            format="spreadsheet", items=[{"name": "Load_Type", "type": "text"}, {"name": "Usage_kWh", "type": "number"}],
            sharing="none", opening="closed", cycle="year", node=int(self.history.node.number), source="load-classes",
        )  # fmt: skip
        self.history.resources["load-classes"] = resource
        town.act(catalogue.RESOURCE, "measure", resource, "steel")
        self.history.node.sync(3)

    def _recognise(self, source: str, by: str, **answers: Any) -> None:
        town = self.town
        made = town.begin(
            ASSET_RECOGNITION, by, **{
                "asset": self.assets[source], "owned": True, "owned_reason": "生产经营中采集，持有登记凭证或采集台账（示例）",
                "benefits": True, "benefits_reason": "用于节能调度或对外提供（示例）", "measurable": True,
                "measurable_reason": "逐笔有凭证（示例）", "business_model": "企业内部使用或在本所出售（示例）",
                "consumption": "在使用寿命内均匀消耗（示例）", "life_reason": "按数据时效估计（示例）", **answers,
            },
        )  # fmt: skip
        town.later(minutes=30)
        town.act(ASSET_RECOGNITION, "conclude", made, by)

    def _book(self, source: str, item: str, fen: int, number: str) -> int:
        town = self.town
        town.later(minutes=10)
        booked = town.act(
            DATA_ASSET, "book", self.assets[source], "steel", item=item, amount_fen=fen, incurred_date=local_day(town.now),
            voucher=number, paper=town.paper(f"发票 {number}（示例）", "steel"), text="示例支出",
        )  # fmt: skip
        return int(booked.data["line"])

    def _mistake(self) -> None:
        """Booked to the wrong item, reversed by a line of its own, booked anew."""
        line = self._book("load-classes", "training", 200_000, "示例-208")
        self.town.act(DATA_ASSET, "reverse", self.assets["load-classes"], "steel", line=line, reason="项目选错（示例）")
        self._book("load-classes", "clean", 200_000, "示例-208")

    def _allot(self) -> None:
        """The fee of the bank's sale is selling expense; other bills wait for whoever they are for."""
        town = self.town
        rows = visible(PLATFORM_INVOICE, HOUSE).filter(party=town.parties["bank"], kind="fee", state="received")
        for row in rows.order_by("pk")[:1]:
            part = {"asset": self.assets["bank-credit"], "item": "selling", "amount_fen": row.amount_fen}
            town.act(PLATFORM_INVOICE, "allot", row.pk, "bank", parts=[part])

    def _value(self) -> None:
        town, today = self.town, local_day(self.town.now)
        told: dict[str, Any] = {"base_date": today, "purpose": "内部管理参考（示例）"}
        made = town.begin(
            COST_VALUATION, "steel", asset=self.assets["steel-power"], **told, delta="1.15", delta_source="stated",
            delta_basis="数据连续完整，采集设备每年检定（示例）",
            components=[
                {"kind": "direct", "amount_fen": 22_850_000, "source": "ledger", "basis": "台账：开发与清洗"},
                {"kind": "early", "amount_fen": 3_000_000, "source": "stated", "basis": "前期规划投入（示例）"},
                {"kind": "tax", "amount_fen": 300_000, "source": "ledger", "basis": "台账：登记结算"},
            ],
        )  # fmt: skip
        town.later(minutes=30)
        town.act(COST_VALUATION, "issue", made, "steel")
        town.begin(
            INCOME_VALUATION, "steel", asset=self.assets["load-classes"], **told, kind="share", rate="9.5",
            rate_source="stated", rate_basis="同类业务要求的回报率（示例）",
            years=[
                {"income_fen": fen, "share": "35", "source": "stated", "basis": "销售计划（示例）"}
                for fen in (12_000_000, 10_000_000, 6_000_000)
            ],
        )  # fmt: skip
        sales = visible(PLATFORM_INVOICE, HOUSE).filter(party=town.parties["bank"], kind="sale").order_by("pk")[:2]
        if sales:
            ratios = {
                "quality": "1.05",
                "demand": "1",
                "moment": "0.98",
                "volume": "1.2",
                "other": "1",
                "basis": "与本资产相近（示例）",
            }
            town.begin(
                MARKET_VALUATION, "bank", asset=self.assets["bank-credit"], **told,
                comparables=[{"invoice": one.pk, **ratios} for one in sales],
            )  # fmt: skip

    def _pledge(self) -> None:
        """The steel works pledges its right to the bank; a second offer waits for the lender."""
        town = self.town
        right = self.history.rights["steel-power"]
        for secured, fen in (("bank", 500_000_000), ("billing", 120_000_000)):
            made = town.begin(
                RIGHT_PLEDGE, "steel", registration=right, kind="pledge", secured=town.parties[secured], amount_fen=fen,
                until_date=local_day(town.now) + timedelta(days=365), terms="为流动资金贷款提供质押担保（示例）",
                paper=town.paper(f"质押合同 {fen // 100} 元（示例）", "steel"),
            )  # fmt: skip
            if secured == "bank":
                town.later(hours=1)
                town.act(RIGHT_PLEDGE, "agree", made, "bank")

    def _assess(self) -> None:
        town = self.town
        answers = {
            f"{domain}_{number}": level for domain, levels in LEVELS.items() for number, level in enumerate(levels, 1)
        }
        made = town.begin(
            MATURITY_ASSESSMENT, "steel", scope="生产、用电与环境监测数据", assessed_date=local_day(town.now), public=True,
            **answers, **{f"{domain}_evidence": "制度文件、台账和检查记录（示例）" for domain in LEVELS},
        )  # fmt: skip
        town.later(minutes=30)
        town.act(MATURITY_ASSESSMENT, "state", made, "steel")
