"""The door for nodes over HTTP: sealed messages in, sealed messages out, and nothing for who has no seal."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from tests.api.town import NodeAtHand, Town, declaration, now, settle
from tests.members.making import admitted
from tongqu.exchange.bedrock.procedures import Alarm, lift_hold, perform, place_hold
from tongqu.exchange.members import nodes
from tongqu.exchange.trading import contracts, delivery
from tongqu.exchange.trading.delivery import TRANSFER
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.permit import Permit, token_digest
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.statement import Statement
from tongqu.wire.sync import TaskAnswer

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(town: Town) -> NodeAtHand:
    return town.node_with_source()


def _refused(response: Any, status: int, code: str) -> None:
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    told = response.json()
    assert told["code"] == code
    assert told["title"]
    assert told["title_zh"]
    assert told["mend_zh"]


def test_a_node_registers_with_its_one_time_key_and_learns_the_exchanges_key(town: Town) -> None:
    node = town.enrolled()
    answer = node.register()
    assert nodes.node(int(answer.node)).public_key == node.signer.public_bytes
    assert nodes.node(int(answer.node)).state == "active"


def test_the_same_node_may_repeat_its_registration_and_another_may_not_use_its_key(town: Town) -> None:
    node = town.enrolled()
    assert node.register().node == node.register().node
    thief = NodeAtHand(node.secret)
    _refused(thief.post("register", seal_message(thief.registration(), thief.signer)), 403, "bad-enrolment")


def test_a_registration_sealed_with_another_key_than_it_brings_is_refused(town: Town) -> None:
    node = town.enrolled()
    sealed = seal_message(node.registration(), Ed25519Signer.generate())
    _refused(node.post("register", sealed), 401, "bad-seal")


@pytest.mark.parametrize("body", [[], "x", {"body": 1}, {"body": {}, "seal": {}}, None, {"body": {"node": "9" * 30}}])
def test_what_is_not_such_a_message_is_a_problem_and_never_a_failure(town: Town, body: Any) -> None:
    for door in ("register", "sync"):
        response = NodeAtHand("x").post(door, body)
        assert response.status_code in (400, 401), response.content
        assert response["Content-Type"] == "application/problem+json"


def test_what_is_not_json_and_what_is_too_large_is_refused(town: Town) -> None:
    node = town.enrolled()
    for content in (b"{", b"\xff\xfe", b"[" * 100_000):
        _refused(node.http.post("/wire/sync", content, content_type="application/json"), 400, "unreadable")
    large = node.http.post("/wire/sync", b"x" * (9 * 1024 * 1024), content_type="application/json")
    _refused(large, 413, "body-too-large")
    assert node.http.get("/wire/sync").status_code == 405


def test_a_message_larger_than_a_form_may_be_is_read(node: NodeAtHand) -> None:
    """A node with many columns tells more than the five megabytes that Django allows a form."""
    padded = {**seal_message(node.request(), node.signer), "padding": "x" * (6 * 1024 * 1024)}
    _refused(node.post("sync", padded), 400, "bad-message")


def test_a_sync_brings_a_lease_that_the_exchange_sealed(node: NodeAtHand) -> None:
    before = now()
    reply = node.sync()
    lease = node.lease(reply)
    assert lease is not None
    assert lease.node == node.id
    assert before <= lease.issued_at <= now()
    assert lease.until - lease.issued_at == timedelta(seconds=60)


def test_a_suspended_provider_gets_no_lease_and_is_still_answered(town: Town, node: NodeAtHand) -> None:
    from tongqu.exchange.members.parties import ADMISSION

    perform(ADMISSION, "suspend", town.supplier.id, by=town.actor(town.operator), at=now(), reason="示例暂停")
    reply = node.sync()
    assert reply.lease is None


def test_a_changed_byte_and_a_strangers_seal_are_refused(node: NodeAtHand) -> None:
    sealed = seal_message(node.request(), node.signer)
    changed = copy.deepcopy(sealed)
    changed["body"]["permit_cursor"] += 1
    _refused(node.post("sync", changed), 401, "bad-seal")
    _refused(node.post("sync", seal_message(node.request(), Ed25519Signer.generate())), 401, "bad-seal")
    assert node.post("sync", sealed).status_code == 200


@pytest.mark.parametrize("sig", [1, [1], None, {}, "", "no base64", "AAAA"])
def test_a_registration_with_a_seal_that_is_none_is_refused_in_words(town: Town, sig: Any) -> None:
    node = town.enrolled()
    sealed = seal_message(node.registration(), node.signer)
    sealed["seal"]["sig"] = sig
    response = node.post("register", sealed)
    assert response.status_code in {400, 401}, response.content
    assert response.json()["code"] in {"bad-message", "bad-seal"}
    for seal in (None, [], "x", {}, {**sealed["seal"], "more": 1}):
        _refused(node.post("register", {**sealed, "seal": seal}), 400, "bad-message")
    node.register()


def test_a_replayed_and_a_late_message_are_refused(node: NodeAtHand) -> None:
    sealed = seal_message(node.request(), node.signer)
    assert node.post("sync", sealed).status_code == 200
    _refused(node.post("sync", sealed), 409, "replayed")
    late = node.request(at=now() - timedelta(minutes=5, seconds=5))
    _refused(node.post("sync", seal_message(late, node.signer)), 409, "clock-skew")


def test_declared_sources_are_kept(node: NodeAtHand) -> None:
    node.sync(sources=(declaration(), declaration("second")))
    assert [source.source for source in nodes.sources(int(node.id))] == ["credit", "second"]


@pytest.fixture
def started(town: Town, node: NodeAtHand) -> int:
    """A transfer in the state started, money held."""
    listing = town.published(town.catalogued(node))
    town.pays_in(town.buyer, 100)
    deal = town.deal(listing)
    made = delivery.transfer_of(contracts.contract_of(deal).id)
    assert made.state == "started"
    return made.id


def test_the_permit_comes_once_and_again_when_it_changes(town: Town, node: NodeAtHand, started: int) -> None:
    first = node.sync()
    (sealed,) = first.permits
    permit = open_sealed(Permit, sealed, node.exchange_key)
    assert (permit.status, permit.contract, permit.price_micro_yuan) == ("active", _number(started), 5_000)
    assert node.sync().permits == ()
    digest = token_digest("tq_" + "A" * 43)
    perform(TRANSFER, "collect", started, by=town.actor(town.buyer), at=now(), token_sha256=digest)
    (sealed,) = node.sync().permits
    revised = open_sealed(Permit, sealed, node.exchange_key)
    assert (revised.revision, revised.token_sha256) == (2, digest)
    perform(TRANSFER, "suspend", started, by=town.actor(town.operator), at=now(), reason="示例暂停")
    (sealed,) = node.sync().permits
    assert open_sealed(Permit, sealed, node.exchange_key).status == "suspended"


def _number(transfer: int) -> str:
    return contracts.contract(delivery.transfer(transfer).contract_id).number


def _statement(node: NodeAtHand, contract: str, **other: Any) -> Statement:
    told: dict[str, Any] = {
        "node": node.id, "contract": contract, "number": 1, "previous": None, "from_sequence": 1, "to_sequence": 3,
        "count": 3, "calls": {"verification": 3}, "units": {"verification": 3}, "first_at": now(), "last_at": now(),
        "root": "cd" * 32, "made_at": now(),
    }  # fmt: skip
    return Statement(**{**told, **other})


def test_a_statement_is_acknowledged_when_kept_and_again_when_repeated(node: NodeAtHand, started: int) -> None:
    statement = _statement(node, _number(started))
    sealed = seal_message(statement, node.signer)
    for _ in range(2):
        (ack,) = node.sync(statements=(sealed,)).acks
        assert (ack.number, ack.statement_digest, ack.refused) == (1, statement.digest, None)
    assert delivery.transfer(started).calls == 3
    assert [kept.digest for kept in delivery.statements(started)] == [statement.digest]


def test_statements_that_do_not_fit_are_refused_with_a_code(node: NodeAtHand, started: int) -> None:
    number = _number(started)
    other = seal_message(_statement(node, "HT-0000-000000"), node.signer)
    (ack,) = node.sync(statements=(other,)).acks
    assert ack.refused == "contract-unknown"
    gap = _statement(node, number, number=2, previous="ab" * 32, from_sequence=4, to_sequence=6)
    (ack,) = node.sync(statements=(seal_message(gap, node.signer),)).acks
    assert ack.refused == "refused"
    too_many = _statement(node, number, calls={"verification": 1_001}, units={"verification": 1_001})
    (ack,) = node.sync(statements=(seal_message(too_many, node.signer),)).acks
    assert ack.refused == "refused"
    node.sync(statements=(seal_message(_statement(node, number), node.signer),))
    twice = _statement(node, number, root="ee" * 32)
    (ack,) = node.sync(statements=(seal_message(twice, node.signer),)).acks
    assert ack.refused == "number-taken"
    forged = seal_message(_statement(node, number, number=2), Ed25519Signer.generate())
    assert node.sync(statements=(forged,)).acks == ()


def test_a_delivery_is_complete_once_the_last_statement_is_there(town: Town, node: NodeAtHand, started: int) -> None:
    perform(TRANSFER, "stop", started, by=town.actor(town.buyer), at=now())
    (task,) = (t for t in node.sync().tasks if t.work == "statement")
    assert task.contract == _number(started)
    sealed = seal_message(_statement(node, _number(started)), node.signer)
    reply = node.sync(statements=(sealed,), answers=(TaskAnswer(task.id, done=True),))
    assert reply.tasks == ()
    assert delivery.transfer(started).state == "completed"
    settle()


def _asked_for_the_last_statement(node: NodeAtHand) -> str:
    (task,) = (t for t in node.sync().tasks if t.work == "statement")
    return task.id


def test_another_contracts_answer_does_not_complete_a_delivery(town: Town, node: NodeAtHand, started: int) -> None:
    """Else what was called between the last statement and the end of use would never be billed."""
    other = nodes.tasks.ask_profile(int(node.id), "credit", at=now())
    node.sync()
    perform(TRANSFER, "stop", started, by=town.actor(town.buyer), at=now())
    node.sync(answers=(TaskAnswer(other, done=False, code="source-unreadable"),))
    assert delivery.transfer(started).state == "completing"
    done = (TaskAnswer(_asked_for_the_last_statement(node), done=True),)
    node.sync(answers=done)
    assert delivery.transfer(started).state == "completed"


def test_a_node_that_cannot_state_is_asked_on_and_people_are_told_once(
    town: Town, node: NodeAtHand, started: int
) -> None:
    perform(TRANSFER, "stop", started, by=town.actor(town.buyer), at=now())
    task = _asked_for_the_last_statement(node)
    for code in ("task-failed", "task-failed", "disk-full"):
        reply = node.sync(answers=(TaskAnswer(task, done=False, code=code),))
        assert [asked.id for asked in reply.tasks] == [task]
    assert delivery.transfer(started).state == "completing"
    assert Alarm.objects.filter(kind="statement", procedure="node").count() == 1
    node.sync(answers=(TaskAnswer(task, done=True),))
    assert delivery.transfer(started).state == "completed"


def test_a_delivery_under_a_hold_waits_and_its_node_is_served_on(town: Town, node: NodeAtHand, started: int) -> None:
    regulator = town.actor(admitted(15, town.operator, "regulator", at=now()))
    perform(TRANSFER, "stop", started, by=town.actor(town.buyer), at=now())
    task = _asked_for_the_last_statement(node)
    hold = place_hold(TRANSFER, started, by=regulator, at=now(), ground="示例检查")
    sealed = seal_message(_statement(node, _number(started)), node.signer)
    reply = node.sync(statements=(sealed,), answers=(TaskAnswer(task, done=True),))
    assert (reply.lease is not None, [ack.refused for ack in reply.acks]) == (True, [None])
    assert [asked.id for asked in reply.tasks] == [task]
    assert delivery.transfer(started).state == "completing"
    lift_hold(hold, by=regulator, at=now(), reason="示例解除", table=TRANSFER)
    reply = node.sync(answers=(TaskAnswer(task, done=True),))
    assert (delivery.transfer(started).state, reply.tasks) == ("completed", ())


def test_the_last_statement_is_asked_for_only_once_every_permit_was_told(
    town: Town, node: NodeAtHand, started: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that does not know yet that calls have ended would go on answering after its last statement."""
    from tongqu.exchange.web import wire

    monkeypatch.setattr(wire, "PERMITS_MAX", 0)
    perform(TRANSFER, "stop", started, by=town.actor(town.buyer), at=now())
    reply = node.sync()
    assert (reply.more, reply.tasks) == (True, ())
    monkeypatch.undo()
    reply = node.sync()
    (revoked,) = reply.permits
    assert open_sealed(Permit, revoked, node.exchange_key).status == "revoked"
    assert [task.work for task in reply.tasks] == ["statement"]
