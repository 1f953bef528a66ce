"""People who sign in, organisations they act for, and who controls whom."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class Person(AbstractUser):
    """A natural person with a sign-in. Acts only under a mandate of an organisation."""

    full_name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=8, blank=True)
    # Kept by the sign-in doors: how often in a row the password was wrong, and until when they stay shut for that.
    failed_sign_ins = models.PositiveIntegerField(default=0)
    locked_until_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractUser.Meta):
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+?[0-9][0-9 -]{4,18}$"), name="a_phone_is_digits"
            )
        ]

    def get_full_name(self) -> str:
        return self.full_name or super().get_full_name() or self.username


class Organisation(Subject):
    """A party: an organisation that asks to be admitted. `roles` are those granted, never those asked."""

    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)
    credit_code = models.CharField(max_length=18)
    region = models.CharField(max_length=6)
    address = models.CharField(max_length=200)
    legal_representative = models.CharField(max_length=60)
    contact_name = models.CharField(max_length=60)
    contact_phone = models.CharField(max_length=20)
    contact_email = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    licence_until_date = models.DateField(null=True)
    papers = models.JSONField(default=list)
    asked_roles = ArrayField(models.CharField(max_length=30), default=list)
    roles = ArrayField(models.CharField(max_length=30), default=list)
    operates_exchange = models.BooleanField(default=False)
    applicant = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    identity = models.JSONField(default=dict)
    verified_at = models.DateTimeField(null=True)
    verify_by_at = models.DateTimeField(null=True)
    missing = models.JSONField(default=list)
    reasons = models.JSONField(default=list)

    class Meta:
        verbose_name = "organisation"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(state__in=["refused", "left"]), name="one_member_per_credit_code"
            ),
            models.UniqueConstraint(
                fields=["operates_exchange"],
                condition=Q(operates_exchange=True) & ~Q(state__in=["refused", "left"]),
                name="one_operator_of_the_exchange",
            ),
            models.CheckConstraint(
                condition=Q(credit_code__regex=r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
                name="credit_code_has_its_form",
            ),
            models.CheckConstraint(condition=Q(region__regex=r"^[0-9]{6}$"), name="region_has_six_digits"),
            models.CheckConstraint(
                condition=Q(operates_exchange=False) | ~Q(roles__overlap=["supplier", "data_merchant"]),
                name="the_operator_does_not_sell",
            ),
            models.CheckConstraint(
                condition=~Q(state="admitted") | Q(verified_at__isnull=False, verify_by_at__gt=F("verified_at")),
                name="the_admitted_are_verified",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "region"], name="organisations_by_region")]

    def title(self) -> str:
        return self.name


class Control(models.Model):
    """That one organisation controls another. Named by credit codes: a common parent need not be a member itself.

    In force on [since_date, until_date). `share_basis_points` is null where control rests on something else.
    """

    controller_code = models.CharField(max_length=18)
    controller_name = models.CharField(max_length=100)
    controlled_code = models.CharField(max_length=18)
    basis = models.CharField(max_length=20)
    share_basis_points = models.IntegerField(null=True)
    since_date = models.DateField()
    until_date = models.DateField(null=True)
    declared_by = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(controller_code=F("controlled_code")), name="nobody_controls_itself"),
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gte=F("since_date")),
                name="control_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(share_basis_points__isnull=True)
                | Q(share_basis_points__gt=0, share_basis_points__lte=10_000),
                name="a_share_is_a_part",
            ),
            models.UniqueConstraint(
                fields=["controller_code", "controlled_code"],
                condition=Q(until_date__isnull=True),
                name="one_control_between_two",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["controlled_code"], name="control_by_controlled")]
