"""What may be granted: nobody grants more than it has, in any respect; an exclusive grant meets no other. Pure.

Each respect in which a grant goes too far is a finding of its own, and names the link of the chain that it goes beyond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.rules import SHOULD, Finding, Rule, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.registry.grants.scope import Dimension, Extent, Link, beyond

SINCE = date(2026, 1, 1)
NAMES_SHOWN = 10


@dataclass(frozen=True)
class Seen:
    """A grant as the rules see it on a day. `chain` is what it stands on, its root first, the grantor's own link last.

    `met` are the grants that an exclusive one would meet, or the exclusive ones that this one would.
    """

    on: date
    kind: str = "use"
    asked: Extent = field(default_factory=Extent)
    chain: tuple[Link, ...] = ()
    right_of_operation: bool = True
    same_party: bool = False
    grantee_admitted: bool = True
    resource_ready: bool = True
    strange: tuple[str, ...] = ()
    regions_unknown: tuple[str, ...] = ()
    circular: bool = False
    met: tuple[Words, ...] = ()
    others_hold: int = 0
    public_data: bool = False
    personal: str = "none"


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    return "、".join(found[:NAMES_SHOWN]) + ("…" if len(found) > NAMES_SHOWN else "")


def _first_beyond(seen: Seen, dimension: Dimension, kinds: frozenset[str]) -> tuple[Link, tuple[str, ...]] | None:
    """The first link from the root that the grant goes beyond in this respect. Above the last, one passing-on is used up by each."""
    for place, link in enumerate(seen.chain):
        if link.kind not in kinds:
            continue
        asked = seen.asked
        if dimension is Dimension.DEPTH and asked.depth is not None:  # links below this one were passed on, too
            asked = replace(asked, depth=asked.depth + len(seen.chain) - 1 - place)
        too_much = beyond(asked, link.extent).get(dimension)
        if too_much:
            return link, too_much
    return None


ROOTS = frozenset({"registered", "catalogued"})
GRANTS = frozenset({"use", "operation"})
EVERY = ROOTS | GRANTS


@rule(
    "HOUSE:grants",
    title=Words("授权给另一家已入场的单位", "A grant goes to another admitted organisation"),
    since=SINCE,
    asks=("grantee",),
)
def a_grant_goes_to_another_member(seen: Seen) -> Finding:
    if seen.same_party:
        return refuses(
            Words("不能授权给自己", "Nobody grants to itself"),
            mend=Words("选择另一家单位。", "Choose another organisation."),
        )
    if not seen.grantee_admitted:
        return refuses(
            Words("对方尚未入场或已暂停", "The other side is not admitted, or suspended"),
            mend=Words("请对方完成入场。", "Let it be admitted first."),
        )
    return complies()


@rule("HOUSE:grants", title=Words("授权依据有效", "What a grant stands on is in force"), since=SINCE, asks=("ground",))
def the_whole_chain_stands(seen: Seen) -> Finding:
    fallen = next((link for link in seen.chain if not link.stands), None)
    if fallen is not None or not seen.chain:
        named = fallen.words if fallen is not None else Words("所填依据", "the ground named")
        return refuses(
            Words(
                f"授权链上的{named.zh}不存在、不属于授权方、尚未生效、已失效或被限制",
                f"In the chain, {named.en} is unknown, not the grantor's, not yet in force, over or frozen",
            ),
            mend=Words("选择本单位现行有效的权利或授权。", "Choose a right or grant of your own that is in force."),
        )
    if not seen.resource_ready:
        return refuses(
            Words("数据资源已撤出目录", "The resource is no longer catalogued"),
            mend=Words("重新编目后再授权。", "Catalogue it again first."),
        )
    return complies()


def answers(seen: Seen) -> list[law.Row]:
    """What the table says of the root, which gives the right away at all, and of the grantor's own link."""
    table = law.table("grantable", on=seen.on)
    asked = {"use": "grant_of_use", "operation": "grant_of_operation"}
    kinds = [link.kind for link in (*seen.chain[:1], *seen.chain[1:][-1:])]
    return [
        table.decide(ground=asked.get(kind, kind), kind=seen.kind, right_of_operation=seen.right_of_operation)[0]
        for kind in kinds
    ]


