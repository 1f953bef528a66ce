"""Catalogue entries, and the running numbers of their classes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class Resource(Subject):
    """A data resource of its holder, bound to one source of a node. `profile` is the measurement in use."""

    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=20)
    class_code = models.CharField(max_length=12)
    class_names = ArrayField(models.CharField(max_length=60))
    kind = models.CharField(max_length=20)
    personal = models.BooleanField()
    abstract = models.TextField()
    format = models.CharField(max_length=20)
    items = models.JSONField()
    sharing = models.CharField(max_length=20)
    sharing_condition = models.CharField(max_length=300, blank=True)
    sharing_mode = models.CharField(max_length=300, blank=True)
    opening = models.CharField(max_length=20)
    opening_condition = models.CharField(max_length=300, blank=True)
    cycle = models.CharField(max_length=20)
    related = ArrayField(models.CharField(max_length=20), default=list)
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    profile = models.JSONField(null=True)
    profile_digest = models.CharField(max_length=64, blank=True)
    measured_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)
    published_date = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "resource"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["code"], name="one_resource_per_code"),
            models.UniqueConstraint(
                fields=["node", "source"], condition=~Q(state="withdrawn"), name="one_entry_per_source_of_a_node"
            ),
            models.UniqueConstraint(
                fields=["holder", "name"], condition=~Q(state="withdrawn"), name="one_entry_of_a_name_per_holder"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[1-9][0-9]{5,11}/[0-9]{6}$"), name="a_resource_code_has_its_form"
            ),
            models.CheckConstraint(
                condition=~Q(state="catalogued")
                | Q(profile__isnull=False, measured_at__isnull=False, published_date__isnull=False),
                name="the_catalogued_are_measured",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "class_code"], name="resources_by_class")]

    def title(self) -> str:
        return self.name


class ResourceVersion(models.Model):
    """The metadata of a catalogued resource as it stood from a moment on. Appended, never changed."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    number = models.IntegerField()
    at = models.DateTimeField()
    party = models.BigIntegerField(null=True)
    person = models.BigIntegerField(null=True)
    content = models.JSONField()

    class Meta:
        db_table = "registry_resource_version"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["resource", "number"], name="one_version_of_a_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="versions_count_from_one"),
        ]


class ClassNumber(models.Model):
    """The last running number given within one class of the catalogue."""

    class_code = models.CharField(max_length=12, primary_key=True)
    last = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(last__gte=1, last__lte=999_999), name="a_resource_number_has_six_digits")
        ]
