"""A step that may rightly be stopped, and the key under which it is taken once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock import procedures
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Refused, perform


def key_of(fact: SequencedFact, step: str) -> str:
    return f"flow/{fact.position}/{step}"


def attempt(table: procedures.Procedure, act: str, subject: int, at: datetime, key: str, **inputs: object) -> None:
    """Performs a step that the rules, or what happened meanwhile, may rightly stop; then people carry on by hand.

    A hold only delays: the step is set aside and taken once the hold is lifted.
    """
    try:
        with transaction.atomic():
            perform(table, act, subject, by=HOUSE, at=at, key=key, **inputs)
    except (NotNow, Refused):
        return
