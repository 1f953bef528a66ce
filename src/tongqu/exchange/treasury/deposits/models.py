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


class BankFault(Subject):
    """A line of a bank statement that was not understood, kept until a person has dealt with it. `row` as the file counts."""

    paper = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    row = models.IntegerField()
    reference = models.CharField(max_length=64, blank=True)
    raw = models.CharField(max_length=500)
    zh = models.CharField(max_length=300)
    en = models.CharField(max_length=300)
    resolution = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "bank fault"
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["paper", "row"], name="one_fault_a_line")]

    def title(self) -> str:
        return f"{self.file_name} {self.row}"