@rule(
    "PROP35:3",
    title=Words("授予的权利不超出授权方的权利", "No other right is granted than the grantor has"),
    since=date(2026, 7, 3),
)
def the_ground_gives_this_right(seen: Seen) -> Finding:
    rows = answers(seen)
    refusing = next((row for row in rows if row.outcome["answer"] == "no"), None)
    if refusing is not None:
        return refuses(refusing.words, mend=refusing.mend)
    return complies(rows[-1].words) if rows else complies()


@rule(
    "HOUSE:grants",
    title=Words("信息项是目录中的信息项", "The elements are those of the entry"),
    since=SINCE,
    asks=("fields",),
)
def the_elements_are_of_the_entry(seen: Seen) -> Finding:
    if seen.strange:
        names = _listed(seen.strange)
        return refuses(
            Words(f"目录中没有这些信息项：{names}", f"The entry has no element called: {names}"),
            mend=Words("按目录所列填写；不填为全部。", "Write them as the entry has them; none is all of them."),
        )
    return complies()


@rule(
    "HOUSE:grants", title=Words("地域为现行区划", "The regions are divisions in force"), since=SINCE, asks=("regions",)
)
def granted_regions_are_divisions(seen: Seen) -> Finding:
    if seen.regions_unknown:
        codes = _listed(seen.regions_unknown)
        return refuses(
            Words(f"没有代码为 {codes} 的现行行政区划", f"No division in force bears the code {codes}"),
            mend=Words("按 GB/T 2260 更正代码。", "Correct the code by GB/T 2260."),
        )
    return complies()


def _excess(seen: Seen, dimension: Dimension, zh: str, en: str, mend: Words, kinds: frozenset[str] = EVERY) -> Finding:
    found = _first_beyond(seen, dimension, kinds)
    if found is None:
        return complies()
    link, too_much = found
    named = (
        {"zh": "不作限制（全部）", "en": "no limit (all)"}
        if too_much == ("*",)
        else {"zh": _listed(too_much), "en": _listed(too_much)}
    )
    return refuses(
        Words(f"{zh.format(named['zh'])}，超出{link.words.zh}", f"{en.format(named['en'])}: more than {link.words.en} allows"),
        mend=mend,
    )  # fmt: skip


@rule(
    "HOUSE:grants",
    title=Words("信息项不超出授权方的权利", "No more elements than the grantor has"),
    since=SINCE,
    asks=("fields",),
)
def granted_elements_lie_within(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.FIELDS, "信息项：{}", "Elements: {}", Words("减去超出的信息项。", "Leave these elements out.")
    )


@rule(
    "HOUSE:grants",
    title=Words("用途不超出授权方的权利", "No more purposes than the grantor has"),
    since=SINCE,
    asks=("purposes",),
)
def granted_purposes_lie_within(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.PURPOSES, "用途：{}", "Purposes: {}", Words("减去超出的用途。", "Leave these purposes out.")
    )


@rule(
    "HOUSE:grants",
    title=Words("地域不超出授权方的权利", "No more regions than the grantor has"),
    since=SINCE,
    asks=("regions",),
)
def granted_regions_lie_within(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.REGIONS, "地域：{}", "Regions: {}",
        Words("填写上一级授权地域之内的区划。", "Name divisions within those of the grant above."),
    )  # fmt: skip


@rule(
    "PROP35:26",
    title=Words("授权不长于登记的有效期", "A grant ends with the registration at the latest"),
    since=date(2026, 7, 3),
    asks=("until_date",),
)
def a_grant_ends_with_the_registration(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.TERM, "期限（{}）", "The term ({})",
        Words("把期限缩短到登记有效期之内；登记续期后再授权。", "Shorten it to the validity; grant again after a renewal."), ROOTS,
    )  # fmt: skip


