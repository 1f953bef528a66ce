"""Releases of open data, and how often each was fetched on which day."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class Release(Subject):
    """One file of one resource. `version` is given when it is published and never again; `sha256` names its content."""

    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)
    format = models.CharField(max_length=20)
    size = models.BigIntegerField()
    note = models.CharField(max_length=500)
    period_from_date = models.DateField(null=True)
    period_to_date = models.DateField(null=True)
    licence = models.CharField(max_length=20)
    terms = models.TextField(blank=True)
    rows = models.BigIntegerField(null=True)
    columns = models.JSONField(default=list)
    faults = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "release"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["resource", "version"], name="one_release_of_a_version"),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(version__gte=1, published_at__isnull=False, checked_at__isnull=False, rows__isnull=False),
                name="the_released_are_checked",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="a_release_has_its_hash"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "resource"], name="releases_of_resource")]

    def title(self) -> str:
        version = f" · 第 {self.version} 版" if self.version else ""
        return f"{self.resource.name}{version}"


class ReleaseDay(models.Model):
    """How often a release was fetched on a day. Nothing of who fetched it."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.BigIntegerField()

    class Meta:
        db_table = "registry_release_day"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["release", "day"], name="one_count_for_a_release_and_day")
        ]
