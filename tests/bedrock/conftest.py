"""The toy table is made once in the test database."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureDef[object]) -> None:
    from tests.bedrock.toy import Loan

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        if Loan._meta.db_table not in connection.introspection.table_names():
            with connection.schema_editor() as editor:
                editor.create_model(Loan)
