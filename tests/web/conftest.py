"""English pages need the catalogue that `make setup` writes; the stories of pages need a market with its members."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from django.utils.translation import trans_real

from tests.web.market import NOW, Market
from tongqu.exchange.bedrock import keys
from tongqu.exchange.web import translations


@pytest.fixture(scope="session", autouse=True)
def catalogue_is_built() -> None:
    translations.build()
    trans_real._translations.clear()  # type: ignore[attr-defined]
    trans_real._default = None  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def founded(
    django_db_setup: None, django_db_blocker: Any, keys_of_the_session: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Market, Path]]:
    """The members of a market, admitted once for the stories of a file and taken back after them."""
    papers = tmp_path_factory.mktemp("papers")
    with django_db_blocker.unblock(), override_settings(PAPERS_ROOT=papers, KEYS_ROOT=keys_of_the_session):
        for name in ("log", "permits", "signatures", "certificates"):
            keys.ensure(name)
        with transaction.atomic():
            yield Market(), papers
            transaction.set_rollback(True)


@pytest.fixture
def market(founded: tuple[Market, Path], db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Market:
    """The market for one story; pages see the morning of 24 November 2026."""
    members, settings.PAPERS_ROOT = founded
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    cache.clear()
    return members.for_a_story()
