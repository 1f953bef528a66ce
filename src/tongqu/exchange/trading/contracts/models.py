"""The agreement in force."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tongqu.exchange.bedrock.procedures import Subject


class Contract(Subject):
    """Made from a finalized negotiation, whose signed text it carries unchanged. `ends_at` closes its period of use.

    `related`: the parties were of one group when they agreed; statistics count such deals apart. `paper` is the hash of
    the contract as PDF once somebody asked for it.
    """

    negotiation = models.OneToOneField("trading.Negotiation", on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey("trading.Listing", on_delete=models.PROTECT, related_name="+")
    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    text = models.JSONField()
    text_digest = models.CharField(max_length=64)
    total_fen = models.BigIntegerField()
    related = models.BooleanField(default=False)
    paper = models.CharField(max_length=64, blank=True)
    in_force_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    end_proposed_by = models.BigIntegerField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "contract"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("in_force_at")), name="contract_has_a_period"
            )
        ]

    @property
    def number(self) -> str:
        return f"HT-{self.begun_at.year}-{self.pk:06d}"

    def title(self) -> str:
        return f"{self.number} {self.text['clauses']['1-data']['name']}"
