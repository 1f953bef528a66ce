"""Impact assessments of personal information, and incidents that people are told of."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class ImpactAssessment(Subject):
    """What its holder found before a resource's personal information is provided. The newest that is in force counts."""

    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    situations = ArrayField(models.CharField(max_length=10))
    lawful = models.TextField()
    impact = models.TextField()
    measures = models.TextField()
    report = models.CharField(max_length=64)
    assessed_date = models.DateField()
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "impact assessment"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["resource", "state"], name="assessments_of_resource")]

    def title(self) -> str:
        return self.name


class Incident(Subject):
    """Personal information leaked, was altered or lost, or may have been (PIPL art. 57)."""

    reporter = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    name = models.CharField(max_length=80)
    kinds = ArrayField(models.CharField(max_length=40))
    cause = models.TextField()
    harm = models.TextField()
    remedy = models.TextField()
    advice = models.TextField()
    contact = models.CharField(max_length=200)
    found_date = models.DateField()
    people = models.BigIntegerField()
    how = models.CharField(max_length=12, blank=True)
    reason = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "incident"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~Q(state__in=["told", "closed"]) | Q(told_at__isnull=False), name="who_was_told_was_told_then"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["node", "source"], name="incidents_of_source")]

    def title(self) -> str:
        return self.name
