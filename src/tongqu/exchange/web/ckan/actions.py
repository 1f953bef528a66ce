"""The actions of CKAN that read: each takes plain parameters and gives the plain result, or raises a Refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tongqu.exchange.bedrock.procedures import Unknown
from tongqu.exchange.members import parties
from tongqu.exchange.registry import catalogue, harvest, releases, search
from tongqu.exchange.registry.catalogue import ResourceView
from tongqu.exchange.registry.releases import Licence
from tongqu.exchange.web.ckan import asking, datasets
from tongqu.exchange.web.ckan.refusals import BadQuery, NotFound, NotValid

FACET_LIMIT = 50
ALL_FIELDS_MAX = 1_000
LISTED_MAX = 10_000_000
SPREADSHEETS = frozenset({"xls", "xlsx", "excel", "et"})
_PACKAGE = re.compile(r"(resource|entry)-([1-9][0-9]{0,17})")
_FILE = re.compile(r"((?:resource|entry)-[1-9][0-9]{0,17})-[1-9][0-9]{0,8}")
Result = Any
Known = Mapping[str, Callable[[str, Any], Any]]


@dataclass(frozen=True)
class Action:
    """What it answers (for `help_show`), which parameters it takes, and what does it."""

    words: str
    known: Known
    do: Callable[..., Result]


def status_show() -> Result:
    from tongqu.exchange.web.dcat.describing import ABOUT, TITLE

    return {
        "site_title": TITLE.zh, "site_description": ABOUT.zh, "site_url": settings.PUBLIC_URL, "ckan_version": "2.10.0",
        "error_emails_to": None, "locale_default": "zh_Hans_CN", "extensions": [],
    }  # fmt: skip


# Packages.


def package_list(limit: int | None = None, offset: int = 0) -> Result:
    """Names by kind and number: every data set that can be found."""
    found = sorted(search.numbers())
    named = [f"resource-{one}" if own else f"entry-{one}" for own, one in found]
    return named[offset:] if limit is None else named[offset : offset + limit]


def package_show(id: str = "", name_or_id: str = "", use_default_schema: bool = False) -> Result:
    wanted = id or name_or_id
    if not wanted:
        raise NotValid({"id": ["Missing value"]})
    found = _PACKAGE.fullmatch(wanted)
    if found is None:
        raise NotFound()
    if found[1] == "resource":
        resources = catalogue.in_force([int(found[2])])
        if not resources:
            raise NotFound()
        return _packages(resources)[0]
    try:
        return datasets.of_entry(settings.PUBLIC_URL, harvest.entry(int(found[2])))
    except Unknown:
        raise NotFound() from None


def resource_show(id: str = "") -> Result:
    if not id:
        raise NotValid({"id": ["Missing value"]})
    found = _FILE.fullmatch(id)
    files = package_show(found[1])["resources"] if found else []
    for one in files:
        if one["id"] == id:
            return one
    raise NotFound("Resource was not found.")


def package_search(
    q: str = "", fq: str = "", fq_list: Sequence[str] = (), rows: int = asking.ROWS, start: int = 0, sort: str = "",
    facet: bool = True, facet_field: Sequence[str] = (), facet_limit: int = FACET_LIMIT, facet_mincount: int = 1,
    include_private: bool = False, include_drafts: bool = False, use_default_schema: bool = False,
) -> Result:  # fmt: skip
    """What is private or a draft is in no door, whatever is asked."""
    strange = [name for name in facet_field if name not in asking.FACETS]
    if strange:
        raise BadQuery(
            f"不能按 {strange[0]} 计数；可用 / cannot be counted by {strange[0]}; there are: {', '.join(asking.FACETS)}"
        )
    asked, order = asking.search(q, [fq, *fq_list]), asking.order(sort)
    page = None
    if not asked.none:
        wanted = _in_our_words(asked.wanted)
        if wanted is not None:
            page = search.find(asked.words or "", wanted, offset=start, limit=rows, order=order, values=None)
    facets = _facets(page, facet_field, facet_limit, facet_mincount) if facet else {}
    return {
        "count": page.total if page else 0,
        "facets": {name: {one["name"]: one["count"] for one in items} for name, items in facets.items()},
        "results": _packages(page.items if page else ()),
        "sort": sort or "score desc, metadata_modified desc",
        "search_facets": {name: {"title": name, "items": items} for name, items in facets.items()},
    }


def _in_our_words(wanted: Mapping[str, str]) -> dict[str, str] | None:
    """Values as the index has them; None when there is no such value."""
    told = dict(wanted)
    if "format" in told:
        plain = told["format"].lower()
        told["format"] = "spreadsheet" if plain in SPREADSHEETS else plain
    if "category" in told:
        themes = {datasets.theme_name(theme): theme for theme, _ in _counts("category")}
        if told["category"] not in themes and told["category"] not in themes.values():
            return None
        told["category"] = themes.get(told["category"], told["category"])
    return told


def _facets(page: search.Page | None, fields: Sequence[str], limit: int, least: int) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {}
    titles = _titles() if "organization" in fields else {}
    for field in fields:
        counts = page.facets.get(asking.FACETS[field], ()) if page else ()
        shown = [(value, count) for value, count in counts if count >= least]
        told[field] = [
            {
                "name": datasets.theme_name(value) if field == "groups" else value,
                "display_name": datasets.facet_title(field, value, titles),
                "count": count,
            }
            for value, count in (shown if limit < 0 else shown[:limit])
        ]
    return told


def _packages(items: Sequence[search.Item]) -> list[dict[str, Any]]:
    versions = releases.versions([one.id for one in items if isinstance(one, ResourceView)])
    return [
        datasets.of_resource(settings.PUBLIC_URL, one, versions.get(one.id, ()))
        if isinstance(one, ResourceView)
        else datasets.of_entry(settings.PUBLIC_URL, one)
        for one in items
    ]


# Organisations and themes.


def _counts(facet: str) -> Sequence[tuple[str, int]]:
    return search.find("", limit=0, values=None).facets.get(facet, ())


def _titles() -> dict[str, str]:
    """Of every organisation that has a data set: catalogues of others, and holders of this market."""
    holders = [int(name.removeprefix("holder-")) for name, _ in _counts("organization") if name.startswith("holder-")]
    titles = {f"catalog-{one.id}": one.name or one.key for one in harvest.catalogs()}
    if holders:
        titles |= {f"holder-{one.id}": one.name for one in parties.organisations(holders).values()}
    return titles


def _organizations() -> list[dict[str, Any]]:
    titles = _titles()
    return [
        {**datasets.organization(name, titles.get(name, name)), "package_count": count}
        for name, count in _counts("organization")
    ]


def _groups() -> list[dict[str, Any]]:
    return [
        {**datasets.organization(datasets.theme_name(theme), theme, kind="group"), "package_count": count}
        for theme, count in _counts("category")
    ]


_LIST_SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "name": lambda one: one["name"], "title": lambda one: one["title"], "package_count": lambda one: one["package_count"],
}  # fmt: skip


def _listed(
    found: list[dict[str, Any]],
    *,
    sort: str,
    limit: int | None,
    offset: int,
    all_fields: bool,
    only: Sequence[str] | None,
) -> Result:
    name, _, way = sort.strip().lower().partition(" ")
    if name not in _LIST_SORTS or way.strip() not in {"", "asc", "desc"}:
        raise NotValid({"sort": [f"可用 / there are: {', '.join(_LIST_SORTS)}, asc or desc"]})
    if only is not None:
        found = [one for one in found if one["name"] in only]
    found.sort(key=lambda one: one["name"])
    found.sort(key=_LIST_SORTS[name], reverse=way.strip() == "desc")
    if all_fields:
        most = ALL_FIELDS_MAX if limit is None else limit
        if limit is None and len(found) - offset > ALL_FIELDS_MAX:
            raise NotValid({"limit": [f"共 {len(found)} 项，请用 limit 与 offset 分次取 / page with limit and offset"]})
        return found[offset : offset + most]
    named = [one["name"] for one in found][offset:]
    return named if limit is None else named[:limit]


def organization_list(
    sort: str = "title asc", limit: int | None = None, offset: int = 0, all_fields: bool = False,
    organizations: Sequence[str] | None = None, include_dataset_count: bool = True,
) -> Result:  # fmt: skip
    return _listed(_organizations(), sort=sort, limit=limit, offset=offset, all_fields=all_fields, only=organizations)


def group_list(
    sort: str = "title asc", limit: int | None = None, offset: int = 0, all_fields: bool = False,
    groups: Sequence[str] | None = None, include_dataset_count: bool = True,
) -> Result:  # fmt: skip
    return _listed(_groups(), sort=sort, limit=limit, offset=offset, all_fields=all_fields, only=groups)


def organization_show(
    id: str = "", include_datasets: bool = False, include_dataset_count: bool = True, **_: bool
) -> Result:
    return _shown(_organizations(), "organization", id, include_datasets)


def group_show(id: str = "", include_datasets: bool = False, include_dataset_count: bool = True, **_: bool) -> Result:
    return _shown(_groups(), "category", id, include_datasets)


def _shown(found: list[dict[str, Any]], facet: str, wanted: str, include_datasets: bool) -> Result:
    if not wanted:
        raise NotValid({"id": ["Missing value"]})
    one = next((one for one in found if one["name"] == wanted), None)
    if one is None:
        raise NotFound()
    told = {**one, "users": [], "groups": [], "tags": [], "extras": [], "num_followers": 0}
    if include_datasets:
        if one["package_count"] > asking.ROWS_MAX:
            raise NotValid(
                {"include_datasets": [f"共 {one['package_count']} 项，请用 package_search / use package_search"]}
            )
        value = one["title"] if facet == "category" else wanted
        page = search.find("", {facet: value}, limit=asking.ROWS_MAX)
        told["packages"] = _packages(page.items)
    return told


def license_list() -> Result:
    return [datasets.licence(name) for name in (*(str(one.value) for one in Licence), datasets.UNSTATED)]


def help_show(name: str = "") -> Result:
    if not name:
        raise NotValid({"name": ["Missing value"]})
    if name not in ACTIONS:
        raise NotFound()
    return ACTIONS[name].words


_OFFSET, _LIMIT = asking.number(0, LISTED_MAX), asking.number(0, LISTED_MAX)
_LIST: Known = {
    "sort": asking.text, "limit": _LIMIT, "offset": _OFFSET, "all_fields": asking.flag, "include_dataset_count": asking.flag,
}  # fmt: skip
_SHOW: Known = {
    "id": asking.text, "include_datasets": asking.flag, "include_dataset_count": asking.flag,
    **dict.fromkeys(["include_users", "include_groups", "include_tags", "include_followers", "include_extras"], asking.flag),
}  # fmt: skip
ACTIONS: dict[str, Action] = {
    "status_show": Action("站点的名称与所遵循的版本 / What site this is", {}, status_show),
    "help_show": Action("一个动作的说明 / What an action does", {"name": asking.text}, help_show),
    "package_list": Action("全部数据集的名称 / Names of all data sets", {"limit": _LIMIT, "offset": _OFFSET}, package_list),
    "package_show": Action(
        "一个数据集 / One data set",
        {"id": asking.text, "name_or_id": asking.text, "use_default_schema": asking.flag}, package_show,
    ),
    "package_search": Action(
        "检索数据集：q、fq（organization、res_format、license_id、groups、source、province、opening、frequency），rows 至多 1000 / "
        "Search data sets by words and fields, 1,000 rows at most",
        {
            "q": asking.text, "fq": asking.text, "fq_list": asking.names, "rows": asking.number(0, asking.ROWS_MAX),
            "start": asking.number(0, asking.START_MAX), "sort": asking.text, "facet": asking.flag, "facet.field": asking.names,
            "facet.limit": asking.number(-1, LISTED_MAX), "facet.mincount": asking.number(0, LISTED_MAX),
            "include_private": asking.flag, "include_drafts": asking.flag, "use_default_schema": asking.flag,
        },
        package_search,
    ),
    "resource_show": Action("数据集的一个文件或链接 / One file or link of a data set", {"id": asking.text}, resource_show),
    "organization_list": Action("目录与持有者 / Catalogues and holders", {**_LIST, "organizations": asking.names}, organization_list),
    "organization_show": Action("一个目录或持有者 / One catalogue or holder", _SHOW, organization_show),
    "group_list": Action("主题 / Themes", {**_LIST, "groups": asking.names}, group_list),
    "group_show": Action("一个主题 / One theme", _SHOW, group_show),
    "license_list": Action("使用许可 / Licences", {}, license_list),
}  # fmt: skip


def run(name: str, params: Mapping[str, Any]) -> Result:
    """Raises Refusal; KeyError when there is no such action."""
    action = ACTIONS[name]
    if name == "package_search":
        strange = sorted(set(params) - set(action.known))
        if strange:  # CKAN's own answer to a parameter that its search does not have
            raise BadQuery(f"Invalid search parameters: {', '.join(strange)}"[:300])
    told = asking.read(params, action.known)
    return action.do(**{name.replace(".", "_"): value for name, value in told.items()})
