"""What a registrar owes: its qualification, its yearly report, the reporting of changes, and an orderly exit (PROP35 arts. 7, 11–13)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class RegistrarDossier(Subject):
    """The qualification of a registrar as it submitted it; `expires_at`: when the first of its proofs runs out."""

    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    form = models.JSONField()
    expires_at = models.DateTimeField()
    opinion = models.TextField(blank=True)

    class Meta:
        db_table = "registry_registrar_dossier"
        verbose_name = "registrar's dossier"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["registrar"], condition=Q(state__in=["submitted", "returned"]), name="one_dossier_under_way"
            )
        ]


class RegistrarReport(Subject):
    """One year of a registrar in figures, from the log; `figures` say the same whenever they are counted again."""

    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.IntegerField()
    figures = models.JSONField()
    digest = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    pass_on_by_at = models.DateTimeField()
    account = models.TextField(blank=True)
    filed_at = models.DateTimeField(null=True)
    opinion = models.TextField(blank=True)

    class Meta:
        db_table = "registry_registrar_report"
        verbose_name = "registrar's report"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["registrar", "year"], name="one_report_of_a_year"),
            models.CheckConstraint(condition=Q(year__gte=2026), name="reports_begin_with_the_guideline"),
        ]


class RegistrarChange(Subject):
    """Something about a registrar is to change: what, from which day."""

    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    items = models.JSONField()
    effective_date = models.DateField()
    reason = models.TextField()
    papers = models.JSONField(default=list)
    opinion = models.TextField(blank=True)
    updated = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "registry_registrar_change"
        verbose_name = "change of a registrar"


class RegistrarExit(Subject):
    """A registrar leaves: from its announcement to the receipt of whoever takes everything over."""

    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    exit_at = models.DateTimeField()
    successor = models.CharField(max_length=100)
    reason = models.TextField()
    plan = models.CharField(max_length=64)
    opinion = models.TextField(blank=True)
    report_number = models.CharField(max_length=100, blank=True)
    bundle = models.CharField(max_length=64, blank=True)
    receipt = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "registry_registrar_exit"
        verbose_name = "exit of a registrar"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["registrar"],
                condition=~Q(state__in=["refused", "withdrawn", "left"]),
                name="one_exit_under_way",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["handed_over", "left"]) | (~Q(bundle="") & ~Q(receipt="")),
                name="who_leaves_has_handed_over",
            ),
        ]
