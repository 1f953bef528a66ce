"""Files and tables as owners have them: read as written, versioned, questioned and profiled without a row leaving."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import psycopg
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.node.parts import parted
from tests.node.rows import Given
from tests.node.world import ARREARS, LIMIT_BAND, NOON, ROWS
from tongqu.node import mapped
from tongqu.node.config import SourceConfig, read_config
from tongqu.node.engines import DuckEngine
from tongqu.node.faults import NodeFault
from tongqu.node.sources import SourceFault, SourceRoom, hashing, measure, sorting
from tongqu.node.sources.hashing import KeyedHash
from tongqu.node.sources.kept import Kept
from tongqu.node.sources.keys import KeyIndex, index_of
from tongqu.node.sources.postgres import Segment, Snapshot
from tongqu.node.sources.profile import _beyond
from tongqu.node.sources.questions import work_out
from tongqu.node.sources.tables import column_types, source_fault
from tongqu.node.sources.taking_in import take_in
from tongqu.wire.source import Question, Title


def config(path: Path | None, shape: str = "csv", **changes: object) -> SourceConfig:
    values = {
        "id": "credit",
        "title": Title("示例", "Sample"),
        "format": shape,
        "path": path,
        "dsn_env": None,
        "table": None,
        "sheet": None,
        "encoding": "utf-8",
        "key": "id",
        "modes": ("verification",),
        "questions": (ARREARS, LIMIT_BAND),
        "refresh_seconds": 3600,
        "holder": None,
        **changes,
    }
    return SourceConfig(**values)  # type: ignore[arg-type]


def kept_of(source: SourceConfig, file: Path) -> Kept:
    version = hashlib.sha256(file.read_bytes()).hexdigest()
    return take_in(source, file, version, file.stat().st_size, file.parent / "kept")


def room(state: Path, source: SourceConfig) -> SourceRoom:
    state.mkdir(exist_ok=True)
    made = SourceRoom([source], state)
    made.look(NOON)
    return made


def answers(held: SourceRoom, *keys: str, question: Question = ARREARS) -> list[str]:
    version = held.held["credit"]
    assert version.keys is not None
    found = version.keys.find_many(list(keys))
    return [question.answers[version.codes[question.id][at] if at >= 0 else 0] for at in found]


EXPECTED = {"001": "yes", "002": "no", "005": "unknown", "006": "unknown"}


def test_a_csv_file_is_read_as_written(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    held = room(tmp_path / "state", config(file))
    assert answers(held, *EXPECTED) == list(EXPECTED.values())
    assert answers(held, "1") == ["unknown"]  # 001 is not 1


def test_spaces_around_the_names_of_columns_are_none_of_theirs(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(" id , arrears,limit\n001,1,1\n")
    table = pa.Table.from_batches(kept_of(config(file), file).batches())
    assert table.column_names == ["id", "arrears", "limit"]
    assert table.column("id").to_pylist() == ["001"]


def test_values_are_the_same_however_a_file_keeps_them(tmp_path: Path) -> None:
    """A dictionary of values is looked at like the values; a moment with a zone lies on the day of the clock here."""
    file = tmp_path / "a.parquet"
    late = datetime(2026, 1, 1, 17, 0, tzinfo=UTC)
    kept = {
        "id": pa.array(["001"]).dictionary_encode(),
        "phone": pa.array(["13812345678"]).dictionary_encode(),
        "at": pa.array([late], pa.timestamp("us", tz="UTC")),
    }
    pyarrow.parquet.write_table(pa.table(kept), file)
    kept = kept_of(config(file, "parquet"), file)
    table = pa.Table.from_batches(kept.batches())
    assert [column.type for column in column_types(kept.schema)] == ["text", "text", "moment"]
    assert table.column("phone").to_pylist() == ["13812345678"]
    assert table.column("at").to_pylist() == [datetime(2026, 1, 2, 1, 0)]


def test_a_csv_file_in_gb18030_is_read_when_told_so(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("\n".join(ROWS).encode("gb18030"))
    assert answers(room(tmp_path / "state", config(file, encoding="gb18030")), "002") == ["no"]
    fault = room(tmp_path / "other", config(file)).faults["credit"]
    assert fault.code == "wrong-encoding"
    assert "gb18030" in fault.words.en


def test_a_parquet_file(tmp_path: Path) -> None:
    table = pa.table({"id": ["001", "002", "005"], "arrears": [1, 0, None], "limit": [1.0, float("nan"), 50000.0]})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    held = room(tmp_path / "state", config(tmp_path / "a.parquet", "parquet"))
    assert answers(held, "001", "002", "005") == ["yes", "no", "unknown"]
    assert answers(held, "001", "002", "005", question=LIMIT_BAND) == ["<50000", "unknown", "[50000,200000)"]


def test_an_excel_file(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "arrears", "limit"])
    for row in (["001", 1, 10], [42, 0, 60000.5], ["005", None, None]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    held = room(tmp_path / "state", config(tmp_path / "a.xlsx", "excel"))
    assert answers(held, "001", "42", "005") == ["yes", "no", "unknown"]
    assert answers(held, "42", question=LIMIT_BAND) == ["[50000,200000)"]


@pytest.fixture
def table_name() -> Iterator[str]:
    dsn = os.environ.get("DATABASE_URL")
    if not dsn:
        pytest.skip("no PostgreSQL: DATABASE_URL is not set")
    name = f"node_source_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f'CREATE TABLE "{name}" (id text PRIMARY KEY, arrears int, "limit" numeric, opened date)')
        connection.execute(f"INSERT INTO \"{name}\" VALUES ('002', 0, 50000, '2020-01-01'), ('001', 1, 1, NULL)")
        yield name
        connection.execute(f'DROP TABLE "{name}"')


def test_a_postgresql_table_is_snapshotted_and_versioned_by_its_content(
    tmp_path: Path, table_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_DSN", os.environ["DATABASE_URL"])
    source = config(None, "postgresql", dsn_env="NODE_DSN", table=f"public.{table_name}", refresh_seconds=1)
    held = room(tmp_path / "state", source)
    assert answers(held, "001", "002") == ["yes", "no"]
    first = held.held["credit"].declaration.source_version
    assert held.look(NOON.replace(hour=5)) == []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"UPDATE \"{table_name}\" SET arrears = 0 WHERE id = '001'")
    assert held.look(NOON.replace(hour=6)) == ["credit"]
    assert held.held["credit"].declaration.source_version != first
    assert answers(held, "001") == ["no"]
    assert held.profile("credit", 1, NOON).rows == 2


def test_a_database_that_is_down_is_named_without_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_DSN", "postgresql://secret-user:secret-word@127.0.0.1:1/x")
    fault = room(tmp_path / "state", config(None, "postgresql", dsn_env="NODE_DSN", table="t")).faults["credit"]
    assert fault.code == "database-unreachable"
    assert "secret" not in str(fault)


# -- change ------------------------------------------------------------------------------------------------------------


def test_a_changed_file_is_a_new_version_and_a_broken_one_leaves_the_old(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,arrears,limit\n001,1,1\n")
    held = room(tmp_path / "state", config(file))
    assert held.look(NOON) == []
    file.write_text("id,arrears,limit\n001,0,1\n003,1,1\n")
    assert held.look(NOON) == ["credit"]
    assert answers(held, "001", "003") == ["no", "yes"]
    file.write_text("id,limit\n001,1\n")  # the column of the question has gone
    assert held.look(NOON) == []
    assert held.faults["credit"].code == "columns-changed"
    assert answers(held, "001") == ["no"]
    file.unlink()
    assert held.look(NOON) == []
    assert held.faults["credit"].code == "source-missing"
    file.write_text("id,arrears,limit\n001,1,1\n")
    assert held.look(NOON) == ["credit"]
    assert held.faults == {}


def test_a_column_that_changes_its_type_does_not_change_a_questions_meaning(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,arrears,limit\n001,1,1\n")
    held = room(tmp_path / "state", config(file))
    file.write_text("id,arrears,limit\n001,1,1.5\n")  # still numbers
    assert held.look(NOON) == ["credit"]
    file.write_text("id,arrears,limit\n001,1,1\n002,yes,1\n")
    assert held.look(NOON) == []
    assert held.faults["credit"].code == "columns-changed"
    assert answers(held, "001", "002") == ["yes", "unknown"]


def test_a_touched_file_with_the_same_bytes_is_the_same_version(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,arrears,limit\n001,1,1\n")
    held = room(tmp_path / "state", config(file))
    os.utime(file, (1, 1))
    assert held.look(NOON) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("id,arrears,limit\n001,1,1\n001,0,1\n", "key-not-unique"),
        ("who,arrears,limit\n001,1,1\n", "no-key-column"),
        ("id,arrears,arrears\n001,1,1\n", "bad-columns"),
        ("id,arrears, arrears\n001,1,1\n", "bad-columns"),
        ("id,arrears,  \n001,1,1\n", "bad-columns"),
        ("id,arrears,limit\n001,1,much\n", "question-unfit"),
        ("id,arrears,limit\n001,1\n", "source-unreadable"),
        ("", "source-unreadable"),
    ],
)
def test_a_source_that_cannot_serve_says_why(tmp_path: Path, content: str, code: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content)
    held = room(tmp_path / "state", config(file))
    assert held.faults["credit"].code == code
    assert "001" not in str(held.faults["credit"])
    assert held.offer("credit", "verification") is None


def _half_copied(folder: Path) -> SourceConfig:
    book = openpyxl.Workbook()
    book.save(folder / "whole.xlsx")
    whole = (folder / "whole.xlsx").read_bytes()
    (folder / "half.xlsx").write_bytes(whole[: len(whole) // 2])
    return config(folder / "half.xlsx", "excel", id="first")


def _not_a_workbook(folder: Path) -> SourceConfig:
    (folder / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    return config(folder / "a.xls", "excel", id="first")


def _nested_keys(folder: Path) -> SourceConfig:
    pa.parquet.write_table(pa.table({"id": [["001"], ["002"]]}), folder / "a.parquet")
    return config(folder / "a.parquet", "parquet", id="first")


def _a_codec_for_no_text(folder: Path) -> SourceConfig:
    (folder / "b.csv").write_text("id,arrears,limit\n001,1,1\n")
    return config(folder / "b.csv", encoding="base64", id="first")


def _without_its_dsn(_folder: Path) -> SourceConfig:
    return config(None, "postgresql", dsn_env="NO_SUCH_DSN", table="t", id="first")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (_half_copied, "source-unreadable"),
        (_not_a_workbook, "source-unreadable"),
        (_nested_keys, "source-unreadable"),
        (_a_codec_for_no_text, "source-unreadable"),
        (_without_its_dsn, "no-dsn"),
    ],
)
def test_a_source_that_cannot_be_read_keeps_no_other_from_being_served(
    tmp_path: Path, broken: Callable[[Path], SourceConfig], code: str
) -> None:
    (tmp_path / "a.csv").write_text("id,arrears,limit\n001,1,1\n")
    (tmp_path / "state").mkdir()
    held = SourceRoom([broken(tmp_path), config(tmp_path / "a.csv")], tmp_path / "state")
    assert held.look(NOON) == ["credit"]
    assert answers(held, "001") == ["yes"]
    assert {source: fault.code for source, fault in held.faults.items()} == {"first": code}
    assert not held.is_loading("first")


def test_a_full_disk_is_one_sources_fault_until_it_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("id,arrears,limit\n001,1,1\n")
    (tmp_path / "state").mkdir()
    pinned = config(tmp_path / "b.csv", id="first", modes=("verification", "dataset"))
    held = SourceRoom([pinned, config(tmp_path / "a.csv")], tmp_path / "state")

    fsync = os.fsync

    def full(handle: int) -> None:
        if "/first/" in os.readlink(f"/proc/self/fd/{handle}"):
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        assert held.look(NOON) == ["credit"]
        assert held.faults["first"].code == "source-unreadable"
        assert "OSError ENOSPC" in held.faults["first"].words.en
    assert held.look(NOON) == ["first"]
    assert held.faults == {}


def test_a_table_that_could_not_be_copied_is_tried_again_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(source: SourceConfig, _folder: Path) -> Snapshot:
        raise source_fault("database-unreachable", "不可达", "unreachable", "检查", "check")

    def reachable(source: SourceConfig, folder: Path) -> Snapshot:
        folder.mkdir(parents=True, exist_ok=True)
        content = b"id,arrears,limit\n001,1,1\n"
        (folder / "all.csv").write_bytes(content)
        segment = Segment("all.csv", len(content), hashlib.sha256(content).hexdigest(), 1)
        columns = (("id", "string"), ("arrears", "int64"), ("limit", "int64"))
        return Snapshot(folder, columns, (segment,), None, 0)

    copies: list[datetime] = []

    def looks(held: SourceRoom, at: datetime, copy: Callable[[SourceConfig, Path], Snapshot]) -> list[str]:
        def counted(source: SourceConfig, folder: Path) -> Snapshot:
            copies.append(at)
            return copy(source, folder)

        monkeypatch.setattr("tongqu.node.sources.arriving.refresh", counted)
        return held.look(at)

    (tmp_path / "state").mkdir()
    hourly = config(None, "postgresql", dsn_env="NODE_DSN", table="t", refresh_seconds=3600)
    held = SourceRoom([hourly], tmp_path / "state")
    assert looks(held, NOON, unreachable) == []
    assert looks(held, NOON + timedelta(seconds=29), reachable) == []
    assert held.faults["credit"].code == "database-unreachable"
    assert looks(held, NOON + timedelta(seconds=30), reachable) == ["credit"]
    assert held.faults == {}
    looks(held, NOON + timedelta(seconds=3629), reachable)
    looks(held, NOON + timedelta(seconds=3630), unreachable)
    assert held.faults["credit"].code == "database-unreachable"
    assert answers(held, "001") == ["yes"]
    looks(held, NOON + timedelta(seconds=3660), reachable)
    assert held.faults == {}
    assert [int((at - NOON).total_seconds()) for at in copies] == [0, 30, 3630, 3660]


# -- keys and questions ------------------------------------------------------------------------------------------------


def indexed(keys: list[str | None], folder: Path) -> KeyIndex:
    rows = Given(pa.table({"id": pa.array(keys, pa.large_string())}))
    return index_of("credit", rows, "id", folder / uuid.uuid4().hex, KeyedHash(b"secret"))


KEYS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(KEYS, max_size=60), st.lists(st.text(min_size=1, max_size=5), max_size=60), st.integers(1, 70))
def test_keys_are_found_exactly(tmp_path: Path, stored: set[str], asked: list[str], run: int) -> None:
    """However many runs and stretches the sorting takes."""
    keys = sorted(stored)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(sorting, "RUN_ROWS", run)
        small.setattr(sorting, "SAMPLE", 2)
        small.setattr(sorting, "BUCKET_ROWS", 4)
        index = indexed([*keys], tmp_path)
    asked = [*asked, *keys]
    positions = index.find_many(asked)
    assert [key in stored for key in asked] == [bool(at >= 0) for at in positions]
    assert [keys[index.order[at]] for at in positions if at >= 0] == [key for key in asked if key in stored]
    assert [index.find(key) for key in asked] == positions.tolist()
    assert index.texts(positions) == [key if key in stored else None for key in asked]
    with pytest.MonkeyPatch.context() as crowded:
        crowded.setattr(mapped.MAPS, "crowded", True)
        crowded.setattr(mapped, "RESIDENT_MAX", 0)
        crowded.setattr(mapped, "STRETCH", 9)
        crowded.setattr(mapped, "FOLIO", 1)
        assert index.find_many(asked).tolist() == positions.tolist()
        assert index.texts(positions) == [key if key in stored else None for key in asked]


@pytest.mark.parametrize("run", [2, 1_000])
def test_keys_with_one_hash_are_still_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    monkeypatch.setattr(sorting, "RUN_ROWS", run)
    monkeypatch.setattr(KeyedHash, "of", lambda *_: 7)
    monkeypatch.setattr(KeyedHash, "of_many", lambda _, texts: np.full(len(texts), 7, np.uint64))
    index = indexed(["a", "b", None, "c"], tmp_path)
    assert [bool(at >= 0) for at in index.find_many(["a", "b", "c", "d"])] == [True, True, True, False]
    assert len({int(at) for at in index.find_many(["a", "b", "c"])}) == 3
    for twins in (["a", "b", "a"], ["a", "b", "c", "d", "a"], ["a", "a"]):
        with pytest.raises(SourceFault) as refused:
            indexed([*twins], tmp_path)
        assert refused.value.code == "key-not-unique"


@pytest.mark.parametrize("run", [3, 1_000])
def test_a_key_that_stands_twice_is_refused_however_far_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    monkeypatch.setattr(sorting, "RUN_ROWS", run)
    keys = [f"{at:05d}" for at in range(100)]
    assert len(indexed([*keys], tmp_path)) == 100
    with pytest.raises(SourceFault):
        indexed([*keys, keys[0]], tmp_path)


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(1, 70))
def test_the_hash_is_the_same_one_by_one_and_together(contents: list[bytes], lengths: int) -> None:
    with pytest.MonkeyPatch.context() as few:
        few.setattr(hashing, "LENGTHS_MAX", lengths)
        keyed = KeyedHash(b"secret")
        whole = pa.array([b"skipped", *contents], pa.large_binary())
        assert keyed.of_many(whole[1:]).tolist() == [keyed.of(each) for each in contents]


def test_who_does_not_know_the_secret_cannot_choose_keys_that_collide() -> None:
    """The prime is drawn from the secret: two secrets have two, and what collides under one does not under the other."""
    one, other = KeyedHash(b"one"), KeyedHash(b"other")
    assert one.prime != other.prime
    assert one.mark != other.mark
    for keyed in (one, other):
        assert keyed.prime.bit_length() == hashing.BITS
        assert all(pow(base, keyed.prime - 1, keyed.prime) == 1 for base in range(2, 60))
    first = (1 << 64) + 5  # what whoever knows the prime could do
    chosen = [number.to_bytes(9, "big")[1:] for number in (first, first + one.prime)]
    assert one.of(chosen[0]) == one.of(chosen[1])
    assert other.of(chosen[0]) != other.of(chosen[1])


def test_an_index_is_opened_again_and_made_anew_only_for_other_rows_or_another_secret(tmp_path: Path) -> None:
    rows = Given(pa.table({"id": ["a", "b"], "n": ["1", "2"]}))
    folder = tmp_path / "keys"

    def made(key: str = "id", secret: bytes = b"secret", reading: str = "") -> int:
        index_of("credit", rows, key, folder, KeyedHash(secret), reading=reading)
        return (folder / "hashes").stat().st_ino

    first = made()
    assert made() == first
    (folder / "index.json").unlink()  # half of one
    kept_open = [made()]
    for other in ({"key": "n"}, {"secret": b"other"}, {"reading": "gb18030"}):
        kept_open.append(made(**other))  # type: ignore[arg-type]
    index = index_of("credit", rows, "n", folder, KeyedHash(b"other"))
    assert index.find("2") >= 0 > index.find("b")


def answered(folder: Path, table: pa.Table, question: Question) -> list[int]:
    kept = parted(folder / "kept", table, part_rows=2)
    (codes,) = work_out(DuckEngine(folder / "spill"), kept, [question])(question)
    return [int(code) for code in codes]


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("eq", ("2",), ["no", "yes", "no", "unknown"]),
        ("ne", ("2",), ["yes", "no", "yes", "unknown"]),
        ("lt", ("2",), ["yes", "no", "no", "unknown"]),
        ("le", ("2",), ["yes", "yes", "no", "unknown"]),
        ("gt", ("2",), ["no", "no", "yes", "unknown"]),
        ("ge", ("2",), ["no", "yes", "yes", "unknown"]),
        ("in", ("1", "3"), ["yes", "no", "yes", "unknown"]),
    ],
)
@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.decimal128(21, 2)])
def test_each_comparison_at_its_edge(
    operator: str, values: tuple[str, ...], expected: list[str], kind: pa.DataType, tmp_path: Path
) -> None:
    question = Question("q", Title("问", "Q"), "id", "x", "yes_no", operator, values)
    cells = pa.array([1, 2, 3, None], pa.int64()).cast(kind)
    codes = answered(tmp_path, pa.table({"x": cells}), question)
    assert [question.answers[code] for code in codes] == expected


def test_text_and_dates_are_compared_as_what_they_are(tmp_path: Path) -> None:
    table = pa.table({"x": ["a'b", "c", None], "d": [date(2020, 1, 1), date(2020, 1, 2), None]})
    text = Question("q", Title("问", "Q"), "id", "x", "yes_no", "eq", ("a'b",))
    assert answered(tmp_path, table, text) == [1, 2, 0]
    day = Question("q", Title("问", "Q"), "id", "d", "yes_no", "lt", ("2020-01-02",))
    assert answered(tmp_path, table, day) == [1, 2, 0]
    with pytest.raises(SourceFault):
        answered(tmp_path, table, Question("q", Title("问", "Q"), "id", "x", "yes_no", "lt", ("b",)))
    with pytest.raises(SourceFault):
        answered(tmp_path, table, Question("q", Title("问", "Q"), "id", "x", "bands", edges=("1",)))


# -- profile -----------------------------------------------------------------------------------------------------------


def test_a_moment_that_all_rows_of_one_person_repeat_is_told_to_the_month() -> None:
    left = [datetime(2020, 1, 23, 9, 9, 23)] * 6 + [datetime(2020, 3, 4, 16, 21, 51)] * 6
    table = pa.table({"left": left})
    profile = measure(Given(table), source="ward", source_version="0" * 64, key=None, small_counts=5, now=NOON)
    assert (profile.columns[0].minimum, profile.columns[0].maximum) == ("2020-01-01", "2020-04-01")
    assert profile.columns[0].guarded


def test_a_profile_tells_shape_and_not_rows() -> None:
    table = pa.table(
        {
            "id": [f"{n:03d}" for n in range(100)],
            "name": ["甲" * (n % 5 + 1) for n in range(100)],
            "amount": [float(n) for n in range(99)] + [8675309.25],
            "level": [1, 2] * 50,
            "rare": [None] * 97 + [1, 2, 3],
            "day": [date(2020, 1, 15)] * 99 + [date(2024, 12, 31)],
        }
    )
    profile = measure(Given(table), source="credit", source_version="0" * 64, key="id", small_counts=5, now=NOON)
    columns = {column.name: column for column in profile.columns}
    assert (columns["id"].distinct, columns["id"].minimum, columns["id"].length_min) == (100, None, 3)
    assert (columns["name"].distinct, columns["name"].length_min, columns["name"].length_max) == (5, 1, 5)
    assert columns["name"].minimum is None
    assert (columns["amount"].maximum, columns["amount"].guarded) == ("8700000", True)
    assert (columns["level"].minimum, columns["level"].maximum, columns["level"].distinct) == ("1", "2", None)
    assert (columns["rare"].nulls, columns["rare"].distinct, columns["rare"].maximum) == (None, None, None)
    assert (columns["day"].minimum, columns["day"].maximum) == ("2020-01-15", "2025-01-01")


def test_a_count_is_not_told_by_what_it_leaves() -> None:
    """97 of 100 cells empty tells of three that they are not; 97 different ones of 100, that three are repeated."""
    table = pa.table(
        {
            "three-filled": [None] * 97 + [1, 2, 3],
            "three-repeated": [*range(97), 1, 2, 3],
            "five-filled": [None] * 95 + [1, 2, 3, 4, 5],
            "all-empty": pa.array([None] * 100, pa.int64()),
        }
    )
    profile = measure(Given(table), source="credit", source_version="0" * 64, key=None, small_counts=5, now=NOON)
    columns = {column.name: column for column in profile.columns}
    assert (columns["three-filled"].nulls, columns["three-filled"].guarded) == (None, True)
    assert (columns["three-repeated"].distinct, columns["three-repeated"].guarded) == (None, True)
    assert columns["five-filled"].nulls == 95
    assert columns["all-empty"].nulls == 100


def test_the_one_oldest_client_is_not_told_by_the_greatest_age() -> None:
    table = pa.table(
        {
            "age": [40] * 99 + [97],
            "age-as-number": [40.0] * 99 + [97.0],
            "rate": [0.25] * 99 + [0.97],
            "debt": [0] + [40] * 99,
            "born": [date(2000, 2, 3)] * 99 + [date(1926, 1, 1)],
            "until": [date(2000, 2, 3)] * 99 + [date(9999, 12, 31)],
        }
    )
    profile = measure(Given(table), source="credit", source_version="0" * 64, key=None, small_counts=5, now=NOON)
    told = {column.name: (column.minimum, column.maximum) for column in profile.columns}
    assert told["age"] == ("40", "100")
    assert told["age-as-number"] == ("40", "100")
    assert told["rate"] == ("0.25", "1")
    assert told["debt"] == ("-10", "40")
    assert told["born"] == ("1925-12-01", "2000-02-03")
    assert told["until"] == ("2000-02-03", None)


@given(
    st.one_of(
        st.floats(min_value=-1e15, max_value=1e15),
        st.integers(-(10**18), 10**18),
        st.decimals(-(10**9), 10**9, places=2),
    ),
    st.booleans(),
)
def test_a_rare_extreme_is_told_as_a_round_number_beyond_it(value: float | int | Decimal, down: bool) -> None:
    exact = Decimal(str(value))
    told = _beyond(exact, down=down)
    assert told < exact if down else told > exact
    assert len(told.normalize().as_tuple().digits) <= 3
    assert not isinstance(value, int) or told % 10 == 0


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('name = "示例银行节点"', "", "node.name"),
        ("port = {port}", "port = 70000", "serve.port"),
        ("port = {port}", "prot = 1", "serve.prot"),
        ('kind = "csv"', 'kind = "sas"', "sources[0].kind"),
        ('edges = ["50000", "200000"]', 'edges = ["5", "5"]', "questions[1].edges"),
        ('operator = "eq"', 'operator = "like"', "questions[0].operator"),
        ('modes = ["verification", "dataset"]', 'modes = ["rows"]', "sources[0].modes"),
        ('exchange = "http://exchange.test"', 'exchange = "exchange.test"', "node.exchange"),
        ('path = "credit.csv"', 'path = "credit.csv"\nencoding = "gb18031"', "sources[0].encoding"),
        ("[node]", "[node", "TOML"),
        ("{extra}", f"deep = {'[' * 5_000}{']' * 5_000}", "TOML"),
        ('id = "credit"', 'id = "信用"', "sources[0].id"),
        ('id = "credit"', 'id = "a/b"', "sources[0].id"),
        ('id = "credit"', 'id = "../../../evil"', "sources[0].id"),
        ('id = "credit"', f'id = "{"a" * 101}"', "sources[0].id"),
        ('key = "id"', f'key = "{"k" * 201}"', "sources[0].key"),
        ('modes = ["verification", "dataset"]', 'modes = ["dataset", "dataset"]', "sources[0].modes"),
        ('name = "示例银行节点"', f'name = "{"银" * 201}"', "node.name"),
        ("{extra}", f'address = "https://node.example/{"a" * 300}"', "node.address"),
        ("{extra}", 'address = "node.example"', "node.address"),
        ("{extra}", 'address = "ftp://node.example"', "node.address"),
        ("{extra}", 'proxy = "foo"', "node.proxy"),
        ("{extra}", 'proxy = "http://[::1"', "node.proxy"),
        ("{extra}", 'traces = "http://"', "node.traces"),
        ('"http://exchange.test"', '"http://exchange.test:99999"', "node.exchange"),
        ('"http://exchange.test"', '"http://exchange test"', "node.exchange"),
        ('"http://exchange.test"', '"http://10.0.0.256"', "node.exchange"),
        ("port = {port}", "port = 8700.7", "serve.port must be a whole number between 1 and 65535"),
        ("port = {port}", "body_bytes_max = 4194304.7", "serve.body_bytes_max must be a whole"),
        ("port = {port}", "reader_seconds_max = 0", "serve.reader_seconds_max must be between 1 and 3600"),
        ("port = {port}", "grace_seconds = 601", "serve.grace_seconds must be between 0.1 and 600"),
        ("port = {port}", 'host = "[::1]"', "serve.host"),
        ("{extra}", "small_counts = 5.9", "node.small_counts must be a whole number"),
        ("{extra}", "small_counts = 2", "node.small_counts cannot be 2"),
        ('key = "id"', 'key = "id"\nrefresh_seconds = 1.5', "sources[0].refresh_seconds must be a whole"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, old: str, new: str, names: str) -> None:
    fault = _fault_of(tmp_path, (old, new))
    assert (fault.code, names in fault.words.en) == ("bad-config", True)


def _fault_of(folder: Path, *changes: tuple[str, str]) -> NodeFault:
    """What is wrong with the world's settings once these are changed."""
    with pytest.raises(NodeFault) as caught:
        read_config(_settings(folder, *changes))
    return caught.value


