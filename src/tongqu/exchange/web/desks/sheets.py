"""What a subject is, for those who may see it: a few facts in words, and what stands in it. One function a procedure.

A procedure without a function of its own is shown by the questions of its beginning, so a new table has a page at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tongqu.exchange.bedrock.procedures import Procedure
from tongqu.exchange.web.components import Pair
from tongqu.exchange.web.desks import (
    names,
    of_elements,
    of_flowback,
    of_grading,
    of_harvest,
    of_measures,
    of_members,
    of_provision,
    of_registry,
    of_releases,
    of_survey,
    of_trading,
    of_treasury,
)
from tongqu.exchange.web.desks.parts import Reading, Sheet, by_questions, capital

SHEETS: dict[str, Callable[[Any, Reading], Sheet]] = {
    "admission": of_members.admission_sheet,
    "mandate": of_members.mandate_sheet,
    "api_key": of_members.api_key_sheet,
    "signature_key": of_members.signature_key_sheet,
    "node": of_members.node_sheet,
    "resource": of_registry.resource_sheet,
    "ownership": of_registry.ownership_sheet,
    "share_request": of_provision.request_sheet,
    "subscription": of_flowback.subscription_sheet,
    "edition": of_flowback.edition_sheet,
    "grading": of_grading.grading_sheet,
    "harvest": of_harvest.harvest_sheet,
    "quality_check": of_measures.quality_sheet,
    "deidentification": of_measures.deidentification_sheet,
    "spelling": of_harvest.spelling_sheet,
    "element": of_elements.element_sheet,
    "source_claim": of_elements.claim_sheet,
    "source_conflict": of_elements.conflict_sheet,
    "source_vacancy": of_elements.vacancy_sheet,
    "survey": of_survey.survey_sheet,
    "survey_answer": of_survey.answer_sheet,
    "supply_entry": of_survey.supply_entry_sheet,
    "release": of_releases.release_sheet,
    "listing": of_trading.listing_sheet,
    "negotiation": of_trading.negotiation_sheet,
    "contract": of_trading.contract_sheet,
    "transfer": of_trading.transfer_sheet,
    "settlement": of_treasury.settlement_sheet,
    "bill": of_treasury.bill_sheet,
    "deposit": of_treasury.deposit_sheet,
    "bank_fault": of_treasury.bank_fault_sheet,
    "payout": of_treasury.payout_sheet,
    "share_plan": of_treasury.share_plan_sheet,
    "distribution": of_treasury.distribution_sheet,
    "case": of_members.case_sheet,
}


def sheet(table: Procedure, subject: Any, reading: Reading) -> Sheet:
    """The sheet of a subject for its reader, who sits in its seats first."""
    reading.learn(*names.parties_on(table, subject))
    made = SHEETS[table.name](subject, reading) if table.name in SHEETS else by_questions(table, subject)
    seats = [
        Pair(capital(seat.words), reading.party(getattr(subject, seat.field)))
        for seat in table.seats
        if table.name != "admission" and getattr(subject, seat.field) is not None
    ]
    return replace(made, pairs=[*seats, *made.pairs], parts=[part for part in made.parts if part])
