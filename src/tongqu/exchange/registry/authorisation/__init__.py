"""Authorised operation of public data (公共数据授权运营): plan, choice of an operator, agreement, concessions, disclosure, exit."""

from tongqu.exchange.registry.authorisation import sealing, steps
from tongqu.exchange.registry.authorisation.inputs import Cause, Grade, Kind, Method, Mode
from tongqu.exchange.registry.authorisation.procedure import (
    OPERATION_AGREEMENT,
    OPERATION_BID,
    OPERATION_CONCESSION,
    OPERATION_DISCLOSURE,
    OPERATION_PLAN,
    OPERATOR_SELECTION,
)
from tongqu.exchange.registry.authorisation.queries import (
    Accounts,
    BidView,
    DisclosureView,
    OperationView,
    SelectionView,
    accounts,
    assessments,
    awarded_to_agree,
    bids,
    concessions,
    disclosures,
    in_scope,
    open_agreements,
    open_selections,
    operated_by,
    operation,
    operations,
    over,
    plans_of,
    selection,
    selections,
)

__all__ = [
    "OPERATION_AGREEMENT", "OPERATION_BID", "OPERATION_CONCESSION", "OPERATION_DISCLOSURE", "OPERATION_PLAN",
    "OPERATOR_SELECTION", "Accounts", "BidView", "Cause", "DisclosureView", "Grade", "Kind", "Method", "Mode", "OperationView",
    "SelectionView", "accounts", "assessments", "awarded_to_agree", "bids", "concessions", "disclosures", "in_scope",
    "open_agreements", "open_selections", "operated_by", "operation", "operations", "over",
    "plans_of", "sealing", "selection", "selections",
    "steps",
]  # fmt: skip
