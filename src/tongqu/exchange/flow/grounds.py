"""What stands on rights, grades, data and grounds: looked at when these change. Named in the table of the flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tongqu.exchange.bedrock import procedures
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, begin
from tongqu.exchange.flow.attempts import attempt, key_of
from tongqu.exchange.members import nodes
from tongqu.exchange.registry import (
    authorisation,
    catalogue,
    grading,
    grants,
    lineage,
    ownership,
    publicdata,
)
from tongqu.exchange.registry.grading import GRADING
from tongqu.exchange.registry.grants import GRANT
from tongqu.exchange.trading import delivery, listings, losses
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.losses import GROUND_LOSS


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


def follow_drift(fact: SequencedFact, at: datetime) -> None:
    """A node says that newer data has other columns than it declared, or no longer: sales stop or may go on, and both
    parties to what is being delivered are told."""
    data, node = fact.body["data"], fact.subject_id
    for source in [*data["changed"], *data["gone"]]:
        _look_at(listings.affected(source=(node, source)), fact, at)
        running = procedures.visible(TRANSFER, HOUSE).filter(
            node_id=node, source=source, state__in=("requested", "started", "suspended")
        )
        if not any(declared.drift for declared in nodes.sources(node, named=source)):
            running = running.filter(drift__isnull=False)
        for transfer in running.order_by("pk").values_list("pk", flat=True):
            attempt(TRANSFER, "drift", transfer, at, key_of(fact, f"drift/{transfer}"))
            attempt(TRANSFER, "drift_ends", transfer, at, key_of(fact, f"drift_ends/{transfer}"))


def look_at_products_on_ground(fact: SequencedFact, at: datetime) -> None:
    """A grant, right, registration, agreement or entry has ended, or stands again: whatever was derived on it is looked at."""
    ground = f"{GROUND_OF[fact.procedure]}:{fact.subject_id}"
    for one in lineage.reached([ground], at):
        _look_at(listings.affected(resource=one.resource), fact, at)


def look_at_products_of_operation(fact: SequencedFact, at: datetime) -> None:
    """An operation begins or has ended: products of public data without declared grounds stand on it."""
    _look_at(listings.affected(provider=authorisation.operation(fact.subject_id).operator_id), fact, at)


def look_at_products_of_registration(fact: SequencedFact, at: datetime) -> None:
    """A registration of public data has ended, or is valid: so are the products that stand on it undeclared."""
    _look_at(listings.affected(resource=publicdata.record(fact.subject_id).resource_id), fact, at)


def look_at_products_of_derived(fact: SequencedFact, at: datetime) -> None:
    """The grounds of a derived resource are others: its products, and those of what is derived from it."""
    resource = fact.body["data"]["resource"]
    below = [one.resource for one in lineage.reached([f"resource:{resource}"], at)]
    for one in (resource, *below):
        _look_at(listings.affected(resource=one), fact, at)
        if not lineage.lacks(one, at):
            _give_back(one, fact, at)


def _give_back(resource: int, fact: SequencedFact, at: datetime) -> None:
    """What was withheld goes on, now that there is another ground."""
    rows = procedures.visible(TRANSFER, HOUSE).filter(
        withheld_by__isnull=False, contract__listing__resource_id=resource
    )
    for transfer, loss in rows.order_by("pk").values_list("pk", "withheld_by"):
        reason = "已有其他有效依据 / it has another ground in force"
        attempt(TRANSFER, "give_back", transfer, at, key_of(fact, f"give_back/{transfer}"), loss=loss, reason=reason)


GROUND_OF: Mapping[str, str] = {
    "grant": "grant", "ownership": "right", "public_registration": "public", "operation_agreement": "agreement",
    "resource": "resource",
}  # fmt: skip


CAUSE_OF: Mapping[str, str] = {
    "ownership": "right", "public_registration": "public", "operation_agreement": "authorisation", "resource": "resource",
}  # fmt: skip


def review_before_the_grant_ends(fact: SequencedFact, at: datetime) -> None:
    """Notice was given, it is being given up, or its end comes near: what falls with it is listed first."""
    row = grants.grant(fact.subject_id)
    cause = {"give_notice": "revocation", "surrender": "surrender"}.get(fact.act, "expiry")
    ends = row.ends_at if cause == "expiry" else row.effective_at or at
    if cause != "expiry" or losses.reaches(f"grant:{row.id}", at):
        _open_loss(fact, at, f"grant:{row.id}", cause, ends)


def drop_review_of_grant(fact: SequencedFact, at: datetime) -> None:
    """The notice was taken back, or the grant is kept."""
    _drop_losses(fact, at, f"grant:{fact.subject_id}")


def review_what_stood_on_it(fact: SequencedFact, at: datetime) -> None:
    """A right, registration or authorisation has ended: sales stop at once; what is being delivered is reviewed first."""
    if fact.act == "part_with" and "operation" in ownership.right(fact.subject_id).rights:
        return
    ground = f"{GROUND_OF[fact.procedure]}:{fact.subject_id}"
    if losses.reaches(ground, at):
        _open_loss(fact, at, ground, CAUSE_OF[fact.procedure], at)


def _open_loss(fact: SequencedFact, at: datetime, ground: str, cause: str, effective_at: datetime) -> None:
    """The list is drawn up; one that is open already for the same ground makes room."""
    _drop_losses(fact, at, ground)
    begin(
        GROUND_LOSS, by=HOUSE, at=at, key=key_of(fact, f"loss/{ground}"), ground=ground, cause=cause, effective_at=effective_at
    )  # fmt: skip


def _drop_losses(fact: SequencedFact, at: datetime, ground: str) -> None:
    for loss in losses.open_on(ground):
        attempt(GROUND_LOSS, "drop", loss, at, key_of(fact, f"drop/{loss}"))


def pass_over_nothing(fact: SequencedFact, at: datetime) -> None:
    """Where nothing falls there is nothing to review."""
    if not fact.body["data"]["falls"]:
        attempt(GROUND_LOSS, "pass_over", fact.subject_id, at, key_of(fact, "pass_over"))


def end_the_ground(fact: SequencedFact, at: datetime) -> None:
    """What was noticed or given up ends now; a grant that ends by its term, or fell already, needs nobody."""
    data = fact.body["data"]
    if data["cause"] in {"revocation", "surrender"}:
        grant = int(data["ground"].partition(":")[2])
        attempt(GRANT, "revoke" if data["cause"] == "revocation" else "give_up", grant, at, key_of(fact, "end_grant"))


def withhold_deliveries(fact: SequencedFact, at: datetime) -> None:
    """Permits of what fell are suspended: the next call at the node is refused."""
    for transfer in fact.body["data"]["transfers"]:
        attempt(
            TRANSFER, "withhold", transfer, at, key_of(fact, f"withhold/{transfer}"), loss=fact.subject_id,
            reason="交付所依据的权利或授权已失效，可在期限内申诉 / the right or grant it stands on is gone; an appeal is open",
        )  # fmt: skip


def give_back_upheld(fact: SequencedFact, at: datetime) -> None:
    """An appeal was upheld: that party's deliveries go on."""
    for transfer in fact.body["data"]["transfers"]:
        attempt(
            TRANSFER, "give_back", transfer, at, key_of(fact, f"give_back/{transfer}"), loss=fact.subject_id,
            reason="申诉成立 / the appeal was upheld",
        )  # fmt: skip


