"""A standard, an item's link to it, a dispute about its source, and a place without one, as tables."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, EXCHANGE_ADMINISTRATOR, REGULATOR, SUPPLIER
from tongqu.exchange.registry.elements import acts, disputes, inputs, rules

PROPOSER = Seat("proposer", "proposer_id", Words("提出方", "proposer"))
HOLDER = Seat("holder", "holder_id", Words("数据持有方", "holder"), roles=frozenset({"supplier"}))
INCUMBENT = Seat(
    "incumbent", "incumbent_id", Words("现有数源方", "the source that stands"), roles=frozenset({"supplier"})
)
CHALLENGER = Seat("challenger", "challenger_id", Words("申报方", "the one that claims"), roles=frozenset({"supplier"}))

ELEMENT = Procedure(
    name="element",
    model="registry.Element",
    words=Words("数据元标准", "Standard of a data element"),
    cite="SEED:3",
    starts="proposed",
    ends=frozenset({"superseded", "withdrawn", "rejected", "retracted"}),
    begins=Begin(
        by=(DATA_AUTHORITY, SUPPLIER), asks=inputs.Standard, do=acts.propose, rules=rules.STANDARD_RULES,
        sees=acts.seen_standard,
    ),
    seats=(PROPOSER,),
    seen_by=(DATA_AUTHORITY, REGULATOR, EXCHANGE_ADMINISTRATOR),
    acts=(
        Act(
            "amend", "proposed", None, by=PROPOSER, asks=inputs.Standard, do=acts.amend, rules=rules.AMEND_RULES,
            sees=acts.seen_amended,
        ),
        Act("retract", "proposed", "retracted", by=PROPOSER, asks=inputs.Reason, do=acts.give_reason),
        Act("adopt", "proposed", "adopted", by=DATA_AUTHORITY, do=acts.adopt),
        Act("reject", "proposed", "rejected", by=DATA_AUTHORITY, asks=inputs.Reason, do=acts.give_reason),
        Act("take_effect", "adopted", "in_force", by=CLOCK, do=acts.take_effect),
        Act("supersede", "in_force", "superseded", by=CLOCK),
        Act("withdraw", "in_force", "withdrawn", by=DATA_AUTHORITY, asks=inputs.Reason, do=acts.give_reason),
    ),
    labels={
        "proposed": Words("待审定", "Proposed"),
        "adopted": Words("已审定", "Adopted"),
        "in_force": Words("现行", "In force"),
        "superseded": Words("已被新版本代替", "Superseded"),
        "withdrawn": Words("已废止", "Withdrawn"),
        "rejected": Words("未通过", "Rejected"),
        "retracted": Words("已撤回", "Retracted"),
        "begin": Words("提出数据元标准", "Propose a standard"),
        "amend": Words("修改", "Amend"),
        "retract": Words("撤回", "Retract"),
        "adopt": Words("审定通过", "Adopt"),
        "reject": Words("不予通过", "Reject"),
        "take_effect": Words("生效", "Take effect"),
        "supersede": Words("由新版本代替", "Supersede"),
        "withdraw": Words("废止", "Withdraw the standard"),
    },
    way=("proposed", "adopted", "in_force"),
)  # fmt: skip

SOURCE_CLAIM = Procedure(
    name="source_claim",
    model="registry.Claim",
    words=Words("数据元关联", "Link to a data element"),
    cite="SEED:3",
    starts="standing",
    ends=frozenset({"withdrawn", "ended"}),
    begins=Begin(
        by=(SUPPLIER,), asks=inputs.ClaimOf, do=acts.claim, rules=rules.CLAIM_RULES, sees=acts.seen_claim
    ),
    seats=(HOLDER,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    held_by=(DATA_AUTHORITY, REGULATOR),
    acts=(
        Act("cite_anew", "standing", None, by=HOLDER, do=acts.cite_anew),
        Act("withdraw", "standing", "withdrawn", by=HOLDER, asks=inputs.Reason, do=acts.end),
        Act("end", "standing", "ended", by=CLOCK, asks=inputs.Ended, do=acts.end, under_hold=True),
    ),
    labels={
        "standing": Words("有效", "Stands"),
        "withdrawn": Words("已撤销", "Withdrawn"),
        "ended": Words("已终止", "Ended"),
        "begin": Words("关联数据元或申报数源", "Link an item, or claim to be its source"),
        "cite_anew": Words("改按现行版本", "Follow the version in force"),
        "withdraw": Words("撤销关联", "Withdraw"),
        "end": Words("终止关联", "End"),
    },
    way=("standing",),
)  # fmt: skip

SOURCE_CONFLICT = Procedure(
    name="source_conflict",
    model="registry.Conflict",
    words=Words("数源争议", "Dispute about a source"),
    cite="SEED:3",
    starts="opened",
    ends=frozenset({"final", "closed"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Challenge, do=disputes.open_case),
    seats=(INCUMBENT, CHALLENGER),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    held_by=(DATA_AUTHORITY, REGULATOR),
    acts=(
        Act("state", "opened", None, by=(INCUMBENT, CHALLENGER), asks=inputs.Statement, do=disputes.state_ground),
        Act("hear", "opened", "heard", by=CLOCK),
        Act(
            "decide", "heard", "decided", by=DATA_AUTHORITY, asks=inputs.Decision, do=disputes.decide,
            rules=(rules.territories_fit,), sees=disputes.seen_decision,
        ),
        Act(
            "object", "decided", "reviewing", by=(INCUMBENT, CHALLENGER), asks=inputs.Reason, do=disputes.object_once,
            rules=(rules.who_lost_objects,), sees=disputes.seen_objection, protects=True,
        ),
        Act(
            "review", "reviewing", "final", by=DATA_AUTHORITY, asks=inputs.Decision, do=disputes.review,
            rules=(rules.territories_fit, rules.reviewed_by_another), sees=disputes.seen_decision,
        ),
        Act("become_final", "decided", "final", by=CLOCK),
        Act(
            "close", frozenset({"opened", "heard"}), "closed", by=CLOCK, asks=inputs.Ended, do=disputes.close_case,
            under_hold=True,
        ),
    ),
    clocks=(
        Clock("statements", WorkingDays("house.source_statements"), runs_in={"opened"}, then="hear",
              words=Words("陈述期限", "time for statements"), cite="HOUSE:elements"),
        Clock("decision", WorkingDays("house.source_decision"), runs_in={"heard"},
              words=Words("裁决期限", "time to decide"), cite="HOUSE:elements"),
        Clock("objection", WorkingDays("house.source_objection"), runs_in={"decided"}, then="become_final",
              words=Words("申请复核期限", "time to object"), cite="HOUSE:elements"),
        Clock("review", WorkingDays("house.source_decision"), runs_in={"reviewing"},
              words=Words("复核期限", "time to review"), cite="HOUSE:elements"),
    ),
    labels={
        "opened": Words("待双方陈述", "Awaiting statements"),
        "heard": Words("待裁决", "To be decided"),
        "decided": Words("已裁决，可申请复核", "Decided; may be objected to"),
        "reviewing": Words("复核中", "Under review"),
        "final": Words("已终局", "Final"),
        "closed": Words("已了结", "Closed"),
        "begin": Words("立案", "Open the case"),
        "state": Words("陈述理由", "State your ground"),
        "hear": Words("陈述结束", "Close the statements"),
        "decide": Words("裁决", "Decide"),
        "object": Words("申请复核", "Object"),
        "review": Words("复核决定", "Decide the review"),
        "become_final": Words("裁决终局", "Become final"),
        "close": Words("了结", "Close"),
    },
    way=("opened", "heard", "decided", "final"),
)  # fmt: skip

SOURCE_VACANCY = Procedure(
    name="source_vacancy",
    model="registry.Vacancy",
    words=Words("数源空缺", "Vacancy of a source"),
    cite="SEED:3",
    starts="open",
    ends=frozenset({"filled", "left_open"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Place, do=disputes.fall_vacant),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    acts=(
        Act(
            "appoint", "open", "filled", by=DATA_AUTHORITY, asks=inputs.Filled, do=disputes.appoint,
            rules=(rules.appointment_fits,), sees=disputes.seen_appointment,
        ),
        Act("fill", "open", "filled", by=CLOCK, asks=inputs.Filled, do=disputes.fill),
        Act("leave", "open", "left_open", by=DATA_AUTHORITY, asks=inputs.Reason, do=disputes.leave),
    ),
    labels={
        "open": Words("空缺", "Vacant"),
        "filled": Words("已有数源", "Filled"),
        "left_open": Words("暂不设数源", "Left without a source"),
        "begin": Words("数源空缺", "A place falls vacant"),
        "appoint": Words("指定数源", "Appoint a source"),
        "fill": Words("新数源补上", "A new source fills it"),
        "leave": Words("暂不设数源", "Leave it without"),
    },
    way=("open", "filled"),
)  # fmt: skip
