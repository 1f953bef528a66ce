"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.registry.catalogue.models import ClassNumber, Resource
from tongqu.exchange.registry.grading.models import Grading
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault, Spelling
from tongqu.exchange.registry.ownership.models import (
    Certificate,
    Encumbrance,
    HeadReview,
    Objection,
    Registration,
    SerialSeries,
)

__all__ = [
    "Catalog",
    "Certificate",
    "ClassNumber",
    "Encumbrance",
    "Entry",
    "Grading",
    "Harvest",
    "HarvestFault",
    "HeadReview",
    "Objection",
    "Registration",
    "Resource",
    "SerialSeries",
    "Spelling",
]
