"""What happens when a product is drafted, submitted, reviewed and published."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tongqu.exchange.bedrock import law
from tongqu.exchange.bedrock.procedures import Done, Matter, NeedsSecondFactor, Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import credentials, nodes, parties
from tongqu.exchange.registry import (
    authorisation,
    catalogue,
    grading,
    impact,
    lineage,
    ownership,
    provision,
    publicdata,
    releases,
)
from tongqu.exchange.trading.listings import undeclared
from tongqu.exchange.trading.listings.declared import Declared
from tongqu.exchange.trading.listings.inputs import RAW, Draft, Mode, PriceKind, total_fen
from tongqu.exchange.trading.listings.models import Listing
from tongqu.exchange.trading.listings.rules import Repricing, Sale, Seen, ToNote, lacking, personal_permitted
from tongqu.exchange.trading.listings.usage import DELETE_WITHIN_DAYS
from tongqu.wire.canonical import canonical, digest


def draft(matter: Matter) -> Done:
    """Fills the listing from form F6. Raises Unknown for a resource or registration that is not the provider's."""
    asked: Draft = matter.inputs
    listing: Listing = matter.subject
    party = matter.by.party
    if catalogue.resource(asked.resource).holder_id != party:
        raise Unknown(f"resource {asked.resource}")
    if asked.registration is not None and ownership.right(asked.registration).holder_id != party:
        raise Unknown(f"registration {asked.registration}")
    listing.provider_id = party
    _fill(listing, asked, at=matter.at)
    return Done({"name": listing.name, "mode": listing.mode})


def amend(matter: Matter) -> Done:
    """Replaces the draft's content by a new form F6."""
    return draft(matter)


def _is_public(resource_id: int, *, at: datetime) -> bool:
    """Whatever its provider says of it: what the catalogue, the register or an authorisation know as public data."""
    if catalogue.resource(resource_id).kind != "enterprise" or authorisation.in_scope(resource_id):
        return True
    return resource_id in publicdata.standing([resource_id], at=at)


def _fill(listing: Listing, asked: Draft, *, at: datetime) -> None:
    listing.resource_id, listing.registration_id = asked.resource, asked.registration
    listing.name, listing.summary, listing.mode = asked.name, asked.summary, asked.mode.value
    listing.data_class = _class(grading.in_force(asked.resource))
    listing.public_data = asked.public_data or _is_public(asked.resource, at=at)
    listing.personal = asked.personal.value
    listing.source_statement = asked.source_statement
    listing.commitments = list(dict.fromkeys(c.value for c in asked.commitments))
    listing.price_kind = asked.price_kind.value
    listing.price_micro_yuan = asked.price_micro_yuan if asked.price_kind is PriceKind.CALL else None
    listing.price_fen = asked.price_fen if asked.price_kind is PriceKind.FIXED else None
    listing.terms = {
        "question": asked.question,
        "purposes": list(dict.fromkeys(p.value for p in asked.purposes)),
        "period_days": asked.period_days,
        "calls_max": 1 if asked.mode is Mode.DATASET else asked.calls_max,
        "charge": asked.charge.value,
        "rate_per_minute": asked.rate_per_minute,
        "inspection_days": asked.inspection_days,
        "price_basis": asked.price_basis,
        "onward": "forbidden",
        "regions": asked.regions,
        "recipients_max": asked.recipients_max,
        "group_min": asked.group_min,
        "delete_within_days": _days_to_delete(asked),
        "no_derivation": asked.no_derivation,
        "watermark": asked.watermark,
        "acknowledge": asked.acknowledge,
        "consent_kinds": list(dict.fromkeys(kind.value for kind in asked.consent_kinds)),
    }


def _days_to_delete(asked: Draft) -> int | None:
    if asked.delete_within_days is None:
        return DELETE_WITHIN_DAYS.get(asked.mode.value)
    return asked.delete_within_days or None


def _class(graded: grading.GradingView | None) -> str:
    return graded.data_class if graded is not None else "ungraded"


