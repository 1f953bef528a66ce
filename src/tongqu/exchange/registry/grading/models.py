"""Gradings of resources: one in force and one in preparation at most for each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject

PREPARING = ("open", "proposed", "referred", "returned", "confirmed")
IN_FORCE = ("in_force", "due")


class Grading(Subject):
    """`suggested` is what the house suggested when it was proposed, `graded_of` the elements and columns it is about."""

    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    ground = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    changes = models.JSONField(default=list)
    industry = models.CharField(max_length=3, blank=True)
    business = models.CharField(max_length=60, blank=True)
    harms = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    level = models.CharField(max_length=10, blank=True)
    business_critical = models.BooleanField(default=False)
    personal = models.CharField(max_length=12, blank=True)
    elements = models.JSONField(default=list)
    suggested = models.JSONField(default=dict)
    graded_of = models.JSONField(default=dict)
    anonymisation = models.CharField(max_length=64, blank=True)
    method = models.TextField(blank=True)
    method_reviewer = models.CharField(max_length=100, blank=True)
    method_paper = models.CharField(max_length=64, blank=True)
    opinion = models.TextField(blank=True)
    confirmed_by = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField(null=True)
    due_changes = models.JSONField(default=list)
    due_ground = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "grading"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["resource"], condition=Q(state__in=IN_FORCE), name="one_grading_in_force_of_a_resource"
            ),
            models.UniqueConstraint(
                fields=["resource"], condition=Q(state__in=PREPARING), name="one_grading_in_preparation_of_a_resource"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("confirmed", *IN_FORCE, "superseded"))
                | (Q(level__in=("general", "important", "core"), confirmed_at__isnull=False) & ~Q(industry="")),
                name="the_confirmed_have_level_and_industry",
            ),
            models.CheckConstraint(
                condition=Q(industry="") | Q(industry__regex=r"^[A-T][0-9]{2}$"), name="an_industry_has_its_form"
            ),
        ]

    def title(self) -> str:
        return self.name
