"""Who objected, and how to reach them: known to the registrar and the authorities, and to who objected; kept from all others."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.evidence import TimelineFact
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.members.mandates import DATA_AUTHORITY, REGULATOR


def sees_objectors(row: Any, by: Actor) -> bool:
    """The registrar, who investigates, and the authorities."""
    registrar = row.registrar_id == by.party and "registrar" in by.roles
    return registrar or any(office.role in by.roles for office in (REGULATOR, DATA_AUTHORITY))


def withholds(row: Any, fact: TimelineFact, by: Actor) -> bool:
    """An objection to a public notice names its maker (PROP35:25). After registration the holder must answer a known party."""
    if fact.act != "object":
        return False
    own = fact.actor.get("person") == by.person and fact.actor.get("party") == by.party
    return not (own or sees_objectors(row, by))
