"""Two who claim one element at one moment: one is the source, the other has a case. Nothing is decided twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.registry.test_elements import AT, Elements
from tongqu.exchange.bedrock.procedures import begin, perform
from tongqu.exchange.registry.elements import SOURCE_CLAIM, SOURCE_CONFLICT
from tongqu.exchange.registry.models import Authority, Claim, Conflict


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Elements:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return Elements()


def at_once(*works: Callable[[], Any]) -> list[str]:
    """Each in a thread of its own, let go together; what became of each."""
    gate = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> str:
        gate.wait()
        try:
            return str(work().state)
        except Exception as shut:
            return str(getattr(shut, "code", repr(shut)))
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(one, works))


@pytest.mark.parametrize("regions", [("420100", "420100"), ("420100", "420102")])
def test_two_claims_at_one_moment_make_one_source_and_one_case(world: Elements, regions: tuple[str, str]) -> None:
    element = world.standard()
    asked = [
        (world.actor(owner), {"resource": world.resource(owner), "region": region})
        for owner, region in zip(("department", "bureau"), regions, strict=True)
    ]

    def claim(by: Any, more: dict[str, Any]) -> Callable[[], Any]:
        same = {"element": element, "item": "usage", "role": "source", "ground": "职责"}
        return lambda: begin(SOURCE_CLAIM, by=by, at=AT, **same, **more)

    assert at_once(*[claim(by, more) for by, more in asked]) == ["standing", "standing"]
    world.settle(AT)
    source = Authority.objects.get(until_at=None)
    case = Conflict.objects.get()
    challenge = Claim.objects.exclude(pk=source.claim_id).get()
    assert (case.incumbent_claim_id, case.challenger_claim_id) == (source.claim_id, challenge.pk)


def test_two_challenges_at_one_moment_make_one_case(world: Elements) -> None:
    element = world.standard()
    world.join("third", "11420000MB0000009J", "department", "supplier")
    world.claim("department", world.resource("department"), element)
    asked = [(world.actor(owner), world.resource(owner)) for owner in ("bureau", "third")]

    def claim(by: Any, resource: int) -> Callable[[], Any]:
        same = {"element": element, "item": "usage", "role": "source", "region": "420100", "ground": "职责"}
        return lambda: begin(SOURCE_CLAIM, by=by, at=AT, resource=resource, **same)

    assert at_once(*[claim(by, resource) for by, resource in asked]) == ["refused", "standing"]
    world.settle(AT)
    assert Conflict.objects.count() == 1


def test_a_decision_and_a_withdrawal_at_one_moment_leave_one_source_or_none(world: Elements) -> None:
    _, second, case = world.disputed()
    world.heard(case)
    done = at_once(
        lambda: perform(
            SOURCE_CONFLICT, "decide", case, by=world.authority, at=AT, outcome="challenger", reason="职责"
        ),
        lambda: perform(SOURCE_CLAIM, "withdraw", second, by=world.actor("bureau"), at=AT, reason="不再申报"),
    )
    assert "withdrawn" in done
    world.settle(AT)
    standing = Authority.objects.filter(until_at=None)
    assert not standing.filter(claim=second).exists()
    assert standing.count() <= 1


def test_two_decisions_at_one_moment_are_one(world: Elements) -> None:
    first, second, case = world.disputed()
    world.heard(case)

    def decide(by: Any, outcome: str) -> Callable[[], Any]:
        return lambda: perform(SOURCE_CONFLICT, "decide", case, by=by, at=AT, outcome=outcome, reason="职责")

    done = at_once(decide(world.authority, "challenger"), decide(world.colleague, "incumbent"))
    assert done == ["decided", "not-now"]
    won = {"challenger": second, "incumbent": first}[Conflict.objects.get().outcome]
    assert list(Authority.objects.filter(until_at=None).values_list("claim_id", flat=True)) == [won]
