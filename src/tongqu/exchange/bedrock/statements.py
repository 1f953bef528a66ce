"""Statements on the path of every act, sent so that neither side works on more than their values.

Django makes and the server plans a query anew each time; psycopg's cursors prepare them, but look at each again in Python.
Here the server keeps a plan for each text and connection, and what is left is libpq's own round trip. Values travel as
text and take the type of the place they stand in; results come as Django's own cursors would give them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

_KEPT = "_tongqu_prepared"  # on psycopg's connection


def execute(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """One statement, in the caller's transaction if there is one; the rows it gives, if any.

    For texts that are always the same: the server keeps each for as long as the connection lasts. `%s` stands for a
    value; where its place does not say what type it is, the text must (`%s::int`). Raises the errors of django.db.
    """
    here = connections[DEFAULT_DB_ALIAS]
    here.close_if_health_check_failed()
    here.ensure_connection()
    here.validate_no_broken_transaction()
    if here.queries_logged:
        here.queries_log.append({"sql": statement, "time": ""})
    raw: Any = here.connection
    kept: _Prepared = getattr(raw, _KEPT, None) or _keep(raw)
    with here.wrap_database_errors:
        return kept.execute(statement, values)


def _keep(raw: Any) -> _Prepared:
    kept = _Prepared(raw)
    setattr(raw, _KEPT, kept)
    return kept


class _Prepared:
    """What the server keeps for one connection, by text."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        # Else psycopg would have the server forget all statements, ours as well, at every rollback.
        raw.prepare_threshold = None
        self._raw = raw
        self._pg: PGconn = raw.pgconn
        self._adapt = Transformer.from_context(raw)
        self._names: dict[str, bytes] = {}
        self._numbers = itertools.count()

    def execute(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        if not self._raw.autocommit and self._pg.transaction_status == TransactionStatus.IDLE:
            self._checked(self._pg.exec_(b"BEGIN"))  # psycopg begins with its first statement, so does this
        name = self._names.get(statement) or self._prepare(statement)
        sent = self._adapt.dump_sequence(values, [PyFormat.TEXT] * len(values))
        result = self._checked(self._pg.exec_prepared(name, sent))  # type: ignore[arg-type]  # None stands for NULL
        if not result.ntuples:
            return []
        self._adapt.set_pgresult(result)
        return self._adapt.load_rows(0, result.ntuples, tuple)

    def _prepare(self, statement: str) -> bytes:
        name = f"tongqu_{next(self._numbers)}".encode()
        self._checked(self._pg.prepare(name, _numbered(statement)))
        self._names[statement] = name
        return name

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
            return result
        if self._pg.status == ConnStatus.BAD:
            raise psycopg.OperationalError(result.get_error_message("utf-8"))
        error = error_from_result(result, encoding="utf-8")
        if isinstance(error, psycopg.errors.InvalidSqlStatementName):
            self._names.clear()  # somebody had the server forget them: the next transaction prepares anew
        raise error


@cache
def _numbered(statement: str) -> bytes:
    """With the places of values as PostgreSQL writes them: $1, $2 …"""
    numbers = itertools.count(1)
    return re.sub("%[s%]", lambda m: f"${next(numbers)}" if m[0] == "%s" else "%", statement).encode()
