"""What follows of itself: a resource that left the catalogue flows back no more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.flowback import queries
from tongqu.exchange.registry.flowback.procedure import SUBSCRIPTION


def end_subscriptions_to(fact: SequencedFact, at: datetime) -> None:
    for one in queries.open_on(fact.subject_id):
        try:
            with transaction.atomic():
                perform(SUBSCRIPTION, "fall_away", one, by=HOUSE, at=at, key=f"flow/{fact.position}/{one}")
        except NotNow:
            continue
