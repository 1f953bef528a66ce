"""Procedures: tables of states and acts, and the one door through which every act of the house passes."""

from tongqu.exchange.bedrock.procedures.actors import HOUSE, Actor
from tongqu.exchange.bedrock.procedures.cases import CASE
from tongqu.exchange.bedrock.procedures.clocks import (
    local_day,
    raise_alarms,
    recompute,
    warn_provisional,
)
from tongqu.exchange.bedrock.procedures.clocks import of as clocks_of
from tongqu.exchange.bedrock.procedures.diagram import drawing, mermaid
from tongqu.exchange.bedrock.procedures.door import Done, Matter, Outcome, begin, perform
from tongqu.exchange.bedrock.procedures.following import Step, follow_flow, retry_stuck
from tongqu.exchange.bedrock.procedures.holds import holds_on, lift_hold, place_hold
from tongqu.exchange.bedrock.procedures.looking import Possible, bound, possible, see, visible, waiting
from tongqu.exchange.bedrock.procedures.models import Alarm, Heartbeat, Refusal, RunningClock, StuckStep, Subject
from tongqu.exchange.bedrock.procedures.refusals import (
    AlreadyExtended,
    Held,
    KeyReused,
    NeedsReview,
    NeedsSecondFactor,
    NotNow,
    NotYours,
    Refused,
    Shut,
    Unknown,
)
from tongqu.exchange.bedrock.procedures.table import (
    ANYONE,
    CLOCK,
    Act,
    BadTable,
    Begin,
    Clock,
    FirstWorkingDayAfter,
    Months,
    NaturalDays,
    Office,
    Procedure,
    Seat,
    Until,
    WorkingDays,
    all_procedures,
    procedure,
)
from tongqu.exchange.bedrock.procedures.ticking import tick

__all__ = [
    "ANYONE", "CASE", "CLOCK", "HOUSE", "Act", "Actor", "Alarm", "AlreadyExtended", "BadTable", "Begin", "Clock", "Done",
    "FirstWorkingDayAfter", "Heartbeat",
    "Held", "KeyReused", "Matter", "Months", "NaturalDays", "NeedsReview", "NeedsSecondFactor", "NotNow", "NotYours",
    "Office", "Outcome", "Possible", "Procedure", "Refusal", "Refused", "RunningClock", "Seat", "Shut", "Step", "StuckStep", "Subject",
    "Unknown", "Until", "WorkingDays", "all_procedures", "begin", "bound", "clocks_of", "drawing", "follow_flow", "holds_on",
    "lift_hold", "local_day", "mermaid", "perform", "place_hold", "possible", "procedure", "raise_alarms", "recompute",
    "retry_stuck", "see", "tick", "visible", "waiting", "warn_provisional",
]  # fmt: skip
