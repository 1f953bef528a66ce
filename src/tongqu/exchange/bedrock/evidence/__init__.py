"""The evidence log: what happened, in one order, under a signature; append, follow, prove."""

from tongqu.exchange.bedrock.evidence.facts import NEXT_NUMBER, BadFact, NewFact, NoTransaction, append
from tongqu.exchange.bedrock.evidence.inspection import Fault, audit
from tongqu.exchange.bedrock.evidence.integrator import integrate
from tongqu.exchange.bedrock.evidence.publication import Published, published
from tongqu.exchange.bedrock.evidence.queries import (
    Passage,
    SequencedFact,
    Story,
    TimelineFact,
    fact,
    facts_of,
    follow,
    outline,
    story,
    tally,
    waiting,
)
from tongqu.exchange.bedrock.evidence.tree import (
    LogBroken,
    NoSuchFact,
    NotSequenced,
    SignedCheckpoint,
    checkpoint,
    prove,
)

__all__ = [
    "NEXT_NUMBER",
    "BadFact",
    "Fault",
    "LogBroken",
    "NewFact",
    "NoSuchFact",
    "NoTransaction",
    "NotSequenced",
    "Passage",
    "Published",
    "SequencedFact",
    "SignedCheckpoint",
    "Story",
    "TimelineFact",
    "append",
    "audit",
    "checkpoint",
    "fact",
    "facts_of",
    "follow",
    "integrate",
    "outline",
    "prove",
    "published",
    "story",
    "tally",
    "waiting",
]
