"""What the command and the console show of a node, put together from its folder and, where it runs, from itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tongqu.node.config import NodeConfig
from tongqu.node.faults import NodeFault
from tongqu.node.owner.doctor import running
from tongqu.node.owner.line import NotRunning, ask
from tongqu.node.owner.papers import Product, Stated, identity, products, sizes, statement_counts, statements
from tongqu.node.sync import SOFTWARE
from tongqu.wire.message import moment_text
from tongqu.wire.permit import ACTIVE
from tongqu.wire.title import Title


def status(config: NodeConfig) -> dict[str, Any]:
    """Whether it works, and what it stands on. Raises NodeFault when a node runs and does not answer."""
    return standing(config, running(config.state))


def standing(config: NodeConfig, told: dict[str, Any] | None) -> dict[str, Any]:
    """As `status`. `told`, in it `node`, is what the running node tells of itself, None without one."""
    who, now = identity(config.state), datetime.now(UTC)
    size = sizes(config.state)
    held = products(config.state, now)
    standings: dict[str, int] = {}
    for each in held:
        standings[each.standing] = standings.get(each.standing, 0) + 1
    return {
        "running": told is not None,
        "name": config.name,
        "enrolled_as": None if who is None else who.node,
        "exchange": config.exchange,
        "software": SOFTWARE,
        "node": told,
        "permits": standings,
        "calls_left": _calls_left(held),
        "statements": statement_counts(config.state),
        "journal_bytes": size.journal,
        "journal_files": size.journal_files,
        "state_bytes": size.whole,
        "disk_free_bytes": size.disk_free,
        "disk_bytes": size.disk,
    }


def sources(config: NodeConfig) -> dict[str, Any]:
    """Each declared source, with what the running node says of it."""
    try:
        live = ask(config.state, "sources")
    except (NotRunning, NodeFault):
        live = {}
    found = []
    for source in config.sources:
        told = live.get(source.id, {"held": None, "fault": None, "loading": False})
        found.append({
            "id": source.id, "title": {"zh": source.title.zh, "en": source.title.en}, "kind": source.format,
            "modes": list(source.modes), "declares": {mode: [use for m, use in source.uses if m == mode] for mode in source.modes},
            **told,
        })  # fmt: skip
    return {"running": bool(live), "sources": found}


def _calls_left(held: Sequence[Product]) -> int | None:
    """Of all that are in use; None while that is not known."""
    left = [each.left for each in held if each.standing == ACTIVE]
    return None if None in left else sum(each for each in left if each is not None)


def products_told(config: NodeConfig) -> dict[str, Any]:
    sources = {source.id: source.title for source in config.sources}
    return {"products": [_product(each, sources) for each in products(config.state, datetime.now(UTC))]}


def _product(each: Product, sources: Mapping[str, Title]) -> dict[str, Any]:
    """A data set has no use with a title of its own: it is called as its source is, while that is declared."""
    permit = each.permit
    use = permit.use
    title = getattr(use, "title", None) or sources.get(permit.source)
    return {
        "contract": permit.contract, "permit": permit.id, "buyer": permit.buyer, "source": permit.source, "mode": permit.mode,
        "use": None if use is None else use.id, "title": None if title is None else {"zh": title.zh, "en": title.en},
        "standing": each.standing, "purposes": list(permit.purposes), "not_before": moment_text(permit.not_before),
        "not_after": moment_text(permit.not_after), "calls_max": permit.calls_max, "calls_used": each.used, "calls_left": each.left,
        "rate_per_minute": permit.rate_per_minute, "price_micro_yuan": permit.price_micro_yuan, "charge": permit.charge,
    }  # fmt: skip


def statements_told(config: NodeConfig) -> dict[str, Any]:
    return {
        "counts": statement_counts(config.state),
        "statements": [_statement(each) for each in statements(config.state)],
    }


def _statement(each: Stated) -> dict[str, Any]:
    told = each.statement
    return {
        "contract": told.contract, "number": told.number, "from": told.from_sequence, "to": told.to_sequence,
        "calls": sum(told.calls.values()), "units": sum(told.units.values()), "made_at": moment_text(told.made_at),
        "settled": each.settled,
    }  # fmt: skip
