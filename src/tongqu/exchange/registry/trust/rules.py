"""Who may be a trustee, what may be entrusted and on what terms consents are given for others. Pure; the numbers are figures.

The law knows no trustee of personal information. The plan wants one tried; what binds is the law on consent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.rules import Finding, complies, refuses, rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.consent.kinds import SENSITIVE

SINCE = date(2026, 1, 1)
PIPL_SINCE = date(2021, 11, 1)


@dataclass(frozen=True)
class TrustSeen:
    on: date
    until_date: date
    fee_basis_points: int = 0
    notice_stands: bool = True
    is_provider: bool = False
    of_providers_group: bool = False
    own_paper: bool = True


def last_day(on: date) -> date:
    """The last day of the longest trust that begins on a day, included."""
    return calendar.add_months(on, int(law.figure("house.trust_months", on=on).value)).day


@rule("SEED:7", title=Words("受托者独立于数据提供方", "A trustee is independent of the provider"), since=SINCE)
def a_trustee_is_independent(seen: TrustSeen) -> Finding:
    """Neither whose data it is nor one that it controls, is controlled by, or shares a parent with."""
    if seen.is_provider or seen.of_providers_group:
        return refuses(
            Words("受托者是该数据的提供方或其关联方", "The trustee is the provider of the data, or of its group"),
            mend=Words("由与提供方无关联的单位担任受托者。", "Let one that is not related to it be the trustee."),
        )
    return complies()


@rule(
    "HOUSE:trust",
    title=Words("信托针对现行告知所说的数据", "A trust is for data that a notice in force names"),
    since=SINCE,
    asks=("notice",),
)
def a_trust_is_for_what_was_told(seen: TrustSeen) -> Finding:
    if not seen.notice_stands:
        return refuses(
            Words("所选告知不是现行告知", "The notice is not in force"),
            mend=Words("请选择现行告知。", "Choose one in force."),
        )
    return complies()


@rule("HOUSE:trust", title=Words("信托文件是自己提交的", "The deed is one's own paper"), since=SINCE, asks=("deed",))
def the_deed_is_ones_own(seen: TrustSeen) -> Finding:
    if not seen.own_paper:
        return refuses(
            Words("信托文件不是本单位提交的", "The deed was not handed in by you"),
            mend=Words("请重新上传。", "Upload it."),
        )
    return complies()


@rule(
    "HOUSE:trust",
    title=Words("受托报酬有上限", "A trustee's fee has its limit"),
    since=SINCE,
    asks=("fee_basis_points",),
)
def the_fee_is_within_its_limit(seen: TrustSeen) -> Finding:
    most = int(law.figure("house.trust_fee_most", on=seen.on).value)
    if seen.fee_basis_points > most:
        return refuses(
            Words(f"受托报酬最高为万分之 {most}", f"The fee is {most} basis points at most"),
            mend=Words("请降低报酬。", "Ask for less."),
        )
    return complies()


@rule("HOUSE:trust", title=Words("信托有期限", "A trust is for a time"), since=SINCE, asks=("until_date",))
def a_trust_is_for_a_time(seen: TrustSeen) -> Finding:
    last = last_day(seen.on)
    if not seen.on <= seen.until_date <= last:
        return refuses(
            Words(f"信托期限须在今天至 {last} 之间", f"It ends between today and {last}"),
            mend=Words("请改填日期。", "Give another day."),
        )
    return complies()


TRUST_RULES = (
    a_trustee_is_independent, a_trust_is_for_what_was_told, the_deed_is_ones_own, the_fee_is_within_its_limit,
    a_trust_is_for_a_time,
)  # fmt: skip
APPROVAL_RULES = (a_trustee_is_independent, a_trust_is_for_a_time)


@dataclass(frozen=True)
class MandateSeen:
    on: date
    by_themselves: bool = True
    link_is_ones_own: bool = True
    trust_stands: bool = True
    same_source: bool = True
    given_by: str = "self"
    guardian_spoke: bool = False
    beyond_purposes: tuple[str, ...] = ()
    beyond_kinds: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    entrusted_already: tuple[str, ...] = ()


@rule(
    "HOUSE:trust", title=Words("委托给有效的信托", "A mandate goes to a trust in force"), since=SINCE, asks=("trust",)
)
def a_mandate_goes_to_a_trust_in_force(seen: MandateSeen) -> Finding:
    if not seen.trust_stands:
        return refuses(
            Words(
                "该信托现在不接受委托：不在有效期内、已被冻结，或受托者已被暂停",
                "The trust takes no mandates now: it is not in force, is frozen, or its trustee is suspended",
            ),
            mend=Words("请从公开的信托名单中选择。", "Choose one from the public list."),
        )
    return complies()


@rule("HOUSE:trust", title=Words("委托的是自己的数据", "One entrusts data about oneself"), since=SINCE, asks=("link",))
def one_entrusts_ones_own_data(seen: MandateSeen) -> Finding:
    """Somebody else's link and one that is not there are answered alike."""
    if not (seen.by_themselves and seen.link_is_ones_own and seen.same_source):
        return refuses(
            Words("所选数据没有与您的账号关联，或不是该信托所针对的数据", "The data is not linked with your account, or not what the trust is for"),
            mend=Words("先以本人凭证关联该数据。", "Link that data by a pass first."),
        )  # fmt: skip
    return complies()


