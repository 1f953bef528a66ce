"""Who may subscribe for which territory, and which file may be divided. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)
# From the rarest to the most frequent. What has no cycle promises nothing.
OFTEN = ("on_demand", "year", "quarter", "month", "week", "day", "realtime")


@dataclass(frozen=True)
class Seen:
    """A subscription as the rules see it. Lineages are codes from the division itself up to its province."""

    kind: str
    resource_stands: bool
    own: bool = False
    sharing: str = "conditional"
    territory: str = ""
    territory_was: str = ""
    lineage: tuple[str, ...] = ()
    subscriber_division: str = ""
    provider_division: str = ""
    elements: frozenset[str] = frozenset()
    column: str = ""
    cycle: str = "on_demand"
    resource_cycle: str = "other"
    same_open: bool = False


@rule(
    "HOUSE:flowback",
    title=Words("订阅他人已编目、可共享的资源", "The resource is another's, catalogued and shared"),
    since=SINCE,
    asks=("resource",),
)
def the_resource_can_flow_back(seen: Seen) -> Finding:
    if not seen.resource_stands or seen.own:
        return refuses(
            Words("没有这条目录，或是本单位自己的数据", "There is no such entry, or it is your own"),
            mend=Words(
                "请从数据目录中选择上级部门的资源。", "Choose a resource of a department above from the catalogue."
            ),
        )
    if seen.sharing == "none":
        return refuses(
            Words("该资源为不予共享类", "This resource is not shared"),
            mend=Words("请持有部门调整共享类型，或请数据主管部门协调。", "Ask its holder, or the data authority."),
        )
    return complies()


@rule("HOUSE:flowback", title=Words("由党政机关订阅", "A department subscribes"), since=SINCE)
def a_department_subscribes(seen: Seen) -> Finding:
    if seen.kind != "department":
        return refuses(
            Words("数据回流限于市、县党政机关", "Data flows back to departments of cities and counties"),
            mend=Words("请由本级主管部门订阅。", "Let the department of your territory subscribe."),
        )
    return complies()


@rule(
    "HOUSE:flowback",
    title=Words("区划现行有效", "The territory is a division of today"),
    since=SINCE,
    asks=("territory",),
)
def the_territory_stands(seen: Seen) -> Finding:
    if not seen.lineage:
        was = f"（曾为{seen.territory_was}）" if seen.territory_was else ""
        before = f" (it was {seen.territory_was})" if seen.territory_was else ""
        return refuses(
            Words(f"没有这个现行区划{was}", f"There is no such division today{before}"),
            mend=Words("请填写现行的六位区划代码。", "Give a division code of today, six digits."),
        )
    return complies()


@rule(
    "HOUSE:flowback",
    title=Words("只订阅本地区的数据", "Only for one's own territory"),
    since=SINCE,
    asks=("territory",),
)
def the_territory_is_the_subscribers_own(seen: Seen) -> Finding:
    """The division of a department is the one that its credit code names."""
    if seen.lineage and seen.subscriber_division not in seen.lineage:
        return refuses(
            Words("所填区划不在本部门的管辖范围内", "The territory does not lie in the department's own division"),
            mend=Words(
                f"本部门的区划是 {seen.subscriber_division}，可订阅它和它所辖的区划。",
                f"Your division is {seen.subscriber_division}: subscribe for it or for what lies in it.",
            ),
        )
    return complies()


@rule("HOUSE:flowback", title=Words("数据自上级区划回流", "Data flows back from a division above"), since=SINCE)
def it_flows_from_above(seen: Seen) -> Finding:
    if seen.lineage and seen.provider_division not in seen.lineage[1:]:
        return refuses(
            Words("该资源的持有部门不是所填区划的上级", "The holder is not of a division above the territory"),
            mend=Words(
                "同级、跨地区的数据请申请共享。", "Ask for data of the same level, or of elsewhere, by a share request."
            ),
        )
    return complies()


@rule(
    "HOUSE:flowback",
    title=Words("区划列是目录中的信息项", "The column is an element of the entry"),
    since=SINCE,
    asks=("column",),
)
def the_column_is_an_element(seen: Seen) -> Finding:
    if seen.resource_stands and seen.column not in seen.elements:
        return refuses(
            Words(f"目录中没有信息项“{seen.column}”", f"The entry has no element “{seen.column}”"),
            mend=Words("请填写目录中写有区划代码的信息项。", "Name the element that bears the division code."),
        )
    return complies()


@rule(
    "HOUSE:flowback",
    title=Words("周期不短于资源的更新周期", "Not more often than the resource is updated"),
    since=SINCE,
    asks=("cycle",),
)
def no_more_often_than_it_changes(seen: Seen) -> Finding:
    known = seen.cycle in OFTEN and seen.resource_cycle in OFTEN
    if known and seen.resource_cycle != "on_demand" and OFTEN.index(seen.cycle) > OFTEN.index(seen.resource_cycle):
        return refuses(
            Words("交付周期短于资源的更新周期", "The cycle is shorter than the resource's own"),
            mend=Words("请选择不短于资源更新周期的周期。", "Choose a cycle no shorter than that of the resource."),
        )
    return complies()


@rule("HOUSE:flowback", title=Words("同一区划不重复订阅", "One subscription for a territory"), since=SINCE)
def the_same_is_not_subscribed_twice(seen: Seen) -> Finding:
    if seen.same_open:
        return refuses(
            Words("本单位已有这一区划对该资源的订阅", "You have a subscription of this territory to it already"),
            mend=Words("请在原订阅中办理。", "Go on with that subscription."),
        )
    return complies()


@dataclass(frozen=True)
class ColumnSeen:
    """Another column for a subscription, beside the elements of the entry and the column of today."""

    elements: frozenset[str]
    column: str
    column_now: str


@rule(
    "HOUSE:flowback",
    title=Words("改用的区划列是另一信息项", "The column is another element of the entry"),
    since=SINCE,
    asks=("column",),
)
def another_column_is_an_element(seen: ColumnSeen) -> Finding:
    if seen.column not in seen.elements:
        return refuses(
            Words(f"目录中没有信息项“{seen.column}”", f"The entry has no element “{seen.column}”"),
            mend=Words(
                "请填写目录中写有区划代码的信息项；目录没有的，先更新目录。",
                "Name an element of the entry; update the entry first if it lacks it.",
            ),
        )
    if seen.column == seen.column_now:
        return refuses(
            Words(f"约定的区划列就是“{seen.column}”", f"The agreed column is “{seen.column}” already"),
            mend=Words("请改用另一列，或补交含该列的文件。", "Name another, or hand in a file that has it."),
        )
    return complies()


@dataclass(frozen=True)
class PostponedSeen:
    on: date
    due_date: date
    latest_date: date


@rule(
    "HOUSE:flowback", title=Words("改期在一个周期之内", "Put off by one cycle at most"), since=SINCE, asks=("due_date",)
)
def put_off_by_a_cycle_at_most(seen: PostponedSeen) -> Finding:
    if not seen.on < seen.due_date <= seen.latest_date:
        return refuses(
            Words("改期须在今天之后、一个周期之内", "It may be put off to a later day, by one cycle at most"),
            mend=Words(f"最晚至 {seen.latest_date:%Y-%m-%d}。", f"Until {seen.latest_date:%Y-%m-%d} at most."),
        )
    return complies()


@dataclass(frozen=True)
class EditionSeen:
    """A file that was handed in, beside the resource it is of."""

    own: bool
    file_own: bool
    is_table: bool
    subscribers: int
    version_taken: bool = False


@rule(
    "HOUSE:flowback",
    title=Words("版本属于本单位的资源", "The edition is of one's own resource"),
    since=SINCE,
    asks=("resource",),
)
def the_edition_is_ones_own(seen: EditionSeen) -> Finding:
    if not seen.own:
        return refuses(
            Words("这不是本单位已编目的资源", "It is not a catalogued resource of yours"),
            mend=Words("请选择本单位的资源。", "Choose a resource of your own."),
        )
    if not seen.file_own:
        return refuses(
            Words("没有收到本单位提交的这份文件", "This file was not handed in by you"),
            mend=Words("请先上传文件。", "Upload the file first."),
        )
    if not seen.is_table:
        return refuses(
            Words("文件不是 CSV", "The file is no CSV"),
            mend=Words("请另存为 CSV 后上传。", "Save it as CSV and upload that."),
        )
    return complies()


@rule(
    "HOUSE:flowback",
    title=Words("有订阅才交付", "An edition has somebody who subscribes"),
    since=SINCE,
    asks=("resource",),
)
def somebody_subscribes(seen: EditionSeen) -> Finding:
    if seen.own and not seen.subscribers:
        return refuses(
            Words("该资源目前没有有效的回流订阅", "Nobody subscribes to this resource now"),
            mend=Words(
                "有市、县订阅并经同意后再交付。", "Deliver once a city or county subscribes and you have agreed."
            ),
        )
    return complies()


@rule(
    "HOUSE:flowback", title=Words("一个版本只交付一次", "A version is delivered once"), since=SINCE, asks=("version",)
)
def a_version_comes_once(seen: EditionSeen) -> Finding:
    if seen.version_taken:
        return refuses(
            Words("这一版本已经交付过", "This version was delivered before"),
            mend=Words("更正的数据请用新的版本名称。", "Give corrected data another version."),
        )
    return complies()


SUBSCRIPTION_RULES: tuple[Rule, ...] = (
    the_resource_can_flow_back, a_department_subscribes, the_territory_stands, the_territory_is_the_subscribers_own,
    it_flows_from_above, the_column_is_an_element, no_more_often_than_it_changes, the_same_is_not_subscribed_twice,
)  # fmt: skip
EDITION_RULES: tuple[Rule, ...] = (the_edition_is_ones_own, somebody_subscribes, a_version_comes_once)
