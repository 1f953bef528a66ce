"""Who may look at which assets of whom, until when. A look is a fact of the log; nothing of it is kept here but how many."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class AssetMandate(Subject):
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    viewer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    assets = ArrayField(models.BigIntegerField())
    parts = ArrayField(models.CharField(max_length=10))
    purpose = models.CharField(max_length=200)
    until_date = models.DateField()
    until_at = models.DateTimeField()
    looks = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_asset_mandate"
        verbose_name = "mandate to look"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(holder=F("viewer")), name="nobody_is_entrusted_by_itself"),
            models.CheckConstraint(
                condition=Q(assets__len__gte=1, assets__len__lte=100), name="a_mandate_names_its_assets"
            ),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("begun_at")), name="a_mandate_to_look_ends_after_it_begins"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["viewer", "-id"], name="mandates_of_viewer"),
        ]

    def title(self) -> str:
        return self.purpose
