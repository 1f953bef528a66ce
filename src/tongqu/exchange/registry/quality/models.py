"""Checks of a resource's quality: the rules as stated, and what the node counted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class QualityCheck(Subject):
    """`result` is the wire's `QualityMeasured`; `asked` and `answered` what the node was asked for in the window before."""

    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    rules = models.JSONField()
    result = models.JSONField(null=True)
    result_digest = models.CharField(max_length=64, blank=True)
    source_version = models.CharField(max_length=64, blank=True)
    profile_digest = models.CharField(max_length=64, blank=True)
    asked = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)
    measured_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "registry_quality_check"
        verbose_name = "quality check"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["resource"], condition=Q(state="asked"), name="one_check_at_a_time"),
            models.UniqueConstraint(fields=["resource"], condition=Q(state="standing"), name="one_check_stands"),
            models.CheckConstraint(
                condition=~Q(state="standing") | Q(result__isnull=False, measured_at__isnull=False),
                name="what_stands_was_measured",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["resource", "-measured_at"], name="checks_of_resource")]
