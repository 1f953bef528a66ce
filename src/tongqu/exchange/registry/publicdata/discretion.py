"""Who objected to a registration of public data, and how to reach them: for those who look into it, and the authorities."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.evidence import TimelineFact
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGULATOR

AUTHORITIES = (REGULATOR, DATA_AUTHORITY)


def sees_objectors(filing: Any, by: Actor) -> bool:
    registrar = filing.registrar_id == by.party and "public_registrar" in by.roles
    return registrar or any(office.role in by.roles for office in AUTHORITIES)


def withholds(filing: Any, fact: TimelineFact, by: Actor) -> bool:
    """An objection names its maker and the evidence. It is no secret to who made it."""
    if fact.act != "object":
        return False
    own = fact.actor.get("person") == by.person and fact.actor.get("party") == by.party
    return not (own or sees_objectors(filing, by))
