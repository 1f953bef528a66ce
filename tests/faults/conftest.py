"""No fault is tested without the look for canaries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.canaries import Look, looking


@pytest.fixture(autouse=True)
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Look]:
    with looking(tmp_path, monkeypatch) as look:
        yield look
    assert look.found == []
