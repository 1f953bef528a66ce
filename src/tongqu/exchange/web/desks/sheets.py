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
    of_assets,
    of_consent,
    of_dealings,
    of_deletions,
    of_elements,
    of_flowback,
    of_grading,
    of_grants,
    of_handover,
    of_harvest,
    of_measures,
    of_members,
    of_operation,
    of_provision,
    of_publicdata,
    of_recognition,
    of_registrars,
    of_registry,
    of_releases,
    of_survey,
    of_trading,
    of_treasury,
    of_trust,
    of_trust_money,
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
    "right_transfer": of_dealings.dealing_sheet,
    "right_change": of_dealings.dealing_sheet,
    "right_renewal": of_dealings.dealing_sheet,
    "right_cancellation": of_dealings.dealing_sheet,
    "right_revocation": of_dealings.dealing_sheet,
    "renewal_reminder": of_dealings.reminder_sheet,
    "public_renewal_reminder": of_publicdata.reminder_sheet,
    "late_objection": of_dealings.late_objection_sheet,
    "data_asset": of_assets.asset_sheet,
    "platform_invoice": of_assets.invoice_sheet,
    "asset_recognition": of_assets.recognition_sheet,
    "cost_valuation": of_assets.valuation_sheet,
    "income_valuation": of_assets.valuation_sheet,
    "market_valuation": of_assets.valuation_sheet,
    "right_pledge": of_assets.pledge_sheet,
    "asset_mandate": of_assets.mandate_sheet,
    "maturity_assessment": of_assets.maturity_sheet,
    "recognised_registrar": of_recognition.registrar_sheet,
    "recognition": of_recognition.recognition_sheet,
    "registrar_dossier": of_registrars.dossier_sheet,
    "registrar_report": of_registrars.report_sheet,
    "registrar_change": of_registrars.change_sheet,
    "registrar_exit": of_registrars.exit_sheet,
    "take_over": of_handover.take_over_sheet,
    "taken_over": of_handover.taken_over_sheet,
    "share_request": of_provision.request_sheet,
    "operation_plan": of_operation.plan_sheet,
    "operator_selection": of_operation.selection_sheet,
    "operation_bid": of_operation.bid_sheet,
    "operation_agreement": of_operation.agreement_sheet,
    "operation_concession": of_operation.concession_sheet,
    "operation_disclosure": of_operation.disclosure_sheet,
    "public_registration": of_publicdata.registration_sheet,
    "public_change": of_publicdata.change_sheet,
    "public_correction": of_publicdata.correction_sheet,
    "public_renewal": of_publicdata.renewal_sheet,
    "public_cancellation": of_publicdata.cancellation_sheet,
    "public_duty": of_publicdata.duty_sheet,
    "grant": of_grants.grant_sheet,
    "mutual_grant": of_grants.pair_sheet,
    "derivation": of_grants.derivation_sheet,
    "ground_loss": of_grants.loss_sheet,
    "subscription": of_flowback.subscription_sheet,
    "edition": of_flowback.edition_sheet,
    "consent_notice": of_consent.notice_sheet,
    "consent_batch": of_consent.batch_sheet,
    "subject_request": of_consent.request_sheet,
    "data_trust": of_trust.trust_sheet,
    "trust_terms": of_trust.terms_sheet,
    "trust_report": of_trust.report_sheet,
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
    "deletion_duty": of_deletions.duty_sheet,
    "settlement": of_treasury.settlement_sheet,
    "bill": of_treasury.bill_sheet,
    "deposit": of_treasury.deposit_sheet,
    "bank_fault": of_treasury.bank_fault_sheet,
    "payout": of_treasury.payout_sheet,
    "share_plan": of_treasury.share_plan_sheet,
    "distribution": of_treasury.distribution_sheet,
    "trust_distribution": of_trust_money.distribution_sheet,
    "trust_claim": of_trust_money.claim_sheet,
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
