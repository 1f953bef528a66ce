"""Which addresses the exchange may call. A caller names the address, so it may try to reach what only we can reach.

A name is resolved once, every address it has is judged, and the call goes to the very address that was judged: a name
that answers otherwise a moment later (DNS rebinding) gains nothing. Knows no database.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from tongqu.exchange.bedrock.values import Words

Resolver = Callable[[str, int], Sequence[str]]

URL_CHARACTERS_MAX = 2000

# Global by their numbers, yet not for us: they lead back inside (cloud host services, and IPv4 wrapped in IPv6, which a
# gateway on the way may unwrap).
_INWARD = tuple(
    ip_network(text)
    for text in ("168.63.129.16/32", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)


class Forbidden(ValueError):
    """The exchange does not call this address. Correct it, or let the operator allow the exact host and port."""

    code = "address-forbidden"

    def __init__(self, reason: Words) -> None:
        self.words = Words(f"不能向该地址发送：{reason.zh}", f"This address is not called: {reason.en}")
        self.mend = Words(
            "请改用公网的 https 地址；内网地址须由运营机构列入 TONGQU_ERRAND_ALLOW。",
            "Give a public https address; an internal one must be listed by the operator in TONGQU_ERRAND_ALLOW.",
        )
        super().__init__(self.words.en)


class UnknownHost(LookupError):
    """The name has no address now. Trying later may help."""

    code = "unknown-host"
    words = Words("域名无法解析", "The host's name has no address")
    mend = Words("请核对域名，或稍后再试。", "Check the name, or try later.")


@dataclass(frozen=True)
class Target:
    """Where a call goes: the address that was judged, and the name under which it is called."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def url(self) -> str:
        """The URL with the judged address in the place of the name."""
        return f"{self.scheme}://{_bracketed(self.address)}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        usual = {"http": 80, "https": 443}[self.scheme]
        return _bracketed(self.host) + ("" if self.port == usual else f":{self.port}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def look_up(host: str, port: int) -> list[str]:
    """All addresses of a name, as the machine's resolver knows them. Raises UnknownHost."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHost(UnknownHost.words.en) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def shape(url: str) -> httpx.URL:
    """The parsed URL, without a look-up. Raises Forbidden for a scheme, name or port that is never called."""
    if len(url) > URL_CHARACTERS_MAX:
        raise Forbidden(Words("地址过长", "it is too long"))
    try:
        parsed = httpx.URL(url)
        port = parsed.port
    except (httpx.InvalidURL, ValueError) as error:
        raise Forbidden(Words("地址无法解析", "it cannot be read")) from error
    if parsed.scheme not in {"http", "https"}:
        raise Forbidden(Words("只支持 http 和 https", "only http and https are called"))
    if parsed.userinfo or "@" in parsed.netloc.decode("ascii", "replace"):
        raise Forbidden(Words("地址中不得带用户名或密码", "it carries a user name or password"))
    if not parsed.raw_host or (port is not None and not 0 < port < 65_536):
        raise Forbidden(Words("缺少主机名或端口有误", "the host is missing or the port is wrong"))
    return parsed


def guard(url: str, *, allow: Collection[str] = (), resolver: Resolver = look_up) -> Target:
    """Where the URL may be called, or a refusal. `allow` holds exact `host:port` that may lead inside, by http too.

    Raises Forbidden, UnknownHost. One inward address among several refuses the name.
    """
    parsed = shape(url)
    host = parsed.raw_host.decode("ascii")
    port = parsed.port or {"http": 80, "https": 443}[parsed.scheme]
    addresses = resolver(host, port)
    if not addresses:
        raise UnknownHost(UnknownHost.words.en)
    if f"{_bracketed(host)}:{port}" not in allow:
        if not all(is_public(address) for address in addresses):
            raise Forbidden(Words("它指向内部或保留的网络", "it leads to an internal or reserved network"))
        if parsed.scheme != "https":
            raise Forbidden(Words("公网地址须使用 https", "a public address is called by https only"))
    return Target(parsed.scheme, host, port, addresses[0], parsed.raw_path.decode("ascii"))


def is_public(address: str) -> bool:
    """Whether an address lies in the public internet, seen through the forms in which an inner one can hide."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return False
        ip = ip.ipv4_mapped or ip
    inward = any(ip.version == network.version and ip in network for network in _INWARD)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or inward)
