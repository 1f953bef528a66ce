"""What `/log/` serves to anyone: checkpoint, key, tiles and bundles of salted digests (C2SP tlog-tiles). No bodies."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.exchange.bedrock.evidence import tree
from tongqu.wire import tiles


@dataclass(frozen=True, slots=True)
class Published:
    """The bytes of one file of the log. `immutable` ones may be cached for ever, the others for a few seconds."""

    content: bytes
    content_type: str
    immutable: bool


def published(path: str) -> Published | None:
    """The file at a path below `/log/`: `checkpoint`, `key`, `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`.

    None where the log has no such file (answer 404). Raises LogBroken when it should have it.
    """
    newest = tree.checkpoint()
    if newest is None:
        return None
    if path == "checkpoint":
        return _text(newest.note)
    if path == "key":
        return _text(newest.key + "\n")
    if not path.startswith("tile/"):
        return None
    try:
        tile = tiles.parse(path.removeprefix("tile/"))
    except tiles.BadTile:
        return None
    if tile.width > tiles.width_at(tile.level or 0, tile.index, newest.size):
        return None
    content = tiles.bundle(tree.entries(tile)) if tile.level is None else tree.fetch(tile)
    return Published(content, "application/octet-stream", immutable=True)


def _text(text: str) -> Published:
    return Published(text.encode(), "text/plain; charset=utf-8", immutable=False)
