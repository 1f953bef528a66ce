"""The town that the API's stories happen in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.api.town import Town
from tongqu.exchange.web.api import limits


@pytest.fixture(autouse=True)
def calls_are_counted_afresh() -> Iterator[None]:
    for limit in (limits.PER_KEY, limits.PER_ADDRESS, limits.REFUSED_KEYS):
        limit._counts = {}
    yield
    cache._cache.clear() if hasattr(cache, "_cache") else None


@pytest.fixture
def town(db: None, settings: Any, tmp_path: Path) -> Town:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return Town()
