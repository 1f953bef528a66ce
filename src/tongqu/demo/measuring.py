"""What the sample market has measured on its data: quality of three resources, and how well people are hidden in two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tongqu.demo.town import moment
from tongqu.exchange.registry import deidentification, quality

if TYPE_CHECKING:
    from tongqu.demo.history import History

RULES: dict[str, list[dict[str, Any]]] = {
    "metro-stations": [
        {"check": "required", "column": "station"},
        {"check": "required", "column": "lines"},
        {"check": "expression", "column": "lines", "expression": r"[^,，、;；|/ ]+([,，、;；|/ ][^,，、;；|/ ]+)*"},
        {"check": "expression", "column": "pinyin", "expression": "[a-z]+"},
        {"check": "range", "column": "lat", "low": "29.9", "high": "31.4"},
        {"check": "range", "column": "lng", "low": "113.6", "high": "115.1"},
        {"check": "unique", "column": "station_id"},
        {"check": "unique", "column": "station"},
    ],
    "epidemic-daily": [
        {"check": "required", "column": "date"},
        {"check": "required", "column": "city_code"},
        {"check": "expression", "column": "city_code", "expression": "42[0-9]{4}"},
        {"check": "codes", "column": "province_code", "values": ["420000"]},
        {"check": "range", "column": "confirmed", "low": "0", "high": "100000"},
        {"check": "unique", "column": "date", "others": ["city_code"]},
        {"check": "order", "column": "dead", "others": ["confirmed"]},
        {"check": "order", "column": "cured", "others": ["confirmed"]},
        {"check": "gapless", "column": "date", "cycle": "day"},
    ],
    "land-deals": [
        {"check": "required", "column": "location"},
        {"check": "required", "column": "price_wan"},
        {"check": "expression", "column": "idnumber", "expression": "[0-9]{6}[0-9]{4}[A-Z][0-9]{5}"},
        {"check": "expression", "column": "date_sign", "expression": "[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"},
        {"check": "codes", "column": "supply", "values": ["划拨", "协议出让", "招标出让", "拍卖出让", "挂牌出让", "租赁"]},
        {"check": "range", "column": "area_ha", "low": "0.0001", "high": "1000"},
        {"check": "range", "column": "price_wan", "low": "0", "high": "1000000"},
        {"check": "unique", "column": "idnumber"},
        {"check": "order", "column": "plot_ratio_min", "others": ["plot_ratio_max"]},
    ],
}  # fmt: skip

# From the finest to the coarsest: the node searches the combination of least loss.
PATIENTS: dict[str, Any] = {
    "person": "PATIENT_ID",
    "quasi": [
        *({"column": "age", "how": "interval", "size": width} for width in ("5", "10", "20", "40")),
        {"column": "gender", "how": "keep"},
        *(
            {"column": column, "how": cycle}
            for column in ("Admission time", "Discharge time")
            for cycle in ("day", "week", "month", "quarter")
        ),
    ],
    "sensitive": ["outcome"],
    "k": 5,
}
CLIENTS: dict[str, Any] = {
    "person": "ID",
    "quasi": [
        {"column": "AGE", "how": "keep"},
        *({"column": "AGE", "how": "interval", "size": width} for width in ("5", "10")),
        {"column": "SEX", "how": "keep"},
        {"column": "EDUCATION", "how": "keep"},
        {"column": "MARRIAGE", "how": "keep"},
    ],
    "sensitive": ["LIMIT_BAL", "default_next_month"],
    "k": 5,
}


def measure(history: History) -> None:
    """Quality of three resources; and a hospital's report, confirmed by the data authority."""
    town = history.town
    town.at(max(town.now, moment(9, 8, 15)))
    for source, rules in RULES.items():
        town.begin(quality.QUALITY_CHECK, history.holder(source), resource=history.resources[source], rules=rules)
    report = _report(history, "covid-tests", PATIENTS)
    town.later(hours=1)
    opinion = "准标识符为年龄、性别与出入院时间；出入院时间到季、年龄分段后，每类不少于五人。转归在个别类中取值单一，仅用于汇总研究。"
    town.act(deidentification.DEIDENTIFICATION, "confirm", report, "authority", opinion=opinion)


def hide_clients(history: History) -> None:
    """What the bank's product claims: its clients are anonymous."""
    report = _report(history, "bank-credit", CLIENTS)
    history.town.later(minutes=30)
    opinion = "客户编号为匿名编号；年龄分段后，与性别、学历、婚姻组合的每类不少于五人。核验答复不含这些列。"
    history.town.act(deidentification.DEIDENTIFICATION, "confirm", report, "exchange", opinion=opinion)


def _report(history: History, source: str, asked: dict[str, Any]) -> int:
    report = history.town.begin(
        deidentification.DEIDENTIFICATION, history.holder(source), resource=history.resources[source], **asked
    )
    history.node.sync(3)
    return report
