"""What a decided matter brings about in the register, and what the register brings about in matters. Named in the flow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, Procedure, begin, holds_on, lift_hold, perform, place_hold
from tongqu.exchange.registry import ownership
from tongqu.exchange.registry.dealings import queries
from tongqu.exchange.registry.dealings.acts import changed_form
from tongqu.exchange.registry.dealings.inputs import Head
from tongqu.exchange.registry.dealings.models import Dealing, Opposition
from tongqu.exchange.registry.dealings.procedure import (
    RIGHT_CANCELLATION,
    RIGHT_CHANGE,
    RIGHT_RENEWAL,
    RIGHT_REVOCATION,
    RIGHT_TRANSFER,
)
from tongqu.exchange.registry.ownership import OWNERSHIP

DECIDED = "evidenced"
"""What was refused or dropped since is not entered."""

FROZEN = "权利被查封或临时管制 / the right is seized or under an authority's control"
FREE = "查封或管制已解除 / the seizure or control was lifted"


def _key(fact: SequencedFact, step: str) -> str:
    return f"flow/{fact.position}/{step}"


def enter_transfer(fact: SequencedFact, at: datetime) -> None:
    """Whoever receives gets an entry of its own; who parts keeps what it did not transfer, or leaves the register."""
    matter = queries.dealing(fact.subject_id)
    if matter.state != DECIDED:
        return
    asked, file = matter.form, ownership.dossier(matter.registration_id)
    took = file.form | matter.joined | {"rights": asked["rights"], "right_until_date": asked["right_until_date"]}
    if asked["scope"]:
        took["right_limits"] = asked["scope"]
    told = _decided(matter)
    received = begin(
        OWNERSHIP, "receive", by=HOUSE, at=at, key=_key(fact, "receive"), form=took, holder=matter.other_id,
        previous=matter.registration_id, rights=asked["rights"], **told,
    ).subject  # fmt: skip
    left = sorted(file.right.rights - set(asked["rights"]))
    if left:
        form = file.form | {"rights": left}
        perform(
            OWNERSHIP, "part_with", matter.registration_id, by=HOUSE, at=at, key=_key(fact, "part_with"), form=form,
            rights=asked["rights"], **told,
        )  # fmt: skip
    else:
        perform(
            OWNERSHIP, "hand_over", matter.registration_id, by=HOUSE, at=at, key=_key(fact, "hand_over"),
            matter="right_transfer", number=matter.pk, received=received,
        )  # fmt: skip
    perform(RIGHT_TRANSFER, "enter", matter.pk, by=HOUSE, at=at, key=_key(fact, "enter"))


def enter_change(fact: SequencedFact, at: datetime) -> None:
    """The particulars are written into form F1; the certificate is issued anew from it."""
    matter = queries.dealing(fact.subject_id)
    if matter.state != DECIDED:
        return
    form = changed_form(ownership.dossier(matter.registration_id).form, matter.form)
    perform(
        OWNERSHIP, "change", matter.registration_id, by=HOUSE, at=at, key=_key(fact, "change"), form=form,
        **_decided(matter),
    )  # fmt: skip
    perform(RIGHT_CHANGE, "enter", matter.pk, by=HOUSE, at=at, key=_key(fact, "enter"))


def enter_renewal(fact: SequencedFact, at: datetime) -> None:
    """Valid anew; rights that were not named end with the old certificate."""
    matter = queries.dealing(fact.subject_id)
    if matter.state != DECIDED:
        return
    asked = {name: matter.form[name] for name in ("rights", "right_until_date")}
    form = ownership.dossier(matter.registration_id).form | asked
    perform(
        OWNERSHIP, "renew", matter.registration_id, by=HOUSE, at=at, key=_key(fact, "renew"), form=form,
        rights=asked["rights"], **_decided(matter),
    )  # fmt: skip
    perform(RIGHT_RENEWAL, "enter", matter.pk, by=HOUSE, at=at, key=_key(fact, "enter"))


def enter_cancellation(fact: SequencedFact, at: datetime) -> None:
    matter = queries.dealing(fact.subject_id)
    if matter.state != DECIDED:
        return
    _cancel(matter, matter.form["reason"], fact, at)
    perform(RIGHT_CANCELLATION, "enter", matter.pk, by=HOUSE, at=at, key=_key(fact, "enter"))


def enter_revocation(fact: SequencedFact, at: datetime) -> None:
    matter = queries.dealing(fact.subject_id)
    if matter.state != DECIDED:
        return
    _cancel(matter, matter.reason, fact, at)
    perform(RIGHT_REVOCATION, "enter", matter.pk, by=HOUSE, at=at, key=_key(fact, "enter"))


def _cancel(matter: Dealing, reason: str, fact: SequencedFact, at: datetime) -> None:
    perform(
        OWNERSHIP, "cancel", matter.registration_id, by=HOUSE, at=at, key=_key(fact, "cancel"),
        matter=f"right_{matter.kind}", number=matter.pk, ground=matter.form["ground"], reason=reason[:2000],
    )  # fmt: skip


def carry_out_objection(fact: SequencedFact, at: datetime) -> None:
    """An objection that was upheld to cancellation, or a judgment that asks for it: the holder was told and heard."""
    if fact.body["data"]["outcome"] != "cancel":
        return
    objection = queries.late_objection(fact.subject_id)
    if ownership.right(objection.registration_id).state != "registered":
        return  # it ended meanwhile, by time or otherwise
    perform(
        OWNERSHIP, "cancel", objection.registration_id, by=HOUSE, at=at, key=_key(fact, "cancel"),
        matter="late_objection", number=objection.pk, ground="objection", reason=objection.finding[:2000],
    )  # fmt: skip


def wait_for_renewal(fact: SequencedFact, at: datetime) -> None:
    """Asked for in time: the entry does not lapse while it is decided."""
    registration = queries.dealing(fact.subject_id).registration_id
    if ownership.right(registration).state == "registered":
        perform(OWNERSHIP, "await_renewal", registration, by=HOUSE, at=at, key=_key(fact, "await_renewal"))


CONTESTED = (
    "登记机构正在依职权办理注销，续期待其决定 / the registrar's own cancellation is open: the renewal waits for it"
)
SPARED = "决定不注销 / it was decided not to cancel"


def wait_for_revocation(fact: SequencedFact, at: datetime) -> None:
    """A renewal beside the registrar's own cancellation, whichever came first: it is filed in time, and stands still until
    the other is decided."""
    registration = queries.dealing(fact.subject_id).registration_id
    if queries.open_of(registration, "revocation"):
        for number in queries.open_of(registration, "renewal"):
            if not _holds(RIGHT_RENEWAL, number, CONTESTED):
                place_hold(RIGHT_RENEWAL, number, by=HOUSE, at=at, ground=CONTESTED, cite="PROP35:37")


def go_on_with_renewal(fact: SequencedFact, at: datetime) -> None:
    """It was decided not to cancel: the renewal goes on with what was left of its periods."""
    _free_renewals(queries.dealing(fact.subject_id).registration_id, at)


def end_renewals(fact: SequencedFact, at: datetime) -> None:
    """The registration was cancelled: nothing is left to renew."""
    _free_renewals(fact.subject_id, at)
    for number in queries.open_of(fact.subject_id, "renewal"):
        reason = "登记已注销 / the registration was cancelled"
        perform(RIGHT_RENEWAL, "fall_away", number, by=HOUSE, at=at, key=_key(fact, f"fall/{number}"), reason=reason)


def _free_renewals(registration: int, at: datetime) -> None:
    for number in queries.open_of(registration, "renewal"):
        for hold in _holds(RIGHT_RENEWAL, number, CONTESTED):
            lift_hold(hold, by=HOUSE, at=at, reason=SPARED, table=RIGHT_RENEWAL)


def let_lapse(fact: SequencedFact, at: datetime) -> None:
    """Nothing came of a renewal: the entry lapses on its day, or now where that is past."""
    registration = queries.dealing(fact.subject_id).registration_id
    if ownership.right(registration).state == "registered":
        perform(OWNERSHIP, "renewal_over", registration, by=HOUSE, at=at, key=_key(fact, "renewal_over"))


def freeze_matters(fact: SequencedFact, at: datetime) -> None:
    """A seizure was noted: transfers and cancellations of the right stand still where they are, and their periods with them."""
    registration = fact.subject_id
    if not ownership.right(registration).frozen:
        return
    for number in queries.open_of(registration, "transfer"):
        if not _holds(RIGHT_TRANSFER, number):
            place_hold(RIGHT_TRANSFER, number, by=HOUSE, at=at, ground=FROZEN, cite="PROP35:23")
    for number in queries.open_of(registration, "cancellation"):
        if not _holds(RIGHT_CANCELLATION, number):
            place_hold(RIGHT_CANCELLATION, number, by=HOUSE, at=at, ground=FROZEN, cite="PROP35:23")


def thaw_matters(fact: SequencedFact, at: datetime) -> None:
    """The last of the notes that froze it was lifted: they go on with what was left of their periods."""
    registration = fact.subject_id
    if ownership.right(registration).frozen:
        return
    for number in queries.open_of(registration, "transfer"):
        for hold in _holds(RIGHT_TRANSFER, number):
            lift_hold(hold, by=HOUSE, at=at, reason=FREE, table=RIGHT_TRANSFER)
    for number in queries.open_of(registration, "cancellation"):
        for hold in _holds(RIGHT_CANCELLATION, number):
            lift_hold(hold, by=HOUSE, at=at, reason=FREE, table=RIGHT_CANCELLATION)


def _holds(table: Procedure, number: int, ground: str = FROZEN) -> list[int]:
    """The house's own on a matter, on this ground."""
    return [hold.pk for hold in holds_on(table, number) if hold.placed_by_party is None and hold.ground == ground]


def _decided(matter: Dealing) -> dict[str, Any]:
    """How it was decided, as the evidence of the register says it."""
    said = Opposition.objects.filter(dealing=matter).order_by("number")
    return {
        "matter": f"right_{matter.kind}", "number": matter.pk,
        "heads": [{"head": one.value} | matter.heads[one.value] for one in Head if one.value in matter.heads],
        "objections": [{"number": one.number, "upheld": one.upheld, "finding": one.finding} for one in said],
        "accepted_date": matter.accepted_date, "accepted_by_silence": matter.accepted_by_silence,
        "published_at": matter.published_at, "publicity_waived": matter.publicity_waived,
    }  # fmt: skip
