"""What the door keeps beside each subject: answers given, holds, running clocks, alarms, refusals, and cases for a person."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q


class Subject(models.Model):
    """What a procedure moves. `state` is written by the door alone."""

    state = models.CharField(max_length=32)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True

    def title(self) -> str:
        """What people call it. Override."""
        return f"{self._meta.verbose_name} {self.pk}"


class Answer(models.Model):
    """The first answer to an idempotency key: the same key and input get it again, another input is refused."""

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    asked = models.CharField(max_length=64)
    outcome = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "bedrock_answer"
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["scope", "key"], name="one_answer_per_key")]


class SubjectHold(models.Model):
    """While it stands, acts on the subject are refused, except those the table allows under a hold."""

    procedure = models.CharField(max_length=40)
    subject = models.BigIntegerField()
    ground = models.TextField()
    cite = models.CharField(max_length=60, blank=True)
    placed_at = models.DateTimeField()
    placed_by_party = models.BigIntegerField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.TextField(blank=True)

    class Meta:
        db_table = "bedrock_hold_on_subject"
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["procedure", "subject"], condition=Q(lifted_at__isnull=True), name="hold_in_force")
        ]


class RunningClock(models.Model):
    """One clock of one subject. `used` counts the days of earlier runs; `due_at` is set while it runs."""

    RUNNING, PAUSED, DONE = "running", "paused", "done"

    procedure = models.CharField(max_length=40)
    subject = models.BigIntegerField()
    name = models.CharField(max_length=40)
    status = models.CharField(max_length=8)
    unit = models.CharField(max_length=16)
    length = models.IntegerField()
    used = models.IntegerField(default=0)
    extended = models.IntegerField(default=0)
    extension_reason = models.TextField(blank=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    edition = models.CharField(max_length=64, blank=True)
    provisional = models.BooleanField(default=False)

    class Meta:
        db_table = "bedrock_clock"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["procedure", "subject", "name"], name="one_clock_of_a_name"),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(due_at__isnull=False), name="a_running_clock_is_due"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["due_at"], condition=Q(status="running"), name="clocks_due")
        ]


class Alarm(models.Model):
    """Something that waits for a person's eye: a deadline missed, a provisional year, a step that is stuck."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160, unique=True)
    procedure = models.CharField(max_length=40, blank=True)
    subject = models.BigIntegerField(null=True)
    zh = models.TextField()
    en = models.TextField()
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bedrock_alarm"


class Refusal(models.Model):
    """An act that was refused, with every code. Kept for supervision and for honest statistics.

    `reasons` are the words that were given, for the offices; `rules` the names of the rules that refused, for everybody.
    """

    at = models.DateTimeField(db_index=True)
    procedure = models.CharField(max_length=40)
    act = models.CharField(max_length=40)
    subject = models.BigIntegerField(null=True)
    party = models.BigIntegerField(null=True)
    person = models.BigIntegerField(null=True)
    code = models.CharField(max_length=40)
    reasons = models.JSONField(default=list)
    rules = models.JSONField(default=list)

    class Meta:
        db_table = "bedrock_refusal"


class Case(Subject):
    """A question that the rules leave to a person: may this act be done on this subject with these inputs?

    `inputs` is their digest, by which the act finds the answer; `asked` is what a person reads of them, without secrets.
    """

    about = models.CharField(max_length=40)
    act = models.CharField(max_length=40)
    subject = models.BigIntegerField(null=True)
    inputs = models.CharField(max_length=64)
    asked = models.JSONField(default=dict)
    party = models.BigIntegerField(null=True)
    office = models.CharField(max_length=40)
    findings = models.JSONField(default=list)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "bedrock_case"
        verbose_name = "case"
        indexes: ClassVar[list[Any]] = [models.Index(fields=["about", "act", "subject"], name="cases_about")]


class FlowCursor(models.Model):
    """How far a reader of the evidence log has come."""

    reader = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField(default=-1)
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "bedrock_flow_cursor"


class StuckStep(models.Model):
    """A flow step that failed: tried again with growing pauses, set aside for a person after the last try.

    `held` says that it failed for a hold alone, and waits for its end.
    """

    reader = models.CharField(max_length=40)
    step = models.CharField(max_length=80)
    position = models.BigIntegerField()
    tries = models.IntegerField(default=1)
    error = models.TextField()
    next_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "bedrock_stuck_step"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["reader", "step", "position"], name="one_stuck_step_each")
        ]


class Heartbeat(models.Model):
    """The last time a long-running part made progress; health reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "bedrock_heartbeat"
