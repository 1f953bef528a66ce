"""A trust, a mandate to it, terms for what a notice says, and the report that is owed, as tables.

A mandate has no seat for the trustee: it sees those that it holds by number in its trust, and never who gave them.
"""

from dataclasses import replace

from tongqu.exchange.bedrock.procedures import (
    ANYONE,
    CLOCK,
    Act,
    Begin,
    Clock,
    Individual,
    Procedure,
    Seat,
    Until,
    WorkingDays,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import BUYER, DATA_AUTHORITY, DATA_MERCHANT, REGULATOR, SUPPLIER
from tongqu.exchange.registry.trust import acts, inputs, rules, terms

MEMBERS = (SUPPLIER, DATA_MERCHANT, BUYER)
TRUSTEE = Seat(
    "trustee", "trustee_id", Words("受托者", "trustee"), roles=frozenset({"supplier", "data_merchant", "buyer"})
)
PROVIDER = Seat(
    "provider", "provider_id", Words("个人信息处理者", "processor"), roles=frozenset({"supplier", "data_merchant"})
)
PERSON = Individual("person", "person_id", Words("委托人本人", "the person"))
AUTHORITIES = (REGULATOR, DATA_AUTHORITY)

DATA_TRUST = Procedure(
    name="data_trust", model="registry.DataTrust", words=Words("数据信托", "Data trust"), cite="SEED:7",
    starts="proposed", ends=frozenset({"refused", "withdrawn", "ended"}),
    begins=Begin(by=MEMBERS, asks=inputs.Trust, do=acts.propose, rules=rules.TRUST_RULES, sees=acts.seen_trust,
                 cite="SEED:7", second_factor=True),
    seats=(TRUSTEE, replace(PROVIDER, bound=False)), seen_by=AUTHORITIES, held_by=(REGULATOR,), binds=True,
    acts=(
        Act("approve", "proposed", "in_force", by=AUTHORITIES, asks=inputs.Opinion, do=acts.approve,
            rules=rules.APPROVAL_RULES, sees=acts.seen_approval, cite="SEED:7"),
        Act("refuse", "proposed", "refused", by=AUTHORITIES, asks=inputs.Reason, do=acts.give_reason, cite="SEED:7"),
        Act("withdraw", "proposed", "withdrawn", by=TRUSTEE, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("give_up", "in_force", None, by=TRUSTEE, asks=inputs.GivenUp, do=acts.give_up,
            rules=(rules.the_mandate_is_held,), sees=acts.seen_given_up, cite="HOUSE:trust", protects=True),
        Act("open_report", "in_force", None, by=CLOCK, do=acts.open_report, cite="HOUSE:trust"),
        Act("end", "in_force", "winding_up", by=(TRUSTEE, *AUTHORITIES), asks=inputs.Reason, do=acts.end,
            cite="HOUSE:trust", protects=True, under_hold=True),
        Act("expire", "in_force", "winding_up", by=CLOCK, do=acts.end, under_hold=True, cite="HOUSE:trust"),
        Act("wind_up", "winding_up", None, by=CLOCK, under_hold=True, cite="HOUSE:trust"),
        Act("close", "winding_up", "ended", by=CLOCK, do=acts.close, under_hold=True, cite="HOUSE:trust"),
    ),
    clocks=(
        Clock("term", Until("until_at"), runs_in={"in_force"}, then="expire", words=Words("信托期限", "term of the trust"),
              cite="HOUSE:trust"),
        Clock("report", Until("opens_report_at"), runs_in={"in_force"}, then="open_report", afresh=True,
              words=Words("下期受托报告", "next report"), cite="HOUSE:trust"),
    ),
    labels={
        "proposed": Words("待遴选", "Proposed"), "in_force": Words("有效", "In force"),
        "refused": Words("未入选", "Refused"), "withdrawn": Words("已撤回", "Withdrawn"),
        "winding_up": Words("清结中", "Winding up"), "ended": Words("已终止", "Ended"),
        "begin": Words("申请设立数据信托", "Propose a data trust"), "approve": Words("同意设立", "Approve"),
        "refuse": Words("不同意", "Refuse"), "withdraw": Words("撤回申请", "Withdraw"),
        "give_up": Words("退还一份委托", "Give a mandate back"), "open_report": Words("开始一期报告", "Open a report"),
        "end": Words("终止信托", "End the trust"), "expire": Words("期满", "Expire"),
        "wind_up": Words("逐批终止委托", "End mandates batch by batch"), "close": Words("清结完毕", "Close"),
    },
    way=("proposed", "in_force", "winding_up", "ended"),
)  # fmt: skip

TRUST_MANDATE = Procedure(
    name="trust_mandate", model="registry.TrustMandate", words=Words("个人信托委托", "Mandate to a data trust"),
    cite="HOUSE:trust", starts="in_force", ends=frozenset({"revoked", "given_up", "ended"}),
    begins=Begin(by=(ANYONE,), asks=inputs.Mandate, do=acts.entrust, rules=rules.MANDATE_RULES, sees=acts.seen_mandate,
                 cite="HOUSE:trust"),
    individuals=(PERSON,),
    acts=(
        Act("revoke", "in_force", "revoked", by=PERSON, do=acts.end_mandate, cite="PIPL:15", protects=True),
        Act("give_up", "in_force", "given_up", by=CLOCK, asks=inputs.Reason, do=acts.end_mandate, cite="HOUSE:trust"),
        Act("end", "in_force", "ended", by=CLOCK, asks=inputs.Reason, do=acts.end_mandate, cite="HOUSE:trust"),
    ),
    labels={
        "in_force": Words("有效", "In force"), "revoked": Words("已撤销", "Revoked"),
        "given_up": Words("受托者已退还", "Given back"), "ended": Words("已终止", "Ended"),
        "begin": Words("委托给数据信托", "Give a mandate"), "revoke": Words("撤销委托", "Revoke the mandate"),
        "give_up": Words("受托者退还", "Given back by the trustee"), "end": Words("随信托或关联终止", "End with trust or link"),
    },
    way=("in_force",),
)  # fmt: skip

TRUST_TERMS = Procedure(
    name="trust_terms", model="registry.TrustTerms", words=Words("信托使用条件", "Terms of a data trust"), cite="HOUSE:trust",
    starts="proposed", ends=frozenset({"refused", "withdrawn", "lapsed", "ended", "expired"}),
    begins=Begin(by=MEMBERS, asks=inputs.Terms, do=terms.propose, rules=rules.TERMS_RULES, sees=terms.seen_terms,
                 cite="HOUSE:trust"),
    seats=(TRUSTEE, PROVIDER), seen_by=AUTHORITIES, held_by=(REGULATOR,), binds=True,
    acts=(
        Act("agree", "proposed", "agreed", by=PROVIDER, do=terms.agree, rules=rules.AGREEMENT_RULES, sees=terms.seen_again,
            second_factor=True, cite="HOUSE:trust"),
        Act("counter", "proposed", "countered", by=PROVIDER, asks=inputs.Offer, do=terms.offer, rules=rules.OFFER_RULES,
            sees=terms.seen_offer, cite="HOUSE:trust"),
        Act("take", "countered", "agreed", by=TRUSTEE, do=terms.agree, rules=rules.AGREEMENT_RULES, sees=terms.seen_again,
            second_factor=True, cite="HOUSE:trust"),
        Act("propose_again", "countered", "proposed", by=TRUSTEE, asks=inputs.Offer, do=terms.offer, rules=rules.OFFER_RULES,
            sees=terms.seen_offer, cite="HOUSE:trust"),
        Act("refuse", ("proposed", "countered"), "refused", by=PROVIDER, asks=inputs.Reason, do=terms.give_reason, protects=True),
        Act("withdraw", ("proposed", "countered"), "withdrawn", by=TRUSTEE, asks=inputs.Reason, do=terms.give_reason,
            protects=True),
        Act("lapse", ("proposed", "countered"), "lapsed", by=CLOCK),
        Act("consent", "agreed", None, by=TRUSTEE, do=terms.give_consent, rules=rules.CONSENT_RULES, sees=terms.seen_again,
            second_factor=True, cite="PIPL:23"),
        Act("withdraw_all", "agreed", None, by=TRUSTEE, do=terms.withdraw_all, protects=True, under_hold=True, cite="PIPL:15"),
        Act("end", "agreed", "ended", by=(TRUSTEE, PROVIDER), asks=inputs.Reason, do=terms.end, protects=True,
            under_hold=True, cite="HOUSE:trust"),
        Act("fall", ("proposed", "countered", "agreed"), "ended", by=CLOCK, asks=inputs.Reason, do=terms.end,
            under_hold=True, cite="HOUSE:trust"),
        Act("expire", "agreed", "expired", by=CLOCK, do=terms.end, under_hold=True, cite="HOUSE:trust"),
    ),
    clocks=(
        Clock("answer", WorkingDays("house.trust_answer"), runs_in={"proposed", "countered"}, then="lapse", afresh=True,
              words=Words("答复期限", "time to answer"), cite="HOUSE:trust"),
        Clock("term", Until("until_at"), runs_in={"agreed"}, then="expire", words=Words("条件有效期", "term"),
              cite="HOUSE:trust"),
    ),
    labels={
        "proposed": Words("待提供方答复", "For the provider to answer"), "countered": Words("待受托者答复", "For the trustee to answer"),
        "agreed": Words("已商定", "Agreed"), "refused": Words("未接受", "Refused"), "withdrawn": Words("已撤回", "Withdrawn"),
        "lapsed": Words("逾期未答复", "Lapsed"), "ended": Words("已终止", "Ended"), "expired": Words("期满", "Expired"),
        "begin": Words("提出使用条件", "Propose terms"), "agree": Words("同意条件", "Agree"),
        "counter": Words("还价", "Counter"), "take": Words("接受还价", "Take the counter-offer"),
        "propose_again": Words("再次提出", "Propose again"), "refuse": Words("不接受", "Refuse"),
        "withdraw": Words("撤回", "Withdraw"), "lapse": Words("逾期未答复", "Lapse"),
        "consent": Words("代委托人同意", "Consent for the persons"), "withdraw_all": Words("全部撤回同意", "Withdraw all consents"),
        "end": Words("终止条件", "End the terms"), "fall": Words("随告知或信托终止", "End with notice or trust"),
        "expire": Words("期满", "Expire"),
    },
    way=("proposed", "agreed"),
)  # fmt: skip

TRUST_REPORT = Procedure(
    name="trust_report", model="registry.TrustReport", words=Words("受托报告", "Report of a trustee"), cite="HOUSE:trust",
    starts="open", ends=frozenset({"published"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Period, do=terms.count_for_report, cite="HOUSE:trust"),
    seats=(TRUSTEE,), seen_by=AUTHORITIES,
    acts=(
        Act("publish", "open", "published", by=TRUSTEE, asks=inputs.Account, do=terms.publish_report, cite="HOUSE:trust",
            protects=True),
    ),
    clocks=(
        Clock("publication", WorkingDays("house.trust_report_days"), runs_in={"open"},
              words=Words("报告期限", "time to report"), cite="HOUSE:trust"),
    ),
    labels={
        "open": Words("待报告", "To be made"), "published": Words("已公布", "Published"),
        "begin": Words("开始一期报告", "Open a report"), "publish": Words("向委托人公布", "Publish to the persons"),
    },
    way=("open", "published"),
)  # fmt: skip
