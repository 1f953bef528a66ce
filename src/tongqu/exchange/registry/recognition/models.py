"""Registrars that the supervisor recognises, with their keys; and certificates of theirs that members brought here."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject

OPEN = ["checking", "conflict", "recognised"]


class RecognisedRegistrar(Subject):
    """A registrar elsewhere. `keys`: method, public key, first and last day, whether it was lost; `fields`: its own words."""

    name = models.CharField(max_length=100)
    credit_code = models.CharField(max_length=18)
    did = models.CharField(max_length=300)
    national = models.BooleanField()
    basis = models.CharField(max_length=300)
    keys = models.JSONField()
    fields = models.JSONField(default=dict)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_recognised_registrar"
        verbose_name = "recognised registrar"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["did"], condition=~Q(state="struck_off"), name="one_recognised_registrar_of_a_did"
            ),
            models.CheckConstraint(condition=Q(did__startswith="did:web:"), name="a_recognised_registrar_has_a_did"),
        ]

    def title(self) -> str:
        return self.name


class Recognition(Subject):
    """One certificate brought here. `said` is what it says, once its signature held; `conflicts` why a person must decide.

    `checked_at`: when its issuer's lists last said that it stands; `next_check_at`: when they are asked again.
    """

    applicant = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey(RecognisedRegistrar, on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+", null=True)
    address = models.CharField(max_length=500, blank=True)
    paper = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=60, blank=True)
    said = models.JSONField(null=True)
    conflicts = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    trouble = models.JSONField(null=True)
    finding = models.TextField(blank=True)
    tries = models.IntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "recognition"
        constraints: ClassVar[list[Any]] = [
            # The same certificate does not make two rights, whoever brings it again.
            models.UniqueConstraint(
                fields=["issuer", "code"],
                condition=Q(state__in=OPEN) & ~Q(code=""),
                name="one_recognition_of_a_certificate",
            ),
            models.CheckConstraint(condition=~Q(paper="") | ~Q(address=""), name="a_recognition_has_its_source"),
            models.CheckConstraint(
                condition=~Q(state__in=["conflict", "recognised"]) | Q(said__isnull=False, checked_at__isnull=False),
                name="the_recognised_were_checked",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="recognitions_to_check"
            ),
            models.Index(fields=["registration"], name="recognitions_of_right"),
        ]

    def title(self) -> str:
        return str(self.said["data_name"]) if self.said else ""
