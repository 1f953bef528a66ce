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
from tongqu.exchange.bedrock.procedures import HOUSE, Held, NotNow, Refused, begin, perform
from tongqu.exchange.registry import (
    catalogue,
    deidentification,
    elements,
    flowback,
    grading,
    ownership,
    provision,
    quality,
    survey,
)
from tongqu.exchange.registry.grading import GRADING
from tongqu.exchange.trading import contracts, delivery, listings
from tongqu.exchange.trading.contracts import CONTRACT
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION, negotiation
from tongqu.exchange.treasury import settlement, sharing
from tongqu.exchange.treasury.billing import BILL
from tongqu.exchange.treasury.payout import PAYOUT  # noqa: F401 - no step leads to it: a party asks
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
    data = fact.body["data"]
    if data["as_published"] and listings.standing_holds(listings.listing(data["listing"])):
        _try(NEGOTIATION, "agree", fact.subject_id, at, _key(fact, "agree"))


def open_settlement(fact: SequencedFact, at: datetime) -> None:
    """Both have signed: the money is held, or awaited. For a deal that was ended meanwhile nothing is held."""
    opened = begin(SETTLEMENT, by=HOUSE, at=at, key=_key(fact, "settlement"), negotiation=fact.subject_id)
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
            perform(NEGOTIATION, "finalize", deal, by=HOUSE, at=at, key=_key(fact, "finalize"))
    except NotNow:
        return
    except Refused as no:
        reason = f"{no.words.zh} / {no.words.en}"[:2000]
        _try(NEGOTIATION, "fall_through", deal, at, _key(fact, "fall_through"), reason=reason)


def return_claim(fact: SequencedFact, at: datetime) -> None:
    """A negotiation that ended after signing leaves no claim behind, whether its money was held already or not."""
    if fact.body["from"] == "verified":
        claim = settlement.settlement_of(fact.subject_id)
        # Not by the state read here: another step may reserve the money at this moment, and `cancel` waits for it.
        _try(SETTLEMENT, "cancel", claim.id, at, _key(fact, "cancel"))
        _try(SETTLEMENT, "refund", claim.id, at, _key(fact, "refund"))


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
    if done.state == "requested":
        reason = "合同解除，交付未开始 / the contract ended before delivery began"
        _try(TRANSFER, "terminate", done.id, at, _key(fact, "terminate"), reason=reason)
    elif done.state in {"started", "suspended"}:
        _try(TRANSFER, "stop", done.id, at, _key(fact, "stop"))


def end_what_never_began(fact: SequencedFact, at: datetime) -> None:
    """The period of use is over and the delivery never started: the money returns."""
    done = delivery.transfer_of(fact.subject_id)
    reason = "使用期满，交付未开始 / the period of use ended before delivery began"
    if done.state == "requested":
        _try(TRANSFER, "terminate", done.id, at, _key(fact, "terminate"), reason=reason)


def look_at_products_of_right(fact: SequencedFact, at: datetime) -> None:
    """A right lapsed, was frozen or set free: products that stand on it are stopped, or may be sold again."""
    _look_at(listings.affected(registration=fact.subject_id), fact, at)


def look_at_products_of_provider(fact: SequencedFact, at: datetime) -> None:
    """A provider was suspended, restored or has left."""
    _look_at(listings.affected(provider=fact.subject_id), fact, at)


def look_at_products_of_resource(fact: SequencedFact, at: datetime) -> None:
    """A resource left the catalogue, or was measured: its data may be another."""
    _look_at(listings.affected(resource=fact.subject_id), fact, at)


def look_at_products_of_its_resource(fact: SequencedFact, at: datetime) -> None:
    """A report on de-identification was confirmed or revoked; a grading ran out, or was proposed or returned after that."""
    _look_at(listings.affected(resource=fact.body["data"]["resource"]), fact, at)


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
        _try(TRANSFER, "start", transfer, at, _key(fact, f"start/{transfer}"))


def refer_public_data(fact: SequencedFact, at: datetime) -> None:
    """A department's or public institution's proposal goes to the data authority, and so does the exchange's own."""
    if fact.body["data"]["to_authority"]:
        _try(GRADING, "refer", fact.subject_id, at, _key(fact, "refer"))


