"""Bundles that this house wrote and then verified: no other is handed over."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import BinaryIO

from tongqu.exchange.bedrock import keys
from tongqu.exchange.members import parties
from tongqu.exchange.registry import attestation
from tongqu.exchange.registry.handover import bundle
from tongqu.exchange.registry.handover.gathering import KEY
from tongqu.exchange.registry.handover.models import WrittenBundle


def note(file: BinaryIO, registrar: int) -> WrittenBundle:
    """Verifies the bundle that was written, under this house's own key and for this registrar, and keeps its digest: only
    such a one is handed over. Raises bundle.BadBundle."""
    report = bundle.verify(file, public=attestation.base58.multikey(keys.signer(KEY).public_bytes))
    told = report.manifest
    if told["registrar"]["credit_code"] != parties.organisation(registrar).credit_code:
        raise bundle.BadBundle("manifest.json", None, "属于另一登记机构", "it is another registrar's")
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return WrittenBundle.objects.get_or_create(
        sha256=digest.hexdigest(),
        defaults={
            "registrar_id": registrar, "made_at": datetime.fromisoformat(told["made_at"]),
            "registrations": told["parts"]["registrations"]["lines"], "facts": report.facts,
        },
    )[0]  # fmt: skip


def made_at(sha256: str, registrar: int) -> datetime | None:
    """Of which moment the bundle is that was written and verified for the registrar. None: no such bundle was."""
    return WrittenBundle.objects.filter(sha256=sha256, registrar=registrar).values_list("made_at", flat=True).first()
