"""Public-data registrations, what is asked to be done to them, the duty to register, and objections.

What the five matters have in common is written once; each has a table of its own.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject

FIRST_ENDS = ["refused", "terminated", "withdrawn", "not_applied", "cancelled", "lapsed", "revoked"]
MATTER_ENDS = ["refused", "terminated", "withdrawn", "not_applied", "done", "fallen"]


class Filing(Subject):
    """What is handed in to a registrar, on its way. `form` is as last supplied; `name` and `summary` are published."""

    applicant = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    summary = models.CharField(max_length=400)
    form = models.JSONField()
    missing = models.JSONField(default=list)
    supply_by_at = models.DateTimeField(null=True)
    accepted_date = models.DateField(null=True)
    explanations = models.JSONField(default=list)
    review_by_at = models.DateTimeField(null=True)
    review_note = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    notice = models.JSONField(null=True)

    class Meta:
        abstract = True
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(applicant=F("registrar")), name="%(class)s_is_not_for_itself"),
            models.CheckConstraint(
                condition=~Q(state__in=["publicity", "objection"]) | Q(published_at__isnull=False),
                name="%(class)s_publicity_has_begun",
            ),
            models.CheckConstraint(
                condition=~Q(state="supplement") | Q(supply_by_at__isnull=False),
                name="%(class)s_supplement_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="explained") | Q(review_by_at__isnull=False),
                name="%(class)s_explained_has_its_day",
            ),
        ]

    def title(self) -> str:
        return self.name


class PublicRegistration(Filing):
    """A first registration, and from its code on the record itself. `valid_to_date` is the last day on which it is valid.

    `share_requests` by which the data was obtained; `existing`: operated before the measures came into force.
    """

    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=8)
    share_requests = ArrayField(models.BigIntegerField(), default=list)
    operating_until_date = models.DateField(null=True)
    existing = models.BooleanField(default=False)
    evidence = models.JSONField(default=dict)
    code = models.CharField(max_length=60, blank=True)
    coded_date = models.DateField(null=True)
    valid_to_date = models.DateField(null=True)
    valid_to_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    class Meta(Filing.Meta):
        abstract = False
        db_table = "registry_public_registration"
        verbose_name = "public registration"
        constraints: ClassVar[list[Any]] = [
            *Filing.Meta.constraints,
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="one_public_registration_of_a_code"),
            models.UniqueConstraint(
                fields=["resource", "what"], condition=~Q(state__in=FIRST_ENDS), name="one_public_registration_of_data"
            ),
            models.CheckConstraint(condition=Q(what__in=["resource", "product"]), name="what_is_registered_is_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["registered", "renewing", "cancelled", "lapsed", "revoked"])
                | (
                    ~Q(code="")
                    & Q(coded_date__isnull=False, valid_to_date__gte=F("coded_date"), valid_to_at__isnull=False)
                ),
                name="the_publicly_registered_have_a_code",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["resource", "state"], name="public_by_resource"),
            models.Index(fields=["-coded_date", "-id"], condition=~Q(code=""), name="public_register"),
        ]


class Matter(Filing):
    """What is asked to be done to a registration."""

    registration = models.ForeignKey(PublicRegistration, on_delete=models.PROTECT, related_name="+")

    class Meta(Filing.Meta):
        abstract = True
        constraints: ClassVar[list[Any]] = [
            *Filing.Meta.constraints,
            models.UniqueConstraint(
                fields=["registration"], condition=~Q(state__in=MATTER_ENDS), name="%(class)s_is_open_once"
            ),
        ]


class PublicChange(Matter):
    class Meta(Matter.Meta):
        abstract = False
        db_table = "registry_public_change"
        verbose_name = "public change"


class PublicCorrection(Matter):
    """`holder` is whose registration it is; the applicant may be somebody else. `consented_at`: the holder agreed here."""

    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    consented_at = models.DateTimeField(null=True)
    contested = models.TextField(blank=True)

    class Meta(Matter.Meta):
        abstract = False
        db_table = "registry_public_correction"
        verbose_name = "public correction"


class PublicRenewal(Matter):
    until_date = models.DateField()

    class Meta(Matter.Meta):
        abstract = False
        db_table = "registry_public_renewal"
        verbose_name = "public renewal"


class PublicCancellation(Matter):
    ground = models.CharField(max_length=8)

    class Meta(Matter.Meta):
        abstract = False
        db_table = "registry_public_cancellation"
        verbose_name = "public cancellation"


class PublicDuty(Subject):
    """That data was delivered for the first time and has to be registered. `transfer` is the delivery's number."""

    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    transfer = models.BigIntegerField()
    delivered_at = models.DateTimeField()
    late = models.BooleanField(default=False)
    code = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_public_duty"
        verbose_name = "public duty"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["resource"], condition=~Q(state="excused"), name="one_duty_to_register_a_resource"
            )
        ]

    def title(self) -> str:
        return str(self.resource.name)


class PublicObjection(models.Model):
    """What somebody says against a matter while its notice stands. `upheld` is null until it is answered."""

    procedure = models.CharField(max_length=40)
    subject = models.BigIntegerField()
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
        db_table = "registry_public_objection"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["procedure", "subject", "number"], name="one_public_objection_of_a_number"),
            models.CheckConstraint(condition=Q(evidence__len__gte=1), name="a_public_objection_has_evidence"),
            models.CheckConstraint(
                condition=Q(upheld__isnull=True, answered_at__isnull=True)
                | Q(upheld__isnull=False, answered_at__isnull=False),
                name="a_public_answer_has_its_moment",
            ),
        ]
