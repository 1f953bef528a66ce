"""Organisations and people, verified; groups of related parties; administrative divisions; industries."""

from tongqu.exchange.members.parties import credit_code, divisions, founding, industries
from tongqu.exchange.members.parties.procedure import ADMISSION
from tongqu.exchange.members.parties.queries import (
    ControlView,
    OrganisationView,
    PersonView,
    by_credit_code,
    controls_of,
    directory,
    operator,
    organisation,
    organisations,
    person,
    related,
)

__all__ = [
    "ADMISSION", "ControlView", "OrganisationView", "PersonView", "by_credit_code", "controls_of", "credit_code", "directory",
    "divisions", "founding", "industries", "operator", "organisation", "organisations", "person", "related",
]  # fmt: skip
