"""Public-data registration (REG26): the first one, which becomes the record; what is done to it; the duty to register."""

from typing import Any

from tongqu.exchange.bedrock.procedures import CLOCK, Act, Begin, Clock, Office, Procedure, Seat, Until, WorkingDays
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.mandates import BUYER, DATA_AUTHORITY, DATA_MERCHANT, REGULATOR, SUPPLIER
from tongqu.exchange.registry.publicdata import acts, discretion, filing, inputs, rules, seeing
from tongqu.exchange.registry.publicdata.filing import LABELS, OPEN, REGISTRAR_SEAT
from tongqu.exchange.registry.publicdata.kinds import FIRST, KINDS

HOLDER = Seat("applicant", "applicant_id", Words("登记主体", "holder"), roles=frozenset({"supplier"}))
INTERESTED = Seat("applicant", "applicant_id", Words("申请人", "applicant"))
CONSENTING = Seat("holder", "holder_id", Words("登记主体", "holder"), roles=frozenset({"supplier"}))
SEEN_BY = (REGULATOR, DATA_AUTHORITY)
RECORD = ("registered", "renewing")

_FIRST = Begin(
    by=(SUPPLIER,), asks=inputs.First, do=acts.apply, rules=rules.FIRST_RULES, sees=seeing.first, cite="REG26:9(1)"
)
PUBLIC_REGISTRATION = Procedure(
    name=FIRST,
    model="registry.PublicRegistration",
    words=KINDS[FIRST][1],
    cite="REG26:9(1)",
    starts="applied",
    ends=frozenset({"not_applied", "refused", "withdrawn", "terminated", "cancelled", "lapsed", "revoked"}),
    begins=_FIRST,
    seats=(HOLDER, REGISTRAR_SEAT),
    seen_by=SEEN_BY,
    held_by=SEEN_BY,
    withholds=discretion.withholds,
    acts=(
        *filing.acceptance(_FIRST, HOLDER, seeing.first),
        *filing.review(),
        *filing.publicity("passed"),
        Act(
            "assign", "passed", "registered", by=REGISTRAR_SEAT, asks=inputs.Code, do=acts.assign,
            rules=rules.CODE_RULES, sees=seeing.code, cite="REG26:13",
        ),
        *filing.leaving(HOLDER, (*OPEN, "passed")),
        Act("take_change", RECORD, None, by=CLOCK, asks=inputs.Applied, do=acts.take_change, cite="REG26:9(2)"),
        Act("take_correction", RECORD, None, by=CLOCK, asks=inputs.Applied, do=acts.take_correction, cite="REG26:9(3)"),
        Act("begin_renewal", "registered", "renewing", by=CLOCK, cite="REG26:15"),
        Act("renew", "renewing", "registered", by=CLOCK, asks=inputs.Applied, do=acts.renew, cite="REG26:15"),
        Act("end_renewal", "renewing", "registered", by=CLOCK, cite="REG26:15"),
        Act("cancel", RECORD, "cancelled", by=CLOCK, asks=inputs.Applied, do=acts.cancel, cite="REG26:9(4)"),
        Act("lapse", "registered", "lapsed", by=CLOCK, do=acts.lapse, cite="REG26:15"),
        Act(
            "revoke", RECORD, "revoked", by=(REGISTRAR_SEAT, DATA_AUTHORITY), asks=inputs.Revocation, do=acts.revoke,
            cite="REG26:20", under_hold=True,
        ),
    ),
    clocks=(
        *filing.CLOCKS,
        Clock(
            "coding", WorkingDays("house.public_code"), runs_in={"passed"},
            words=Words("赋码期限", "time to get the code"), cite="HOUSE:publicdata",
        ),
        Clock(
            "validity", Until("valid_to_at"), runs_in={"registered"}, then="lapse", afresh=True,
            words=Words("登记有效期", "validity of the registration"), cite="REG26:15",
        ),
    ),
    labels={
        **LABELS,
        "passed": Words("公示期满，待赋码", "To get its code"),
        "registered": Words("已登记", "Registered"),
        "renewing": Words("续展办理中", "Being renewed"),
        "cancelled": Words("已注销", "Cancelled"),
        "lapsed": Words("期满未续展，已注销", "Not renewed: cancelled"),
        "revoked": Words("已撤销", "Revoked"),
        "assign": Words("填写登记结果查询码", "Enter the query code"),
        "take_change": Words("按变更登记更新", "Take over the change"),
        "take_correction": Words("按更正登记更新", "Take over the correction"),
        "begin_renewal": Words("进入续展", "Renewal begins"),
        "renew": Words("续展生效", "Renew"),
        "end_renewal": Words("续展未成", "Renewal came to nothing"),
        "cancel": Words("注销", "Cancel"),
        "lapse": Words("期满注销", "Cancel: not renewed"),
        "revoke": Words("撤销登记", "Revoke"),
    },
    way=("applied", "accepted", "publicity", "passed", "registered"),
)  # fmt: skip


