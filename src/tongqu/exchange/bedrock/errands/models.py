"""Calls to the outside: what was asked for, how often it was tried, how it ended."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class ErrandRow(models.Model):
    WAITING, DONE, STUCK = "waiting", "done", "stuck"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160, unique=True)
    url = models.CharField(max_length=500)
    body = models.JSONField()
    status = models.CharField(max_length=8, default=WAITING)
    tries = models.IntegerField(default=0)
    last_answer = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bedrock_errand"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["status", "-asked_at"], name="errands_by_status")]
