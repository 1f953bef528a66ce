"""CKAN's own client reads a running house. In a file of its own: a server sees only what was committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, SearchQueryError, ValidationError

from tests.web.doors import ROWS, take_in
from tongqu.exchange.registry.search import queries
from tongqu.exchange.registry.search.store import Store


@pytest.fixture(autouse=True)
def own_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "search")
    monkeypatch.setattr(queries, "_store", lambda: store)


@pytest.mark.django_db(transaction=True)
def test_ckans_own_client_reads_the_running_house(live_server: Any, settings: Any, tmp_path: Path) -> None:
    settings.PUBLIC_URL, settings.PAPERS_ROOT = live_server.url, tmp_path / "papers"
    take_in()
    with RemoteCKAN(live_server.url, user_agent="story") as remote:
        assert remote.action.status_show()["site_url"] == live_server.url
        assert remote.action.package_search(q="公交", rows=5)["results"][0]["title"] == "武汉市公交线路"
        names = remote.action.package_list()
        assert len(names) == len(ROWS)
        assert {remote.action.package_show(id=name)["name"] for name in names} == set(names)
        assert (
            remote.call_action("package_search", {"fq": "res_format:csv"}, requests_kwargs={"timeout": 20})["count"]
            == 1
        )
        for wrong, kind in (
            (lambda: remote.action.package_show(id="nothing"), NotFound),
            (lambda: remote.action.package_search(rows=5_000), ValidationError),
            (lambda: remote.action.package_search(q="a OR b"), SearchQueryError),
            (lambda: remote.action.package_create(name="x"), NotAuthorized),
        ):
            with pytest.raises(kind):
                wrong()
    with RemoteCKAN(live_server.url, get_only=True) as reading:
        assert reading.action.organization_list(all_fields=True)[0]["package_count"] >= 1
        assert reading.action.group_list()
