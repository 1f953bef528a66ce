"""Statements on the path of every act, sent so that neither side works on more than their values, nor waits for no reason.

Django makes and the server plans a query anew each time; psycopg's cursors prepare them, but look at each again in Python.
Here the server keeps a plan for each text and connection, and what is left is libpq's own work. What does not need an
answer first travels together (PostgreSQL's pipeline mode): on a busy machine each journey to the server costs as much as
the statement. Values travel as text and take the type of the place they stand in; results come as Django's own cursors
would give them.
"""

from __future__ import annotations

import itertools
import re
import select
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from psycopg.adapt import AdaptersMap, Buffer, Loader, PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Rows = list[tuple[Any, ...]]
Refusal = Callable[[DatabaseError], Exception]
_KEPT = "_tongqu_prepared"  # on psycopg's connection
_READ, _WRITE = select.POLLIN, select.POLLOUT


class Statement(NamedTuple):
    """A text that is always the same, and its values. `refused` says what the database's error means to the caller.

    `%s` stands for a value; where its place does not say what type it is, the text must (`%s::int`).
    """

    text: str
    values: Sequence[Any] = ()
    refused: Refusal | None = None


def execute(text: str, values: Sequence[Any] = ()) -> Rows:
    """One statement, in the caller's transaction if there is one; the rows it gives, if any.

    Raises the errors of django.db. Statements that were put off are sent before it.
    """
    return together(Statement(text, values))[0]


def together(*statements: Statement) -> list[Rows]:
    """Several statements in one journey, in their order; the rows of each. None of them may need another's answer."""
    return _kept().send(statements)


def later(text: str, values: Sequence[Any] = (), *, refused: Refusal | None = None) -> None:
    """Puts off a statement whose answer nobody needs: it goes with the next one, or with `settle`.

    Only for the end of an act, where all that follows comes through here: Django's own queries would overtake it.
    """
    _kept().waiting.append(Statement(text, values, refused))


def settle(*, commit: bool) -> None:
    """Sends what was put off; with `commit`, the end of the transaction in the same journey. Then nothing is left for
    Django to commit but its own hooks."""
    _kept().settle(commit)


def forget() -> None:
    """Drops what was put off: the act it belongs to has failed."""
    kept: _Prepared | None = getattr(connection().connection, _KEPT, None)
    if kept is not None:
        kept.waiting.clear()


def connection() -> Any:
    """Django's own connection of this thread. Finding it takes some time: find it once."""
    return connections[DEFAULT_DB_ALIAS]


def _kept() -> _Prepared:
    here = connection()
    here.close_if_health_check_failed()
    if here.connection is None:
        here.ensure_connection()
    here.validate_no_broken_transaction()
    kept: _Prepared | None = getattr(here.connection, _KEPT, None)
    if kept is None:
        kept = _Prepared(here, here.connection)
        setattr(here.connection, _KEPT, kept)
    return kept


class _Moment(Loader):
    """A moment as the server writes it. psycopg's own takes it to pieces in Python; Python 3.11 reads it whole."""

    def load(self, data: Buffer) -> datetime:
        try:
            return datetime.fromisoformat(bytes(data).decode())
        except ValueError as error:  # infinity, before Christ, after the year 9999
            raise psycopg.DataError(f"no moment that can be kept: {bytes(data).decode()}") from error


