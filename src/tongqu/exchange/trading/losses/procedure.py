"""A ground is lost: what falls with it is listed and reviewed before it takes effect, carried out, and may be appealed against."""

from tongqu.exchange.bedrock.procedures import ANYONE, CLOCK, Act, Begin, Clock, Procedure, Seat, Until, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import REGULATOR, REVIEWER
from tongqu.exchange.trading.losses import acts, discretion, inputs, rules

ANY = frozenset({"supplier", "data_merchant", "buyer", "data_authority"})
GIVER = Seat("giver", "giver_id", Words("授予依据的一方", "whose ground it was"), roles=ANY)
TAKER = Seat("taker", "taker_id", Words("以此为依据的一方", "who stood on it"), roles=ANY)
OPEN = ("drawn", "confirmed")

GROUND_LOSS = Procedure(
    name="ground_loss", model="trading.GroundLoss", words=Words("依据失效处置", "Loss of a ground"), cite="HOUSE:grants",
    starts="drawn", ends=frozenset({"closed", "dropped"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Lost, do=acts.begin, cite="HOUSE:grants"),
    seats=(GIVER, TAKER), seen_by=(REVIEWER, REGULATOR), held_by=(REGULATOR,),
    withholds=discretion.withholds,
    acts=(
        Act("redraw", OPEN, "drawn", by=(REVIEWER, CLOCK), do=acts.redraw),
        Act("spare", "drawn", None, by=REVIEWER, asks=inputs.Spared, do=acts.spare,
            rules=(rules.what_is_spared_is_listed, rules.nobody_confirms_in_its_own_matter), sees=acts.seen_sparing),
        Act("confirm", "drawn", "confirmed", by=REVIEWER, asks=inputs.Finding, do=acts.confirm,
            rules=rules.CONFIRM_RULES, sees=acts.seen_list, cite="HOUSE:grants"),
        Act("pass_over", "drawn", "confirmed", by=CLOCK, do=acts.confirm),
        Act("carry_out", "confirmed", "carried_out", by=CLOCK, do=acts.carry_out, cite="HOUSE:grants"),
        Act("appeal", (*OPEN, "carried_out"), None, by=ANYONE, asks=inputs.Appeal, do=acts.appeal,
            rules=(rules.the_affected_appeal,), sees=acts.seen_appeal, cite="HOUSE:grants", protects=True,
            concerns=acts.concerns),
        Act("decide", (*OPEN, "carried_out"), None, by=REVIEWER, asks=inputs.Decision, do=acts.decide,
            rules=(rules.the_appeal_is_open, rules.nobody_confirms_in_its_own_matter), sees=acts.seen_decision),
        Act("close", "carried_out", "closed", by=CLOCK, do=acts.close, rules=(rules.every_appeal_is_decided,),
            sees=acts.seen_closing),
        Act("drop", OPEN, "dropped", by=CLOCK),
    ),
    clocks=(
        Clock("review", Until("effective_at"), runs_in={"drawn"}, words=Words("核对期限", "time to review"),
              cite="HOUSE:grants"),
        Clock("effect", Until("effective_at"), runs_in={"confirmed"}, then="carry_out",
              words=Words("生效时间", "takes effect"), cite="HOUSE:grants"),
        Clock("appeals", WorkingDays("house.loss_appeal"), runs_in={"carried_out"}, then="close",
              words=Words("申诉期限", "time to appeal"), cite="HOUSE:grants"),
    ),
    labels={
        "drawn": Words("清单待核对", "List to be reviewed"), "confirmed": Words("已确认，待生效", "Confirmed"),
        "carried_out": Words("已生效，可申诉", "In effect, open to appeal"), "closed": Words("已了结", "Closed"),
        "dropped": Words("不再处置", "Dropped"), "begin": Words("列出清单", "Draw up the list"),
        "redraw": Words("重新列出清单", "Draw the list up anew"), "spare": Words("列为不受影响", "Spare deliveries"),
        "confirm": Words("核对确认", "Confirm the list"), "pass_over": Words("无受影响事项", "Nothing falls"),
        "carry_out": Words("生效", "Take effect"), "appeal": Words("申诉", "Appeal"),
        "decide": Words("决定申诉", "Decide an appeal"), "close": Words("了结", "Close"),
        "drop": Words("依据恢复，不再处置", "Drop: the ground stays"),
    },
    way=("drawn", "confirmed", "carried_out", "closed"),
)  # fmt: skip
