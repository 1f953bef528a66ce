"""Gathers from a matter the plain picture that the rules judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Matter, Unknown, local_day
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members import parties
from tongqu.exchange.registry import ownership, pledges
from tongqu.exchange.registry.dealings import rules
from tongqu.exchange.registry.dealings.acts import changed_form
from tongqu.exchange.registry.dealings.inputs import Change, ChangeItem, Renewal, Revocation, Transfer, value_of
from tongqu.exchange.registry.dealings.models import CONTESTED, ENDS, Dealing, LateObjection
from tongqu.exchange.registry.dealings.rules import DeadlineSeen, ObjectionSeen, PapersSeen


def application(matter: Matter) -> rules.Seen:
    """Form F2 beside the register: whose right, how it stands, what is asked of it."""
    asked, by = matter.inputs, matter.by
    day, own = local_day(matter.at), int(by.party or 0)
    try:
        right = ownership.right(asked.registration)
    except Unknown:
        return rules.Seen(on=day, right_is_own=False)
    pledges.one_by_one(right.registration_id)
    registrar_asks = matter.subject.kind == "revocation"
    more: dict[str, Any] = {}
    if isinstance(asked, Transfer):
        receiver = parties.organisations([asked.receiver], on=day).get(asked.receiver)
        more = {
            "asked_rights": tuple(one.value for one in asked.rights), "nothing_kept": asked.nothing_kept,
            "receiver_is_holder": asked.receiver == right.holder_id,
            "receiver_is_registrar": asked.receiver == right.registrar_id,
            "receiver_is_member": receiver is not None and receiver.has("supplier"),
            "contested": _contested(right.registration_id),
        }  # fmt: skip
    elif isinstance(asked, Renewal):
        more = {
            "asked_rights": tuple(one.value for one in asked.rights), "unchanged": asked.unchanged,
            "right_until_date": asked.right_until_date,
        }  # fmt: skip
    elif isinstance(asked, Change) and right.holder_id == own:
        more = _changes(right.registration_id, asked)
    return rules.Seen(
        on=day, right_state=right.state,
        right_is_own=(right.registrar_id if registrar_asks else right.holder_id) == own,
        expires_date=local_day(right.valid_to_at) if right.valid_to_at else None,
        frozen=right.frozen, burdens=pledges.burdened(right.registration_id),
        other_matter=_another(right.registration_id, matter.subject.pk, beside=_beside(asked)),
        held_rights=tuple(sorted(right.rights)), papers_unknown=unknown_papers(_papers(asked), own), **more,
        **_supplied(matter),
    )  # fmt: skip


# What both sides of a transfer have applied for together; a better copy of the contract may be supplied.
_TERMS = ("receiver", "rights", "nothing_kept", "scope", "right_until_date")


def _supplied(matter: Matter) -> dict[str, Any]:
    """What is supplied beside what was applied for."""
    if matter.act != "supply":
        return {}
    was, now = matter.subject.form, matter.inputs.model_dump(mode="json")
    kept = not isinstance(matter.inputs, Transfer) or all(_term(was, name) == _term(now, name) for name in _TERMS)
    return {"same_registration": matter.inputs.registration == matter.subject.registration_id, "terms_kept": kept}


def _term(form: dict[str, Any], name: str) -> Any:
    return sorted(form[name]) if name == "rights" else form[name]


def _changes(registration: int, asked: Change) -> dict[str, Any]:
    file = ownership.dossier(registration)
    form = file.form
    holder = parties.organisation(file.right.holder_id).name
    issued = ownership.certificate_of(registration)
    told = []
    for one in asked.changes:
        name = one.item.value
        if name == "holder_name":
            told.append((name, issued.holder if issued else "", holder))
        else:
            after = value_of(name, one.after) if name in form and name != "rights" else one.after
            told.append((name, str(form.get(name, "")), str(after)))
    new = changed_form(form, asked.model_dump(mode="json"))
    parts = ("time", "region", "industry", "content", "type")
    return {
        "changes": tuple(told), "contacts_change": bool(asked.contacts),
        "agrees": tuple(_at_odds(asked, new, issued.holder if issued else "", holder)),
        "name_length": sum(len(new[f"name_{part}"]) for part in parts), "overview_length": len(new["overview"]),
    }  # fmt: skip


def _at_odds(asked: Change, new: dict[str, Any], was: str, holder: str) -> Iterator[Words]:
    """What of the changed form cannot be so."""
    if was != holder and any(one.item is ChangeItem.HOLDER_NAME and one.after != holder for one in asked.changes):
        yield Words(f"权利人在本所的名称是“{holder}”", f"The holder is called “{holder}” here")
    if new["time_to_date"] is not None and new["time_to_date"] < new["time_from_date"]:
        yield Words("时域范围的止期早于起期", "The period ends before it begins")


def _contested(registration: int) -> bool:
    return LateObjection.objects.filter(registration=registration, state__in=CONTESTED).exists()


def _beside(asked: Any) -> str:
    """The kind that does not stand in the way: a renewal and the registrar's own cancellation go side by side."""
    if isinstance(asked, Renewal):
        return "revocation"
    return "renewal" if isinstance(asked, Revocation) else ""


