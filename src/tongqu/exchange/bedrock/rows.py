"""Rows of our tables by statements that the server plans once for each connection: what nearly every act reads and writes.

The text of a statement is made once for each table (`statements` says what that saves). What comes back are the tables'
own models. For anything but equality, write a query of Django's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model
from django.db.models.base import ModelState

from tongqu.exchange.bedrock.questions import Question, answers
from tongqu.exchange.bedrock.statements import Rows, Statement, execute, later

Row = TypeVar("Row", bound=Model)
_READ = "_as_read"  # on a locked row: its columns as the database gave them


def find(model: type[Row], *, last: str = "", **by: Any) -> Row | None:
    """The first row, by its number, whose columns equal all of these; or the `last` by a column.

    A foreign key is named by its column: `contract_id`. `name__in` for one of several values and `name__isnull=True`
    for none, as in Django's queries.
    """
    return answers(finding(model, last=last, **by))[0]


def finding(model: type[Row], *, last: str = "", **by: Any) -> Question[Row | None]:
    """What `find` asks, for who asks something else in the same journey."""
    table = _table(model)
    asked = _select(model, tuple(by), last or "id", "desc limit 1" if last else "limit 1")
    return Question(Statement(asked, table.params(by)), lambda found: table.row(found[0]) if found else None)


def every(model: type[Row], *, order: str = "id", **by: Any) -> list[Row]:
    """All rows whose columns equal these, in the order of a column."""
    return answers(asking_every(model, order=order, **by))[0]


def asking_every(model: type[Row], *, order: str = "id", **by: Any) -> Question[list[Row]]:
    """What `every` asks, for who asks something else in the same journey."""
    table = _table(model)
    asked = Statement(_select(model, tuple(by), order, ""), table.params(by))
    return Question(asked, lambda found: [table.row(values) for values in found])


def lock(model: type[Row], key: int) -> Row | None:
    """The row with that number, for this transaction alone. `change` then writes what was changed of it."""
    return next(iter(lock_every(model, id=key)), None)


def lock_every(model: type[Row], *, order: str = "id", **by: Any) -> list[Row]:
    """The rows whose columns equal these, locked one after the other in the order of a column."""
    return answers(locking(model, order=order, **by))[0]


def locking(model: type[Row], *, order: str = "id", **by: Any) -> Question[list[Row]]:
    """What `lock_every` asks, for who asks something else in the same journey."""
    table = _table(model)
    asked = Statement(_select(model, tuple(by), order, "for no key update"), table.params(by))
    return Question(asked, lambda found: _locked(table, found))


def _locked(table: _Table, found: Rows) -> list[Any]:
    rows = []
    for came in found:
        row = table.row(came)
        setattr(row, _READ, came)
        rows.append(row)
    return rows


def change(row: Model, *, by: Callable[[str, list[Any]], object] = execute) -> None:
    """Writes those columns of a locked row that differ from what was read: at once, or put off by `statements.later`."""
    table = _table(type(row))
    changed = table.changed(row, getattr(row, _READ))
    if changed:
        values = table.stored([*changed, table.key], row)
        by(_update(type(row), tuple(field.attname for field in changed)), values)


def add_later(row: Model) -> None:
    """Puts off the insertion of a new row to the end of the act. It has a number already, or nobody asks for it."""
    table, numbered = _table(type(row)), row.pk is not None
    fields = table.fields if numbered else table.given
    values = [field.get_db_prep_save(field.pre_save(row, True), table.dialect) for field in fields]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    later(_insert(type(row), numbered), values)


def next_number(model: type[Model]) -> str:
    """SQL that gives the number of a row to come: for who asks for it in a statement that it sends anyway."""
    return f"nextval('{model._meta.db_table}_id_seq')"


@contextmanager
def alone(work: int, number: int) -> Iterator[bool]:
    """For a worker: whether nobody else is at this work on this row now; it is kept for whoever begins first, to the end."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [work, number])
        (mine,) = cursor.fetchone()
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("select pg_advisory_unlock(%s, %s)", [work, number])


