"""First registration of rights in data (数据产权登记): application, review, publicity, evidence, certificate."""

from tongqu.exchange.registry.ownership.discretion import sees_objectors
from tongqu.exchange.registry.ownership.procedure import OWNERSHIP
from tongqu.exchange.registry.ownership.queries import (
    CertificateView,
    Dossier,
    NoticePage,
    PublicNotice,
    RightView,
    Verified,
    certificate,
    certificate_of,
    certificates_of,
    dossier,
    lapsing,
    notice,
    publicity,
    right,
    right_words,
    rights,
    rights_of,
    verify_certificate,
)
from tongqu.exchange.registry.ownership.steps import issue_certificate, print_certificate

__all__ = [
    "OWNERSHIP", "CertificateView", "Dossier", "NoticePage", "PublicNotice", "RightView", "Verified", "certificate",
    "certificate_of", "certificates_of", "dossier", "issue_certificate", "lapsing", "notice", "print_certificate",
    "publicity", "right", "right_words", "rights", "rights_of", "sees_objectors", "verify_certificate",
]  # fmt: skip
