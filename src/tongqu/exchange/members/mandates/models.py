"""Mandates of people, and the keys by which programs act for them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class Mandate(Subject):
    """A person may act for an organisation in some roles on [since_at, until_at). One in force for each pair."""

    organisation = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    roles = ArrayField(models.CharField(max_length=30))
    since_at = models.DateTimeField()
    until_at = models.DateTimeField()
    granted_by = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "mandate"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(until_at__gt=F("since_at")), name="a_mandate_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(roles__len__gt=0), name="a_mandate_names_a_role"),
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(state="in_force"), name="one_mandate_in_force_each"
            ),
        ]


class ApiKey(Subject):
    """A program's key for one person at one organisation, within some of the mandate's roles. Only its hash is kept."""

    organisation = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    roles = ArrayField(models.CharField(max_length=30))
    until_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "API key"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{64}$"), name="an_api_key_is_kept_as_its_hash"),
            models.CheckConstraint(condition=Q(until_at__gt=F("begun_at")), name="an_api_key_ends_after_it_begins"),
        ]

    def title(self) -> str:
        return f"{self.name} ({self.prefix}…)"
