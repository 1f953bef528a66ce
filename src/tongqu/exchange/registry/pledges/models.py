"""Pledges of registered rights, and rights in custody. Several pledges of one right rank by the time at which they stood."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class Pledge(Subject):
    """One right given as security, or into custody. `rank` is given once, when both sides have said so."""

    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    secured = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=40)
    code = models.CharField(max_length=15)
    amount_fen = models.BigIntegerField(null=True)
    until_date = models.DateField(null=True)
    terms = models.TextField()
    paper = models.CharField(max_length=64)
    rank = models.PositiveIntegerField(null=True)
    stood_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "pledge"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=["pledge", "custody"]), name="it_is_a_pledge_or_custody"),
            models.CheckConstraint(condition=~Q(holder=F("secured")), name="nobody_pledges_to_itself"),
            models.CheckConstraint(
                condition=~Q(state__in=["standing", "released"]) | Q(rank__isnull=False, stood_at__isnull=False),
                name="what_stands_has_its_rank",
            ),
            models.CheckConstraint(
                condition=Q(kind="custody") | Q(amount_fen__gt=0), name="a_pledge_secures_an_amount"
            ),
            models.UniqueConstraint(fields=["registration", "rank"], name="two_pledges_have_two_ranks"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["registration"], condition=Q(state="standing"), name="pledges_standing")
        ]

    def title(self) -> str:
        return self.name
