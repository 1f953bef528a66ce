"""Standards of data elements, two offices that claim the same source, and what enterprises say they have (sample market).

The standards are samples: real ones are adopted by the data authority that uses the exchange.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tongqu.demo.cast import OFFICES
from tongqu.demo.town import HouseNode, Town, moment
from tongqu.exchange.bedrock.procedures import begin, local_day, perform, visible
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.elements import ELEMENT, SOURCE_CLAIM, SOURCE_CONFLICT
from tongqu.exchange.registry.survey import SUPPLY_ENTRY, SURVEY, SURVEY_ANSWER

SAMPLE = "（示例标准，仅供演示）"
SEX = [
    {"code": "0", "name": "未知的性别"},
    {"code": "1", "name": "男性"},
    {"code": "2", "name": "女性"},
    {"code": "9", "name": "未说明的性别"},
]
# Identifier, name, other names, definition, type, longest, format, code list, standard cited.
STANDARDS: tuple[tuple[str, str, list[str], str, str, int | None, str, list[dict[str, str]], str], ...] = (
    ("SLDE0001", "统一社会信用代码", ["信用代码", "uscc"], "法人和其他组织的唯一标识代码", "text", 18, "an18", [], "GB 32100-2015"),
    ("SLDE0002", "公民身份号码", ["身份证号", "身份证号码"], "公民的唯一身份代码", "text", 18, "an18", [], "GB 11643-1999"),
    ("SLDE0003", "行政区划代码", ["city_code", "区划代码", "地区代码"], "县级以上行政区划的代码", "text", 6, "n6", [], "GB/T 2260-2007"),
    ("SLDE0004", "性别代码", ["性别", "SEX"], "人的性别的代码", "text", 1, "n1", SEX, "GB/T 2261.1-2003"),
    ("SLDE0005", "确诊病例数", ["confirmed", "累计确诊"], "截至统计日的确诊病例数", "whole", None, "n..9", [], ""),
    ("SLDE0006", "治愈病例数", ["cured", "累计治愈"], "截至统计日的治愈病例数", "whole", None, "n..9", [], ""),
    ("SLDE0007", "统计日期", ["date", "日期"], "数据所统计的日期", "date", None, "YYYY-MM-DD", [], "GB/T 7408"),
    ("SLDE0008", "机构名称", ["单位名称", "企业名称"], "经登记的机构全称", "text", 100, "an..100", [], ""),
    ("SLDE0009", "国民经济行业代码", ["行业代码"], "国民经济行业分类的代码", "text", 5, "an..5", [], "GB/T 4754-2017"),
    ("SLDE0010", "经度", ["longitude", "lng"], "地理位置的东西坐标", "number", None, "n..12,6", [], ""),
    ("SLDE0011", "纬度", ["latitude", "lat"], "地理位置的南北坐标", "number", None, "n..12,6", [], ""),
    ("SLDE0012", "用电量", ["Usage_kWh"], "计量时段内的用电量，千瓦时", "number", None, "n..12,2", [], ""),
)  # fmt: skip
ITEMS = (
    ("date", "date"), ("province_code", "text"), ("province", "text"), ("city_code", "text"), ("city", "text"),
    ("confirmed", "whole"), ("suspected", "whole"), ("cured", "whole"), ("dead", "whole"),
)  # fmt: skip
HELD: dict[str, list[tuple[str, str, str, str, str, bool]]] = {
    "bank": [("对公客户行业分布", "按行业统计的对公客户数", "J66", "month", "share", True)],
    "steel": [
        ("高炉炉温监测", "每分钟炉温与风量，来自产线传感器", "C31", "realtime", "trade", True),
        ("能源消耗台账", "各工序电、煤气、蒸汽消耗", "C31", "day", "none", False),
    ],
    "metro": [("分站进出站客流", "各车站每半小时进出站人次", "G54", "realtime", "trade", True)],
    "lender": [("小微贷款申请统计", "按行业与地区的申请笔数与金额", "J66", "month", "share", True)],
    "grid": [("充电桩运行状态", "各充电站在用、空闲与故障桩数", "D44", "realtime", "open", True)],
}
VOLUNTARY: dict[str, tuple[str, str, str, str, str, bool]] = {
    "billing": ("商户经营活跃度", "按商圈统计的商户交易活跃度指数", "I64", "week", "trade", True),
    "grid": ("光伏发电出力", "分布式光伏逐时出力", "D44", "day", "trade", True),
    "metro": ("车站设施台账", "电梯、闸机数量与位置，咨询电话 13800000000", "G54", "year", "open", True),
}
CONTACT = {"contact_name": "示例联系人", "contact_phone": "027-00000000"}


def _data_set(one: tuple[str, str, str, str, str, bool]) -> dict[str, Any]:
    name, description, industry, cycle, willing, public = one
    return {
        "name": name, "description": description, "industry": industry, "kind": "enterprise", "cycle": cycle,
        "willing": willing, "public": public,
    }  # fmt: skip


class Society:
    """Told in a morning of the second week; what stays open is begun at the end."""

    def __init__(self, town: Town, node: HouseNode) -> None:
        self.town, self.node = town, node
        self.elements: dict[str, int] = {}
        self.resources: dict[str, int] = {}

    def tell(self) -> None:
        for office in OFFICES:
            self.town.admit(office)
        self.adopt_standards()
        self.catalogue()
        self.dispute()
        self.ask_enterprises()

    def adopt_standards(self) -> None:
        """The worker looks once, after all of them."""
        by, at = self.town.actor("authority"), self.town.now
        for identifier, name, aliases, definition, kind, longest, form, codes, cited in STANDARDS:
            made = begin(
                ELEMENT, by=by, at=at, identifier=identifier, name=name, aliases=aliases, definition=definition + SAMPLE, type=kind,
                length_max=longest, format=form, codes=codes, standard=cited, scope="unified",
            ).subject  # fmt: skip
            perform(ELEMENT, "adopt", made, by=by, at=at)
            self.elements[identifier] = made
        self.town.settle()

    def catalogue(self) -> None:
        """Both offices hold the same daily figures by city."""
        for holder, source, kind in (
            ("cityhealth", "epidemic-city", "government"),
            ("monitor", "epidemic-monitor", "public_institution"),
        ):
            made = self.town.begin(
                catalogue.RESOURCE, holder, name="分市州疫情逐日统计", kind=kind, class_code="309001", class_name="主题",
                group_name="卫生", heading_name="疫情", abstract="分市州确诊、治愈与死亡病例的逐日累计数。", format="spreadsheet",
                items=[{"name": name, "type": of} for name, of in ITEMS], sharing="conditional",
                sharing_condition="疫情防控使用", opening="open", cycle="day", node=int(self.node.number), source=source,
            )  # fmt: skip
            self.town.act(catalogue.RESOURCE, "measure", made, holder)
            self.resources[holder] = made
        self.node.sync(3)

    def claim(self, holder: str, identifier: str, item: str, ground: str, role: str = "source") -> None:
        source = role == "source"
        self.town.begin(
            SOURCE_CLAIM, holder, element=self.elements[identifier], resource=self.resources[holder], item=item, role=role,
            region="420100" if source else "", ground=ground if source else "",
        )  # fmt: skip

    def dispute(self) -> None:
        """Cured cases: the centre claims what the office is the source of; decided for the office's own registry."""
        self.claim("cityhealth", "SLDE0006", "cured", "传染病报告信息由卫健部门汇总（示例）")
        self.claim("cityhealth", "SLDE0007", "date", "", role="user")
        self.claim("monitor", "SLDE0003", "city_code", "", role="user")
        self.claim("monitor", "SLDE0006", "cured", "监测系统每日直接采集（示例）")
        (case,) = self._cases()
        for side, said in (
            ("cityhealth", "医疗机构的出院结论报送至我方，口径统一。"),
            ("monitor", "我方逐日采集，更新更快。"),
        ):
            self.town.later(minutes=10)
            self.town.act(SOURCE_CONFLICT, "state", case, side, statement=said)
        self.town.later(minutes=30)
        self.town.act(
            SOURCE_CONFLICT, "decide", case, "authority", outcome="incumbent",
            reason="治愈以医疗机构出院结论为准，由汇总该结论的部门作为数源；监测数据作为使用方核对。",
        )  # fmt: skip

    def _cases(self) -> list[int]:
        rows = visible(SOURCE_CONFLICT, self.town.actor("authority")).filter(state="opened")
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def ask_enterprises(self) -> None:
        """One survey that ends by its clock, and what is entered without being asked."""
        made = self._launch("2026年企业数据资源调查（示例）", days=20)
        for holder, held in HELD.items():
            answers = visible(SURVEY_ANSWER, self.town.actor(holder)).filter(survey_id=made)
            perform(
                SURVEY_ANSWER, "answer", answers.get().pk, by=self.town.actor(holder), at=self.town.now,
                data_sets=[_data_set(one) for one in held], **CONTACT,
            )  # fmt: skip
        for holder, one in VOLUNTARY.items():
            begin(SUPPLY_ENTRY, by=self.town.actor(holder), at=self.town.now, **_data_set(one), **CONTACT)
        self.town.settle()

    def _launch(self, name: str, *, days: int) -> int:
        made = self.town.begin(
            SURVEY, "authority", name=name, purpose="了解各单位持有的数据资源和供给意愿，编制供给清单。",
            kinds=["private", "state_owned"], regions=["420000"],
        )  # fmt: skip
        closes = local_day(self.town.now) + timedelta(days=days)
        self.town.act(SURVEY, "launch", made, "authority", closes_date=closes)
        return made

    def leave_open(self) -> None:
        """A dispute in which one side has spoken, a revision to adopt, and a survey that is being answered."""
        town = self.town
        town.at(moment(11, 20, 16))
        self.claim("monitor", "SLDE0005", "confirmed", "监测系统每日直接采集（示例）")
        self.claim("cityhealth", "SLDE0005", "confirmed", "传染病报告信息由卫健部门汇总（示例）")
        (case,) = self._cases()
        town.act(SOURCE_CONFLICT, "state", case, "monitor", statement="确诊由实验室检测得出，我方为检测汇总单位。")
        identifier, name, aliases, definition, kind, longest, form, codes, cited = STANDARDS[7]
        town.begin(
            ELEMENT, "monitor", identifier=identifier, name=name, aliases=[*aliases, "法人名称"], definition=definition + SAMPLE,
            type=kind, length_max=longest, format=form, codes=codes, standard=cited, scope="unified",
        )  # fmt: skip
        self._launch("重点行业数据资源调查（示例）", days=30)
