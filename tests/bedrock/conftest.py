"""The toy: its table is made once in the test database, and it is out of the registries except in these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from tongqu.exchange.bedrock.procedures import table


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureDef[object]) -> None:
    from tests.bedrock.toy import Loan

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        if Loan._meta.db_table not in connection.introspection.table_names():
            with connection.schema_editor() as editor:
                editor.create_model(Loan)


@pytest.fixture(autouse=True)
def toy_is_out(request: pytest.FixtureRequest) -> Iterator[None]:
    """Brings the toy out for the test; whatever tables the test declares are forgotten after it.

    The flush after a test that commits knows the house's tables only, so the toy's is emptied here.
    """
    from tests.bedrock import toy

    before = dict(table._ALL)
    toy.bring_out()
    yield
    table._ALL.clear()
    table._ALL.update(before)
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        toy.Loan.objects.all().delete()
    toy.put_away()
