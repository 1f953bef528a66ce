"""What a part that works cannot do just now, in a sentence. It is said to people; nothing is stopped or ended for it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tongqu.exchange.bedrock.values import Words

_PASSING = frozenset({"not-yet-synced", "exchange-unreachable"})


@dataclass(frozen=True)
class Lack:
    """`words` follow "it runs, but". A `passing` one is worth waiting for at a start: it goes by itself."""

    words: Words
    passing: bool = False


def node_lacks(health_url: str) -> Lack | None:
    """What a node does not serve now, by its own word. None also when it does not say: that it lives is asked elsewhere."""
    told = _told(health_url)
    found = [*_sources(told), *_lease(told), *_journal(told)] if told else []
    if not found:
        return None
    words = Words("；".join(lack.words.zh for lack in found), "; ".join(lack.words.en for lack in found))
    return Lack(words, any(lack.passing for lack in found))


def _told(url: str) -> dict[str, Any] | None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path)
        told = json.loads(connection.getresponse().read(1_000_000))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return told if isinstance(told, dict) else None


def _sources(told: dict[str, Any]) -> Iterator[Lack]:
    faults = told.get("source_faults", {})
    for source in told.get("sources_missing", []):
        if code := faults.get(source):
            yield Lack(Words(f"数据源 {source} 不可用（{code}）", f"source {source} cannot be served ({code})"))
        else:
            yield Lack(Words(f"数据源 {source} 仍在读取", f"source {source} is still being read"), passing=True)


def _lease(told: dict[str, Any]) -> Iterator[Lack]:
    if told.get("lease_seconds_left"):
        return
    if fault := told.get("sync_fault"):
        words = Words(f"没有与交易所接通（{fault}）", f"it is not in touch with the exchange ({fault})")
        yield Lack(words, passing=fault in _PASSING)
    else:
        yield Lack(
            Words("交易所没有给它租约，可能已被暂停", "the exchange gives it no lease; it may have been suspended")
        )


def _journal(told: dict[str, Any]) -> Iterator[Lack]:
    if told.get("journal") == "unwritable":
        yield Lack(Words("计量日志不可写", "its journal cannot be written"))
