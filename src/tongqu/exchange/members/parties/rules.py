"""Who may take part, and as what. Pure: they judge a plain picture of an organisation on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members.roles import OPERATOR_ROLES, RESERVED_ROLES, ROLE_WORDS, SELLING_ROLES

SINCE = date(2020, 1, 1)


@dataclass(frozen=True)
class Picture:
    """An organisation as the rules see it. `roles` are those asked for or about to be granted; `had` those it has."""

    on: date
    roles: frozenset[str] = frozenset()
    had: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    operates_exchange: bool = False
    exchange_founded: bool = False
    by_exchange_administrator: bool = False
    code_taken: bool = False
    region: str = ""
    region_known: bool = True
    region_was: str = ""
    checks: frozenset[str] = frozenset()
    method: str = ""
    papers: int = 0
    licence_until_date: date | None = None
    kind: str = ""


@dataclass(frozen=True)
class ControlSeen:
    """A statement of control as the rules see it."""

    on: date
    since_date: date
    until_date: date | None = None
    itself: bool = False
    declared_already: bool = False
    known: bool = True


@dataclass(frozen=True)
class Departure:
    """What a member that would leave still has on the exchange. `open` are procedures and how many of each."""

    fen: int
    open: tuple[tuple[Words, int], ...]


@rule("HOUSE:admission", title=Words("了结之后再退出", "Nothing is left behind"), since=SINCE)
def nothing_is_left_behind(seen: Departure) -> Finding:
    """Nobody can act for a party that has left: its money and its deals would stay where they are for ever."""
    zh = [f"{words.zh} {count} 件" for words, count in seen.open]
    en = [f"{words.en}: {count}" for words, count in seen.open]
    if seen.fen:
        zh.append(f"账户余额 {yuan(seen.fen)}")
        en.append(f"money on its accounts: {yuan(seen.fen)}")
    if not zh:
        return complies()
    return refuses(
        Words(f"还有未了结的事项：{'、'.join(zh)}", f"There is unfinished business: {', '.join(en)}"),
        mend=Words("办结各项交易，提现全部余额，然后退出。", "Finish every deal, pay out all the money, then leave."),
    )


def _names(roles: frozenset[str]) -> tuple[str, str]:
    words = [ROLE_WORDS[role] for role in sorted(roles)]
    return "、".join(w.zh for w in words), ", ".join(w.en for w in words)


@rule(
    "SEED:10",
    title=Words("交易场所与数据商功能分离", "The exchange does not sell on itself"),
    since=date(2023, 1, 1),
    asks=("roles",),
)
def operator_does_not_sell(seen: Picture) -> Finding:
    selling = seen.roles & SELLING_ROLES
    if not (seen.operates_exchange and selling):
        return complies()
    zh, en = _names(selling)
    return refuses(
        Words(f"交易场所运营单位不得兼任：{zh}", f"The operator of the exchange cannot also be: {en}"),
        mend=Words("去掉这些角色；由其他单位作为提供方。", "Leave these roles out; let another organisation provide."),
    )


@rule(
    "HOUSE:admission",
    title=Words("场所岗位只属运营单位", "The exchange's own offices stay with its operator"),
    since=SINCE,
    asks=("roles",),
)
def offices_of_the_operator(seen: Picture) -> Finding:
    offices = (seen.roles - seen.had) & OPERATOR_ROLES
    if seen.operates_exchange or not offices:
        return complies()
    zh, en = _names(offices)
    return refuses(
        Words(f"只有交易场所运营单位可以担任：{zh}", f"Only the operator of the exchange can be: {en}"),
        mend=Words("去掉这些角色。", "Leave these roles out."),
    )


@rule(
    "HOUSE:admission",
    title=Words("公共职责角色由管理员授予", "Roles of public trust are granted by the administrator"),
    since=SINCE,
    asks=("roles",),
)
def reserved_roles(seen: Picture) -> Finding:
    reserved = (seen.roles - seen.had) & RESERVED_ROLES
    if seen.by_exchange_administrator or not reserved:
        return complies()
    zh, en = _names(reserved)
    return refuses(
        Words(f"这些角色只能由交易场所管理员授予：{zh}", f"Only an exchange administrator grants: {en}"),
        mend=Words(
            "请交易场所管理员办理，或先授予其他角色。",
            "Let the exchange administrator do it, or grant the others first.",
        ),
    )


@rule(
    "REG26:3(3)",
    title=Words("公共数据资源登记机构是事业单位", "A registrar of public data is a public institution"),
    since=date(2025, 3, 1),
    asks=("roles",),
)
def a_public_registrar_is_an_institution(seen: Picture) -> Finding:
    """It is designated by the data authority, and is another body than the registrar of rights."""
    after = seen.roles | seen.had
    if "public_registrar" not in after:
        return complies()
    if seen.kind != "public_institution" or "registrar" in after:
        return refuses(
            Words(
                "公共数据资源登记机构须是数据主管部门指定的事业单位，且不兼任数据产权登记机构",
                "A registrar of public data is a public institution that the data authority designated, and no registrar of rights",
            ),
            mend=Words("改授其他角色，或由符合条件的单位担任。", "Grant another role, or choose another body."),
        )
    return complies()


@rule(
    "HOUSE:admission",
    title=Words("只授予申请过的角色", "Nobody is given what it did not ask for"),
    since=SINCE,
    asks=("roles",),
)
def granted_as_asked(seen: Picture) -> Finding:
    unasked = seen.roles - seen.asked
    if not unasked:
        return complies()
    zh, en = _names(unasked)
    return refuses(
        Words(f"单位没有申请这些角色：{zh}", f"The organisation did not ask for: {en}"),
        mend=Words("只在申请范围内授予。", "Grant within the application."),
    )


@rule(
    "HOUSE:admission",
    title=Words("一个信用代码一个成员", "One member for each credit code"),
    since=SINCE,
    asks=("credit_code",),
)
def not_a_member_yet(seen: Picture) -> Finding:
    if not seen.code_taken:
        return complies()
    return refuses(
        Words(
            "这个统一社会信用代码已在本所申请或入场", "An organisation with this credit code has applied or is a member"
        ),
        mend=Words("请联系该单位的管理员为您授权。", "Ask its administrator for a mandate."),
    )


@rule(
    "HOUSE:admission",
    title=Words("行政区划代码有效（GB/T 2260）", "The division code is in force (GB/T 2260)"),
    since=SINCE,
    asks=("region",),
)
def region_is_known(seen: Picture) -> Finding:
    if seen.region_known:
        return complies()
    if seen.region_was:
        return refuses(
            Words(
                f"行政区划代码 {seen.region}（{seen.region_was}）已不再使用",
                f"Code {seen.region} ({seen.region_was}) is no longer used",
            ),
            mend=Words("填写现行代码。", "Give the code in force today."),
        )
    return refuses(
        Words(f"没有行政区划代码 {seen.region}", f"There is no division code {seen.region}"),
        mend=Words("按行政区划代码表选择。", "Choose from the table of divisions."),
    )


@rule(
    "ECOM:27",
    title=Words("核验身份、地址、联系方式、行政许可", "Identity, address, contact and licence are verified"),
    since=date(2019, 1, 1),
    asks=("checks",),
)
def identity_is_complete(seen: Picture) -> Finding:
    missing = [name for name in ("identity", "address", "contact", "licence") if name not in seen.checks]
    if not missing:
        return complies()
    return refuses(
        Words(f"还有项目未核验：{'、'.join(missing)}", f"Not verified yet: {', '.join(missing)}"),
        mend=Words("逐项核验；材料不足的，要求补正。", "Verify each; where papers are missing, ask for a supplement."),
    )


@rule(
    "ECOM:27",
    title=Words("核对证照须有证照", "Papers compared are papers on file"),
    since=date(2019, 1, 1),
    asks=("method",),
)
def papers_are_on_file(seen: Picture) -> Finding:
    if seen.method != "document" or seen.papers:
        return complies()
    return refuses(
        Words("没有上传证照，不能以核对证照的方式核验", "No papers are on file to be compared"),
        mend=Words("要求补正证照，或改用其他核验方式。", "Ask for the papers, or verify in another way."),
    )


@rule(
    "ECOM:27",
    title=Words("行政许可在有效期内", "The licence is in force"),
    since=date(2019, 1, 1),
    asks=("licence_until_date",),
)
def licence_in_force(seen: Picture) -> Finding:
    if seen.licence_until_date is None or seen.licence_until_date >= seen.on:
        return complies()
    return refuses(
        Words(f"行政许可已于 {seen.licence_until_date} 到期", f"The licence ended on {seen.licence_until_date}"),
        mend=Words("补正新的许可。", "Supply the new licence."),
    )


@rule("HOUSE:admission", title=Words("交易场所只设立一次", "The exchange is founded once"), since=SINCE)
def founded_once(seen: Picture) -> Finding:
    if not seen.exchange_founded:
        return complies()
    return refuses(
        Words("本交易场所已经设立", "This exchange has been founded already"),
        mend=Words("其他单位按入场程序申请。", "Other organisations apply for admission."),
    )


@rule(
    "HOUSE:admission",
    title=Words("控制关系真实可查", "A statement of control makes sense"),
    since=SINCE,
    asks=("credit_code",),
)
def control_is_sound(seen: ControlSeen) -> Finding:
    if seen.itself:
        return refuses(
            Words("单位不能控制自己", "An organisation does not control itself"),
            mend=Words("填写对方的信用代码。", "Give the code of the other."),
        )
    if seen.declared_already:
        return refuses(
            Words("这一控制关系已经登记", "This control has been declared"),
            mend=Words("有变化的，先终止原记录。", "If it changed, end that one first."),
        )
    if seen.since_date > seen.on:
        return refuses(
            Words("起始日期在将来", "It begins in the future"),
            mend=Words("关系形成后再申报。", "Declare it once it exists."),
        )
    return complies()


@rule(
    "HOUSE:admission",
    title=Words("终止本单位的控制关系", "One ends one's own statement"),
    since=SINCE,
    asks=("control",),
)
def control_can_end(seen: ControlSeen) -> Finding:
    if not seen.known:
        return refuses(
            Words("没有这一控制关系，或已终止", "There is no such control in force"),
            mend=Words("核对编号。", "Check the number."),
        )
    if seen.until_date is not None and not seen.since_date <= seen.until_date <= seen.on:
        return refuses(
            Words("终止日期须在起始日期与今天之间", "It ends between its beginning and today"),
            mend=Words("改填日期。", "Give another day."),
        )
    return complies()
