"""What follows of itself: a resource that left the catalogue flows back no more; an edition follows once what stood in its way is mended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.flowback import queries
from tongqu.exchange.registry.flowback.procedure import EDITION, SUBSCRIPTION


def end_subscriptions_to(fact: SequencedFact, at: datetime) -> None:
    for one in queries.open_on(fact.subject_id):
        try:
            with transaction.atomic():
                perform(SUBSCRIPTION, "fall_away", one, by=HOUSE, at=at, key=f"flow/{fact.position}/{one}")
        except NotNow:
            continue


def divide_anew_for(fact: SequencedFact, at: datetime) -> None:
    """A subscription that may receive again, or by another column: the editions that missed it."""
    _divide_anew(fact, queries.mended_for(fact.subject_id), at)


def look_again(fact: SequencedFact, at: datetime) -> None:
    """A column that was changed while the edition was being divided."""
    _divide_anew(fact, queries.changed_meanwhile(fact.subject_id), at)


def _divide_anew(fact: SequencedFact, editions: list[int], at: datetime) -> None:
    for one in editions:
        try:
            with transaction.atomic():
                perform(EDITION, "divide_anew", one, by=HOUSE, at=at, key=f"flow/{fact.position}/{one}")
        except NotNow:
            continue
