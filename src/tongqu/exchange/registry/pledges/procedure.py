"""A right is pledged or given into custody by both sides, stands, and is released by whom it secures."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGULATOR, SUPPLIER
from tongqu.exchange.registry.pledges import acts, inputs, rules, seeing

HOLDER = Seat("holder", "holder_id", Words("出质人（委托人）", "pledgor"), roles=frozenset({"supplier"}))
SECURED = Seat("secured", "secured_id", Words("质权人（托管人）", "secured party or custodian"))

RIGHT_PLEDGE = Procedure(
    name="right_pledge", model="registry.Pledge", words=Words("质押与托管", "Pledge or custody of a right"),
    cite="PROP35:31", starts="offered", ends=frozenset({"declined", "withdrawn", "lapsed", "released"}), binds=True,
    begins=Begin(by=(SUPPLIER,), asks=inputs.Pledged, do=acts.pledge, rules=rules.PLEDGE_RULES, sees=seeing.pledging,
                 cite="HOUSE:pledges", second_factor=True),
    seats=(HOLDER, SECURED), seen_by=(REGULATOR, DATA_AUTHORITY), held_by=(REGULATOR, DATA_AUTHORITY),
    acts=(
        Act("agree", "offered", "standing", by=SECURED, do=acts.stand, rules=rules.STANDING_RULES, sees=seeing.standing,
            cite="HOUSE:pledges", second_factor=True),
        Act("decline", "offered", "declined", by=SECURED, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("withdraw", "offered", "withdrawn", by=HOLDER, asks=inputs.Reason, do=acts.give_reason, protects=True),
        Act("lapse", "offered", "lapsed", by=CLOCK, cite="HOUSE:pledges"),
        Act("release", "standing", "released", by=SECURED, asks=inputs.Released, do=acts.release,
            cite="HOUSE:pledges", second_factor=True, protects=True),
    ),
    clocks=(
        Clock("answer", WorkingDays("house.pledge_answer"), runs_in={"offered"}, then="lapse",
              words=Words("对方确认期限", "time for the other side to agree"), cite="HOUSE:pledges"),
    ),
    labels={
        "offered": Words("待质权人（托管人）确认", "For the other side to agree"), "standing": Words("已设立", "Standing"),
        "declined": Words("未同意", "Declined"), "withdrawn": Words("已撤回", "Withdrawn"),
        "lapsed": Words("逾期未确认", "Not agreed to in time"), "released": Words("已解除", "Released"),
        "begin": Words("出质或托管", "Pledge or give into custody"), "agree": Words("确认设立", "Agree; it stands"),
        "decline": Words("不同意", "Decline"), "withdraw": Words("撤回", "Withdraw"),
        "lapse": Words("逾期未确认", "Lapse"), "release": Words("解除", "Release"),
    },
    way=("offered", "standing"),
)  # fmt: skip
