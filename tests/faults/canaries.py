"""The look that every fault ends with: whatever happened, no value of the source stands where it must not.

It looks into all that nodes answer while the test runs, refusals and metrics too, into all that they tell the exchange, and,
whenever a node has ended, into its log and every file that does not hold the source by design.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.house import House
from tests.node.world import CANARIES, FakeExchange

SECRETS = (*CANARIES, "CANARY")
SOURCE = "credit.csv"
HOLD_IT = ("blobs", "copies", "kept", "keys", "queries", "snapshots", "spark", "spill")
"""Folders of a state folder that hold what the source holds (docs/guides/node.md)."""
ANSWER, TOLD, METRICS, FILE = "answer", "told the exchange", "metrics", "file"


class Look:
    """What was looked into, by kind, and where a value of the source stood."""

    def __init__(self) -> None:
        self.looked: Counter[str] = Counter()
        self.found: list[str] = []

    def at(self, kind: str, where: object, content: bytes) -> None:
        self.looked[kind] += 1
        self.found += [f"{secret} in {kind} {where}" for secret in SECRETS if secret.encode() in content]

    def at_files(self, folder: Path) -> set[str]:
        """The names of those looked into."""
        files = [file for file in folder.rglob("*") if file.is_file() and not _holds_it(file.relative_to(folder))]
        for file in files:
            self.at(FILE, file.relative_to(folder), file.read_bytes())
        return {file.name for file in files}

    def at_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on."""
        send = httpx.Client.send

        def seen(client: httpx.Client, request: httpx.Request, **how: Any) -> httpx.Response:
            answer = send(client, request, **how)
            kind = METRICS if request.url.path == "/metrics" else ANSWER
            self.at(kind, f"{answer.status_code} to {request.url.path}", answer.content + repr(answer.headers).encode())
            return answer

        monkeypatch.setattr(httpx.Client, "send", seen)

    def at_exchange(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on."""
        open_it = FakeExchange._open

        def seen(exchange: FakeExchange, sealed: Any) -> Any:
            self.at(TOLD, "in a sync", json.dumps(sealed, ensure_ascii=False).encode())
            return open_it(exchange, sealed)

        monkeypatch.setattr(FakeExchange, "_open", seen)

    def at_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on, at each end of a node: its metrics just before, its files just after."""
        for name in ("stop", "kill"):
            monkeypatch.setattr(House, name, self._looking(getattr(House, name)))

    def _looking(self, end: Any) -> Any:
        def ended(house: House) -> Any:
            with contextlib.suppress(httpx.HTTPError):  # it may be dead already
                httpx.get(f"{house.url}/metrics", timeout=10)
            result = end(house)
            assert {house.log.name, "book.db", "index.db"} <= self.at_files(house.folder)
            return result

        return ended


def _holds_it(file: Path) -> bool:
    return file.name == SOURCE or any(part.startswith(HOLD_IT) for part in file.parts[:-1])


@contextlib.contextmanager
def looking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Look]:
    """Looks until the end, and at what then lies in the folder."""
    look = Look()
    look.at_answers(monkeypatch)
    look.at_exchange(monkeypatch)
    look.at_ends(monkeypatch)
    yield look
    look.at_files(folder)
