"""Products offered on the exchange: what is sold, from which registered right, how delivered, at what price, on what terms."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class Listing(Subject):
    """A data product (form F6). The price is per call in micro-yuan or fixed in whole fen; exactly one of the two."""

    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+", null=True)
    name = models.CharField(max_length=40)
    summary = models.CharField(max_length=400)
    mode = models.CharField(max_length=16)
    data_class = models.CharField(max_length=20, default="ungraded")
    public_data = models.BooleanField(default=False)
    personal = models.CharField(max_length=12, default="none")
    source_statement = models.TextField()
    commitments = models.JSONField(default=list)
    terms = models.JSONField(default=dict)
    price_kind = models.CharField(max_length=8)
    price_micro_yuan = models.BigIntegerField(null=True)
    price_fen = models.BigIntegerField(null=True)
    standing = models.JSONField(null=True)
    review = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    drift_told_at = models.DateTimeField(
        null=True
    )  # when it was stopped for changed data, until its provider takes note

    class Meta:
        verbose_name = "listing"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(price_kind="call", price_micro_yuan__gte=0, price_fen__isnull=True)
                | Q(price_kind="fixed", price_fen__gte=0, price_micro_yuan__isnull=True),
                name="listing_has_one_price",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "-published_at"], name="listing_published")]

    def title(self) -> str:
        return self.name
