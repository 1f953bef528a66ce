"""The assessment stated last counts. Named in the flow."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.maturity import queries
from tongqu.exchange.registry.maturity.procedure import MATURITY_ASSESSMENT


def take_the_place(fact: SequencedFact, at: datetime) -> None:
    for number in queries.earlier(fact.subject_id):
        with suppress(NotNow), transaction.atomic():
            perform(
                MATURITY_ASSESSMENT,
                "supersede",
                number,
                by=HOUSE,
                at=at,
                key=f"flow/{fact.position}/supersede/{number}",
            )
