"""Of several workers one reads the data; what the others serve is what it took, drift included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.node.test_drift import drift_of, told
from tests.node.test_kinds import fault, folder, parquet, rows
from tests.node.test_sources import answers
from tests.node.world import NOON
from tongqu.node.config import SourceConfig
from tongqu.node.sources import SourceRoom
from tongqu.wire.drift import GONE, RETYPED


class _Pair:
    """The worker that leads and one that does not, over one state folder."""

    def __init__(self, state: Path, source: SourceConfig) -> None:
        state.mkdir(exist_ok=True)
        self.leads = SourceRoom([source], state)
        self.follows = SourceRoom([source], state, leads=False)

    def look(self) -> tuple[list[str], list[str]]:
        for room in (self.leads, self.follows):
            room._arrivals._rest.clear()
        return self.leads.look(NOON), self.follows.look(NOON)

    def is_one(self) -> bool:
        one, other = (room.held["credit"] for room in (self.leads, self.follows))
        return (one.declaration, one.offer) == (other.declaration, other.offer)


def _unread(monkeypatch: Any, room: SourceRoom) -> None:
    def refuse(*_given: Any, **_more: Any) -> None:
        raise AssertionError("a worker that follows reads no data")

    monkeypatch.setattr(room, "_look_at_data", refuse)


def test_a_worker_that_follows_serves_what_the_other_took_and_reads_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    data = tmp_path / "data"
    parquet(data / "day=1" / "a.parquet", ("001", 1, 1.0))
    pair = _Pair(tmp_path / "state", folder(data, modes=("verification", "dataset")))
    _unread(monkeypatch, pair.follows)
    assert pair.follows.look(NOON) == []  # nothing is taken yet, and that is no fault
    assert (pair.follows.held, pair.follows.faults, pair.follows.is_loading("credit")) == ({}, {}, True)
    assert pair.look() == (["credit"], ["credit"])
    assert pair.is_one()
    parquet(data / "day=2" / "b.parquet", ("002", 0, 2.0))
    assert pair.look() == (["credit"], ["credit"])
    assert pair.look() == ([], [])
    assert pair.is_one()
    assert len(rows(pair.follows)) == 2
    assert answers(pair.follows, "001", "002") == ["yes", "no"]
    version = pair.follows.held["credit"].declaration.source_version
    assert pair.follows.blob("credit", version).exists()


def test_drift_reaches_every_worker_and_ends_for_every_worker(tmp_path: Path, monkeypatch: Any) -> None:
    data, state = tmp_path / "data", tmp_path / "state"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    source = replace(folder(data), on_drift="pause")
    pair = _Pair(state, source)
    pair.look()
    parquet(data / "a.parquet", ("001", 1.0), columns=("id", "limit"))  # type: ignore[arg-type]
    assert pair.look() == ([], [])
    assert fault(pair.leads) == "columns-changed"
    for room in (pair.leads, pair.follows):
        assert told(room) == {("arrears", GONE)}
        assert answers(room, "001") == ["yes"]
        assert room.held["credit"].offer.changed is not None  # calls are refused by each
    assert pair.is_one()
    # Started again, while the data is still other: both serve the version before, and refuse.
    again = _Pair(state, source)
    _unread(monkeypatch, again.follows)
    again.look()
    assert told(again.follows) == {("arrears", GONE)}
    assert again.is_one()
    assert again.follows.held["credit"].offer.changed is not None
    parquet(data / "a.parquet", ("001", 0, 1.0))
    assert again.look() == (["credit"], ["credit"])
    assert again.is_one()
    assert (drift_of(again.follows), again.follows.held["credit"].offer.changed) == (None, None)
    assert answers(again.follows, "001") == ["no"]
    # The very version that is served comes back: no other version, and no drift.
    parquet(data / "a.parquet", ("001", "x", 1.0))  # type: ignore[arg-type]
    again.look()
    assert told(again.follows) == {("arrears", RETYPED)}
    parquet(data / "a.parquet", ("001", 0, 1.0))
    assert again.look() == ([], [])
    assert (drift_of(again.follows), again.follows.held["credit"].offer.changed) == (None, None)


def test_the_same_text_in_other_types_is_taken_up_too(tmp_path: Path) -> None:
    """A database's column that is of another type, in the same words, is of the same version."""
    data = tmp_path / "data"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    pair = _Pair(tmp_path / "state", folder(data))
    pair.look()
    first = pair.follows.held["credit"]
    columns = tuple(
        replace(column, type="text") if column.name == "limit" else column for column in first.declaration.columns
    )
    pair.leads.baselines.taken("credit", first.declaration.source_version, columns)
    assert pair.follows.look(NOON) == ["credit"]
    assert pair.follows.held["credit"] is not first


def test_a_version_that_has_gone_is_waited_past(tmp_path: Path) -> None:
    """What is noted may be gone from the disk before a slow worker comes to it: it serves what it has until there is more."""
    data, state = tmp_path / "data", tmp_path / "state"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    pair = _Pair(state, folder(data))
    pair.look()
    before = pair.follows.held["credit"]
    pair.leads.baselines.taken("credit", "f" * 64, before.declaration.columns)
    assert pair.follows.look(NOON) == []
    assert pair.follows.held["credit"] is before
    assert answers(pair.follows, "001") == ["yes"]
