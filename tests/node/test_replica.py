"""A PostgreSQL table as a source: its own types, one moment, what is new alone, and a database that is in the way."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest

from tests.node.test_kinds import fault, rows
from tests.node.test_sources import answers, config
from tests.node.world import ARREARS, NOON
from tongqu.node.config import SourceConfig
from tongqu.node.sources import SourceRoom, postgres
from tongqu.node.sources.postgres import Snapshot
from tongqu.wire.source import Question, Title


class Database:
    """A table of its own, and a way to look at it as the node does."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.name = f"kinds_{uuid.uuid4().hex[:8]}"
        self.minutes = 0

    def run(self, query: str, *given: Any) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(query.replace("{t}", f'"{self.name}"').encode(), given or None)

    def source(self, **changes: Any) -> SourceConfig:
        given = {"dsn_env": "NODE_DSN", "table": self.name, "refresh_seconds": 60, "questions": (ARREARS,), **changes}
        return config(None, "postgresql", **given)

    def look(self, held: SourceRoom) -> list[str]:
        self.minutes += 5
        return held.look(NOON + timedelta(minutes=self.minutes))


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    dsn = os.environ.get("DATABASE_URL")
    if not dsn:
        pytest.skip("no PostgreSQL: DATABASE_URL is not set")
    monkeypatch.setenv("NODE_DSN", dsn)
    made = Database(dsn)
    made.run("CREATE TABLE {t} (id text PRIMARY KEY, arrears int, seq bigint)")
    yield made
    made.run("DROP TABLE IF EXISTS {t} CASCADE")


def opened(database: Database, state: Path, source: SourceConfig) -> SourceRoom:
    state.mkdir(exist_ok=True)
    held = SourceRoom([source], state)
    database.look(held)
    return held


class Sent:
    """What the database sent for each refresh."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes: list[int] = []
        self.whole: list[bool] = []
        real = postgres.refresh

        def counted(source: SourceConfig, folder: Path) -> Snapshot:
            made = real(source, folder)
            self.bytes.append(made.read_bytes)
            self.whole.append(made.since_whole == 0)
            return made

        monkeypatch.setattr("tongqu.node.sources.arriving.refresh", counted)


def test_every_type_is_what_the_database_says(database: Database, tmp_path: Path) -> None:
    database.run("DROP TABLE {t}")
    database.run(
        "CREATE TABLE {t} (id varchar(20) PRIMARY KEY, arrears smallint, money numeric(14,2), rate numeric, day date,"
        " at timestamp, zoned timestamptz, ok boolean, note text, ratio double precision, doc jsonb, code uuid, tags text[])"
    )
    database.run(
        "INSERT INTO {t} VALUES ('007', 1, 12345678901.10, 0.12345678901234567890, '2024-02-29', '2026-01-01 08:30:00.000001',"
        " '2026-01-01 17:00:00+00', true, '', 0.1, '{{\"a\": 1}}', 'c0ffee00-0000-4000-8000-000000000000', '{{a,\"b,c\"}}'),"
        " ('8', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)".replace("{{", "{").replace(
            "}}", "}"
        )
    )
    held = opened(database, tmp_path / "state", database.source())
    assert fault(held) == "none", held.faults
    first, second = rows(held)
    assert first == {
        "id": "007", "arrears": 1, "money": Decimal("12345678901.10"), "rate": Decimal("0.12345678901234567890"),
        "day": date(2024, 2, 29), "at": datetime(2026, 1, 1, 8, 30, 0, 1), "zoned": datetime(2026, 1, 2, 1, 0), "ok": True,
        "note": "", "ratio": 0.1, "doc": '{"a": 1}', "code": "c0ffee00-0000-4000-8000-000000000000", "tags": '{a,"b,c"}',
    }  # fmt: skip
    assert (second["id"], second["note"], second["day"]) == ("8", None, None)
    words = {column.name: column.type for column in held.held["credit"].declaration.columns}
    assert (words["money"], words["day"], words["zoned"], words["ok"]) == ("number", "date", "moment", "flag")


def test_what_is_no_number_and_no_day_of_the_calendar_is_an_empty_cell(database: Database, tmp_path: Path) -> None:
    database.run("DROP TABLE {t}")
    database.run(
        "CREATE TABLE {t} (id text PRIMARY KEY, arrears int, money numeric(14,2), rate numeric, day date, at timestamp,"
        " zoned timestamptz)"
    )
    database.run(
        "INSERT INTO {t} VALUES ('1', 1, 'NaN', 'Infinity', 'infinity', '-infinity', 'infinity'),"
        " ('2', 0, 1.5, '-Infinity', '0044-03-15 BC', '10000-01-01', '0044-03-15 BC'),"
        " ('3', 0, 2, 0.25, '9999-12-31', '2026-01-01 08:30', '2026-01-01 08:30+08')"
    )
    held = opened(database, tmp_path / "state", database.source())
    assert fault(held) == "none", held.faults
    first, second, third = rows(held)
    assert set(list(first.values())[2:]) == {None}
    assert (second["money"], set(list(second.values())[3:])) == (Decimal("1.50"), {None})
    assert list(third.values())[2:] == [
        Decimal("2.00"), Decimal("0.25"), date(9999, 12, 31), datetime(2026, 1, 1, 8, 30), datetime(2026, 1, 1, 8, 30),
    ]  # fmt: skip


def test_text_that_looks_like_a_number_stays_text(database: Database, tmp_path: Path) -> None:
    """A CSV file's guess would take the zeros away."""
    database.run("ALTER TABLE {t} ADD COLUMN post text")
    database.run("INSERT INTO {t} VALUES ('1', 1, 1, '0042')")
    held = opened(database, tmp_path / "state", database.source())
    assert rows(held)[0]["post"] == "0042"


