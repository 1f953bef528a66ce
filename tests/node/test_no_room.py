"""Too little memory, or too little of the disk, is told as what it is, and not as a fault of the data or its declaration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.node.parts import parted
from tests.node.queries import Clinic
from tongqu.node.engines import DuckEngine, columns_of, duck, layout_of
from tongqu.node.engines.engine import NoRoom
from tongqu.node.modes.filtered import Filtered
from tongqu.node.sources import taking_in
from tongqu.node.sources.queries import prepare
from tongqu.wire.query import Condition, Ordering, Parameter, Query, Returned
from tongqu.wire.words import Words

TITLE = Words("一", "one")
ROWS = 200_000
QUERY = Query(
    "q", TITLE, (Parameter("city", TITLE, "city", "text", "eq", required=True),), (Returned("note", TITLE), Returned("at", TITLE)),
    order=(Ordering("at", True),),
)  # fmt: skip


def _table(rows: int) -> pa.Table:
    drawn = np.random.default_rng(1)
    cities = np.array([f"c{at}" for at in range(7)])[drawn.integers(0, 7, rows)]
    return pa.table(
        {"city": cities, "at": drawn.integers(0, 50, rows), "note": [drawn.bytes(40).hex() for _ in range(rows)]}
    )


def test_a_sort_that_does_not_fit_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "BUILD_MEMORY", "8MB")
    monkeypatch.setattr(duck, "SPILL_MAX", "0KB")
    kept, engine = parted(tmp_path / "kept", _table(ROWS)), DuckEngine(tmp_path / "spill")
    layout = layout_of(QUERY, columns_of(kept.schema, QUERY.used))
    with pytest.raises(NoRoom):
        engine.lay(kept, layout, "rows", tmp_path / "queries")
    assert not list((tmp_path / "queries").iterdir())
    assert not list((tmp_path / "spill").iterdir())


def test_what_is_looked_up_by_a_column_comes_in_the_querys_order(tmp_path: Path) -> None:
    """Rows lie by what every call names; within one value of it their order is the query's, down to the source's own."""
    table = _table(2_000)
    kept = parted(tmp_path / "kept", table, part_rows=300)
    query = prepare(DuckEngine(tmp_path / "spill"), kept, QUERY, tmp_path / "queries", 60)
    for city in ("c0", "c6"):
        after, found = 0, []
        while page := query.read(Filtered((query.fixed(Condition("city", "eq", (city,))),), after, 50)):
            after = page[-1][0]
            found += [row[1:] for row in page]
        rows = [(row["note"], row["at"]) for row in table.to_pylist() if row["city"] == city]
        assert found == sorted(rows, key=lambda row: -row[1])


@pytest.mark.anyio
async def test_a_source_that_could_not_be_worked_through_is_not_called_unfit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise NoRoom

    monkeypatch.setattr(DuckEngine, "lay", no_room)
    async with Clinic(tmp_path) as clinic:
        assert {source: fault.code for source, fault in clinic.keeper.room.faults.items()} == {
            "visits": "no-room-to-work"
        }
        monkeypatch.undo()
        await clinic.keeper.look()  # tried again, and there is room now
        assert not clinic.keeper.room.faults


def test_memory_that_ran_out_while_a_file_was_read_says_nothing_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object) -> None:
        raise pa.ArrowMemoryError("malloc of size 1 failed")

    monkeypatch.setattr(taking_in, "_write", no_memory)
    world = Clinic(tmp_path)
    (bank, _) = world.keeper.room.configs.values()
    with pytest.raises(taking_in.SourceFault) as fault:
        taking_in.take_in(bank, bank.path or Path(), "a" * 64, 1, tmp_path / "kept")
    assert fault.value.code == "no-room-to-work"
