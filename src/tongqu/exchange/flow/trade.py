"""From an agreement to the money: what comes next in one trade. Named in the table of the flow."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock import ledger, procedures
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, Held, NotNow, Refused, begin, perform
from tongqu.exchange.flow.attempts import attempt, key_of
from tongqu.exchange.registry import (
    authorisation,
    catalogue,
    publicdata,
)
from tongqu.exchange.registry.assets import PLATFORM_INVOICE
from tongqu.exchange.registry.authorisation import OPERATION_AGREEMENT
from tongqu.exchange.registry.publicdata import PUBLIC_DUTY
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION, negotiation
from tongqu.exchange.treasury import billing, settlement, sharing
from tongqu.exchange.treasury.billing import BILL
from tongqu.exchange.treasury.settlement import SETTLEMENT
from tongqu.exchange.treasury.sharing import DISTRIBUTION, SHARE_PLAN


def accept_registered_right(fact: SequencedFact, at: datetime) -> None:
    """A product from a registered right is published without a second review (PROP35 art. 31)."""
    if fact.body["data"].get("right"):
        attempt(LISTING, "accept_right", fact.subject_id, at, key_of(fact, "accept_right"))


def agree_by_standing_instruction(fact: SequencedFact, at: datetime) -> None:
    """Whoever asks for no more than the published terms, at the published price, gets the provider's agreement at once."""
    data = fact.body["data"]
    if data["as_published"] and listings.standing_holds(listings.listing(data["listing"])):
        attempt(NEGOTIATION, "agree", fact.subject_id, at, key_of(fact, "agree"))


def open_settlement(fact: SequencedFact, at: datetime) -> None:
    """Both have signed: the money is held, or awaited. For a deal that was ended meanwhile nothing is held."""
    opened = begin(SETTLEMENT, by=HOUSE, at=at, key=key_of(fact, "settlement"), negotiation=fact.subject_id)
    if negotiation(fact.subject_id).state == "verified":
        _reserve(opened.subject, at)


def fund_waiting_deals(fact: SequencedFact, at: datetime) -> None:
    """Money came in."""
    _fund(fact.body["data"]["party"], at)


def fund_from_returned_money(fact: SequencedFact, at: datetime) -> None:
    """What one deal left over may be what the consumer's next deal waits for."""
    _fund(settlement.settlement(fact.subject_id).consumer_id, at)


def fund_from_proceeds(fact: SequencedFact, at: datetime) -> None:
    """Who earns may be waiting to buy."""
    for part in fact.body["data"]["parts"]:
        _fund(int(part["party"]), at)


def fund_after_hold(fact: SequencedFact, at: datetime) -> None:
    """A regulator's hold is lifted: if the deal was waiting for money, it may have come meanwhile."""
    if settlement.settlement(fact.subject_id).state == "awaiting_funds":
        _reserve(fact.subject_id, at)


def _fund(party: int, at: datetime) -> None:
    """Deals of the party that wait for money are held, the oldest first; a smaller one may pass one that is too large."""
    left = ledger.balance(settlement.available(party)).available
    for waiting in settlement.awaiting(party, fen_max=left):
        if waiting.total_fen <= left and _reserve(waiting.id, at):
            left -= waiting.total_fen


def _reserve(settlement_id: int, at: datetime) -> bool:
    """One deal that cannot be held now keeps no other from its money: it goes on waiting. Whether it has its money."""
    try:
        with transaction.atomic():
            perform(SETTLEMENT, "reserve", settlement_id, by=HOUSE, at=at, key=f"reserve/{settlement_id}")
    except (ledger.Overdraft, Held, NotNow, Refused):
        return False
    return True


def finalize_negotiation(fact: SequencedFact, at: datetime) -> None:
    """Unless a party ended it in the moment since the hold: then `return_claim` gives the money back.

    A deal that stopped complying while it waited for money (a right lapsed, a party was suspended) falls through.
    """
    deal = fact.body["data"]["negotiation"]
    try:
        with transaction.atomic():
            perform(NEGOTIATION, "finalize", deal, by=HOUSE, at=at, key=key_of(fact, "finalize"))
    except NotNow:
        return
    except Refused as no:
        reason = f"{no.words.zh} / {no.words.en}"[:2000]
        attempt(NEGOTIATION, "fall_through", deal, at, key_of(fact, "fall_through"), reason=reason)


