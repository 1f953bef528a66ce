"""Registrations of rights in data, what is found and said about them, and the certificates that come of them.

There is no uniqueness on a right in a resource, on purpose: the same right may have several holders (PROP35 art. 21).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject
from tongqu.exchange.registry.ownership.certificate_code import PATTERN

RIGHTS = ["holding", "use", "operation"]
# Five years have at most this many days; the exact day is counted by the calendar.
FIVE_YEARS = timedelta(days=1827)


class Registration(Subject):
    """One first registration. `form` is form F1 as last supplied; the columns beside it are for questions."""

    applicant = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    registrar = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    overview = models.CharField(max_length=400)
    rights = ArrayField(models.CharField(max_length=10))
    source_kind = models.CharField(max_length=12)
    origin = models.CharField(max_length=16)
    form = models.JSONField()
    missing = models.JSONField(default=list)
    supply_by_at = models.DateTimeField(null=True)
    accepted_date = models.DateField(null=True)
    accepted_by_silence = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True)
    investigate_by_at = models.DateTimeField(null=True)
    evidenced_at = models.DateTimeField(null=True)
    valid_to_at = models.DateTimeField(null=True)
    # The moment at which it lapses by itself: the end of validity, or later while a renewal asked for in time is decided.
    lapses_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(null=True)
    came_from = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    publicity_waived = models.TextField(blank=True)
    # Of a right that another registrar registered: whose, under which code, whether it was stopped, and whether the holder knows.
    elsewhere = models.JSONField(null=True)
    refusal = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    @property
    def share_requests(self) -> tuple[int, ...]:
        """By which the data was obtained, as the applicant said; forms of before the question name none."""
        return tuple(self.form.get("share_requests", ()))

    class Meta:
        verbose_name = "registration"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(rights__contained_by=RIGHTS) & Q(rights__len__gte=1) & Q(rights__len__lte=3),
                name="rights_are_some_of_three",
            ),
            models.CheckConstraint(condition=~Q(applicant=F("registrar")), name="nobody_registers_for_itself"),
            models.CheckConstraint(
                condition=Q(valid_to_at__isnull=True)
                | Q(valid_to_at__gt=F("evidenced_at"), valid_to_at__lte=F("evidenced_at") + FIVE_YEARS),
                name="a_right_is_valid_five_years_at_most",
            ),
            models.CheckConstraint(
                condition=~Q(
                    state__in=["evidenced", "registered", "lapsed", "transferred", "cancelled", "recognised", "stopped"]
                )
                | Q(evidenced_at__isnull=False, valid_to_at__isnull=False, accepted_date__isnull=False),
                name="the_registered_are_evidenced",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["recognised", "stopped"], elsewhere__isnull=False)
                | Q(state__in=["lapsed", "withdrawn"])
                | (~Q(state__in=["recognised", "stopped"]) & Q(elsewhere__isnull=True)),
                name="the_recognised_come_from_elsewhere",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["publicity", "objection"]) | Q(published_at__isnull=False),
                name="publicity_has_begun",
            ),
            models.CheckConstraint(
                condition=~Q(state="supplement") | Q(supply_by_at__isnull=False), name="a_supplement_has_its_day"
            ),
            models.CheckConstraint(
                condition=~Q(state="objection") | Q(investigate_by_at__isnull=False),
                name="an_investigation_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(refusal__isnull=False), name="a_refusal_has_grounds"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["resource", "state"], name="rights_of_resource"),
            models.Index(
                fields=["-published_at"], condition=Q(state__in=["publicity", "objection"]), name="notices_standing"
            ),
        ]

    def title(self) -> str:
        return self.name


class HeadReview(models.Model):
    """One finding under one head of the review. A later finding under the same head replaces an earlier one."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="+")
    head = models.CharField(max_length=12)
    passes = models.BooleanField()
    finding = models.TextField()
    evidence = ArrayField(models.CharField(max_length=64))
    found_by = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+", null=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(head__in=["description", "source", "ownership"]), name="a_review_has_three_heads"
            ),
            models.CheckConstraint(
                condition=Q(evidence__len__gte=1) & ~Q(finding=""), name="a_finding_has_its_evidence"
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["registration", "head", "-id"], name="findings_by_head")]


class Objection(models.Model):
    """What somebody says against a registration while its notice stands. `upheld` is null until it is answered."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="+")
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
            models.UniqueConstraint(fields=["registration", "number"], name="one_objection_of_a_number"),
            models.CheckConstraint(condition=Q(evidence__len__gte=1), name="an_objection_has_evidence"),
            models.CheckConstraint(
                condition=Q(upheld__isnull=True, answered_at__isnull=True)
                | Q(upheld__isnull=False, answered_at__isnull=False),
                name="an_answer_has_its_moment",
            ),
        ]


class Encumbrance(models.Model):
    """A note beside a right (PROP35 art. 23). One of kind `seized` or `controlled` freezes it while it stands."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    text = models.TextField()
    until_date = models.DateField(null=True)
    paper = models.CharField(max_length=64, blank=True)
    noted_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(kind__in=["agreed", "seized", "controlled", "statutory", "other"]),
                name="a_note_is_of_five_kinds",
            )
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["registration"], condition=Q(lifted_at__isnull=True), name="notes_standing")
        ]


class SerialSeries(models.Model):
    """The last serial given within one series: the eleven characters that stand before it."""

    head = models.CharField(max_length=11, primary_key=True)
    last = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(last__gte=1, last__lte=9_999), name="a_serial_has_four_digits")
        ]


class Certificate(models.Model):
    """A certificate of a registration, by its evidence: which fact, where in the log, and the digest of its content.

    A later registration gives another; the newest is the one that counts. Written once; only the printed file is added
    later, once (a trigger refuses everything else).
    """

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=15, unique=True)
    national = models.BooleanField()
    evidence_fact = models.BigIntegerField(unique=True)
    evidence_position = models.BigIntegerField(unique=True)
    content_digest = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    paper = models.CharField(max_length=64, blank=True)
    printed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(code__regex=PATTERN) & ~Q(code__endswith="0000"), name="a_code_has_its_form"
            ),
            models.CheckConstraint(
                condition=Q(national=True, code__startswith="SJ") | Q(national=False, code__startswith="YD"),
                name="a_voucher_does_not_pass_for_national",
            ),
            models.CheckConstraint(
                condition=Q(paper="", printed_at__isnull=True) | (~Q(paper="") & Q(printed_at__isnull=False)),
                name="a_printed_certificate_has_its_file",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["holder", "-issued_at"], name="certificates_of_holder")]
