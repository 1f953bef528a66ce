"""What a trust divided, who is entitled to how much of it, and who asked for it out."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class TrustDistribution(Subject):
    """What was held for a trust on a day, divided among the mandates in force since the division before; where a trust has
    ended and there are none, among those of that division.

    held = fee + divided + left; divided = each × heads. `left_fen` stays held, and pays no fee again.
    """

    trust = models.ForeignKey("registry.DataTrust", on_delete=models.PROTECT, related_name="+", db_index=False)
    trustee = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    since_at = models.DateTimeField(null=True)
    divided_at = models.DateTimeField()
    divided_date = models.DateField()
    held_fen = models.BigIntegerField()
    fee_basis_points = models.IntegerField()
    fee_fen = models.BigIntegerField()
    each_fen = models.BigIntegerField()
    heads = models.BigIntegerField()
    left_fen = models.BigIntegerField()

    class Meta:
        verbose_name = "division of a trust's money"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["trust", "divided_date"], name="a_trust_divides_once_a_day"),
            models.CheckConstraint(
                condition=Q(held_fen=F("fee_fen") + F("each_fen") * F("heads") + F("left_fen")),
                name="a_division_is_the_whole",
            ),
            models.CheckConstraint(
                condition=Q(fee_fen__gte=0, left_fen__gte=0, each_fen__gte=1, heads__gte=1),
                name="a_division_gives_each_a_fen",
            ),
        ]

    def title(self) -> str:
        return f"{self.name} · {self.divided_date}"

    @property
    def divided_fen(self) -> int:
        return self.each_fen * self.heads


class TrustClaim(Subject):
    """Everything that was owed to a person by a trust when they asked. `claim` on the entitlements says which they are.

    Under `hold_name` the money is reserved from the request on. Finance and the person alone see where it goes.
    """

    trust = models.ForeignKey("registry.DataTrust", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    fen = models.BigIntegerField()
    account_name = models.CharField(max_length=60)
    bank = models.CharField(max_length=80)
    account = models.CharField(max_length=40)
    hold_name = models.CharField(max_length=60, unique=True)
    approved_by = models.BigIntegerField(null=True)
    paid_by = models.BigIntegerField(null=True)
    bank_reference = models.CharField(max_length=64, blank=True)
    paid_date = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "claim on a trust"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="a_claim_is_positive"),
            models.CheckConstraint(
                condition=~Q(state="paid") | (~Q(bank_reference="") & Q(paid_date__isnull=False)),
                name="a_paid_claim_has_its_reference",
            ),
        ]

    def title(self) -> str:
        return f"{self.name} · {self.pk}"


class TrustEntitlement(models.Model):
    """What one mandate got in one division. Written with the division, never changed but for the claim that took it."""

    # A million come in one statement, so what they name is looked up there, for all of them, and not row by row.
    pk = models.CompositePrimaryKey("distribution_id", "mandate_id")
    distribution = models.ForeignKey(
        TrustDistribution, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    mandate = models.ForeignKey(
        "registry.TrustMandate", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    fen = models.BigIntegerField()
    claim = models.ForeignKey(TrustClaim, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "treasury_trust_entitlement"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(fen__gt=0), name="an_entitlement_is_positive")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["mandate"], name="entitlements_of_mandate"),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="entitlements_of_claim"),
        ]
