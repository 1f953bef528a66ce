"""An entry names a catalogue and an import that are there: looked up for all that come together, and never taken away under them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from tests.registry.harvests import own_index, row, steward, taken
from tongqu.exchange.bedrock.procedures import Actor
from tongqu.exchange.registry.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["own_index", "steward"]

NOBODY = 9_999_999


def refused(statement: str, *values: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def entry(steward: Actor) -> Entry:
    taken(steward, [row(1)])
    return Entry.objects.get()


@pytest.mark.parametrize("column", ["catalog_id", "harvest_id"])
def test_no_entry_names_what_is_not_there(entry: Entry, column: str) -> None:
    copied = "insert into registry_entry select (jsonb_populate_record(e, jsonb_build_object('id', 77, 'key', 'x', %s::text, %s::bigint))).*"
    refused(f"{copied} from registry_entry e", column, NOBODY)
    refused(f"update registry_entry set {column} = %s", NOBODY)
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(("table", "column"), [("registry_catalog", "catalog_id"), ("registry_harvest", "harvest_id")])
def test_what_entries_name_stays(entry: Entry, table: str, column: str) -> None:
    named = getattr(entry, column)
    refused(f"delete from {table} where id = %s", named)
    refused(f"update {table} set id = %s where id = %s", NOBODY, named)


def test_nothing_is_taken_away_while_entries_that_name_it_come(entry: Entry) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_entry select (jsonb_populate_record(e, jsonb_build_object('id', 77, 'key', 'x'))).* from registry_entry e"
        )
        cursor.execute("select 1 from pg_locks where relation = 'registry_catalog'::regclass and mode = 'RowShareLock'")
        assert cursor.fetchone() == (1,)