def seen(matter: Matter) -> Seen:
    """The listing as the rules judge it on the day."""
    listing: Listing = matter.subject
    provider = parties.organisation(listing.provider_id)
    resource = catalogue.resource(listing.resource_id)
    right = ownership.right(listing.registration_id) if listing.registration_id else None
    registered = right is not None and right.valid_at(matter.at)
    graded = grading.in_force(listing.resource_id)
    on = local_day(matter.at)
    allowed = grading.permission(graded.data_class, listing.mode, on=on) if graded is not None else None
    public = listing.public_data or _is_public(resource.id, at=matter.at)  # it may have become so since it was drafted
    matter.known = {"public_data": public}
    return Seen(
        on=on,
        provider_operates_exchange=provider.operates_exchange,
        provider_admitted=provider.state == "admitted",
        provider_owns_resource=resource.holder_id == listing.provider_id,
        resource_ready=resource.state == "catalogued",
        data_class=_class(graded),
        mode_permitted=allowed is None or allowed.allowed,
        mode_words=allowed.words if allowed is not None else Words("", ""),
        mode_mend=allowed.mend if allowed is not None else None,
        personal_graded=graded.personal if graded is not None else "none",
        personal_catalogued=resource.personal,
        graded_of_other_data=graded is not None and graded.of_other_data,
        public_data=public,
        lawfully_open=public and listing.mode in RAW and bool(releases.versions([listing.resource_id])),
        personal=listing.personal,
        mode=listing.mode,
        commitments=frozenset(listing.commitments),
        source_statement=listing.source_statement,
        inspection_days=int(listing.terms["inspection_days"]),
        inspection_days_max=law.figure("house.inspection_days_max", on=on).number,
        right_named=right is not None,
        right_registered=registered,
        right_covers_resource=right is not None and right.resource_id == listing.resource_id,
        right_allows_operation=registered and right is not None and "operation" in right.rights,
        by_reviewer=matter.act == "approve",
        shared=provision.standing(
            listing.provider_id,
            named=right.share_requests if right is not None else (),
            source_version=str((resource.profile or {}).get("source_version") or ""),
            at=matter.at,
        ),
        anonymised_by_report=Declared(listing.mode, listing.personal).anonymised_by_report(resource, graded),
        regions_unknown=_unknown(listing.terms.get("regions", ()), on),
        drifted=_drifted(resource),
        ground_lacks=lineage.offering_lacks(
            listing.resource_id, listing.terms["purposes"], listing.terms.get("regions", ()), matter.at
        ),
        undeclared_lacks=undeclared.lacks(listing, matter.at),
        consented=bool(listing.terms.get("consent_kinds")),
        unassessed=_unassessed(listing, graded),
    )


def _unassessed(listing: Listing, graded: grading.GradingView | None) -> tuple[Words, ...]:
    """What of PIPL art. 55 the product does by what it says of itself, and no assessment in force comes before."""
    wanted = Declared(listing.mode, listing.personal).assessed_before(
        kinds=listing.terms.get("consent_kinds", ()), regions=listing.terms.get("regions", ()),
        graded=graded.personal if graded is not None else "none",
    )  # fmt: skip
    return impact.lacking(listing.resource_id, wanted) if wanted else ()


def _drifted(resource: catalogue.ResourceView) -> Words | None:
    """How the newest data at its node differs from what is declared; None while it does not."""
    declared = next(iter(nodes.sources(resource.node_id, named=resource.source)), None)
    if declared is None or declared.drift is None:
        return None
    told = declared.drift.told()
    return Words(told.zh, told.en)


def _unknown(regions: Iterable[str], on: date) -> tuple[str, ...]:
    return tuple(code for code in regions if parties.divisions.division(code, on=on) is None)


def _nobody_proposed(graded: grading.GradingView) -> bool:
    """Whether the next grading is still on its holder's desk."""
    under_way = grading.preparing(graded.resource_id)
    return under_way is None or grading.dossier(under_way).view.state in {"open", "returned"}


def seen_sale(matter: Matter) -> Sale:
    """What the sale stands on at this moment."""
    listing: Listing = matter.subject
    graded = grading.in_force(listing.resource_id)
    right = ownership.right(listing.registration_id) if listing.registration_id else None
    resource = catalogue.resource(listing.resource_id)
    return Sale(
        right_named=right is not None,
        right_valid=right is None or right.valid_at(matter.at),
        right_allows_operation=right is None or "operation" in right.rights,
        provider_admitted=parties.organisation(listing.provider_id).admitted,
        resource_ready=resource.state == "catalogued",
        anonymised_by_report=Declared(listing.mode, listing.personal).anonymised_by_report(resource, graded),
        mode_permitted=graded is None
        or grading.permission(graded.data_class, listing.mode, on=local_day(matter.at)).allowed,
        personal_permitted=graded is None
        or personal_permitted(
            listing.personal, graded.personal, listing.mode, consented=bool(listing.terms.get("consent_kinds"))
        ),
        grading_lacks=graded is None and matter.act == "accept_right",
        graded_of_other_data=graded is not None and graded.of_other_data and matter.act == "accept_right",
        grading_ran_out=graded is not None and graded.ran_out and _nobody_proposed(graded),
        drifted=_drifted(resource),
        ground_lacks=tuple(one.words for one in lineage.lacks(listing.resource_id, matter.at)),
        undeclared_lacks=undeclared.lacks(listing, matter.at),
        unassessed=_unassessed(listing, graded),
    )


