"""How a resource is classified and graded: opened, proposed by its holder, confirmed by an office, made anew when due."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Months, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.registry.grading import acts, inputs
from tongqu.exchange.registry.grading.models import IN_FORCE, PREPARING
from tongqu.exchange.registry.grading.rules import (
    CONFIRMING_RULES,
    OPENING_RULES,
    PROPOSAL_RULES,
    only_ones_own_is_withdrawn,
)

HOLDER = Seat("holder", "holder_id", Words("数据持有方", "holder"), roles=frozenset({"supplier"}))

GRADING = Procedure(
    name="grading",
    model="registry.Grading",
    words=Words("数据分类分级", "Classification and grading"),
    cite="DSL:21",
    starts="open",
    ends=frozenset({"superseded", "withdrawn", "ended"}),
    begins=Begin(by=(SUPPLIER, CLOCK), asks=inputs.Opening, do=acts.open_grading, rules=OPENING_RULES,
                 sees=acts.seen_opening),
    seats=(HOLDER,),
    seen_by=(REVIEWER, DATA_AUTHORITY, REGULATOR),
    held_by=(REGULATOR,),
    acts=(
        Act("propose", ("open", "returned"), "proposed", by=HOLDER, asks=inputs.Proposal, do=acts.propose,
            rules=PROPOSAL_RULES, sees=acts.seen_proposal, cite="GB43697:6.5"),
        Act("refer", "proposed", "referred", by=CLOCK, cite="HOUSE:grading", fits=acts.is_the_authoritys),
        Act("confirm", "proposed", "confirmed", by=REVIEWER, asks=inputs.Opinion, do=acts.confirm,
            rules=CONFIRMING_RULES, sees=acts.seen_confirming, cite="GB43697:6.5", fits=acts.is_the_reviewers),
        Act("approve", "referred", "confirmed", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.confirm,
            rules=CONFIRMING_RULES, sees=acts.seen_confirming, cite="GB43697:6.5"),
        Act("hand_back", "proposed", "returned", by=REVIEWER, asks=inputs.Reason, do=acts.hand_back,
            fits=acts.is_the_reviewers),
        Act("send_back", "referred", "returned", by=DATA_AUTHORITY, asks=inputs.Reason, do=acts.hand_back),
        Act("take_effect", "confirmed", "in_force", by=CLOCK, do=acts.take_effect),
        Act("fall_due", IN_FORCE, "due", by=CLOCK, asks=inputs.Due, do=acts.fall_due),
        Act("run_out", "due", None, by=CLOCK, do=acts.run_out, cite="HOUSE:grading"),
        Act("supersede", IN_FORCE, "superseded", by=CLOCK, asks=inputs.Successor, do=acts.supersede, under_hold=True),
        Act("withdraw", ("open", "proposed", "referred", "returned"), "withdrawn", by=HOLDER, do=acts.leave,
            rules=(only_ones_own_is_withdrawn,), sees=acts.seen_leaving),
        Act("end", (*PREPARING, *IN_FORCE), "ended", by=CLOCK, do=acts.leave, under_hold=True),
    ),
    clocks=(
        Clock("proposal", WorkingDays("house.grading_proposal"), runs_in={"open", "returned"},
              words=Words("提出定级的期限", "time to propose"), cite="HOUSE:grading"),
        Clock("review", WorkingDays("house.grading_review"), runs_in={"proposed", "referred"}, afresh=True,
              words=Words("确认期限", "time to confirm"), cite="HOUSE:grading"),
        Clock("term", Months("house.grading_term"), runs_in={"in_force"}, then="fall_due",
              words=Words("定级复核期", "term until the review"), cite="HOUSE:grading"),
        Clock("renewal", WorkingDays("house.grading_proposal"), runs_in={"due"}, then="run_out",
              words=Words("重新定级的期限", "time to make it anew"), cite="HOUSE:grading"),
    ),
    labels={
        "open": Words("待提出", "To be proposed"),
        "proposed": Words("已提出，待确认", "Proposed, to be confirmed"),
        "referred": Words("待数据主管部门确认", "Before the data authority"),
        "returned": Words("已退回", "Returned"),
        "confirmed": Words("已确认", "Confirmed"),
        "in_force": Words("生效", "In force"),
        "due": Words("生效，待重新定级", "In force, to be made anew"),
        "superseded": Words("已被新定级取代", "Superseded"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "ended": Words("随资源终止", "Ended with its resource"),
        "begin": Words("发起定级", "Open a grading"),
        "propose": Words("提出定级", "Propose"),
        "refer": Words("分送数据主管部门", "Refer to the data authority"),
        "confirm": Words("确认定级", "Confirm"),
        "approve": Words("确认公共数据定级", "Confirm the grading of public data"),
        "hand_back": Words("退回", "Return"),
        "send_back": Words("退回持有方", "Return to the holder"),
        "take_effect": Words("生效", "Take effect"),
        "fall_due": Words("须重新定级", "Fall due"),
        "run_out": Words("重新定级逾期", "Run out"),
        "supersede": Words("被新定级取代", "Be superseded"),
        "withdraw": Words("撤回", "Withdraw"),
        "end": Words("随资源终止", "End with the resource"),
    },
    way=("open", "proposed", "confirmed", "in_force"),
    detours=acts.detours,
)  # fmt: skip
