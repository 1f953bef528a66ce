"""Data trusts, the mandates that persons gave them, what was agreed for these persons, and the reports owed to them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class DataTrust(Subject):
    """A trustee for the persons behind one source at one node, as the deed and the approval have it."""

    trustee = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    name = models.CharField(max_length=80)
    purposes = ArrayField(models.CharField(max_length=40))
    kinds = ArrayField(models.CharField(max_length=40))
    deed = models.CharField(max_length=64)
    fee_basis_points = models.IntegerField()
    until_date = models.DateField()
    until_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    opens_report_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_data_trust"
        verbose_name = "data trust"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(trustee=F("provider")), name="a_trustee_is_not_the_provider"),
            models.CheckConstraint(
                condition=Q(fee_basis_points__gte=0, fee_basis_points__lte=10_000), name="a_trust_fee_is_a_part"
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(approved_at__isnull=False), name="a_trust_in_force_was_approved"
            ),
            models.CheckConstraint(condition=Q(until_at__gt=F("begun_at")), name="a_trust_ends_after_it_begins"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["node", "source", "state"], name="trusts_of_source"),
            models.Index(fields=["trustee", "-id"], name="trusts_of_trustee"),
        ]

    def title(self) -> str:
        return self.name


class TrustMandate(Subject):
    """What a person entrusts: which purposes and kinds of the data that they are behind. The trustee never learns who it is."""

    trust = models.ForeignKey(DataTrust, on_delete=models.PROTECT, related_name="+", db_index=False)
    trustee = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey("registry.DataSubject", on_delete=models.PROTECT, related_name="+")
    purposes = ArrayField(models.CharField(max_length=40))
    kinds = ArrayField(models.CharField(max_length=40))
    sensitive = ArrayField(models.CharField(max_length=40))
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_trust_mandate"
        verbose_name = "mandate to a trustee"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["trust", "link"], condition=Q(state="in_force"), name="one_mandate_of_a_link_in_a_trust"
            ),
            models.CheckConstraint(
                condition=Q(state="in_force", ended_at__isnull=True)
                | (~Q(state="in_force") & Q(ended_at__isnull=False)),
                name="a_mandate_that_is_over_has_its_end",
            ),
            models.CheckConstraint(condition=Q(sensitive__contained_by=F("kinds")), name="what_is_sensitive_is_a_kind"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["trust", "state", "-id"], name="mandates_of_trust"),
        ]

    def title(self) -> str:
        return f"委托 {self.pk}"


class TrustPurpose(models.Model):
    """A purpose that a person has entrusted to somebody now: to one trustee at a time. Its row goes when the mandate ends."""

    mandate = models.ForeignKey(TrustMandate, on_delete=models.CASCADE, related_name="+")
    link = models.ForeignKey("registry.DataSubject", on_delete=models.PROTECT, related_name="+", db_index=False)
    purpose = models.CharField(max_length=40)

    class Meta:
        db_table = "registry_trust_purpose"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["link", "purpose"], name="one_trustee_for_a_purpose"),
        ]


class TrustTerms(Subject):
    """What trustee and provider agree on for one notice: who receives what, for what, and which part of the proceeds is due."""

    trust = models.ForeignKey(DataTrust, on_delete=models.PROTECT, related_name="+")
    trustee = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=100)
    notice = models.ForeignKey("registry.ConsentNotice", on_delete=models.PROTECT, related_name="+")
    basis = models.BigIntegerField()
    purposes = ArrayField(models.CharField(max_length=40))
    kinds = ArrayField(models.CharField(max_length=40))
    basis_points = models.IntegerField()
    conditions = models.TextField()
    until_date = models.DateField()
    until_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    consented_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "registry_trust_terms"
        verbose_name = "terms of a trust"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["trust", "basis"],
                condition=Q(state__in=["proposed", "countered", "agreed"]),
                name="one_terms_of_a_notice_in_a_trust",
            ),
            models.CheckConstraint(
                condition=Q(basis_points__gte=0, basis_points__lte=10_000), name="a_share_of_a_trust_is_a_part"
            ),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(agreed_at__isnull=False), name="agreed_terms_have_their_day"
            ),
            models.CheckConstraint(condition=~Q(trustee=F("receiver")), name="a_trustee_receives_nothing_itself"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["node", "source", "receiver", "state"], name="terms_of_receiver"),
            models.Index(fields=["basis", "state"], name="terms_of_basis"),
        ]

    def title(self) -> str:
        return f"使用条件 {self.pk}"


class TrustReport(Subject):
    """What a trustee tells its mandators of one year: numbers the house counted, and its own account of what it supervised."""

    trust = models.ForeignKey(DataTrust, on_delete=models.PROTECT, related_name="+", db_index=False)
    trustee = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.IntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    numbers = models.JSONField(default=dict)
    account = models.TextField(blank=True)
    objections = models.IntegerField(default=0)
    stopped = models.IntegerField(default=0)
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "registry_trust_report"
        verbose_name = "report of a trustee"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["trust", "number"], name="one_report_of_a_trust_and_year"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="a_report_of_a_trust_is_of_a_time"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="a_published_report_has_its_day"
            ),
        ]

    def title(self) -> str:
        return f"第 {self.number} 期受托报告"
