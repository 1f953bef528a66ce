"""What portals write for one and the same thing, and what it means here. Pure; the reviewed table is data/spellings.yaml.

A spelling that the table does not know is nobody's guess: it waits for a person (`Spelling`), whose word then counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import yaml

from tongqu.exchange.bedrock.inputs import Choice
from tongqu.exchange.registry.rows import UNDECIDED


class Question(Choice):
    """Of which question a spelling is an answer."""

    OPENING = "opening", "开放条件", "Condition of opening"
    CYCLE = "cycle", "更新频率", "Update frequency"
    FORMAT = "format", "数据格式", "Format"


class Opening(Choice):
    OPEN = "open", "无条件开放", "Open"
    ON_APPLICATION = "on_application", "有条件开放", "Open on conditions"
    CLOSED = "closed", "不开放", "Not open"
    UNSTATED = "unstated", "未写明", "Not stated"
    UNDECIDED = "undecided", "写法待认定", "Wording to be decided"


class Cycle(Choice):
    REALTIME = "realtime", "实时", "Real time"
    DAY = "day", "每天", "Daily"
    WEEK = "week", "每周", "Weekly"
    HALF_MONTH = "half_month", "每半月", "Twice a month"
    MONTH = "month", "每月", "Monthly"
    QUARTER = "quarter", "每季度", "Quarterly"
    HALF_YEAR = "half_year", "每半年", "Twice a year"
    YEAR = "year", "每年", "Yearly"
    IRREGULAR = "irregular", "不定期", "Irregular"
    STATIC = "static", "不更新", "Not updated"
    OTHER = "other", "其他", "Other"
    UNSTATED = "unstated", "未写明", "Not stated"
    UNDECIDED = "undecided", "写法待认定", "Wording to be decided"


class Format(Choice):
    CSV = "csv", "CSV", "CSV"
    SPREADSHEET = "spreadsheet", "电子表格", "Spreadsheet"
    JSON = "json", "JSON", "JSON"
    XML = "xml", "XML", "XML"
    RDF = "rdf", "RDF", "RDF"
    PARQUET = "parquet", "Parquet", "Parquet"
    API = "api", "接口", "API"
    DOCUMENT = "document", "文档", "Document"
    IMAGE = "image", "图像", "Image"
    DATABASE = "database", "数据库", "Database"
    OTHER = "other", "其他", "Other"
    UNDECIDED = "undecided", "写法待认定", "Wording to be decided"


MEANINGS: dict[str, type[Choice]] = {"opening": Opening, "cycle": Cycle, "format": Format}


@lru_cache(maxsize=1)
def reviewed() -> dict[str, dict[str, str]]:
    """Question to spelling to meaning. Raises ValueError for a meaning that there is not, or a spelling given twice."""
    told = yaml.safe_load((resources.files(__package__) / "data" / "spellings.yaml").read_text("utf-8"))
    found: dict[str, dict[str, str]] = {}
    for question, by_meaning in told.items():
        known = found.setdefault(question, {})
        for meaning, spellings in by_meaning.items():
            value = str(MEANINGS[question](meaning).value)
            for spelling in spellings:
                if known.setdefault(str(spelling), value) != value:
                    raise ValueError(f"{question}: {spelling!r} means two things")
    return found


def meaning(question: str, spelling: str, decided: Mapping[tuple[str, str], str]) -> str:
    """What a plain spelling means: by the reviewed table, else by what a person decided, else `undecided`."""
    return reviewed()[question].get(spelling) or decided.get((question, spelling), UNDECIDED)
