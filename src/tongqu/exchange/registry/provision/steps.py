"""What follows of itself: an agreement that needs nobody, and the end of requests whose resource is gone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Procedure, perform
from tongqu.exchange.registry.provision import queries
from tongqu.exchange.registry.provision.procedure import SHARE_REQUEST


def agree_at_once(fact: SequencedFact, at: datetime) -> None:
    """What is shared without conditions, asked for by a department within its ground, needs nobody's word."""
    if fact.body["data"]["at_once"]:
        _try(SHARE_REQUEST, "accept_at_once", fact.subject_id, at, f"flow/{fact.position}/agree")


def renew_at_once(fact: SequencedFact, at: datetime) -> None:
    """What was agreed to at once is renewed so, too."""
    if queries.agreed_at_once(fact.subject_id):
        _try(SHARE_REQUEST, "agree_renewal", fact.subject_id, at, f"flow/{fact.position}/renew")


def end_requests_for(fact: SequencedFact, at: datetime) -> None:
    """A resource left the catalogue: what was not provided yet will not be. What is in use goes on to the end of its term."""
    for request in queries.open_on(fact.subject_id):
        _try(SHARE_REQUEST, "fall_away", request, at, f"flow/{fact.position}/{request}")


def _try(table: Procedure, act: str, request: int, at: datetime, key: str) -> None:
    """A party may have ended it in the moment since; a hold only delays, the step is taken once it is lifted."""
    try:
        with transaction.atomic():
            perform(table, act, request, by=HOUSE, at=at, key=key)
    except NotNow:
        return
