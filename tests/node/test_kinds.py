"""Kinds of sources that are made of many files, of sheets, or of text in one of several encodings."""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.node.test_sources import answers, config, room
from tests.node.world import ARREARS, NOON
from tongqu.node.config import SourceConfig
from tongqu.node.sources import SourceRoom, streams
from tongqu.node.sources.encodings import looks_like
from tongqu.node.sources.folders import pieces_of
from tongqu.wire.source import Column

HEADER = "id,arrears,limit\n"
OLD = 1_700_000_000


def settled(*files: Path) -> None:
    """As files are that nobody has written for a while."""
    for file in files:
        for each in [file, *file.rglob("*")] if file.is_dir() else [file]:
            if not each.is_symlink():
                os.utime(each, (OLD, OLD))


def parquet(
    file: Path, *rows: tuple[str, int | None, float], columns: tuple[str, ...] = ("id", "arrears", "limit")
) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    cells = list(zip(*rows, strict=True))
    pq.write_table(pa.table(dict(zip(columns, cells, strict=True))), file)
    os.utime(file, (OLD, OLD))
    return file


def folder(path: Path, **changes: Any) -> SourceConfig:
    return config(path, "folder", **{"questions": (ARREARS,), **changes})


def rows(held: SourceRoom) -> list[dict[str, Any]]:
    kept = held.held["credit"].kept
    assert kept is not None
    return [row for batch in kept.batches() for row in batch.to_pylist()]


def fault(held: SourceRoom) -> str:
    return held.faults["credit"].code if "credit" in held.faults else "none"


def look(held: SourceRoom, minutes: int = 1) -> list[str]:
    held._arrivals._rest.clear()  # as if enough time had passed since the last look through the folder
    return held.look(NOON + timedelta(minutes=minutes))