def _settings(folder: Path, *changes: tuple[str, str]) -> Path:
    from tests.node.world import CONFIG

    text = CONFIG
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    text = text.replace("{extra}", "").replace("{port}", "8700")
    (folder / "node.toml").write_text(text.replace("{{", "{").replace("}}", "}"), encoding="utf-8")
    return folder / "node.toml"


def test_a_misspelt_setting_is_named_beside_the_one_that_is_missing(tmp_path: Path) -> None:
    fault = _fault_of(tmp_path, ("name = ", "nmae = "))
    assert fault.words.en == "Setting node.name needs a text value. Setting node.nmae is not a known setting."
    assert fault.words.zh == "配置项 node.name 缺少文本值。配置项 node.nmae 不是已知的设置项。"
    words = _fault_of(tmp_path, ("title = ", "titel = "), ('path = "', 'paht = "')).words.en
    assert [name for name in ("title", "titel", "path", "paht") if f"sources[0].{name} " not in words] == []


def test_wrong_settings_are_named_together(tmp_path: Path) -> None:
    changes = [('"http://exchange.test"', '"x"'), ("port = {port}", "port = 1.5"), ('id = "credit"', 'id = "信用"')]
    words = _fault_of(tmp_path, *changes, ("[serve]", "[engine]\nkind = 1\n[serve]\nwokers = 2")).words
    named = ["node.exchange", "serve.port", "serve.wokers", "sources[0].id", "engine.kind"]
    assert [name for name in named if name not in words.en or name not in words.zh] == []


