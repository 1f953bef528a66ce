"""Two resources of the sample market are open data: a metro company's stations by line, a department's table in two versions.

The tables are real (see data/README.md); who holds and releases them here is invented.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tongqu.demo.town import Town
from tongqu.exchange.bedrock import papers
from tongqu.exchange.registry import catalogue, releases
from tongqu.exchange.registry.releases import RELEASE

LINES: dict[str, Any] = {
    "name": "轨道交通线路车站", "kind": "public_institution", "class_code": "307003", "class_name": "主题", "group_name": "交通",
    "heading_name": "轨道", "abstract": "轨道交通各线路的车站次序与站名。", "cycle": "year", "source": "metro-lines",
    "items": [
        {"name": "line", "type": "text", "note": "线路"}, {"name": "seq", "type": "whole", "note": "站序"},
        {"name": "station_id", "type": "whole", "note": "车站编号"}, {"name": "station", "type": "text", "note": "站名"},
    ],
}  # fmt: skip
CASES: dict[str, Any] = {
    "name": "分市州疫情逐日数据", "kind": "government", "class_code": "303008", "class_name": "主题", "group_name": "卫生健康",
    "heading_name": "疾病预防控制", "abstract": "2019年12月至2020年12月，全省与各市州逐日累计确诊、疑似、治愈与死亡人数，均为汇总数。",
    "cycle": "day", "source": "epidemic-daily",
    "items": [
        {"name": "date", "type": "date", "note": "日期"}, {"name": "province_code", "type": "text", "note": "省区划代码"},
        {"name": "province", "type": "text", "note": "省"}, {"name": "city_code", "type": "text", "note": "市州区划代码；全省合计为空"},
        {"name": "city", "type": "text", "note": "市州"}, {"name": "confirmed", "type": "whole", "note": "累计确诊"},
        {"name": "suspected", "type": "whole", "note": "累计疑似"}, {"name": "cured", "type": "whole", "note": "累计治愈"},
        {"name": "dead", "type": "whole", "note": "累计死亡"},
    ],
}  # fmt: skip
HALF_YEAR = date(2020, 6, 30)


def catalogue_open_data(town: Town, node: int) -> dict[str, int]:
    """Both entries, drafted and sent to be measured; by their sources."""
    made: dict[str, int] = {}
    for holder, entry in (("metro", LINES), ("health", CASES)):
        town.later(minutes=20)
        number = town.begin(
            catalogue.RESOURCE,
            holder,
            format="spreadsheet",
            sharing="unconditional",
            opening="open",
            node=node,
            **entry,
        )
        town.act(catalogue.RESOURCE, "measure", number, holder)
        made[str(entry["source"])] = number
    return made


def release(town: Town, resources: dict[str, int], lines: bytes, cases: bytes) -> None:
    """The stations once; the department's table first for half a year, then whole, each confirmed by the data authority."""
    town.later(hours=1)
    number = _hand_in(town, "metro", resources["metro-lines"], lines, "全部线路", licence="mit")
    town.act(RELEASE, "publish", number, "metro")
    for content, note, until in (
        (_until(cases, HALF_YEAR), "截至2020年6月30日", HALF_YEAR),
        (cases, "补充至2020年12月8日", date(2020, 12, 8)),
    ):
        town.later(days=2)
        number = _hand_in(
            town, "health", resources["epidemic-daily"], content, note,
            licence="mit", period_from_date=date(2019, 12, 1), period_to_date=until,
        )  # fmt: skip
        town.later(hours=3)
        town.act(RELEASE, "confirm", number, "authority")
        town.act(RELEASE, "publish", number, "health")


def _hand_in(town: Town, holder: str, resource: int, content: bytes, note: str, **more: Any) -> int:
    kept = papers.keep(content, name="data.csv", at=town.now, by=town.parties[holder])
    number = town.begin(RELEASE, holder, resource=resource, file=kept.sha256, note=note, **more)
    releases.run(number, now=lambda: town.now)
    town.settle()
    return number


def _until(cases: bytes, last: date) -> bytes:
    """The lines up to a day; days stand first in each, and in order."""
    head, *lines = cases.splitlines(keepends=True)
    return head + b"".join(line for line in lines if line[:10] <= last.isoformat().encode())
