"""Reports on how well people are hidden in a resource."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class Deidentification(Subject):
    """`order` and `result` are the wire's `DeidentificationOrder` and `DeidentificationMeasured`."""

    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    order = models.JSONField()
    result = models.JSONField(null=True)
    result_digest = models.CharField(max_length=64, blank=True)
    source_version = models.CharField(max_length=64, blank=True)
    profile_digest = models.CharField(max_length=64, blank=True)
    measured_at = models.DateTimeField(null=True)
    opinion = models.TextField(blank=True)
    reviewer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "report on de-identification"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["resource"], condition=Q(state="asked"), name="one_report_at_a_time"),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | Q(result__isnull=False, confirmed_at__isnull=False, reviewer__isnull=False),
                name="the_confirmed_was_measured_and_read",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["resource", "state"], name="reports_of_resource")]
