"""The signing keys that a node has had: what it sealed is checked by the key of its time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tongqu.exchange.members.nodes.models import NodeKey
from tongqu.wire.seals import DatedKey, KeyRing


def ring(node_id: int) -> KeyRing:
    """Every key that the node has had, with the moment until which it counted."""
    return KeyRing(tuple(DatedKey(bytes.fromhex(key), until) for key, until in _keys(node_id)))


def told(node_id: int) -> list[dict[str, Any]]:
    """The same, as the API tells them."""
    return [{"public_key": key, "until": until} for key, until in _keys(node_id)]


def _keys(node_id: int) -> list[tuple[str, datetime | None]]:
    return list(NodeKey.objects.filter(node=node_id).order_by("since_at", "pk").values_list("public_key", "until_at"))
