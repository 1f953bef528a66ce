"""Self-assessments of data management: the answers are kept, what they come to is worked out from them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class MaturityAssessment(Subject):
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    edition = models.CharField(max_length=20)
    scope = models.CharField(max_length=400)
    assessed_date = models.DateField()
    public = models.BooleanField(default=False)
    form = models.JSONField()
    stated_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_maturity_assessment"
        verbose_name = "self-assessment"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~Q(state__in=["stated", "superseded"]) | Q(stated_at__isnull=False),
                name="the_stated_have_their_day",
            ),
            models.CheckConstraint(condition=~Q(edition=""), name="an_assessment_names_its_edition"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["holder", "-id"], name="maturity_of_holder"),
            models.Index(fields=["-stated_at"], condition=Q(state="stated", public=True), name="maturity_public"),
        ]

    def title(self) -> str:
        return self.scope