@rule("HOUSE:trust", title=Words("委托不超出信托范围", "A mandate stays within the trust"), since=SINCE)
def a_mandate_stays_within_the_trust(seen: MandateSeen) -> Finding:
    if seen.beyond_purposes or seen.beyond_kinds:
        return refuses(
            Words("所勾选的目的或种类超出信托文件的范围", "A purpose or kind is beyond what the trust is for"),
            mend=Words("请只勾选信托页面所列的目的和种类。", "Tick only what the page of the trust lists."),
        )
    return complies()


@rule(
    "PIPL:29",
    title=Words("敏感个人信息单独委托", "Sensitive kinds are ticked apart"),
    since=PIPL_SINCE,
    asks=("sensitive",),
)
def sensitive_kinds_are_ticked_apart(seen: MandateSeen) -> Finding:
    """Separate consent is asked for sensitive information; a mandate to give it is ticked as separately."""
    if set(seen.kinds) & SENSITIVE:
        return refuses(
            Words("敏感个人信息须在单独一栏勾选", "Sensitive kinds are ticked apart, not among the others"),
            mend=Words("把它改勾在“敏感个人信息”一栏。", "Tick it where sensitive kinds are."),
        )
    return complies()


@rule("PIPL:31(1)", title=Words("未成年人不以此方式委托", "Not for those under fourteen"), since=PIPL_SINCE)
def nobody_entrusts_for_a_minor(seen: MandateSeen) -> Finding:
    if seen.given_by != "self" or seen.guardian_spoke:
        return refuses(
            Words("监护人代为表示的数据不能委托给信托", "Data for which a guardian speaks cannot be entrusted"),
            mend=Words("由监护人就每份告知逐一决定。", "The guardian decides on each notice."),
        )
    return complies()


@rule("HOUSE:trust", title=Words("同一目的只委托一个受托者", "One trustee for a purpose"), since=SINCE)
def a_purpose_has_one_trustee(seen: MandateSeen) -> Finding:
    if seen.entrusted_already:
        return refuses(
            Words("这项数据的同一目的已经委托", "A purpose of this data is entrusted already"),
            mend=Words("先撤销原委托，再另行委托。", "Revoke that mandate first."),
        )
    return complies()


MANDATE_RULES = (
    a_mandate_goes_to_a_trust_in_force, one_entrusts_ones_own_data, a_mandate_stays_within_the_trust,
    sensitive_kinds_are_ticked_apart, nobody_entrusts_for_a_minor, a_purpose_has_one_trustee,
)  # fmt: skip


@dataclass(frozen=True)
class GivenUpSeen:
    held: bool


@rule("HOUSE:trust", title=Words("退还的是持有的委托", "What is given back is held"), since=SINCE)
def the_mandate_is_held(seen: GivenUpSeen) -> Finding:
    if not seen.held:
        return refuses(
            Words("没有这一编号的有效委托", "You hold no mandate of this number"),
            mend=Words("请核对委托编号。", "Check the number."),
        )
    return complies()