def _another(registration: int, this: int | None, *, beside: str) -> bool:
    rows = Dealing.objects.filter(registration=registration).exclude(state__in=ENDS).exclude(pk=this or 0)
    return rows.exclude(kind=beside).exists()


def _papers(asked: Any) -> list[str]:
    named = [getattr(asked, "contract", None), getattr(asked, "identity_paper", None), getattr(asked, "paper", None)]
    listed = [*getattr(asked, "papers", ()), *(getattr(one, "paper", one) for one in getattr(asked, "evidence", ()))]
    return [*(one for one in named if one), *listed]


def unknown_papers(named: Iterable[str], *givers: int | None, person: int | None = None) -> tuple[str, ...]:
    """The papers that none of these has handed in, by the first eight digits of their hash."""
    return tuple(
        paper[:8] for paper in dict.fromkeys(named) if not any(papers.paper_of(paper, one, person) for one in givers)
    )


def as_it_stands(matter: Matter) -> rules.Seen:
    """The right at this moment: it may have ended, changed hands or been seized since the application."""
    dealing: Dealing = matter.subject
    right = ownership.right(dealing.registration_id)
    return rules.Seen(
        on=local_day(matter.at), right_state=right.state, right_is_own=right.holder_id == dealing.holder_id,
        frozen=right.frozen, burdens=pledges.burdened(dealing.registration_id),
        papers_unknown=unknown_papers(_papers(matter.inputs), matter.by.party),
        contested=dealing.kind == "transfer" and _contested(dealing.registration_id),
    )  # fmt: skip


def review(matter: Matter) -> rules.ReviewSeen:
    dealing: Dealing = matter.subject
    return rules.ReviewSeen(
        on=local_day(matter.at), heads={head: one["passes"] for head, one in dealing.heads.items()},
        waiver_asked=bool(dealing.form.get("no_publicity_reason")),
    )  # fmt: skip


def named_papers(matter: Matter) -> PapersSeen:
    """Papers come from the actor, or from a side of the matter."""
    dealing = matter.subject
    sides = [matter.by.party, dealing.holder_id, getattr(dealing, "other_id", None)]
    return PapersSeen(unknown_papers(_papers(matter.inputs), *(one for one in sides if one)))


def own_papers(matter: Matter) -> PapersSeen:
    return PapersSeen(unknown_papers(_papers(matter.inputs), matter.by.party, person=matter.by.person))


def deadline(matter: Matter) -> DeadlineSeen:
    return DeadlineSeen(on=local_day(matter.at), deadline_date=matter.inputs.deadline_date)


def objection(matter: Matter) -> ObjectionSeen:
    dealing: Dealing = matter.subject
    person = parties.person(int(matter.by.person or 0))
    return ObjectionSeen(
        identified=person.active and person.full_name.strip() not in ("", person.username),
        is_applicant=matter.by.party is not None and matter.by.party in {dealing.holder_id, dealing.other_id},
        papers_unknown=unknown_papers(_papers(matter.inputs), matter.by.party, person=matter.by.person),
    )


def late_objection(matter: Matter) -> ObjectionSeen:
    """Raises Unknown for a code that was never given."""
    shown = ownership.certificate(matter.inputs.code)
    person = parties.person(int(matter.by.person or 0))
    right = ownership.right(shown.registration_id)
    return ObjectionSeen(
        identified=person.active and person.full_name.strip() not in ("", person.username),
        is_applicant=matter.by.party == right.holder_id,
        papers_unknown=unknown_papers(_papers(matter.inputs), matter.by.party, person=matter.by.person),
    )
