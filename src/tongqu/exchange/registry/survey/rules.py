"""When a survey may be opened and answered, and a data set stand on the supply list. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import MUST, Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)
# A mobile number, an identity number, an address of mail: what a public description need not carry.
_TELLING = re.compile(
    r"(?<!\d)(?:00)?(?:86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"  # a mobile number
    r"|(?<!\d)(?:\(0\d{2,3}\)|0\d{2,3})[- ]?[2-9]\d{6,7}(?!\d)"  # a telephone
    r"|(?<!\d)\d(?:[- ]?\d){16}[- ]?[\dXx](?![\dXx])"  # an identity number
    r"|[\w.+-]+@[\w-]+\.[\w.]+"
)


@dataclass(frozen=True)
class TermSeen:
    days: int
    days_min: int
    days_max: int


@dataclass(frozen=True)
class PlacesSeen:
    strange: tuple[str, ...]


@dataclass(frozen=True)
class EntrySeen:
    by_house: bool
    of_an_answer: bool
    names_taken: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextSeen:
    text: str
    personal: bool
    willing: str


@dataclass(frozen=True)
class LinkSeen:
    own: bool
    catalogued: bool
    taken: bool


@rule(
    "HOUSE:survey",
    strength=MUST,
    since=SINCE,
    title=Words("调查期限合理", "A survey leaves time to answer"),
    asks=("closes_date",),
)
def term_is_fair(seen: TermSeen) -> Finding:
    if not seen.days_min <= seen.days <= seen.days_max:
        return refuses(
            Words(
                f"答复期 {seen.days} 日，应为 {seen.days_min} 至 {seen.days_max} 日",
                f"{seen.days} days to answer; it must be {seen.days_min} to {seen.days_max}",
            ),
            mend=Words("请另定截止日。", "Choose another day."),
        )
    return complies()


@rule(
    "HOUSE:survey",
    strength=MUST,
    since=SINCE,
    title=Words("调查地区现行有效", "The places surveyed stand today"),
    asks=("regions",),
)
def places_stand(seen: PlacesSeen) -> Finding:
    if seen.strange:
        listed = "、".join(seen.strange)
        return refuses(
            Words(f"没有这些现行区划：{listed}", f"There are no such divisions: {listed}"),
            mend=Words("请填写现行区划代码。", "Give division codes of today."),
        )
    return complies()


@rule("HOUSE:survey", strength=MUST, since=SINCE, title=Words("一个数据集登记一次", "A data set is entered once"))
def entered_once(seen: EntrySeen) -> Finding:
    if seen.of_an_answer and not seen.by_house:
        return refuses(
            Words("调查答复由系统转为登记", "The house itself makes entries of answers"),
            mend=Words("自愿登记不填答复编号。", "Leave the number of an answer out."),
        )
    if seen.names_taken:
        listed = "、".join(seen.names_taken)
        return refuses(
            Words(f"本单位已登记同名数据集：{listed}", f"You have entered data sets of these names: {listed}"),
            mend=Words("请换一个名称，或修改原登记。", "Choose another name, or change that entry."),
        )
    return complies()


@rule(
    "HOUSE:survey",
    strength=MUST,
    since=SINCE,
    title=Words("说明文字不含个人联系方式，个人信息不直接开放", "A description tells of no person"),
)
def fit_for_the_list(seen: TextSeen) -> Finding:
    """What this rule finds nothing in is listed at once; the rest is read by a person."""
    if _TELLING.search(unicodedata.normalize("NFKC", seen.text)):
        return refuses(
            Words("说明中似有号码或邮箱", "The description seems to have a number or an address in it"),
            mend=Words("由数据主管部门核对。", "The data authority looks at it."),
        )
    if seen.personal and seen.willing == "open":
        return refuses(
            Words("涉及个人信息而愿意开放，须核对", "Personal information that is to be open is looked at"),
            mend=Words("由数据主管部门核对。", "The data authority looks at it."),
        )
    return complies()


@rule(
    "HOUSE:survey",
    strength=MUST,
    since=SINCE,
    title=Words("关联本单位已编目的资源", "An entry is joined to a catalogued resource of one's own"),
    asks=("resource",),
)
def joined_to_ones_own(seen: LinkSeen) -> Finding:
    if not seen.own or not seen.catalogued:
        return refuses(
            Words("这不是本单位已编目的资源", "This is no catalogued resource of yours"),
            mend=Words("请选择本单位已编目的资源。", "Choose a catalogued resource of your own."),
        )
    if seen.taken:
        return refuses(
            Words("该资源已关联另一条登记", "Another entry is joined to this resource"),
            mend=Words("一个资源只关联一条登记。", "A resource is joined to one entry."),
        )
    return complies()
