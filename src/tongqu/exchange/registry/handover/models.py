"""Bundles of other registrars taken over here, every record of theirs, and the registrations that go on living here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class TakeOver(Subject):
    """One bundle taken over. `verified`: lines checked; `position`: lines of registrations taken; both move as it works."""

    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    file = models.CharField(max_length=64)
    public = models.CharField(max_length=80)
    from_name = models.CharField(max_length=100, blank=True)
    from_code = models.CharField(max_length=18, blank=True)
    manifest = models.JSONField(null=True)
    facts = models.BigIntegerField(default=0)
    whole = models.BooleanField(default=False)
    position = models.BigIntegerField(default=0)
    matters = models.BigIntegerField(default=0)
    papers = models.BigIntegerField(default=0)
    living = models.BigIntegerField(default=0)
    fault = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_take_over"
        verbose_name = "take-over"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["file"],
                condition=Q(state__in=["running", "stopped", "finished"]),
                name="a_bundle_is_taken_over_once",
            )
        ]

    def title(self) -> str:
        return self.from_name


class WrittenBundle(models.Model):
    """A bundle that this house wrote for a registrar and then verified: what it may hand over. Never changed."""

    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    registrations = models.BigIntegerField()
    facts = models.BigIntegerField()

    class Meta:
        db_table = "registry_written_bundle"
        verbose_name = "written bundle"


class HandedRecord(models.Model):
    """A line of a bundle, word for word: a registration or a matter about one, whatever became of it. Never changed."""

    take_over = models.ForeignKey(TakeOver, on_delete=models.PROTECT, related_name="+")
    table = models.CharField(max_length=40)
    number = models.BigIntegerField()
    state = models.CharField(max_length=32)
    codes = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    content = models.JSONField()

    class Meta:
        db_table = "registry_handed_record"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["take_over", "table", "number"], name="a_record_is_taken_over_once")
        ]


class TakenOver(Subject):
    """A registration in force that another registrar handed over. Its holder binds it to its catalogue entry here."""

    take_over = models.ForeignKey(TakeOver, on_delete=models.PROTECT, related_name="+")
    record = models.OneToOneField(HandedRecord, on_delete=models.PROTECT, related_name="+")
    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    holder_code = models.CharField(max_length=18)
    holder_name = models.CharField(max_length=100)
    name = models.CharField(max_length=40)
    code = models.CharField(max_length=15)
    valid_to_at = models.DateTimeField()
    resource_name = models.CharField(max_length=100)
    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        db_table = "registry_taken_over"
        verbose_name = "taken over"
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["code"], name="taken_over_by_code"),
            models.Index(fields=["holder_code"], condition=Q(holder__isnull=True), name="taken_over_without_holder"),
        ]

    def title(self) -> str:
        return self.name
