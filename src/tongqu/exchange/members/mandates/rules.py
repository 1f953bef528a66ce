"""Who may be given which power, and for how long. Pure: they judge a plain picture of the grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words

SINCE = date(2020, 1, 1)
MANDATE_DAYS_MAX = 5 * 366
KEY_DAYS_MAX = 2 * 366


@dataclass(frozen=True)
class Grant:
    """A grant, an amendment or a revocation as the rules see it. `roles` is empty when a mandate is revoked."""

    at: datetime
    since_at: datetime
    until_at: datetime
    roles: frozenset[str]
    organisation_known: bool = True
    organisation_open: bool = True
    own_organisation: bool = True
    by_exchange: bool = False
    by_house: bool = False
    person_known: bool = True
    mandate_in_force: bool = False
    organisation_roles: frozenset[str] = frozenset()
    other_administrators: int = 0
    was_administrator: bool = False


@dataclass(frozen=True)
class Key:
    """An API key as the rules see it: made, or taken back."""

    at: datetime
    until_at: datetime
    acts_for_party: bool
    mandate_until_at: datetime | None
    roles: frozenset[str]
    own_roles: frozenset[str]
    through_a_key: bool = False


@dataclass(frozen=True)
class KeyEnd:
    """Whose key is taken back, and by whom."""

    own: bool
    by_administrator: bool


@rule(
    "HOUSE:mandate",
    title=Words("只能为本单位授权", "Mandates are granted for one's own organisation"),
    since=SINCE,
    asks=("organisation",),
)
def own_organisation(seen: Grant) -> Finding:
    if seen.own_organisation or seen.by_exchange or seen.by_house:
        return complies()
    return refuses(
        Words("您不是这个单位的管理员", "You do not administer this organisation"),
        mend=Words("请由该单位的管理员办理。", "Ask an administrator of that organisation."),
    )


@rule("HOUSE:mandate", title=Words("授权单位存续", "The organisation is here"), since=SINCE, asks=("organisation",))
def organisation_is_open(seen: Grant) -> Finding:
    if seen.by_house or (seen.organisation_known and seen.organisation_open):
        return complies()
    return refuses(
        Words("没有这个单位，或其已退出、未获准入场", "There is no such organisation, or it has left or was refused"),
        mend=Words("请核对单位编号。", "Check the number of the organisation."),
    )


@rule("HOUSE:mandate", title=Words("被授权人已注册", "The person is known"), since=SINCE, asks=("person",))
def person_is_known(seen: Grant) -> Finding:
    if seen.person_known:
        return complies()
    return refuses(
        Words("没有这个人员，或其账号已停用", "There is no such person, or the account is closed"),
        mend=Words("请被授权人先注册账号。", "Let the person open an account first."),
    )


@rule(
    "HOUSE:mandate",
    title=Words("一人在一个单位只有一份有效授权", "One mandate of a person at an organisation"),
    since=SINCE,
    asks=("person",),
)
def one_mandate_each(seen: Grant) -> Finding:
    if not seen.mandate_in_force:
        return complies()
    return refuses(
        Words("此人在该单位已有有效授权", "This person already has a mandate in force there"),
        mend=Words("请变更或撤销原授权。", "Amend or revoke that one."),
    )


@rule(
    "HOUSE:mandate",
    title=Words("授权不超出单位自身角色", "Nobody gives more than the organisation has"),
    since=SINCE,
    asks=("roles",),
)
def roles_within_organisation(seen: Grant) -> Finding:
    beyond = sorted(seen.roles - seen.organisation_roles - {"administrator"})
    if not beyond or seen.by_house:
        return complies()
    return refuses(
        Words(
            f"本单位没有这些角色：{'、'.join(beyond)}",
            f"The organisation does not have these roles: {', '.join(beyond)}",
        ),
        mend=Words("先为单位申请角色，或从授权中去掉。", "Apply for the role first, or leave it out."),
    )


@rule("HOUSE:mandate", title=Words("授权期限", "How long a mandate lasts"), since=SINCE, asks=("until_at",))
def period_is_sound(seen: Grant) -> Finding:
    if seen.until_at <= seen.at or seen.until_at <= seen.since_at:
        return refuses(
            Words("终止时间须晚于现在和生效时间", "A mandate ends after now and after it begins"),
            mend=Words("填写以后的终止时间；要立即停止请撤销授权。", "Give a later end; to stop it now, revoke it."),
        )
    if seen.until_at - seen.since_at > timedelta(days=MANDATE_DAYS_MAX):
        return refuses(
            Words("授权期限最长五年", "A mandate lasts five years at most"),
            mend=Words("缩短期限，到期前可再次授权。", "Shorten it; it can be granted again."),
        )
    return complies()


@rule("HOUSE:mandate", title=Words("单位须保留一名管理员", "An organisation keeps an administrator"), since=SINCE)
def an_administrator_stays(seen: Grant) -> Finding:
    leaves_none = seen.was_administrator and "administrator" not in seen.roles and seen.other_administrators == 0
    if not leaves_none or seen.by_exchange or not seen.organisation_open:
        return complies()
    return refuses(
        Words("这是本单位最后一名管理员", "This is the last administrator of the organisation"),
        mend=Words("先授权另一名管理员。", "Appoint another administrator first."),
    )


@rule("HOUSE:mandate", title=Words("密钥权限不超出本人授权", "A key can do no more than its maker"), since=SINCE)
def key_within_mandate(seen: Key) -> Finding:
    if not seen.acts_for_party:
        return refuses(
            Words("密钥须代表一个单位", "A key acts for an organisation"),
            mend=Words("请先选择代表的单位。", "Choose the organisation you act for."),
        )
    beyond = sorted(seen.roles - seen.own_roles)
    if beyond:
        return refuses(
            Words(f"您没有这些角色：{'、'.join(beyond)}", f"You do not have these roles: {', '.join(beyond)}"),
            mend=Words("只勾选自己具有的角色。", "Choose among your own roles."),
        )
    return complies()


@rule("HOUSE:mandate", title=Words("密钥期限", "How long a key lasts"), since=SINCE, asks=("until_at",))
def key_period(seen: Key) -> Finding:
    if seen.until_at <= seen.at or seen.until_at - seen.at > timedelta(days=KEY_DAYS_MAX):
        return refuses(
            Words("密钥的终止时间须在现在之后两年以内", "A key ends after now and within two years"),
            mend=Words("改填终止时间。", "Give another end."),
        )
    if seen.mandate_until_at is not None and seen.until_at > seen.mandate_until_at:
        return refuses(
            Words("密钥不得晚于本人授权终止", "A key does not outlive the mandate of its maker"),
            mend=Words("填写不晚于授权终止的时间。", "Let it end no later than the mandate."),
        )
    return complies()


@rule("HOUSE:mandate", title=Words("密钥不能生成密钥", "A key cannot make a key"), since=SINCE)
def made_by_a_person(seen: Key) -> Finding:
    if not seen.through_a_key:
        return complies()
    return refuses(
        Words("不能用接口密钥申请新的密钥", "An API key cannot be used to make another"),
        mend=Words("请本人登录后办理。", "Sign in yourself and do it there."),
    )


@rule("HOUSE:mandate", title=Words("撤销本人或本单位的密钥", "One takes back one's own key"), since=SINCE)
def own_key_or_administrator(seen: KeyEnd) -> Finding:
    if seen.own or seen.by_administrator:
        return complies()
    return refuses(
        Words("这是本单位其他人的密钥", "This key belongs to a colleague"),
        mend=Words("请本人或单位管理员撤销。", "Ask the colleague or an administrator of the organisation."),
    )
