"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.bedrock.evidence.models import Checkpoint, Fact, Fresh, Leaf, Tile
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

__all__ = [
    "Alarm",
    "Answer",
    "Case",
    "Checkpoint",
    "Fact",
    "FlowCursor",
    "Fresh",
    "Heartbeat",
    "Leaf",
    "Refusal",
    "RunningClock",
    "StuckStep",
    "SubjectHold",
    "Tile",
]
