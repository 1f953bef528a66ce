"""Notices, what people said to them by reference, the files these came in, who stands behind a reference, and what they ask."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject


class ConsentNotice(Subject):
    """One version of a notice (PIPL art. 17): who provides what of whom to which receiver, for what and how.

    `series` is the first version's number. `basis` names the consents that count for it: its own number, or that of the version
    before when purpose, method, kinds and receiver are the same.
    """

    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    name = models.CharField(max_length=80)
    series = models.BigIntegerField()
    version = models.IntegerField()
    basis = models.BigIntegerField(null=True)
    purposes = ArrayField(models.CharField(max_length=40))
    purpose_text = models.TextField()
    method = models.TextField()
    kinds = ArrayField(models.CharField(max_length=40))
    necessity = models.TextField(blank=True)
    impact = models.TextField(blank=True)
    retention = models.CharField(max_length=400)
    contact = models.CharField(max_length=200)
    rights_way = models.CharField(max_length=400)
    minors_rules = models.CharField(max_length=64, null=True)
    essence = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "notice"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["series", "version"], condition=~Q(state="discarded"), name="one_notice_of_a_version"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "replaced"]) | Q(published_at__isnull=False, basis__isnull=False),
                name="a_published_notice_has_its_basis",
            ),
            models.CheckConstraint(condition=~Q(provider=F("receiver")), name="a_notice_names_another_receiver"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["node", "state"], name="notices_of_node")]

    def title(self) -> str:
        return f"{self.name} · 第 {self.version} 版"


class ConsentFact(models.Model):
    """What one person, known by reference only, said to a notice. Never changed, never taken away: a later one counts.

    `number` counts the facts of a node without a gap, in the order in which they are told to it. What a trustee said for somebody
    names the mandate and the terms by which it did.
    """

    # That node and notice are there is looked up when a file is taken in or an act performed; row by row it took longer than the rest.
    node = models.ForeignKey(
        "members.Node", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    number = models.BigIntegerField()
    basis = models.BigIntegerField()
    notice = models.ForeignKey(
        ConsentNotice, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    reference = models.BinaryField()
    what = models.CharField(max_length=9)
    form = models.CharField(max_length=8)
    channel = models.CharField(max_length=6)
    said_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    batch = models.BigIntegerField(null=True)
    mandate = models.BigIntegerField(null=True)
    terms = models.BigIntegerField(null=True)

    class Meta:
        db_table = "registry_consent_fact"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["node", "number"], name="one_consent_fact_of_a_number"),
            models.CheckConstraint(
                condition=Q(what__in=["given", "refused", "withdrawn"]), name="a_consent_fact_is_known"
            ),
            models.CheckConstraint(
                condition=Q(channel="trust", mandate__isnull=False, terms__isnull=False)
                | (~Q(channel="trust") & Q(mandate__isnull=True, terms__isnull=True)),
                name="what_a_trustee_said_names_its_mandate",
            ),
            models.CheckConstraint(
                condition=Q(channel="trust", form="trustee") | (~Q(channel="trust") & ~Q(form="trustee")),
                name="what_a_trustee_said_has_its_own_form",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["basis", "reference", "number"], name="said_by_reference")]


class ConsentCount(models.Model):
    """The last number given to a fact of a node. Whoever writes facts holds this row, so that a reader misses none."""

    node = models.OneToOneField("members.Node", on_delete=models.PROTECT, primary_key=True, related_name="+")
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "registry_consent_count"


class ConsentBatch(Subject):
    """One file of references. The counters move with its lines, in the same transaction; `position` is the last line read."""

    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+")
    file = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    lines = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    given = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    withdrawn = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "consents in bulk"

    def title(self) -> str:
        return self.name


class ConsentFault(models.Model):
    """Why a line was not taken."""

    batch = models.ForeignKey(ConsentBatch, on_delete=models.CASCADE, related_name="+", db_index=False)
    line = models.BigIntegerField()
    code = models.CharField(max_length=40)
    raw = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "registry_consent_fault"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["batch", "line"], name="one_consent_fault_of_a_line")
        ]


class DataSubject(Subject):
    """An account and the reference that a node vouched to be the person behind it. The exchange learns nothing else of them."""

    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    node = models.ForeignKey("members.Node", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=100)
    reference = models.CharField(max_length=64)
    vouched = models.JSONField()

    class Meta:
        verbose_name = "data subject"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["node", "reference"], condition=Q(state="linked"), name="one_account_behind_a_reference"
            ),
        ]

    def title(self) -> str:
        return f"{self.source} · {self.reference[:8]}"


class SubjectRequest(Subject):
    """What a person asks of whoever processes their information, and what became of it."""

    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(DataSubject, on_delete=models.PROTECT, related_name="+")
    right = models.CharField(max_length=10)
    text = models.TextField()
    answer = models.TextField(blank=True)
    answer_paper = models.CharField(max_length=64, null=True)
    answered_at = models.DateTimeField(null=True)
    complaint = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "request of a data subject"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "closed"]) | Q(answered_at__isnull=False),
                name="an_answer_to_a_subject_has_its_moment",
            ),
        ]

    def title(self) -> str:
        from tongqu.exchange.registry.consent.kinds import Right

        return f"{Right(self.right).words.zh} · {self.pk}"
