"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.bedrock.errands.models import ErrandRow, ErrandTry
from tongqu.exchange.bedrock.evidence.models import Checkpoint, Fact, Fresh, Leaf, Tile
from tongqu.exchange.bedrock.ledger.models import Account, Balance, HoldEnd, HoldRow, MoveRow
from tongqu.exchange.bedrock.papers.models import PaperDay, PaperRow
from tongqu.exchange.bedrock.procedures.models import (
    Alarm,
    Answer,
    Case,
    FlowCursor,
    Heartbeat,
    Refusal,
    RunningClock,
    StuckStep,
    SubjectHold,
)
from tongqu.exchange.bedrock.retention.models import Disposal, Retention

__all__ = [
    "Account",
    "Alarm",
    "Answer",
    "Balance",
    "Case",
    "Checkpoint",
    "Disposal",
    "ErrandRow",
    "ErrandTry",
    "Fact",
    "FlowCursor",
    "Fresh",
    "Heartbeat",
    "HoldEnd",
    "HoldRow",
    "Leaf",
    "MoveRow",
    "PaperDay",
    "PaperRow",
    "Refusal",
    "Retention",
    "RunningClock",
    "StuckStep",
    "SubjectHold",
    "Tile",
]
