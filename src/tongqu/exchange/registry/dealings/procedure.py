"""What follows a first registration: transfer, change, renewal, cancellation, the registrar's own; and objections come late.

The four that a holder asks for go the same way as a first registration (PROP35 arts. 14, 32, 33), so the way is written
once: `_way`. Each adds its form, its rules and who else acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.exchange.bedrock.inputs import Inputs
from tongqu.exchange.bedrock.procedures import (
    ANYONE,
    CLOCK,
    Act,
    Begin,
    Clock,
    FirstWorkingDayAfter,
    Individual,
    Procedure,
    Seat,
    Until,
    WorkingDays,
)
from tongqu.exchange.bedrock.rules import Rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGISTRAR, REGULATOR, SUPPLIER
from tongqu.exchange.registry.dealings import acts, discretion, inputs, rules, seeing

HOLDER = Seat("holder", "holder_id", Words("权利人", "holder"), roles=frozenset({"supplier"}))
RECEIVER = Seat("receiver", "other_id", Words("受让方", "receiver"), roles=frozenset({"supplier"}))
REGISTRAR_SEAT = Seat("registrar", "registrar_id", Words("登记机构", "registrar"), roles=frozenset({"registrar"}))
OBJECTOR = Seat("objector", "objector_id", Words("异议人", "objector"))
OBJECTING_PERSON = Individual("objecting_person", "individual_id", Words("异议人本人", "the objecting person"))

BEFORE_PUBLICITY = frozenset({"applied", "supplement", "supplied", "accepted", "reviewing", "adding"})
OFFICES = (REGULATOR, DATA_AUTHORITY)


def _way(asks: type[Inputs], at_beginning: tuple[Rule, ...], at_the_end: tuple[Rule, ...]) -> tuple[Act, ...]:
    """受理、审查、公示、异议处理、信息存证 as for a first registration. `at_the_end`: what must still be so when it is decided."""
    seen, found = seeing.application, seeing.as_it_stands
    both = ("applied", "supplied")
    return (
        Act("accept", both, "accepted", by=REGISTRAR_SEAT, do=acts.accept, cite="PROP35:17"),
        Act("accept_by_silence", both, "accepted", by=CLOCK, do=acts.accept_by_silence, cite="PROP35:17"),
        Act(
            "list_missing", "applied", "supplement", by=REGISTRAR_SEAT, asks=inputs.Missing, do=acts.list_missing,
            rules=rules.DEADLINE_RULES, sees=seeing.deadline, cite="PROP35:17(1)",
        ),
        Act(
            "supply", "supplement", "supplied", by=HOLDER, asks=asks, do=acts.supply, rules=at_beginning, sees=seen,
            cite="PROP35:17(1)", protects=True,
        ),
        Act("deem_not_applied", "supplement", "not_applied", by=CLOCK, cite="PROP35:17(1)"),
        Act(
            "find", ("accepted", "reviewing"), "reviewing", by=REGISTRAR_SEAT, asks=inputs.HeadFinding, do=acts.find,
            rules=rules.PAPER_RULES, sees=seeing.named_papers, cite="PROP35:18",
        ),
        Act(
            "ask_more", ("accepted", "reviewing"), "adding", by=REGISTRAR_SEAT, asks=inputs.MoreEvidence,
            do=acts.list_missing, rules=rules.DEADLINE_RULES, sees=seeing.deadline, cite="PROP35:28",
        ),
        Act(
            "add", "adding", "reviewing", by=HOLDER, asks=inputs.Added, do=acts.add, rules=rules.PAPER_RULES,
            sees=seeing.named_papers, protects=True,
        ),
        Act("go_on", "adding", "reviewing", by=REGISTRAR_SEAT, asks=inputs.Reason, do=acts.give_reason),
        Act(
            "extend", ("accepted", "reviewing"), None, by=REGISTRAR_SEAT, asks=inputs.Extension, do=acts.extend,
            extends="completion", cite="PROP35:28",
        ),
        Act(
            "publicise", "reviewing", "publicity", by=REGISTRAR_SEAT, do=acts.publicise, rules=rules.REVIEW_RULES,
            sees=seeing.review, cite="PROP35:24",
        ),
        Act(
            "waive_publicity", "reviewing", "evidenced", by=REGISTRAR_SEAT, asks=inputs.NoPublicity,
            do=acts.waive_publicity, rules=rules.WAIVER_RULES, sees=seeing.review, cite="PROP35:24",
        ),
        Act(
            "object", ("publicity", "objection"), "objection", by=ANYONE, asks=inputs.ObjectionFiled, do=acts.object_to,
            rules=rules.OBJECTION_RULES, sees=seeing.objection, cite="PROP35:25",
        ),
        Act(
            "dismiss", "objection", "publicity", by=REGISTRAR_SEAT, asks=inputs.ObjectionAnswer, do=acts.dismiss,
            rules=rules.PAPER_RULES, sees=seeing.named_papers, cite="PROP35:25",
        ),
        Act(
            "uphold", "objection", "refused", by=REGISTRAR_SEAT, asks=inputs.ObjectionAnswer, do=acts.uphold,
            rules=rules.PAPER_RULES, sees=seeing.named_papers, cite="PROP35:25",
        ),
        Act(
            "keep_evidence", "publicity", "evidenced", by=CLOCK, do=acts.keep_evidence, rules=at_the_end, sees=found,
            cite="PROP35:26",
        ),
        Act("enter", "evidenced", "entered", by=CLOCK, cite="PROP35:26"),
        # The right may have ended, or been seized, between decision and register; then the registrar says so.
        Act(
            "refuse", frozenset({"supplied", "accepted", "reviewing", "adding", "publicity", "evidenced"}), "refused",
            by=REGISTRAR_SEAT, asks=inputs.Refusal, do=acts.refuse, cite="PROP35:22",
        ),
        Act(
            "withdraw", BEFORE_PUBLICITY | {"publicity", "objection"}, "withdrawn", by=HOLDER, asks=inputs.Reason,
            do=acts.give_reason, protects=True,
        ),
    )  # fmt: skip


CLOCKS = (
    Clock(
        "acceptance", FirstWorkingDayAfter("prop35.acceptance"), runs_in={"applied", "supplied"}, afresh=True,
        then="accept_by_silence", words=Words("受理决定期限", "time to decide on acceptance"), cite="PROP35:17",
    ),
    Clock(
        "supplement", Until("supply_by_at"), runs_in={"supplement"}, then="deem_not_applied", waits=True,
        words=Words("补正期限", "time to supply what is missing"), cite="PROP35:17(1)",
    ),
    Clock(
        "adding", Until("supply_by_at"), runs_in={"adding"}, afresh=True, waits=True,
        words=Words("补充证明材料期限", "time to add evidence"), cite="PROP35:28",
    ),
    Clock(
        "completion", WorkingDays("prop35.completion"), runs_in={"accepted", "reviewing", "evidenced"},
        most=WorkingDays("prop35.extension"), words=Words("办结期限", "time to complete"), cite="PROP35:28",
    ),
    Clock(
        "publicity", WorkingDays("prop35.publicity"), runs_in={"publicity"}, then="keep_evidence",
        words=Words("公示期", "publicity"), cite="PROP35:24",
    ),
    Clock(
        "investigation", Until("investigate_by_at"), runs_in={"objection"}, afresh=True, waits=True,
        words=Words("异议调查期限", "time to investigate objections"), cite="PROP35:25",
    ),
)  # fmt: skip

LABELS: dict[str, Words] = {
    "applied": Words("申请", "Applied for"),
    "supplement": Words("补正", "To be supplied"),
    "supplied": Words("已补正", "Supplied"),
    "accepted": Words("受理", "Accepted"),
    "reviewing": Words("审查", "Under review"),
    "adding": Words("补充证明材料", "Adding evidence"),
    "publicity": Words("公示", "Publicised"),
    "objection": Words("异议处理", "Objection being handled"),
    "evidenced": Words("信息存证", "Kept as evidence"),
    "entered": Words("已登记", "Entered"),
    "not_applied": Words("视为未提出申请", "Deemed not applied for"),
    "refused": Words("不予登记", "Refused"),
    "withdrawn": Words("已撤回", "Withdrawn"),
    "begin": Words("提出申请", "Apply"),
    "accept": Words("受理", "Accept"),
    "accept_by_silence": Words("逾期未告知，视为受理", "Accepted by silence"),
    "list_missing": Words("一次性告知补正", "List everything missing, once"),
    "supply": Words("补正材料", "Supply what is missing"),
    "deem_not_applied": Words("逾期未补正，视为未提出申请", "Deemed not applied for"),
    "find": Words("记录审查意见", "Record a finding"),
    "ask_more": Words("要求补充证明材料", "Ask for more evidence"),
    "add": Words("补充证明材料", "Add evidence"),
    "go_on": Words("不待补充，继续审查", "Go on without it"),
    "extend": Words("延长办结期限", "Extend the time to complete"),
    "publicise": Words("公示", "Publicise"),
    "waive_publicity": Words("决定不公示", "Decide not to publicise"),
    "object": Words("提出异议", "Object"),
    "dismiss": Words("异议不成立，继续公示", "Dismiss; publicity goes on"),
    "uphold": Words("异议成立，不予登记", "Uphold; refuse"),
    "keep_evidence": Words("信息存证", "Keep as evidence"),
    "enter": Words("记入登记簿", "Enter in the register"),
    "refuse": Words("不予登记", "Refuse"),
    "withdraw": Words("撤回申请", "Withdraw the application"),
}
WAY = ("applied", "accepted", "reviewing", "publicity", "evidenced", "entered")
ENDS = frozenset({"not_applied", "refused", "withdrawn", "entered"})


def _begins(asks: type[Inputs], judged: tuple[Rule, ...], cite: str, *, signed: bool = False) -> Begin:
    return Begin(
        by=(SUPPLIER,), asks=asks, do=acts.apply, rules=judged, sees=seeing.application, cite=cite, second_factor=signed
    )


def _asked_by_the_holder(
    kind: str,
    words: Words,
    cite: str,
    asks: type[Inputs],
    judged: tuple[Rule, ...],
    still: tuple[Rule, ...],
    *,
    held: bool = False,
    falls: tuple[Act, ...] = (),
    called: dict[str, Words] | None = None,
) -> Procedure:
    """One kind that the holder alone asks for. `held`: the house stops it where it stands (a seizure, another matter)."""
    more: dict[str, Any] = {"house_holds": held}
    return Procedure(
        name=f"right_{kind}", model="registry.Dealing", where={"kind": kind}, words=words, cite=cite, starts="applied",
        ends=ENDS | {str(act.to) for act in falls}, begins=_begins(asks, judged, cite), seats=(HOLDER, REGISTRAR_SEAT), seen_by=OFFICES, held_by=OFFICES,
        withholds=discretion.withholds, acts=(*_way(asks, judged, still), *falls), clocks=CLOCKS,
        labels=LABELS | (called or {}), way=WAY, **more,
    )  # fmt: skip


RIGHT_TRANSFER = Procedure(
    name="right_transfer",
    model="registry.Dealing",
    where={"kind": "transfer"},
    words=Words("数据产权转让登记", "Registration of a transfer"),
    cite="PROP35:34",
    starts="joining",
    ends=ENDS | {"not_joined"},
    begins=_begins(inputs.Transfer, rules.TRANSFER_RULES, "PROP35:34", signed=True),
    seats=(HOLDER, RECEIVER, REGISTRAR_SEAT),
    seen_by=OFFICES,
    held_by=OFFICES,
    house_holds=True,
    withholds=discretion.withholds,
    acts=(
        Act(
            "join", "joining", "applied", by=RECEIVER, asks=inputs.Joined, do=acts.join, rules=rules.JOIN_RULES,
            sees=seeing.as_it_stands, cite="PROP35:34", second_factor=True,
        ),
        Act("decline", "joining", "not_joined", by=RECEIVER, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("call_off", "joining", "withdrawn", by=HOLDER, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("give_up_waiting", "joining", "not_joined", by=CLOCK),
        *_way(inputs.Transfer, rules.TRANSFER_RULES, rules.TRANSFERABLE_RULES),
    ),
    clocks=(
        Clock(
            "joining", WorkingDays("house.transfer_joining"), runs_in={"joining"}, then="give_up_waiting",
            words=Words("受让方共同申请期限", "time for the receiver to join"), cite="HOUSE:ownership",
        ),
        *CLOCKS,
    ),
    labels=LABELS | {
        "joining": Words("待受让方共同申请", "Waiting for the receiver"),
        "not_joined": Words("未共同申请", "Not applied for together"),
        "join": Words("共同申请", "Apply together"),
        "decline": Words("不同意受让", "Decline"),
        "call_off": Words("撤回", "Call it off"),
        "give_up_waiting": Words("逾期未共同申请", "Not joined in time"),
    },
    way=("joining", *WAY),
)  # fmt: skip

RIGHT_CHANGE = _asked_by_the_holder(
    "change", Words("数据产权变更登记", "Registration of a change"), "PROP35:35", inputs.Change, rules.CHANGE_RULES,
    rules.STILL_RULES,
)  # fmt: skip
RIGHT_RENEWAL = _asked_by_the_holder(
    "renewal", Words("数据产权续期登记", "Renewal of a registration"), "PROP35:36", inputs.Renewal, rules.RENEWAL_RULES,
    rules.STILL_RULES, held=True,
    falls=(
        Act(
            "fall_away", BEFORE_PUBLICITY | {"publicity", "objection", "evidenced"}, "fallen", by=CLOCK, asks=inputs.Reason,
            do=acts.give_reason, cite="PROP35:37", under_hold=True,
        ),
    ),
    called={
        "fallen": Words("登记已注销，不再续期", "Fallen: the registration was cancelled"),
        "fall_away": Words("登记已注销，不再续期", "Fall away: the registration was cancelled"),
    },
)  # fmt: skip
RIGHT_CANCELLATION = _asked_by_the_holder(
    "cancellation", Words("数据产权注销登记", "Cancellation of a registration"), "PROP35:37", inputs.Cancellation,
    rules.CANCELLATION_RULES, rules.FREE_RULES, held=True,
)  # fmt: skip

RIGHT_REVOCATION = Procedure(
    name="right_revocation",
    model="registry.Dealing",
    where={"kind": "revocation"},
    words=Words("登记机构依职权注销", "Cancellation by the registrar"),
    cite="PROP35:37",
    starts="noticed",
    ends=frozenset({"entered", "dropped"}),
    begins=Begin(
        by=(REGISTRAR,), asks=inputs.Revocation, do=acts.give_notice, rules=rules.REVOCATION_RULES,
        sees=seeing.application, cite="PROP35:37",
    ),
    seats=(REGISTRAR_SEAT, HOLDER),
    seen_by=OFFICES,
    held_by=OFFICES,
    acts=(
        Act(
            "answer", "noticed", "heard", by=HOLDER, asks=inputs.Heard, do=acts.hear, rules=rules.PAPER_RULES,
            sees=seeing.named_papers, cite="PROP35:37", protects=True,
        ),
        Act("close_hearing", "noticed", "heard", by=CLOCK, cite="PROP35:37"),
        Act(
            "decide", "heard", "evidenced", by=REGISTRAR_SEAT, asks=inputs.Conclusion, do=acts.decide,
            rules=rules.PAPER_RULES, sees=seeing.named_papers, cite="PROP35:37",
        ),
        # Decided, but the right ended of itself before it was entered: then it is dropped.
        Act("drop", ("noticed", "heard", "evidenced"), "dropped", by=REGISTRAR_SEAT, asks=inputs.Reason, do=acts.drop),
        Act("enter", "evidenced", "entered", by=CLOCK, cite="PROP35:37"),
    ),
    clocks=(
        Clock(
            "hearing", WorkingDays("house.revocation_hearing"), runs_in={"noticed"}, then="close_hearing",
            words=Words("陈述申辩期限", "time to be heard"), cite="HOUSE:ownership",
        ),
        Clock(
            "decision", WorkingDays("house.revocation_decision"), runs_in={"heard"},
            words=Words("决定期限", "time to decide"), cite="HOUSE:ownership",
        ),
    ),
    labels={
        "noticed": Words("已书面告知", "Notice given"),
        "heard": Words("已陈述或期满", "Heard"),
        "evidenced": Words("已决定", "Decided"),
        "entered": Words("已注销", "Cancelled"),
        "dropped": Words("不予注销", "Dropped"),
        "begin": Words("书面告知拟注销", "Give notice of cancellation"),
        "answer": Words("陈述和申辩", "Be heard"),
        "close_hearing": Words("期满未陈述", "Not heard in time"),
        "decide": Words("决定注销", "Decide to cancel"),
        "drop": Words("决定不注销", "Drop it"),
        "enter": Words("记入登记簿", "Enter in the register"),
    },
    way=("noticed", "heard", "evidenced", "entered"),
)  # fmt: skip

LATE_OBJECTION = Procedure(
    name="late_objection",
    model="registry.LateObjection",
    words=Words("登记后异议", "Objection after registration"),
    cite="PROP35:29",
    starts="filed",
    ends=frozenset({"not_supplied", "withdrawn", "dismissed", "change_ordered", "cancelled", "executed"}),
    begins=Begin(
        by=(ANYONE,), asks=inputs.LateObjectionFiled, do=acts.file_late, rules=rules.OBJECTION_RULES,
        sees=seeing.late_objection, cite="PROP35:29",
    ),
    seats=(OBJECTOR, HOLDER, REGISTRAR_SEAT),
    individuals=(OBJECTING_PERSON,),
    seen_by=OFFICES,
    held_by=OFFICES,
    withholds=discretion.withholds,
    acts=(
        Act(
            "ask_for_papers", "filed", "incomplete", by=REGISTRAR_SEAT, asks=inputs.Missing, do=acts.list_missing,
            rules=rules.DEADLINE_RULES, sees=seeing.deadline, cite="PROP35:29",
        ),
        Act(
            "complete", "incomplete", "filed", by=(OBJECTOR, OBJECTING_PERSON), asks=inputs.Supplied, do=acts.complete,
            rules=rules.PAPER_RULES, sees=seeing.own_papers, protects=True,
        ),
        Act("give_up_papers", "incomplete", "not_supplied", by=CLOCK),
        Act("notify", "filed", "notified", by=REGISTRAR_SEAT, cite="PROP35:29"),
        Act(
            "answer", "notified", "answered", by=HOLDER, asks=inputs.Heard, do=acts.hear, rules=rules.PAPER_RULES,
            sees=seeing.own_papers, cite="PROP35:29", protects=True,
        ),
        Act("close_answer", "notified", "answered", by=CLOCK),
        Act(
            "dismiss", "answered", "dismissed", by=REGISTRAR_SEAT, asks=inputs.Conclusion, do=acts.conclude,
            rules=rules.PAPER_RULES, sees=seeing.own_papers, cite="PROP35:29",
        ),
        Act(
            "order_change", "answered", "change_ordered", by=REGISTRAR_SEAT, asks=inputs.Conclusion, do=acts.conclude,
            rules=rules.PAPER_RULES, sees=seeing.own_papers, cite="PROP35:29",
        ),
        Act(
            "order_cancellation", "answered", "cancelled", by=REGISTRAR_SEAT, asks=inputs.Conclusion, do=acts.conclude,
            rules=rules.PAPER_RULES, sees=seeing.own_papers, cite="PROP35:29",
        ),
        Act(
            "refer", "answered", "referred", by=REGISTRAR_SEAT, asks=inputs.Conclusion, do=acts.refer,
            rules=rules.PAPER_RULES, sees=seeing.own_papers, cite="PROP35:29",
        ),
        Act(
            "execute", ("answered", "referred"), "executed", by=REGISTRAR_SEAT, asks=inputs.Judgment, do=acts.execute,
            rules=rules.PAPER_RULES, sees=seeing.own_papers, cite="PROP35:29",
        ),
        Act(
            "withdraw", frozenset({"filed", "incomplete", "notified", "answered", "referred"}), "withdrawn",
            by=(OBJECTOR, OBJECTING_PERSON), asks=inputs.Conclusion, do=acts.refer, protects=True,
        ),
    ),
    clocks=(
        Clock(
            "notice", WorkingDays("prop35.objection_notice"), runs_in={"filed"}, afresh=True,
            words=Words("通知权利人期限", "time to tell the holder"), cite="PROP35:29",
        ),
        Clock(
            "papers", Until("supply_by_at"), runs_in={"incomplete"}, then="give_up_papers", afresh=True, waits=True,
            words=Words("补齐材料期限", "time to complete the papers"), cite="PROP35:29",
        ),
        Clock(
            "answer", WorkingDays("house.late_objection_answer"), runs_in={"notified"}, then="close_answer",
            words=Words("权利人答复期限", "time for the holder to answer"), cite="HOUSE:ownership",
        ),
        Clock(
            "conclusion", WorkingDays("house.late_objection_conclusion"), runs_in={"answered"},
            words=Words("处理期限", "time to conclude"), cite="HOUSE:ownership",
        ),
    ),
    labels={
        "filed": Words("已提出", "Filed"),
        "incomplete": Words("待补齐材料", "Papers to be completed"),
        "notified": Words("已通知权利人", "Holder told"),
        "answered": Words("已答复或期满", "Answered"),
        "referred": Words("已转仲裁或诉讼", "Before court or arbitrators"),
        "not_supplied": Words("未补齐，终结", "Papers not completed"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "dismissed": Words("异议不成立", "Dismissed"),
        "change_ordered": Words("应予变更", "Change ordered"),
        "cancelled": Words("应予注销", "Cancellation ordered"),
        "executed": Words("已按生效文书办理", "Judgment carried out"),
        "begin": Words("提出异议", "Object"),
        "ask_for_papers": Words("一次性告知补齐材料", "Ask for missing papers"),
        "complete": Words("补齐材料", "Complete the papers"),
        "give_up_papers": Words("逾期未补齐", "Not completed in time"),
        "notify": Words("材料齐全，通知权利人", "Complete; tell the holder"),
        "answer": Words("答复异议", "Answer the objection"),
        "close_answer": Words("期满未答复", "Not answered in time"),
        "dismiss": Words("异议不成立", "Dismiss"),
        "order_change": Words("异议成立，应予变更", "Uphold; change it"),
        "order_cancellation": Words("异议成立，注销登记", "Uphold; cancel it"),
        "refer": Words("告知申请仲裁或起诉", "Refer to court or arbitrators"),
        "execute": Words("办理生效文书", "Carry out a judgment"),
        "withdraw": Words("撤回异议", "Withdraw the objection"),
    },
    way=("filed", "notified", "answered", "dismissed"),
)  # fmt: skip

BY_KIND: Mapping[str, Procedure] = {
    "transfer": RIGHT_TRANSFER,
    "change": RIGHT_CHANGE,
    "renewal": RIGHT_RENEWAL,
    "cancellation": RIGHT_CANCELLATION,
    "revocation": RIGHT_REVOCATION,
}
