"""How quality is measured: asked for by the holder, checked where the data stands, in force until the next one."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, NaturalDays, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGISTRAR, REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.registry.quality import acts, inputs
from tongqu.exchange.registry.quality.rules import QUALITY_RULES

HOLDER = Seat("holder", "holder_id", Words("数据持有方", "holder"), roles=frozenset({"supplier"}))

QUALITY_CHECK = Procedure(
    name="quality_check",
    model="registry.QualityCheck",
    words=Words("数据质量测量", "Quality check"),
    cite="HOUSE:quality",
    starts="asked",
    ends=frozenset({"superseded", "failed"}),
    # The house asks again by itself, with the same rules, when the data has changed.
    begins=Begin(by=(SUPPLIER, CLOCK), asks=inputs.Ask, do=acts.start, sees=acts.seen, rules=QUALITY_RULES),
    acts=(
        Act("measured", "asked", "standing", by=CLOCK, asks=inputs.Examined, do=acts.take),
        Act("give_up", "asked", "failed", by=CLOCK, asks=inputs.Unexamined, do=acts.give_up),
        Act("stop", "asked", "failed", by=(HOLDER, CLOCK), do=acts.give_up),
        Act("supersede", "standing", "superseded", by=CLOCK, do=acts.supersede),
    ),
    clocks=(
        Clock(
            "answer",
            NaturalDays("house.measurement_answer"),
            runs_in={"asked"},
            then="stop",
            words=Words("等待节点测量", "time for the node to measure"),
            cite="HOUSE:quality",
        ),
    ),
    seats=(HOLDER,),
    seen_by=(DATA_AUTHORITY, REGULATOR, REGISTRAR, REVIEWER),
    held_by=(REGULATOR, DATA_AUTHORITY),
    labels={
        "asked": Words("节点测量中", "Being measured"),
        "standing": Words("有效", "Standing"),
        "superseded": Words("已被新的测量代替", "Superseded"),
        "failed": Words("没有测得", "Not measured"),
        "begin": Words("请节点测量质量", "Have quality measured"),
        "measured": Words("测量完成", "Measured"),
        "give_up": Words("节点未能测量", "The node could not measure"),
        "stop": Words("停止等待测量", "Stop waiting for the node"),
        "supersede": Words("由新的测量代替", "Superseded by a newer one"),
    },
    way=("asked", "standing"),
)
