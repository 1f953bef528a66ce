"""The ledger's tables. Rows of moves, holds and their ends are never changed; balances are kept by triggers on them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    path = models.CharField(max_length=120, unique=True)
    may_overdraw = models.BooleanField(default=False)
    popular = models.BooleanField(default=False)

    class Meta:
        db_table = "bedrock_account"


class Balance(models.Model):
    """One stripe of an account. `held` is reserved; what is available is posted less held."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    stripe = models.SmallIntegerField(default=0)
    posted = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    may_overdraw = models.BooleanField(default=False)

    class Meta:
        db_table = "bedrock_balance"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["account", "stripe"], name="one_balance_per_stripe"),
            models.CheckConstraint(condition=Q(may_overdraw=True) | Q(posted__gte=F("held")), name="no_overdraft"),
            models.CheckConstraint(condition=Q(held__gte=0), name="held_is_not_negative"),
        ]


class HoldRow(models.Model):
    """Money reserved on the source until a row of `HoldEnd` says how it ended. `until`: when the clock may end it."""

    name = models.CharField(max_length=120, unique=True)
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    fen = models.BigIntegerField()
    until = models.DateTimeField(null=True)
    memo = models.CharField(max_length=200)
    at = models.DateTimeField()
    fact = models.BigIntegerField(null=True)

    class Meta:
        db_table = "bedrock_hold"
        constraints: ClassVar[list[Any]] = [models.CheckConstraint(condition=Q(fen__gt=0), name="hold_is_positive")]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["until"], condition=Q(until__isnull=False), name="holds_by_their_end")
        ]


class HoldEnd(models.Model):
    hold = models.OneToOneField(HoldRow, on_delete=models.PROTECT, primary_key=True, related_name="+")
    how = models.CharField(max_length=8)
    at = models.DateTimeField()
    fact = models.BigIntegerField(null=True)
    memo = models.CharField(max_length=200)

    class Meta:
        db_table = "bedrock_hold_end"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(how__in=["posted", "voided", "expired"]), name="hold_ends_in_a_known_way"
            )
        ]


class MoveRow(models.Model):
    """One row takes from one account and gives to another, so every row sums to zero."""

    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    fen = models.BigIntegerField()
    memo = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)
    fact = models.BigIntegerField(null=True)
    hold = models.ForeignKey(HoldRow, on_delete=models.PROTECT, null=True, related_name="+")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "bedrock_move"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="move_is_positive"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="move_has_two_accounts"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["source", "at", "id"], name="moves_out"),
            models.Index(fields=["target", "at", "id"], name="moves_in"),
        ]
