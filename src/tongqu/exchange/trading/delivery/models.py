"""A delivery, the permits it gives to a node, and the statements the node reports."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tongqu.exchange.bedrock.procedures import Subject


class Transfer(Subject):
    """Dataspace Protocol transfer process of one contract, and its acceptance afterwards."""

    contract = models.OneToOneField("trading.Contract", on_delete=models.PROTECT, related_name="+")
    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=64)
    source_version = models.CharField(max_length=64, blank=True)
    mode = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    inspection_days = models.IntegerField()
    use_ends_at = models.DateTimeField()
    calls = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    accepted_how = models.CharField(max_length=12, blank=True)
    reason = models.TextField(blank=True)
    suspended_by = models.BigIntegerField(null=True)  # the party, since the last `suspend`
    barred_by = models.BigIntegerField(null=True)  # the grading that stopped it, until it goes on
    withheld_by = models.BigIntegerField(null=True)  # the loss of a ground that stopped it, until it goes on
    objection_paper = models.CharField(max_length=64, blank=True)
    drift = models.JSONField(null=True)  # how the data at the node differs from what is declared, while it does
    drift_noted_at = models.DateTimeField(null=True)  # when the consumer took note of it
    refused_seconds = models.BigIntegerField(
        default=0
    )  # how long the node refused calls for it, of drifts that are over

    class Meta:
        verbose_name = "transfer"

    def title(self) -> str:
        return self.name


class Permit(models.Model):
    """A permit in its latest revision, as sealed for the node.

    `cursor` rises with every change, so nodes ask onward. A change is `fresh` until the node's sync gives it its place.
    """

    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    node = models.BigIntegerField()
    cursor = models.BigIntegerField(null=True)
    fresh = models.BooleanField(default=True)
    revision = models.IntegerField()
    status = models.CharField(max_length=10)
    body = models.JSONField()
    sealed = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["node", "cursor"], name="permits_since")]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["node"], condition=models.Q(fresh=True), name="permits_fresh")
        ]


class Statement(models.Model):
    """A node's statement of calls, sealed, kept whole. Numbers of one contract run without gaps."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="+")
    number = models.IntegerField()
    digest = models.CharField(max_length=64)
    from_sequence = models.BigIntegerField()
    to_sequence = models.BigIntegerField()
    calls = models.BigIntegerField()
    units = models.BigIntegerField()
    sealed = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["transfer", "number"], name="statement_number_once")
        ]
