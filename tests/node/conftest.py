"""The node's tests run on asyncio, without a database of the exchange."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
