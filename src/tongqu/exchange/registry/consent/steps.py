"""What follows of itself: a version that is published takes the place of the one before."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.consent.procedure import CONSENT_NOTICE


def replace_the_one_before(fact: SequencedFact, at: datetime) -> None:
    """Unless it was ended meanwhile."""
    before = fact.body["data"]["follows"]
    if before is not None:
        with suppress(NotNow):
            perform(CONSENT_NOTICE, "replace", before, by=HOUSE, at=at, key=f"flow/{fact.position}/replace")
