"""Who objected to a registration, and how to reach them: known to those who investigate, kept from everybody else."""

from __future__ import annotations

from tongqu.exchange.bedrock.evidence import TimelineFact
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGULATOR
from tongqu.exchange.registry.ownership.models import Registration

AUTHORITIES = (REGULATOR, DATA_AUTHORITY)


def sees_objectors(registration: Registration, by: Actor) -> bool:
    """The registrar, who investigates, and the authorities."""
    registrar = registration.registrar_id == by.party and "registrar" in by.roles
    return registrar or any(office.role in by.roles for office in AUTHORITIES)


def withholds(registration: Registration, fact: TimelineFact, by: Actor) -> bool:
    """An objection names its maker, the evidence and a telephone number (PROP35:25). It is no secret to who made it."""
    if fact.act != "object":
        return False
    own = fact.actor.get("person") == by.person and fact.actor.get("party") == by.party
    return not (own or sees_objectors(registration, by))
