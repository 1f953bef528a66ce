"""Which paper is kept for which matter, in which class, until when at least; and what was deleted once every day had passed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q


class Retention(models.Model):
    """One paper of one matter. `until_date` is null while the matter is open: then there is no end to it."""

    sha256 = models.CharField(max_length=64)
    procedure = models.CharField(max_length=40)
    subject = models.BigIntegerField()
    kept_as = models.CharField(max_length=40)
    until_date = models.DateField(null=True)

    class Meta:
        db_table = "bedrock_retention"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["sha256", "procedure", "subject"], name="one_retention_for_a_matter")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["until_date"], condition=Q(until_date__isnull=False), name="retentions_ending"),
            models.Index(fields=["procedure", "subject"], name="retentions_of_matter"),
        ]


class Disposal(models.Model):
    """A paper that was deleted: which, how large it was, the day its last retention ended, and when it went."""

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    kept_until_date = models.DateField()
    disposed_at = models.DateTimeField()

    class Meta:
        db_table = "bedrock_disposal"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["sha256"], name="disposals_of_paper")]
