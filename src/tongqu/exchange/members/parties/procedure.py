"""Admission to the exchange as a table."""

from __future__ import annotations

from tongqu.exchange.bedrock.procedures import (
    ANYONE,
    CLOCK,
    Act,
    Begin,
    Clock,
    Procedure,
    Seat,
    Until,
    WorkingDays,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import EXCHANGE_ADMINISTRATOR, REGULATOR, REVIEWER
from tongqu.exchange.members.parties import acts, inputs, queries, rules

APPLICANT = Seat(
    "applicant", "id", Words("申请单位管理员", "administrator of the applicant"), roles=frozenset({"administrator"})
)
EXAMINERS = (REVIEWER, EXCHANGE_ADMINISTRATOR)
WARDENS = (EXCHANGE_ADMINISTRATOR, REGULATOR)
PENDING = frozenset({"applied", "checking", "supplementing"})
MEMBERS = frozenset({"admitted", "suspended"})
VERIFIES = (rules.identity_is_complete, rules.papers_are_on_file, rules.licence_in_force)
ROLES = (
    rules.operator_does_not_sell, rules.offices_of_the_operator, rules.reserved_roles,
    rules.a_public_registrar_is_an_institution,
)  # fmt: skip

ADMISSION = Procedure(
    name="admission",
    model="members.Organisation",
    words=Words("入场", "Admission"),
    cite="ECOM:27",
    starts="applied",
    ends=frozenset({"refused", "left"}),
    begins=Begin(
        by=(ANYONE,), asks=inputs.Application, do=acts.apply, sees=queries.application_seen,
        rules=(rules.not_a_member_yet, rules.region_is_known, rules.licence_in_force, rules.operator_does_not_sell),
    ),
    acts=(
        Act("check", "applied", "checking", by=EXAMINERS),
        Act("ask_supplement", "checking", "supplementing", by=EXAMINERS, asks=inputs.Items, do=acts.ask_supplement),
        Act("supplement", "supplementing", "checking", by=APPLICANT, asks=inputs.Supplement, do=acts.supplement),
        Act(
            "admit", "checking", "admitted", by=EXAMINERS, asks=inputs.Admit, do=acts.admit, cite="ECOM:27",
            sees=queries.organisation_seen, rules=(*VERIFIES, *ROLES, rules.granted_as_asked),
        ),
        Act("refuse", PENDING, "refused", by=EXAMINERS, asks=inputs.Refuse, do=acts.give_reasons),
        Act("lapse", "supplementing", "refused", by=CLOCK, do=acts.lapse),
        Act("withdraw", PENDING, "left", by=APPLICANT, asks=inputs.Reason, do=acts.give_reason),
        Act(
            "found", "applied", "admitted", by=CLOCK, do=acts.found,
            sees=queries.founding_seen, rules=(rules.founded_once, rules.operator_does_not_sell),
        ),
        Act(
            "reverify", MEMBERS, None, by=EXAMINERS, asks=inputs.Identity, do=acts.reverify, cite="ECOM:27",
            sees=queries.organisation_seen, rules=VERIFIES,
        ),
        Act("update", MEMBERS, None, by=APPLICANT, asks=inputs.Supplement, do=acts.supplement),
        Act(
            "ask_roles", "admitted", None, by=APPLICANT, asks=inputs.AskRoles, do=acts.ask_roles,
            sees=queries.organisation_seen, rules=(rules.operator_does_not_sell,),
        ),
        Act(
            "grant_roles", "admitted", None, by=EXCHANGE_ADMINISTRATOR, asks=inputs.GrantRoles, do=acts.grant_roles,
            sees=queries.organisation_seen, rules=(*ROLES, rules.granted_as_asked),
        ),
        Act(
            "declare_control", MEMBERS, None, by=(APPLICANT, *EXAMINERS), asks=inputs.DeclareControl,
            do=acts.declare_control, sees=queries.control_seen, rules=(rules.control_is_sound,),
        ),
        Act(
            "end_control", MEMBERS, None, by=(APPLICANT, *EXAMINERS), asks=inputs.EndControl, do=acts.end_control,
            sees=queries.control_end_seen, rules=(rules.control_can_end,),
        ),
        Act("suspend", "admitted", "suspended", by=WARDENS, asks=inputs.Reason, do=acts.give_reason),
        Act("resume", "suspended", "admitted", by=WARDENS, asks=inputs.Reason, do=acts.resume),
        Act(
            "leave", MEMBERS, "left", by=APPLICANT, asks=inputs.Reason, do=acts.give_reason,
            sees=queries.departure_seen, rules=(rules.nothing_is_left_behind,),
        ),
    ),
    clocks=(
        Clock(
            "check", WorkingDays("house.admission_review"), runs_in={"applied", "checking"},
            words=Words("核验期限", "time to verify"),
        ),
        Clock(
            "supplement", WorkingDays("house.supplement"), runs_in={"supplementing"}, afresh=True, then="lapse",
            words=Words("补正期限", "time to supplement"),
        ),
        Clock(
            "reverification", Until("verify_by_at"), runs_in=MEMBERS, afresh=True, cite="ECOM:27",
            words=Words("定期核验更新", "yearly verification"),
        ),
    ),
    seats=(APPLICANT,),
    seen_by=(REVIEWER, EXCHANGE_ADMINISTRATOR, REGULATOR),
    held_by=(REGULATOR,),
    labels={
        "applied": Words("已申请", "Applied"),
        "checking": Words("核验中", "Being verified"),
        "supplementing": Words("待补正", "Supplement awaited"),
        "admitted": Words("已入场", "Admitted"),
        "suspended": Words("已暂停", "Suspended"),
        "refused": Words("不予入场", "Refused"),
        "left": Words("已退出", "Left"),
        "begin": Words("申请入场", "Apply for admission"),
        "check": Words("开始核验", "Begin to verify"),
        "ask_supplement": Words("要求补正", "Ask for a supplement"),
        "supplement": Words("补正", "Supplement"),
        "admit": Words("准予入场", "Admit"),
        "refuse": Words("不予入场", "Refuse"),
        "lapse": Words("逾期未补正", "Lapse"),
        "withdraw": Words("撤回申请", "Withdraw"),
        "found": Words("设立交易场所", "Found the exchange"),
        "reverify": Words("定期核验", "Verify again"),
        "update": Words("变更资料", "Update particulars"),
        "ask_roles": Words("申请角色", "Ask for roles"),
        "grant_roles": Words("授予角色", "Grant roles"),
        "declare_control": Words("申报控制关系", "Declare control"),
        "end_control": Words("终止控制关系", "End a control"),
        "suspend": Words("暂停", "Suspend"),
        "resume": Words("恢复", "Resume"),
        "leave": Words("退出", "Leave"),
    },
    way=("applied", "checking", "admitted"),
)  # fmt: skip
