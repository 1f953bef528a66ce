"""When data is derived and one's own: the right to use every source, and a contract or a really new thing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class GroundSeen:
    """One ground: what it is called, whether it stands, gives the holder the use, and lets it derive."""

    words: Words
    stands: bool = True
    gives_use: bool = True
    lets_derive: bool = True


@dataclass(frozen=True)
class Seen:
    on: date
    grounds: tuple[GroundSeen, ...] = ()
    own: bool = True
    catalogued: bool = True
    declared_already: bool = False
    circular: bool = False
    contract_assigns: bool = False
    changed: bool = False
    valued: bool = False
    papers_unknown: tuple[str, ...] = ()


def _named(grounds: list[GroundSeen]) -> tuple[str, str]:
    return "、".join(one.words.zh for one in grounds), ", ".join(one.words.en for one in grounds)


@rule(
    "HOUSE:grants",
    title=Words("申报的是自己编目的资源", "The derived resource is one's own"),
    since=SINCE,
    asks=("resource",),
)
def derived_resource_is_ones_own(seen: Seen) -> Finding:
    if not seen.own or not seen.catalogued:
        return refuses(
            Words("衍生资源不属于本单位或尚未编目", "The derived resource is not yours, or not catalogued"),
            mend=Words("先将衍生数据编目。", "Catalogue it first."),
        )
    if seen.declared_already:
        return refuses(
            Words("该资源已有衍生依据", "Its grounds were declared already"),
            mend=Words("在原申报中增加或停用依据。", "Add or end grounds there."),
        )
    return complies()


@rule("HOUSE:grants", title=Words("依据现行有效", "Every ground named is in force"), since=SINCE, asks=("grounds",))
def named_grounds_stand(seen: Seen) -> Finding:
    fallen = [one for one in seen.grounds if not one.stands]
    if fallen:
        zh, en = _named(fallen)
        return refuses(
            Words(f"不存在、不属于本单位或已失效：{zh}", f"Unknown, not yours, or no longer in force: {en}"),
            mend=Words("换成有效的依据。", "Name grounds that are in force."),
        )
    return complies()


def answer(seen: Seen) -> law.Row:
    """What the table of article 21 says of derived data with these answers."""
    return law.table("property-source", on=max(seen.on, date(2026, 7, 3))).decide(
        source="derived", right="use", entrusted=False, assigned=seen.contract_assigns, for_product=True, non_substituting=True,
        partners_consent=True, holds_use_right=all(one.gives_use for one in seen.grounds), changed_in_substance=seen.changed,
        much_more_valuable=seen.valued,
    )[0]  # fmt: skip


@rule("PROP35:21(6)", title=Words("衍生数据的两项条件", "What makes derived data one's own"), since=date(2026, 7, 3))
def derived_data_is_ones_own(seen: Seen) -> Finding:
    """The right to use every source, and a contract that assigns it or both a change in substance and a much higher value."""
    row = answer(seen)
    if str(row.outcome["answer"]) != "refuse":
        return complies(row.words)
    without = [one for one in seen.grounds if not one.gives_use]
    if not without:
        return refuses(row.words, mend=row.mend)
    zh, en = _named(without)
    return refuses(Words(f"{row.words.zh}：{zh}", f"{row.words.en}: {en}"), mend=row.mend)


@rule(
    "HOUSE:grants",
    title=Words("授权允许形成衍生数据", "The grants named allow deriving"),
    since=SINCE,
    asks=("grounds",),
)
def grounds_let_derive(seen: Seen) -> Finding:
    barred = [one for one in seen.grounds if not one.lets_derive]
    if barred:
        zh, en = _named(barred)
        return refuses(
            Words(f"授权不允许形成衍生数据产品：{zh}", f"These grants do not allow derived products: {en}"),
            mend=Words("与授权方约定允许衍生，或换一项依据。", "Agree on it with the grantor, or name another ground."),
        )
    return complies()


@rule("HOUSE:grants", title=Words("来源关系不成环", "Nothing is derived from itself, however far around"), since=SINCE)
def lineage_has_no_circle(seen: Seen) -> Finding:
    if seen.circular:
        return refuses(
            Words(
                "来源数据本身就由该资源衍生，来源关系成环", "The source is itself derived from this resource: a circle"
            ),
            mend=Words(
                "换一项来源，或停用造成回路的依据。", "Name another source, or end the ground that closes the circle."
            ),
        )
    return complies()


@rule(
    "HOUSE:grants",
    title=Words("合同由本单位提交", "The contract is handed in by oneself"),
    since=SINCE,
    asks=("contract",),
)
def contract_of_derivation_is_ones_own(seen: Seen) -> Finding:
    if seen.papers_unknown:
        named = "、".join(seen.papers_unknown)
        return refuses(
            Words(f"没有这些材料，或不是本单位提交的：{named}", f"Not on file, or not handed in by you: {named}"),
            mend=Words("请先上传材料。", "Hand the papers in first."),
        )
    return complies()


@dataclass(frozen=True)
class DropSeen:
    live: bool = True
    last_of_source: bool = False


@rule("HOUSE:grants", title=Words("每一来源留有依据", "Every source keeps a ground"), since=SINCE)
def a_source_keeps_a_ground(seen: DropSeen) -> Finding:
    if not seen.live:
        return refuses(Words("没有这项现行依据", "There is no such ground"), mend=Words("从所列依据中选择。", "Choose among those listed."))  # fmt: skip
    if seen.last_of_source:
        return refuses(
            Words("这是该来源仅有的依据", "It is the only ground for that source"),
            mend=Words("先增加另一项依据；不再使用该来源的，终止后重新申报。", "Add another first; to do without the source, end this and declare anew."),
        )  # fmt: skip
    return complies()


DERIVATION_RULES: tuple[Rule, ...] = (
    derived_resource_is_ones_own, named_grounds_stand, derived_data_is_ones_own, grounds_let_derive, lineage_has_no_circle,
    contract_of_derivation_is_ones_own,
)  # fmt: skip
