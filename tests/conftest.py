"""What every test stands on: keys of its own, and a way to empty the tables that refuse to be emptied."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from httpx._transports import default
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.pristine import pristine

# A slow machine is not what is tested.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")

_EMPTY = """
DO $$
DECLARE name text; filled boolean;
BEGIN
  FOREACH name IN ARRAY ARRAY[{}]::text[] LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
END $$
"""


@pytest.fixture(scope="session", autouse=True)
def flush_empties_append_only_tables() -> Iterator[None]:
    """A test that commits is cleaned up past the triggers of append-only tables: replicas do not ask them.

    Only tables that hold rows are touched, by DELETE: to TRUNCATE some eighty of them takes longer than most tests.
    """
    flush = DatabaseOperations.execute_sql_flush

    def past_the_triggers(self: DatabaseOperations, sql_list: list[str]) -> Any:
        quiet, loud = "SET session_replication_role = replica", "SET session_replication_role = origin"
        tables = sorted({name for sql in sql_list if "TRUNCATE" in sql for name in re.findall(r'"(\w+)"', sql)})
        others = [sql for sql in sql_list if "TRUNCATE" not in sql]
        return flush(self, [quiet, _EMPTY.format(", ".join(f"'{name}'" for name in tables)), *others, loud])

    DatabaseOperations.execute_sql_flush = past_the_triggers  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]


LONG = (
    "/tests/journeys/",
    "/tests/api/test_schema.py",
    "/tests/crash/",
    "/tests/client/",
    "/tests/demo/",
    "/tests/node/",
)


class QuickHasher(PBKDF2PasswordHasher):
    """The house's own kind of password hash without its million rounds: tests make hundreds of accounts."""

    iterations = 1


@pytest.fixture(scope="session", autouse=True)
def passwords_are_hashed_quickly() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.QuickHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def certificates_are_read_once() -> Iterator[None]:
    """Each client of httpx reads all certificates of the world, a twentieth of a second in which nobody else runs: tests that
    wait for an answer would keep the very thread waiting that gives it."""
    made = default.create_ssl_context
    default.create_ssl_context = cache(made)
    yield
    default.create_ssl_context = made


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """The test database is a copy of one that was migrated before."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = pristine()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running, in which asyncio's own cannot start.

    Where two processes share the tests, by files, what takes long comes first, so that neither waits for the other at the end.
    """
    items.sort(key=lambda item: ("/tests/browser/" in str(item.path), not any(part in str(item.path) for part in LONG)))


@pytest.fixture(scope="module", autouse=True)
def what_a_file_declares_is_gone_after_it() -> Iterator[None]:
    """Files share a process in any order: a rule or procedure of tests that stays would be taken for one of the house's."""
    yield
    rules, procedures = (
        vars(sys.modules.get(f"tongqu.exchange.bedrock.{name}", object)) for name in ("rules", "procedures")
    )
    homes = {rule.name: rule.home for rule in rules.get("all_rules", tuple)()}
    homes |= {
        table.name: getattr(table.begins.do, "__module__", "") for table in procedures.get("all_procedures", tuple)()
    }
    left = [name for name, home in homes.items() if home.startswith("tests.")]
    assert left == [], "declared by a test and still known after it"


@pytest.fixture(scope="session")
def keys_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(autouse=True)
def keys_for_tests(settings: Any, keys_of_the_session: Path) -> None:
    """Tests sign with keys of their own, never with those under `var/`."""
    from tongqu.exchange.bedrock import keys

    settings.KEYS_ROOT = keys_of_the_session
    keys.ensure("log")
    keys.ensure("permits")
    keys.ensure("certificates")