def end_gradings(fact: SequencedFact, at: datetime) -> None:
    """A resource left the catalogue: what was decided of it, and what is being decided, ends with it."""
    counting, under_way = grading.in_force(fact.subject_id), grading.preparing(fact.subject_id)
    for graded in (counting.id if counting is not None else None, under_way):
        if graded is not None:
            _try(GRADING, "end", graded, at, _key(fact, f"end/{graded}"))


def follow_grading(fact: SequencedFact, at: datetime) -> None:
    """Another grading is in force: products go by its class, those it no longer permits stop, and so do deliveries."""
    data = fact.body["data"]
    resource, graded = catalogue.resource(data["resource"]), fact.subject_id
    for product, data_class in listings.offered(resource.id):
        if data_class != data["class"]:
            _try(LISTING, "reclass", product, at, _key(fact, f"reclass/{product}"), grading=graded)
    _look_at(listings.affected(resource=resource.id), fact, at)
    deliveries = procedures.visible(TRANSFER, HOUSE).filter(node_id=resource.node_id, source=resource.source)
    for transfer in deliveries.filter(state__in=("started", "suspended")).order_by("pk").values_list("pk", flat=True):
        _try(TRANSFER, "bar", transfer, at, _key(fact, f"bar/{transfer}"), grading=graded)
        _try(TRANSFER, "unbar", transfer, at, _key(fact, f"unbar/{transfer}"), grading=graded)


def _look_at(products: Sequence[int], fact: SequencedFact, at: datetime) -> None:
    for product in products:
        _try(LISTING, "block", product, at, _key(fact, f"block/{product}"))
        _try(LISTING, "unblock", product, at, _key(fact, f"unblock/{product}"))


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
                perform(SHARE_PLAN, "replace", before, by=HOUSE, at=at, key=_key(fact, "replace"))
            perform(SHARE_PLAN, "take_effect", fact.subject_id, by=HOUSE, at=at, key=_key(fact, "take_effect"))
    except NotNow:
        return


def freeze_delivery(fact: SequencedFact, at: datetime) -> None:
    """A hold on a delivery, or on its contract, reaches the node with its next sync; unless it was lifted meanwhile."""
    done = delivery.transfer(fact.subject_id) if fact.procedure == "transfer" else delivery.transfer_of(fact.subject_id)
    if procedures.holds_on(TRANSFER, done.id) or procedures.holds_on(CONTRACT, done.contract_id):
        _try(TRANSFER, "freeze", done.id, at, _key(fact, "freeze"))


def thaw_delivery(fact: SequencedFact, at: datetime) -> None:
    transfer = fact.subject_id if fact.procedure == "transfer" else delivery.transfer_of(fact.subject_id).id
    if not procedures.holds_on(TRANSFER, transfer):
        _try(TRANSFER, "thaw", transfer, at, _key(fact, "thaw"))


def _try(table: procedures.Procedure, act: str, subject: int, at: datetime, key: str, **inputs: object) -> None:
    """Performs a step that the rules, or what happened meanwhile, may rightly stop; then people carry on by hand.

    A hold only delays: the step is set aside and taken once the hold is lifted.
    """
    try:
        with transaction.atomic():
            perform(table, act, subject, by=HOUSE, at=at, key=key, **inputs)
    except (NotNow, Refused):
        return


