"""The tables of this floor, gathered for Django from its modules."""

from tongqu.exchange.registry.assets.models import Asset, AssetRecognition, CostLine, PlatformInvoice, Valuation
from tongqu.exchange.registry.authorisation.models import (
    BidScore,
    OperationAgreement,
    OperationAssessment,
    OperationBid,
    OperationConcession,
    OperationDisclosure,
    OperationEntry,
    OperationPlan,
    OperatorSelection,
)
from tongqu.exchange.registry.catalogue.models import ClassNumber, Resource, ResourceVersion
from tongqu.exchange.registry.consent.models import (
    ConsentBatch,
    ConsentCount,
    ConsentFact,
    ConsentFault,
    ConsentNotice,
    DataSubject,
    SubjectRequest,
)
from tongqu.exchange.registry.dealings.models import Dealing, LateObjection, Opposition
from tongqu.exchange.registry.deidentification.models import Deidentification
from tongqu.exchange.registry.elements.models import Authority, Claim, Conflict, Element, Vacancy
from tongqu.exchange.registry.entrusted.models import AssetMandate
from tongqu.exchange.registry.flowback.models import Edition, MissedPortion, Portion, Subscription
from tongqu.exchange.registry.grading.models import Grading
from tongqu.exchange.registry.grants.models import Grant, GrantPair
from tongqu.exchange.registry.handover.models import HandedRecord, TakenOver, TakeOver, WrittenBundle
from tongqu.exchange.registry.harvest.models import Catalog, Entry, Harvest, HarvestFault, HarvestSeen, Spelling
from tongqu.exchange.registry.impact.models import ImpactAssessment, Incident
from tongqu.exchange.registry.likeness.models import NearPair
from tongqu.exchange.registry.lineage.models import Derivation, DerivationEdge
from tongqu.exchange.registry.maturity.models import MaturityAssessment
from tongqu.exchange.registry.ownership.models import (
    Certificate,
    Encumbrance,
    HeadReview,
    Objection,
    Registration,
    SerialSeries,
)
from tongqu.exchange.registry.pledges.models import Pledge
from tongqu.exchange.registry.provision.models import ShareRequest
from tongqu.exchange.registry.publicdata.models import (
    PublicCancellation,
    PublicChange,
    PublicCorrection,
    PublicDuty,
    PublicObjection,
    PublicRegistration,
    PublicRenewal,
)
from tongqu.exchange.registry.quality.models import QualityCheck
from tongqu.exchange.registry.recognition.models import RecognisedRegistrar, Recognition
from tongqu.exchange.registry.registrars.models import (
    RegistrarChange,
    RegistrarDossier,
    RegistrarExit,
    RegistrarReport,
)
from tongqu.exchange.registry.releases.models import Release, ReleaseDay
from tongqu.exchange.registry.reminders.models import PublicRenewalReminder, RenewalReminder
from tongqu.exchange.registry.survey.models import SupplyEntry, Survey, SurveyAnswer
from tongqu.exchange.registry.trust.models import DataTrust, TrustMandate, TrustPurpose, TrustReport, TrustTerms

__all__ = [
    "Asset",
    "AssetMandate",
    "AssetRecognition",
    "Authority",
    "BidScore",
    "Catalog",
    "Certificate",
    "Claim",
    "ClassNumber",
    "Conflict",
    "ConsentBatch",
    "ConsentCount",
    "ConsentFact",
    "ConsentFault",
    "ConsentNotice",
    "CostLine",
    "DataSubject",
    "DataTrust",
    "Dealing",
    "Deidentification",
    "Derivation",
    "DerivationEdge",
    "Edition",
    "Element",
    "Encumbrance",
    "Entry",
    "Grading",
    "Grant",
    "GrantPair",
    "HandedRecord",
    "Harvest",
    "HarvestFault",
    "HarvestSeen",
    "HeadReview",
    "ImpactAssessment",
    "Incident",
    "LateObjection",
    "MaturityAssessment",
    "MissedPortion",
    "NearPair",
    "Objection",
    "OperationAgreement",
    "OperationAssessment",
    "OperationBid",
    "OperationConcession",
    "OperationDisclosure",
    "OperationEntry",
    "OperationPlan",
    "OperatorSelection",
    "Opposition",
    "PlatformInvoice",
    "Pledge",
    "Portion",
    "PublicCancellation",
    "PublicChange",
    "PublicCorrection",
    "PublicDuty",
    "PublicObjection",
    "PublicRegistration",
    "PublicRenewal",
    "PublicRenewalReminder",
    "QualityCheck",
    "RecognisedRegistrar",
    "Recognition",
    "RegistrarChange",
    "RegistrarDossier",
    "RegistrarExit",
    "RegistrarReport",
    "Registration",
    "Release",
    "ReleaseDay",
    "RenewalReminder",
    "Resource",
    "ResourceVersion",
    "SerialSeries",
    "ShareRequest",
    "Spelling",
    "SubjectRequest",
    "Subscription",
    "SupplyEntry",
    "Survey",
    "SurveyAnswer",
    "TakeOver",
    "TakenOver",
    "TrustMandate",
    "TrustPurpose",
    "TrustReport",
    "TrustTerms",
    "Vacancy",
    "Valuation",
    "WrittenBundle",
]
