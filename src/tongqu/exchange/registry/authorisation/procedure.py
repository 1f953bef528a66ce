"""Authorised operation of public data (OP27): the plan, how an operator is chosen, the agreement, concessions, disclosure."""

from tongqu.exchange.bedrock.procedures import (
    CLOCK,
    Act,
    Begin,
    Clock,
    Months,
    Procedure,
    Seat,
    Until,
    WorkingDays,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, DATA_MERCHANT, REGULATOR, SUPPLIER
from tongqu.exchange.registry.authorisation import acts, inputs, rules, seeing

IMPLEMENTER = Seat(
    "implementer",
    "implementer_id",
    Words("实施机构", "implementing body"),
    roles=frozenset({"supplier", "data_authority"}),
)
OPERATOR = Seat(
    "operator", "operator_id", Words("运营机构", "operator"), roles=frozenset({"supplier", "data_merchant"})
)
BIDDER = Seat("bidder", "bidder_id", Words("投标单位", "bidder"), roles=frozenset({"supplier", "data_merchant"}))
DEVELOPER = Seat(
    "developer", "developer_id", Words("开发单位", "developer"), roles=frozenset({"supplier", "data_merchant"})
)
DISCLOSER = Seat(
    "discloser", "discloser_id", Words("披露方", "discloser"),
    roles=frozenset({"supplier", "data_merchant", "data_authority"}),
)  # fmt: skip
SEEN_BY = (REGULATOR, DATA_AUTHORITY)

OPERATION_PLAN = Procedure(
    name="operation_plan", model="registry.OperationPlan",
    words=Words("授权运营实施方案", "Plan of authorised operation"), cite="OP27:9",
    starts="drafted", ends=frozenset({"ended"}),
    begins=Begin(by=(SUPPLIER, DATA_AUTHORITY), asks=inputs.Plan, do=acts.draw_up, rules=rules.PLAN_RULES,
                 sees=seeing.plan, cite="OP27:9"),
    seats=(IMPLEMENTER,), seen_by=SEEN_BY, held_by=SEEN_BY,
    acts=(
        Act("amend", "drafted", None, by=IMPLEMENTER, asks=inputs.Plan, do=acts.draw_up, rules=rules.PLAN_RULES,
            sees=seeing.plan, cite="OP27:9"),
        Act("decide", "drafted", "decided", by=IMPLEMENTER, asks=inputs.Decision, do=acts.decide,
            rules=rules.DECISION_RULES, sees=seeing.decision, cite="OP27:11"),
        Act("approve", "decided", "approved", by=IMPLEMENTER, asks=inputs.Approval, do=acts.approve,
            rules=rules.DECISION_RULES, sees=seeing.decision, cite="OP27:11"),
        Act("file", "approved", "filed", by=DATA_AUTHORITY, asks=inputs.Receipt, do=acts.file, cite="OP27:11"),
        Act("adjust", "filed", None, by=IMPLEMENTER, asks=inputs.Revised, do=acts.adjust, rules=rules.ADJUST_RULES,
            sees=seeing.plan, cite="OP27:11"),
        Act("revise", ("decided", "approved", "filed"), "drafted", by=IMPLEMENTER, asks=inputs.Revised, do=acts.revise,
            rules=rules.REVISION_RULES, sees=seeing.plan, cite="OP27:11"),
        Act("end", ("drafted", "decided", "approved", "filed"), "ended", by=IMPLEMENTER, asks=inputs.Reason,
            do=acts.give_reason, rules=rules.END_RULES, sees=seeing.ending),
    ),
    labels={
        "drafted": Words("草拟", "Drafted"), "decided": Words("已集体决策", "Decided"),
        "approved": Words("已批准，待备案", "Approved"), "filed": Words("已备案", "Filed"),
        "ended": Words("已终止", "Ended"), "begin": Words("编制方案", "Draw up a plan"),
        "amend": Words("修改草案", "Amend the draft"), "decide": Words("记录集体决策", "Record the decision"),
        "approve": Words("记录政府批准", "Record the approval"), "file": Words("出具备案回执", "Put on file"),
        "adjust": Words("一般调整", "Adjust"), "revise": Words("重大变更，重新决策", "Change it, to be decided anew"),
        "end": Words("终止方案", "End the plan"),
    },
    way=("drafted", "decided", "approved", "filed"),
)  # fmt: skip

OPERATOR_SELECTION = Procedure(
    name="operator_selection", model="registry.OperatorSelection",
    words=Words("运营机构选择", "Choice of an operator"), cite="OP27:12",
    starts="announced", ends=frozenset({"awarded", "failed"}),
    begins=Begin(by=(SUPPLIER, DATA_AUTHORITY), asks=inputs.Selection, do=acts.announce, rules=rules.SELECTION_RULES,
                 sees=seeing.selection, cite="OP27:12"),
    seats=(IMPLEMENTER,), seen_by=SEEN_BY, held_by=SEEN_BY,
    acts=(
        Act("close", "announced", "closed", by=CLOCK, cite="OP27:12"),
        Act("open", "closed", "opened", by=IMPLEMENTER, do=acts.open_bids, rules=rules.OPENING_RULES,
            sees=seeing.opening, cite="OP27:12"),
        Act("score", "opened", None, by=IMPLEMENTER, asks=inputs.Score, do=acts.score, rules=rules.SCORE_RULES,
            sees=seeing.score, cite="OP27:12"),
        Act("award", "opened", "awarded", by=IMPLEMENTER, asks=inputs.Award, do=acts.award, rules=rules.AWARD_RULES,
            sees=seeing.award, cite="OP27:12"),
        Act("fail", ("announced", "closed", "opened"), "failed", by=IMPLEMENTER, asks=inputs.Reason,
            do=acts.give_reason),
    ),
    clocks=(
        Clock("bidding", Until("bids_until_at"), runs_in={"announced"}, then="close",
              words=Words("投标截止", "end of bidding"), cite="OP27:12"),
    ),
    labels={
        "announced": Words("征集投标", "Calling for bids"), "closed": Words("投标截止，待开标", "Closed, to be opened"),
        "opened": Words("已开标，评审", "Opened, under review"), "awarded": Words("已定标", "Awarded"),
        "failed": Words("已终止", "Ended without result"), "begin": Words("发布公告", "Announce"),
        "close": Words("投标截止", "Bids close"), "open": Words("开标", "Open the bids"),
        "score": Words("记录评分", "Record a score"), "award": Words("定标", "Award"),
        "fail": Words("终止选择", "End without result"),
    },
    way=("announced", "closed", "opened", "awarded"),
)  # fmt: skip

OPERATION_BID = Procedure(
    name="operation_bid", model="registry.OperationBid", words=Words("运营投标", "Bid to operate"), cite="OP27:12",
    starts="sealed", ends=frozenset({"withdrawn", "void", "won", "lost", "fallen"}),
    begins=Begin(by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Bid, do=acts.bid, rules=rules.BID_RULES, sees=seeing.bid,
                 cite="OP27:12"),
    seats=(BIDDER,),  # nobody else, no office either, before it is opened
    acts=(
        Act("replace", "sealed", None, by=BIDDER, asks=inputs.Bid, do=acts.bid, rules=rules.CHANGE_RULES,
            sees=seeing.bid, cite="OP27:12"),
        Act("withdraw", "sealed", "withdrawn", by=BIDDER, do=acts.end_bid, rules=rules.CHANGE_RULES,
            sees=seeing.bid_stands, protects=True),
        Act("call", "sealed", "called", by=CLOCK, cite="OP27:12"),
        Act("unseal", "called", "opened", by=BIDDER, asks=inputs.Unsealed, do=acts.unseal, rules=rules.UNSEAL_RULES,
            sees=seeing.unsealing, cite="HOUSE:authorisation", protects=True),
        Act("forfeit", "called", "void", by=CLOCK, do=acts.end_bid, cite="HOUSE:authorisation"),
        Act("win", "opened", "won", by=CLOCK, cite="OP27:12"),
        Act("lose", "opened", "lost", by=CLOCK, cite="OP27:12"),
        Act("fall_away", ("sealed", "called", "opened"), "fallen", by=CLOCK, cite="OP27:12"),
    ),
    clocks=(
        Clock("unsealing", WorkingDays("house.unsealing"), runs_in={"called"}, then="forfeit",
              words=Words("开启投标的期限", "time to open the bid"), cite="HOUSE:authorisation"),
    ),
    labels={
        "sealed": Words("已封存", "Sealed"), "called": Words("开标，请用密钥开启", "To be opened with its key"),
        "opened": Words("已开启", "Opened"), "withdrawn": Words("已撤回", "Withdrawn"),
        "void": Words("逾期未开启，作废", "Void: not opened in time"), "won": Words("中选", "Won"),
        "lost": Words("未中选", "Not chosen"), "fallen": Words("选择已终止", "Ended: no result"),
        "begin": Words("投标", "Bid"), "replace": Words("更换投标", "Replace the bid"),
        "withdraw": Words("撤回投标", "Withdraw"), "call": Words("开标", "Opening"),
        "unseal": Words("用密钥开启", "Open with the key"), "forfeit": Words("逾期未开启", "Not opened in time"),
        "win": Words("中选", "Win"), "lose": Words("未中选", "Lose"),
        "fall_away": Words("选择已终止", "End: no result"),
    },
    way=("sealed", "called", "opened", "won"),
)  # fmt: skip

OPERATION_AGREEMENT = Procedure(
    name="operation_agreement", model="registry.OperationAgreement",
    words=Words("授权运营协议", "Agreement on authorised operation"), cite="OP27:14",
    starts="drafted", ends=frozenset({"dropped", "ended"}), binds=True,
    begins=Begin(by=(SUPPLIER, DATA_AUTHORITY), asks=inputs.Agreement, do=acts.draft, rules=rules.AGREEMENT_RULES,
                 sees=seeing.agreement, cite="OP27:14"),
    seats=(IMPLEMENTER, OPERATOR), seen_by=SEEN_BY, held_by=SEEN_BY,
    acts=(
        Act("amend", "drafted", None, by=IMPLEMENTER, asks=inputs.Agreement, do=acts.draft,
            rules=rules.AGREEMENT_RULES, sees=seeing.agreement, cite="OP27:14"),
        Act("propose", "drafted", "proposed", by=IMPLEMENTER, cite="OP27:14"),
        Act("sign", "proposed", "signed", by=OPERATOR, do=acts.sign, second_factor=True, cite="OP27:14"),
        Act("hand_back", "proposed", "drafted", by=OPERATOR, asks=inputs.Reason, do=acts.send_back),
        Act("countersign", "signed", "concluded", by=IMPLEMENTER, do=acts.sign, second_factor=True, cite="OP27:14"),
        Act("file", "concluded", "filed", by=DATA_AUTHORITY, asks=inputs.Receipt, do=acts.file, cite="OP27:13"),
        Act("bring_into_force", "filed", "in_force", by=IMPLEMENTER, do=acts.bring_into_force, rules=rules.FORCE_RULES,
            sees=seeing.force, cite="OP27:16"),
        Act("assess", "in_force", None, by=IMPLEMENTER, asks=inputs.Assessment, do=acts.assess,
            rules=rules.ASSESSMENT_RULES, sees=seeing.assessment, cite="OP27:14(9)"),
        Act("book", ("in_force", "exiting"), None, by=OPERATOR, asks=inputs.Entry, do=acts.book,
            rules=rules.PAPER_RULES, sees=seeing.paper, cite="OP27:22"),
        Act("book_income", ("in_force", "exiting"), None, by=CLOCK, asks=inputs.Earned, do=acts.book_income,
            cite="OP27:22", under_hold=True),
        Act("leave", "in_force", "exiting", by=(IMPLEMENTER, OPERATOR), asks=inputs.Reason, do=acts.leave,
            cite="OP27:14(12)"),
        Act("revoke", "in_force", "exiting", by=IMPLEMENTER, asks=inputs.Revoked, do=acts.revoke, rules=rules.PAPER_RULES,
            sees=seeing.paper, cite="OP27:14(12)"),
        Act("expire", "in_force", "exiting", by=CLOCK, do=acts.leave, cite="OP27:14(2)"),
        Act("complete_exit", "exiting", "ended", by=IMPLEMENTER, asks=inputs.Exit, do=acts.complete_exit,
            rules=rules.PAPER_RULES, sees=seeing.paper, cite="OP27:14(9)"),
        Act("drop", ("drafted", "proposed", "signed", "concluded", "filed"), "dropped", by=(IMPLEMENTER, OPERATOR),
            asks=inputs.Reason, do=acts.give_reason),
    ),
    clocks=(
        Clock("term", Until("ends_at"), runs_in={"in_force"}, then="expire",
              words=Words("授权期限", "term of the operation"), cite="OP27:14(2)"),
        Clock("exit", Months("house.operation_exit"), runs_in={"exiting"},
              words=Words("退出交接期限", "time to complete the exit"), cite="HOUSE:authorisation"),
    ),
    labels={
        "drafted": Words("草拟", "Drafted"), "proposed": Words("待运营机构签署", "For the operator to sign"),
        "signed": Words("待实施机构签署", "For the implementing body to sign"), "concluded": Words("已签署，待备案", "Signed"),
        "filed": Words("已备案，待生效", "Filed"), "in_force": Words("生效", "In force"),
        "exiting": Words("退出交接", "Being wound up"), "ended": Words("已终止", "Ended"),
        "dropped": Words("未成立", "Dropped"), "begin": Words("起草协议", "Draft an agreement"),
        "amend": Words("修改草案", "Amend the draft"), "propose": Words("送运营机构签署", "Send to the operator"),
        "sign": Words("运营机构签署", "Sign for the operator"), "hand_back": Words("退回修改", "Hand back"),
        "countersign": Words("实施机构签署", "Sign for the implementing body"),
        "file": Words("出具备案回执", "Put on file"), "bring_into_force": Words("协议生效", "Bring into force"),
        "assess": Words("记录成效评价", "Record an assessment"), "book": Words("记单独账目", "Book in the separate accounts"),
        "book_income": Words("记本所成交收入", "Book the income of a sale"), "leave": Words("提前终止", "End it early"),
        "revoke": Words("因故收回授权", "Take it back for cause"),
        "expire": Words("期限届满", "Expire"), "complete_exit": Words("完成退出交接", "Complete the exit"),
        "drop": Words("不再订立", "Drop"),
    },
    way=("drafted", "proposed", "signed", "concluded", "filed", "in_force"),
)  # fmt: skip

OPERATION_CONCESSION = Procedure(
    name="operation_concession", model="registry.OperationConcession",
    words=Words("特许开发", "Concession to develop"), cite="HB-PILOT:2",
    starts="asked", ends=frozenset({"declined", "withdrawn", "ended"}),
    begins=Begin(by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Concession, do=acts.ask_concession,
                 rules=rules.CONCESSION_RULES, sees=seeing.concession, cite="HB-PILOT:2"),
    seats=(DEVELOPER, OPERATOR, IMPLEMENTER), seen_by=SEEN_BY, held_by=SEEN_BY,
    acts=(
        Act("support", "asked", "supported", by=OPERATOR, cite="HB-PILOT:2"),
        Act("grant", "supported", "granted", by=IMPLEMENTER, rules=rules.CONCESSION_RULES, sees=seeing.granting,
            cite="HB-PILOT:2"),
        Act("decline", ("asked", "supported"), "declined", by=(OPERATOR, IMPLEMENTER), asks=inputs.Reason,
            do=acts.give_reason),
        Act("withdraw", ("asked", "supported"), "withdrawn", by=DEVELOPER, asks=inputs.Reason, do=acts.give_reason),
        Act("give_up", "granted", "ended", by=DEVELOPER, asks=inputs.Reason, do=acts.give_reason),
        Act("revoke", "granted", "ended", by=IMPLEMENTER, asks=inputs.Reason, do=acts.give_reason),
        Act("expire", "granted", "ended", by=CLOCK),
        Act("fall_away", ("asked", "supported", "granted"), "ended", by=CLOCK, cite="HB-PILOT:2"),
    ),
    clocks=(
        Clock("term", Until("until_at"), runs_in={"granted"}, then="expire",
              words=Words("特许期限", "term of the concession"), cite="HB-PILOT:2"),
    ),
    labels={
        "asked": Words("已申请", "Asked for"), "supported": Words("运营机构同意，待授予", "Supported"),
        "granted": Words("已授予", "Granted"), "declined": Words("不予特许", "Declined"),
        "withdrawn": Words("已撤回", "Withdrawn"), "ended": Words("已终止", "Ended"),
        "begin": Words("申请特许开发", "Ask for a concession"), "support": Words("运营机构同意", "Support"),
        "grant": Words("授予", "Grant"), "decline": Words("不予特许", "Decline"), "withdraw": Words("撤回", "Withdraw"),
        "give_up": Words("放弃", "Give it up"), "revoke": Words("收回", "Revoke"), "expire": Words("期限届满", "Expire"),
        "fall_away": Words("授权已终止", "End with the authorisation"),
    },
    way=("asked", "supported", "granted"),
)  # fmt: skip

OPERATION_DISCLOSURE = Procedure(
    name="operation_disclosure", model="registry.OperationDisclosure",
    words=Words("授权运营信息披露", "Disclosure of an operation"), cite="OP27:18",
    starts="due", ends=frozenset({"closed"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Period, do=acts.begin_disclosing, cite="OP27:18"),
    seats=(DISCLOSER,), seen_by=SEEN_BY,
    acts=(
        Act("publish", "due", "published", by=DISCLOSER, asks=inputs.Disclosure, do=acts.disclose, cite="OP27:18"),
        Act("fall_due", "published", "due", by=CLOCK, cite="OP27:18"),
        Act("close", ("due", "published"), "closed", by=CLOCK, cite="HOUSE:authorisation"),
    ),
    clocks=(
        Clock("disclosure", WorkingDays("house.disclosure_days"), runs_in={"due"}, afresh=True,
              words=Words("披露期限", "time to disclose"), cite="HOUSE:authorisation"),
        Clock("period", Months("house.disclosure_months"), runs_in={"published"}, then="fall_due", afresh=True,
              words=Words("披露周期", "period of disclosure"), cite="HOUSE:authorisation"),
    ),
    labels={
        "due": Words("待披露", "To be disclosed"), "published": Words("已披露", "Disclosed"),
        "closed": Words("不再披露", "Closed"), "begin": Words("开始定期披露", "Begin to disclose"),
        "publish": Words("披露", "Disclose"), "fall_due": Words("新一期", "The next period"),
        "close": Words("授权终止，不再披露", "Close: the authorisation ended"),
    },
    way=("due", "published"),
)  # fmt: skip