def test_a_decimal_is_compared_to_its_last_digit(database: Database, tmp_path: Path) -> None:
    database.run("ALTER TABLE {t} ADD COLUMN debt numeric(20,10)")
    database.run("INSERT INTO {t} VALUES ('1', 1, 1, 0.3), ('2', 1, 2, 0.2999999999)")
    question = Question("small", Title("小", "small"), "id", "debt", "yes_no", "lt", ("0.3",))
    held = opened(database, tmp_path / "state", database.source(questions=(question,)))
    assert answers(held, "1", "2", question=question) == ["no", "yes"]


def test_the_version_is_the_hash_of_what_is_handed_out(database: Database, tmp_path: Path) -> None:
    import hashlib

    database.run("INSERT INTO {t} VALUES ('1', 1, 1), ('2', 0, 2)")
    held = opened(database, tmp_path / "state", database.source(modes=("verification", "dataset"), cursor="seq"))
    version = held.held["credit"].declaration.source_version
    content = held.blob("credit", version).read_bytes()
    assert content == b"id,arrears,seq\n1,1,1\n2,0,2\n"
    assert hashlib.sha256(content).hexdigest() == version
    database.run("INSERT INTO {t} VALUES ('3', 1, 3)")
    assert database.look(held) == ["credit"]
    version = held.held["credit"].declaration.source_version
    assert held.blob("credit", version).read_bytes() == content + b"3,1,3\n"


