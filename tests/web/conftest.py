"""English pages need the catalogue that `make setup` writes."""

from __future__ import annotations

import pytest
from django.utils.translation import trans_real

from tongqu.exchange.web import translations


@pytest.fixture(scope="session", autouse=True)
def catalogue_is_built() -> None:
    translations.build()
    trans_real._translations.clear()  # type: ignore[attr-defined]
    trans_real._default = None  # type: ignore[attr-defined]
