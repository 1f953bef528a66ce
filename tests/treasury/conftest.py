"""A market for each story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.trading.dealing import Market
from tongqu.exchange.bedrock import keys


@pytest.fixture
def market(db: None, settings: Any, tmp_path: Path) -> Market:
    settings.PAPERS_ROOT = tmp_path / "papers"
    keys.ensure("signatures")
    return Market()
