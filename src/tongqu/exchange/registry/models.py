"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.registry.catalogue.models import ClassNumber, Resource
from tongqu.exchange.registry.ownership.models import (
    Certificate,
    Encumbrance,
    HeadReview,
    Objection,
    Registration,
    SerialSeries,
)

__all__ = [
    "Certificate",
    "ClassNumber",
    "Encumbrance",
    "HeadReview",
    "Objection",
    "Registration",
    "Resource",
    "SerialSeries",
]
