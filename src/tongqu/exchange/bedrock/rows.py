"""Rows of our tables by statements that the server plans once for each connection: what nearly every act reads and writes.

The text of a statement is made once for each table (`statements` says what that saves). What comes back are the tables'
own models. For anything but equality, write a query of Django's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model

from tongqu.exchange.bedrock.statements import Rows, Statement, execute, later

Row = TypeVar("Row", bound=Model)
_READ = "_as_read"  # on a locked row: its columns as the database gave them


def find(model: type[Row], *, last: str = "", **by: Any) -> Row | None:
    """The first row, by its number, whose columns equal all of these; or the `last` by a column.

    A foreign key is named by its column: `contract_id`. `name__in` for one of several values and `name__isnull=True`
    for none, as in Django's queries.
    """
    table = _table(model)
    found = execute(_select(model, tuple(by), last or "id", "desc limit 1" if last else "limit 1"), table.params(by))
    return table.row(found[0]) if found else None


def every(model: type[Row], *, order: str = "id", **by: Any) -> list[Row]:
    """All rows whose columns equal these, in the order of a column."""
    table = _table(model)
    return [table.row(values) for values in execute(_select(model, tuple(by), order, ""), table.params(by))]


def lock(model: type[Row], key: int) -> Row | None:
    """The row with that number, for this transaction alone. `change` then writes what was changed of it."""
    return next(iter(lock_every(model, id=key)), None)


def lock_every(model: type[Row], *, order: str = "id", **by: Any) -> list[Row]:
    """The rows whose columns equal these, locked one after the other in the order of a column."""
    asked = locking(model, order=order, **by)
    return locked(model, execute(asked.text, asked.values))


def locking(model: type[Row], *, order: str = "id", **by: Any) -> Statement:
    """What `lock_every` sends, for who sends it together with something else and gives the answer to `locked`."""
    return Statement(_select(model, tuple(by), order, "for no key update"), _table(model).params(by))


def locked(model: type[Row], found: Rows) -> list[Row]:
    """The rows that a `locking` statement gave."""
    table = _table(model)
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
        values = [*(table.stored(field, row) for field in changed), table.stored(table.key, row)]
        by(_update(type(row), tuple(field.attname for field in changed)), values)


def add(row: Model) -> None:
    """Inserts a new row and gives it its number, unless it has one already."""
    text, values, numbered = _adding(row)
    found = execute(text, values)
    if not numbered:
        ((row.pk,),) = found


def add_later(row: Model) -> None:
    """Puts off the insertion of a new row to the end of the act. It has a number already, or nobody asks for it."""
    text, values, _ = _adding(row)
    later(text, values)


def _adding(row: Model) -> tuple[str, list[Any], bool]:
    table, numbered = _table(type(row)), row.pk is not None
    fields = table.fields if numbered else table.given
    here = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(row, True), here) for field in fields]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return _insert(type(row), numbered), values, numbered


def next_number(model: type[Model]) -> str:
    """SQL that gives the number of a row to come: for who asks for it in a statement that it sends anyway."""
    return f"nextval('{model._meta.db_table}_id_seq')"


@dataclass(frozen=True)
class _Table:
    """What is known of a table once: its columns, and how values go in and come out of them."""

    model: type[Any]
    fields: tuple[Field[Any, Any], ...]
    names: tuple[str, ...]
    read: tuple[tuple[int, tuple[Callable[..., Any], ...]], ...]
    key: Field[Any, Any]

    @property
    def given(self) -> tuple[Field[Any, Any], ...]:
        return tuple(field for field in self.fields if field is not self.key)

    def values(self, came: tuple[Any, ...]) -> list[Any]:
        here, made = connections[DEFAULT_DB_ALIAS], list(came)
        for place, converters in self.read:
            for convert in converters:
                made[place] = convert(made[place], None, here)
        return made

    def row(self, came: tuple[Any, ...]) -> Any:
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, self.values(came))

    def changed(self, row: Model, came: tuple[Any, ...]) -> list[Field[Any, Any]]:
        """Fields whose value is no longer the one that came. A value that was changed in place counts as well."""
        pairs = zip(self.fields, self.values(came), strict=True)
        return [field for field, value in pairs if getattr(row, field.attname) != value]

    def stored(self, field: Field[Any, Any], row: Model) -> Any:
        return field.get_db_prep_save(getattr(row, field.attname), connections[DEFAULT_DB_ALIAS])

    def params(self, by: dict[str, Any]) -> list[Any]:
        here, found = connections[DEFAULT_DB_ALIAS], []
        for name, value in by.items():
            if name.endswith("__in"):
                found.append(list(value))
            elif not name.endswith("__isnull"):
                found.append(self.fields[self.names.index(name)].get_db_prep_value(value, here))
        return found


@cache
def _table(model: type[Model]) -> _Table:
    fields = tuple(model._meta.concrete_fields)
    read = tuple(
        (place, tuple(converters))
        for place, field in enumerate(fields)
        if (converters := field.get_db_converters(connections[DEFAULT_DB_ALIAS]))
    )
    key = next(field for field in fields if field.primary_key)
    return _Table(model, fields, tuple(field.attname for field in fields), read, key)


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
    return f'insert into {into} values ({values}) returning "{table.key.column}"'  # noqa: S608
