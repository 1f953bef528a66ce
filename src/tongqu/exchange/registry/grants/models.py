"""Grants of use or operation over data, and two-way grants that fill both directions at once.

A grant stands on a registered right, on an own resource, or on the grant above it (`parent`), which is always older: so no
chain of grants can close to a ring. Two exclusive grants that meet are refused by a trigger, whoever wrote them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject

LIVE = ("accepted", "in_force", "noticed", "surrendering")
"""States in which a grant counts against others: what was accepted, until it has ended."""
USABLE = ("in_force", "noticed", "surrendering")


class GrantPair(Subject):
    """公平双向授权: the same terms in both directions. `form` is the whole form, `name` both data sets."""

    proposer = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=210, blank=True)
    form = models.JSONField()
    small_is_other = models.BooleanField()
    agreed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_grant_pair"
        verbose_name = "two-way grant"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(proposer=F("other")), name="two_ways_have_two_sides"),
            models.CheckConstraint(condition=~Q(state__in=["agreed", "entered", "fallen"]) | Q(agreed_at__isnull=False), name="an_agreed_pair_has_its_moment"),
        ]  # fmt: skip

    def title(self) -> str:
        return f"{self.name} · 双向授权" if self.name else "双向授权"


class Grant(Subject):
    """One grant. `registration` or `parent` is what it stands on; with neither, on the grantor's own entry.

    Empty `fields` are all elements, empty `regions` are no limit. `level` is 0 for a grant of an own right, and one more
    for each passing on. `notice` is what was given as a ground, `answer` what the other side said to it.
    """

    grantor = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    grantee = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=100)
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+", null=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    pair = models.ForeignKey(GrantPair, on_delete=models.PROTECT, related_name="+", null=True)
    level = models.PositiveSmallIntegerField(default=0)
    fields = ArrayField(models.CharField(max_length=200), default=list)
    purposes = ArrayField(models.CharField(max_length=30))
    regions = ArrayField(models.CharField(max_length=6), default=list)
    starts_date = models.DateField()
    until_date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    remind_at = models.DateTimeField()
    depth = models.PositiveSmallIntegerField(default=0)
    exclusive = models.BooleanField(default=False)
    derives = models.BooleanField(default=False)
    fee = models.TextField()
    revocation = models.TextField()
    notice_days = models.PositiveSmallIntegerField()
    accepted_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    notice = models.JSONField(null=True)
    answer = models.JSONField(null=True)
    effective_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_grant"
        verbose_name = "grant"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(grantor=F("grantee")), name="nobody_grants_to_itself"),
            models.CheckConstraint(condition=Q(kind__in=["use", "operation"]), name="a_grant_is_of_two_kinds"),
            models.CheckConstraint(condition=Q(until_date__gte=F("starts_date")), name="a_grant_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(purposes__len__gte=1), name="a_grant_has_a_purpose"),
            models.CheckConstraint(condition=Q(parent__isnull=True) | Q(parent__lt=F("id")), name="the_grant_above_is_older"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, level=0) | Q(parent__isnull=False, level__gte=1),
                name="a_grant_knows_its_level",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | Q(registration__isnull=True), name="a_grant_stands_on_one_ground"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=LIVE) | Q(accepted_at__isnull=False), name="a_live_grant_was_accepted"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["noticed", "surrendering"]) | Q(notice__isnull=False, effective_at__isnull=False),
                name="an_ending_grant_says_why",
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["grantor", "resource"], condition=Q(state__in=LIVE), name="grants_by_grantor"),
            models.Index(fields=["grantee", "state"], name="grants_of_grantee"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="grants_below"),
            models.Index(fields=["registration"], condition=Q(registration__isnull=False), name="grants_of_right"),
            models.Index(fields=["resource", "state"], name="grants_of_resource"),
        ]

    def title(self) -> str:
        return f"{self.name} · {'使用权授权' if self.kind == 'use' else '经营权授权'}"