class Opened:
    """Counts what is read of a folder's files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from tongqu.node.sources import delta, folders

        self.names: list[str] = []
        self.bytes = 0
        real = folders.opened_in

        def counted(source: str, root: Path, each: Any) -> Any:
            self.names.append(each.name)
            self.bytes += each.size
            return real(source, root, each)

        monkeypatch.setattr(folders, "opened_in", counted)
        monkeypatch.setattr(delta, "opened_in", counted)

    def again(self) -> tuple[set[str], int]:
        found = set(self.names), self.bytes
        self.names, self.bytes = [], 0
        return found


# -- a folder ----------------------------------------------------------------------------------------------------------


def test_a_folder_of_days_is_one_source_and_its_days_are_a_column(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parquet(data / "day=2026-01-01" / "a.parquet", ("001", 1, 10.0))
    parquet(data / "day=2026-01-02" / "a.parquet", ("002", 0, 20.0), ("003", None, 30.0))
    held = room(tmp_path / "state", folder(data))
    assert answers(held, "001", "002", "003", "004") == ["yes", "no", "unknown", "unknown"]
    assert [row["day"] for row in rows(held)] == [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 2)]
    assert held.held["credit"].declaration.columns[-1] == Column("day", "date")
    assert held.held["credit"].declaration.format == "folder"
    assert held.held["credit"].declaration.bytes == sum(file.stat().st_size for file in data.rglob("*.parquet"))


def test_plain_folders_are_named_in_the_settings_and_hold_csv_as_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for year, city, key in (("2025", "武汉", "001"), ("2026", "宜昌", "002")):
        place = data / year / city
        place.mkdir(parents=True)
        (place / "a.csv").write_text(f"id;arrears;limit\n{key};1;1\n", encoding="gb18030")
    settled(data)
    source = folder(data, files="csv", encoding="gb18030", delimiter=";", partitions=(("year", None), ("city", None)))
    held = room(tmp_path / "state", source)
    assert [(row["year"], row["city"], row["id"]) for row in rows(held)] == [
        (2025, "武汉", "001"),
        (2026, "宜昌", "002"),
    ]


@pytest.mark.parametrize(
    ("values", "declared", "told"),
    [
        (("1", "20"), None, [1, 20]),
        (("01", "20"), None, ["01", "20"]),  # a zero in front is part of it
        (("1", "x"), None, ["1", "x"]),
        (("2026-01-01", "2026-02-30"), None, ["2026-01-01", "2026-02-30"]),  # no such day
        (("1", "__HIVE_DEFAULT_PARTITION__"), None, [1, None]),
        (("1", "2"), "text", ["1", "2"]),
        (("a%2Fb", "c%20d"), None, ["a/b", "c d"]),
        (("..", "."), None, ["..", "."]),  # values like any other: nothing is opened by them
    ],
)
def test_values_of_partitions_have_the_type_that_all_of_them_fit(
    tmp_path: Path, values: tuple[str, ...], declared: str | None, told: list[Any]
) -> None:
    for at, value in enumerate(values):
        parquet(tmp_path / "data" / f"part={value}" / "a.parquet", (f"00{at}", 1, 1.0))
    named = (("part", declared),) if declared else ()
    held = room(tmp_path / "state", folder(tmp_path / "data", partitions=named))
    assert sorted((row["part"] for row in rows(held)), key=str) == sorted(told, key=str)


def test_a_value_that_is_not_of_the_declared_type_is_named_by_its_partition_alone(tmp_path: Path) -> None:
    parquet(tmp_path / "data" / "day=secret" / "a.parquet", ("001", 1, 1.0))
    held = room(tmp_path / "state", folder(tmp_path / "data", partitions=(("day", "date"),)))
    assert fault(held) == "partition-unfit"
    assert "secret" not in str(held.faults["credit"])


def test_a_new_day_is_read_alone_and_the_others_are_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    days = [parquet(data / f"day=2026-01-{day:02}" / "a.parquet", (f"{day:03}", 1, 1.0)) for day in range(1, 9)]
    opened = Opened(monkeypatch)
    held = room(tmp_path / "state", folder(data))
    first = held.held["credit"].kept
    assert first is not None
    assert opened.again()[0] == {str(day.relative_to(data)) for day in days}
    assert look(held) == []
    assert opened.again() == (set(), 0)
    new = parquet(data / "day=2026-01-09" / "a.parquet", ("009", 0, 1.0))
    assert look(held) == ["credit"]
    names, read = opened.again()
    assert names == {"day=2026-01-09/a.parquet"}
    assert read <= 3 * new.stat().st_size  # once for its hash, once for its columns, once for its rows
    second = held.held["credit"].kept
    assert second is not None
    assert second.rows == 9
    assert [file.stat().st_ino for file in second.files[:8]] == [file.stat().st_ino for file in first.files]
    assert answers(held, "001", "009") == ["yes", "no"]


def test_what_changed_goes_and_what_was_touched_only_is_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    files = [parquet(data / f"day=2026-01-0{day}" / "a.parquet", (f"00{day}", 1, 1.0)) for day in (1, 2, 3)]
    opened = Opened(monkeypatch)
    held = room(tmp_path / "state", folder(data))
    version = held.held["credit"].declaration.source_version
    opened.again()
    os.utime(files[0], (OLD + 5, OLD + 5))
    assert look(held) == []
    assert opened.again()[0] == {"day=2026-01-01/a.parquet"}
    parquet(files[1], ("002", 0, 1.0))
    files[2].unlink()
    assert look(held) == ["credit"]
    assert opened.again()[0] == {
        "day=2026-01-01/a.parquet",
        "day=2026-01-02/a.parquet",
    }  # of the first the look was not noted
    assert answers(held, "001", "002", "003") == ["yes", "no", "unknown"]
    parquet(files[1], ("002", 1, 1.0))
    parquet(files[2], ("003", 1, 1.0))
    assert look(held) == ["credit"]
    assert held.held["credit"].declaration.source_version == version  # the same content is the same version


def test_a_restart_reads_nothing_that_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    for day in (1, 2):
        parquet(data / f"day=2026-01-0{day}" / "a.parquet", (f"00{day}", 1, 1.0))
    version = room(tmp_path / "state", folder(data)).held["credit"].declaration.source_version
    opened = Opened(monkeypatch)
    again = room(tmp_path / "state", folder(data))
    assert again.held["credit"].declaration.source_version == version
    assert opened.again() == (set(), 0)


def test_a_name_is_part_of_the_version(tmp_path: Path) -> None:
    versions = set()
    for name in ("day=2026-01-01", "day=2026-01-02"):
        data = tmp_path / name
        parquet(data / name / "a.parquet", ("001", 1, 1.0))
        versions.add(room(tmp_path / f"state-{name}", folder(data)).held["credit"].declaration.source_version)
    assert len(versions) == 2


def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    held = room(tmp_path / "state", folder(data))
    half = data / "b.parquet"
    whole = parquet(tmp_path / "whole.parquet", ("002", 0, 1.0)).read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    assert look(held, 1) == []
    assert fault(held) == "source-changing"
    half.write_bytes(whole)
    assert look(held, 2) == []  # another than a moment ago
    assert fault(held) == "source-changing"
    assert answers(held, "001", "002") == ["yes", "unknown"]
    assert look(held, 3) == ["credit"]  # two looks saw the same
    assert answers(held, "001", "002") == ["yes", "no"]


def test_a_file_that_changes_while_it_is_read_makes_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    file = parquet(data / "a.parquet", ("001", 1, 1.0))
    real = pieces_of

    def meanwhile(*given: Any) -> Any:
        made = real(*given)
        parquet(file, ("001", 0, 1.0), ("002", 0, 1.0))
        return made

    monkeypatch.setattr("tongqu.node.sources.arriving.pieces_of", meanwhile)
    held = room(tmp_path / "state", folder(data))
    assert fault(held) == "source-changing"
    assert held.held == {}
    monkeypatch.setattr("tongqu.node.sources.arriving.pieces_of", real)
    assert look(held) == ["credit"]
    assert answers(held, "002") == ["no"]


def test_hidden_and_unfinished_files_are_no_data_and_others_are_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    for name in ("_SUCCESS", ".a.parquet.crc", "b.parquet.tmp", "c.parquet~"):
        (data / name).write_bytes(b"x")
    (data / "_temporary").mkdir()
    parquet(data / "_temporary" / "d.parquet", ("004", 1, 1.0))
    settled(data)
    held = room(tmp_path / "state", folder(data))
    assert [row["id"] for row in rows(held)] == ["001"]
    (data / "notes.txt").write_text("x")
    settled(data)
    assert look(held) == []
    assert fault(held) == "file-unfit"
    assert "notes.txt" in str(held.faults["credit"])


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("day=1/a.parquet", "b.parquet", "partition-unlike"),
        ("day=1/a.parquet", "month=1/a.parquet", "partition-unlike"),
        ("day=1/a.parquet", "day=1/hour=2/a.parquet", "partition-unlike"),
        ("x/a.parquet", "x/b.parquet", "partition-unlike"),  # a level that nobody named
        ("id=1/a.parquet", "id=2/a.parquet", "partition-in-file"),
        ("/".join(["d=1"] * 20) + "/a.parquet", "d=2/a.parquet", "folder-too-deep"),
    ],
)
def test_folders_that_do_not_go_together_are_refused(tmp_path: Path, first: str, second: str, code: str) -> None:
    for at, place in enumerate((first, second)):
        parquet(tmp_path / "data" / place, (f"00{at}", 1, 1.0))
    assert fault(room(tmp_path / "state", folder(tmp_path / "data"))) == code


def test_an_empty_and_a_missing_folder_say_so(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert fault(room(tmp_path / "state", folder(tmp_path / "data"))) == "folder-empty"
    assert fault(room(tmp_path / "other", folder(tmp_path / "none"))) == "source-missing"


def test_text_that_is_guessed_file_by_file_has_the_type_that_all_files_fit(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.csv").write_text(HEADER + "001,1,1\n")
    (data / "b.csv").write_text(HEADER + "002,0,2.5\n")
    (data / "c.csv").write_text(HEADER + "003,,\n")
    settled(data)
    held = room(tmp_path / "state", folder(data, files="csv"))
    assert [(row["arrears"], row["limit"]) for row in rows(held)] == [(1, 1.0), (0, 2.5), (None, None)]
    assert answers(held, "001", "002", "003") == ["yes", "no", "unknown"]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), max_size=4), min_size=1, max_size=5))
def test_a_folder_holds_exactly_what_its_files_hold(tmp_path_factory: pytest.TempPathFactory, files: list[Any]) -> None:
    place = tmp_path_factory.mktemp("folder")
    expected = []
    for at, content in enumerate(files):
        cells = [(f"{at}-{row}", number if filled else None, 1.0) for row, (number, filled) in enumerate(content)]
        columns = {
            "id": pa.array([cell[0] for cell in cells], pa.string()),
            "arrears": pa.array([cell[1] for cell in cells], pa.int64()),
        }
        (place / "data").mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), place / "data" / f"{at}.parquet")
        expected += [(cell[0], cell[1]) for cell in cells]
    settled(place / "data")
    held = room(place / "state", folder(place / "data"))
    assert [(row["id"], row["arrears"]) for row in rows(held)] == expected


def test_a_folder_is_handed_out_as_one_parquet_file_under_its_hash(tmp_path: Path) -> None:
    import hashlib

    data = tmp_path / "data"
    for day in (1, 2):
        parquet(data / f"day=2026-01-0{day}" / "a.parquet", (f"00{day}", 1, 1.5))
    source = folder(data, modes=("verification", "dataset"))
    held = room(tmp_path / "state", source)
    version = held.held["credit"].declaration.source_version
    blob = held.blob("credit", version)
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == version
    assert pq.read_table(blob).to_pylist() == rows(held)
    parquet(data / "day=2026-01-03" / "a.parquet", ("003", 1, 1.5))
    assert look(held) == ["credit"]
    assert blob.exists()  # what a contract pinned stays
    assert look(held, 2) == []
    again = room(tmp_path / "state", source)
    assert again.held["credit"].declaration.source_version == held.held["credit"].declaration.source_version
    assert len(again.versions("credit")) == 2


# -- hostile folders ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["a.parquet", "day=1", "day=2026-01-01/b.parquet"])
def test_a_link_out_of_the_folder_is_refused_whatever_it_links_to(tmp_path: Path, place: str) -> None:
    outside = parquet(tmp_path / "outside" / "secret.parquet", ("999", 1, 1.0))
    data = tmp_path / "data"
    parquet(data / "day=2026-01-01" / "a.parquet", ("001", 1, 1.0))
    link = data / place
    link.symlink_to(outside if place.endswith(".parquet") else outside.parent)
    settled(data)
    held = room(tmp_path / "state", folder(data))
    assert fault(held) == "link-in-folder"
    assert held.held == {}


def test_a_file_that_becomes_a_link_between_look_and_reading_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = parquet(tmp_path / "secret.parquet", ("999", 1, 1.0))
    data = tmp_path / "data"
    file = parquet(data / "day=1" / "a.parquet", ("001", 1, 1.0))
    real = pieces_of

    def swapped(*given: Any) -> Any:
        file.unlink()
        file.symlink_to(outside)
        return real(*given)

    monkeypatch.setattr("tongqu.node.sources.arriving.pieces_of", swapped)
    held = room(tmp_path / "state", folder(data))
    assert fault(held) == "link-in-folder"

    def swapped_folder(*given: Any) -> Any:
        shutil.rmtree(data / "day=1")
        (data / "day=1").symlink_to(tmp_path)
        return real(*given)

    (data / "day=1" / "a.parquet").unlink()
    parquet(file, ("001", 1, 1.0))
    monkeypatch.setattr("tongqu.node.sources.arriving.pieces_of", swapped_folder)
    assert look(held) == []
    assert fault(held) == "link-in-folder"
    assert held.held == {}


def test_a_folder_of_a_hundred_thousand_files_is_refused_by_number_and_soon(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for at in range(100_000):
        os.mknod(data / f"{at}.parquet")
    held = room(tmp_path / "state", folder(data))
    assert fault(held) == "too-many-files"
    assert "10,000" in str(held.faults["credit"])
    shutil.rmtree(data)


def test_a_pipe_in_the_folder_does_not_hold_the_node_up(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    os.mkfifo(data / "b.parquet")
    assert fault(room(tmp_path / "state", folder(data))) == "file-unfit"


# -- Delta -------------------------------------------------------------------------------------------------------------


def delta(path: Path, **changes: Any) -> SourceConfig:
    return config(path, "delta", **{"questions": (ARREARS,), **changes})


def write_delta(path: Path, table: pa.Table, **how: Any) -> None:
    from deltalake import write_deltalake

    write_deltalake(str(path), table, **how)


def credit(*cells: tuple[str, int | None], **more: list[Any]) -> pa.Table:
    return pa.table({"id": [key for key, _ in cells], "arrears": pa.array([n for _, n in cells], pa.int64()), **more})


def test_a_delta_table_is_read_as_its_log_says(tmp_path: Path) -> None:
    from deltalake import DeltaTable

    data = tmp_path / "data"
    write_delta(data, credit(("001", 1), ("002", 0), day=[date(2026, 1, 1), date(2026, 1, 2)]), partition_by=["day"])
    held = room(tmp_path / "state", delta(data))
    assert answers(held, "001", "002") == ["yes", "no"]
    assert {(row["id"], row["day"]) for row in rows(held)} == {("001", date(2026, 1, 1)), ("002", date(2026, 1, 2))}
    first = held.held["credit"].declaration.source_version
    DeltaTable(str(data)).delete("id = '001'")
    assert look(held) == ["credit"]
    assert answers(held, "001", "002") == ["unknown", "no"]  # its file is still there, and no longer of the table
    assert held.held["credit"].declaration.source_version != first


def test_of_a_delta_table_only_new_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    write_delta(data, credit(*((f"{n:03}", 1) for n in range(500))))
    opened = Opened(monkeypatch)
    held = room(tmp_path / "state", delta(data))
    first, _ = opened.again()
    write_delta(data, credit(("900", 0)), mode="append")
    assert look(held) == ["credit"]
    second, read = opened.again()
    assert len(second) == 1
    assert not second & first
    assert read < sum(file.stat().st_size for file in data.glob("*.parquet"))
    assert answers(held, "001", "900") == ["yes", "no"]
    assert look(held, 2) == []
    assert opened.again() == (set(), 0)


def test_a_column_that_a_delta_table_gained_is_empty_in_older_files(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_delta(data, credit(("001", 1)))
    write_delta(data, credit(("002", 0), grade=["A"]), mode="append", schema_mode="merge")
    held = room(tmp_path / "state", delta(data))
    assert {(row["id"], row["grade"]) for row in rows(held)} == {("001", None), ("002", "A")}


def test_the_version_says_which_table_and_which_of_its_versions(tmp_path: Path) -> None:
    versions = set()
    for name in ("one", "two"):  # the same rows, another table
        write_delta(tmp_path / name, credit(("001", 1)))
        versions.add(room(tmp_path / f"state-{name}", delta(tmp_path / name)).held["credit"].declaration.source_version)
    assert len(versions) == 2


def rewrite_log(data: Path, change: Any) -> None:
    """Changes the first entry of the log, as another writer may have written it."""
    log = data / "_delta_log" / "00000000000000000000.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        change(line)
    log.write_text("\n".join(json.dumps(line) for line in lines) + "\n")


@pytest.mark.parametrize(
    "place",
    [
        "../secret.parquet",
        "%2e%2e/secret.parquet",
        "file:///etc/passwd",
        "/etc/passwd",
        "s3://bucket/a.parquet",
        "a//b.parquet",
    ],
)
def test_a_delta_log_that_points_outside_the_table_is_refused(tmp_path: Path, place: str) -> None:
    parquet(tmp_path / "secret.parquet", ("999", 1, 1.0))
    data = tmp_path / "data"
    write_delta(data, credit(("001", 1)))

    def outside(line: dict[str, Any]) -> None:
        if "add" in line:
            line["add"]["path"] = place

    rewrite_log(data, outside)
    held = room(tmp_path / "state", delta(data))
    assert fault(held) in {"delta-outside", "source-unreadable"}
    assert held.held == {}


def test_a_file_of_the_table_that_is_a_link_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_delta(data, credit(("001", 1)))
    file = next(data.glob("*.parquet"))
    shutil.move(file, tmp_path / "elsewhere.parquet")
    file.symlink_to(tmp_path / "elsewhere.parquet")
    held = room(tmp_path / "state", delta(data))
    assert fault(held) == "link-in-folder"
    shutil.move(data / "_delta_log", tmp_path / "log")
    (data / "_delta_log").symlink_to(tmp_path / "log")
    assert fault(room(tmp_path / "other", delta(data))) == "source-missing"


@pytest.mark.parametrize(
    ("needs", "configured", "named"),
    [
        (["deletionVectors"], {}, "deletionVectors"),
        (["columnMapping"], {"delta.columnMapping.mode": "name"}, "columnMapping"),
        (["typeWidening"], {}, "typeWidening"),
        (["somethingNew"], {}, "somethingNew"),
    ],
)
def test_a_delta_table_that_needs_more_than_is_read_is_refused_by_name(
    tmp_path: Path, needs: list[str], configured: dict[str, str], named: str
) -> None:
    data = tmp_path / "data"
    write_delta(data, credit(("001", 1), ("002", 0)))

    def needing(line: dict[str, Any]) -> None:
        if "protocol" in line:
            line["protocol"] = {
                "minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": needs, "writerFeatures": needs,
            }  # fmt: skip
        if "metaData" in line:
            line["metaData"]["configuration"] = configured
        if "add" in line and "deletionVectors" in needs:
            line["add"]["deletionVector"] = {
                "storageType": "i", "pathOrInlineDv": "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
                "sizeInBytes": 44, "cardinality": 1,
            }  # fmt: skip

    rewrite_log(data, needing)
    held = room(tmp_path / "state", delta(data))
    assert held.held == {}
    assert fault(held) == "delta-feature"
    assert named in str(held.faults["credit"])


def test_a_folder_without_a_log_is_no_delta_table(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert fault(room(tmp_path / "state", delta(tmp_path / "data"))) == "source-missing"


# -- Excel -------------------------------------------------------------------------------------------------------------


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def test_sheets_that_are_named_are_read_one_below_the_other(tmp_path: Path) -> None:
    header = ["id", "arrears", "limit"]
    file = workbook(
        tmp_path / "a.xlsx", 说明=[["不是数据"]], 一月=[header, ["001", 1, 1]], 二月=[header, ["002", 0, 2.5]],
    )  # fmt: skip
    held = room(tmp_path / "state", config(file, "excel", sheets=("一月", "二月"), questions=(ARREARS,)))
    assert [(row["id"], row["limit"]) for row in rows(held)] == [("001", 1.0), ("002", 2.5)]
    missing = room(tmp_path / "other", config(file, "excel", sheet="三月"))
    assert fault(missing) == "sheet-missing"
    assert "一月" in str(missing.faults["credit"])
    unlike = room(tmp_path / "third", config(file, "excel", sheets=("一月", "说明")))
    assert fault(unlike) == "files-differ"


def rewritten(file: Path, part: str, *changes: tuple[str, str]) -> Path:
    """A workbook as another program might have written it."""
    other = file.with_name("other.xlsx")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == part:
                for pattern, text in changes:
                    content, found = re.subn(pattern, text, content)
                    assert found, pattern
            new.writestr(name, content)
    return other


SHEET = "xl/worksheets/sheet1.xml"
THREE = [["id", "arrears", "limit"], ["001", 1, 1], ["002", 0, 2], ["003", 1, 3]]


def test_rows_beyond_the_size_that_a_workbook_claims_are_rows(tmp_path: Path) -> None:
    file = rewritten(workbook(tmp_path / "a.xlsx", a=THREE), SHEET, ('ref="A1:C4"', 'ref="A1:B2"'))
    held = room(tmp_path / "state", config(file, "excel", questions=(ARREARS,)))
    assert [row["limit"] for row in rows(held)] == [1, 2, 3]
    assert answers(held, "001", "002", "003") == ["yes", "no", "yes"]


def test_what_stands_beside_the_table_without_a_heading_is_told(tmp_path: Path) -> None:
    beside = workbook(tmp_path / "a.xlsx", a=[*THREE[:3], ["003", 1, 3, "备注"]])
    assert fault(room(tmp_path / "state", config(beside, "excel"))) == "bad-columns"
    blank = workbook(tmp_path / "b.xlsx", a=[*THREE[:3], ["003", 1, 3, None]])
    assert len(rows(room(tmp_path / "other", config(blank, "excel")))) == 3


def test_a_workbook_that_says_a_row_is_the_thousand_millionth_is_not_waited_for(tmp_path: Path) -> None:
    file = rewritten(workbook(tmp_path / "a.xlsx", a=THREE), SHEET, ('<row r="4"', '<row r="1000000000"'))
    assert fault(room(tmp_path / "state", config(file, "excel"))) == "workbook-too-large"


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet2.xml"], ids=["words", "a sheet"])
def test_a_workbook_that_was_made_to_fill_the_memory_is_not_unpacked(tmp_path: Path, part: str) -> None:
    file = workbook(tmp_path / "a.xlsx", a=THREE)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as book, book.open(part, "w", force_zip64=True) as out:
        for _ in range(300):
            out.write(b" " * (1 << 20))
    assert file.stat().st_size < 1 << 20
    assert fault(room(tmp_path / "state", config(file, "excel"))) == "workbook-too-large"


def test_a_parquet_file_of_few_bytes_and_many_in_memory_is_read_by_the_row(tmp_path: Path) -> None:
    """One long text, said a thousand times: a file of kilobytes whose first thousand rows are two gigabytes."""
    file, long = tmp_path / "a.parquet", "x" * (2 << 20)
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000, pa.int32()), pa.array([long]))
    pq.write_table(pa.table({"id": [f"{n:04}" for n in range(1_000)], "text": words}), file, compression="zstd")
    assert file.stat().st_size < 1 << 20
    was, counted = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(counted)
    try:
        assert streams._batch_rows(file) * len(long) <= streams.BATCH_BYTES
    finally:
        pa.set_memory_pool(was)
    assert 0 < counted.max_memory() < 256 << 20


def test_days_and_moments_of_a_workbook_are_what_they_are(tmp_path: Path) -> None:
    header = ["id", "arrears", "limit", "born", "seen"]
    file = workbook(
        tmp_path / "a.xlsx",
        a=[
            header,
            ["001", 1, 1, datetime(2000, 2, 29), datetime(2026, 1, 1)],
            ["002", 0, 1, None, datetime(2026, 1, 1, 8, 30)],
        ],
    )
    held = room(tmp_path / "state", config(file, "excel"))
    types = {column.name: column.type for column in held.held["credit"].declaration.columns}
    assert (types["born"], types["seen"]) == ("date", "moment")
    assert rows(held)[0]["born"] == date(2000, 2, 29)
    assert [row["seen"] for row in rows(held)] == [datetime(2026, 1, 1), datetime(2026, 1, 1, 8, 30)]


@pytest.mark.parametrize("name", [b"\xff.txt", b"\xff.csv", "\x1b[2J\u202e.txt".encode()])
def test_a_name_that_is_no_text_or_steers_a_terminal_is_told_by_its_codes(tmp_path: Path, name: bytes) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.csv").write_text(HEADER + "001,1,1\n")
    Path(os.fsdecode(os.fsencode(data) + b"/" + name)).write_text(HEADER + "002,1,1\n")
    settled(data)
    held = room(tmp_path / "state", folder(data, files="csv"))
    assert fault(held) == "file-unfit"
    assert json.dumps(held.faults["credit"].words.to_json(), ensure_ascii=False).encode()  # what the owner is sent
    assert not {"\x1b", "\u202e"} & set(str(held.faults["credit"]))


@pytest.mark.parametrize(
    ("name", "said"), [("a\x00b", "bad-columns"), ("a\x1b[2J", "bad-columns"), ("用电\n千瓦时", "none")]
)
def test_a_heading_that_the_exchange_cannot_keep_is_no_column(tmp_path: Path, name: str, said: str) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["001"], "arrears": [1], "limit": [2.0], name: [3]}), file)
    settled(file)
    assert fault(room(tmp_path / "state", config(file, "parquet"))) == said


@pytest.mark.parametrize(("many", "said"), [(2_000, "none"), (2_001, "bad-columns")])
def test_a_source_of_more_columns_than_can_be_declared_is_at_fault_alone(tmp_path: Path, many: int, said: str) -> None:
    """Declared all the same, it would cost the node its lease, and so all its other sources."""
    file = tmp_path / "a.csv"
    more = "".join(f",c{n}" for n in range(many - 3))
    file.write_text(f"id,arrears,limit{more}\n001,1,2{',0' * (many - 3)}\n")
    settled(file)
    assert fault(room(tmp_path / "state", config(file))) == said


def test_two_columns_of_one_name_are_told_in_a_folder_of_one_file_as_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parquet(data / "a.parquet", ("001", 1, 2.0), columns=("id", "arrears", " arrears"))
    assert fault(room(tmp_path / "state", folder(data))) == "bad-columns"


# -- text --------------------------------------------------------------------------------------------------------------

CHINESE = HEADER + "甲乙丙丁,1,1\n戊己庚辛,0,2\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "gbk"])
def test_text_is_read_in_the_encoding_that_is_told(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(CHINESE.encode(encoding))
    held = room(tmp_path / "state", config(file, encoding=encoding))
    assert answers(held, "甲乙丙丁", "戊己庚辛") == ["yes", "no"]


@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("told", ["utf-8", "gb18030", "utf-16", "latin-1"])
def test_text_in_another_encoding_is_named_with_what_it_looks_like(tmp_path: Path, written: str, told: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(CHINESE.encode(written))
    held = room(tmp_path / "state", config(file, encoding=told))
    same = {written, told} <= {"utf-8", "utf-8-sig"} or written == told
    if same:
        assert answers(held, "甲乙丙丁") == ["yes"]
        return
    assert fault(held) == "wrong-encoding"
    assert f'encoding = "{written}"' in held.faults["credit"].mend.en
    assert "甲" not in str(held.faults["credit"])


def test_bytes_that_are_no_text_far_down_in_the_file_are_named_as_well(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lines = "".join(f"{n:06},1,1\n" for n in range(500_000))
    file.write_bytes((HEADER + lines).encode() + "甲,1,1\n".encode("gb18030"))
    assert file.stat().st_size > 5 << 20
    assert fault(room(tmp_path / "state", config(file))) == "wrong-encoding"


def test_a_few_bytes_that_could_be_either_are_believed_to_be_what_is_told(tmp_path: Path) -> None:
    """联通 in GBK is two characters of UTF-8 by chance: of so little nothing is concluded."""
    file = tmp_path / "a.csv"
    file.write_bytes((HEADER + "联通,1,1\n").encode("gbk"))
    assert answers(room(tmp_path / "state", config(file, encoding="gbk")), "联通") == ["yes"]


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=8, max_size=60))
def test_chinese_text_is_recognised_by_its_bytes(text: str) -> None:
    assert looks_like(text.encode("utf-8")) == "utf-8"
    assert looks_like(text.encode("utf-16")) == "utf-16"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(delimiter.join(["id", "arrears", "limit"]) + "\n" + delimiter.join(["0,01", "1", "2"]) + "\n")
    assert answers(room(tmp_path / "state", config(file, delimiter=delimiter)), "0,01") == ["yes"]


def test_a_zone_is_no_part_of_the_clock_here_in_a_folder_either(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    late = datetime(2026, 1, 1, 17, 0, tzinfo=UTC)
    pq.write_table(
        pa.table({"id": ["001"], "arrears": [1], "at": pa.array([late], pa.timestamp("us", tz="UTC"))}),
        data / "a.parquet",
    )
    settled(data)
    held = room(tmp_path / "state", folder(data))
    assert rows(held)[0]["at"] == datetime(2026, 1, 2, 1, 0)


async def _shared(folder: Path, source: SourceConfig) -> pa.Table:
    """What a share hands out of the current version, as Parquet parts."""
    from tongqu.node.copies import PARQUET, CopyKey

    held = room(folder, source)
    key = CopyKey("credit", held.held["credit"].declaration.source_version, None, PARQUET)
    assert held.copy(key) is None or source.parquet
    while await held.copies.make_next():
        pass
    copy = held.copy(key)
    assert copy is not None
    return pa.concat_tables([pq.read_table(part.file) for part in copy.parts])


@pytest.mark.anyio
async def test_a_share_of_text_with_another_delimiter_has_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id;arrears;limit\n0,01;1;2,5\n", encoding="utf-8")
    source = config(file, delimiter=";", modes=("verification", "dataset"), questions=(ARREARS,))
    assert (await _shared(tmp_path / "state", source)).to_pylist() == [{"id": "0,01", "arrears": 1, "limit": "2,5"}]


@pytest.mark.anyio
async def test_a_share_of_a_folder_has_its_partitions(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for day in (1, 2):
        parquet(data / f"day=2026-01-0{day}" / "a.parquet", (f"00{day}", 1, 1.5))
    shared = await _shared(tmp_path / "state", folder(data, modes=("verification", "dataset")))
    assert shared.column("day").to_pylist() == [date(2026, 1, 1), date(2026, 1, 2)]
