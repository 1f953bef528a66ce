"""Who learns what of a lost ground: an appeal is for the party that made it and the offices; what is spared, for the offices."""

from __future__ import annotations

from typing import Any

from tongqu.exchange.bedrock.procedures import Actor

OFFICES = frozenset({"reviewer", "regulator"})
WITHHELD = frozenset({"appeal", "spare", "decide"})


def withholds(subject: Any, fact: Any, by: Actor) -> bool:
    if fact.act not in WITHHELD or by.kind == "clock" or OFFICES & by.roles:
        return False
    return by.party is None or fact.actor.get("party") != by.party
