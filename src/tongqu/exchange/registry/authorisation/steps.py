"""What follows of itself around an authorised operation: bids are called and settled, both sides disclose, ends reach further."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Procedure, begin, perform
from tongqu.exchange.registry.authorisation.models import (
    OperationBid,
    OperationConcession,
    OperationDisclosure,
)
from tongqu.exchange.registry.authorisation.procedure import (
    OPERATION_BID,
    OPERATION_CONCESSION,
    OPERATION_DISCLOSURE,
)


def call_bids(fact: SequencedFact, at: datetime) -> None:
    """The bids are opened: each bidder is asked for its key."""
    for pk in _bids(fact):
        _try(OPERATION_BID, "call", pk, fact, at)


def settle_bids(fact: SequencedFact, at: datetime) -> None:
    """The award: one has won, the others have not."""
    won = fact.body["data"]["bid"]
    for pk in OperationBid.objects.filter(selection=fact.subject_id, state="opened").values_list("pk", flat=True):
        _try(OPERATION_BID, "win" if pk == won else "lose", pk, fact, at)


def end_bids(fact: SequencedFact, at: datetime) -> None:
    """The selection came to nothing: bids that are still sealed stay so."""
    for pk in _bids(fact):
        _try(OPERATION_BID, "fall_away", pk, fact, at)


def _bids(fact: SequencedFact) -> list[int]:
    rows = OperationBid.objects.filter(selection=fact.subject_id, state__in=("sealed", "called", "opened"))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def begin_disclosures(fact: SequencedFact, at: datetime) -> None:
    """The agreement is in force: each side discloses, period after period."""
    for side in ("implementer", "operator"):
        key = f"flow/{fact.position}/disclosure/{side}"
        begin(OPERATION_DISCLOSURE, by=HOUSE, at=at, key=key, agreement=fact.subject_id, side=side)


def end_what_stands_on_it(fact: SequencedFact, at: datetime) -> None:
    """The authorisation is over: its concessions end with it."""
    rows = OperationConcession.objects.filter(agreement=fact.subject_id, state__in=("asked", "supported", "granted"))
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        _try(OPERATION_CONCESSION, "fall_away", pk, fact, at)


def close_disclosures(fact: SequencedFact, at: datetime) -> None:
    """The exit is complete: nothing is left to disclose."""
    rows = OperationDisclosure.objects.filter(agreement=fact.subject_id).exclude(state="closed")
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        _try(OPERATION_DISCLOSURE, "close", pk, fact, at)


def _try(table: Procedure, act: str, subject: int, fact: SequencedFact, at: datetime, **inputs: object) -> None:
    """Somebody may have ended it in the moment since; a hold only delays."""
    key = f"flow/{fact.position}/{table.name}/{subject}/{act}"
    try:
        with transaction.atomic():
            perform(table, act, subject, by=HOUSE, at=at, key=key, **inputs)
    except NotNow:
        return
