"""Bills, made from the statements of a delivery, and the residue under a fen that is carried to the next bill."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tongqu.exchange.bedrock.procedures import Subject


class Bill(Subject):
    """Of one accepted delivery. `metered_micro_yuan` is exact; `fen` is what is charged; the difference is carried.

    The statements it was made from lie with the delivery; the bill has their number and one root over all of them.
    """

    transfer = models.OneToOneField("trading.Transfer", on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey("trading.Contract", on_delete=models.PROTECT, related_name="+")
    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    price_kind = models.CharField(max_length=8)
    units = models.BigIntegerField()
    price_micro_yuan = models.BigIntegerField(null=True)
    metered_micro_yuan = models.BigIntegerField()
    carried_in_micro_yuan = models.BigIntegerField()
    carried_out_micro_yuan = models.BigIntegerField()
    fen = models.BigIntegerField()
    statements = models.IntegerField(default=0)
    first_statement = models.IntegerField(null=True)
    last_statement = models.IntegerField(null=True)
    statements_root = models.CharField(max_length=64, blank=True)
    # A line for each statement, as bills had it until 2026-11-28. Newer ones have the root.
    lines = models.JSONField(default=list)

    class Meta:
        verbose_name = "bill"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(
                    metered_micro_yuan=models.F("fen") * 10_000
                    + models.F("carried_out_micro_yuan")
                    - models.F("carried_in_micro_yuan")
                ),
                name="bill_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(carried_out_micro_yuan__range=(0, 9_999)), name="residue_under_a_fen"
            ),
        ]

    def title(self) -> str:
        return self.name


class Residue(models.Model):
    """Micro-yuan metered between two parties and not yet billed: always less than a fen."""

    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    micro_yuan = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["consumer", "provider"], name="one_residue_each"),
            models.CheckConstraint(condition=models.Q(micro_yuan__range=(0, 9_999)), name="residue_is_under_a_fen"),
        ]
