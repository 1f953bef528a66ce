"""What the acts of an admission do beyond the state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tongqu.exchange.bedrock import calendar, law
from tongqu.exchange.bedrock.procedures import HOUSE, Done, Matter, begin, local_day
from tongqu.exchange.members import mandates
from tongqu.exchange.members.parties.models import Control, Organisation
from tongqu.exchange.members.parties.queries import control_of, open_control

FIRST_MANDATE_DAYS = 3 * 365
_COPIED = (
    "name", "short_name", "credit_code", "region", "address", "legal_representative", "contact_name", "contact_phone",
    "contact_email", "licence", "licence_until_date",
)  # fmt: skip
_SUPPLIED = ("address", "legal_representative", "contact_name", "contact_phone", "licence", "licence_until_date")


def apply(matter: Matter) -> Done:
    """The application, and the applicant's mandate: without one nobody could answer a request for a supplement.

    The mandate names the roles asked for as well; they count from the day the organisation has them.
    """
    row: Organisation = matter.subject
    asked = matter.inputs
    for name in _COPIED:
        setattr(row, name, getattr(asked, name))
    row.kind, row.papers = asked.kind.value, list(asked.papers)
    row.asked_roles = [role.value for role in asked.roles]
    assert matter.by.person is not None  # only persons apply
    row.applicant_id = matter.by.person
    mandate = begin(
        mandates.MANDATE, by=HOUSE, at=matter.at, person=matter.by.person, organisation=row.pk,
        roles=["administrator", *row.asked_roles], until_at=matter.at + timedelta(days=FIRST_MANDATE_DAYS),
        reason="入场申请人 / applicant for admission",
    )  # fmt: skip
    return Done({"applicant": matter.by.person, "mandate": mandate.subject})


def ask_supplement(matter: Matter) -> Done:
    matter.subject.missing = list(matter.inputs.items)
    return Done({"items": len(matter.inputs.items)})


def supplement(matter: Matter) -> Done:
    row: Organisation = matter.subject
    changed = [name for name in _SUPPLIED if getattr(matter.inputs, name) not in ("", None)]
    for name in changed:
        setattr(row, name, getattr(matter.inputs, name))
    row.papers = [*row.papers, *(paper for paper in matter.inputs.papers if paper not in row.papers)]
    row.missing = []
    return Done({"changed": changed, "papers": len(row.papers)})


def _verified(row: Organisation, at: datetime, identity: dict[str, Any]) -> None:
    """ECOM:27 asks for verification at regular times; how often is the house's own figure, twelve months at first."""
    day = local_day(at)
    due = calendar.add_months(day, int(law.figure("house.reverification_months", on=day).value))
    row.identity, row.verified_at, row.verify_by_at = identity, at, calendar.end_of(due.day)


def _identity(matter: Matter) -> dict[str, Any]:
    asked = matter.inputs
    return {
        "checks": [check.value for check in asked.checks],
        "method": asked.method.value,
        "reference": asked.reference,
        "person": matter.by.person,
    }


def admit(matter: Matter) -> Done:
    row: Organisation = matter.subject
    row.roles = [role.value for role in matter.inputs.roles] or list(row.asked_roles)
    _verified(row, matter.at, _identity(matter))
    assert row.verify_by_at is not None
    return Done({"roles": row.roles, "verify_by_at": row.verify_by_at.isoformat()})


def found(matter: Matter) -> Done:
    """The first organisation admits itself: there is no one else yet. The log says so."""
    row: Organisation = matter.subject
    row.operates_exchange, row.roles = True, list(row.asked_roles)
    _verified(row, matter.at, {"method": "founding"})
    return Done({"roles": row.roles, "operates_exchange": True})


def reverify(matter: Matter) -> Done:
    row: Organisation = matter.subject
    _verified(row, matter.at, _identity(matter))
    assert row.verify_by_at is not None
    return Done({"verify_by_at": row.verify_by_at.isoformat()})


def give_reasons(matter: Matter) -> Done:
    matter.subject.reasons = list(matter.inputs.reasons)
    return Done({"reasons": matter.subject.reasons})


def give_reason(matter: Matter) -> Done:
    matter.subject.reasons = [matter.inputs.reason]
    return Done()


def resume(matter: Matter) -> Done:
    matter.subject.reasons = []
    return Done()


def lapse(matter: Matter) -> Done:
    matter.subject.reasons = ["逾期未补正 / no supplement in time"]
    return Done()


def ask_roles(matter: Matter) -> Done:
    row: Organisation = matter.subject
    row.asked_roles = sorted({*row.roles, *(role.value for role in matter.inputs.roles)})
    return Done({"asked": row.asked_roles})


def grant_roles(matter: Matter) -> Done:
    row: Organisation = matter.subject
    before, row.roles = list(row.roles), [role.value for role in matter.inputs.roles]
    row.asked_roles = [role for role in row.asked_roles if role in row.roles]
    return Done({"before": before, "roles": row.roles})


def declare_control(matter: Matter) -> Done:
    asked = matter.inputs
    controller, name, controlled = control_of(matter.subject, asked)
    row = Control.objects.create(
        controller_code=controller, controller_name=name, controlled_code=controlled, basis=asked.basis.value,
        share_basis_points=asked.share_basis_points, since_date=asked.since_date, declared_by=matter.subject,
        declared_at=matter.at,
    )  # fmt: skip
    return Done({"control": row.pk, "controller": controller, "controlled": controlled})


def end_control(matter: Matter) -> Done:
    row = open_control(matter.subject, matter.inputs.control)
    assert row is not None  # the rules refuse one that is not there
    row.until_date = matter.inputs.until_date
    row.save(update_fields=["until_date"])
    return Done({"control": row.pk})