@rule(
    "HOUSE:grants",
    title=Words("期限在上一级授权之内", "A grant lies within the term of the one above"),
    since=SINCE,
    asks=("until_date",),
)
def a_grant_lies_within_the_term_above(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.TERM, "期限（{}）", "The term ({})",
        Words("把起止日改到上一级授权的期限之内。", "Move both days into the term of the grant above."), GRANTS,
    )  # fmt: skip


@rule(
    "HOUSE:grants",
    title=Words("再授权不超出允许的层数", "Passing on goes no further than allowed"),
    since=SINCE,
    asks=("depth",),
)
def passing_on_is_allowed(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.DEPTH, "再授权层数（上限 {}）", "Times passed on (at most {})",
        Words("减少可再授权的层数；上一级为 0 的，不得再授权。", "Allow it fewer times; what may be passed on no time is not passed on."),
    )  # fmt: skip


@rule(
    "HOUSE:grants",
    title=Words("衍生产品以授权允许为限", "Derived products only where the chain allows them"),
    since=SINCE,
    asks=("derives",),
)
def derivation_lies_within(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.DERIVATION, "允许形成衍生数据产品{}", "Derived products{}",
        Words("上一级授权不允许的，不能允许。", "What the grant above does not allow cannot be allowed."),
    )  # fmt: skip


@rule(
    "HOUSE:grants",
    title=Words("非排他的权利不能排他授出", "What is not exclusive is not granted exclusively"),
    since=SINCE,
    asks=("exclusive",),
)
def exclusiveness_lies_within(seen: Seen) -> Finding:
    return _excess(
        seen, Dimension.EXCLUSIVE, "排他授权{}", "An exclusive grant{}",
        Words("上一级授权不是排他的，只能普通授权。", "The grant above is not exclusive: grant it without."),
    )  # fmt: skip


@rule("HOUSE:grants", title=Words("排他授权不与其他授权相交", "An exclusive grant meets no other"), since=SINCE)
def exclusive_grants_do_not_meet(seen: Seen) -> Finding:
    if seen.met:
        return refuses(
            Words(
                "与有效授权在信息项、用途、地域和期限上相交：" + "；".join(one.zh for one in seen.met[:NAMES_SHOWN]),
                "Meets a grant in force in elements, purposes, region and term: " + "; ".join(one.en for one in seen.met[:NAMES_SHOWN]),
            ),
            mend=Words("错开范围或期限，或都不排他。", "Move scope or term apart, or let none be exclusive."),
        )  # fmt: skip
    return complies()


@rule(
    "PROP35:21(last)",
    strength=SHOULD,
    title=Words("排他只约束授权方", "Exclusive binds the grantor alone"),
    since=date(2026, 7, 3),
)
def exclusive_binds_the_grantor_alone(seen: Seen) -> Finding:
    """A notice: the same right in the same data may be held by several, and each may grant its own."""
    if seen.asked.sole and seen.others_hold:
        return refuses(
            Words(
                f"另有 {seen.others_hold} 方登记了这项数据的权利，各自可以授权；本授权的排他只约束授权方自己",
                f"{seen.others_hold} others hold rights in the same data and may grant them; this grant binds its grantor alone",
            ),
            mend=Words("无须改正，请双方知悉。", "Nothing to mend: both sides should know."),
        )
    return complies()


@rule("HOUSE:grants", title=Words("授权不成环", "Grants do not run in a circle"), since=SINCE, asks=("grantee",))
def grants_do_not_run_in_a_circle(seen: Seen) -> Finding:
    if seen.circular:
        return refuses(
            Words("被授权方已在这条授权链的上游，授权不能回到它那里", "The grantee stands further up in this very chain: a grant does not come back to it"),
            mend=Words("由被授权方使用它自己的权利。", "It uses the right that it has."),
        )  # fmt: skip
    return complies()


