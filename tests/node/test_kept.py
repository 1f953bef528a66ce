"""What a node keeps of a source: plain parts, whole or not there, the same rows whatever the owner's file is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.node.test_sources import config, room
from tests.node.world import NOON
from tongqu.node.config import SourceConfig
from tongqu.node.faults import NodeFault
from tongqu.node.sources import streams, taking_in
from tongqu.node.sources.kept import NOTE, Kept
from tongqu.node.sources.taking_in import drop_kept, take_in


def taken(source: SourceConfig, file: Path, **changes: Any) -> Kept:
    version = hashlib.sha256(file.read_bytes()).hexdigest()
    return take_in(source, file, version, file.stat().st_size, file.parent / "kept", **changes)


def whole(kept: Kept, *columns: str) -> dict[str, list[Any]]:
    batches = kept.batches(list(columns) or None)
    schema = pa.schema([kept.schema.field(name) for name in columns]) if columns else kept.schema
    return dict(pa.Table.from_batches(batches, schema).to_pydict())


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from([
        "0", "1", "true", "FALSE", "1.5", "-1e400", "nan", "inf", " 7", "2020-01-02", "12:30:00", "2020-01-02 03:04:05",
        "1500-01-01 00:00:00", "2020-01-02 03:04:05.123456789", "2020-01-02T03:04:05Z", "甲", "", "a,b", 'q"q', "l\nl", "NULL",
    ]),
)  # fmt: skip


def written(cells: list[str | None]) -> str:
    def cell(value: str | None) -> str:
        if value is None:
            return ""
        return '"' + value.replace('"', '""') + '"' if value == "" or set(value) & set('",\n') else value

    return "k,x\n" + "".join(f"{at},{cell(value)}\n" for at, value in enumerate(cells))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(CELLS, max_size=12))
def test_a_column_of_text_files_has_the_type_that_all_of_its_cells_fit(tmp_path: Path, cells: list[str | None]) -> None:
    """The reference reads the file whole; the stream sees a few lines at a time."""
    file = tmp_path / "a.csv"
    file.write_text(written(cells), encoding="utf-8")
    reading = {
        "parse_options": pa.csv.ParseOptions(newlines_in_values=True),
        "convert_options": pa.csv.ConvertOptions(
            strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
        ),
    }
    expected = pa.csv.read_csv(file, **reading)
    with pytest.MonkeyPatch.context() as blocks:
        blocks.setattr(streams, "BLOCK_BYTES", 64)
        stream = streams.stream_of(config(file, key=None), file)
        found = pa.Table.from_batches(stream.batches, stream.schema)
    kind = expected.schema.field("x").type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        kind = pa.string()  # a moment with a zone in a text file stays as it is written
        expected = pa.csv.read_csv(
            file,
            parse_options=reading["parse_options"],
            convert_options=pa.csv.ConvertOptions(
                column_types={"x": kind}, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=False
            ),
        )
    assert found.schema.field("x").type == kind
    assert str(found.to_pydict()) == str(expected.to_pydict())  # nan is not itself


def test_a_kept_version_is_not_made_again_unless_it_is_read_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,n\n001,1\n002,2\n")
    first = taken(config(file), file)
    made = first.files[0].stat().st_mtime_ns
    assert taken(config(file), file) == first
    assert first.files[0].stat().st_mtime_ns == made
    other = taken(config(file, key="n"), file)
    assert whole(other) == {"id": [1, 2], "n": ["1", "2"]}
    assert whole(taken(config(file), file)) == {"id": ["001", "002"], "n": [1, 2]}
    assert [each.name for each in (tmp_path / "kept/credit").iterdir()] == [first.version]


@pytest.mark.parametrize("harm", ["note", "part", "short", "torn"])
def test_half_of_a_version_is_never_taken_for_the_whole(tmp_path: Path, harm: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,n\n001,1\n002,2\n")
    kept = taken(config(file), file)
    part = kept.files[0]
    note = part.with_name(NOTE)
    if harm == "note":
        note.unlink()
    elif harm == "part":
        part.unlink()
    elif harm == "short":
        content = part.read_bytes()
        part.unlink()
        part.write_bytes(content[:-1])
    else:
        note.write_bytes(note.read_bytes()[:-5])
    assert whole(taken(config(file), file)) == {"id": ["001", "002"], "n": [1, 2]}


def test_a_file_that_changes_while_it_is_taken_in_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,n\n001,1\n")

    def changed() -> None:
        raise NodeFault.__new__(taking_in.SourceFault)

    with pytest.raises(taking_in.SourceFault):
        taken(config(file), file, still=changed)
    assert list((tmp_path / "kept/credit").iterdir()) == []


def test_parts_and_row_groups_are_bounded_and_keep_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_in, "GROUP_BYTES", 20_000)
    monkeypatch.setattr(taking_in, "PART_GROUPS", 3)
    file = tmp_path / "a.parquet"
    names = [f"{at:08d}" for at in range(20_000)]
    pq.write_table(pa.table({"id": names, "a.b": range(20_000), "a": names}), file)
    kept = taken(config(file, "parquet"), file)
    assert len(kept.files) > 5
    for part in kept.files:
        found = pq.ParquetFile(part).metadata
        assert found.num_row_groups <= 3
        assert all(found.row_group(at).num_rows <= 800 for at in range(found.num_row_groups))
    assert kept.rows == 20_000
    assert whole(kept) == {"id": names, "a.b": list(range(20_000)), "a": names}
    assert whole(kept, "a") == {"a": names}  # its name begins another's, which Parquet takes for a field within
    assert all(batch.num_rows <= 77 for batch in kept.batches(["a.b"], rows_max=77))
    assert kept.dataset().count_rows() == 20_000


def test_rows_that_are_wide_come_a_few_at_a_time(tmp_path: Path) -> None:
    """A dictionary of long texts takes few bytes in its file, and many as what it stands for."""
    file = tmp_path / "a.parquet"
    texts = pa.DictionaryArray.from_arrays(pa.array([0, 1] * 4_000, pa.int32()), ["x" * 50_000, "y" * 50_000])
    pq.write_table(pa.table({"id": [str(at) for at in range(8_000)], "text": texts}), file)
    assert file.stat().st_size < 1_000_000
    held = pa.total_allocated_bytes()
    kept = taken(config(file, "parquet"), file)
    assert kept.schema.field("text").type == pa.string()
    most = 0
    for batch in kept.batches():
        most = max(most, batch.nbytes, pa.total_allocated_bytes() - held)
    assert most < 64 << 20
    assert kept.bytes > 400_000_000


def test_a_source_without_rows_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,n\n")
    kept = taken(config(tmp_path / "a.csv"), tmp_path / "a.csv")
    assert (kept.rows, whole(kept)) == (0, {"id": [], "n": []})


def test_a_version_that_another_replaced_goes_after_an_hour(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,arrears,limit\n001,1,1\n")
    held = room(tmp_path / "state", config(file))
    first = held.held["credit"].declaration.source_version
    file.write_text("id,arrears,limit\n001,0,1\n")
    assert held.look(NOON) == ["credit"]
    second = held.held["credit"].declaration.source_version
    folder = tmp_path / "state/kept"
    assert drop_kept(folder, "credit", {second}) == 0
    with pytest.MonkeyPatch.context() as later:
        later.setattr(taking_in, "LEFT_SECONDS", -1)
        held.drop_versions((), NOON)
    assert [each.name for each in (folder / "credit").iterdir()] == [second] != [first]


def test_what_is_kept_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,n\n001,1\n")
    kept = taken(config(file), file)
    assert kept.files[0].stat().st_mode & 0o777 == 0o400
    assert kept.files[0].parent.stat().st_mode & 0o777 == 0o700
    assert "001" not in json.dumps(json.loads(kept.files[0].with_name(NOTE).read_bytes())["parts"])
    assert replace(kept, rows=0).schema.names == ["id", "n"]
