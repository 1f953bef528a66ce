"""A part works when its work progresses; that its process exists says nothing."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg
import pytest

from tongqu.up import processes
from tongqu.up.places import Places

LONG = 1000.0
"""Seconds since the part was started, where it does not matter."""

SCHEMA = """
CREATE TABLE bedrock_heartbeat (name varchar(40) PRIMARY KEY, at timestamptz, note varchar(200));
CREATE TABLE procrastinate_workers (id int, last_heartbeat timestamptz);
CREATE TABLE procrastinate_jobs (id int, status text, scheduled_at timestamptz);
CREATE TABLE procrastinate_events (job_id int, type text, at timestamptz);
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[Places, psycopg.Connection[tuple[object, ...]]]]:
    """A schema of its own with the few columns that are looked at."""
    url, name = os.environ["DATABASE_URL"], f"signs_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        connection.execute(f"SET search_path TO {name}".encode())
        connection.execute(SCHEMA.encode())
        mark = "&" if "?" in url else "?"
        yield Places(var=tmp_path, database_url=f"{url}{mark}options=-csearch_path%3D{name}"), connection
        connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


Database = tuple[Places, psycopg.Connection[tuple[object, ...]]]


def test_a_keeper_works_while_its_rounds_finish(database: Database) -> None:
    places, connection = database
    assert processes.keeper_progresses(places, LONG) == "no round finished yet"
    connection.execute("INSERT INTO bedrock_heartbeat VALUES ('keeper', now()), ('other', now() - interval '1 day')")
    assert processes.keeper_progresses(places, LONG) is None
    connection.execute("UPDATE bedrock_heartbeat SET at = now() - interval '25 seconds' WHERE name = 'keeper'")
    assert processes.keeper_progresses(places, LONG) == "keeper 25 s"


def test_one_round_of_several_that_stands_still_is_named(database: Database) -> None:
    places, connection = database
    connection.execute(
        "INSERT INTO bedrock_heartbeat VALUES ('keeper.flow', now()), ('keeper.clocks', now() - interval '60 seconds')"
    )
    assert processes.keeper_progresses(places, LONG) == "keeper.clocks 60 s"


def test_what_an_earlier_keeper_and_worker_wrote_is_no_sign_that_these_work(database: Database) -> None:
    places, connection = database
    connection.execute("INSERT INTO bedrock_heartbeat VALUES ('keeper', now() - interval '10 seconds')")
    connection.execute("INSERT INTO procrastinate_workers VALUES (1, now() - interval '10 seconds')")
    assert processes.keeper_progresses(places, 12.0) is None
    assert processes.jobs_progress(places, 12.0) is None
    assert processes.keeper_progresses(places, 3.0) == "no round finished yet"
    connection.execute("UPDATE bedrock_heartbeat SET at = now() + interval '1 hour'")  # a clock was set back since
    assert processes.keeper_progresses(places, 3.0) == "no round finished yet"
    assert processes.jobs_progress(places, 3.0) == "no worker reports itself"


def test_a_worker_that_reports_itself_and_has_nothing_to_do_works(database: Database) -> None:
    places, connection = database
    assert processes.jobs_progress(places, LONG) == "no worker reports itself"
    connection.execute("INSERT INTO procrastinate_workers VALUES (1, now())")
    assert processes.jobs_progress(places, LONG) is None
    connection.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    assert processes.jobs_progress(places, LONG) == "no worker reports itself"


def test_jobs_that_wait_while_none_is_finished_mean_that_it_hangs(database: Database) -> None:
    places, connection = database
    connection.execute("INSERT INTO procrastinate_workers VALUES (1, now())")
    connection.execute("INSERT INTO procrastinate_jobs VALUES (1, 'todo', NULL)")
    connection.execute("INSERT INTO procrastinate_events VALUES (1, 'deferred', now() - interval '5 minutes')")
    assert processes.jobs_progress(places, LONG) == "due jobs wait and none is finished"
    connection.execute(
        "INSERT INTO procrastinate_events VALUES (2, 'succeeded', now())"
    )  # a long queue, being worked off
    assert processes.jobs_progress(places, LONG) is None


def test_a_job_for_later_does_not_wait(database: Database) -> None:
    places, connection = database
    connection.execute("INSERT INTO procrastinate_workers VALUES (1, now())")
    connection.execute("INSERT INTO procrastinate_jobs VALUES (1, 'todo', now() + interval '1 hour')")
    assert processes.jobs_progress(places, LONG) is None


def test_a_database_that_does_not_answer_is_a_few_words_not_an_error(tmp_path: Path) -> None:
    places = Places(var=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    assert "Connection refused" in (processes.keeper_progresses(places, LONG) or "")
    assert "\n" not in (processes.jobs_progress(places, LONG) or "")


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Host"] == "market.example" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def test_a_page_is_asked_for_by_its_public_name() -> None:
    """An exchange behind a proxy answers only to the names it was given."""
    with HTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/health/ready"
        assert processes.page_answers(url, called="market.example") is None
        assert processes.page_answers(url) == "/health/ready: HTTP 503"
        server.shutdown()
    assert "refused" in (processes.page_answers(url) or "")


WELL: dict[str, object] = {
    "lease_seconds_left": 58,
    "sync_fault": None,
    "journal": "writable",
    "sources": ["credit"],
    "sources_missing": [],
    "source_faults": {},
}


@contextlib.contextmanager
def a_node(health: dict[str, object], *, live: int = 200) -> Iterator[Places]:
    """A node that says this of itself."""

    class Said(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(live if self.path == "/live" else 200 if health == WELL else 503)
            self.end_headers()
            self.wfile.write(json.dumps(health).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Said) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Places(var=Path("/nowhere"), node_port=server.server_address[1])
        server.shutdown()


@pytest.mark.parametrize(
    ("health", "zh", "en", "passing"),
    [
        (
            {"sources_missing": ["credit"], "source_faults": {"credit": "source-missing"}},
            "数据源 credit 不可用（source-missing）",
            "source credit cannot be served (source-missing)",
            False,
        ),
        ({"sources_missing": ["credit"]}, "数据源 credit 仍在读取", "source credit is still being read", True),
        (
            {"lease_seconds_left": 0},
            "交易所没有给它租约，可能已被暂停",
            "the exchange gives it no lease; it may have been suspended",
            False,
        ),
        (
            {"lease_seconds_left": 0, "sync_fault": "exchange-answered-403"},
            "没有与交易所接通（exchange-answered-403）",
            "it is not in touch with the exchange (exchange-answered-403)",
            False,
        ),
        (
            {"lease_seconds_left": 0, "sync_fault": "exchange-unreachable", "journal": "unwritable"},
            "没有与交易所接通（exchange-unreachable）；计量日志不可写",
            "it is not in touch with the exchange (exchange-unreachable); its journal cannot be written",
            True,
        ),
    ],
)
def test_a_node_that_cannot_serve_still_works_and_says_what_it_lacks(
    health: dict[str, object], zh: str, en: str, *, passing: bool
) -> None:
    with a_node(WELL | health) as places:
        assert processes.NODE.works(places, LONG) is None
        lack = processes.NODE.lacks(places)
        assert lack is not None
        assert (lack.words.zh, lack.words.en, lack.passing) == (zh, en, passing)


def test_a_node_whose_work_stands_still_does_not_work(tmp_path: Path) -> None:
    with a_node(WELL, live=503) as places:
        assert processes.NODE.works(places, LONG) == "/live: HTTP 503"
        assert processes.NODE.lacks(places) is None
    assert processes.NODE.lacks(Places(var=tmp_path, node_port=places.node_port)) is None
