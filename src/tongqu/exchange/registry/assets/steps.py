"""What follows: a new recognition takes the place of the old, papers are printed, events make judgements due. In the flow."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.assets import printing, queries
from tongqu.exchange.registry.assets.procedure import (
    ASSET_RECOGNITION,
    COST_VALUATION,
    INCOME_VALUATION,
    MARKET_VALUATION,
)


def _key(fact: SequencedFact, step: str) -> str:
    return f"flow/{fact.position}/{step}"


def take_the_place(fact: SequencedFact, at: datetime) -> None:
    """The judgement that was concluded last counts; those before it end."""
    concluded = queries.recognition(fact.subject_id)
    for number in queries.counting(concluded.asset_id):
        if number == concluded.pk:
            break
        with suppress(NotNow), transaction.atomic():
            perform(ASSET_RECOGNITION, "supersede", number, by=HOUSE, at=at, key=_key(fact, f"supersede/{number}"))


def print_memo(fact: SequencedFact, at: datetime) -> None:
    """Every answer with its article, kept under its hash."""
    row = queries.recognition(fact.subject_id)
    if row.state not in queries.COUNTS:
        return
    kept = papers.keep(
        printing.memo_pdf(row), name=f"入表备忘录-{row.pk}.pdf", media_type="application/pdf", at=at, by=row.holder_id
    )
    perform(ASSET_RECOGNITION, "print", row.pk, by=HOUSE, at=at, key=_key(fact, "print"), paper=kept.sha256)


def print_cost_value(fact: SequencedFact, at: datetime) -> None:
    if paper := _value_paper(fact, at):
        perform(COST_VALUATION, "print", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "print"), paper=paper)


def print_income_value(fact: SequencedFact, at: datetime) -> None:
    if paper := _value_paper(fact, at):
        perform(INCOME_VALUATION, "print", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "print"), paper=paper)


def print_market_value(fact: SequencedFact, at: datetime) -> None:
    if paper := _value_paper(fact, at):
        perform(MARKET_VALUATION, "print", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "print"), paper=paper)


def _value_paper(fact: SequencedFact, at: datetime) -> str:
    """The report of a value that is issued still, kept under its hash."""
    row = queries.valuation(fact.subject_id)
    if row.state != "issued":
        return ""
    name = f"估值参考-不得入账-{row.pk}.pdf"
    content = printing.value_pdf(row)
    return papers.keep(content, name=name, media_type="application/pdf", at=at, by=row.holder_id).sha256


def judge_again_for_resource(fact: SequencedFact, at: datetime) -> None:
    """The entry was withdrawn."""
    _fall_due(fact.subject_id, fact, at)


def judge_again_for_right(fact: SequencedFact, at: datetime) -> None:
    """A right in the data ended, was handed over, was seized or set free."""
    _fall_due(queries.resource_of_right(fact.subject_id), fact, at)


def judge_again_for_grading(fact: SequencedFact, at: datetime) -> None:
    """Another grading is in force: what may be done with the data may be another."""
    _fall_due(int(fact.body["data"]["resource"]), fact, at)


def _fall_due(resource: int, fact: SequencedFact, at: datetime) -> None:
    event = f"{fact.procedure}.{fact.act}"
    for asset in queries.of_resource(resource):
        for number in queries.counting(asset):
            with suppress(NotNow), transaction.atomic():
                perform(
                    ASSET_RECOGNITION, "fall_due", number, by=HOUSE, at=at, key=_key(fact, f"due/{number}"), event=event
                )
