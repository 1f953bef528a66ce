"""What every matter of public-data registration passes: 申请 → 受理 → 形式审核 → 公示, with its clocks; written once.

There is no deemed acceptance here (REG26 art. 10): a registrar's silence is told as an alarm and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.exchange.bedrock.procedures import ANYONE, CLOCK, Act, Begin, Clock, Seat, Until, WorkingDays
from tongqu.exchange.bedrock.rules import Rule
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.publicdata import acts, inputs, rules, seeing

REGISTRAR_SEAT = Seat(
    "registrar", "registrar_id", Words("登记机构", "registrar"), roles=frozenset({"public_registrar"})
)
BEFORE_PUBLICITY = ("applied", "supplement", "supplied", "accepted", "late", "explained")
OPEN = (*BEFORE_PUBLICITY, "publicity", "objection")


def acceptance(begin: Begin, applicant: Seat, supplied: Any) -> tuple[Act, ...]:
    """Until it is accepted: one list of what is missing, and the whole form again (art. 10)."""
    return (
        Act("accept", ("applied", "supplied"), "accepted", by=REGISTRAR_SEAT, do=acts.accept, cite="REG26:10"),
        # Only from `applied`: what is supplied goes to `supplied`, so the table knows no second list.
        Act(
            "list_missing", "applied", "supplement", by=REGISTRAR_SEAT, asks=inputs.Missing, do=acts.list_missing,
            rules=rules.DEADLINE_RULES, sees=seeing.deadline, cite="REG26:10",
        ),
        Act(
            "supply", "supplement", "supplied", by=applicant, asks=begin.asks, do=begin.do, rules=begin.rules,
            sees=supplied, cite="REG26:10", protects=True,
        ),
        Act("deem_not_applied", "supplement", "not_applied", by=CLOCK, cite="HOUSE:publicdata"),
        Act(
            "refuse", ("applied", "supplied", "accepted", "late", "explained"), "refused", by=REGISTRAR_SEAT,
            asks=inputs.Refusal, do=acts.refuse, cite="REG26:11",
        ),
    )  # fmt: skip


def review() -> tuple[Act, ...]:
    """The formal review, which is explained in writing before it goes on when it is late (art. 11)."""
    return (
        Act("overrun", ("accepted", "explained"), "late", by=CLOCK, cite="REG26:11"),
        Act(
            "explain", "late", "explained", by=REGISTRAR_SEAT, asks=inputs.Explanation, do=acts.explain,
            rules=rules.DEADLINE_RULES, sees=seeing.deadline, cite="REG26:11",
        ),
    )  # fmt: skip


def publicity(ended: str, *, judged: tuple[Rule, ...] = (), sees: Any = None, do: Any = None) -> tuple[Act, ...]:
    """The notice, and objections by name; one that is upheld ends the matter (art. 12)."""
    return (
        Act(
            "publicise", ("accepted", "explained"), "publicity", by=REGISTRAR_SEAT, asks=inputs.Reviewed,
            do=acts.publicise, rules=judged, sees=sees, cite="REG26:12",
        ),
        Act(
            "object", ("publicity", "objection"), "objection", by=ANYONE, asks=inputs.ObjectionFiled,
            do=acts.object_to, rules=rules.OBJECTION_RULES, sees=seeing.objection, cite="REG26:12",
        ),
        Act(
            "dismiss", "objection", "publicity", by=REGISTRAR_SEAT, asks=inputs.ObjectionAnswer, do=acts.dismiss,
            cite="REG26:12",
        ),
        Act(
            "uphold", "objection", "terminated", by=REGISTRAR_SEAT, asks=inputs.ObjectionAnswer, do=acts.uphold,
            cite="REG26:12",
        ),
        Act("end_publicity", "publicity", ended, by=CLOCK, do=do, cite="REG26:12"),
    )  # fmt: skip


def leaving(applicant: Seat, states: tuple[str, ...]) -> tuple[Act, ...]:
    return (
        Act(
            "withdraw", states, "withdrawn", by=applicant, asks=inputs.Reason, do=acts.give_reason, protects=True
        ),
    )  # fmt: skip


_ACCEPTANCE = Clock(
    "acceptance", WorkingDays("reg26.acceptance"), runs_in={"applied", "supplied"}, afresh=True,
    words=Words("受理期限", "time to accept"), cite="REG26:10",
)  # fmt: skip
_SUPPLEMENT = Clock(
    "supplement", Until("supply_by_at"), runs_in={"supplement"}, then="deem_not_applied", waits=True,
    words=Words("补正期限", "time to supply what is missing"), cite="HOUSE:publicdata",
)  # fmt: skip
_REVIEW = Clock(
    "review", WorkingDays("reg26.review"), runs_in={"accepted"}, then="overrun",
    words=Words("形式审核期限", "time for the formal review"), cite="REG26:11",
)  # fmt: skip
_EXPLAINED = Clock(
    "explained", Until("review_by_at"), runs_in={"explained"}, then="overrun", afresh=True, waits=True,
    words=Words("所说明的完成日期", "day named in the explanation"), cite="REG26:11",
)  # fmt: skip
_PUBLICITY = Clock(
    "publicity", WorkingDays("reg26.publicity"), runs_in={"publicity"}, then="end_publicity",
    words=Words("公示期", "publicity"), cite="REG26:12",
)  # fmt: skip
_OBJECTION = Clock(
    "objection", WorkingDays("house.public_objection"), runs_in={"objection"}, afresh=True,
    words=Words("异议核实期限", "time to look into objections"), cite="HOUSE:publicdata",
)  # fmt: skip
ACCEPTANCE_CLOCKS = (_ACCEPTANCE, _SUPPLEMENT)
CLOCKS = (*ACCEPTANCE_CLOCKS, _REVIEW, _EXPLAINED, _PUBLICITY, _OBJECTION)

ACCEPTANCE_LABELS: Mapping[str, Words] = {
    "applied": Words("已申请", "Applied for"),
    "supplement": Words("待补正", "To be supplied"),
    "supplied": Words("已补正", "Supplied"),
    "accepted": Words("形式审核", "Formal review"),
    "not_applied": Words("逾期未补正", "Not supplied in time"),
    "refused": Words("不予登记", "Refused"),
    "withdrawn": Words("已撤回", "Withdrawn"),
    "begin": Words("申请", "Apply"),
    "accept": Words("受理", "Accept"),
    "list_missing": Words("一次性告知补正", "List everything missing, once"),
    "supply": Words("补正材料", "Supply what is missing"),
    "deem_not_applied": Words("逾期未补正，终止办理", "End it: not supplied in time"),
    "refuse": Words("不予登记", "Refuse"),
    "withdraw": Words("撤回", "Withdraw"),
}
LABELS: Mapping[str, Words] = {
    **ACCEPTANCE_LABELS,
    "late": Words("审核逾期，待说明", "Late, to be explained"),
    "explained": Words("已说明，继续审核", "Explained, under review"),
    "publicity": Words("公示", "Publicised"),
    "objection": Words("异议核实", "Objection looked into"),
    "terminated": Words("异议成立，终止登记", "Terminated by an objection"),
    "overrun": Words("逾期未审结", "The review is late"),
    "explain": Words("书面说明延期", "Explain the delay in writing"),
    "publicise": Words("审核通过，公示", "Pass and publicise"),
    "object": Words("提出异议", "Object"),
    "dismiss": Words("异议不成立，继续公示", "Dismiss; publicity goes on"),
    "uphold": Words("异议成立，终止登记", "Uphold; terminate"),
    "end_publicity": Words("公示期满", "Publicity ends"),
}
