"""Public data of the sample market: a metro's, a health department's and a land bureau's are registered, the last is operated.

Plan → selection under seal → agreement → registration → product → disclosure; the data is real (see data/README.md), the bodies are invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tongqu.demo.cast import PUBLIC
from tongqu.exchange.bedrock import calendar
from tongqu.exchange.bedrock.procedures import HOUSE, local_day, visible
from tongqu.exchange.registry import catalogue, grading
from tongqu.exchange.registry.authorisation import (
    OPERATION_AGREEMENT,
    OPERATION_BID,
    OPERATION_CONCESSION,
    OPERATION_DISCLOSURE,
    OPERATION_PLAN,
    OPERATOR_SELECTION,
)
from tongqu.exchange.registry.publicdata import PUBLIC_REGISTRATION
from tongqu.exchange.trading.listings import LISTING

if TYPE_CHECKING:
    from tongqu.demo.history import History

# Source, holder, name, summary, where it comes from, since when.
REGISTERED = (
    ("land-deals", "land", "示例市国有土地供应结果数据", "国有土地供应的位置、面积、用途、供应方式与成交价格", "duty", "authorised", date(2018, 12, 1)),
    ("epidemic-daily", "health", "示例省分市州疫情逐日数据", "各市州逐日累计确诊、疑似、治愈与死亡人数", "duty", "open", date(2019, 12, 1)),
    ("metro-lines", "metro", "示例市轨道交通线路车站数据", "轨道交通各线路的车站次序与站名", "service", "open", date(2018, 1, 1)),
)  # fmt: skip
BIDS = {
    "operator": (3_000_000_00, "建成核验产品三项，数据不出域，半年披露"),
    "billing": (2_800_000_00, "结合支付场景提供地块周边活跃度核验"),
    "developer": (2_500_000_00, "面向城市服务提供宗地信息核验"),
}


class Operation:
    """Told in four parts, between the other chapters: its clocks run meanwhile."""

    def __init__(self, history: History) -> None:
        self.history, self.town = history, history.town
        self.registrations: dict[str, int] = {}
        self.bids: dict[str, int] = {}

    def begin(self) -> None:
        """Three registrations are applied for and publicised; the land bureau plans, and calls for bids."""
        town = self.town
        for member in PUBLIC:
            town.admit(member)
        for source, holder, name, summary, kind, access, since in REGISTERED:
            town.later(minutes=20)
            self.registrations[source] = self._apply(
                source, holder, data_name=name, summary=summary, source=kind, access=access, time_from_date=since
            )
        for made in self.registrations.values():
            town.later(minutes=30)
            town.act(PUBLIC_REGISTRATION, "accept", made, "institute")
            town.act(PUBLIC_REGISTRATION, "publicise", made, "institute", note="七类材料齐全，形式符合（示例）")
        self._plan()

    def _apply(self, data: str, holder: str, **changes: Any) -> int:
        town = self.town
        paper = town.paper("登记材料（示例）", holder)
        return town.begin(
            PUBLIC_REGISTRATION, holder, registrar=town.parties["institute"], resource=self.history.resources[data],
            **{
                "contact_name": "示例联系人", "contact_phone": "027-00000000", "contact_address": "示例路 1 号",
                "identity_paper": paper, "commitment_paper": paper, "source": "duty",
                "source_text": "依法履行职责或提供公共服务中采集产生（示例）", "source_papers": [paper], "access": "authorised",
                "frequency": "day", "records": 177, "volume_bytes": 60_000, "storage": "示例公共数据资源平台",
                "evidence_by": "house", "products": ["宗地供应方式核验", "逐日数据开放"], "scenarios": ["不动产尽职调查", "公共服务"],
                "risk_by": "示例安全评估中心", "risk_date": local_day(town.now), "risk_text": "风险可控，按年复评（示例）",
                "risk_paper": paper,
            } | changes,
        )  # fmt: skip

    def _plan(self) -> None:
        town, today = self.town, local_day(self.town.now)
        paper = town.paper("会议纪要与批准文件（示例）", "land")
        plan = town.begin(
            OPERATION_PLAN, "land", name="示例市国有土地供应结果授权运营实施方案", need="不动产尽职调查、产业选址有持续需求，风险可控（示例）",
            conditions="具备数据安全能力、运营团队和合规记录（示例）", mode="by_scenario",
            resources=[self.history.resources["land-deals"]], data_text="2018 年末签订的全部供应结果，按日更新，质量已由节点测量",
            until_date=calendar.add_months(today, 54).day, course="半年内建成，逐年评价，退出时移交并删除数据（示例）",
            products=["产业：宗地供应方式核验", "公益：供应结果公开查询"], accounting="单独核算，收入按约分配（示例）",
            security="数据不出域，核验不含个人信息，有应急预案（示例）", duties="按协议约定（示例）", supervision="年度考核（示例）",
        )  # fmt: skip
        town.act(
            OPERATION_PLAN,
            "decide",
            plan,
            "land",
            meeting="示例市自然资源局党组会",
            decided_date=today,
            conclusion="同意开展授权运营",
            minutes=paper,
        )
        town.act(
            OPERATION_PLAN,
            "approve",
            plan,
            "land",
            government="示例市人民政府",
            number="示政函〔示例〕1 号",
            approved_date=today,
            paper=paper,
        )
        town.later(hours=2)
        town.act(OPERATION_PLAN, "file", plan, "authority", number="示例备-方案-001", note="已备案")
        town.later(hours=1)
        self.selection = town.begin(
            OPERATOR_SELECTION, "land", plan=plan, name="示例市国有土地供应结果运营机构选择", method="open_tender",
            requirements="按实施方案的条件，提供运营方案、产品计划和安全措施（示例）",
            criteria=[{"name": "运营方案", "points": 50}, {"name": "安全能力", "points": 30}, {"name": "报价", "points": 20}],
            bids_until_date=local_day(town.now) + timedelta(days=21),
        )  # fmt: skip
        for bidder, (offer, proposal) in BIDS.items():
            town.later(minutes=40)
            self.bids[bidder] = town.begin(
                OPERATION_BID, bidder, selection=self.selection, bid_key=f"{bidder}-sample-bid-key", offer_fen=offer,
                proposal=proposal, promises="数据不出域，接受监督考核（示例）",
            )  # fmt: skip

    def assign(self) -> None:
        """Publicity is over: the codes come from the national platform; these are samples and say so."""
        for number, made in enumerate(self.registrations.values(), 1):
            if visible(PUBLIC_REGISTRATION, HOUSE).filter(pk=made, state="passed").exists():
                self.town.act(PUBLIC_REGISTRATION, "assign", made, "institute", code=f"示例查询码-{number:04d}")

    def operate(self) -> None:
        """The bids are opened and scored; the winner agrees, catalogues its product and registers it."""
        town = self.town
        self.assign()
        town.act(OPERATOR_SELECTION, "open", self.selection, "land")
        for bidder, bid in self.bids.items():
            town.later(minutes=20)
            town.act(OPERATION_BID, "unseal", bid, bidder, bid_key=f"{bidder}-sample-bid-key")
        for place, bid in enumerate(self.bids.values()):
            for expert in ("示例专家甲", "示例专家乙", "示例专家丙"):
                town.act(
                    OPERATOR_SELECTION, "score", self.selection, "land", bid=bid, expert=expert, note="独立评审（示例）",
                    points=[{"criterion": "运营方案", "points": 45 - 4 * place}, {"criterion": "安全能力", "points": 27 - 2 * place},
                            {"criterion": "报价", "points": 18 - place}],
                )  # fmt: skip
        report = town.paper("评审报告（示例）", "land")
        town.act(
            OPERATOR_SELECTION,
            "award",
            self.selection,
            "land",
            bid=self.bids["operator"],
            report=report,
            reason="三名专家平均得分最高",
        )
        town.later(hours=3)
        self._agree()
        self._product()

    def _agree(self) -> None:
        town, today = self.town, local_day(self.town.now)
        agreement = town.begin(
            OPERATION_AGREEMENT, "land", selection=self.selection, name="示例市国有土地供应结果授权运营协议",
            resources=[self.history.resources["land-deals"]], starts_date=today,
            ends_date=calendar.add_months(today, 36).day, products=["宗地供应方式核验"], product_rules="逐项技术、安全和业务规范审核（示例）",
            platform="示例授权运营平台，操作全程留痕",
            assets="数据由实施机构管理，软件归运营机构（示例）", disclosure="每半年披露；运营机构及其关联方不得再开发",
            accounting="单独核算成本、收入和支出（示例）", ceiling_fen=50, ceiling_unit="次", security="数据不出域，有应急预案（示例）",
            assessment="每年评价，不合格的限期整改或退出（示例）", breach="按约承担（示例）", disputes="协商不成的申请仲裁（示例）",
            changes="书面变更，重大变更重新备案（示例）",
        )  # fmt: skip
        self.agreement = agreement
        town.act(OPERATION_AGREEMENT, "propose", agreement, "land")
        for act, signer in (("sign", "operator"), ("countersign", "land")):
            town.later(minutes=45)
            town.act(OPERATION_AGREEMENT, act, agreement, signer)
        town.act(OPERATION_AGREEMENT, "file", agreement, "authority", number="示例备-协议-001", note="已备案")
        town.act(OPERATION_AGREEMENT, "bring_into_force", agreement, "land")
        town.act(
            OPERATION_AGREEMENT,
            "book",
            agreement,
            "operator",
            kind="cost",
            amount_fen=12_800_000,
            booked_date=today,
            text="授权运营平台接入（示例）",
        )

    def _product(self) -> None:
        """Catalogued from the operator's source, graded, listed for verification, and applied for in the register."""
        town, history = self.town, self.history
        resource = town.begin(
            catalogue.RESOURCE, "operator", name="宗地供应方式核验", kind="enterprise", class_code="309004", class_name="主题",
            group_name="国土", heading_name="土地供应", abstract="按电子监管号核验宗地的供应方式；由授权运营的公共数据加工。", format="spreadsheet",
            items=[{"name": "idnumber", "type": "text"}, {"name": "supply", "type": "text"}], sharing="none", opening="closed",
            cycle="day", node=int(history.node.number), source="land-check",
        )  # fmt: skip
        history.resources["land-check"] = resource
        town.act(catalogue.RESOURCE, "measure", resource, "operator")
        history.node.sync(3)
        graded = grading.preparing(resource)
        assert graded is not None
        marks = [{"name": one.name, "kind": "none"} for one in grading.dossier(graded).elements]
        reasons = {f"{name}_reason": "供应结果已依法公开" for name in grading.OBJECTS}
        degrees = {name: "general" if name == "organisation" else "none" for name in grading.OBJECTS}
        town.act(
            grading.GRADING,
            "propose",
            graded,
            "operator",
            industry="S92",
            business="宗地核验",
            elements=marks,
            **degrees,
            **reasons,
        )
        town.act(grading.GRADING, "confirm", graded, "exchange", note="与内容相符（示例）")
        product = town.begin(
            LISTING, "operator", resource=resource, name="宗地供应方式核验", mode="verification", public_data=True,
            summary="输入电子监管号，回答该宗地是否以挂牌方式出让（是、否、无记录）。由授权运营的公共数据加工。",
            source_statement="示例市自然资源局授权运营的国有土地供应结果。", commitments=["source", "rights", "quality", "prohibited"],
            question="listed-supply", price_kind="call", price_micro_yuan=300_000, price_basis="不高于协议约定的上限收费标准",
            purposes=["planning", "research"], period_days=180, calls_max=1_000, inspection_days=5,
        )  # fmt: skip
        history.products["land"] = product
        town.act(LISTING, "submit", product, "operator")
        town.act(LISTING, "approve", product, "exchange", note="授权运营产品，以核验方式提供（示例）")
        self.product = made = self._apply(
            "land-check", "operator", what="product", operating_until_date=calendar.add_months(local_day(town.now), 36).day,
            data_name="宗地供应方式核验", summary="按电子监管号核验宗地供应方式的产品", source="operation", time_from_date=date(2018, 12, 1),
        )  # fmt: skip
        town.act(PUBLIC_REGISTRATION, "accept", made, "institute")
        town.act(PUBLIC_REGISTRATION, "publicise", made, "institute", note="产品登记材料齐全（示例）")

    def disclose(self) -> None:
        """The product has its code; both sides disclose; a developer waits for its concession, a registration for objections."""
        town = self.town
        if visible(PUBLIC_REGISTRATION, HOUSE).filter(pk=self.product, state="passed").exists():
            town.act(PUBLIC_REGISTRATION, "assign", self.product, "institute", code="示例查询码-0004")
        made = self._apply(
            "epidemic-by-city",
            "health",
            data_name="示例省分市州疫情直报数据",
            summary="各市州逐日直报的疫情汇总数",
            time_from_date=date(2019, 12, 1),
        )
        town.act(PUBLIC_REGISTRATION, "accept", made, "institute")
        town.act(PUBLIC_REGISTRATION, "publicise", made, "institute", note="材料齐全，形式符合（示例）")
        for row in visible(OPERATION_DISCLOSURE, HOUSE).filter(agreement=self.agreement).order_by("side"):
            who, text = (
                ("land", "授权一家机构运营一项资源") if row.side == "implementer" else ("operator", "上架一项核验产品")
            )
            town.act(OPERATION_DISCLOSURE, "publish", row.pk, who, text=f"{text}（示例）")
        town.begin(
            OPERATION_CONCESSION, "developer", agreement=self.agreement, scenario="商业选址宗地核验", products=["选址核验报告"],
            resources=[self.history.resources["land-deals"]], plan="在授权运营平台内开发，数据不出域（示例）",
            until_date=calendar.add_months(local_day(town.now), 12).day,
        )  # fmt: skip
