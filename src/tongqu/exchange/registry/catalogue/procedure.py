"""How a resource enters the catalogue: drafted by its holder, measured where it stands, catalogued."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, NaturalDays, Procedure, Seat
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGISTRAR, REGULATOR, REVIEWER, SUPPLIER
from tongqu.exchange.registry.catalogue import acts, inputs
from tongqu.exchange.registry.catalogue.rules import ENTRY_RULES, UPDATE_RULES

HOLDER = Seat("holder", "holder_id", Words("数据持有方", "holder"), roles=frozenset({"supplier"}))

RESOURCE = Procedure(
    name="resource",
    model="registry.Resource",
    words=Words("数据资源编目", "Catalogue entry"),
    cite="SEED:3",
    starts="drafted",
    ends=frozenset({"withdrawn"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.Entry, do=acts.draft, rules=ENTRY_RULES, sees=acts.seen),
    seats=(HOLDER,),
    seen_by=(DATA_AUTHORITY, REGULATOR, REGISTRAR, REVIEWER),
    held_by=(REGULATOR, DATA_AUTHORITY),
    acts=(
        Act("amend", "drafted", None, by=HOLDER, asks=inputs.Entry, do=acts.amend, rules=ENTRY_RULES, sees=acts.seen),
        Act("measure", "drafted", "measuring", by=HOLDER, do=acts.ask_measurement),
        Act(
            "measured",
            ("measuring", "catalogued"),
            "catalogued",
            by=CLOCK,
            asks=inputs.Measured,
            do=acts.take_measurement,
        ),
        Act("give_up", "measuring", "drafted", by=CLOCK, asks=inputs.Unmeasured, do=acts.give_up),
        Act("stop", "measuring", "drafted", by=(HOLDER, CLOCK), do=acts.give_up),
        Act(
            "update",
            "catalogued",
            None,
            by=HOLDER,
            asks=inputs.Entry,
            do=acts.update,
            rules=UPDATE_RULES,
            sees=acts.seen,
        ),
        Act("remeasure", "catalogued", None, by=(HOLDER, CLOCK), do=acts.ask_measurement),
        Act(
            "withdraw",
            frozenset({"drafted", "measuring", "catalogued"}),
            "withdrawn",
            by=HOLDER,
            asks=inputs.Reason,
            do=acts.withdraw,
        ),
    ),
    clocks=(
        Clock(
            "answer",
            NaturalDays("house.measurement_answer"),
            runs_in={"measuring"},
            afresh=True,
            then="stop",
            words=Words("等待节点测量", "time for the node to measure"),
            cite="HOUSE:catalogue",
        ),
    ),
    labels={
        "drafted": Words("草稿", "Draft"),
        "measuring": Words("节点测量中", "Being measured"),
        "catalogued": Words("已编目", "Catalogued"),
        "withdrawn": Words("已撤下", "Withdrawn"),
        "begin": Words("起草目录", "Draft an entry"),
        "amend": Words("修改草稿", "Amend the draft"),
        "measure": Words("请节点测量并编目", "Have it measured and catalogued"),
        "measured": Words("按测量结果编目", "Catalogue by the measurement"),
        "give_up": Words("节点未能测量", "The node could not measure"),
        "stop": Words("停止等待测量", "Stop waiting for the node"),
        "update": Words("更新目录", "Update the entry"),
        "remeasure": Words("请节点重新测量", "Have it measured again"),
        "withdraw": Words("撤下目录", "Withdraw the entry"),
    },
    way=("drafted", "measuring", "catalogued"),
)
