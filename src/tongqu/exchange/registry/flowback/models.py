"""Subscriptions to data that flows back to cities and counties, editions handed in for them, each one's portion, and what missed one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject, local_day
from tongqu.exchange.members.parties import divisions


class Subscription(Subject):
    """One territory's subscription to one resource. `due_at` is when the next edition is late, null before it is agreed."""

    subscriber = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    territory = models.CharField(max_length=6)
    column = models.CharField(max_length=200)
    cycle = models.CharField(max_length=12)
    ground = models.TextField()
    contact_name = models.CharField(max_length=60)
    contact_phone = models.CharField(max_length=20)
    due_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    late_times = models.IntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "subscription"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(subscriber=F("provider")), name="nobody_subscribes_to_itself"),
            models.CheckConstraint(condition=Q(territory__regex=r"^[1-9][0-9]{5}$"), name="a_territory_is_a_code"),
            models.UniqueConstraint(
                fields=["subscriber", "resource", "territory"],
                condition=~Q(state__in=["declined", "withdrawn", "ended"]),
                name="one_open_subscription_for_a_territory",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(delivered_at__isnull=False), name="the_active_received_something"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["resource", "state"], name="subscriptions_of_resource")]

    def title(self) -> str:
        return f"{divisions.full_name(self.territory, on=local_day(self.begun_at))}数据回流"


class Edition(Subject):
    """One version of a resource, handed in as a file. The counters are set when it has been divided."""

    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=60)
    file = models.CharField(max_length=64)
    rows = models.BigIntegerField(default=0)
    taken = models.BigIntegerField(default=0)
    unclaimed = models.BigIntegerField(default=0)
    unknown = models.BigIntegerField(default=0)
    broken = models.BigIntegerField(default=0)
    of_nobody = models.JSONField(default=dict)
    lines = models.JSONField(default=dict)
    divided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "edition"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["resource", "version"],
                condition=~Q(state__in=["failed", "withdrawn"]),
                name="one_edition_of_a_version",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(divided_at__isnull=False), name="the_delivered_are_divided"
            ),
            models.CheckConstraint(
                condition=Q(rows=F("taken") + F("unclaimed") + F("unknown") + F("broken")),
                name="every_row_is_counted_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["partial", "mending", "closed"]) | Q(divided_at__isnull=False),
                name="the_partly_delivered_are_divided",
            ),
        ]

    def title(self) -> str:
        return self.version


class Portion(models.Model):
    """What of an edition one subscription received: rows, bytes, the digest of its file, and whether it came late."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    file = models.CharField(max_length=64)
    late = models.BooleanField()
    delivered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["edition", "subscription"], name="one_portion_of_an_edition"),
            models.CheckConstraint(condition=Q(rows__gte=0, size__gte=0), name="a_portion_is_counted"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["subscription", "-id"], name="portions_of_subscription")]


class MissedPortion(models.Model):
    """An edition that did not reach a subscription: why, with which column and file it was tried last, and when it came after all.

    An empty `column` says that nothing stands in the way any more but a pause or a hold.
    """

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=12)
    column = models.CharField(max_length=200, blank=True)
    columns = models.JSONField(default=list)
    of_columns = models.IntegerField()
    file = models.CharField(max_length=64)
    told_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registry_missed_portion"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["edition", "subscription"], name="one_miss_of_an_edition"),
            models.CheckConstraint(condition=Q(why__in=["no_column", "no_codes"]), name="a_miss_says_why"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["subscription", "-id"], condition=Q(mended_at__isnull=True), name="misses_of_subscription"
            )
        ]
