"""Taking over from another registrar: the bundle as a job that is seen and goes on where it stopped, and what lives on of it."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGISTRAR, REGULATOR
from tongqu.exchange.registry.handover import acts, inputs, rules

REGISTRAR_SEAT = Seat("registrar", "registrar_id", Words("接收机构", "who takes over"), roles=frozenset({"registrar"}))
HOLDER = Seat("holder", "holder_id", Words("权利人", "holder"), roles=frozenset({"supplier"}))

TAKE_OVER = Procedure(
    name="take_over",
    model="registry.TakeOver",
    words=Words("接收移交的登记资料", "Taking over from another registrar"),
    cite="PROP35:13",
    starts="running",
    ends=frozenset({"finished", "failed"}),
    begins=Begin(
        by=(REGISTRAR,), asks=inputs.Taken, do=acts.start, rules=(rules.the_bundle_is_new, rules.the_key_is_in_the_register), sees=acts.seen,
        cite="PROP35:13",
    ),
    seats=(REGISTRAR_SEAT,),
    seen_by=(REGULATOR, DATA_AUTHORITY),
    acts=(
        Act("finish", "running", "finished", by=CLOCK, do=acts.finish),
        Act("fail", "running", "failed", by=CLOCK, asks=inputs.Failed, do=acts.fail),
        Act("stop", "running", "stopped", by=REGISTRAR_SEAT, asks=inputs.Reason, do=acts.stop),
        Act("resume", "stopped", "running", by=REGISTRAR_SEAT, do=acts.resume),
    ),
    labels={
        "running": Words("核验和接收中", "Being checked and taken over"),
        "finished": Words("已接收", "Taken over"),
        "failed": Words("移交包不符，未接收", "Not taken over: the bundle differs"),
        "stopped": Words("已停止，可继续", "Stopped; may go on"),
        "begin": Words("接收移交包", "Take a bundle over"),
        "finish": Words("完成接收", "Finish"),
        "fail": Words("退回移交包", "Return the bundle"),
        "stop": Words("停止接收", "Stop"),
        "resume": Words("从停止处继续", "Go on where it stopped"),
    },
    way=("running", "finished"),
)  # fmt: skip

TAKEN_OVER = Procedure(
    name="taken_over",
    model="registry.TakenOver",
    words=Words("移交来的登记", "Registration taken over"),
    cite="PROP35:13",
    starts="waiting",
    ends=frozenset({"entered", "lapsed"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Living, do=acts.keep),
    seats=(REGISTRAR_SEAT, HOLDER),
    seen_by=(REGULATOR, DATA_AUTHORITY),
    acts=(
        Act("name_holder", "waiting", None, by=CLOCK, asks=inputs.Named, do=acts.name_holder),
        Act(
            "bind", "waiting", "binding", by=HOLDER, asks=inputs.Bind, do=acts.bind,
            rules=(rules.it_is_bound_to_its_own_data, rules.the_holder_is_not_the_registrar), sees=acts.seen_bind,
            cite="HOUSE:registrars",
        ),
        Act("enter", "binding", "entered", by=CLOCK, asks=inputs.Done, do=acts.enter, cite="PROP35:13"),
        Act("lapse", "waiting", "lapsed", by=CLOCK, cite="PROP35:36"),
    ),
    clocks=(
        Clock(
            "validity", Until("valid_to_at"), runs_in={"waiting"}, then="lapse",
            words=Words("凭证有效期", "validity of the certificate"), cite="PROP35:26",
        ),
    ),
    labels={
        "waiting": Words("有效，待权利人对应数据", "In force; its holder is to bind it"),
        "binding": Words("正在记入登记簿", "Being entered in the register"),
        "entered": Words("已记入登记簿", "In the register"),
        "lapsed": Words("凭证失效", "Lapsed"),
        "begin": Words("接收登记", "Take over"),
        "name_holder": Words("权利人已入场", "Its holder is a member"),
        "bind": Words("对应到本所目录", "Bind it to an entry here"),
        "enter": Words("记入登记簿", "Enter it in the register"),
        "lapse": Words("到期失效", "Lapse"),
    },
    way=("waiting", "binding", "entered"),
)  # fmt: skip