def _matter(
    name: str, model: str, begin: Begin, applicant: Seat, *, seats: tuple[Seat, ...] = (), more: tuple[Act, ...] = (),
    labels: dict[str, Words] | None = None, judged: Any = (), sees: Any = None,
) -> Procedure:  # fmt: skip
    """A matter about a registration, which publicity completes."""
    return Procedure(
        name=name, model=model, words=KINDS[name][1], cite=begin.cite, starts="applied",
        ends=frozenset({"not_applied", "refused", "withdrawn", "terminated", "done", "fallen"}),
        begins=begin, seats=(applicant, REGISTRAR_SEAT, *seats), seen_by=SEEN_BY, held_by=SEEN_BY,
        withholds=discretion.withholds,
        acts=(
            *filing.acceptance(begin, applicant, seeing.supplied), *filing.review(),
            *filing.publicity("done", judged=judged, sees=sees, do=acts.finish), *more,
            *filing.leaving(applicant, OPEN), Act("fall_away", OPEN, "fallen", by=CLOCK, cite="HOUSE:publicdata"),
        ),
        clocks=filing.CLOCKS,
        labels={**LABELS, **_DONE, **(labels or {})},
        way=("applied", "accepted", "publicity", "done"),
    )  # fmt: skip


_DONE = {
    "done": Words("已办结", "Done"),
    "fallen": Words("登记已终结，事项终止", "Ended: the registration is gone"),
    "fall_away": Words("登记已终结，事项终止", "End it: the registration is gone"),
}


def _begin(asks: Any, do: Any, judged: Any, cite: str, by: tuple[Office, ...] = (SUPPLIER,)) -> Begin:
    return Begin(by=by, asks=asks, do=do, rules=judged, sees=seeing.about, cite=cite)


PUBLIC_CHANGE = _matter(
    "public_change", "registry.PublicChange",
    _begin(inputs.Change, acts.ask_change, rules.CHANGE_RULES, "REG26:9(2)"), HOLDER,
)  # fmt: skip
PUBLIC_CORRECTION = _matter(
    "public_correction", "registry.PublicCorrection",
    _begin(inputs.Correction, acts.ask_correction, rules.CORRECTION_RULES, "REG26:9(3)",
           (SUPPLIER, BUYER, DATA_MERCHANT, DATA_AUTHORITY)), INTERESTED, seats=(CONSENTING,),
    more=(
        Act("consent", filing.BEFORE_PUBLICITY, None, by=CONSENTING, do=acts.consent, cite="REG26:9(3)"),
        Act("contest", filing.BEFORE_PUBLICITY, None, by=CONSENTING, asks=inputs.Reason, do=acts.contest,
            cite="REG26:9(3)"),
    ),
    labels={
        "consent": Words("同意更正", "Consent to the correction"),
        "contest": Words("不同意更正", "Contest the correction"),
    },
    judged=(rules.there_is_a_registration, rules.a_correction_is_grounded), sees=seeing.review,
)  # fmt: skip
PUBLIC_RENEWAL = _matter(
    "public_renewal", "registry.PublicRenewal",
    _begin(inputs.Renewal, acts.ask_renewal, rules.RENEWAL_RULES, "REG26:15"), HOLDER,
)  # fmt: skip

