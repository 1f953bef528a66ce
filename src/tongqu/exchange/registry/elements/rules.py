"""When a standard may stand, an item be linked to it, and a dispute be decided. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import MUST, SHOULD, Finding, complies, needs_person, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class StandardSeen:
    """A version beside the one in force and the one under way."""

    under_way: bool = False
    scope_changed: bool = False
    says_its_values: bool = True


@dataclass(frozen=True)
class ClaimSeen:
    """A claim beside its resource, its element and those who are the source already."""

    source: bool
    resource_own: bool
    resource_catalogued: bool
    public_data: bool
    item_there: bool
    item_linked: bool
    element_in_force: bool
    region_stands: bool = True
    region_was: str = ""
    within_own_division: bool = True
    own_source_there: bool = False
    sources_there: int = 0
    case_open: bool = False


@dataclass(frozen=True)
class DecisionSeen:
    """A decision and the territories it gives away."""

    strange: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    nested: bool = False
    anothers: tuple[str, ...] = ()
    same_person: bool = False


@dataclass(frozen=True)
class ObjectionSeen:
    lost: bool


@dataclass(frozen=True)
class AppointmentSeen:
    claim_fits: bool
    public_data: bool
    place_free: bool


@rule(
    "SEED:3",
    strength=MUST,
    since=SINCE,
    title=Words("一项标准一次只有一个版本在办", "One version of a standard is under way at a time"),
    asks=("identifier",),
)
def one_version_under_way(seen: StandardSeen) -> Finding:
    if seen.under_way:
        return refuses(
            Words("该标识符已有一个版本在办理", "A version of this identifier is under way"),
            mend=Words("请等它生效或退回后再提出。", "Wait until it is in force or was turned down."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=MUST,
    since=SINCE,
    title=Words("新版本不改数源范围", "A new version keeps the reach of sources"),
    asks=("scope",),
)
def reach_stays(seen: StandardSeen) -> Finding:
    """Who is the source where was decided by the reach; changing it would make sources overlap."""
    if seen.scope_changed:
        return refuses(
            Words("新版本不能改变数源范围", "A new version cannot change the reach of sources"),
            mend=Words("请沿用原范围，或另立标识符。", "Keep it, or take another identifier."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=SHOULD,
    since=SINCE,
    title=Words("标准写明值域", "A standard says which values there are"),
    asks=("domain",),
)
def says_its_values(seen: StandardSeen) -> Finding:
    if not seen.says_its_values:
        return refuses(
            Words("没有写明长度、格式、代码表或值域", "Neither length, format, code list nor value domain is given"),
            mend=Words("请至少写明一项，便于与实测比对。", "Give one of them, so that data can be compared."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=MUST,
    since=SINCE,
    title=Words("只关联本单位已编目资源的信息项", "Items of one's own catalogued resources are linked"),
    asks=("resource",),
)
def item_is_ones_own(seen: ClaimSeen) -> Finding:
    if not seen.resource_own or not seen.resource_catalogued:
        return refuses(
            Words("这不是本单位已编目的资源", "This is no catalogued resource of yours"),
            mend=Words("请选择本单位已编目的资源。", "Choose a catalogued resource of your own."),
        )
    if not seen.item_there:
        return refuses(
            Words("该资源没有这个信息项", "The resource has no such item"),
            mend=Words("请按目录中的名称填写信息项。", "Give the item's name as the entry has it."),
        )
    if seen.item_linked:
        return refuses(
            Words("该信息项已关联一个数据元", "The item is linked to an element already"),
            mend=Words("请先撤销原关联。", "Withdraw that link first."),
        )
    return complies()


@rule(
    "SEED:3",
    strength=MUST,
    since=SINCE,
    title=Words("关联现行的数据元标准", "The standard linked to is in force"),
    asks=("element",),
)
def standard_in_force(seen: ClaimSeen) -> Finding:
    if not seen.element_in_force:
        return refuses(
            Words("该标准不在施行", "This standard is not in force"),
            mend=Words("请选择现行版本。", "Choose the version in force."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=MUST,
    since=SINCE,
    title=Words("权威数源是公共数据", "An authoritative source is public data"),
)
def sources_are_public(seen: ClaimSeen) -> Finding:
    """An authority answers to everybody for the element, which an enterprise's own records cannot."""
    if seen.source and not seen.public_data:
        return refuses(
            Words("企业数据不作权威数源", "Enterprise data is no authoritative source"),
            mend=Words("请以使用方关联。", "Link it as a user."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=MUST,
    since=SINCE,
    title=Words("数源地区现行有效", "The territory stands today"),
    asks=("region",),
)
def territory_stands(seen: ClaimSeen) -> Finding:
    if seen.source and not seen.region_stands:
        was = f"（曾为{seen.region_was}）" if seen.region_was else ""
        before = f" (it was {seen.region_was})" if seen.region_was else ""
        return refuses(
            Words(f"没有这个现行区划{was}", f"There is no such division today{before}"),
            mend=Words("请选择现行区划。", "Choose a division of today."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=MUST,
    since=SINCE,
    title=Words(
        "申报本地区以外的数源由数据主管部门核准",
        "A source beyond one's own division is for the data authority to allow",
    ),
    asks=("region",),
)
def within_own_division(seen: ClaimSeen) -> Finding:
    """Where an organisation sits does not say for which area it is competent: a provincial office sits in a city."""
    if seen.source and not seen.within_own_division:
        return needs_person(
            Words("申报的地区超出本单位所在地", "The territory goes beyond the division you are in"),
            office="data_authority",
            mend=Words("由数据主管部门核对职责后同意。", "The data authority looks at your competence."),
        )
    return complies()


@rule(
    "SEED:3",
    strength=MUST,
    since=SINCE,
    title=Words("一数一源：争议先裁决", "One element, one source: a dispute is decided first"),
)
def one_source_at_a_time(seen: ClaimSeen) -> Finding:
    """A second source is heard; a third waits until that is decided, and nobody is the source twice."""
    if not seen.source:
        return complies()
    if seen.own_source_there:
        return refuses(
            Words("本单位在该地区已是这个数据元的数源", "You are the source of this element there already"),
            mend=Words("请先撤销原数源，再以另一资源申报。", "Withdraw that source, then claim with another."),
        )
    if seen.case_open:
        return refuses(
            Words("该地区的数源正在裁决", "Who is the source there is being decided"),
            mend=Words("请在裁决后再申报。", "Claim again after the decision."),
        )
    if seen.sources_there > 1:
        return refuses(
            Words("申报的地区内有多个数源", "Several sources stand within this territory"),
            mend=Words("请按地区分别申报。", "Claim division by division."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=MUST,
    since=SINCE,
    title=Words("裁决的地区在争议地区之内", "A decision gives away only what is disputed"),
    asks=("regions",),
)
def territories_fit(seen: DecisionSeen) -> Finding:
    if seen.strange:
        listed = "、".join(seen.strange)
        return refuses(
            Words(f"没有这些现行区划：{listed}", f"There are no such divisions: {listed}"),
            mend=Words("请填写现行区划代码。", "Give division codes of today."),
        )
    if seen.outside:
        listed = "、".join(seen.outside)
        return refuses(
            Words(f"不在申报地区之内：{listed}", f"Not within the territory claimed: {listed}"),
            mend=Words("请只列申报地区以内的区划。", "List divisions within the territory claimed."),
        )
    if seen.nested:
        return refuses(
            Words("所列地区互相包含", "One of the territories lies in another"),
            mend=Words("每个地方只列一次。", "List each place once."),
        )
    if seen.anothers:
        listed = "、".join(seen.anothers)
        return refuses(
            Words(f"这些地区现已另有数源：{listed}", f"These have another source by now: {listed}"),
            mend=Words("请改作其他裁决。", "Decide otherwise."),
        )
    return complies()


@rule(
    "HOUSE:elements", strength=MUST, since=SINCE, title=Words("复核由另一人办理", "Another person decides the review")
)
def reviewed_by_another(seen: DecisionSeen) -> Finding:
    if seen.same_person:
        return refuses(
            Words("复核应由作出裁决以外的人办理", "Who decided does not decide the review"),
            mend=Words("请由另一名经办人复核。", "Leave it to a colleague."),
        )
    return complies()


@rule(
    "HOUSE:elements",
    strength=MUST,
    since=SINCE,
    title=Words("未获认定的一方可以申请复核", "Who did not prevail may object"),
)
def who_lost_objects(seen: ObjectionSeen) -> Finding:
    if not seen.lost:
        return refuses(
            Words("裁决已支持本单位", "The decision was for you"),
            mend=Words("无需申请复核。", "There is nothing to object to."),
        )
    return complies()


@rule("SEED:3", strength=MUST, since=SINCE, title=Words("指定的数源与空缺相符", "Who is appointed fits the vacancy"))
def appointment_fits(seen: AppointmentSeen) -> Finding:
    if not seen.claim_fits:
        return refuses(
            Words("该关联不属于这个数据元，或已失效", "This link is not one of the element, or no longer stands"),
            mend=Words("请选择这个数据元的有效关联。", "Choose a link of the element that stands."),
        )
    if not seen.public_data:
        return refuses(
            Words("企业数据不作权威数源", "Enterprise data is no authoritative source"),
            mend=Words("请选择公共数据资源的关联。", "Choose a link of public data."),
        )
    if not seen.place_free:
        return refuses(
            Words("该地区已有数源", "The place has a source by now"),
            mend=Words("无需指定。", "Nothing is to be appointed."),
        )
    return complies()


STANDARD_RULES = (one_version_under_way, reach_stays, says_its_values)
AMEND_RULES = (reach_stays, says_its_values)
CLAIM_RULES = (
    item_is_ones_own,
    standard_in_force,
    sources_are_public,
    territory_stands,
    within_own_division,
    one_source_at_a_time,
)
