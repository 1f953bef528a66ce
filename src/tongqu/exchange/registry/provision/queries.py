"""Reading share requests: what of a party's data came by sharing, and what of it may be put to other use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.provision.discretion import USING
from tongqu.exchange.registry.provision.models import ShareRequest
from tongqu.exchange.registry.provision.rules import Standing

OPEN_TO_CLOSE = ("asked", "supplement", "escalated", "appealed", "accepted")


def standing(party: int, *, named: Sequence[int] = (), source_version: str = "", at: datetime) -> tuple[Standing, ...]:
    """Every share request on which a party's data stands: those it names, and those that gave it the very same bytes.

    A provider's consent counts while the use lasts, until its own day.
    """
    own = Q(requester=party)
    same = own & Q(provided_at__isnull=False, resource__profile__source_version=source_version)
    wanted = (own & Q(pk__in=list(named))) | (same if source_version else Q(pk__in=[]))
    found = {row.pk: row for row in ShareRequest.objects.filter(wanted).order_by("pk")}
    return tuple(
        Standing(number, number in found, number in found and _consented(found[number], at), _words(found.get(number)))
        for number in dict.fromkeys([*named, *found])
    )


def _consented(row: ShareRequest, at: datetime) -> bool:
    until = row.consent_until_at
    return row.state in USING and row.consented_at is not None and (until is None or at < until)


def _words(row: ShareRequest | None) -> Words:
    return Words(row.matter, row.matter) if row else Words("", "")


def open_on(resource_id: int) -> list[int]:
    """Requests for a resource that wait for an answer or for the data."""
    rows = ShareRequest.objects.filter(resource=resource_id, state__in=OPEN_TO_CLOSE)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def agreed_at_once(request_id: int) -> bool:
    """Whether nobody has to look at the request."""
    return ShareRequest.objects.filter(pk=request_id, at_once=True).exists()
