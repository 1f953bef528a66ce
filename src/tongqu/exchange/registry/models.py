"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.registry.catalogue.models import ClassNumber, Resource, ResourceVersion
from tongqu.exchange.registry.deidentification.models import Deidentification
from tongqu.exchange.registry.elements.models import Authority, Claim, Conflict, Element, Vacancy
from tongqu.exchange.registry.flowback.models import Edition, MissedPortion, Portion, Subscription
from tongqu.exchange.registry.grading.models import Grading
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault, HarvestSeen, Spelling
from tongqu.exchange.registry.likeness.models import NearPair
from tongqu.exchange.registry.ownership.models import (
    Certificate,
    Encumbrance,
    HeadReview,
    Objection,
    Registration,
    SerialSeries,
)
from tongqu.exchange.registry.provision.models import ShareRequest
from tongqu.exchange.registry.quality.models import QualityCheck
from tongqu.exchange.registry.releases.models import Release, ReleaseDay
from tongqu.exchange.registry.survey.models import SupplyEntry, Survey, SurveyAnswer

__all__ = [
    "Authority",
    "Catalog",
    "Certificate",
    "Claim",
    "ClassNumber",
    "Conflict",
    "Deidentification",
    "Edition",
    "Element",
    "Encumbrance",
    "Entry",
    "Grading",
    "Harvest",
    "HarvestFault",
    "HarvestSeen",
    "HeadReview",
    "MissedPortion",
    "NearPair",
    "Objection",
    "Portion",
    "QualityCheck",
    "Registration",
    "Release",
    "ReleaseDay",
    "Resource",
    "ResourceVersion",
    "SerialSeries",
    "ShareRequest",
    "Spelling",
    "Subscription",
    "SupplyEntry",
    "Survey",
    "SurveyAnswer",
    "Vacancy",
]