def return_claim(fact: SequencedFact, at: datetime) -> None:
    """A negotiation that ended after signing leaves no claim behind, whether its money was held already or not."""
    if fact.body["from"] == "verified":
        claim = settlement.settlement_of(fact.subject_id)
        # Not by the state read here: another step may reserve the money at this moment, and `cancel` waits for it.
        attempt(SETTLEMENT, "cancel", claim.id, at, key_of(fact, "cancel"))
        attempt(SETTLEMENT, "refund", claim.id, at, key_of(fact, "refund"))


def bring_contract_into_force(fact: SequencedFact, at: datetime) -> None:
    begin(CONTRACT, by=HOUSE, at=at, key=key_of(fact, "contract"), negotiation=fact.subject_id)


def request_delivery(fact: SequencedFact, at: datetime) -> None:
    """The delivery is requested, and starts at once where the node is in service; else its provider starts it."""
    requested = begin(TRANSFER, by=HOUSE, at=at, key=key_of(fact, "transfer"), contract=fact.subject_id)
    attempt(TRANSFER, "start", requested.subject, at, key_of(fact, "start"))


def end_use_when_exhausted(fact: SequencedFact, at: datetime) -> None:
    if fact.body["data"]["exhausted"]:
        attempt(TRANSFER, "stop", fact.subject_id, at, key_of(fact, "stop"))


def make_bill(fact: SequencedFact, at: datetime) -> None:
    begin(BILL, by=HOUSE, at=at, key=key_of(fact, "bill"), transfer=fact.subject_id)


def release_money(fact: SequencedFact, at: datetime) -> None:
    data = fact.body["data"]
    perform(
        SETTLEMENT,
        "release",
        settlement.settlement_of(data["negotiation"]).id,
        by=HOUSE,
        at=at,
        key=key_of(fact, "release"),
        charged_fen=data["fen"],
        bill=fact.subject_id,
    )


def distribute_proceeds(fact: SequencedFact, at: datetime) -> None:
    begin(DISTRIBUTION, by=HOUSE, at=at, key=key_of(fact, "distribution"), settlement=fact.subject_id)


def settle_bill(fact: SequencedFact, at: datetime) -> None:
    perform(BILL, "settle", fact.body["data"]["bill"], by=HOUSE, at=at, key=key_of(fact, "settle"))


def invoice_both_sides(fact: SequencedFact, at: datetime) -> None:
    """A settled bill feeds the cost ledgers: a purchase for one side, a sale and its fee for the other. Zero is none."""
    bill = billing.bill(fact.subject_id)
    fee = settlement.settlement_of(contracts.contract(bill.contract_id).negotiation_id).fee_fen or 0
    told = {"bill": bill.id, "name": bill.name}
    buys = {"party": bill.consumer_id, "other": bill.provider_id, **told}
    sells = {"party": bill.provider_id, "other": bill.consumer_id, **told}
    if bill.fen > 0:
        key = key_of(fact, "purchase")
        begin(PLATFORM_INVOICE, by=HOUSE, at=at, key=key, kind="purchase", amount_fen=bill.fen, **buys)
        key = key_of(fact, "sale")
        begin(PLATFORM_INVOICE, "note_sale", by=HOUSE, at=at, key=key, kind="sale", amount_fen=bill.fen, **sells)
    if fee > 0:
        begin(PLATFORM_INVOICE, by=HOUSE, at=at, key=key_of(fact, "fee"), kind="fee", amount_fen=fee, **sells)


def perform_contract(fact: SequencedFact, at: datetime) -> None:
    made = contracts.contract_of(fact.body["data"]["negotiation"])
    attempt(CONTRACT, "perform", made.id, at, key_of(fact, "perform"))


def refund_money(fact: SequencedFact, at: datetime) -> None:
    """The delivery failed: all of the held money returns, and the contract ends."""
    made = contracts.contract(fact.body["data"]["contract"])
    perform(
        SETTLEMENT,
        "refund",
        settlement.settlement_of(made.negotiation_id).id,
        by=HOUSE,
        at=at,
        key=key_of(fact, "refund"),
    )
    attempt(
        CONTRACT, "end", made.id, at, key_of(fact, "end"), reason="交付终止并退款 / delivery terminated and refunded"
    )


def end_delivery(fact: SequencedFact, at: datetime) -> None:
    """A contract that both end early: what was used is billed, inspected and paid; what never began is refunded."""
    done = delivery.transfer_of(fact.subject_id)
    if done.state == "requested":
        reason = "合同解除，交付未开始 / the contract ended before delivery began"
        attempt(TRANSFER, "terminate", done.id, at, key_of(fact, "terminate"), reason=reason)
    elif done.state in {"started", "suspended"}:
        attempt(TRANSFER, "stop", done.id, at, key_of(fact, "stop"))


