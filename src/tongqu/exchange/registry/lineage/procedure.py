"""That a resource is derived: declared with its grounds, confirmed by a reviewer, its grounds added to and ended."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, DATA_MERCHANT, REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.registry.lineage import acts, inputs, rules, seeing

HOLDER = Seat("holder", "holder_id", Words("持有方", "holder"), roles=frozenset({"supplier", "data_merchant"}))

DERIVATION = Procedure(
    name="derivation", model="registry.Derivation", words=Words("衍生数据依据", "Grounds of derived data"), cite="PROP35:21(6)",
    starts="declared", ends=frozenset({"refused", "withdrawn", "ended"}),
    begins=Begin(by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Declared, do=acts.declare, rules=rules.DERIVATION_RULES,
                 sees=seeing.declared, cite="PROP35:21(6)"),
    seats=(HOLDER,), seen_by=(REVIEWER, REGULATOR, DATA_AUTHORITY), held_by=(REGULATOR,),
    acts=(
        Act("confirm", "declared", "confirmed", by=REVIEWER, asks=inputs.Finding, do=acts.confirm,
            rules=rules.DERIVATION_RULES, sees=seeing.confirmation, cite="PROP35:21(6)"),
        Act("refuse", "declared", "refused", by=REVIEWER, asks=inputs.Finding, do=acts.end, cite="PROP35:21(6)"),
        Act("withdraw", "declared", "withdrawn", by=HOLDER, asks=inputs.Reason, do=acts.end, protects=True),
        Act("add_ground", ("declared", "confirmed"), None, by=HOLDER, asks=inputs.Another, do=acts.add,
            rules=rules.DERIVATION_RULES, sees=seeing.another, cite="PROP35:20(4)", protects=True),
        Act("drop_ground", ("declared", "confirmed"), None, by=HOLDER, asks=inputs.Dropped, do=acts.drop,
            rules=(rules.a_source_keeps_a_ground,), sees=seeing.dropping),
        Act("end", "confirmed", "ended", by=HOLDER, asks=inputs.Reason, do=acts.end, protects=True),
        Act("fall_away", ("declared", "confirmed"), "ended", by=CLOCK, asks=inputs.Reason, do=acts.end, under_hold=True),
    ),
    clocks=(
        Clock("review", WorkingDays("house.derivation_review"), runs_in={"declared"},
              words=Words("核对期限", "time to review"), cite="HOUSE:grants"),
    ),
    labels={
        "declared": Words("待核对", "Declared"), "confirmed": Words("已核对", "Confirmed"),
        "refused": Words("不予认可", "Refused"), "withdrawn": Words("已撤回", "Withdrawn"), "ended": Words("已终止", "Ended"),
        "begin": Words("申报衍生依据", "Declare the grounds"), "confirm": Words("核对属实", "Confirm"),
        "refuse": Words("不予认可", "Refuse"), "withdraw": Words("撤回", "Withdraw"),
        "add_ground": Words("增加依据", "Add a ground"), "drop_ground": Words("停用依据", "End a ground"),
        "end": Words("终止", "End"), "fall_away": Words("资源撤出目录，终止", "End with its resource"),
    },
    way=("declared", "confirmed"),
)  # fmt: skip
