"""What only the running node knows, told to its owner: what it serves, how it stands with the exchange, what it counted."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, Protocol

from tongqu.node.config import NodeConfig
from tongqu.node.gauges import Gauges
from tongqu.node.owner.tally import ANSWERED, REFUSED, REPEATED, counted
from tongqu.node.permits.book import PermitBook
from tongqu.node.sources import SourceRoom
from tongqu.node.ways import Health
from tongqu.wire.message import moment_text


class Running(Protocol):
    """What is asked of the keeper."""

    config: NodeConfig
    gauges: Gauges
    book: PermitBook
    room: SourceRoom
    began_at: datetime

    @property
    def key_id(self) -> str: ...
    def change_key(self) -> str: ...
    def now(self) -> datetime: ...
    def health(self) -> Health: ...
    def life(self) -> Health: ...


def status(node: Running) -> dict[str, Any]:
    """Names, numbers and codes; never a token, a key that was asked, or a row."""
    counts = counted(node.gauges)
    lease = node.book.lease
    return {
        **node.health().body,
        **node.life().body,
        "pid": os.getpid(),
        "key_id": node.key_id,
        "began_at": moment_text(node.began_at),
        "at": moment_text(node.now()),
        "lease_until": None if lease is None else moment_text(lease.until),
        "host": node.config.host,
        "port": node.config.port,
        "answered": {which: count for (what, which), count in counts.items() if what == ANSWERED},
        "refused": {which: count for (what, which), count in counts.items() if what == REFUSED},
        "repeated": counts.get((REPEATED, ""), 0),
    }


def sources(node: Running) -> dict[str, Any]:
    """Each source as it stands: what is held, what is wrong with it, whether it is being loaded."""
    return {source: _source(node.room, source) for source in node.room.configs}


def _source(room: SourceRoom, source: str) -> dict[str, Any]:
    held, fault = room.held.get(source), room.faults.get(source)
    told: dict[str, Any] = {"held": None, "fault": None, "loading": room.is_loading(source)}
    if held is not None:
        declared = held.declaration
        told["held"] = {
            "version": declared.source_version, "rows": declared.rows, "bytes": declared.bytes,
            "columns": len(declared.columns), "loaded_at": moment_text(declared.loaded_at),
        }  # fmt: skip
    if fault is not None:
        told["fault"] = {"code": fault.code, "words": fault.words.to_json(), "mend": fault.mend.to_json()}
    return told
