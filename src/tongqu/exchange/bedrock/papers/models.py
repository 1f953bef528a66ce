"""What is known of each paper. The content lies in the store under its hash."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class PaperDay(models.Model):
    """How many bytes a person has handed in on a day: one's share of the disk. Counted as they are kept, and once each."""

    person = models.BigIntegerField()
    day = models.DateField()
    size = models.BigIntegerField()

    class Meta:
        db_table = "bedrock_paper_day"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["person", "day"], name="one_paper_day_each"),
        ]


class PaperRow(models.Model):
    """One paper as one party gave it. The same content given twice is stored once and known by both names."""

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    kept_at = models.DateTimeField()
    kept_by = models.BigIntegerField(null=True)
    kept_by_person = models.BigIntegerField(null=True)

    class Meta:
        db_table = "bedrock_paper"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["sha256", "kept_by", "kept_by_person"],
                name="one_paper_per_giver_and_content",
                nulls_distinct=False,
            )
        ]
