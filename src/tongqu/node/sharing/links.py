"""Links to a share's files: signed by the node, short-lived, good for one part under one permit and token. Pure.

A link names no path. It is opened only after the permit was judged again, so a permit that was revoked, or got another
token, takes its links with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LINK_SECONDS = 900
_SIGNATURE_BYTES = 32
LINK_CHARS_MAX = 1_000


@dataclass(frozen=True)
class Link:
    """Which part of which version, under which permit; `token_sha256` is the token's digest when it was given."""

    permit: str
    token_sha256: str
    version: str
    part: str
    expires: int

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires, UTC)


class BadLink(Exception):
    """Not a link of this node, or one whose time is over."""

    def __init__(self, *, expired: bool) -> None:
        self.expired = expired
        super().__init__("expired" if expired else "not ours")


def link_until(now: datetime) -> int:
    """The end of a link given now, in whole seconds since 1970."""
    return int((now + timedelta(seconds=LINK_SECONDS)).timestamp())


def write_link(link: Link, secret: bytes) -> str:
    told = [link.permit, link.token_sha256, link.version, link.part, link.expires]
    content = json.dumps(told, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(content, secret) + content).rstrip(b"=").decode()


def open_link(text: str, secret: bytes, now: datetime) -> Link:
    """Raises BadLink."""
    try:
        if len(text) > LINK_CHARS_MAX:
            raise ValueError
        whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, content = whole[:_SIGNATURE_BYTES], whole[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _signature(content, secret)):
            raise ValueError
    except ValueError:
        raise BadLink(expired=False) from None
    link = Link(*json.loads(content))
    if now >= link.expires_at:
        raise BadLink(expired=True)
    return link


def _signature(content: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, content, hashlib.sha256).digest()
