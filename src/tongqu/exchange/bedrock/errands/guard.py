"""Where an outgoing call may go. Everything that is not a public address is refused, unless it is named in the settings.

The name is resolved once and the call goes to that very address, so a name that changes its mind between check and
call (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from tongqu.exchange.bedrock.values import Words

Resolve = Callable[[str, int], list[str]]


class Forbidden(ValueError):
    """The address may not be called. Use a public https address, or have the operator allow this host and port."""

    code = "address-forbidden"

    def __init__(self, url: str, words: Words) -> None:
        self.words = words
        self.mend = Words("请使用公网 https 地址，或请运营机构将该主机加入允许名单。", "Use a public https address, or have the operator allow the host.")
        super().__init__(words.en)


@dataclass(frozen=True)
class Target:
    """A checked call: `address` is the IP that the name had when it was checked."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({str(entry[4][0]) for entry in found})


def guard(url: str, *, allow: Collection[str] = (), resolver: Resolve = resolve) -> Target:
    """The target of a call. Raises Forbidden. `allow` names "host:port" pairs that may be private (a node next door)."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Forbidden(url, Words("端口不正确", "The port is not right")) from error
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise Forbidden(url, Words("只能呼叫 http 或 https 地址", "Only http and https addresses are called"))
    if parts.username or parts.password:
        raise Forbidden(url, Words("地址中不得带有用户名或口令", "The address may not hold a user name or password"))
    try:
        addresses = resolver(host, port)
    except OSError as error:
        raise Forbidden(url, Words(f"主机名 {host} 无法解析", f"The name {host} cannot be resolved")) from error
    allowed = f"{host}:{port}" in allow
    if not addresses or not (allowed or all(_public(address) for address in addresses)):
        raise Forbidden(url, Words(f"{host} 不是公网地址", f"{host} is not a public address"))
    if parts.scheme == "http" and not allowed:
        raise Forbidden(url, Words("公网回调须使用 https", "A public callback must use https"))
    path = parts.path or "/"
    return Target(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path, addresses[0])


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast and not found.is_reserved
