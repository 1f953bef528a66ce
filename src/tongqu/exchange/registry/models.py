"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.registry.catalogue.models import ClassNumber, Resource
from tongqu.exchange.registry.flowback.models import Edition, Portion, Subscription
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault, Spelling
from tongqu.exchange.registry.ownership.models import (
    Certificate,
    Encumbrance,
    HeadReview,
    Objection,
    Registration,
    SerialSeries,
)
from tongqu.exchange.registry.provision.models import ShareRequest

__all__ = [
    "Catalog",
    "Certificate",
    "ClassNumber",
    "Edition",
    "Encumbrance",
    "Entry",
    "Harvest",
    "HarvestFault",
    "HeadReview",
    "Objection",
    "Portion",
    "Registration",
    "Resource",
    "SerialSeries",
    "ShareRequest",
    "Spelling",
    "Subscription",
]
