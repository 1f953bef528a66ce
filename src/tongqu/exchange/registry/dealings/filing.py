"""Files of later registrations and late objections under the retention class of registrations (PROP35 art. 10(2))."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from tongqu.exchange.bedrock import retention
from tongqu.exchange.bedrock.procedures import Procedure, local_day
from tongqu.exchange.registry.dealings.models import Dealing, LateObjection
from tongqu.exchange.registry.dealings.procedure import BY_KIND, LATE_OBJECTION

KEPT_AS = "property_registration"


def file_away(at: datetime, *, limit: int = 200) -> int:
    """As for first registrations: without an end while open, then for the years of the class."""
    done = 0
    for model in (Dealing, LateObjection):
        changed = Q(filed_at__isnull=True) | Q(filed_at__lt=F("changed_at"))
        for row in model.objects.filter(changed, changed_at__lte=at).order_by("changed_at", "pk")[:limit]:
            table: Procedure = BY_KIND[row.kind] if isinstance(row, Dealing) else LATE_OBJECTION
            end = retention.until(KEPT_AS, local_day(row.changed_at)) if row.state in table.ends else None
            retention.retain(table.name, row.pk, KEPT_AS, until_date=end)
            model.objects.filter(pk=row.pk).update(filed_at=row.changed_at)
            done += 1
    return done