_CANCEL = _begin(inputs.Cancellation, acts.ask_cancellation, rules.CANCELLATION_RULES, "REG26:9(4)")
PUBLIC_CANCELLATION = Procedure(
    name="public_cancellation", model="registry.PublicCancellation", words=KINDS["public_cancellation"][1],
    cite="REG26:9(4)", starts="applied",
    ends=frozenset({"not_applied", "refused", "withdrawn", "done", "fallen"}), begins=_CANCEL,
    seats=(HOLDER, REGISTRAR_SEAT), seen_by=SEEN_BY, held_by=SEEN_BY,
    acts=(
        *(one for one in filing.acceptance(_CANCEL, HOLDER, seeing.supplied) if one.name != "refuse"),
        Act("refuse", ("applied", "supplied", "accepted"), "refused", by=REGISTRAR_SEAT, asks=inputs.Refusal,
            do=acts.refuse, cite="REG26:11"),
        Act("complete", "accepted", "done", by=REGISTRAR_SEAT, asks=inputs.Reviewed, do=acts.finish, cite="REG26:9(4)"),
        *filing.leaving(HOLDER, ("applied", "supplement", "supplied", "accepted")),
        Act("fall_away", ("applied", "supplement", "supplied", "accepted"), "fallen", by=CLOCK, cite="HOUSE:publicdata"),
    ),
    clocks=(
        *filing.ACCEPTANCE_CLOCKS,
        Clock("completion", WorkingDays("reg26.cancellation"), runs_in={"accepted"},
              words=Words("注销办结期限", "time to cancel"), cite="REG26:9(4)"),
    ),
    labels={**filing.ACCEPTANCE_LABELS, **_DONE, "accepted": Words("审核", "Under review"),
            "refused": Words("不予注销", "Refused"), "refuse": Words("不予注销", "Refuse"),
            "complete": Words("办结注销", "Cancel the registration")},
    way=("applied", "accepted", "done"),
)  # fmt: skip

DUTY_HOLDER = Seat("holder", "holder_id", Words("应登记主体", "who has to register"), roles=frozenset({"supplier"}))
PUBLIC_DUTY = Procedure(
    name="public_duty", model="registry.PublicDuty",
    words=Words("公共数据登记义务", "Duty to register public data"), cite="REG26:9(1)",
    starts="due", ends=frozenset({"met", "excused"}),
    begins=Begin(by=(CLOCK,), asks=inputs.Delivered, do=acts.note_delivery, cite="REG26:9(1)"),
    seats=(DUTY_HOLDER,), seen_by=SEEN_BY, held_by=SEEN_BY,
    acts=(
        Act("file", "due", "filed", by=CLOCK, cite="REG26:9(1)"),
        Act("file_late", "overdue", "filed", by=CLOCK, cite="REG26:9(1)"),
        Act("reopen", "filed", "due", by=CLOCK, cite="REG26:9(1)"),
        Act("reopen_late", "filed", "overdue", by=CLOCK, cite="REG26:9(1)"),
        Act("fall_late", "due", "overdue", by=CLOCK, do=acts.fall_late, cite="REG26:9(1)"),
        Act("meet", ("due", "overdue", "filed"), "met", by=CLOCK, cite="REG26:9(1)"),
        Act("show_code", ("due", "overdue"), "met", by=DUTY_HOLDER, asks=inputs.Shown, do=acts.show_code,
            rules=rules.SHOWN_RULES, sees=seeing.shown, cite="REG26:13"),
        Act("excuse", ("due", "overdue", "filed"), "excused", by=DATA_AUTHORITY, asks=inputs.Reason,
            do=acts.give_reason, cite="HOUSE:publicdata"),
    ),
    clocks=(
        Clock("filing", WorkingDays("reg26.filing"), runs_in={"due"}, then="fall_late",
              words=Words("登记期限", "time to register"), cite="REG26:9(1)"),
    ),
    labels={
        "due": Words("应在期限内登记", "To be registered"),
        "overdue": Words("逾期未登记", "Overdue"),
        "filed": Words("已申请登记", "Applied for"),
        "met": Words("已登记", "Registered"),
        "excused": Words("无须登记", "Not needed"),
        "begin": Words("首次交付", "First delivery"),
        "file": Words("已提出登记申请", "Applied for"),
        "file_late": Words("逾期后提出登记申请", "Applied for, late"),
        "reopen": Words("申请未成，期限继续", "The application came to nothing"),
        "reopen_late": Words("申请未成，仍为逾期", "The application came to nothing; overdue"),
        "fall_late": Words("逾期未登记", "Not registered in time"),
        "meet": Words("登记完成", "Registered"),
        "show_code": Words("出示已有查询码", "Show a code from elsewhere"),
        "excuse": Words("认定无须登记", "Find that none is needed"),
    },
    way=("due", "filed", "met"),
)  # fmt: skip
