"""Who shares in a product's proceeds, by what they agreed; and each distribution made by it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Actor, Subject


class SharePlan(Subject):
    """Basis points by holder for one product; they sum to 10,000. The first holder named takes the odd fen.

    `asked` are all whose word it needs: those it names, and those whom the plan before it named.
    """

    listing = models.ForeignKey("trading.Listing", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    shares = models.JSONField()
    asked = models.JSONField(default=list)
    agreed_by = models.JSONField(default=list)
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "share plan"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["listing"], condition=Q(state="in_force"), name="one_plan_in_force")
        ]

    def title(self) -> str:
        return self.name

    @classmethod
    def also_visible(cls, actor: Actor) -> Q:
        """Every holder sees the plan it is named in, or would lose its share by."""
        return Q(asked__contains=[actor.party])


class Distribution(Subject):
    """One release shared out. `parts` says how much went to whom and why."""

    settlement = models.OneToOneField("treasury.Settlement", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(SharePlan, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=60)
    fen = models.BigIntegerField()
    parts = models.JSONField()

    class Meta:
        verbose_name = "distribution"

    def title(self) -> str:
        return self.name

    @classmethod
    def also_visible(cls, actor: Actor) -> Q:
        return Q(parts__contains=[{"party": actor.party}])
