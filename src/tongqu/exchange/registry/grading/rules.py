"""How a level follows from harm, what a class permits, and when a grading may be proposed and confirmed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import MUST, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.grading.inputs import HOLDERS, REQUIRED, Degree, Ground, Level, Mark, Personal
from tongqu.exchange.registry.grading.suggesting import PATTERNS, found_in

SINCE = date(2026, 1, 1)
ORDER = (Level.GENERAL, Level.IMPORTANT, Level.CORE)
PUBLIC_HOLDERS = frozenset({"department", "public_institution"})
NAMED = 8
"""So many elements are named in a sentence."""


def level_of(harms: Mapping[str, Degree], *, on: date) -> Level:
    """The highest level that the table gives to any object; general where nothing is harmed."""
    found = [Level.GENERAL]
    for one, degree in harms.items():
        if degree is not Degree.NONE:
            (row,) = law.table("grading", on=on).decide(object=one, degree=degree.value)
            found.append(Level(str(row.outcome["level"])))
    return max(found, key=ORDER.index)


def personal_of(elements: Iterable[Mark], *, anonymised: bool) -> Personal:
    """What the marks come to."""
    marked = [one for one in elements if one.kind.personal]
    if anonymised:
        return Personal.ANONYMISED
    if any(one.sensitive or one.kind.sensitive for one in marked):
        return Personal.SENSITIVE
    return Personal.GENERAL if marked else Personal.NONE


def data_class(level: str, *, business_critical: bool) -> str:
    """The class that decides on delivery: the level, and within general data what is critical business information."""
    return "business_critical" if business_critical and level == "general" else level


@dataclass(frozen=True)
class Permission:
    """What the table says of a class and a way of delivery. `infrastructure`: only over a node of the exchange's network."""

    allowed: bool
    infrastructure: bool
    words: Words
    mend: Words | None
    cite: str


def permission(of: str, mode: str, *, on: date) -> Permission:
    (row,) = law.table("delivery-modes", on=on).decide(**{"class": of, "mode": mode})
    answer = str(row.outcome["answer"])
    return Permission(answer != "no", answer == "infrastructure", row.words, row.mend, row.citation.key)


