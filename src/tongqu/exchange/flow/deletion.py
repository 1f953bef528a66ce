"""After the use: what a contract's policy obliges its buyer to delete. Named in the table of the flow."""

from __future__ import annotations

from datetime import datetime

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, begin
from tongqu.exchange.flow.attempts import attempt, key_of
from tongqu.exchange.trading import deletions
from tongqu.exchange.trading.deletions import DELETION_DUTY


def open_deletion_duty(fact: SequencedFact, at: datetime) -> None:
    """A contract has ended, or its period of use has: its data is deleted within the days that it names."""
    ended_at = deletions.owed_after(fact.subject_id, fact.act, fact.at)
    if ended_at is None:
        return
    opened = begin(
        DELETION_DUTY, by=HOUSE, at=at, key=key_of(fact, "deletion"), contract=fact.subject_id, ended_at=ended_at
    )
    attempt(DELETION_DUTY, "fall_due", opened.subject, at, key_of(fact, "deletion_due"))


def reckon_deletions(fact: SequencedFact, at: datetime) -> None:
    """A contract over the same data has ended before its day: what older ones oblige to delete is counted anew."""
    _reckon(fact, fact.subject_id, deletions.over_same_data(fact.subject_id), at)


def put_deletions_off(fact: SequencedFact, at: datetime) -> None:
    """The data is used under another contract: nobody deletes what that one lets it use."""
    contract = int(fact.body["data"]["contract"])
    _reckon(fact, contract, deletions.put_off_by(contract), at)


def _reckon(fact: SequencedFact, contract: int, duties: list[int], at: datetime) -> None:
    for duty in duties:
        attempt(DELETION_DUTY, "reckon", duty, at, key_of(fact, f"reckon/{duty}"), contract=contract)
        attempt(DELETION_DUTY, "fall_due", duty, at, key_of(fact, f"deletion_due/{duty}"))
