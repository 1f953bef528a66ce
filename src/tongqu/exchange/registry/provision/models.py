"""Requests of one department for another's data, from the asking to the end of the use."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongqu.exchange.bedrock.procedures import Subject

ENDED = ("declined", "lapsed", "withdrawn", "ended")


class ShareRequest(Subject):
    """One request. `answer_days` and `provision_days` are the working days that the clocks had counted when it was
    answered and first provided; `over_asked` the elements that its ground does not name."""

    requester = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("registry.Resource", on_delete=models.PROTECT, related_name="+")
    matter = models.CharField(max_length=60)
    ground_kind = models.CharField(max_length=12)
    ground = models.TextField()
    items = ArrayField(models.CharField(max_length=200))
    over_asked = ArrayField(models.CharField(max_length=200), default=list)
    mode = models.CharField(max_length=12)
    frequency = models.CharField(max_length=12)
    safeguards = models.TextField()
    contact_name = models.CharField(max_length=60)
    contact_phone = models.CharField(max_length=20)
    until_at = models.DateTimeField()
    at_once = models.BooleanField(default=False)
    missing = models.JSONField(default=list)
    asked_more = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)
    answered_late = models.BooleanField(default=False)
    answer_days = models.IntegerField(null=True)
    refusal = models.JSONField(null=True)
    refused_ground = models.CharField(max_length=12, blank=True)
    decision = models.JSONField(null=True)
    provided = models.JSONField(null=True)
    provided_at = models.DateTimeField(null=True)
    provided_late = models.BooleanField(default=False)
    provision_days = models.IntegerField(null=True)
    doubt = models.JSONField(null=True)
    renewal_until_at = models.DateTimeField(null=True)
    consent_asked = models.TextField(blank=True)
    consent = models.TextField(blank=True)
    consented_at = models.DateTimeField(null=True)
    consent_until_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "share request"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(requester=F("provider")), name="nobody_shares_with_itself"),
            models.CheckConstraint(condition=Q(items__len__gte=1), name="a_share_request_names_elements"),
            models.CheckConstraint(condition=Q(over_asked__contained_by=F("items")), name="over_asked_is_asked"),
            models.UniqueConstraint(
                fields=["requester", "resource", "matter"],
                condition=~Q(state__in=ENDED),
                name="one_open_share_request_for_a_matter",
            ),
            models.CheckConstraint(
                condition=~Q(
                    state__in=["accepted", "provided", "questioned", "in_use", "renewing", "refused", "appealed"]
                )
                | Q(answered_at__isnull=False),
                name="what_goes_on_was_answered",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["provided", "questioned", "in_use", "renewing"])
                | Q(provided__isnull=False, provided_at__isnull=False),
                name="what_is_used_was_provided",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "appealed"]) | Q(refusal__isnull=False),
                name="a_share_refusal_is_reasoned",
            ),
            models.CheckConstraint(
                condition=Q(consented_at__isnull=True, consent="") | (Q(consented_at__isnull=False) & ~Q(consent="")),
                name="a_consent_has_its_words",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["provider", "state"], name="share_requests_of_provider"),
            models.Index(fields=["requester", "resource"], name="share_requests_of_requester"),
        ]

    def title(self) -> str:
        return self.matter
