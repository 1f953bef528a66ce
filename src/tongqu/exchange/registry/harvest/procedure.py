"""An import of somebody's catalogue, and the deciding of a spelling, as tables."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Procedure
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, EXCHANGE_ADMINISTRATOR, REGULATOR
from tongqu.exchange.registry.harvest import acts, inputs, rules

STEWARDS = (DATA_AUTHORITY, EXCHANGE_ADMINISTRATOR)

HARVEST = Procedure(
    name="harvest",
    model="registry.Harvest",
    words=Words("目录导入", "Import of a catalogue"),
    cite="HOUSE:harvest",
    starts="running",
    ends=frozenset({"finished", "failed"}),
    begins=Begin(
        by=STEWARDS, asks=inputs.File, do=acts.start, sees=acts.seen,
        rules=(rules.file_is_ones_own, rules.division_stands),
    ),
    acts=(
        Act("finish", "running", "finished", by=CLOCK, asks=inputs.Finished, do=acts.finish),
        Act("fail", "running", "failed", by=CLOCK, asks=inputs.Unreadable, do=acts.fail),
        Act("cancel", "running", "cancelled", by=STEWARDS, asks=inputs.Reason, do=acts.cancel),
        Act(
            "resume", "cancelled", "running", by=STEWARDS, do=acts.resume, sees=acts.seen_later,
            rules=(rules.nothing_later_stands,),
        ),
    ),
    seen_by=(*STEWARDS, REGULATOR),
    labels={
        "running": Words("导入中", "Running"),
        "finished": Words("已完成", "Finished"),
        "failed": Words("文件不可读", "File not readable"),
        "cancelled": Words("已停止，可继续", "Stopped; may go on"),
        "begin": Words("导入目录文件", "Import a catalogue"),
        "finish": Words("完成导入", "Finish"),
        "fail": Words("退回文件", "Return the file"),
        "cancel": Words("停止导入", "Stop the import"),
        "resume": Words("从停止处继续", "Go on where it stopped"),
    },
    way=("running", "finished"),
)  # fmt: skip

SPELLING = Procedure(
    name="spelling",
    model="registry.Spelling",
    words=Words("写法认定", "Meaning of a spelling"),
    cite="HOUSE:harvest",
    starts="open",
    ends=frozenset(),
    begins=Begin(by=(CLOCK,), asks=inputs.NewSpelling, do=acts.meet),
    acts=(
        Act(
            "decide", "open", "decided", by=STEWARDS, asks=inputs.Meaning, do=acts.decide, sees=acts.seen_meaning,
            rules=(rules.meaning_fits,),
        ),
        Act(
            "correct", "decided", None, by=STEWARDS, asks=inputs.Meaning, do=acts.decide, sees=acts.seen_meaning,
            rules=(rules.meaning_fits,),
        ),
    ),
    seen_by=(*STEWARDS, REGULATOR),
    labels={
        "open": Words("待认定", "To be decided"),
        "decided": Words("已认定", "Decided"),
        "begin": Words("遇到新写法", "A new spelling is met"),
        "decide": Words("认定含义", "Say what it means"),
        "correct": Words("更正含义", "Correct the meaning"),
    },
    way=("open", "decided"),
)  # fmt: skip
