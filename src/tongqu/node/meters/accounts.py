"""What a meter has at hand of each contract and of each permit: one object for each.

A node with many contracts asks for another one with every call. Whatever is kept of it in a table of its own is then fetched from
afar, for each call and each table; of one object that is done once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain as chain_of
from itertools import islice

from tongqu.node.permits import Usage
from tongqu.node.receipts import Head
from tongqu.wire.constraints import RATE_WINDOW

NO_RECEIPT = Head()
NOT_USED = Usage()
GONE_AT_ONCE = 32


class Chain:
    """Of a contract: where its receipts end, up to which they are stated, and since when one waits for its statement."""

    __slots__ = ("head", "since", "stated")

    def __init__(self, head: Head = NO_RECEIPT, stated: int = 0) -> None:
        self.head = head
        self.stated = stated
        self.since: datetime | None = None

    @property
    def unstated(self) -> int:
        """So many receipts no statement covers yet."""
        return self.head.sequence - self.stated


class Used:
    """Of a permit: the keys asked under it so far, and the moments of its calls in the last minute."""

    # A list that is shortened now and then, and not a deque: of most permits there is a call or none, and a deque begins with room for 64.
    __slots__ = ("_gone", "_moments", "calls")

    def __init__(self, calls: int = 0, moments: Sequence[datetime] = ()) -> None:
        self.calls = calls
        self._moments = list(moments)
        self._gone = 0

    def take(self, calls: int, now: datetime) -> None:
        self.calls += calls
        self._moments.append(now)

    def usage(self, now: datetime) -> Usage:
        moments, gone = self._moments, self._gone
        ended = now - RATE_WINDOW
        while gone < len(moments) and moments[gone] <= ended:
            gone += 1
        if gone == len(moments) or (gone >= GONE_AT_ONCE and 2 * gone >= len(moments)):
            del moments[:gone]
            gone = 0
        self._gone = gone
        requests = len(moments) - gone
        return Usage(self.calls, requests, moments[gone] if requests else None)


class Dues:
    """Contracts with receipts that no statement covers yet, in the order in which they began to wait. One that was put off, or has
    receipts left behind a full statement, stands behind those that came meanwhile and waits at most twice as long."""

    def __init__(self, receipts_max: int) -> None:
        self._receipts_max = receipts_max
        self._waiting: dict[str, Chain] = {}
        self._full: set[str] = set()
        """Those that have enough for a full statement."""
        self._unstatable: set[str] = set()
        """Of these no statement could be made when it was tried last; they take no other's turn."""

    def begin(self, contract: str, chain: Chain, since: datetime) -> None:
        """A first receipt waits."""
        chain.since = since
        self._waiting[contract] = chain
        self.look(contract, chain)

    def look(self, contract: str, chain: Chain) -> None:
        """Whether there are enough by now."""
        if chain.unstated >= self._receipts_max:
            self._full.add(contract)

    def put_off(self, contract: str, chain: Chain, now: datetime) -> None:
        """It waits as if its oldest receipt had just been given."""
        self._unstatable.add(contract)
        self._waiting.pop(contract, None)
        self.begin(contract, chain, now)

    def end(self, contract: str, chain: Chain) -> None:
        """All that waited is stated, or belongs to no statement."""
        chain.since = None
        self._waiting.pop(contract, None)
        self._full.discard(contract)
        self._unstatable.discard(contract)

    def due(self, now: datetime, wait: timedelta, limit: int) -> list[str]:
        """At most `limit`: those that have enough for a full statement, and then those that have waited so long, in their order.

        A receipt from the future means that the clock was set back since; it does not wait for that future.
        """
        full = self._full - self._unstatable
        return list(islice(chain_of(full, self._long(now, wait, full)), limit))

    def _long(self, now: datetime, wait: timedelta, but: set[str]) -> Iterator[str]:
        for contract, chain in self._waiting.items():  # as they came: behind one that is not due none is
            assert chain.since is not None
            if abs(now - chain.since) < wait:
                return
            if contract not in but:
                yield contract