class _Context:
    """How psycopg is told to read results here: as Django has it, but for moments."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.connection = raw
        self.adapters = AdaptersMap(raw.adapters)
        self.adapters.register_loader("timestamptz", _Moment)


class _Prepared:
    """What the server keeps for one connection, by text; and what waits to be sent."""

    def __init__(self, here: Any, raw: psycopg.Connection[Any]) -> None:
        # Else psycopg would have the server forget all statements, ours as well, at every rollback.
        raw.prepare_threshold = None
        self.waiting: list[Statement] = []
        self._here, self.raw = here, raw
        self._pg: PGconn = raw.pgconn
        self._adapt = Transformer.from_context(_Context(raw))
        self._names: dict[str, bytes] = {}
        self._numbers = itertools.count()

    def send(self, statements: Sequence[Statement]) -> list[Rows]:
        """All that waits, then these. The rows of these."""
        sent = [*self.waiting, *statements]
        self.waiting.clear()
        return self._journey(sent)[len(sent) - len(statements) :]

    def settle(self, commit: bool) -> None:
        sent = list(self.waiting)
        self.waiting.clear()
        commit = commit and not self.raw.autocommit and self._pg.transaction_status == TransactionStatus.INTRANS
        if sent or commit:
            self._journey(sent, commit=commit)

    def _journey(self, sent: Sequence[Statement], *, commit: bool = False) -> list[Rows]:
        here = self._here
        if here.queries_logged:
            here.queries_log.extend({"sql": each.text, "time": ""} for each in sent)
        begins = not self.raw.autocommit and self._pg.transaction_status == TransactionStatus.IDLE
        with here.wrap_database_errors:
            named = [(self._name(each.text), self._dumped(each.values)) for each in sent]
            alone = len(named) == 1 and not begins and not commit
            results = [self._pg.exec_prepared(*named[0])] if alone else self._pipelined(named, begins, commit)
        answers = [self._answer(each, result) for each, result in zip(sent, results[begins:], strict=False)]
        with here.wrap_database_errors:
            for result in (*results[:begins], *results[begins + len(sent) :]):
                self._checked(result)
        return answers

    def _answer(self, asked: Statement, result: PGresult) -> Rows:
        try:
            with self._here.wrap_database_errors:
                return self._rows(self._checked(result))
        except DatabaseError as error:
            meant = asked.refused(error) if asked.refused is not None else error
            if meant is error:
                raise
            raise meant from error

    def _pipelined(self, named: Iterable[tuple[bytes, Any]], begins: bool, commit: bool) -> list[PGresult]:
        """psycopg begins with its first statement, so does this. After a failure the rest is not carried out."""
        pg, count = self._pg, 0
        pg.enter_pipeline_mode()
        try:
            if begins:
                pg.send_query_params(b"BEGIN", [])
                count += 1
            for name, values in named:
                pg.send_query_prepared(name, values)
                count += 1
            if commit:
                pg.send_query_params(b"COMMIT", [])
                count += 1
            pg.pipeline_sync()
            self._push()
            results = []
            for _ in range(count):
                results.append(self._pulled())
                self._pulled(nothing=True)
            self._pulled()  # the mark of the end
            return results
        finally:
            with suppress(psycopg.OperationalError):
                pg.exit_pipeline_mode()

    def _push(self) -> None:
        """The connection does not block: waiting here lets other threads work, as libpq's own would not."""
        while self._pg.flush():
            if self._wait(_READ | _WRITE) & _READ:
                self._pg.consume_input()

    def _pulled(self, *, nothing: bool = False) -> Any:
        while self._pg.is_busy():
            self._wait(_READ)
            self._pg.consume_input()
        result = self._pg.get_result()
        if result is None and not nothing:
            raise psycopg.OperationalError(self._pg.get_error_message("utf-8") or "the connection was lost")
        return result

    def _wait(self, events: int) -> int:
        poll = select.poll()
        poll.register(self._pg.socket, events)
        ((_, happened),) = poll.poll()
        return happened

    def _name(self, text: str) -> bytes:
        name = self._names.get(text)
        if name is None:
            name = f"tongqu_{next(self._numbers)}".encode()
            self._checked(self._pg.prepare(name, _numbered(text)))
            self._names[text] = name
        return name

    def _dumped(self, values: Sequence[Any]) -> Any:
        return self._adapt.dump_sequence(values, [PyFormat.TEXT] * len(values))

    def _rows(self, result: PGresult) -> Rows:
        if not result.ntuples:
            return []
        self._adapt.set_pgresult(result)
        return self._adapt.load_rows(0, result.ntuples, tuple)

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
            return result
        if self._pg.status == ConnStatus.BAD:
            raise psycopg.OperationalError(result.get_error_message("utf-8"))
        error = error_from_result(result, encoding="utf-8")
        if isinstance(error, (psycopg.errors.InvalidSqlStatementName, psycopg.errors.FeatureNotSupported)):
            self._names.clear()  # somebody had the server forget them, or changed a table: prepared anew next time
        raise error


@cache
def _numbered(statement: str) -> bytes:
    """With the places of values as PostgreSQL writes them: $1, $2 …"""
    numbers = itertools.count(1)
    return re.sub("%[s%]", lambda m: f"${next(numbers)}" if m[0] == "%s" else "%", statement).encode()