def test_what_is_wrong_inside_a_source_is_named_together(tmp_path: Path) -> None:
    changes = [
        ('operator = "eq"', 'operator = "like"'),
        ('edges = ["50000", "200000"]', 'edges = ["5", "5"]'),
        ('key = "id"', 'key = "id"\nholder = "9142"\non_drift = "stop"\nmeasures = ["all"]\ndelimiter = "; "'),
    ]
    words = _fault_of(tmp_path, *changes).words
    named = ["questions[0].operator", "questions[1].edges", "holder", "on_drift", "measures", "delimiter"]
    assert [
        name for name in named if f"sources[0].{name} " not in words.en or f"sources[0].{name} " not in words.zh
    ] == []
    assert "key" not in words.zh  # what follows from the others' faults alone is not complained of


def test_settings_that_do_not_go_together_are_named_together(tmp_path: Path) -> None:
    words = _fault_of(tmp_path, ('"verification", "dataset"]', '"verification", "api", "report"]')).words.en
    assert [name for name in ("queries", "reports") if f"sources[0].{name} is empty" not in words] == []
    words = _fault_of(tmp_path, ('key = "id"\n', "")).words.en
    assert words == "Setting sources[0].key is missing, and `questions` need a key column."


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("port = {port}", 'host = "::1"'),
        ("port = {port}", 'host = "0.0.0.0"'),
        ("port = {port}", 'host = "node_1.inner"'),
        ("port = {port}", "port = 8700.0"),
        ("{extra}", 'address = "https://[2001:db8::1]:8443/node/"'),
        ("{extra}", 'proxy = "http://user:secret@proxy.example:3128"'),
        ('"http://exchange.test"', '"https://交易所.example/"'),
        ('id = "credit"', 'id = "credit.v2_a:b-c"'),
    ],
)
def test_what_an_owner_may_well_write_is_taken(tmp_path: Path, old: str, new: str) -> None:
    assert read_config(_settings(tmp_path, (old, new))).port == 8700
