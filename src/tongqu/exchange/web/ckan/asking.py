"""What a caller asked for, read strictly: what is not supported is refused by name, never left out. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongqu.exchange.web.ckan.refusals import BadQuery, NotValid

ROWS, ROWS_MAX, START_MAX = 10, 1_000, 10_000_000
TEXT_MAX = 400
FACETS = {
    "organization": "organization", "res_format": "format", "license_id": "licence", "groups": "category", "source": "source",
    "province": "province", "opening": "opening", "frequency": "cycle",
}  # fmt: skip
"""Fields that can be filtered and counted, by their names in the index. The last four are ours."""
_SAME_FOR_ALL = {
    "state": "active",
    "private": "false",
    "type": "dataset",
    "dataset_type": "dataset",
    "capacity": "public",
}
_SORTS = {
    "": "best", "score desc": "best", "relevance desc": "best", "score desc, metadata_modified desc": "best",
    "metadata_modified desc": "changed", "metadata_modified asc": "unchanged",
}  # fmt: skip
_TERM = re.compile(r'\s*(\+)?(?:([A-Za-z_][\w.]*):)?(?:"([^"]*)"|([^\s"]+))')
_SYNTAX = re.compile(r"[()\[\]{}~^!*?\\]|&&|\|\|")


@dataclass
class Search:
    """Words and phrases that are all demanded, and the value wanted of each field. `none`: nothing can fit."""

    words: list[str] = field(default_factory=list)
    wanted: dict[str, str] = field(default_factory=dict)
    none: bool = False


def read(params: Mapping[str, Any], known: Mapping[str, Callable[[str, Any], Any]]) -> dict[str, Any]:
    """The parameters of an action by its declaration. Raises NotValid with every fault."""
    faults: dict[str, list[str]] = {}
    told: dict[str, Any] = {}
    for name, value in params.items():
        if name not in known:
            faults[name] = ["这里不支持这一参数 / This parameter is not supported here"]
            continue
        try:
            told[name] = known[name](name, value)
        except NotValid as wrong:
            faults.update({each: list(reasons) for each, reasons in wrong.faults.items()})
    if faults:
        raise NotValid(faults)
    return told


def text(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > TEXT_MAX or "\x00" in value:
        raise NotValid({name: [f"须为不超过 {TEXT_MAX} 字的文本 / Must be text of at most {TEXT_MAX} characters"]})
    return value.strip()


def number(least: int, most: int) -> Callable[[str, Any], int]:
    def one(name: str, value: Any) -> int:
        plain = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
        if not re.fullmatch(r"-?[0-9]{1,12}", plain):
            raise NotValid({name: ["Invalid integer"]})
        if not least <= int(plain) <= most:
            raise NotValid({name: [f"须在 {least} 与 {most} 之间 / Must be between {least} and {most}"]})
        return int(plain)

    return one


def flag(name: str, value: Any) -> bool:
    plain = str(value).strip().lower()
    if plain not in {"true", "false", "1", "0", "yes", "no", "t", "f", "y", "n"}:
        raise NotValid({name: ["须为 true 或 false / Must be true or false"]})
    return plain in {"true", "1", "yes", "t", "y"}


def names(name: str, value: Any) -> list[str]:
    """A list, also as the text of one in JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip().startswith("[") else [value]
        except ValueError:
            value = None
    if not isinstance(value, list) or len(value) > 100 or not all(isinstance(each, str) for each in value):
        raise NotValid({name: ["须为文本的列表 / Must be a list of text"]})
    return [text(name, each) for each in value]


def search(q: str, filters: list[str]) -> Search:
    """`q`, and each of `fq`. Raises BadQuery for what this catalogue cannot search."""
    made = Search()
    for each in (q, *filters):
        _read_query(each, made)
    return made


def _read_query(query: str, made: Search) -> None:
    query = query.strip()
    at = 0
    while at < len(query):
        found = _TERM.match(query, at)
        if found is None:
            raise BadQuery(f"引号不成对或写法无法识别 / cannot be understood: {query[at : at + 40]!r}")
        at = found.end()
        _, name, quoted, bare = found.groups()
        if (name, bare) in {("*", "*"), (None, "*:*"), (None, "AND")}:
            continue
        value = quoted if quoted is not None else bare
        if quoted is None and (_SYNTAX.search(value) or value in {"OR", "NOT"} or value.startswith("-")):
            raise BadQuery(
                f"不支持 OR、NOT、通配、区间与括号；要查这些字符请加引号 / OR, NOT, wildcards, ranges and brackets are not "
                f"supported; quote the characters to search for them: {value[:40]!r}"
            )
        _take(name, value, made)


def _take(name: str | None, value: str, made: Search) -> None:
    if name is None or name == "text":
        made.words.append(value)
    elif name in _SAME_FOR_ALL:
        made.none = made.none or value.lower() != _SAME_FOR_ALL[name]
    elif name in FACETS or name == "owner_org":
        facet = FACETS.get(name, "organization")
        if made.wanted.get(facet, value) != value:
            raise BadQuery(f"{name} 只能取一个值 / takes one value only")
        made.wanted[facet] = value
    else:
        raise BadQuery(f"不能按 {name} 检索；可用 / cannot be searched by {name}; there are: {', '.join(FACETS)}")


def order(sort: str) -> str:
    plain = " ".join(sort.lower().replace(",", ", ").split())
    if plain not in _SORTS:
        raise BadQuery(
            f"不支持的排序 / cannot be sorted by {sort[:60]!r}; there are: {', '.join(filter(None, _SORTS))}"
        )
    return _SORTS[plain]
