"""How open data is released: handed in, checked against the catalogue, for government data confirmed, published, withdrawn."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGULATOR, SUPPLIER
from tongqu.exchange.registry.releases import acts, inputs, rules

HOLDER = Seat("holder", "holder_id", Words("数据持有方", "holder"), roles=frozenset({"supplier"}))

RELEASE = Procedure(
    name="release",
    model="registry.Release",
    words=Words("数据开放发布", "Release of open data"),
    cite="SEED:1",
    starts="drafted",
    ends=frozenset({"withdrawn"}),
    begins=Begin(by=(SUPPLIER,), asks=inputs.Draft, do=acts.draft, rules=rules.DRAFT_RULES, sees=acts.seen),
    seats=(HOLDER,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    held_by=(REGULATOR, DATA_AUTHORITY),
    acts=(
        Act("check", "drafted", "checked", by=CLOCK, asks=inputs.Checked, do=acts.take_check),
        Act("refer", "drafted", "referred", by=CLOCK, asks=inputs.Checked, do=acts.take_check),
        Act("return", "drafted", "returned", by=CLOCK, asks=inputs.Faulty, do=acts.take_faults),
        Act(
            "amend", "returned", "drafted", by=HOLDER, asks=inputs.File, do=acts.amend,
            rules=rules.DRAFT_RULES, sees=acts.seen,
        ),
        Act(
            "confirm", "referred", "checked", by=DATA_AUTHORITY, do=acts.confirm,
            rules=(rules.confirmed_by_another,), sees=acts.seen_confirming,
        ),
        Act("send_back", "referred", "returned", by=DATA_AUTHORITY, asks=inputs.Reason, do=acts.send_back),
        Act("publish", "checked", "published", by=HOLDER, do=acts.publish, rules=rules.PUBLISH_RULES, sees=acts.seen),
        Act(
            "withdraw",
            frozenset({"drafted", "returned", "referred", "checked", "published"}),
            "withdrawn",
            by=(HOLDER, DATA_AUTHORITY),
            asks=inputs.Reason,
            do=acts.withdraw,
        ),
    ),
    clocks=(
        Clock(
            "confirmation",
            WorkingDays("house.release_confirmation"),
            runs_in={"referred"},
            afresh=True,
            words=Words("确认期限", "time to confirm"),
            cite="HOUSE:releases",
        ),
    ),
    labels={
        "drafted": Words("核对中", "Being checked"),
        "returned": Words("已退回", "Returned"),
        "referred": Words("待数据主管部门确认", "With the data authority"),
        "checked": Words("可以发布", "Ready to publish"),
        "published": Words("已发布", "Published"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("提交一版开放数据", "Hand in a release"),
        "check": Words("核对通过", "Pass the check"),
        "refer": Words("核对通过，请数据主管部门确认", "Pass the check; the data authority is asked"),
        "return": Words("核对未通过，退回", "Return with faults"),
        "amend": Words("换一份文件", "Hand in another file"),
        "confirm": Words("确认可以开放", "Confirm that it may be opened"),
        "send_back": Words("退回修改", "Send it back"),
        "publish": Words("发布", "Publish"),
        "withdraw": Words("撤回", "Withdraw"),
    },
    way=("drafted", "checked", "published"),
)  # fmt: skip