@dataclass(frozen=True)
class TermsSeen:
    on: date
    until_date: date
    trust_until: date
    basis_points: int = 0
    others_basis_points: int = 0
    trust_is_held: bool = True
    notice_stands: bool = True
    of_the_trust: bool = True
    receiver_is_related: bool = False
    open_already: bool = False


@rule("HOUSE:trust", title=Words("就持有的信托商定", "Terms are for a trust one holds"), since=SINCE, asks=("trust",))
def terms_are_for_ones_trust(seen: TermsSeen) -> Finding:
    if not seen.trust_is_held:
        return refuses(
            Words(
                "该信托不是本单位受托的有效信托，或已被冻结", "The trust is not one of yours in force, or it is frozen"
            ),
            mend=Words("请选择本单位受托的信托。", "Choose one of yours."),
        )
    return complies()


@rule(
    "PIPL:14", title=Words("条件针对现行告知", "Terms are about a notice in force"), since=PIPL_SINCE, asks=("notice",)
)
def terms_are_about_what_is_told(seen: TermsSeen) -> Finding:
    if not (seen.notice_stands and seen.of_the_trust):
        return refuses(
            Words("该告知不是现行告知，或其数据、目的、种类超出信托范围", "The notice is not in force, or its data, purposes or kinds are beyond the trust"),
            mend=Words("请选择信托范围内的现行告知。", "Choose one in force and within the trust."),
        )  # fmt: skip
    return complies()


@rule("SEED:7", title=Words("受托者与使用方无关联", "A trustee is independent of the receiver"), since=SINCE)
def a_trustee_does_not_deal_with_itself(seen: TermsSeen) -> Finding:
    if seen.receiver_is_related:
        return refuses(
            Words("接收方是受托者或其关联方", "The receiver is the trustee, or of its group"),
            mend=Words("这份告知由委托人本人逐一决定。", "The persons decide on this notice themselves."),
        )
    return complies()


@rule("HOUSE:trust", title=Words("条件不超出信托期限", "Terms end with the trust"), since=SINCE, asks=("until_date",))
def terms_end_with_the_trust(seen: TermsSeen) -> Finding:
    if not seen.on <= seen.until_date <= seen.trust_until:
        return refuses(
            Words(f"有效期须在今天至 {seen.trust_until} 之间", f"They end between today and {seen.trust_until}"),
            mend=Words("请改填日期。", "Give another day."),
        )
    return complies()


@rule("HOUSE:trust", title=Words("同一告知只有一份条件", "One terms for a notice"), since=SINCE, asks=("notice",))
def a_notice_has_one_terms(seen: TermsSeen) -> Finding:
    if seen.open_already:
        return refuses(
            Words(
                "该信托就这份告知已有商定中或有效的条件", "The trust has terms for this notice already, or under way"
            ),
            mend=Words("先结束原条件。", "End those first."),
        )
    return complies()


@rule(
    "HOUSE:trust",
    title=Words("各份条件合计不超过全部收益", "Together no more than the whole"),
    since=SINCE,
    asks=("basis_points",),
)
def terms_share_no_more_than_there_is(seen: TermsSeen) -> Finding:
    left = 10_000 - seen.others_basis_points
    if seen.basis_points > left:
        return refuses(
            Words(f"与其他有效条件合计超过全部收益，尚余万分之 {left}", f"With other terms it is more than the whole: {left} basis points are left"),
            mend=Words("请降低比例。", "Ask for less."),
        )  # fmt: skip
    return complies()


TERMS_RULES = (
    terms_are_for_ones_trust, terms_are_about_what_is_told, a_trustee_does_not_deal_with_itself, terms_end_with_the_trust,
    a_notice_has_one_terms, terms_share_no_more_than_there_is,
)  # fmt: skip
OFFER_RULES = (terms_are_about_what_is_told, terms_end_with_the_trust, terms_share_no_more_than_there_is)
AGREEMENT_RULES = (
    terms_are_for_ones_trust, terms_are_about_what_is_told, a_trustee_does_not_deal_with_itself, terms_end_with_the_trust,
    terms_share_no_more_than_there_is,
)  # fmt: skip
CONSENT_RULES = (terms_are_for_ones_trust, terms_are_about_what_is_told, a_trustee_does_not_deal_with_itself)
