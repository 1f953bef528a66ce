"""The description and the answers agree, whatever is sent: no failure of ours, no undocumented answer (schemathesis)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.town import Town
from tongqu.exchange.bedrock import procedures
from tongqu.exchange.web.api import api, limits

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = hypothesis_settings(
    max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck), database=None, derandomize=True,
)  # fmt: skip


def _described() -> Any:
    """The API as it describes itself."""
    document = json.loads(json.dumps(api.get_openapi_schema(path_prefix="api/"), default=str))
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    return schema


@pytest.fixture
def keys(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """API keys of four parties to a town in which every kind of thing of a trade exists."""
    node = town.node_with_source()
    resource = town.catalogued(node)
    listing = town.published(resource)
    town.pays_in(town.buyer, 100)
    town.deal(listing)
    town.applied_for_right(resource)
    town.shared(listing)
    for signal in (request_started, request_finished):  # as Django's own test client does
        signal.disconnect(close_old_connections)
    for limit in (limits.PER_KEY, limits.PER_ADDRESS, limits.REFUSED_KEYS):
        monkeypatch.setattr(limit, "a_minute", 10**9)
    yield [town.key(member) for member in (town.operator, town.supplier, town.buyer, town.registrar)]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _known(operation: Any) -> int | None:
    """A subject that is there, of the procedure in the operation's address."""
    name = operation.path.removeprefix("/api/").partition("/")[0]
    table = next((table for table in procedures.all_procedures() if table.name == name), None)
    if table is None:
        return None
    return apps.get_model(table.model)._default_manager.order_by("-pk").values_list("pk", flat=True).first()


def _faults(operation: Any, keys: list[str]) -> list[str]:
    """Each operation within a savepoint of its own: what it does is undone before the next.

    Of ten examples eight speak of a subject that is there, so that inputs reach the act and not only the address. Each example
    is sent by two of the four parties in turn.
    """
    known, numbers = _known(operation), itertools.count()

    @given(case=operation.as_strategy())
    @EXAMPLES
    def answers_are_as_described(case: Any) -> None:
        number = next(numbers)
        if known and "id" in case.path_parameters and number % 5:
            case.path_parameters["id"] = known
        for key in (keys[number % 4], keys[(number + 1) % 4]):
            response = case.call(headers={"Authorization": f"Bearer {key}"})
            case.validate_response(response, checks=CHECKS)

    try:
        with transaction.atomic():
            answers_are_as_described()
            transaction.set_rollback(True)
    except FailureGroup as group:
        return [f"{operation.label}: {group}"]
    return []


@pytest.mark.slow
@pytest.mark.django_db
def test_every_answer_is_as_described(keys: list[str]) -> None:
    faults: list[str] = []
    described = 0
    for found in _described().get_all_operations():
        described += 1
        faults += _faults(found.ok(), keys)
    assert described > 100
    assert faults == [], "\n\n".join(faults)
