"""A market for each journey."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.market import Base, Market, base_name, in_the_autumn_of_2026, opened


@pytest.fixture(autouse=True)
def as_written() -> Iterator[None]:
    with in_the_autumn_of_2026():
        yield


@pytest.fixture(scope="session")
def base(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory, keys_of_the_session: Path
) -> Iterator[Base]:
    from django.test import override_settings

    from tongqu.exchange.bedrock import keys

    with django_db_blocker.unblock(), override_settings(KEYS_ROOT=keys_of_the_session):
        for name in ("log", "permits", "signatures"):
            keys.ensure(name)
        with in_the_autumn_of_2026():  # not to the end of the session: other files follow in this process
            made = Base(f"{base_name()}_{os.getpid()}", tmp_path_factory.mktemp("market"))
        yield made
        made.drop()


@pytest.fixture
def market(base: Base, django_db_blocker: Any, tmp_path: Path) -> Iterator[Market]:
    with django_db_blocker.unblock(), opened(base, f"{base.name}_now", tmp_path) as found:
        yield found
