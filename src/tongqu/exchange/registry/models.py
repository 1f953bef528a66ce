"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.registry.catalogue.models import ClassNumber, Resource
from tongqu.exchange.registry.deidentification.models import Deidentification
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault, Spelling
from tongqu.exchange.registry.ownership.models import (
    Certificate,
    Encumbrance,
    HeadReview,
    Objection,
    Registration,
    SerialSeries,
)
from tongqu.exchange.registry.quality.models import QualityCheck

__all__ = [
    "Catalog",
    "Certificate",
    "ClassNumber",
    "Deidentification",
    "Encumbrance",
    "Entry",
    "Harvest",
    "HarvestFault",
    "HeadReview",
    "Objection",
    "QualityCheck",
    "Registration",
    "Resource",
    "SerialSeries",
    "Spelling",
]
