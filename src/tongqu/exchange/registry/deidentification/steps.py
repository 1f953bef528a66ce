"""What reports do when something happened elsewhere: named in the flow, called once for each fact."""

from __future__ import annotations

from datetime import datetime

from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import HOUSE, perform
from tongqu.exchange.registry.deidentification.acts import target
from tongqu.exchange.registry.deidentification.models import Deidentification
from tongqu.exchange.registry.deidentification.procedure import DEIDENTIFICATION


def take_examined(fact: SequencedFact, at: datetime) -> None:
    """After `node.examined`: the report is there to be read."""
    data = fact.body["data"]
    row = _asked(data["target"])
    if row is not None:
        key = f"flow/{fact.position}/deidentification"
        perform(DEIDENTIFICATION, "measured", row.pk, by=HOUSE, at=at, key=key, measurement=data["digest"])


def give_up_unexamined(fact: SequencedFact, at: datetime) -> None:
    """After `node.failed`: the report ends with the node's reason."""
    data = fact.body["data"]
    row = _asked(data["source"])
    if row is not None:
        key = f"flow/{fact.position}/deidentification"
        perform(DEIDENTIFICATION, "give_up", row.pk, by=HOUSE, at=at, key=key, fault=data["fault"])


def take_the_place(fact: SequencedFact, at: datetime) -> None:
    """After `deidentification.confirm`: the resource's reports that were confirmed before are superseded."""
    resource = fact.body["data"]["resource"]
    rows = Deidentification.objects.select_for_update().filter(resource=resource, state="confirmed")
    for row in rows.filter(confirmed_at__lt=fact.at).order_by("pk"):
        key = f"flow/{fact.position}/deidentification/{row.pk}"
        perform(DEIDENTIFICATION, "supersede", row.pk, by=HOUSE, at=at, key=key)


def _asked(name: str) -> Deidentification | None:
    """The report that a node's answer is for, locked; None where nobody waits for it any more."""
    number = name.removeprefix(target(0)[:-1])
    if number == name or not number.isdecimal():
        return None
    return Deidentification.objects.select_for_update().filter(pk=int(number), state="asked").first()