@dataclass(frozen=True)
class _Table:
    """What is known of a table once: its columns, and how values go in and come out of them."""

    model: type[Any]
    fields: tuple[Field[Any, Any], ...]
    names: tuple[str, ...]
    read: tuple[tuple[int, tuple[Callable[..., Any], ...]], ...]
    key: Field[Any, Any]
    dialect: Any
    """A connection that is never opened, asked only how this database writes a value."""

    @property
    def given(self) -> tuple[Field[Any, Any], ...]:
        return tuple(field for field in self.fields if field is not self.key)

    def values(self, came: tuple[Any, ...]) -> list[Any]:
        made = list(came)
        for place, converters in self.read:
            for convert in converters:
                made[place] = convert(made[place], None, self.dialect)
        return made

    def row(self, came: tuple[Any, ...]) -> Any:
        """As `Model.from_db` makes it, without its signals and descriptors: a row just read has nothing for them to do."""
        row = object.__new__(self.model)
        row.__dict__["_state"] = state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        row.__dict__.update(zip(self.names, self.values(came), strict=True))
        return row

    def changed(self, row: Model, came: tuple[Any, ...]) -> list[Field[Any, Any]]:
        """Fields whose value is no longer the one that came. A value that was changed in place counts as well."""
        pairs = zip(self.fields, self.values(came), strict=True)
        return [field for field, value in pairs if getattr(row, field.attname) != value]

    def stored(self, fields: Sequence[Field[Any, Any]], row: Model) -> list[Any]:
        return [field.get_db_prep_save(getattr(row, field.attname), self.dialect) for field in fields]

    def params(self, by: dict[str, Any]) -> list[Any]:
        found: list[Any] = []
        for name, value in by.items():
            if name.endswith("__in"):
                found.append([one for one in value if not _beyond(one)])
            elif not name.endswith("__isnull"):
                kept = None if _beyond(value) else value  # nothing equals null
                found.append(self.fields[self.names.index(name)].get_db_prep_value(kept, self.dialect))
        return found


def _beyond(value: object) -> bool:
    """A number that no column can hold: an address of a page may have any, and no row has it."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63


@cache
def _table(model: type[Model]) -> _Table:
    fields, dialect = tuple(model._meta.concrete_fields), connections.create_connection(DEFAULT_DB_ALIAS)
    read = tuple(
        (place, tuple(converters))
        for place, field in enumerate(fields)
        if (converters := field.get_db_converters(dialect))
    )
    key = next(field for field in fields if field.primary_key)
    return _Table(model, fields, tuple(field.attname for field in fields), read, key, dialect)


# Names of our own tables and columns alone are written into statements; values always travel beside them.


@cache
def _select(model: type[Model], by: tuple[str, ...], order: str, end: str) -> str:
    columns = ", ".join(f'"{field.column}"' for field in _table(model).fields)
    where = " and ".join(_condition(name) for name in by)
    ordered = f' order by "{order}"' if order else ""
    return f'select {columns} from "{model._meta.db_table}" where {where}{ordered} {end}'  # noqa: S608


def _condition(name: str) -> str:
    column, _, kind = name.partition("__")
    return f'"{column}" ' + {"": "= %s", "in": "= any(%s)", "isnull": "is null"}[kind]


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> str:
    table = _table(model)
    changes = ", ".join(f'"{field.column}" = %s' for field in table.fields if field.attname in names)
    return f'update "{model._meta.db_table}" set {changes} where "{table.key.column}" = %s'  # noqa: S608


@cache
def _insert(model: type[Model], numbered: bool) -> str:
    table = _table(model)
    columns = [f'"{field.column}"' for field in (table.fields if numbered else table.given)]
    values = ", ".join(["%s"] * len(columns))
    into = f'"{model._meta.db_table}" ({", ".join(columns)})'
    return f"insert into {into} values ({values})"  # noqa: S608
