"""Surveys, the answers of organisations to them, and the entries of data sets that come of answers or of one's own accord."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class Survey(Subject):
    """A campaign: whom it asks, and until when. Empty regions, kinds or industries mean all of them."""

    name = models.CharField(max_length=100)
    purpose = models.TextField()
    opened_by = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    regions = ArrayField(models.CharField(max_length=6), default=list)
    kinds = ArrayField(models.CharField(max_length=30), default=list)
    industries = ArrayField(models.CharField(max_length=3), default=list)
    reminds_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    asked_up_to = models.BigIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "survey"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~Q(state="open") | Q(closes_at__isnull=False), name="an_open_survey_has_a_term"
            )
        ]

    def title(self) -> str:
        return self.name


class SurveyAnswer(Subject):
    """What one organisation answers to one survey. The contact is for the data authority alone."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="+")
    survey_name = models.CharField(max_length=100)
    respondent = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    closes_at = models.DateTimeField()
    data_sets = models.JSONField(default=list)
    nothing_because = models.CharField(max_length=500, blank=True)
    contact_name = models.CharField(max_length=60, blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)

    class Meta:
        verbose_name = "survey answer"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["survey", "respondent"], name="one_answer_to_a_survey")
        ]

    def title(self) -> str:
        return self.survey_name


class SupplyEntry(Subject):
    """One data set that an organisation says it has: in an answer (`answer`, `place` in it) or of its own accord."""

    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(SurveyAnswer, on_delete=models.PROTECT, related_name="+", null=True)
    place = models.IntegerField(null=True)
    name = models.CharField(max_length=100)
    description = models.TextField()
    industry = models.CharField(max_length=3)
    kind = models.CharField(max_length=20)
    records = models.BigIntegerField(null=True)
    size_megabytes = models.BigIntegerField(null=True)
    cycle = models.CharField(max_length=20)
    personal = models.BooleanField()
    willing = models.CharField(max_length=10)
    public = models.BooleanField()
    contact_name = models.CharField(max_length=60, blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField(blank=True)
    listed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "supply entry"
        db_table = "registry_supply_entry"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["answer", "place"], name="one_entry_for_a_data_set_of_an_answer"),
            models.UniqueConstraint(
                fields=["resource"], condition=~Q(state="withdrawn"), name="one_supply_entry_for_a_resource"
            ),
            models.UniqueConstraint(
                fields=["holder", "name"], condition=~Q(state="withdrawn"), name="one_supply_entry_of_a_name"
            ),
            models.CheckConstraint(
                condition=Q(industry__regex=r"^[A-T][0-9]{0,2}$"), name="a_supply_entry_has_an_industry"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "public"], name="supply_entries_listed")]

    def title(self) -> str:
        return self.name
