"""Files of registrations under their retention class (PROP35 art. 10(2)): open ones without an end, ended ones until their day."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from tongqu.exchange.bedrock import retention
from tongqu.exchange.bedrock.procedures import local_day
from tongqu.exchange.registry.ownership.models import Registration
from tongqu.exchange.registry.ownership.procedure import OWNERSHIP

KEPT_AS = "property_registration"


def file_away(at: datetime, *, limit: int = 200) -> int:
    """Brings the filing of registrations in step with what happened to them since; how many it looked at."""
    rows = Registration.objects.filter(Q(filed_at__isnull=True) | Q(filed_at__lt=F("changed_at")), changed_at__lte=at)
    found = list(rows.order_by("changed_at", "pk")[:limit])
    for row in found:
        end = None
        if row.state in OWNERSHIP.ends:
            last = max(row.changed_at, row.valid_to_at or row.changed_at)
            end = retention.until(KEPT_AS, local_day(last))
        retention.retain("ownership", row.pk, KEPT_AS, until_date=end)
        Registration.objects.filter(pk=row.pk).update(filed_at=row.changed_at)
    return len(found)