def end_what_never_began(fact: SequencedFact, at: datetime) -> None:
    """The period of use is over and the delivery never started: the money returns."""
    done = delivery.transfer_of(fact.subject_id)
    reason = "使用期满，交付未开始 / the period of use ended before delivery began"
    if done.state == "requested":
        attempt(TRANSFER, "terminate", done.id, at, key_of(fact, "terminate"), reason=reason)


def start_what_waited(fact: SequencedFact, at: datetime) -> None:
    """Data was declared or measured, its grading or report confirmed: deliveries that waited for it start, if nothing else
    stands in their way."""
    data = fact.body["data"]
    if fact.procedure == "node":
        where = {"node_id": fact.subject_id, "source__in": data["changed"]}
    else:
        resource = catalogue.resource(data.get("resource", fact.subject_id))
        where = {"node_id": resource.node_id, "source": resource.source}
    requested = procedures.visible(TRANSFER, HOUSE).filter(state="requested", **where).order_by("pk")
    for transfer in requested.values_list("pk", flat=True):
        attempt(TRANSFER, "start", transfer, at, key_of(fact, f"start/{transfer}"))


def note_first_delivery(fact: SequencedFact, at: datetime) -> None:
    """Public data is delivered: its holder has so many working days to register it (REG26 art. 9(1))."""
    product = listings.listing(contracts.contract(delivery.transfer(fact.subject_id).contract_id).listing_id)
    if not product.public_data and catalogue.resource(product.resource_id).kind == "enterprise":
        return
    owed, applied = publicdata.owes(product.resource_id)
    if owed:
        duty = begin(
            PUBLIC_DUTY,
            by=HOUSE,
            at=at,
            key=key_of(fact, "duty"),
            resource=product.resource_id,
            transfer=fact.subject_id,
        )
        if applied:
            attempt(PUBLIC_DUTY, "file", duty.subject, at, key_of(fact, "file"))


def book_operators_income(fact: SequencedFact, at: datetime) -> None:
    """A sale of public data by its operator is booked in the separate accounts of the operation (OP27 art. 22)."""
    data = fact.body["data"]
    deal = negotiation(data["negotiation"])
    agreement = authorisation.operated_by(deal.provider_id)
    product = listings.listing(deal.listing_id)
    if agreement is not None and product.public_data:
        delivered = delivery.transfer_of(contracts.contract_of(data["negotiation"]).id)
        told = {
            "settlement": fact.subject_id, "amount_fen": data["proceeds_fen"], "listing": product.id,
            "product": product.name, "calls": delivered.calls,
        }  # fmt: skip
        attempt(OPERATION_AGREEMENT, "book_income", agreement, at, key_of(fact, "book_income"), **told)


def fund_restored_member(fact: SequencedFact, at: datetime) -> None:
    """A member takes part again: its deals that wait for money go on."""
    _fund(fact.subject_id, at)


def put_share_plan_in_force(fact: SequencedFact, at: datetime) -> None:
    """Everyone named has agreed: the plan before it, if any, is replaced in the same step. One withdrawn meanwhile is not."""
    if not fact.body["data"]["complete"]:
        return
    before = sharing.plan_before(fact.subject_id)
    try:
        with transaction.atomic():
            if before is not None:
                perform(SHARE_PLAN, "replace", before, by=HOUSE, at=at, key=key_of(fact, "replace"))
            perform(SHARE_PLAN, "take_effect", fact.subject_id, by=HOUSE, at=at, key=key_of(fact, "take_effect"))
    except NotNow:
        return


def freeze_delivery(fact: SequencedFact, at: datetime) -> None:
    """A hold on a delivery, or on its contract, reaches the node with its next sync; unless it was lifted meanwhile."""
    done = delivery.transfer(fact.subject_id) if fact.procedure == "transfer" else delivery.transfer_of(fact.subject_id)
    if procedures.holds_on(TRANSFER, done.id) or procedures.holds_on(CONTRACT, done.contract_id):
        attempt(TRANSFER, "freeze", done.id, at, key_of(fact, "freeze"))


def thaw_delivery(fact: SequencedFact, at: datetime) -> None:
    transfer = fact.subject_id if fact.procedure == "transfer" else delivery.transfer_of(fact.subject_id).id
    if not procedures.holds_on(TRANSFER, transfer):
        attempt(TRANSFER, "thaw", transfer, at, key_of(fact, "thaw"))
