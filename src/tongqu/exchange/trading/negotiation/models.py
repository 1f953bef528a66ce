"""A deal being made: who asks whom for what, on which terms, and the two signatures on one text."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tongqu.exchange.bedrock.procedures import Subject


class Negotiation(Subject):
    """Dataspace Protocol contract negotiation. `terms` is the offer on the table, `terms_before` what stood
    there before it (the published terms at first); `text` the agreement once made."""

    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey("trading.Listing", on_delete=models.PROTECT, related_name="+")
    terms = models.JSONField()
    terms_before = models.JSONField(null=True)
    rounds = models.IntegerField(default=1)
    text = models.JSONField(null=True)
    text_digest = models.CharField(max_length=64, blank=True)
    provider_signature = models.JSONField(null=True)
    consumer_signature = models.JSONField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "negotiation"
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["consumer", "state"], name="negotiation_consumer"),
            models.Index(fields=["provider", "state"], name="negotiation_provider"),
        ]

    def title(self) -> str:
        return str(self.terms.get("name", ""))
