"""What the exchange is told of calls: the statements of one worker, or of all of them as of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from tongqu.node.meters import Meter
from tongqu.wire.sync import StatementAck


class Unreached(Exception):
    """Whoever keeps this contract could not be asked now."""


class Statements(Protocol):
    """What the line to the exchange needs of whoever counts calls."""

    async def unsettled(self, limit: int) -> list[dict[str, Any]]:
        """Sealed statements that the exchange has not answered yet."""

    async def settle(self, acks: Sequence[StatementAck]) -> list[StatementAck]:
        """Notes the exchange's answers; returns those to statements that were never made."""

    async def state(self, contract: str) -> None:
        """States a contract to its end. Raises JournalBroken or Unreached."""

    def reached(self, contract: str) -> bool:
        """Whether the contract's statements were among those that `unsettled` looked at last."""


class OwnStatements:
    """Of the one worker there is."""

    def __init__(self, meter: Callable[[], Meter], now: Callable[[], datetime]) -> None:
        self._meter = meter
        self._now = now

    async def unsettled(self, limit: int) -> list[dict[str, Any]]:
        return self._meter().index.unsettled(limit)

    async def settle(self, acks: Sequence[StatementAck]) -> list[StatementAck]:
        return await self._meter().settle(acks)

    async def state(self, contract: str) -> None:
        meter = self._meter()
        await meter.quiet(contract)
        while await meter.state(contract, self._now()):
            pass

    def reached(self, contract: str) -> bool:
        return True
