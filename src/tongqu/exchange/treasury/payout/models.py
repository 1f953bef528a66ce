"""Money on its way from a party's account to its bank account."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class BankPayment(models.Model):
    """A bank's reference under which money went out, for whatever it was paid: each is recorded once."""

    reference = models.CharField(max_length=64, primary_key=True)

    class Meta:
        db_table = "treasury_bank_payment"


class Payout(Subject):
    """One withdrawal. The money is reserved under `hold_name` from the request on; `account_name` is the party's own name."""

    party = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    fen = models.BigIntegerField()
    account_name = models.CharField(max_length=120)
    bank = models.CharField(max_length=80)
    account = models.CharField(max_length=40)
    hold_name = models.CharField(max_length=60, unique=True)
    requested_by = models.BigIntegerField(null=True)
    approved_by = models.BigIntegerField(null=True)
    paid_by = models.BigIntegerField(null=True)
    bank_reference = models.CharField(max_length=64, blank=True)
    paid_date = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "payout"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="payout_is_positive"),
            models.UniqueConstraint(fields=["bank_reference"], condition=~Q(bank_reference=""), name="bank_paid_once"),
        ]

    def title(self) -> str:
        return f"{self.account_name} {self.bank} {self.account[-4:]}"