@rule("HOUSE:grants", title=Words("公共数据经授权运营", "Public data is operated under an authorisation"), since=SINCE)
def public_data_is_authorised_instead(seen: Seen) -> Finding:
    if seen.public_data:
        return refuses(
            Words("公共数据不适用企业之间的授权", "Public data is not granted between enterprises"),
            mend=Words("按公共数据授权运营办理。", "Go by authorised operation."),
        )
    return complies()


@rule(
    "PIPL:23",
    title=Words("含个人信息的数据不径行授权", "Personal information is not simply granted"),
    since=date(2021, 11, 1),
)
def personal_information_is_not_granted(seen: Seen) -> Finding:
    if seen.personal in {"general", "sensitive"}:
        return refuses(
            Words("数据含个人信息，没有可核对的单独同意", "There is personal information, and no separate consent that can be checked"),
            mend=Words("匿名化并重新定级后再授权。", "Anonymise it and grade it anew first."),
        )  # fmt: skip
    return complies()


EXTENT_RULES: tuple[Rule, ...] = (
    granted_elements_lie_within, granted_purposes_lie_within, granted_regions_lie_within, a_grant_ends_with_the_registration,
    a_grant_lies_within_the_term_above, passing_on_is_allowed, derivation_lies_within, exclusiveness_lies_within,
)  # fmt: skip
GRANT_RULES: tuple[Rule, ...] = (
    a_grant_goes_to_another_member, the_whole_chain_stands, the_ground_gives_this_right, the_elements_are_of_the_entry,
    granted_regions_are_divisions, *EXTENT_RULES, exclusive_grants_do_not_meet, exclusive_binds_the_grantor_alone,
    grants_do_not_run_in_a_circle, public_data_is_authorised_instead, personal_information_is_not_granted,
)  # fmt: skip


# What ends one.


@dataclass(frozen=True)
class NoticeSeen:
    agreed: str = ""
    ground: str = "agreed"
    papers_unknown: tuple[str, ...] = ()


@rule(
    "HOUSE:grants",
    title=Words("收回须有约定或法定的依据", "A grant is revoked on an agreed or a legal ground"),
    since=SINCE,
)
def revocation_has_a_ground(seen: NoticeSeen) -> Finding:
    if seen.ground == "agreed" and seen.agreed.strip().rstrip("。.") in {"无", "没有", "不收回", "none", "None"}:
        return refuses(
            Words("双方没有约定收回的情形", "Nothing was agreed as a ground for revocation"),
            mend=Words(
                "以违约或法律规定为依据，或与对方协商。", "Name a breach or a law, or agree with the other side."
            ),
        )
    return complies()


@rule("HOUSE:grants", title=Words("佐证由本方提交", "Evidence is handed in by oneself"), since=SINCE, asks=("paper",))
def evidence_of_a_notice_is_ones_own(seen: NoticeSeen) -> Finding:
    if seen.papers_unknown:
        named = "、".join(seen.papers_unknown)
        return refuses(
            Words(f"没有这些材料，或不是本单位提交的：{named}", f"Not on file, or not handed in by you: {named}"),
            mend=Words("请先上传材料。", "Hand the papers in first."),
        )
    return complies()


NOTICE_RULES: tuple[Rule, ...] = (revocation_has_a_ground, evidence_of_a_notice_is_ones_own)


# Both ways at once.


@dataclass(frozen=True)
class Direction:
    """What one side gives. `words` calls that side; `seen` is the grant it comes to."""

    words: Words
    kind: str
    derives: bool
    depth: int
    fee_fen: int
    seen: Seen | None = None


@dataclass(frozen=True)
class PairSeen:
    """`by_large` is what the larger side gives, `by_small` what the smaller one does."""

    by_large: Direction
    by_small: Direction
    mine: int = 0
    same_data: bool = False


