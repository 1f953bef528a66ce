"""First registration of rights in data (数据产权登记): application, review, publicity, evidence, certificate."""

from tongqu.exchange.registry.ownership import filing, steps
from tongqu.exchange.registry.ownership.discretion import sees_objectors
from tongqu.exchange.registry.ownership.procedure import OWNERSHIP
from tongqu.exchange.registry.ownership.queries import (
    FREEZING,
    CertificateView,
    Dossier,
    Elsewhere,
    NoticePage,
    PublicNotice,
    RightView,
    Verified,
    certificate,
    certificate_of,
    certificates_of,
    dossier,
    ended_certificates,
    notice,
    publicity,
    right,
    right_words,
    rights,
    rights_of,
    same_rights,
    verify_certificate,
)

__all__ = [
    "FREEZING", "OWNERSHIP", "CertificateView", "Dossier", "Elsewhere", "NoticePage", "PublicNotice", "RightView", "Verified",
    "certificate",
    "certificate_of", "certificates_of", "dossier", "ended_certificates", "filing", "notice", "publicity", "right", "right_words", "rights", "rights_of",
    "same_rights", "sees_objectors", "steps", "verify_certificate",
]  # fmt: skip
