"""A notice, a file of consents, the person behind a reference, and what that person asks, as tables."""

from typing import Any

from tongqu.exchange.bedrock.procedures import (
    ANYONE,
    CLOCK,
    Act,
    Begin,
    Clock,
    Individual,
    NaturalDays,
    Procedure,
    Seat,
    WorkingDays,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, DATA_MERCHANT, REGULATOR, SUPPLIER
from tongqu.exchange.registry.consent import acts, inputs, rules

PROVIDER = Seat(
    "provider", "provider_id", Words("个人信息处理者", "processor"), roles=frozenset({"supplier", "data_merchant"})
)
RECEIVER = Seat("receiver", "receiver_id", Words("接收方", "receiver"))
PERSON = Individual("person", "person_id", Words("本人", "the person"))
SEEN_BY = (REGULATOR, DATA_AUTHORITY)

CONSENT_NOTICE = Procedure(
    name="consent_notice",
    model="registry.ConsentNotice",
    words=Words("个人信息告知", "Notice to data subjects"),
    cite="PIPL:17",
    starts="draft",
    ends=frozenset({"discarded", "replaced", "ended"}),
    begins=Begin(
        by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Notice, do=acts.draft, rules=rules.NOTICE_RULES, sees=acts.seen_notice,
        cite="PIPL:17",
    ),
    seats=(PROVIDER, RECEIVER),
    seen_by=SEEN_BY,
    held_by=SEEN_BY,
    acts=(
        Act("publish", "draft", "published", by=PROVIDER, do=acts.publish, rules=(rules.a_new_version_follows_the_one_in_force, rules.the_node_has_room_for_it),
            sees=acts.seen_draft, cite="PIPL:17"),
        Act("discard", "draft", "discarded", by=PROVIDER),
        Act("replace", "published", "replaced", by=CLOCK, do=acts.end, cite="PIPL:14"),
        Act("end", "published", "ended", by=(PROVIDER, REGULATOR), asks=inputs.Reason, do=acts.end_for_reason,
            cite="PIPL:47", under_hold=True, protects=True),
    ),
    labels={
        "draft": Words("草稿", "Draft"),
        "published": Words("现行", "In force"),
        "discarded": Words("已弃用", "Discarded"),
        "replaced": Words("已由新版替代", "Replaced"),
        "ended": Words("已停止", "Ended"),
        "begin": Words("拟定告知", "Draft a notice"),
        "publish": Words("发布告知", "Publish the notice"),
        "discard": Words("弃用", "Discard it"),
        "replace": Words("由新版替代", "Replace by the new version"),
        "end": Words("停止处理", "End it"),
    },
    way=("draft", "published"),
)  # fmt: skip

CONSENT_BATCH = Procedure(
    name="consent_batch",
    model="registry.ConsentBatch",
    words=Words("同意批量报送", "Consents in bulk"),
    cite="HOUSE:consent",
    starts="running",
    ends=frozenset({"finished", "failed", "stopped"}),
    begins=Begin(
        by=(SUPPLIER, DATA_MERCHANT), asks=inputs.Batch, do=acts.start_batch, rules=rules.BATCH_RULES, sees=acts.seen_batch,
    ),
    seats=(PROVIDER,),
    seen_by=SEEN_BY,
    acts=(
        Act("finish", "running", "finished", by=CLOCK, asks=inputs.Counted, do=acts.finish_batch),
        Act("fail", "running", "failed", by=CLOCK, asks=inputs.Reason, do=acts.fail_batch),
        Act("stop", "running", "stopped", by=PROVIDER, asks=inputs.Reason, do=acts.fail_batch, protects=True),
    ),
    labels={
        "running": Words("报送中", "Being taken in"),
        "finished": Words("已完成", "Finished"),
        "failed": Words("文件不可读", "File not readable"),
        "stopped": Words("已停止", "Stopped"),
        "begin": Words("报送同意", "Hand in consents"),
        "finish": Words("完成", "Finish"),
        "fail": Words("退回文件", "Return the file"),
        "stop": Words("停止", "Stop"),
    },
    way=("running", "finished"),
)  # fmt: skip


def _says(name: str, judged: Any) -> Act:
    return Act(
        name, "linked", None, by=PERSON, asks=inputs.Said, do=acts.say, rules=(rules.it_is_about_oneself, *judged),
        sees=acts.seen_said, cite="PIPL:15",
    )  # fmt: skip


DATA_SUBJECT = Procedure(
    name="data_subject",
    model="registry.DataSubject",
    words=Words("本人数据关联", "Link with one's own data"),
    cite="PIPL:50",
    starts="linked",
    ends=frozenset({"unlinked"}),
    begins=Begin(by=(ANYONE,), asks=inputs.Link, do=acts.link, rules=rules.LINK_RULES, sees=acts.seen_link, cite="PIPL:50"),
    individuals=(PERSON,),
    acts=(
        _says("consent", rules.CONSENT_RULES),
        _says("decline", rules.DECLINING_RULES),
        _says("withdraw", rules.WITHDRAWAL_RULES),
        Act("ask_uses", "linked", None, by=PERSON, do=acts.ask_uses, cite="PIPL:45"),
        Act("unlink", "linked", "unlinked", by=PERSON, do=acts.unlink, cite="PIPL:47"),
    ),
    labels={
        "linked": Words("已关联", "Linked"),
        "unlinked": Words("已解除", "Unlinked"),
        "begin": Words("关联我的数据", "Link my data"),
        "consent": Words("同意", "Consent"),
        "decline": Words("不同意", "Decline"),
        "withdraw": Words("撤回同意", "Withdraw consent"),
        "ask_uses": Words("查询使用记录", "Ask who used it"),
        "unlink": Words("解除关联", "Unlink"),
    },
    way=("linked",),
)  # fmt: skip

SUBJECT_REQUEST = Procedure(
    name="subject_request",
    model="registry.SubjectRequest",
    words=Words("个人信息权利请求", "Request of a data subject"),
    cite="PIPL:50",
    starts="filed",
    ends=frozenset({"closed", "concluded", "withdrawn"}),
    begins=Begin(
        by=(ANYONE,), asks=inputs.Request, do=acts.file_request, rules=(rules.it_is_about_oneself,), sees=acts.seen_request,
        cite="PIPL:50",
    ),
    seats=(PROVIDER,),
    individuals=(PERSON,),
    seen_by=(REGULATOR,),
    binds=True,
    acts=(
        Act("answer", "filed", "answered", by=PROVIDER, asks=inputs.Answer, do=acts.answer, rules=(rules.the_answers_paper_is_ones_own,),
            sees=acts.seen_answer, cite="PIPL:50", protects=True),
        Act("refuse", "filed", "refused", by=PROVIDER, asks=inputs.Refusal, do=acts.refuse, cite="PIPL:50", protects=True),
        Act("extend", "filed", None, by=PROVIDER, asks=inputs.More, do=acts.note_reason, extends="answer", cite="HOUSE:consent",
            protects=True),
        Act("close", ("answered", "refused"), "closed", by=(PERSON, CLOCK)),
        Act("complain", ("filed", "answered", "refused"), "complained", by=PERSON, asks=inputs.Complaint, do=acts.complain,
            cite="HOUSE:consent"),
        Act("conclude", "complained", "concluded", by=REGULATOR, asks=inputs.Conclusion, do=acts.conclude, cite="HOUSE:consent"),
        Act("withdraw", ("filed", "complained"), "withdrawn", by=PERSON),
    ),
    clocks=(
        Clock("answer", WorkingDays("house.subject_request_answer"), runs_in={"filed"},
              words=Words("答复期限", "time to answer"), most=WorkingDays("house.subject_request_extension"), cite="HOUSE:consent"),
        Clock("silence", NaturalDays("house.subject_request_silence"), runs_in={"answered", "refused"}, then="close",
              words=Words("提出异议的期限", "time to disagree"), cite="HOUSE:consent"),
    ),
    labels={
        "filed": Words("待答复", "To be answered"),
        "answered": Words("已答复", "Answered"),
        "refused": Words("已拒绝", "Refused"),
        "closed": Words("已办结", "Closed"),
        "complained": Words("已投诉", "Complained of"),
        "concluded": Words("投诉已处理", "Complaint concluded"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("行使我的权利", "Exercise my rights"),
        "answer": Words("答复", "Answer"),
        "refuse": Words("拒绝", "Refuse"),
        "extend": Words("延长答复期限", "Take more time"),
        "close": Words("办结", "Close"),
        "complain": Words("向监管部门投诉", "Complain to the regulator"),
        "conclude": Words("处理投诉", "Conclude the complaint"),
        "withdraw": Words("撤回请求", "Withdraw the request"),
    },
    way=("filed", "answered", "closed"),
)  # fmt: skip
