"""What follows of itself: a resource that left the catalogue is derived from nothing any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, perform
from tongqu.exchange.registry.lineage.models import Derivation
from tongqu.exchange.registry.lineage.procedure import DERIVATION

GONE = "衍生数据资源已撤出目录 / the derived resource is no longer catalogued"


def end_with_resource(fact: SequencedFact, at: datetime) -> None:
    rows = Derivation.objects.filter(resource=fact.subject_id, state__in=("declared", "confirmed"))
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                key = f"flow/{fact.position}/derivation/{pk}"
                perform(DERIVATION, "fall_away", pk, by=HOUSE, at=at, key=key, reason=GONE)
        except NotNow:
            continue