def about(items: Iterable[Mapping[str, Any]], profile: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a grading is about: the elements with their types, the measured columns with what was found in them."""
    columns = (profile or {}).get("columns", ())
    return {
        "elements": {str(item["name"]): str(item["type"]) for item in items},
        "columns": {str(column["name"]): sorted(name for name, _ in found_in(column)) for column in columns},
    }


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[Ground, Words]]:
    """Why what was graded is no longer what there is; empty when it is. A sign that is gone changes nothing."""
    found: list[tuple[Ground, Words]] = []
    was, has = before["elements"], now["elements"]
    if gone := sorted(set(was) - set(has)):
        found.append((Ground.ELEMENTS, Words(f"撤去信息项：{_some(gone)}", f"elements taken out: {_some(gone)}")))
    if new := sorted(set(has) - set(was)):
        found.append((Ground.ELEMENTS, Words(f"新增信息项：{_some(new)}", f"elements added: {_some(new)}")))
    if other := sorted(name for name in set(was) & set(has) if was[name] != has[name]):
        found.append(
            (Ground.ELEMENTS, Words(f"信息项类型变更：{_some(other)}", f"elements of another type: {_some(other)}"))
        )
    old, measured = before["columns"], now["columns"]
    if set(old) != set(measured):
        differing = sorted(set(old) ^ set(measured))
        found.append(
            (
                Ground.MEASUREMENT,
                Words(f"测得的列不同：{_some(differing)}", f"other columns measured: {_some(differing)}"),
            )
        )
    for name in sorted(set(old) & set(measured)):
        for sign in sorted(set(measured[name]) - set(old[name])):
            words = PATTERNS[sign]
            found.append((Ground.MEASUREMENT, Words(f"“{name}”中发现{words.zh}", f"{words.en} found in “{name}”")))
    return found


def _some(names: list[str]) -> str:
    return "、".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")


@dataclass(frozen=True)
class Opened:
    """A grading about to be opened. `by_house`: the house does, for the holder."""

    own: bool
    catalogued: bool
    preparing: bool
    ground: Ground
    graded: bool
    by_house: bool = False


@dataclass(frozen=True)
class Proposed:
    """A proposal beside the resource as it stands."""

    ground: Ground
    expected: tuple[str, ...]
    elements: tuple[Mark, ...]
    person_harmed: bool
    anonymised: bool
    papers_known: bool
    method: str
    method_reviewer: str
    method_paper: bool


def is_the_authoritys(holder_kind: str, roles: Collection[str]) -> bool:
    """Who confirms: the data authority public data, the exchange's reviewer an enterprise's; but what one of these two
    offices holds itself the other confirms, so that nobody confirms its own and nobody waits for an office there is not."""
    own = {"data_authority", "reviewer"} & set(roles)
    return "reviewer" in own if len(own) == 1 else holder_kind in PUBLIC_HOLDERS


@dataclass(frozen=True)
class Confirming:
    """A proposal before who confirms it. `differs`: what changed at the resource since it was proposed."""

    authoritys: bool
    by_authority: bool
    own: bool
    differs: tuple[Words, ...]


@dataclass(frozen=True)
class Leaving:
    ground: Ground


@rule(
    "HOUSE:grading",
    strength=MUST,
    since=SINCE,
    title=Words("为本单位已编目的资源定级", "One's own catalogued resource is graded"),
    asks=("resource",),
)
def one_grades_ones_own(seen: Opened) -> Finding:
    if not seen.own:
        return refuses(
            Words("该资源不属于本单位", "The resource is not yours"),
            mend=Words("请选择本单位的数据资源。", "Choose a resource of your own."),
        )
    if not seen.catalogued:
        return refuses(
            Words("资源尚未编目，节点还没有测量", "The resource is not catalogued: no node has measured it"),
            mend=Words("先由节点测量并编目，再定级。", "Have it measured and catalogued first."),
        )
    return complies()


@rule(
    "HOUSE:grading",
    strength=MUST,
    since=SINCE,
    title=Words("一次只办理一项定级", "One grading at a time"),
    asks=("resource",),
)
def one_at_a_time(seen: Opened) -> Finding:
    if seen.preparing:
        return refuses(
            Words("该资源已有一项定级正在办理", "A grading of this resource is under way"),
            mend=Words("请在已有的定级事项中办理。", "Go on with that one."),
        )
    return complies()


@rule(
    "HOUSE:grading",
    strength=MUST,
    since=SINCE,
    title=Words("定级事由与现状相符", "The ground fits what there is"),
    asks=("why",),
)
def ground_fits(seen: Opened) -> Finding:
    """The house alone says that a term is over or a measurement differs; a first grading is the first."""
    if not seen.by_house and (seen.ground not in HOLDERS or (seen.ground == Ground.FIRST) == seen.graded):
        return refuses(
            Words("所选事由与该资源的定级现状不符", "The ground does not fit how the resource is graded"),
            mend=Words(
                "尚未定级的选“首次定级”；已定级的选“去标识化或脱敏后重新定级”或“更正定级”。",
                "An ungraded resource: first grading. A graded one: re-grading after de-identification, or correction.",
            ),
        )
    return complies()


@rule(
    "HOUSE:grading",
    strength=MUST,
    since=SINCE,
    title=Words("逐项标注信息项", "Every element is marked"),
    asks=("elements",),
)
def every_element_is_marked(seen: Proposed) -> Finding:
    """A column that is measured but not in the entry is delivered all the same, so it is marked too."""
    marked = {one.name for one in seen.elements}
    missing = [name for name in seen.expected if name not in marked]
    unknown = sorted(marked - set(seen.expected))
    if missing or unknown:
        lacking = [f"未标注：{_some(missing)}"] * bool(missing) + [f"资源中没有：{_some(unknown)}"] * bool(unknown)
        lacks = [f"not marked: {_some(missing)}"] * bool(missing) + [f"not in the resource: {_some(unknown)}"] * bool(
            unknown
        )
        return refuses(
            Words("；".join(lacking), "; ".join(lacks)),
            mend=Words(
                "按资源现有的信息项和测得的列逐项标注。", "Mark the elements and measured columns as they stand."
            ),
        )
    return complies()


@rule(
    "PIPL:55",
    strength=MUST,
    since=date(2021, 11, 1),
    title=Words("个人信息须评估对个人权益的危害", "Personal information may harm persons"),
    asks=("person",),
)
def personal_information_concerns_persons(seen: Proposed) -> Finding:
    if not seen.anonymised and not seen.person_harmed and any(one.kind.personal for one in seen.elements):
        return refuses(
            Words(
                "标有个人信息，却判断对个人权益不危害", "There is personal information, yet no harm to persons is seen"
            ),
            mend=Words(
                "评估对个人权益的危害程度；已匿名化的附评估报告。",
                "Judge the harm to persons; if anonymised, attach the report.",
            ),
        )
    return complies()


@rule(
    "HOUSE:grading",
    strength=MUST,
    since=SINCE,
    title=Words("所附报告和记录由本单位提交", "Papers are one's own"),
    asks=("method_paper",),
)
def grading_papers_are_ones_own(seen: Proposed) -> Finding:
    """A report or a record is a paper that the holder handed in."""
    if not seen.papers_known:
        return refuses(
            Words("没有收到所附的报告或记录", "The report or record was not handed in"),
            mend=Words("请先上传。", "Upload it first."),
        )
    return complies()


@rule(
    "SEC18:1",
    strength=MUST,
    since=date(2025, 1, 1),
    title=Words("脱敏后重新定级须有记录", "A re-grading after de-identification is documented"),
)
def deidentification_is_documented(seen: Proposed) -> Finding:
    if seen.ground == Ground.DEIDENTIFIED and not (seen.method and seen.method_reviewer and seen.method_paper):
        return refuses(
            Words(
                "没有写明去标识化方法、评估人或没有附评估记录",
                "Method, reviewer or record of the de-identification is missing",
            ),
            mend=Words("填写方法与评估人，并附评估记录。", "State method and reviewer, and attach the record."),
        )
    return complies()


@rule("HOUSE:grading", strength=MUST, since=SINCE, title=Words("由有权的一方确认", "Confirmed by whose office it is"))
def office_fits(seen: Confirming) -> Finding:
    """By `is_the_authoritys`. Nobody confirms its own."""
    if seen.own:
        return refuses(
            Words("不能确认本单位的定级", "Nobody confirms its own grading"),
            mend=Words(
                "退回后重新提出：数据主管部门的由交易场所审查员确认，交易场所的由数据主管部门确认。",
                "Return it to be proposed anew: the exchange's reviewer confirms a data authority's, a data authority the exchange's.",
            ),
        )
    if seen.authoritys and not seen.by_authority:
        return refuses(
            Words(
                "党政部门、公共机构和交易场所的数据由数据主管部门确认",
                "The data authority confirms public data and the exchange's own",
            ),
            mend=Words("等待分送数据主管部门。", "It is being referred to the data authority."),
        )
    if not seen.authoritys and seen.by_authority:
        return refuses(
            Words(
                "企业和数据主管部门自身的数据由交易场所审查员确认",
                "The exchange's reviewer confirms an enterprise's data and a data authority's own",
            ),
            mend=Words("由交易场所审查员办理。", "Leave it to the reviewer."),
        )
    return complies()


@rule(
    "HOUSE:grading",
    strength=MUST,
    since=SINCE,
    title=Words("确认的是资源的现状", "What is confirmed is how the resource stands"),
)
def about_what_there_is(seen: Confirming) -> Finding:
    if seen.differs:
        zh, en = "；".join(w.zh for w in seen.differs), "; ".join(w.en for w in seen.differs)
        return refuses(
            Words(f"提出之后资源已变化：{zh}", f"The resource changed since it was proposed: {en}"),
            mend=Words("退回持有方，按现状重新提出。", "Return it: the holder proposes anew."),
        )
    return complies()


@rule(
    "HOUSE:grading",
    strength=MUST,
    since=SINCE,
    title=Words("须办的定级不能撤回", "A grading that is due is not withdrawn"),
)
def only_ones_own_is_withdrawn(seen: Leaving) -> Finding:
    if seen.ground in REQUIRED:
        return refuses(
            Words("首次定级和到期的重新定级必须办理", "A first grading and one that is due must be made"),
            mend=Words(
                "请提出定级；不再提供的资源可以撤下目录。", "Propose it; or withdraw the resource from the catalogue."
            ),
        )
    return complies()


OPENING_RULES = (one_grades_ones_own, one_at_a_time, ground_fits)
PROPOSAL_RULES = (
    every_element_is_marked, personal_information_concerns_persons, grading_papers_are_ones_own, deidentification_is_documented,
)  # fmt: skip
CONFIRMING_RULES = (office_fits, about_what_there_is)
