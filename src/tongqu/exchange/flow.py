"""How one trade moves through the house: what has happened → what comes next.

Keys are "procedure.act" as the evidence log names them. A step runs once, in one transaction with the reader's cursor;
one that fails is set aside and tried again. Upstream never knows downstream: this page does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock import ledger, procedures
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Refused, begin, perform
from tongqu.exchange.registry import catalogue, ownership
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION
from tongqu.exchange.treasury import settlement, sharing
from tongqu.exchange.treasury.billing import BILL
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.treasury.sharing import DISTRIBUTION, SHARE_PLAN

READER = "flow"


def _key(fact: SequencedFact, step: str) -> str:
    return f"flow/{fact.position}/{step}"


def accept_registered_right(fact: SequencedFact, at: datetime) -> None:
    """A product from a registered right is published without a second review (PROP35 art. 31)."""
    if fact.body["data"].get("right"):
        _try(LISTING, "accept_right", fact.subject_id, at, _key(fact, "accept_right"))


def agree_by_standing_instruction(fact: SequencedFact, at: datetime) -> None:
    """Whoever asks for no more than the published terms, at the published price, gets the provider's agreement at once."""
    if fact.body["data"]["as_published"] and listings.standing_holds(fact.body["data"]["listing"]):
        _try(NEGOTIATION, "agree", fact.subject_id, at, _key(fact, "agree"))


def open_settlement(fact: SequencedFact, at: datetime) -> None:
    """Both have signed: the money is held, or awaited."""
    opened = begin(SETTLEMENT, by=HOUSE, at=at, key=_key(fact, "settlement"), negotiation=fact.subject_id)
    _hold(opened.subject, at)


def fund_waiting_deals(fact: SequencedFact, at: datetime) -> None:
    """Money came in: deals that waited for it are held, the oldest first."""
    for waiting in settlement.awaiting(fact.body["data"]["party"]):
        _hold(waiting.id, at)


def _hold(settlement_id: int, at: datetime) -> None:
    try:
        with transaction.atomic():
            perform(SETTLEMENT, "hold", settlement_id, by=HOUSE, at=at, key=f"hold/{settlement_id}")
    except ledger.Overdraft:
        return


def finalize_negotiation(fact: SequencedFact, at: datetime) -> None:
    perform(NEGOTIATION, "finalize", fact.body["data"]["negotiation"], by=HOUSE, at=at, key=_key(fact, "finalize"))


def cancel_settlement(fact: SequencedFact, at: datetime) -> None:
    """A negotiation that ended after signing leaves no claim behind."""
    if fact.body["from"] == "verified":
        _try(SETTLEMENT, "cancel", settlement.settlement_of(fact.subject_id).id, at, _key(fact, "cancel"))


def bring_contract_into_force(fact: SequencedFact, at: datetime) -> None:
    begin(CONTRACT, by=HOUSE, at=at, key=_key(fact, "contract"), negotiation=fact.subject_id)


def request_delivery(fact: SequencedFact, at: datetime) -> None:
    """The delivery is requested, and starts at once where the node is in service; else its provider starts it."""
    requested = begin(TRANSFER, by=HOUSE, at=at, key=_key(fact, "transfer"), contract=fact.subject_id)
    _try(TRANSFER, "start", requested.subject, at, _key(fact, "start"))


def end_use_when_exhausted(fact: SequencedFact, at: datetime) -> None:
    if fact.body["data"]["exhausted"]:
        _try(TRANSFER, "stop", fact.subject_id, at, _key(fact, "stop"))


def make_bill(fact: SequencedFact, at: datetime) -> None:
    begin(BILL, by=HOUSE, at=at, key=_key(fact, "bill"), transfer=fact.subject_id)


def release_money(fact: SequencedFact, at: datetime) -> None:
    data = fact.body["data"]
    perform(
        SETTLEMENT,
        "release",
        settlement.settlement_of(data["negotiation"]).id,
        by=HOUSE,
        at=at,
        key=_key(fact, "release"),
        charged_fen=data["fen"],
        bill=fact.subject_id,
    )


def distribute_proceeds(fact: SequencedFact, at: datetime) -> None:
    begin(DISTRIBUTION, by=HOUSE, at=at, key=_key(fact, "distribution"), settlement=fact.subject_id)


def settle_bill(fact: SequencedFact, at: datetime) -> None:
    perform(BILL, "settle", fact.body["data"]["bill"], by=HOUSE, at=at, key=_key(fact, "settle"))


