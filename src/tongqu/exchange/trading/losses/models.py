"""A ground that is lost, line by line what falls with it, and what the affected say against it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Actor, Subject


class GroundLoss(Subject):
    """One lost ground (`grant:5`). `giver` had granted it or held it, `taker` stood on it. `drawn_digest` is that of the list."""

    ground = models.CharField(max_length=40)
    cause = models.CharField(max_length=16)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    giver = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    taker = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    effective_at = models.DateTimeField()
    drawn_at = models.DateTimeField()
    drawn_digest = models.CharField(max_length=64)
    finding = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    carried_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "trading_ground_loss"
        verbose_name = "ground loss"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["ground"], condition=Q(state__in=["drawn", "confirmed"]), name="one_open_loss_of_a_ground"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "carried_out", "closed"]) | Q(confirmed_at__isnull=False),
                name="nothing_falls_unconfirmed",
            ),
        ]

    @staticmethod
    def also_visible(actor: Actor) -> Q:
        """Whoever has a line in it."""
        mine = LossItem.objects.filter(Q(provider=actor.party) | Q(consumer=actor.party))
        return Q(pk__in=mine.values("loss"))

    def title(self) -> str:
        return self.name_zh


class LossItem(models.Model):
    """One line: a grant, resource, product, deal or delivery that the ground reaches. `path` is the way there."""

    loss = models.ForeignKey(GroundLoss, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    number = models.BigIntegerField()
    name = models.CharField(max_length=200)
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    path = models.JSONField()
    falls = models.BooleanField()
    why_zh = models.TextField(blank=True)
    why_en = models.TextField(blank=True)
    spared_because = models.TextField(blank=True)

    class Meta:
        db_table = "trading_loss_item"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["loss", "kind", "number"], name="a_line_once_in_a_loss"),
            models.CheckConstraint(
                condition=Q(kind__in=["grant", "resource", "listing", "negotiation", "transfer"]), name="a_line_is_of_five_kinds"
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["provider"], name="loss_lines_of_provider"),
            models.Index(fields=["consumer"], name="loss_lines_of_consumer"),
        ]


class LossAppeal(models.Model):
    """What an affected party says against it. `upheld` is null until it is decided."""

    loss = models.ForeignKey(GroundLoss, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    paper = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    upheld = models.BooleanField(null=True)
    finding = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "trading_loss_appeal"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["loss", "party"], condition=Q(upheld__isnull=True), name="one_open_appeal_of_a_party"
            ),
            models.CheckConstraint(
                condition=Q(upheld__isnull=True, decided_at__isnull=True)
                | Q(upheld__isnull=False, decided_at__isnull=False),
                name="a_decided_appeal_has_its_moment",
            ),
        ]