def _rank(kind: str) -> int:
    return {"use": 0, "operation": 1}[kind]


LEVEL = Words("按同等条件填写，或让给中小微企业一方。", "Write the same on both sides, or yield to the smaller one.")


@rule("SEED:6", title=Words("双向公平：授予的权利对等", "Fair both ways: rights of one rank"), since=SINCE)
def the_smaller_gets_no_lesser_right(seen: PairSeen) -> Finding:
    if _rank(seen.by_large.kind) < _rank(seen.by_small.kind):
        return refuses(
            Words("中小微企业授出经营权，得到的只是使用权", "The smaller firm gives operation and gets use alone"),
            mend=LEVEL,
        )
    return complies()


@rule("SEED:6", title=Words("双向公平：衍生和再授权对等", "Fair both ways: deriving and passing on"), since=SINCE)
def the_smaller_may_do_no_less_with_it(seen: PairSeen) -> Finding:
    less = [
        words
        for words, short in (
            (Words("形成衍生数据产品", "make derived products"), seen.by_small.derives and not seen.by_large.derives),
            (Words("再授权", "pass it on"), seen.by_small.depth > seen.by_large.depth),
        )
        if short
    ]
    if less:
        return refuses(
            Words(
                "对方可以而中小微企业不可以：" + "、".join(one.zh for one in less),
                "What the other side may do and the smaller firm may not: " + ", ".join(one.en for one in less),
            ),
            mend=LEVEL,
        )
    return complies()


@rule("SEED:6", title=Words("双向公平：费用对等", "Fair both ways: fees"), since=SINCE)
def the_smaller_pays_no_more(seen: PairSeen) -> Finding:
    if seen.by_large.fee_fen > seen.by_small.fee_fen:
        return refuses(
            Words(
                f"中小微企业每年付 {yuan(seen.by_large.fee_fen)}，只收 {yuan(seen.by_small.fee_fen)}",
                f"The smaller firm pays {yuan(seen.by_large.fee_fen)} a year and gets {yuan(seen.by_small.fee_fen)}",
            ),
            mend=LEVEL,
        )
    return complies()


@rule(
    "HOUSE:grants",
    title=Words("两个方向各依据自己的数据", "Each direction stands on that side's own data"),
    since=SINCE,
)
def two_ways_are_two_data_sets(seen: PairSeen) -> Finding:
    if seen.same_data:
        return refuses(
            Words("两个方向是同一项数据", "Both directions are of the same data"),
            mend=Words("双方各选自己的数据。", "Each side chooses its own."),
        )
    return complies()


@rule("HOUSE:grants", title=Words("两个方向都能授出", "Both directions can be granted"), since=SINCE)
def both_directions_can_be_granted(seen: PairSeen) -> Finding:
    """Every rule of a single grant, for each direction: all that stands in the way is told, each with its own citation."""
    told: list[Words] = []
    for side in (seen.by_large, seen.by_small):
        if side.seen is None:
            continue
        for one in GRANT_RULES:
            if not one.is_in_force(side.seen.on):
                continue
            found = one(side.seen)
            if found.blocks:
                cited = law.cite(one.cite)
                told.append(Words(f"{side.words.zh}：{found.words.zh}（{cited.zh}）", f"{side.words.en}: {found.words.en} ({cited.en})"))  # fmt: skip
    if told:
        return refuses(
            Words("；".join(one.zh for one in told), "; ".join(one.en for one in told)),
            mend=Words("逐项更正后再提出。", "Correct each, then propose it again."),
        )
    return complies()


PAIR_RULES: tuple[Rule, ...] = (
    two_ways_are_two_data_sets, the_smaller_gets_no_lesser_right, the_smaller_may_do_no_less_with_it, the_smaller_pays_no_more,
    both_directions_can_be_granted,
)  # fmt: skip
