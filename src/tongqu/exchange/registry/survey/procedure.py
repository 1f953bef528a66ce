"""A survey, an answer to it, and an entry of a data set, as tables."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, Until
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import (
    BUYER,
    DATA_AUTHORITY,
    DATA_MERCHANT,
    EXCHANGE_ADMINISTRATOR,
    REGULATOR,
    SUPPLIER,
)
from tongqu.exchange.registry.survey import acts, inputs, rules

RESPONDENT = Seat("respondent", "respondent_id", Words("答复单位", "respondent"))
HOLDER = Seat("holder", "holder_id", Words("数据持有方", "holder"))
CHECKERS = (DATA_AUTHORITY, EXCHANGE_ADMINISTRATOR)

SURVEY = Procedure(
    name="survey",
    model="registry.Survey",
    words=Words("数据资源调查", "Survey of data"),
    cite="HOUSE:survey",
    starts="drafted",
    ends=frozenset({"closed", "dropped"}),
    begins=Begin(
        by=(DATA_AUTHORITY,), asks=inputs.Campaign, do=acts.draft, rules=(rules.places_stand,), sees=acts.seen_places
    ),
    seen_by=(DATA_AUTHORITY, REGULATOR, EXCHANGE_ADMINISTRATOR),
    acts=(
        Act(
            "amend", "drafted", None, by=DATA_AUTHORITY, asks=inputs.Campaign, do=acts.amend,
            rules=(rules.places_stand,), sees=acts.seen_places,
        ),
        Act(
            "launch", "drafted", "open", by=DATA_AUTHORITY, asks=inputs.Term, do=acts.open_survey,
            rules=(rules.term_is_fair,), sees=acts.seen_term,
        ),
        Act("drop", "drafted", "dropped", by=DATA_AUTHORITY, asks=inputs.Reason, do=acts.give_reason),
        Act("invite", "open", None, by=CLOCK, asks=inputs.Invitations, do=acts.note_invitations),
        Act("remind", "open", None, by=CLOCK, do=acts.remind),
        Act("close", "open", "closed", by=CLOCK, do=acts.count_answers),
    ),
    clocks=(
        Clock("reminder", Until("reminds_at"), runs_in={"open"}, then="remind",
              words=Words("提醒", "reminder"), cite="HOUSE:survey"),
        Clock("term", Until("closes_at"), runs_in={"open"}, then="close",
              words=Words("调查期限", "term of the survey"), cite="HOUSE:survey"),
    ),
    labels={
        "drafted": Words("草稿", "Draft"),
        "open": Words("答复中", "Being answered"),
        "closed": Words("已结束", "Closed"),
        "dropped": Words("未开展", "Dropped"),
        "begin": Words("拟订调查", "Draft a survey"),
        "amend": Words("修改", "Amend"),
        "launch": Words("开展调查", "Launch"),
        "drop": Words("不开展", "Drop it"),
        "invite": Words("发出调查", "Ask organisations"),
        "remind": Words("提醒未答复的单位", "Remind who has not answered"),
        "close": Words("到期结束", "Close on time"),
    },
    way=("drafted", "open", "closed"),
)  # fmt: skip

SURVEY_ANSWER = Procedure(
    name="survey_answer",
    model="registry.SurveyAnswer",
    words=Words("调查答复", "Answer to a survey"),
    cite="HOUSE:survey",
    starts="asked",
    ends=frozenset({"kept", "missed"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Invitation, do=acts.invite),
    seats=(RESPONDENT,),
    seen_by=(DATA_AUTHORITY,),
    acts=(
        Act("answer", "asked", "answered", by=RESPONDENT, asks=inputs.Answer, do=acts.answer),
        Act("amend", "answered", None, by=RESPONDENT, asks=inputs.Answer, do=acts.answer),
        Act("keep", "answered", "kept", by=CLOCK),
        Act("miss", "asked", "missed", by=CLOCK),
    ),
    clocks=(
        Clock("answering", Until("closes_at"), runs_in={"asked"}, then="miss",
              words=Words("答复期限", "time to answer"), cite="HOUSE:survey"),
        Clock("amending", Until("closes_at"), runs_in={"answered"}, then="keep",
              words=Words("可修改至", "may be amended until"), cite="HOUSE:survey"),
    ),
    labels={
        "asked": Words("待答复", "To be answered"),
        "answered": Words("已答复，可修改", "Answered; may be amended"),
        "kept": Words("答复已定", "Answer final"),
        "missed": Words("未答复", "Not answered"),
        "begin": Words("收到调查", "Asked"),
        "answer": Words("答复", "Answer"),
        "amend": Words("修改答复", "Amend the answer"),
        "keep": Words("答复定稿", "Keep the answer"),
        "miss": Words("逾期未答复", "Not answered in time"),
    },
    way=("asked", "answered", "kept"),
)  # fmt: skip

SUPPLY_ENTRY = Procedure(
    name="supply_entry",
    model="registry.SupplyEntry",
    words=Words("数据供给登记", "Entry of the supply list"),
    cite="HOUSE:survey",
    starts="declared",
    ends=frozenset({"withdrawn"}),
    begins=Begin(
        by=(SUPPLIER, BUYER, DATA_MERCHANT, CLOCK), asks=inputs.Entry, do=acts.declare, rules=(rules.entered_once,),
        sees=acts.seen_entry,
    ),
    seats=(HOLDER,),
    seen_by=CHECKERS,
    acts=(
        Act(
            "list_by_rule", "declared", "listed", by=CLOCK, do=acts.put_on_list, rules=(rules.fit_for_the_list,),
            sees=acts.seen_text,
        ),
        Act("list", "declared", "listed", by=CHECKERS, do=acts.put_on_list),
        Act("give_back", "declared", "given_back", by=CHECKERS, asks=inputs.Reason, do=acts.give_reason),
        Act(
            "change", frozenset({"declared", "given_back", "listed"}), "declared", by=HOLDER, asks=inputs.Changed,
            do=acts.change, rules=(rules.entered_once,), sees=acts.seen_change,
        ),
        Act(
            "join", "listed", None, by=HOLDER, asks=inputs.Catalogued, do=acts.join, rules=(rules.joined_to_ones_own,),
            sees=acts.seen_link,
        ),
        Act("part", "listed", None, by=CLOCK, do=acts.part),
        Act(
            "withdraw", frozenset({"declared", "given_back", "listed"}), "withdrawn", by=HOLDER, asks=inputs.Reason,
            do=acts.give_reason, protects=True,
        ),
    ),
    labels={
        "declared": Words("待核对", "To be checked"),
        "listed": Words("已登记", "Listed"),
        "given_back": Words("已退回", "Returned"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "begin": Words("自愿登记数据集", "Enter a data set of your own accord"),
        "list_by_rule": Words("按规则核对通过", "Listed by rule"),
        "list": Words("核对通过", "List it"),
        "give_back": Words("退回", "Return it"),
        "change": Words("修改", "Change it"),
        "join": Words("关联编目的资源", "Join it to a catalogued resource"),
        "part": Words("解除关联", "Part it from the resource"),
        "withdraw": Words("撤回登记", "Withdraw the entry"),
    },
    way=("declared", "listed"),
)  # fmt: skip
