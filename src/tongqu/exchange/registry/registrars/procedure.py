"""A registrar's own matters as tables: qualification (art. 7), yearly report (art. 11), changes (art. 12), exit (art. 13)."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGISTRAR, REGULATOR
from tongqu.exchange.registry.registrars import acts, inputs, rules

SEAT = Seat("registrar", "registrar_id", Words("登记机构", "registrar"), roles=frozenset({"registrar"}))

REGISTRAR_DOSSIER = Procedure(
    name="registrar_dossier",
    model="registry.RegistrarDossier",
    words=Words("登记机构资质", "Qualification of a registrar"),
    cite="PROP35:7",
    starts="submitted",
    ends=frozenset({"expired", "replaced"}),
    begins=Begin(
        by=(REGISTRAR,), asks=inputs.Dossier, do=acts.submit_dossier, rules=rules.DOSSIER_RULES, sees=acts.seen_dossier,
        cite="PROP35:7",
    ),
    seats=(SEAT,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    acts=(
        Act("confirm", "submitted", "confirmed", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion, cite="PROP35:7"),
        Act("hand_back", "submitted", "returned", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion),
        Act(
            "resubmit", "returned", "submitted", by=SEAT, asks=inputs.Dossier, do=acts.submit_dossier,
            rules=rules.DOSSIER_RULES, sees=acts.seen_dossier, cite="PROP35:7",
        ),
        Act("replace", "confirmed", "replaced", by=SEAT),
        Act("expire", "confirmed", "expired", by=CLOCK, cite="PROP35:7"),
    ),
    clocks=(
        Clock(
            "expiry", Until("expires_at"), runs_in={"confirmed"}, then="expire",
            words=Words("资质证明有效期", "validity of the proofs"), cite="PROP35:7",
        ),
    ),
    labels={
        "submitted": Words("待核", "Submitted"),
        "returned": Words("退回", "Handed back"),
        "confirmed": Words("已确认", "Confirmed"),
        "expired": Words("证明已过期", "Expired"),
        "replaced": Words("已由新材料取代", "Replaced"),
        "begin": Words("提交资质材料", "Submit"),
        "confirm": Words("确认", "Confirm"),
        "hand_back": Words("退回补正", "Hand back"),
        "resubmit": Words("重新提交", "Submit again"),
        "replace": Words("以新材料取代", "Replace by a newer one"),
        "expire": Words("证明过期", "Expire"),
    },
    way=("submitted", "confirmed"),
)  # fmt: skip

REGISTRAR_REPORT = Procedure(
    name="registrar_report",
    model="registry.RegistrarReport",
    words=Words("登记机构年度报告", "Yearly report of a registrar"),
    cite="PROP35:11",
    starts="due",
    ends=frozenset({"passed_on"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Year, do=acts.open_year, cite="PROP35:11"),
    seats=(SEAT,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    acts=(
        Act("count", "due", None, by=SEAT, do=acts.count_again, cite="PROP35:11"),
        Act("file", "due", "filed", by=SEAT, asks=inputs.Account, do=acts.file_report, cite="PROP35:11"),
        Act("hand_back", "filed", "due", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion),
        Act("pass_on", "filed", "passed_on", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion, cite="PROP35:11"),
    ),
    clocks=(
        Clock(
            "report", Until("due_at"), runs_in={"due"}, afresh=True, waits=True,
            words=Words("年度报告期限（3月31日）", "yearly report, by 31 March"), cite="PROP35:11",
        ),
        Clock(
            "province", Until("pass_on_by_at"), runs_in={"filed"}, afresh=True, waits=True,
            words=Words("省级结果报国家数据局（4月30日）", "the province's result to the NDA, by 30 April"), cite="PROP35:11",
        ),
    ),
    labels={
        "due": Words("待提交", "Due"),
        "filed": Words("已提交", "Filed"),
        "passed_on": Words("已汇总上报", "Passed on"),
        "begin": Words("按年度生成", "Open the year"),
        "count": Words("重新计数", "Count again"),
        "file": Words("提交年度报告", "File the report"),
        "hand_back": Words("退回", "Hand back"),
        "pass_on": Words("汇总上报", "Pass on"),
    },
    way=("due", "filed", "passed_on"),
)  # fmt: skip

REGISTRAR_CHANGE = Procedure(
    name="registrar_change",
    model="registry.RegistrarChange",
    words=Words("登记机构变更", "Change of a registrar"),
    cite="PROP35:12",
    starts="reported",
    ends=frozenset({"updated", "refused"}),
    begins=Begin(
        by=(REGISTRAR,), asks=inputs.Change, do=acts.report_change, rules=(rules.a_change_is_reported_before,),
        sees=acts.seen_change, cite="PROP35:12",
    ),
    seats=(SEAT,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    acts=(
        Act("approve", "reported", "approved", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion, cite="PROP35:12"),
        Act("refuse", "reported", "refused", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion),
        Act("update", "approved", "updated", by=SEAT, asks=inputs.Updated, do=acts.note_update, cite="PROP35:12"),
    ),
    clocks=(
        Clock(
            "update", WorkingDays("prop35.registrar_change_update"), runs_in={"approved"},
            words=Words("在国家系统更新的期限", "time to update the national system"), cite="PROP35:12",
        ),
    ),
    labels={
        "reported": Words("已报告", "Reported"),
        "approved": Words("已同意，待更新", "Approved; to be updated"),
        "updated": Words("已更新", "Updated"),
        "refused": Words("不同意", "Refused"),
        "begin": Words("报告变更", "Report a change"),
        "approve": Words("同意", "Approve"),
        "refuse": Words("不同意", "Refuse"),
        "update": Words("已在国家系统更新", "Updated in the national system"),
    },
    way=("reported", "approved", "updated"),
)  # fmt: skip

REGISTRAR_EXIT = Procedure(
    name="registrar_exit",
    model="registry.RegistrarExit",
    words=Words("登记机构退出", "Exit of a registrar"),
    cite="PROP35:13",
    starts="announced",
    ends=frozenset({"refused", "withdrawn", "left"}),
    begins=Begin(
        by=(REGISTRAR,), asks=inputs.Exit, do=acts.announce_exit, rules=(rules.an_exit_is_announced_before,),
        sees=acts.seen_exit, cite="PROP35:13",
    ),
    seats=(SEAT,),
    seen_by=(DATA_AUTHORITY, REGULATOR),
    acts=(
        Act("approve", "announced", "approved", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion, cite="PROP35:13"),
        Act("refuse", "announced", "refused", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion, cite="PROP35:13"),
        Act("report", "approved", "reported", by=DATA_AUTHORITY, asks=inputs.Reported, do=acts.note_report, cite="PROP35:13"),
        Act(
            "hand_over", "reported", "handed_over", by=SEAT, asks=inputs.HandedOver, do=acts.hand_over,
            rules=(rules.nothing_is_left_open, rules.the_bundle_was_written_here), sees=acts.seen_hand_over, cite="PROP35:13",
        ),
        Act("confirm", "handed_over", "left", by=DATA_AUTHORITY, asks=inputs.Opinion, do=acts.give_opinion, cite="PROP35:13"),
        Act("withdraw", ("announced", "approved", "reported"), "withdrawn", by=SEAT, asks=inputs.Reason, do=acts.give_reason),
    ),
    clocks=(
        Clock(
            "decision", WorkingDays("prop35.exit_decision"), runs_in={"announced"},
            words=Words("省级决定期限", "time for the province to decide"), cite="PROP35:13",
        ),
        Clock(
            "report", WorkingDays("prop35.exit_report"), runs_in={"approved"},
            words=Words("报告国家数据局的期限", "time to report to the NDA"), cite="PROP35:13",
        ),
        Clock(
            "hand_over", Until("exit_at"), runs_in={"approved", "reported"}, waits=True,
            words=Words("移交期限（退出日）", "hand-over, by the day of exit"), cite="PROP35:13",
        ),
    ),
    labels={
        "announced": Words("已公告，待决定", "Announced"),
        "approved": Words("同意退出", "Approved"),
        "reported": Words("已报国家数据局，移交中", "Reported; handing over"),
        "handed_over": Words("已移交，待确认", "Handed over"),
        "left": Words("已退出", "Left"),
        "refused": Words("不同意退出", "Refused"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("公告退出", "Announce the exit"),
        "approve": Words("同意", "Approve"),
        "refuse": Words("不同意", "Refuse"),
        "report": Words("报告国家数据局", "Report to the NDA"),
        "hand_over": Words("移交全部资料", "Hand everything over"),
        "confirm": Words("确认移交完成", "Confirm the hand-over"),
        "withdraw": Words("撤回退出", "Withdraw"),
    },
    way=("announced", "approved", "reported", "handed_over", "left"),
)  # fmt: skip
