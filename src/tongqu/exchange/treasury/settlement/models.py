"""The money of one deal: held when both have signed, released after acceptance, the rest returned."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tongqu.exchange.bedrock.procedures import Subject


class Settlement(Subject):
    """Of one negotiation. All amounts are whole fen; `charged_fen` and `fee_fen` are set at release, the fee's rate at the beginning."""

    negotiation = models.OneToOneField("trading.Negotiation", on_delete=models.PROTECT, related_name="+")
    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    total_fen = models.BigIntegerField()
    charged_fen = models.BigIntegerField(null=True)
    fee_fen = models.BigIntegerField(null=True)
    fee_basis_points = models.IntegerField(null=True)
    name = models.CharField(max_length=60)

    class Meta:
        verbose_name = "settlement"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(charged_fen__isnull=True) | models.Q(charged_fen__lte=models.F("total_fen")),
                name="charged_no_more_than_held",
            )
        ]

    def title(self) -> str:
        return self.name

    @property
    def hold_name(self) -> str:
        return f"deal/{self.negotiation_id}"
