"""Two who ask for the same measurement at one moment: one is answered, the other refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.registry import test_deidentification, test_quality
from tests.registry.conftest import World, day
from tests.registry.test_elements_at_once import at_once
from tongqu.exchange.bedrock.procedures import Procedure, begin
from tongqu.exchange.registry.deidentification import DEIDENTIFICATION
from tongqu.exchange.registry.quality import QUALITY_CHECK

AT = day(2026, 9, 1)


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return World()


@pytest.mark.parametrize(
    ("table", "asks"),
    [(DEIDENTIFICATION, test_deidentification.ASK), (QUALITY_CHECK, {"rules": test_quality.RULES})],
    ids=["deidentification", "quality"],
)
def test_of_requests_at_one_moment_one_is_taken(world: World, table: Procedure, asks: dict[str, Any]) -> None:
    resource = world.catalogued(AT)

    def ask() -> Any:
        return begin(table, by=world.supplier, at=AT, resource=resource, **asks)

    assert at_once(*[ask] * 4) == ["asked", "refused", "refused", "refused"]