def test_with_a_cursor_only_what_is_new_is_read_and_it_is_what_a_whole_reading_gives(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent(monkeypatch)
    database.run("INSERT INTO {t} SELECT n::text, n % 2, n FROM generate_series(1, 1000) n")
    source = database.source(cursor="seq", full_every=3)
    held = opened(database, tmp_path / "state", source)
    database.run("INSERT INTO {t} VALUES ('1001', 1, 1001)")
    assert database.look(held) == ["credit"]
    assert database.look(held) == []
    assert sent.bytes[1] == len(b"1001,1,1001\n")
    assert sent.bytes[2] == 0
    assert sent.whole == [True, False, False]
    assert answers(held, "1", "1001") == ["yes", "yes"]
    grown = held.held["credit"].kept
    assert grown is not None
    assert len(grown.files) == 2  # the first part is as it was
    assert database.look(held) == []  # the third time the whole is read, and it is the same to the last byte
    assert sent.whole == [True, False, False, True]
    assert sent.bytes[3] == sent.bytes[0] + sent.bytes[1]


def test_a_promise_that_is_broken_is_found_by_counting_or_by_the_next_whole_reading(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent(monkeypatch)
    database.run("INSERT INTO {t} VALUES ('1', 1, 10), ('2', 0, 20)")
    held = opened(database, tmp_path / "state", database.source(cursor="seq", full_every=3))
    database.run("DELETE FROM {t} WHERE id = '1'")
    assert database.look(held) == ["credit"]  # fewer below the cursor than were read
    database.run("INSERT INTO {t} VALUES ('3', 1, 15)")  # came late
    assert database.look(held) == ["credit"]
    assert sent.whole == [True, True, True]
    assert answers(held, "1", "2", "3") == ["unknown", "no", "yes"]
    database.run("UPDATE {t} SET arrears = 1 WHERE id = '2'")
    database.look(held)
    database.look(held)
    assert answers(held, "2") == ["no"]  # a change in place is not seen …
    database.look(held)
    assert sent.whole[-1]
    assert answers(held, "2") == ["yes"]  # … until the whole is read again


@pytest.mark.parametrize("cursor", ["id", "missing"])
def test_a_cursor_that_is_none_is_named(database: Database, tmp_path: Path, cursor: str) -> None:
    database.run("INSERT INTO {t} VALUES ('1', 1, 10)")
    assert fault(opened(database, tmp_path / "state", database.source(cursor=cursor))) == "cursor-unfit"


def test_a_cursor_that_is_empty_somewhere_is_none(database: Database, tmp_path: Path) -> None:
    database.run("INSERT INTO {t} VALUES ('1', 1, NULL)")
    assert fault(opened(database, tmp_path / "state", database.source(cursor="seq"))) == "cursor-unfit"


def test_a_type_that_changes_is_noticed_though_the_text_is_the_same(database: Database, tmp_path: Path) -> None:
    database.run("INSERT INTO {t} VALUES ('1', 1, 10)")
    held = opened(database, tmp_path / "state", database.source())
    database.run("ALTER TABLE {t} ALTER COLUMN arrears TYPE text USING arrears::text")
    assert database.look(held) == []
    assert fault(held) == "columns-changed"
    assert answers(held, "1") == ["yes"]
    database.run("ALTER TABLE {t} ALTER COLUMN arrears TYPE int USING arrears::int")
    assert database.look(held) == []
    assert fault(held) == "none"


def test_a_view_that_runs_for_ever_is_stopped_and_named(database: Database, tmp_path: Path) -> None:
    view = f"{database.name}_endless"
    database.run(f'CREATE VIEW "{view}" AS SELECT id, arrears, (SELECT 1 FROM pg_sleep(3600)) AS slow FROM {{t}}')
    database.run("INSERT INTO {t} VALUES ('1', 1, 1)")
    began = time.monotonic()
    held = opened(database, tmp_path / "state", database.source(table=view, statement_seconds=1))
    assert time.monotonic() - began < 20
    assert fault(held) == "database-too-slow"
    assert "1" in held.faults["credit"].words.en


def test_a_primary_is_refused_where_a_replica_is_asked_for(database: Database, tmp_path: Path) -> None:
    assert fault(opened(database, tmp_path / "state", database.source(replica=True))) == "not-a-replica"


@pytest.mark.parametrize(("state", "tries"), [("40001", 3), ("57P03", 3), ("42501", 1)])
def test_a_replica_that_is_in_the_way_is_asked_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, tries: int
) -> None:
    """A statement that the replica's recovery cancels is tried again; a right that is missing is not."""
    database.run("INSERT INTO {t} VALUES ('1', 1, 1)")
    asked: list[int] = []
    real = postgres._Reading._copied

    def cancelled(self: Any, *given: Any) -> Any:
        asked.append(1)
        if len(asked) < 3:
            raise psycopg.errors.lookup(state)("canceling statement due to conflict with recovery")
        return real(self, *given)

    monkeypatch.setattr(postgres._Reading, "_copied", cancelled)
    monkeypatch.setattr("tongqu.node.sources.postgres.time.sleep", lambda _seconds: None)
    held = opened(database, tmp_path / "state", database.source())
    assert len(asked) == tries
    assert fault(held) == ("none" if tries == 3 else "database-unreachable")


def test_a_snapshot_is_of_one_moment_while_others_write(database: Database, tmp_path: Path) -> None:
    """Money moves between two accounts; whoever reads both sees it once."""
    database.run("ALTER TABLE {t} ADD COLUMN balance int")
    database.run("INSERT INTO {t} SELECT n::text, 1, n, 100 FROM generate_series(1, 2000) n")
    done = threading.Event()

    def moving() -> None:
        with psycopg.connect(database.dsn) as connection:
            while not done.is_set():
                for change, key in ((-1, "1"), (1, "2000")):
                    update = psycopg.sql.SQL("UPDATE {} SET balance = balance + %s WHERE id = %s")
                    connection.execute(update.format(psycopg.sql.Identifier(database.name)), [change, key])
                connection.commit()

    mover = threading.Thread(target=moving)
    mover.start()
    try:
        held = opened(database, tmp_path / "state", database.source())
        for _ in range(4):
            assert sum(row["balance"] for row in rows(held)) == 200_000
            database.look(held)
    finally:
        done.set()
        mover.join()


def test_the_node_writes_nothing_to_the_database(database: Database, tmp_path: Path) -> None:
    """A view that would write is refused by the database itself: the transaction is read-only."""
    function, view = f"{database.name}_f", f"{database.name}_v"
    database.run(
        f'CREATE FUNCTION "{function}"() RETURNS int LANGUAGE plpgsql AS'
        " $$ BEGIN INSERT INTO {t} VALUES ('9', 9, 9); RETURN 1; END $$"
    )
    database.run(f'CREATE VIEW "{view}" AS SELECT id, arrears, "{function}"() AS bad FROM {{t}}')
    database.run("INSERT INTO {t} VALUES ('1', 1, 1)")
    try:
        assert fault(opened(database, tmp_path / "state", database.source(table=view))) == "database-unreachable"
    finally:
        database.run(f'DROP VIEW "{view}"')
        database.run(f'DROP FUNCTION "{function}"()')


def test_a_name_of_a_table_is_a_name_and_nothing_else(database: Database, tmp_path: Path) -> None:
    database.run("INSERT INTO {t} VALUES ('1', 1, 1)")
    hostile = database.source(table=f'{database.name}"; DROP TABLE "{database.name}')
    assert fault(opened(database, tmp_path / "state", hostile)) == "database-unreachable"
    assert answers(opened(database, tmp_path / "other", database.source()), "1") == ["yes"]


def test_a_restart_takes_in_what_is_new_since(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run("INSERT INTO {t} VALUES ('1', 1, 1)")
    source = database.source(cursor="seq")
    opened(database, tmp_path / "state", source)
    database.run("INSERT INTO {t} VALUES ('2', 0, 2)")
    sent = Sent(monkeypatch)
    held = opened(database, tmp_path / "state", source)
    assert sent.bytes == [len(b"2,0,2\n")]
    assert answers(held, "1", "2") == ["yes", "no"]


@pytest.mark.anyio
async def test_what_is_shared_keeps_text_that_looks_like_a_number(database: Database, tmp_path: Path) -> None:
    from tests.node.test_kinds import _shared

    database.run("ALTER TABLE {t} ADD COLUMN post text")
    database.run("INSERT INTO {t} VALUES ('1', 1, 1, '0042')")
    shared = await _shared(tmp_path / "state", database.source(modes=("verification", "dataset")))
    assert shared.column("post").to_pylist() == ["0042"]
