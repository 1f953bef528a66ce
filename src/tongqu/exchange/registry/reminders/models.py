"""What holders are told in time: that a registration can be renewed, until when."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class RenewalReminder(Subject):
    """One reminder about one term of validity; `months`: how long before its end it was due. Given once."""

    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    code = models.CharField(max_length=15)
    valid_to_at = models.DateTimeField()
    renew_until_at = models.DateTimeField()
    months = models.IntegerField()

    class Meta:
        db_table = "registry_renewal_reminder"
        verbose_name = "renewal reminder"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["registration", "valid_to_at", "months"], name="a_holder_is_reminded_once_of_each"
            ),
            models.UniqueConstraint(
                fields=["registration"], condition=Q(state="told"), name="one_reminder_stands_at_a_time"
            ),
        ]

    def title(self) -> str:
        return self.name


class PublicRenewalReminder(Subject):
    """The same of a registration of public data; `days`: how long before its last day it was due."""

    registration = models.ForeignKey("registry.PublicRegistration", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=60)
    valid_to_date = models.DateField()
    renew_until_at = models.DateTimeField()
    days = models.IntegerField()

    class Meta:
        db_table = "registry_public_renewal_reminder"
        verbose_name = "public renewal reminder"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["registration", "valid_to_date", "days"], name="a_public_holder_is_reminded_once_of_each"
            ),
            models.UniqueConstraint(
                fields=["registration"], condition=Q(state="told"), name="one_public_reminder_stands_at_a_time"
            ),
        ]

    def title(self) -> str:
        return self.name
