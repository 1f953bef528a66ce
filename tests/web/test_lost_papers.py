"""A paper whose bytes are gone or damaged: every door says so, nobody gets something else, and those who watch are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.web.doors import handed_in, opened, released
from tests.web.market import NOW, Market
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.papers.store import FolderStore
from tongqu.exchange.bedrock.procedures import Alarm
from tongqu.exchange.members import mandates
from tongqu.exchange.registry import ownership, releases
from tongqu.exchange.registry.models import Registration, Release
from tongqu.exchange.registry.releases import RELEASE

Damage = Callable[[str], None]


@pytest.fixture(params=["missing", "damaged"])
def damage(request: pytest.FixtureRequest, settings: Any, market: Market) -> Damage:
    def strike(sha256: str) -> None:
        place: Path = FolderStore(settings.PAPERS_ROOT).place(sha256)
        place.unlink() if request.param == "missing" else place.write_bytes(b"x" + place.read_bytes()[1:])

    return strike


def alarms() -> list[str]:
    return list(Alarm.objects.filter(kind="paper-lost").order_by("key").values_list("key", flat=True))


def key_of(market: Market, party: str) -> dict[str, str]:
    by = market.actor(party)
    made = mandates.issue_key(by=by, at=NOW, name="示例程序", roles=sorted(by.roles), until_at=NOW + timedelta(days=30))
    return {"Authorization": f"Bearer {made.secret}"}


def test_an_open_version_is_refused_with_a_code_and_comes_back_when_it_is_restored(
    market: Market, client: Client, damage: Damage
) -> None:
    resource = opened(market)
    released(market, resource)
    one = releases.version(resource, 1)
    address = f"/open/{resource}/1/{one.file_name}"
    content = papers.content(one.sha256)
    damage(one.sha256)
    for headers in ({}, {"Range": "bytes=0-3"}):
        answer = client.get(address, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "paper-lost")
        assert {"title_zh", "title", "mend_zh", "mend"} <= answer.json().keys()
        assert answer["Cache-Control"] == "no-store"
    assert client.head(address).status_code == 503
    assert alarms() == [f"paper-lost/{one.sha256}/{NOW:%Y-%m-%d}"]
    assert Release.objects.get().pk == one.id
    fetched = releases.version(resource, 1).fetched
    papers.keep(content, name="restored.csv", at=NOW, by=None)
    assert b"".join(client.get(address).streaming_content) == content
    assert releases.version(resource, 1).fetched == fetched + 1


def test_a_certificate_and_the_papers_of_a_matter_say_that_they_are_lost(
    market: Market, client: Client, damage: Damage
) -> None:
    market.at(NOW - timedelta(days=30))
    registration = market.registered("seller")
    market.at(NOW)
    issued = ownership.certificate_of(registration)
    sample = Registration.objects.get(pk=registration).form["sample_paper"]
    for sha256 in (issued.paper, sample):
        damage(sha256)
    seller = market.client("seller")
    for answer in (
        client.get(f"/verify/{issued.code}/file"),
        seller.get(f"/desk/ownership/{registration}/paper/{sample}"),
    ):
        assert answer.status_code == 503
        assert "存档的文件缺失或已损坏" in answer.text
        assert "paper-lost" in answer.text
        assert answer["Content-Type"].startswith("text/html")
    english = market.client("seller", "en").get(f"/desk/ownership/{registration}/paper/{sample}").text
    assert "The paper on file is missing or damaged" in english
    told = client.get(f"/api/papers/{sample}", headers=key_of(market, "seller"))
    assert (told.status_code, told.json()["code"]) == (503, "paper-lost")
    assert len(alarms()) == 2
    watched = market.client("authority").get("/desk/oversight").text
    assert "文件缺损" in watched
    assert issued.paper[:16] in watched


def test_what_the_worker_cannot_read_is_told_too(market: Market, damage: Damage) -> None:
    resource = opened(market)
    number = handed_in(market, resource)
    sha256 = Release.objects.get(pk=number).sha256
    damage(sha256)
    market.act(RELEASE, "recheck", number, "seller")
    assert releases.run(number, now=lambda: NOW) == "returned"
    assert alarms() == [f"paper-lost/{sha256}/{NOW:%Y-%m-%d}"]