def perform_contract(fact: SequencedFact, at: datetime) -> None:
    made = contracts.contract_of(fact.body["data"]["negotiation"])
    _try(CONTRACT, "perform", made.id, at, _key(fact, "perform"))


def refund_money(fact: SequencedFact, at: datetime) -> None:
    """The delivery failed: all of the held money returns, and the contract ends."""
    made = contracts.contract(fact.body["data"]["contract"])
    perform(
        SETTLEMENT,
        "refund",
        settlement.settlement_of(made.negotiation_id).id,
        by=HOUSE,
        at=at,
        key=_key(fact, "refund"),
    )
    _try(CONTRACT, "end", made.id, at, _key(fact, "end"), reason="交付终止并退款 / delivery terminated and refunded")


def end_delivery(fact: SequencedFact, at: datetime) -> None:
    """A contract that both end early: what was used is billed, inspected and paid; what never began is refunded."""
    done = delivery.transfer_of(fact.subject_id)
    if done.state in {"started", "suspended"}:
        _try(TRANSFER, "stop", done.id, at, _key(fact, "stop"))


def put_share_plan_in_force(fact: SequencedFact, at: datetime) -> None:
    """Everyone named has agreed: the plan before it, if any, is replaced in the same step."""
    if not fact.body["data"]["complete"]:
        return
    before = sharing.plan_before(fact.subject_id)
    if before is not None:
        perform(SHARE_PLAN, "replace", before, by=HOUSE, at=at, key=_key(fact, "replace"))
    perform(SHARE_PLAN, "take_effect", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "take_effect"))


def freeze_delivery(fact: SequencedFact, at: datetime) -> None:
    """A hold on a delivery, or on its contract, reaches the node with its next sync."""
    transfer = fact.subject_id if fact.procedure == "transfer" else delivery.transfer_of(fact.subject_id).id
    _try(TRANSFER, "freeze", transfer, at, _key(fact, "freeze"))


def thaw_delivery(fact: SequencedFact, at: datetime) -> None:
    transfer = fact.subject_id if fact.procedure == "transfer" else delivery.transfer_of(fact.subject_id).id
    if not procedures.holds_on(TRANSFER, transfer):
        _try(TRANSFER, "thaw", transfer, at, _key(fact, "thaw"))


def _try(table: procedures.Procedure, act: str, subject: int, at: datetime, key: str, **inputs: object) -> None:
    """Performs a step that the rules, or what happened meanwhile, may rightly stop; then people carry on by hand."""
    try:
        with transaction.atomic():
            perform(table, act, subject, by=HOUSE, at=at, key=key, **inputs)
    except (NotNow, Refused, procedures.Held):
        return


FLOW: Mapping[str, Sequence[procedures.Step]] = {
    "node.measured": (catalogue.catalogue_measured,),
    "node.failed": (catalogue.return_unmeasured,),
    "ownership.keep_evidence": (ownership.issue_certificate,),
    "ownership.waive_publicity": (ownership.issue_certificate,),
    "ownership.issue": (ownership.print_certificate,),
    "listing.submit": (accept_registered_right,),
    "negotiation.begin": (agree_by_standing_instruction,),
    "negotiation.verify": (open_settlement,),
    "negotiation.terminate": (cancel_settlement,),
    "negotiation.lapse": (cancel_settlement,),
    "deposit.match": (fund_waiting_deals,),
    "deposit.assign": (fund_waiting_deals,),
    "settlement.hold": (finalize_negotiation,),
    "negotiation.finalize": (bring_contract_into_force,),
    "contract.begin": (request_delivery,),
    "contract.terminate": (end_delivery,),
    "transfer.meter": (end_use_when_exhausted,),
    "transfer.accept": (make_bill,),
    "transfer.dismiss": (make_bill,),
    "bill.begin": (release_money,),
    "settlement.release": (distribute_proceeds, settle_bill, perform_contract),
    "transfer.terminate": (refund_money,),
    "transfer.concede": (refund_money,),
    "transfer.uphold": (refund_money,),
    "share_plan.begin": (put_share_plan_in_force,),
    "share_plan.agree": (put_share_plan_in_force,),
    "transfer.hold": (freeze_delivery,),
    "contract.hold": (freeze_delivery,),
    "transfer.lift": (thaw_delivery,),
    "contract.lift": (thaw_delivery,),
}