def seen_price(matter: Matter) -> Repricing:
    listing: Listing = matter.subject
    micro_yuan, fen = matter.inputs.price_micro_yuan, matter.inputs.price_fen
    calls = int(listing.terms["calls_max"])
    return Repricing(
        listing.price_kind, micro_yuan is not None, total_fen(calls, micro_yuan) if micro_yuan is not None else fen
    )


def submit(matter: Matter) -> Done:
    """`right` names the certificate that spares the review; a right that is not in force spares nothing."""
    listing: Listing = matter.subject
    right = ownership.right(listing.registration_id) if listing.registration_id else None
    relied_on = right is not None and right.valid_at(matter.at)
    listing.data_class = _class(grading.in_force(listing.resource_id))
    listing.public_data = matter.known["public_data"]
    return Done(
        {
            "name": listing.name,
            "class": listing.data_class,
            "right": right.code if right is not None and relied_on else None,
        }
    )


def publish(matter: Matter) -> Done:
    listing: Listing = matter.subject
    listing.published_at, listing.ended_reason = matter.at, ""
    if matter.act == "accept_right":
        right = ownership.right(listing.registration_id or 0)
        listing.review = {"basis": "right", "right": right.code}
        return Done({"name": listing.name, "basis": "right", "right": right.code, "review_fee_fen": 0})
    listing.public_data = matter.known["public_data"]
    listing.review = {"basis": "review", "note": matter.inputs.note, "reviewer": matter.by.party}
    return Done({"name": listing.name, "basis": "review"})


def hand_back(matter: Matter) -> Done:
    matter.subject.review = {"basis": "returned", "note": matter.inputs.note}
    return Done()


def end(matter: Matter) -> Done:
    matter.subject.ended_reason = matter.inputs.reason
    return Done({"name": matter.subject.name})


def resume(matter: Matter) -> Done:
    """Back on sale."""
    matter.subject.ended_reason, matter.subject.drift_told_at = "", None
    return Done({"name": matter.subject.name})


def block(matter: Matter) -> Done:
    """New deals stop until what is missing has been put right. Contracts in force are not touched by it."""
    sale = seen_sale(matter)
    missing = lacking(sale)
    matter.subject.drift_told_at = matter.at if sale.drifted is not None else None
    matter.subject.ended_reason = "；".join(w.zh for w in missing) + " / " + "; ".join(w.en for w in missing)
    return Done({"name": matter.subject.name, "lacks": [w.zh for w in missing]})


def seen_note(matter: Matter) -> ToNote:
    return ToNote(waits=matter.subject.drift_told_at is not None)


def note_drift(matter: Matter) -> Done:
    """The provider knows why the sale stopped. It goes on once the data fits again, not by this."""
    matter.subject.drift_told_at = None
    return Done({"name": matter.subject.name})


def reclass(matter: Matter) -> Done:
    """The class follows the grading in force; what it no longer permits is blocked next."""
    listing: Listing = matter.subject
    was, listing.data_class = listing.data_class, _class(grading.in_force(listing.resource_id))
    return Done({"was": was, "class": listing.data_class, "grading": matter.inputs.grading})


def reprice(matter: Matter) -> Done:
    """Deals asked for before keep the price they were asked for at. A standing instruction was for the old price."""
    listing: Listing = matter.subject
    was = listing.price_micro_yuan if listing.price_kind == "call" else listing.price_fen
    listing.price_micro_yuan, listing.price_fen = matter.inputs.price_micro_yuan, matter.inputs.price_fen
    listing.terms = {**listing.terms, "price_basis": matter.inputs.price_basis}
    recalled, listing.standing = listing.standing is not None, None
    return Done({"name": listing.name, "was": was, "standing_recalled": recalled})


def standing_text(listing: Any) -> dict[str, object]:
    """What a standing instruction promises: agreement to exactly these published terms and price."""
    return {
        "instruction": "agree-to-published-terms",
        "listing": listing.id,
        "provider": listing.provider_id,
        "terms": listing.terms,
        "price_kind": listing.price_kind,
        "price_micro_yuan": listing.price_micro_yuan,
        "price_fen": listing.price_fen,
    }


def instruct(matter: Matter) -> Done:
    """Signs the standing instruction, with the party's own key or the kept key released by the second factor."""
    listing: Listing = matter.subject
    text = canonical(standing_text(listing))
    if matter.inputs.signature:
        signature = credentials.check_own(matter.by.party or 0, text, matter.inputs.signature, at=matter.at)
    elif matter.by.second_factor:
        signature = credentials.sign(text, matter.by, at=matter.at)
    else:
        raise NeedsSecondFactor()
    listing.standing = {"digest": digest(standing_text(listing)), "signature": signature.plain()}
    return Done({"digest": listing.standing["digest"], "key": signature.key_id})


def recall(matter: Matter) -> Done:
    matter.subject.standing = None
    return Done()
