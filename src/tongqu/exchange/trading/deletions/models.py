"""What is owed to be deleted after the use of a contract's data, and what the buyer attests of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class DeletionDuty(Subject):
    """The duty of one contract. `ended_at`: when this contract's own use ended or will end; `use_ends_at`: when all use of
    the same data does, which is later while the contract `carried_by` goes on. `due_at` is `days` after that.

    `overdue_at` stands while the period that counts was missed; a new period, by a renewal or a decision, takes it away.
    """

    contract = models.OneToOneField("trading.Contract", on_delete=models.PROTECT, related_name="+")
    consumer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    days = models.IntegerField()
    ended_at = models.DateTimeField()
    use_ends_at = models.DateTimeField()
    carried_by = models.BigIntegerField(null=True)
    remind_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    objection = models.TextField(blank=True)
    finding = models.TextField(blank=True)
    noted_how = models.CharField(max_length=12, blank=True)

    class Meta:
        db_table = "trading_deletion_duty"
        verbose_name = "deletion duty"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(days__gte=1), name="a_deletion_has_its_days"),
            models.CheckConstraint(
                condition=Q(use_ends_at__gte=F("ended_at"), due_at__gt=F("use_ends_at")),
                name="deletion_is_due_after_the_use",
            ),
            models.CheckConstraint(
                condition=~Q(state="overdue") | Q(overdue_at__isnull=False), name="an_overdue_deletion_says_since_when"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["consumer", "provider", "resource"], condition=Q(state__in=["pending", "owed", "overdue"]),
                name="deletions_over_data",
            ),
            models.Index(fields=["overdue_at"], condition=Q(state__in=["overdue", "objected", "attested"]), name="deletions_unsettled"),
        ]  # fmt: skip

    def title(self) -> str:
        return self.name


class DeletionAttestation(models.Model):
    """One attestation of the buyer. `late`: the period was over when it came. An objection may call for another."""

    duty = models.ForeignKey(DeletionDuty, on_delete=models.PROTECT, related_name="+")
    deleted_date = models.DateField()
    methods = models.JSONField()
    systems = models.TextField()
    media = models.TextField(blank=True)
    backups = models.TextField(blank=True)
    recipients = models.TextField(blank=True)
    kept = models.TextField(blank=True)
    person = models.CharField(max_length=60)
    paper = models.CharField(max_length=64, blank=True)
    late = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        db_table = "trading_deletion_attestation"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(methods=[]) & ~Q(systems=""), name="an_attestation_says_how_and_where")
        ]
