"""The register of recognised registrars, kept by the supervisor; and the way of a certificate that is brought from one."""

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Procedure, Seat, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGISTRAR, REGULATOR, SUPPLIER
from tongqu.exchange.registry.recognition import acts, inputs, rules

APPLICANT = Seat("applicant", "applicant_id", Words("申请人", "applicant"), roles=frozenset({"supplier"}))
REGISTRAR_SEAT = Seat(
    "registrar", "registrar_id", Words("本地登记机构", "registrar here"), roles=frozenset({"registrar"})
)

RECOGNISED_REGISTRAR = Procedure(
    name="recognised_registrar",
    model="registry.RecognisedRegistrar",
    words=Words("认可的登记机构", "Recognised registrar"),
    cite="PROP35:31",
    starts="listed",
    ends=frozenset({"struck_off"}),
    begins=Begin(by=(REGULATOR, DATA_AUTHORITY), asks=inputs.NewRegistrar, do=acts.list_registrar, cite="PROP35:31"),
    acts=(
        Act(
            "add_key", "listed", None, by=(REGULATOR, DATA_AUTHORITY), asks=inputs.NewKey, do=acts.add_key,
            rules=(rules.a_key_is_new,), sees=acts.seen_new_key,
        ),
        Act(
            "end_key", ("listed", "suspended"), None, by=(REGULATOR, DATA_AUTHORITY), asks=inputs.EndKey, do=acts.end_key,
            rules=(rules.a_key_is_known,), sees=acts.seen_key,
        ),
        Act("suspend", "listed", "suspended", by=(REGULATOR, DATA_AUTHORITY), asks=inputs.Reason, do=acts.give_reason),
        Act("restore", "suspended", "listed", by=(REGULATOR, DATA_AUTHORITY)),
        Act(
            "strike_off", ("listed", "suspended"), "struck_off", by=(REGULATOR, DATA_AUTHORITY), asks=inputs.Reason,
            do=acts.give_reason,
        ),
    ),
    seen_by=(REGULATOR, DATA_AUTHORITY, REGISTRAR, SUPPLIER),
    labels={
        "listed": Words("在册", "Listed"),
        "suspended": Words("暂停认可", "Suspended"),
        "struck_off": Words("已除名", "Struck off"),
        "begin": Words("列入名录", "Put on the register"),
        "add_key": Words("登记新密钥", "Add a key"),
        "end_key": Words("停用密钥", "End a key"),
        "suspend": Words("暂停认可新凭证", "Recognise nothing new"),
        "restore": Words("恢复", "Restore"),
        "strike_off": Words("从名录除名", "Strike off"),
    },
    way=("listed",),
)  # fmt: skip

RECOGNITION = Procedure(
    name="recognition",
    model="registry.Recognition",
    words=Words("异地登记互认", "Recognition of a certificate from elsewhere"),
    cite="PROP35:31",
    starts="checking",
    ends=frozenset({"refused", "withdrawn", "ended"}),
    begins=Begin(
        by=(SUPPLIER,), asks=inputs.Brought, do=acts.bring, rules=rules.BROUGHT_RULES, sees=acts.seen, cite="PROP35:31"
    ),
    seats=(APPLICANT, REGISTRAR_SEAT),
    seen_by=(REGULATOR, DATA_AUTHORITY),
    held_by=(REGULATOR, DATA_AUTHORITY),
    acts=(
        Act(
            "recognise", "checking", "recognised", by=CLOCK, asks=inputs.Said, do=acts.recognise,
            rules=rules.CERTIFICATE_RULES, sees=acts.seen_certificate, cite="PROP35:31",
        ),
        Act(
            "refer", "checking", "conflict", by=CLOCK, asks=inputs.Said, do=acts.refer,
            rules=rules.CERTIFICATE_RULES, sees=acts.seen_certificate, cite="HOUSE:recognition",
        ),
        Act("refuse", "checking", "refused", by=CLOCK, asks=inputs.Refused, do=acts.refuse),
        Act("give_up", "checking", "refused", by=CLOCK, do=acts.give_up, cite="HOUSE:recognition"),
        Act(
            "accept", "conflict", "recognised", by=REGISTRAR_SEAT, asks=inputs.Finding, do=acts.decide,
            rules=(rules.what_its_issuer_said_is_fresh,), sees=acts.seen_standing, cite="PROP35:31",
        ),
        Act("reject", "conflict", "refused", by=REGISTRAR_SEAT, asks=inputs.Finding, do=acts.decide, cite="PROP35:31"),
        Act("look_again", ("checking", "conflict", "recognised"), None, by=CLOCK, do=acts.look_again, under_hold=True),
        Act("enter", "recognised", None, by=CLOCK, asks=inputs.Entered, do=acts.enter),
        Act("end", "recognised", "ended", by=CLOCK, asks=inputs.Ended, do=acts.end),
        Act("withdraw", ("checking", "conflict"), "withdrawn", by=APPLICANT, asks=inputs.Reason, do=acts.withdraw, protects=True),
    ),
    clocks=(
        Clock(
            "answer", WorkingDays("house.recognition_answer"), runs_in={"checking"}, then="give_up",
            words=Words("等待签发机构答复", "time for its issuer to answer"), cite="HOUSE:recognition",
        ),
        Clock(
            "decision", WorkingDays("house.recognition_decision"), runs_in={"conflict"},
            words=Words("登记机构决定期限", "time for the registrar to decide"), cite="HOUSE:recognition",
        ),
    ),
    labels={
        "checking": Words("核验中", "Being checked"),
        "conflict": Words("与本地登记有冲突，待决定", "Against a right here; to be decided"),
        "recognised": Words("已认可", "Recognised"),
        "refused": Words("不予认可", "Refused"),
        "withdrawn": Words("已撤回", "Withdrawn"),
        "ended": Words("认可已终止", "Ended"),
        "begin": Words("提交异地凭证", "Bring a certificate"),
        "recognise": Words("核验通过，予以认可", "Recognise"),
        "refer": Words("有冲突，转登记机构", "Put before the registrar"),
        "refuse": Words("核验不通过", "Refuse"),
        "give_up": Words("签发机构逾期未答复", "Its issuer did not answer"),
        "accept": Words("予以认可", "Recognise it"),
        "reject": Words("不予认可", "Refuse it"),
        "look_again": Words("向签发机构重新核实", "Ask its issuer again"),
        "enter": Words("记入登记簿", "Enter in the register"),
        "end": Words("终止认可", "End"),
        "withdraw": Words("撤回", "Withdraw"),
    },
    way=("checking", "recognised"),
)  # fmt: skip