FLOW: Mapping[str, Sequence[procedures.Step]] = {
    "node.declare": (catalogue.steps.measure_declared, start_what_waited),
    "node.measured": (catalogue.steps.catalogue_measured,),
    "node.examined": (quality.take_examined, deidentification.take_examined),
    "node.failed": (
        catalogue.steps.return_unmeasured,
        quality.give_up_unexamined,
        deidentification.give_up_unexamined,
    ),
    "resource.measured": (
        quality.check_anew,
        look_at_products_of_resource,
        grading.steps.look_at_resource,
        start_what_waited,
    ),
    "deidentification.confirm": (deidentification.take_the_place, look_at_products_of_its_resource, start_what_waited),
    "deidentification.revoke": (look_at_products_of_its_resource,),
    "ownership.keep_evidence": (ownership.issue_certificate,),
    "ownership.waive_publicity": (ownership.issue_certificate,),
    "ownership.issue": (ownership.print_certificate,),
    "listing.submit": (accept_registered_right,),
    "ownership.note": (look_at_products_of_right,),
    "ownership.lift_note": (look_at_products_of_right,),
    "ownership.lapse": (look_at_products_of_right,),
    "resource.update": (elements.steps.end_links_of_resource, grading.steps.look_at_resource),
    "resource.withdraw": (
        look_at_products_of_resource,
        elements.steps.end_links_of_resource,
        survey.steps.free_entries_of_resource,
        provision.end_requests_for,
        flowback.end_subscriptions_to,
        end_gradings,
    ),
    "element.adopt": (elements.steps.put_standard_in_force,),
    "element.withdraw": (elements.steps.end_links_of_standard,),
    "source_claim.begin": (elements.steps.open_dispute,),
    "source_claim.withdraw": (elements.steps.after_link_has_gone,),
    "source_claim.end": (elements.steps.after_link_has_gone,),
    "source_conflict.state": (elements.steps.hear_when_both_have_spoken,),
    "source_conflict.decide": (elements.steps.after_decision,),
    "source_conflict.review": (elements.steps.after_decision,),
    "source_conflict.close": (elements.steps.after_closing,),
    "survey.launch": (survey.steps.ask_organisations,),
    "survey.invite": (survey.steps.ask_organisations,),
    "survey.remind": (survey.steps.ask_organisations,),
    "survey_answer.keep": (survey.steps.enter_data_sets,),
    "supply_entry.begin": (survey.steps.list_what_is_plain,),
    "supply_entry.change": (survey.steps.list_what_is_plain,),
    "subscription.name_column": (flowback.steps.divide_anew_for,),
    "subscription.resume": (flowback.steps.divide_anew_for,),
    "subscription.go_on": (flowback.steps.divide_anew_for,),
    "subscription.lift": (flowback.steps.divide_anew_for,),
    "edition.finish_in_part": (flowback.steps.look_again,),
    "share_request.begin": (provision.agree_at_once,),
    "share_request.ask_renewal": (provision.renew_at_once,),
    "grading.propose": (refer_public_data, look_at_products_of_its_resource),
    "grading.hand_back": (look_at_products_of_its_resource,),
    "grading.send_back": (look_at_products_of_its_resource,),
    "grading.run_out": (look_at_products_of_its_resource,),
    "grading.confirm": (grading.steps.put_in_force,),
    "grading.approve": (grading.steps.put_in_force,),
    "grading.take_effect": (follow_grading, grading.steps.look_at_resource, start_what_waited),
    "grading.fall_due": (grading.steps.open_next,),
    "grading.withdraw": (grading.steps.open_next,),
    "admission.suspend": (look_at_products_of_provider,),
    "admission.resume": (look_at_products_of_provider, fund_restored_member),
    "admission.leave": (look_at_products_of_provider,),
    "negotiation.begin": (agree_by_standing_instruction,),
    "negotiation.verify": (open_settlement,),
    "negotiation.terminate": (return_claim,),
    "negotiation.lapse": (return_claim,),
    "negotiation.fall_through": (return_claim,),
    "deposit.match": (fund_waiting_deals,),
    "deposit.assign": (fund_waiting_deals,),
    "payout.refuse": (fund_waiting_deals,),
    "payout.cancel": (fund_waiting_deals,),
    "settlement.reserve": (finalize_negotiation,),
    "negotiation.finalize": (bring_contract_into_force,),
    "contract.begin": (request_delivery,),
    "contract.terminate": (end_delivery,),
    "contract.end_period": (end_what_never_began,),
    "transfer.meter": (end_use_when_exhausted,),
    "transfer.accept": (make_bill,),
    "transfer.dismiss": (make_bill,),
    "bill.begin": (release_money,),
    "settlement.release": (distribute_proceeds, settle_bill, perform_contract, fund_from_returned_money),
    "settlement.refund": (fund_from_returned_money,),
    "settlement.lift": (fund_after_hold,),
    "distribution.begin": (fund_from_proceeds,),
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
