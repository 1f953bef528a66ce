"""Standards of data elements, the claims of resources on them, who is the source of each and where, and the disputes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class Element(Subject):
    """One version of the standard of a data element. Others cite `identifier` and `version`.

    `root` is the number of version 1 and names the element whatever its version; it is 0 on version 1 itself.
    """

    identifier = models.CharField(max_length=20)
    version = models.IntegerField()
    root = models.BigIntegerField(default=0)
    name = models.CharField(max_length=100)
    aliases = ArrayField(models.CharField(max_length=100), default=list)
    definition = models.TextField()
    type = models.CharField(max_length=20)
    length_max = models.IntegerField(null=True)
    format = models.CharField(max_length=200, blank=True)
    codes = models.JSONField(default=list)
    domain = models.CharField(max_length=500, blank=True)
    standard = models.CharField(max_length=200, blank=True)
    scope = models.CharField(max_length=20)
    proposer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    steward = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField(blank=True)
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "element"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["identifier", "version"], name="one_element_of_a_version"),
            models.UniqueConstraint(
                fields=["identifier"], condition=Q(state="in_force"), name="one_version_of_an_element_in_force"
            ),
            models.UniqueConstraint(
                fields=["identifier"],
                condition=Q(state__in=["proposed", "adopted"]),
                name="one_version_of_an_element_under_way",
            ),
            models.CheckConstraint(
                condition=Q(identifier__regex=r"^[A-Z]{2,6}[0-9]{3,8}$"), name="an_element_identifier_has_its_form"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="versions_of_elements_count_from_one"),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(steward__isnull=False, in_force_at__isnull=False),
                name="an_element_in_force_has_a_steward",
            ),
        ]

    @property
    def number(self) -> int:
        """What names the element in every version."""
        return int(self.root or self.pk)

    def title(self) -> str:
        return f"{self.name}（{self.identifier} 第{self.version}版）"


class Claim(Subject):
    """That an item (信息项) of a resource keeps to an element's standard: as its source somewhere, or as a user of it.

    `challenges` is the claim that was the source there already; `settled_at` when that was decided.
    """

    element = models.ForeignKey(Element, on_delete=models.PROTECT, related_name="+")
    identifier = models.CharField(max_length=20)
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=200)
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10)
    region = models.CharField(max_length=6, blank=True)
    ground = models.TextField(blank=True)
    challenges = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    settled_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "source claim"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["resource", "item"], condition=Q(state="standing"), name="one_element_for_an_item"
            ),
            models.UniqueConstraint(
                fields=["challenges"],
                condition=Q(state="standing", settled_at__isnull=True),
                name="one_open_challenge_to_a_source",
            ),
            models.CheckConstraint(
                condition=Q(role="user", region="", challenges__isnull=True)
                | Q(role="source", region__regex=r"^[0-9]{6}$"),
                name="a_source_is_one_somewhere",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["identifier", "state"], name="claims_by_element")]

    def title(self) -> str:
        return f"{self.item} → {self.identifier}"


class Authority(models.Model):
    """That a claim is the source of an element in a territory, on [since_at, until_at).

    `territory` is the element's number and the span of division codes in one range, so that the database itself holds
    that no two sources stand over one place: a province covers its cities, unless the standard goes by territory.
    """

    element_number = models.BigIntegerField()
    identifier = models.CharField(max_length=20)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=6)
    territory = BigIntegerRangeField()
    ground = models.CharField(max_length=20)
    conflict = models.ForeignKey("registry.Conflict", on_delete=models.PROTECT, related_name="+", null=True)
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registry_authority"
        constraints: ClassVar[list[Any]] = [
            ExclusionConstraint(
                name="one_source_of_an_element_in_a_place",
                expressions=[("territory", RangeOperators.OVERLAPS)],
                condition=Q(until_at__isnull=True),
            )
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["identifier", "region"], name="authorities_by_element"),
            models.Index(fields=["claim"], name="authorities_by_claim"),
        ]


class Conflict(Subject):
    """Two sources claim one element in one place. `held` are the regions the incumbent had there when it was opened."""

    identifier = models.CharField(max_length=20)
    element_name = models.CharField(max_length=100)
    scope = models.CharField(max_length=20)
    region = models.CharField(max_length=6)
    held = ArrayField(models.CharField(max_length=6))
    incumbent_claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    challenger_claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    incumbent = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    challenger = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    incumbent_statement = models.TextField(blank=True)
    challenger_statement = models.TextField(blank=True)
    papers = models.JSONField(default=list)
    outcome = models.CharField(max_length=20, blank=True)
    regions = ArrayField(models.CharField(max_length=6), default=list)
    reason = models.TextField(blank=True)
    decided_by = models.BigIntegerField(null=True)
    objection = models.TextField(blank=True)
    objector = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    first_outcome = models.CharField(max_length=20, blank=True)
    first_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "source conflict"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["challenger_claim"], name="one_conflict_of_a_challenge"),
            models.UniqueConstraint(
                fields=["incumbent_claim"],
                condition=Q(state__in=["opened", "heard"]),
                name="one_open_conflict_about_a_source",
            ),
        ]

    def title(self) -> str:
        return f"{self.element_name}（{self.identifier}）数源争议"


class Vacancy(Subject):
    """A place where an element has lost its source and has no other yet."""

    identifier = models.CharField(max_length=20)
    element_name = models.CharField(max_length=100)
    region = models.CharField(max_length=6)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+", null=True)
    filled_by = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "source vacancy"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["identifier", "region"], condition=Q(state="open"), name="one_open_vacancy_of_a_place"
            )
        ]

    def title(self) -> str:
        return f"{self.element_name}（{self.identifier}）数源空缺"
