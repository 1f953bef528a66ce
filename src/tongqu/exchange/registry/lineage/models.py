"""What derived resources stand on: a declaration, and its edges. No circle of edges can be written, by whomever."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject
from tongqu.exchange.registry.lineage.grounds import KINDS

ENDED = ("refused", "withdrawn", "ended")


class Derivation(Subject):
    """That a resource is derived, and why its holder may call it its own."""

    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    contract_assigns = models.BooleanField()
    contract = models.CharField(max_length=64, blank=True)
    changed = models.TextField(blank=True)
    valued = models.TextField(blank=True)
    method = models.TextField()
    finding = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_derivation"
        verbose_name = "derivation"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["resource"], condition=~Q(state__in=ENDED), name="one_derivation_of_a_resource"),
            models.CheckConstraint(
                condition=Q(contract_assigns=False) | ~Q(contract=""), name="a_contract_that_assigns_is_shown"
            ),
            models.CheckConstraint(
                condition=Q(contract_assigns=True) | (~Q(changed="") & ~Q(valued="")), name="derived_data_is_new_or_assigned"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False), name="a_confirmed_derivation_has_its_moment"
            ),
        ]  # fmt: skip

    def title(self) -> str:
        return f"{self.name} · 衍生依据"


class DerivationEdge(models.Model):
    """`resource` is derived from `source` on a ground. Written once; an edge that no longer counts gets `until_at`."""

    derivation = models.ForeignKey(Derivation, on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    number = models.BigIntegerField()
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    ended_because = models.TextField(blank=True)

    class Meta:
        db_table = "registry_derivation_edge"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="a_ground_is_of_a_known_kind"),
            models.CheckConstraint(condition=~Q(resource=F("source")), name="nothing_is_derived_from_itself"),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True, ended_because="") | (Q(until_at__isnull=False) & ~Q(ended_because="")),
                name="an_ended_edge_says_why",
            ),
            models.UniqueConstraint(
                fields=["resource", "kind", "number", "source"], condition=Q(until_at__isnull=True), name="a_ground_is_named_once"
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["resource"], condition=Q(until_at__isnull=True), name="grounds_of_derived"),
            models.Index(fields=["source"], condition=Q(until_at__isnull=True), name="derived_from_source"),
            models.Index(fields=["kind", "number"], condition=Q(until_at__isnull=True), name="derived_on_ground"),
        ]
