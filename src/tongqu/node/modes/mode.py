"""What a way of using data tells the five steps: what was asked, what came of it, and the answer once more. Pure.

A mode knows neither permit book nor meter nor journal. What it needs of the source stands in the room, made ready when the
version was loaded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from tongqu.node.consents.asking import Consent
from tongqu.node.copies import Copy, CopyKey
from tongqu.wire.permit import Permit


class Room(Protocol):
    """What a mode needs of the node's sources."""

    @property
    def held(self) -> Mapping[str, Any]: ...

    @property
    def runners(self) -> Mapping[tuple[str, str], Any]: ...

    @property
    def near(self) -> Any: ...

    @property
    def scorers(self) -> Executor: ...

    @property
    def probes(self) -> Any: ...

    @property
    def configs(self) -> Mapping[str, Any]: ...

    def blob(self, source: str, version: str) -> Path: ...
    def copy(self, key: CopyKey) -> Copy | None: ...
    def copy_failed(self, key: CopyKey) -> bool: ...


@dataclass(frozen=True)
class Ran:
    """What came of one call. `answer` is the answer as it is digested; `kept` stands in the journal, `apart` in a file of
    its own for as long as the node keeps answers; `calls` are counted, `units` are billed."""

    source_version: str
    answer: dict[str, Any]
    kept: str
    calls: int
    units: int
    apart: bytes | None = None


class Mode(Protocol):
    """One row of the table of modes. `asked` is whatever the mode's own door read from the request."""

    name: ClassVar[str]

    def use(self, asked: Any) -> str | None:
        """The id of the declared use that is asked for; None where the mode has none."""

    def calls(self, asked: Any) -> int:
        """How many calls it counts as before it is run, at the least."""

    def request(self, permit: Permit, purpose: str, asked: Any) -> dict[str, Any]:
        """What is asked, as it is digested."""

    def run(self, permit: Permit, room: Room, asked: Any, consent: Consent | None = None) -> Ran | Awaitable[Ran]:
        """Runs on what the room holds; only after the policy allowed it. What takes longer than a look-up is awaited, and
        the policy judges again before it is counted. Whoever has no consent, where one is wanted, is as good as not there.
        Raises Refusal."""

    def again(self, permit: Permit, room: Room, body: Mapping[str, Any], kept: str, apart: bytes | None) -> Any:
        """The answer, as it is digested, from what was kept of it; None when it cannot be given again."""

    def told(self, call: str, asked: Any, answer: dict[str, Any], salt: str, receipt: bytes, room: Room) -> Any:
        """What the mode's door sends."""
