"""Pairs of entries that are nearly the same, as the last comparison of their province found them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q


class NearPair(models.Model):
    """`province`: the first two digits of both, blank where their place is not known. `percent`: pairs of characters in common."""

    province = models.CharField(max_length=2, blank=True)
    one = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("registry.Entry", on_delete=models.CASCADE, related_name="+")
    percent = models.SmallIntegerField()
    kind = models.CharField(max_length=10)

    class Meta:
        db_table = "registry_near_pair"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["one", "other"], name="two_entries_are_one_pair"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="the_older_entry_of_a_pair_comes_first"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["province", "kind", "-percent", "one", "other"], name="near_pairs_by_province")
        ]
