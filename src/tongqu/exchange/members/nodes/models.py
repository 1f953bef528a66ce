"""Nodes, what they declare, what was measured there, and what they are asked to do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject
from tongqu.wire.sync import WORKS, WORKS_AT_FIRST

LIVE = frozenset({"active", "suspended"})  # a node in these states is listened to


class Node(Subject):
    """A data node of a provider. `public_key` is the raw Ed25519 key in hex, set when the node registers."""

    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=300, blank=True)
    enrolment_digest = models.CharField(max_length=64, blank=True)
    enrolment_until_at = models.DateTimeField(null=True)
    public_key = models.CharField(max_length=64, null=True, unique=True)
    software = models.CharField(max_length=100, blank=True)
    registered_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    last_sequence = models.BigIntegerField(default=0)
    key_before = models.CharField(
        max_length=64, blank=True
    )  # until the node is first heard under the key that followed it
    works = ArrayField(models.CharField(max_length=100), default=list)
    reason = models.TextField(blank=True)
    drifted = ArrayField(models.CharField(max_length=100), default=list)  # sources whose newest data has other columns
    drift_noted_at = models.DateTimeField(null=True)  # when the provider took note of it

    class Meta:
        verbose_name = "node"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["enrolment_digest"], condition=~Q(enrolment_digest=""), name="one_node_per_enrolment_key"
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(public_key__isnull=False), name="an_active_node_has_a_key"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["provider", "state"], name="nodes_of_provider")]

    def title(self) -> str:
        return self.name


class NodeKey(models.Model):
    """A signing key that a node has had, raw and in hex, and from when until when: what it sealed is checked by the key of its
    time. The one without an end is `Node.public_key`."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    public_key = models.CharField(max_length=64, unique=True)
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["node"], condition=Q(until_at__isnull=True), name="one_node_key_in_use"),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gte=models.F("since_at")),
                name="a_node_key_ends_after_it_began",
            ),
        ]


class NodeSource(models.Model):
    """A source as its node last declared it (the wire's `SourceDeclaration`)."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    declaration = models.JSONField()
    digest = models.CharField(max_length=64)
    declared_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["node", "source"], name="one_source_of_a_name")
        ]


class SourceProfile(models.Model):
    """One measurement of one version of a source (the wire's `Profile`). The latest is the one in use."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    source_version = models.CharField(max_length=64)
    profile = models.JSONField()
    digest = models.CharField(max_length=64)
    measured_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["node", "source", "-measured_at"], name="profiles_latest")]


class NodeTask(models.Model):
    """Work a node is asked for at each sync until it answers: measure a source, or make a statement now.

    `order` and `answer` are messages of the wire, where the work has such; `target` then names whom the answer is for.
    """

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    work = models.CharField(max_length=16)
    target = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=100, blank=True)
    order = models.JSONField(null=True)
    answer = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["node", "work", "target"], condition=Q(answered_at__isnull=True), name="one_open_task_of_a_kind"
            ),
            models.CheckConstraint(condition=Q(work__in=WORKS), name="a_task_is_known_work"),
            models.CheckConstraint(
                condition=Q(work__in=WORKS_AT_FIRST, order__isnull=True)
                | (~Q(work__in=WORKS_AT_FIRST) & Q(order__isnull=False)),
                name="what_is_examined_has_an_order",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["node", "asked_at"], name="tasks_by_node")]
