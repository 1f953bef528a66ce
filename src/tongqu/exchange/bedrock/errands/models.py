"""Calls to the outside: what was asked for, and how each try went."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

WAITING, DONE, STUCK = "waiting", "done", "stuck"


class ErrandRow(models.Model):
    """One call to make. `tries` counts those begun, so an errand that kills its worker comes to an end too."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160, unique=True)
    url = models.CharField(max_length=2000)
    body = models.JSONField()
    seal = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=8, default=WAITING)
    tries = models.SmallIntegerField(default=0)
    tries_max = models.SmallIntegerField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bedrock_errand"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(status__in=[WAITING, DONE, STUCK]), name="errand_status_is_known")
        ]
        # The finished are the many; what is asked for are the few that are not.
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["due_at"], condition=Q(status=WAITING), name="errands_waiting"),
            models.Index(fields=["asked_at"], condition=Q(status=STUCK), name="errands_stuck"),
        ]


class ErrandTry(models.Model):
    """One try. `answered` is the HTTP status if there was one; `error` never quotes the address, body or answer."""

    errand = models.ForeignKey(ErrandRow, on_delete=models.PROTECT, related_name="+")
    number = models.SmallIntegerField()
    at = models.DateTimeField()
    answered = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "bedrock_errand_try"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["errand", "number"], name="one_row_per_try")
        ]
