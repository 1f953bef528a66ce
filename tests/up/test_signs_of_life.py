"""A part works when its work progresses; that its process exists says nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg
import pytest

from tongqu.up import processes
from tongqu.up.places import Places

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
    assert processes.keeper_progresses(places) == "no round finished yet"
    connection.execute("INSERT INTO bedrock_heartbeat VALUES ('keeper', now()), ('other', now() - interval '1 day')")
    assert processes.keeper_progresses(places) is None
    connection.execute("UPDATE bedrock_heartbeat SET at = now() - interval '25 seconds' WHERE name = 'keeper'")
    assert processes.keeper_progresses(places) == "keeper 25 s"


def test_one_round_of_several_that_stands_still_is_named(database: Database) -> None:
    places, connection = database
    connection.execute(
        "INSERT INTO bedrock_heartbeat VALUES ('keeper.flow', now()), ('keeper.clocks', now() - interval '60 seconds')"
    )
    assert processes.keeper_progresses(places) == "keeper.clocks 60 s"


def test_a_worker_that_reports_itself_and_has_nothing_to_do_works(database: Database) -> None:
    places, connection = database
    assert processes.jobs_progress(places) == "no worker reports itself"
    connection.execute("INSERT INTO procrastinate_workers VALUES (1, now())")
    assert processes.jobs_progress(places) is None
    connection.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    assert processes.jobs_progress(places) == "no worker reports itself"


def test_jobs_that_wait_while_none_is_finished_mean_that_it_hangs(database: Database) -> None:
    places, connection = database
    connection.execute("INSERT INTO procrastinate_workers VALUES (1, now())")
    connection.execute("INSERT INTO procrastinate_jobs VALUES (1, 'todo', NULL)")
    connection.execute("INSERT INTO procrastinate_events VALUES (1, 'deferred', now() - interval '5 minutes')")
    assert processes.jobs_progress(places) == "due jobs wait and none is finished"
    connection.execute(
        "INSERT INTO procrastinate_events VALUES (2, 'succeeded', now())"
    )  # a long queue, being worked off
    assert processes.jobs_progress(places) is None


def test_a_job_for_later_does_not_wait(database: Database) -> None:
    places, connection = database
    connection.execute("INSERT INTO procrastinate_workers VALUES (1, now())")
    connection.execute("INSERT INTO procrastinate_jobs VALUES (1, 'todo', now() + interval '1 hour')")
    assert processes.jobs_progress(places) is None


def test_a_database_that_does_not_answer_is_a_few_words_not_an_error(tmp_path: Path) -> None:
    places = Places(var=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    assert "Connection refused" in (processes.keeper_progresses(places) or "")
    assert "\n" not in (processes.jobs_progress(places) or "")


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
