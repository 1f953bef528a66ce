"""Money that came in through the bank: one row for each line of a bank statement."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tongqu.exchange.bedrock.procedures import Subject


class Deposit(Subject):
    """A credit line of a bank statement. `reference` is the bank's own number, by which repeats are recognised."""

    reference = models.CharField(max_length=64)
    booked_date = models.DateField()
    payer = models.CharField(max_length=120)
    payer_account = models.CharField(max_length=40, blank=True)
    fen = models.BigIntegerField()
    memo = models.CharField(max_length=200, blank=True)
    paper = models.CharField(max_length=64)
    party = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    matched_by = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "deposit"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["reference"], name="bank_line_once"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="deposit_is_positive"),
        ]

    def title(self) -> str:
        return f"{self.payer} {self.reference}"
