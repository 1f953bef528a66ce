"""What is asked for after a right was registered: transfers, changes, renewals, cancellations, objections come late.

Four kinds of application and the registrar's own cancellation share one table, since they share the way of a registration;
`kind` says which procedure a row belongs to.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject

KINDS = ["transfer", "change", "renewal", "cancellation", "revocation"]
ENDS = ["not_joined", "not_applied", "refused", "withdrawn", "entered", "dropped", "fallen"]
CONTESTED = ["notified", "answered", "referred"]
"""An objection whose papers are complete: the holder knows of it, and it is not decided."""


class Dealing(Subject):
    """One matter about one registered right. `form` is form F2 as last supplied; `code` the certificate it is about."""

    kind = models.CharField(max_length=12)
    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    code = models.CharField(max_length=15)
    form = models.JSONField()
    joined = models.JSONField(null=True)
    before = models.JSONField(default=dict)
    missing = models.JSONField(default=list)
    supply_by_at = models.DateTimeField(null=True)
    accepted_date = models.DateField(null=True)
    accepted_by_silence = models.BooleanField(default=False)
    heads = models.JSONField(default=dict)
    added = models.JSONField(default=list)
    published_at = models.DateTimeField(null=True)
    # The four fields of its notice as they were published.
    publicised = models.JSONField(null=True)
    publicity_waived = models.TextField(blank=True)
    investigate_by_at = models.DateTimeField(null=True)
    evidenced_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(null=True)
    notice = models.JSONField(null=True)
    answer = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "dealing"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="a_dealing_is_of_five_kinds"),
            models.CheckConstraint(
                condition=(Q(kind="transfer") & Q(other__isnull=False)) | (~Q(kind="transfer") & Q(other__isnull=True)),
                name="a_transfer_has_two_sides",
            ),
            models.CheckConstraint(
                condition=~Q(other=F("holder")) & ~Q(other=F("registrar")) & ~Q(holder=F("registrar")),
                name="the_sides_of_a_dealing_differ",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["evidenced", "entered"]) | Q(evidenced_at__isnull=False),
                name="an_entered_dealing_is_evidenced",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["publicity", "objection"])
                | Q(published_at__isnull=False, publicised__isnull=False),
                name="a_publicised_dealing_has_its_day",
            ),
            # The kinds exclude each other: one would change under the hands of who examines the other. A renewal and the
            # registrar's own cancellation alone stand side by side: a renewal has its months, which no open matter eats up.
            models.UniqueConstraint(
                fields=["registration"],
                condition=~Q(state__in=ENDS) & ~Q(kind="revocation"),
                name="one_dealing_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["registration"],
                condition=~Q(state__in=ENDS) & ~Q(kind="renewal"),
                name="one_dealing_beside_a_renewal",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["kind", "state"], name="dealings_by_kind"),
            models.Index(fields=["registration", "-id"], name="dealings_of_registration"),
            models.Index(
                fields=["-published_at"], condition=Q(state__in=["publicity", "objection"]), name="dealings_publicised"
            ),
        ]

    def title(self) -> str:
        return self.name


class Opposition(models.Model):
    """What somebody says against a dealing while its notice stands. `upheld` is null until it is answered."""

    dealing = models.ForeignKey(Dealing, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField()
    evidence = ArrayField(models.CharField(max_length=64))
    contact = models.CharField(max_length=100)
    filed_at = models.DateTimeField()
    upheld = models.BooleanField(null=True)
    finding = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["dealing", "number"], name="one_opposition_of_a_number"),
            models.CheckConstraint(condition=Q(evidence__len__gte=1), name="an_opposition_has_evidence"),
        ]


class LateObjection(Subject):
    """An objection to what is registered already (PROP35 art. 29), from its filing to what came of it. `person` filed it: for
    an organisation (`objector`), or for nobody but itself (`individual`)."""

    registration = models.ForeignKey("registry.Registration", on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    objector = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+", null=True)
    individual = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+", null=True)
    name = models.CharField(max_length=40)
    code = models.CharField(max_length=15)
    claim = models.TextField()
    evidence = ArrayField(models.CharField(max_length=64))
    contact = models.CharField(max_length=100)
    missing = models.JSONField(default=list)
    supply_by_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    finding = models.TextField(blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    filed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "objection after registration"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(evidence__len__gte=1), name="a_late_objection_has_evidence"),
            models.CheckConstraint(condition=~Q(objector=F("holder")), name="nobody_objects_to_its_own_right"),
            models.CheckConstraint(
                condition=Q(objector__isnull=False, individual__isnull=True)
                | Q(objector__isnull=True, individual__isnull=False),
                name="an_objector_is_a_party_or_a_person",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["registration", "-id"], name="late_objections_of_right")]

    def title(self) -> str:
        return self.name