def end_withheld_deliveries(fact: SequencedFact, at: datetime) -> None:
    """Nobody appealed in time, or in vain: what was used is billed and paid, what never began is refunded."""
    reason = "所依据的权利或授权已失效 / the right or grant it stood on is gone"
    for transfer in fact.body["data"]["transfers"]:
        if delivery.transfer(transfer).state == "requested":
            attempt(TRANSFER, "terminate", transfer, at, key_of(fact, f"terminate/{transfer}"), reason=reason)
        else:
            attempt(TRANSFER, "stop", transfer, at, key_of(fact, f"stop/{transfer}"))


def refer_public_data(fact: SequencedFact, at: datetime) -> None:
    """A department's or public institution's proposal goes to the data authority, and so does the exchange's own."""
    if fact.body["data"]["to_authority"]:
        attempt(GRADING, "refer", fact.subject_id, at, key_of(fact, "refer"))


def end_gradings(fact: SequencedFact, at: datetime) -> None:
    """A resource left the catalogue: what was decided of it, and what is being decided, ends with it."""
    counting, under_way = grading.in_force(fact.subject_id), grading.preparing(fact.subject_id)
    for graded in (counting.id if counting is not None else None, under_way):
        if graded is not None:
            attempt(GRADING, "end", graded, at, key_of(fact, f"end/{graded}"))


def follow_grading(fact: SequencedFact, at: datetime) -> None:
    """Another grading is in force: products go by its class, those it no longer permits stop, and so do deliveries."""
    data = fact.body["data"]
    resource, graded = catalogue.resource(data["resource"]), fact.subject_id
    for product, data_class in listings.offered(resource.id):
        if data_class != data["class"]:
            attempt(LISTING, "reclass", product, at, key_of(fact, f"reclass/{product}"), grading=graded)
    _look_at(listings.affected(resource=resource.id), fact, at)
    deliveries = procedures.visible(TRANSFER, HOUSE).filter(node_id=resource.node_id, source=resource.source)
    for transfer in deliveries.filter(state__in=("started", "suspended")).order_by("pk").values_list("pk", flat=True):
        attempt(TRANSFER, "bar", transfer, at, key_of(fact, f"bar/{transfer}"), grading=graded)
        attempt(TRANSFER, "unbar", transfer, at, key_of(fact, f"unbar/{transfer}"), grading=graded)


def _look_at(products: Sequence[int], fact: SequencedFact, at: datetime) -> None:
    for product in products:
        attempt(LISTING, "block", product, at, key_of(fact, f"block/{product}"))
        attempt(LISTING, "unblock", product, at, key_of(fact, f"unblock/{product}"))
