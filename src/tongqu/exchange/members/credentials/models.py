"""Signature keys: the person's own, or one that the exchange keeps sealed for the person."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tongqu.exchange.bedrock.procedures import Subject


class SignatureKey(Subject):
    """An Ed25519 key of one person for one organisation. `public` is the raw key in hex.

    `keeper` is "party" for an own key, of which only the public half is here, or "exchange": then `sealed` holds the
    seed, encrypted; `sealed_with` names the key file it was sealed with.
    """

    organisation = models.ForeignKey("members.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("members.Person", on_delete=models.PROTECT, related_name="+")
    keeper = models.CharField(max_length=8)
    name = models.CharField(max_length=60, blank=True)
    key_id = models.CharField(max_length=16, unique=True)
    public = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField(null=True)
    sealed_with = models.CharField(max_length=16, blank=True)
    retired_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "signature key"
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(keeper="exchange", sealed__isnull=False) | Q(keeper="party", sealed__isnull=True),
                name="the_exchange_keeps_only_its_keys",
            ),
            models.CheckConstraint(condition=Q(public__regex="^[0-9a-f]{64}$"), name="a_public_key_has_32_bytes"),
            models.UniqueConstraint(
                fields=["person", "organisation"],
                condition=Q(state="in_use", keeper="exchange"),
                name="one_kept_key_in_use_each",
            ),
        ]

    def title(self) -> str:
        return f"{self.name or 'Ed25519'} {self.key_id}"
