"""Departments of the sample market: a request answered and provided in time, one refused and appealed, one that nobody
answered, and a city that receives its own rows of the province's data, twice."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tongqu.demo.town import HouseNode, Town, moment
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.registry import catalogue, flowback
from tongqu.exchange.registry.flowback import EDITION, SUBSCRIPTION
from tongqu.exchange.registry.provision import SHARE_REQUEST

FILE = Path(__file__).parent / "data" / "hubei_covid_daily_by_city.csv"
SOURCE = "epidemic-by-city"
NOTES = {
    "date": "日期", "province_code": "省代码", "province": "省", "city_code": "市州代码", "city": "市州",
    "confirmed": "累计确诊", "suspected": "疑似", "cured": "治愈", "dead": "死亡",
}  # fmt: skip
COUNTED = ("date", "city", "confirmed")


def tell(town: Town, node: HouseNode) -> int:
    """A month among departments, in the middle of the market's story; their resource."""
    resource = _catalogue(town, node)
    subscription = _subscribe(town, resource)
    _answered_in_time(town, resource)
    _never_answered(town, resource)
    town.at(moment(10, 26, 9))
    _deliver(town, resource, "截至2020年12月8日", date(2020, 12, 8))
    assert flowback.portions(subscription=subscription)[1] == 2
    return resource


def leave_open(town: Town, resource: int) -> None:
    """What waits: a decision of the data authority between two departments."""
    _refused_and_appealed(town, resource)


def _catalogue(town: Town, node: HouseNode) -> int:
    town.at(max(town.now, moment(10, 9, 9)))
    resource = town.begin(
        catalogue.RESOURCE, "health", name="分市州疫情逐日直报数据", kind="government", class_code="309001", class_name="主题",
        group_name="卫生健康", heading_name="疫情", abstract="2019 年 11 月至 2020 年 12 月各市州逐日累计确诊、治愈、死亡人数。",
        format="spreadsheet", items=[{"name": name, "type": "text", "note": note} for name, note in NOTES.items()],
        sharing="conditional", sharing_condition="用于疫情防控和相关救助工作", sharing_mode="文件交付或在节点查询", opening="closed",
        cycle="day", node=int(node.number), source=SOURCE,
    )  # fmt: skip
    town.act(catalogue.RESOURCE, "measure", resource, "health")
    node.sync(3)
    return resource


def _subscribe(town: Town, resource: int) -> int:
    """The city asks for its own rows; the first edition comes within days."""
    town.at(moment(10, 10, 9))
    made = town.begin(
        SUBSCRIPTION, "cityhealth", resource=resource, territory="420100", column="city_code", cycle="quarter",
        ground="本市疫情防控和历史数据分析", contact_name="示例联系人", contact_phone="027-00000000",
    )  # fmt: skip
    town.later(hours=5)
    town.act(SUBSCRIPTION, "agree", made, "health")
    town.at(moment(10, 12, 9))
    _deliver(town, resource, "截至2020年3月31日", date(2020, 3, 31))
    return made


def _deliver(town: Town, resource: int, version: str, until: date) -> None:
    """An edition of the real file up to a day, divided as the worker does it."""
    content = _table(lambda row: row["date"] <= until.isoformat(), tuple(NOTES))
    edition = town.begin(EDITION, "health", resource=resource, version=version, file=_kept(town, version, content))
    flowback.divide(edition, now=lambda: town.now)
    town.settle()


def _table(wanted: Any, columns: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    with FILE.open(encoding="utf-8-sig") as file:
        writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in csv.DictReader(file) if wanted(row))
    return text.getvalue().encode()


def _kept(town: Town, name: str, content: bytes) -> str:
    return papers.keep(content, name=f"{name}.csv", at=town.now, by=town.parties["health"]).sha256


def _ask(town: Town, resource: int, by: str, matter: str, **changes: Any) -> int:
    asked = {
        "resource": resource, "matter": matter, "ground_kind": "duty", "ground": "部门职责规定：核对救助对象所在地疫情情况（示例）",
        "items": list(COUNTED), "ground_items": list(COUNTED), "mode": "file", "frequency": "once",
        "until_date": local_day(town.now) + timedelta(days=365), "safeguards": "专人保管，不出办公内网，操作留痕",
        "contact_name": "示例联系人", "contact_phone": "027-00000000",
    }  # fmt: skip
    return town.begin(SHARE_REQUEST, by, **{**asked, **changes})


def _answered_in_time(town: Town, resource: int) -> None:
    """Agreed to after two working days, provided within a week, confirmed."""
    town.at(moment(10, 12, 11))
    request = _ask(town, resource, "civil", "受疫情影响救助资格核对")
    town.at(moment(10, 14, 10))
    town.act(SHARE_REQUEST, "accept", request, "health", note="属于救助工作，符合共享条件")
    town.at(moment(10, 16, 15))
    content = _table(lambda row: bool(row["city"]), COUNTED)
    town.act(
        SHARE_REQUEST,
        "provide",
        request,
        "health",
        way="file",
        version="截至2020年12月8日",
        file=_kept(town, "分市州逐日确诊", content),
    )
    town.later(hours=2)
    town.act(SHARE_REQUEST, "confirm", request, "civil")


def _refused_and_appealed(town: Town, resource: int) -> None:
    """Refused with its ground; the requester goes to the data authority, on whose desk it waits."""
    town.at(moment(11, 9, 9))
    request = _ask(
        town,
        resource,
        "civil",
        "养老机构布局分析",
        items=[*COUNTED, "dead"],
        ground="部门职责规定：编制养老服务设施规划（示例）",
        mode="batch",
    )
    town.at(moment(11, 11, 16))
    town.act(
        SHARE_REQUEST, "refuse", request, "health", kind="condition", provision="目录所列共享条件",
        reason="设施规划不属于疫情防控和相关救助工作。",
    )  # fmt: skip
    town.at(moment(11, 12, 10))
    town.act(
        SHARE_REQUEST, "appeal", request, "civil", reason="规划须评估历史疫情对养老机构的影响，属于救助工作的延伸。"
    )


def _never_answered(town: Town, resource: int) -> None:
    """Nobody answers: at the end of the term it goes to the data authority by itself."""
    town.at(moment(10, 23, 11))
    _ask(town, resource, "cityhealth", "全省对比分析", frequency="month", mode="batch")
