"""What quality does when something happened elsewhere: named in the flow, called once for each fact."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, NotNow, Refused, begin, perform
from tongqu.exchange.registry import catalogue
from tongqu.exchange.registry.quality.acts import target
from tongqu.exchange.registry.quality.models import QualityCheck
from tongqu.exchange.registry.quality.procedure import QUALITY_CHECK


def take_examined(fact: SequencedFact, at: datetime) -> None:
    """After `node.examined`: the check stands, and the one before it no longer does."""
    data = fact.body["data"]
    row = _asked(data["target"])
    if row is None:
        return
    key = f"flow/{fact.position}/quality"
    for before in QualityCheck.objects.select_for_update().filter(resource=row.resource_id, state="standing"):
        perform(QUALITY_CHECK, "supersede", before.pk, by=HOUSE, at=at, key=f"{key}/supersede")
    perform(QUALITY_CHECK, "measured", row.pk, by=HOUSE, at=at, key=key, measurement=data["digest"])


def give_up_unexamined(fact: SequencedFact, at: datetime) -> None:
    """After `node.failed`: the check ends with the node's reason; the one before it goes on standing."""
    data = fact.body["data"]
    row = _asked(data["source"])
    if row is not None:
        key = f"flow/{fact.position}/quality"
        perform(QUALITY_CHECK, "give_up", row.pk, by=HOUSE, at=at, key=key, fault=data["fault"])


def check_anew(fact: SequencedFact, at: datetime) -> None:
    """After `resource.measured`: where the data has changed, the same rules are checked on it by themselves."""
    row = QualityCheck.objects.filter(resource=fact.subject_id, state="standing").first()
    profile = catalogue.resource(fact.subject_id).profile
    if row is None or profile is None or profile["source_version"] == row.source_version:
        return
    try:
        with transaction.atomic():
            key = f"flow/{fact.position}/quality"
            begin(QUALITY_CHECK, by=HOUSE, at=at, key=key, resource=fact.subject_id, rules=row.rules)
    except (NotNow, Refused):  # under way already, or the data lost a column: its holder states new rules
        return


def _asked(name: str) -> QualityCheck | None:
    """The check that a node's answer is for, locked; None where nobody waits for it any more."""
    number = name.removeprefix(target(0)[:-1])
    if number == name or not number.isdecimal():
        return None
    return QualityCheck.objects.select_for_update().filter(pk=int(number), state="asked").first()
