"""Which networks stand where, as the node's owner declares: the one thing a node can know of a caller's place.

An address that lies in no declared range says nothing; behind a gateway it is the gateway's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from tongqu.wire.constraints import REGION

ADDRESSES_REMEMBERED = 4_096


class BadNetworks(ValueError):
    """A region that is no code of GB/T 2260, or a range that is none. Correct the node's configuration."""


def _text(value: object) -> str:
    if not isinstance(value, str):  # a number would be read as an address
        raise ValueError("no text")
    return value


class Networks:
    """Ranges by region. False where none is declared, so that nobody looks."""

    def __init__(self, declared: Mapping[str, Sequence[str]]) -> None:
        found: list[tuple[IPv4Network | IPv6Network, str]] = []
        for region, ranges in declared.items():
            if not REGION.fullmatch(region):
                raise BadNetworks(f"{region!r} is no code of GB/T 2260")
            for one in ranges:
                try:
                    found.append((ip_network(_text(one)), region))
                except ValueError as error:
                    raise BadNetworks(f"{one!r} is no range of addresses") from error
        self._ranges = sorted(found, key=lambda pair: pair[0].prefixlen, reverse=True)  # the narrowest speaks first
        self.region_of = lru_cache(maxsize=ADDRESSES_REMEMBERED)(self._region_of)

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def _region_of(self, address: str) -> str | None:
        """The region of the narrowest range that holds the address; None where none does."""
        try:
            at = ip_address(address)
        except ValueError:
            return None
        if isinstance(at, IPv6Address) and at.ipv4_mapped is not None:  # as IPv4 comes to a socket that is open to both
            at = at.ipv4_mapped
        return next(
            (region for network, region in self._ranges if at.version == network.version and at in network), None
        )
