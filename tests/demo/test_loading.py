"""The sample market is told through the door: whole, provable, and with something waiting for everyone."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.journeys.market import database, drop
from tests.pristine import copied
from tongqu.demo.loading import NotFresh, load
from tongqu.exchange.bedrock import evidence, ledger, procedures
from tongqu.exchange.bedrock.procedures import StuckStep
from tongqu.exchange.members import mandates
from tongqu.exchange.members.models import Person
from tongqu.wire.proofs import verify_proof

pytestmark = pytest.mark.slow
DESKS = {"registrar", "exchange", "bank", "steel", "buyer", "grid", "regulator"}


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    from django.db import connection

    from tongqu.exchange.bedrock import keys

    var = tmp_path_factory.mktemp("var")
    with django_db_blocker.unblock(), override_settings(KEYS_ROOT=var / "keys", PAPERS_ROOT=var / "papers"):
        name = f"{connection.settings_dict['NAME']}_demo_{os.getpid()}"
        drop(name)
        copied(name)
        with database(name):
            for key in ("log", "permits", "signatures"):
                keys.ensure(key)
            load(var, exchange="http://127.0.0.1:8600", node_port=8700, say=lambda zh, en: None)
            yield var
        drop(name)


@pytest.fixture(autouse=True)
def its_keys(loaded: Path, settings: Any, keys_for_tests: None) -> None:
    settings.KEYS_ROOT, settings.PAPERS_ROOT = loaded / "keys", loaded / "papers"


def test_books_and_log_are_sound_and_nothing_is_stuck(loaded: Path) -> None:
    assert (ledger.audit(), evidence.audit(), evidence.waiting()) == ([], [], 0)
    assert list(StuckStep.objects.filter(solved_at=None).values_list("step", "error")) == []


def test_every_fact_of_the_finished_trade_can_be_proven(loaded: Path) -> None:
    facts = [f for f in evidence.follow(after=-1, limit=10_000) if f.subject_id == 1]
    told = {f"{fact.procedure}.{fact.act}" for fact in facts}
    assert {"negotiation.verify", "settlement.release", "distribution.begin", "contract.perform"} <= told
    for fact in facts:
        assert verify_proof(evidence.prove(fact.id)).envelope["act"] == fact.act


def test_something_waits_for_everyone(loaded: Path) -> None:
    from django.utils import timezone

    for login in sorted(DESKS):
        person = Person.objects.get(username=login)
        at = timezone.now()
        (acting,) = mandates.acting(person.pk, at)
        actor = mandates.actor_for(person.pk, acting.organisation, at=at)
        assert next(iter(procedures.waiting(actor)), None) is not None, login


def test_the_card_with_the_secrets_is_for_its_owner_alone(loaded: Path) -> None:
    card = loaded / "demo" / "card.json"
    assert stat.S_IMODE(card.stat().st_mode) == 0o600
    told = json.loads(card.read_text("utf-8"))
    assert {account["login"] for account in told["accounts"]} >= DESKS | {"regulator"}
    assert {"api_key", "signing_seed", "products", "exchange"} <= set(told["buyer"])


def test_a_market_that_has_members_is_left_alone(loaded: Path, tmp_path: Path) -> None:
    before = len(evidence.follow(after=-1, limit=10_000))
    with pytest.raises(NotFresh):
        load(tmp_path, exchange="http://127.0.0.1:8600", node_port=8700, say=lambda zh, en: None)
    assert len(evidence.follow(after=-1, limit=10_000)) == before
    assert not list(tmp_path.iterdir())


def test_open_data_is_there_in_versions(loaded: Path) -> None:
    from tongqu.exchange.registry import releases
    from tongqu.exchange.registry.models import Release

    assert releases.open_data().total == 2
    assert sorted(Release.objects.values_list("version", "rows")) == [(1, 318), (1, 3_215), (2, 6_437)]


def test_departments_share_and_a_city_has_received_its_own_rows_twice(loaded: Path) -> None:
    from tongqu.exchange.registry import flowback, provision

    whole = provision.figures().whole
    assert (whole.requests, whole.answered, whole.provided, whole.refused, whole.answer_overdue) == (3, 2, 1, 1, 1)
    flows, (city,) = flowback.figures()
    assert (flows.subscriptions, flows.deliveries, flows.late_now, city.territory) == (1, 2, 0, "420100")
    assert flows.rows == 119 + 371


def test_quality_of_three_resources_is_measured_on_the_real_files(loaded: Path) -> None:
    from tongqu.exchange.registry import catalogue, quality

    found = {one.name: quality.standing(one.id) for one in catalogue.catalogued(size=50).items}
    measured = {
        name: {score.indicator.key: score.least for score in view.scores} for name, view in found.items() if view
    }
    assert set(measured) == {"轨道交通站点与线路", "分市州疫情逐日数据", "国有土地供应结果"}
    assert measured["国有土地供应结果"]["completeness"] == (2 * 177 - 44) * 10_000 // (2 * 177)
    assert measured["分市州疫情逐日数据"]["timeliness"] == 10_000  # every day of the year has its line
    assert measured["国有土地供应结果"]["timeliness"] is None
    assert all(scores["accessibility"] == 10_000 for scores in measured.values())


def test_the_hospitals_patients_are_unique_before_and_among_others_after(loaded: Path) -> None:
    from tongqu.exchange.registry import catalogue, deidentification

    (hospital,) = [one for one in catalogue.catalogued("新冠").items if one.personal]
    report = deidentification.in_force(hospital.id)
    assert report is not None
    assert report.before is not None
    assert report.after is not None
    assert (report.before["k"], report.before["unique"], report.after["unique"]) == (1, 375, 0)
    assert report.after["k"] >= 5
    assert "不少于五人" in report.opinion


def test_a_chain_of_three_grants_a_product_on_two_grounds_and_a_notice_under_review(loaded: Path) -> None:
    from tongqu.exchange.registry.models import DerivationEdge, Grant
    from tongqu.exchange.trading.models import GroundLoss, LossItem

    chain = list(Grant.objects.exclude(accepted_at=None).order_by("pk").values_list("level", "state"))
    assert chain == [(0, "noticed"), (1, "in_force"), (2, "in_force")]
    assert sorted(DerivationEdge.objects.values_list("kind", flat=True)) == ["agreement", "grant"]
    assert list(GroundLoss.objects.values_list("state", "cause")) == [("drawn", "revocation")]
    assert LossItem.objects.filter(kind="listing", falls=True).count() == 1


def test_a_trustee_acts_for_twelve_clients_and_one_has_revoked(loaded: Path) -> None:
    from tongqu.exchange.registry import trust

    ((one,), total) = trust.reading.in_force()
    assert (one.name, total) == ("示例数据信托", 1)
    assert trust.reading.counts(one.id) == {"in_force": 12, "revoked": 1}
    ((terms,), _) = trust.reading.terms_of(one.id, agreed_only=True)
    assert (terms.basis_points, trust.reading.standing([terms])) == (2_000, {terms.id: 12})
