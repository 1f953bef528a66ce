"""What the rules leave to a person: an open question that an office answers once, with a reason. Itself a procedure.

What is allowed is allowed once: the act it was asked for uses it up.
"""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.inputs import Inputs, ask
from tongqu.exchange.bedrock.procedures.door import Done, Matter
from tongqu.exchange.bedrock.procedures.refusals import NotYours
from tongqu.exchange.bedrock.procedures.table import CLOCK, Act, Begin, Office, Procedure
from tongqu.exchange.bedrock.values import Words

REVIEWER = Office("reviewer", Words("交易场所审查员", "reviewer of the exchange"))
REGISTRAR = Office("registrar", Words("登记机构", "registrar"))
DATA_AUTHORITY = Office("data_authority", Words("数据主管部门", "data authority"))
REGULATOR = Office("regulator", Words("监管部门", "regulator"))
DECIDING = (REVIEWER, REGISTRAR, DATA_AUTHORITY)


class Decision(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)


def decide(matter: Matter) -> Done:
    """The office that the rule named decides, not just any that decides cases."""
    case: Any = matter.subject
    if case.office not in matter.by.roles:
        who = [office.words for office in DECIDING if office.role == case.office]
        raise NotYours(Words("这一件由另一机构决定", "This case is for another office"), who)
    case.reason = matter.inputs.reason
    return Done({"about": case.about, "act": case.act, "subject": case.subject})


CASE = Procedure(
    name="case",
    model="bedrock.Case",
    words=Words("人工审查件", "Case for review"),
    starts="open",
    ends=frozenset({"used", "declined"}),
    begins=Begin(by=(CLOCK,)),
    acts=(
        Act("allow", "open", "allowed", by=DECIDING, asks=Decision, do=decide),
        Act("use", "allowed", "used", by=CLOCK),
        Act("decline", "open", "declined", by=DECIDING, asks=Decision, do=decide),
    ),
    labels={
        "open": Words("待决定", "Open"),
        "allowed": Words("同意，待办理", "Allowed, not yet acted on"),
        "used": Words("已据此办理", "Acted on"),
        "declined": Words("不同意", "Declined"),
        "begin": Words("立件", "Open a case"),
        "allow": Words("同意办理", "Allow"),
        "use": Words("据此办理", "Act on it"),
        "decline": Words("不同意", "Decline"),
    },
    way=("open", "allowed", "used"),
    seen_by=(*DECIDING, REGULATOR),
)
