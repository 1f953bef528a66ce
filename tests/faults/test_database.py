"""A source's database that goes away amid a refresh and amid queries: what was read before goes on answering."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.faults.house import (
    Buyers,
    House,
    health_of,
    holds_together,
    permit_for,
    receipts_of,
    running,
    stated_in_full,
)
from tests.node.processes import exchange_over_http
from tests.node.world import CANARIES, FakeExchange
from tongqu.node.clock import wall_clock

pytestmark = [pytest.mark.faults, pytest.mark.slow]
CONTRACT, ROWS = "contract-1", 20_000


class Line:
    """Between node and database; can be cut, at once or when so many bytes of an answer have passed."""

    def __init__(self, target: tuple[str, int] | str) -> None:
        self._target = target
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._ear.getsockname()[1])
        self.cut = False
        self.bytes_max: int | None = None
        self.broken_off = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._ear.accept()
                if self.cut:
                    near.close()
                    continue
                if isinstance(self._target, str):
                    far = socket.socket(socket.AF_UNIX)
                    far.connect(self._target)
                else:
                    far = socket.create_connection(self._target)
                self._open += [near, far]
                threading.Thread(target=self._pass, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, self.bytes_max), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, most: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while content := source.recv(4_096):
                passed += len(content)
                if most is not None and passed > most:
                    self.broken_off += 1
                    break
                sink.sendall(content)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def break_off(self) -> None:
        self.cut = True
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.break_off()
        self._ear.close()


@contextmanager
def _table() -> Iterator[tuple[psycopg.Connection, str, Line, str]]:
    """A table of the test's own database, and a line to it."""
    url = os.environ["DATABASE_URL"]
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    port = parts.port or int(parse_qs(parts.query).get("port", ["5432"])[0])
    line = Line(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    name = f"fault_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(url, autocommit=True) as connection:
        table = sql.Identifier(name)
        connection.execute(
            sql.SQL(
                "CREATE TABLE {} AS SELECT lpad(n::text, 6, '0') AS id, 'x' || n AS name, n % 2 AS arrears, n AS \"limit\" "
                "FROM generate_series(1, {}) n UNION ALL SELECT {}, {}, 1, {}"
            ).format(table, ROWS, CANARIES[1], CANARIES[0], Decimal(CANARIES[2]))
        )
        try:
            word = f":{parts.password}" if parts.password else ""
            dsn = f"postgresql://{parts.username}{word}@127.0.0.1:{line.port}{parts.path}"
            yield connection, name, line, dsn
        finally:
            line.close()
            connection.execute(sql.SQL("DROP TABLE {}").format(table))


def test_a_database_that_goes_away_amid_a_refresh_leaves_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = FakeExchange(wall_clock)
    with _table() as (connection, name, line, dsn), exchange_over_http(exchange) as url:
        monkeypatch.setenv("FAULT_DSN", dsn)
        house = House(tmp_path, url)
        house.set('kind = "csv"\npath = "credit.csv"',
                  f'kind = "postgresql"\ndsn_env = "FAULT_DSN"\ntable = "public.{name}"\nrefresh_seconds = 1')  # fmt: skip
        house.enrol()
        exchange.issue(permit_for(CONTRACT))
        with running(house):
            house.wait_until(lambda: "credit" in exchange.sources)
            first = exchange.sources["credit"].source_version
            buyers = Buyers(house.url, CONTRACT, 4)
            buyers.until_answered(10)
            line.bytes_max = 50_000
            connection.execute(sql.SQL("UPDATE {} SET arrears = 1 - arrears").format(sql.Identifier(name)))
            house.wait_until(lambda: line.broken_off > 1)
            house.wait_until(lambda: health_of(house.url)["source_faults"] == {"credit": "database-unreachable"})
            buyers.until_answered(len(buyers.answered) + 10)
            line.break_off()
            buyers.until_answered(len(buyers.answered) + 10)
            assert exchange.sources["credit"].source_version == first
            line.cut, line.bytes_max = False, None
            house.wait_until(lambda: exchange.sources["credit"].source_version != first)
            house.wait_until(lambda: health_of(house.url)["source_faults"] == {})
            buyers.until_answered(len(buyers.answered) + 10)
            buyers.stop()
            held = receipts_of(house.url, CONTRACT)
            holds_together(held, buyers.asked, buyers.answered)
            assert len({sealed["body"]["source_version"] for sealed in held}) == 2
            stated_in_full(exchange, CONTRACT, held)
            assert house.stop() == 0
        assert dsn.encode() not in house.log.read_bytes()
