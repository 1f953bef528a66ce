"""The exchange that most stories of this floor begin with."""

from __future__ import annotations

import pytest

from tests.members.making import Member, founded


@pytest.fixture
def exchange(db: None) -> Member:
    return founded()
