"""Nodes: enrolled once, heard each second, asked to measure, told when they may not serve."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.members.making import AT, Member, admitted
from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.procedures import (
    Alarm,
    NotYours,
    Refused,
    Unknown,
    begin,
    lift_hold,
    perform,
    place_hold,
    tick,
)
from tongqu.exchange.members import nodes, parties
from tongqu.exchange.members.nodes.models import Node, NodeTask
from tongqu.wire.canonical import digest
from tongqu.wire.measures import (
    DeidentificationMeasured,
    DeidentificationOrder,
    Hiding,
    QualityMeasured,
    QualityOrder,
    QualityRule,
    QuasiIdentifier,
    RuleMeasured,
    Step,
)
from tongqu.wire.message import BadMessage, seal_message
from tongqu.wire.seals import BadSeal, Ed25519Signer
from tongqu.wire.source import Column, ColumnProfile, Profile, SourceDeclaration, Title
from tongqu.wire.sync import WORKS, NotFresh, Register, SyncRequest, TaskAnswer, key_text, new_nonce

pytestmark = pytest.mark.django_db
NODE = nodes.NODE


@pytest.fixture
def provider(exchange: Member) -> Member:
    return admitted(7, exchange, "supplier")


@pytest.fixture
def key() -> Ed25519Signer:
    return Ed25519Signer.generate()


def registration(secret: str, key: Ed25519Signer, signer: Ed25519Signer | None = None) -> dict[str, Any]:
    told = Register(
        enrolment_key=secret, name="示例节点", public_key=key_text(key.public_bytes), software="tongqu-node 0.1.0",
        nonce=new_nonce(), at=AT,
    )  # fmt: skip
    return seal_message(told, signer or key)


@pytest.fixture
def node(provider: Member, key: Ed25519Signer) -> nodes.NodeView:
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点")
    return nodes.register(registration(enrolment.secret, key), at=AT)


def declaration(source: str = "orders", rows: int = 10) -> SourceDeclaration:
    return SourceDeclaration(
        source=source, title=Title("示例订单", "Sample orders"), format="csv", source_version="ab" * 32, bytes=1000,
        rows=rows, columns=(Column("id", "text"), Column("amount", "whole")), key_column="id",
        modes=("verification",), questions=(), loaded_at=AT,
    )  # fmt: skip


def measured(source: str = "orders", at: datetime = AT) -> Profile:
    column = ColumnProfile("id", "text", 0, 10, None, None, 1, 8, False)
    return Profile(source=source, source_version="ab" * 32, rows=10, columns=(column,), small_counts=5, measured_at=at)


class Sync:
    """The node's side: sequence numbers rise, each message sealed with its key."""

    def __init__(self, node: nodes.NodeView, key: Ed25519Signer) -> None:
        self.node, self.key, self.sequence = node, key, 0

    def message(self, at: datetime = AT, **other: Any) -> SyncRequest:
        self.sequence += 1
        told = SyncRequest(
            node=self.node.wire_name, sequence=self.sequence, nonce=new_nonce(), at=at, software="tongqu-node 0.1.0",
            address="https://node.example:8700", permit_cursor=0,
        )  # fmt: skip
        return replace(told, **other)

    def __call__(self, at: datetime = AT, **other: Any) -> nodes.Heard:
        return nodes.heard(seal_message(self.message(at, **other), self.key), at=at)


@pytest.fixture
def sync(node: nodes.NodeView, key: Ed25519Signer) -> Sync:
    return Sync(node, key)


# Enrolment.


def test_a_node_is_enrolled_by_its_provider_and_registers(
    provider: Member, node: nodes.NodeView, key: Ed25519Signer
) -> None:
    assert (node.state, node.provider_id, node.public_key) == ("active", provider.id, key.public_bytes)
    assert nodes.nodes_of(provider.id) == (nodes.node(node.id),)


def test_the_enrolment_key_is_good_for_one_key_pair(provider: Member, key: Ed25519Signer) -> None:
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点")
    nodes.register(registration(enrolment.secret, key), at=AT)
    with pytest.raises(nodes.BadEnrolment) as caught:
        nodes.register(registration(enrolment.secret, Ed25519Signer.generate()), at=AT)
    assert "已被使用" in caught.value.words.zh
    assert nodes.node(enrolment.node_id).public_key == key.public_bytes


def test_a_registration_whose_answer_was_lost_may_be_repeated(provider: Member, key: Ed25519Signer) -> None:
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点")
    first = nodes.register(registration(enrolment.secret, key), at=AT)
    assert nodes.register(registration(enrolment.secret, key), at=AT) == first
    assert [fact.act for fact in evidence.facts_of("node", first.id)] == ["begin", "register"]


def test_the_enrolment_key_runs_out_and_a_fresh_one_helps(provider: Member, key: Ed25519Signer) -> None:
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点")
    with pytest.raises(nodes.BadEnrolment):
        nodes.register(registration(enrolment.secret, key), at=enrolment.until_at)
    tick(enrolment.until_at)
    assert Alarm.objects.filter(procedure="node", subject=enrolment.node_id).exists()
    fresh = nodes.renew(
        enrolment.node_id, by=provider.actor(enrolment.until_at), at=enrolment.until_at, reason="过期"
    )  # fmt: skip
    assert nodes.register(registration(fresh.secret, key), at=enrolment.until_at).state == "active"


def test_an_unknown_enrolment_key_opens_nothing(key: Ed25519Signer) -> None:
    with pytest.raises(nodes.BadEnrolment):
        nodes.register(registration("tn_" + "x" * 43, key), at=AT)


def test_a_registration_sealed_with_another_key_is_refused(provider: Member, key: Ed25519Signer) -> None:
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点")
    with pytest.raises(BadSeal):
        nodes.register(registration(enrolment.secret, key, signer=Ed25519Signer.generate()), at=AT)
    assert nodes.node(enrolment.node_id).state == "enrolling"


def test_two_nodes_do_not_share_a_key(provider: Member, node: nodes.NodeView, key: Ed25519Signer) -> None:
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点二")
    with pytest.raises(nodes.BadEnrolment):
        nodes.register(registration(enrolment.secret, key), at=AT)


def test_the_enrolment_key_is_in_no_row_and_no_fact(provider: Member) -> None:
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点")
    hidden = enrolment.secret.removeprefix("tn_")
    assert hidden not in str(vars(Node.objects.get(pk=enrolment.node_id)))
    assert hidden not in str(evidence.facts_of("node", enrolment.node_id))


def test_a_buyer_enrols_no_node_and_nobody_one_for_another(exchange: Member, provider: Member) -> None:
    with pytest.raises(NotYours):
        nodes.enrol(by=admitted(8, exchange, "buyer").actor(), at=AT, name="示例节点")
    with pytest.raises(Refused):
        nodes.enrol(by=provider.actor(), at=AT, name="示例节点", provider=exchange.id)


def test_the_exchange_runs_a_node_for_who_has_none(exchange: Member, provider: Member) -> None:
    enrolment = nodes.enrol(by=exchange.actor(), at=AT, name="示例托管节点", provider=provider.id)
    assert nodes.node(enrolment.node_id).provider_id == provider.id


def test_a_fresh_key_shuts_out_the_old_one(provider: Member, sync: Sync) -> None:
    assert sync().serves
    fresh = nodes.renew(sync.node.id, by=provider.actor(), at=AT, reason="换机")
    told = sync()
    assert not told.serves
    assert told.why_not is not None
    assert "重新注册" in told.why_not.zh
    newer = Ed25519Signer.generate()
    nodes.register(registration(fresh.secret, newer), at=AT)
    with pytest.raises(BadSeal):
        sync()


# Sync.


def test_a_node_that_is_heard_serves_and_is_seen(sync: Sync) -> None:
    later = AT + timedelta(seconds=5)
    told = sync(later)
    assert (told.serves, told.why_not, nodes.tasks.open_of(sync.node.id)) == (True, None, ())
    view = nodes.node(sync.node.id)
    assert (view.last_seen_at, view.address) == (later, "https://node.example:8700")


def test_a_replayed_message_is_not_taken_twice(sync: Sync) -> None:
    sealed = seal_message(sync.message(), sync.key)
    nodes.heard(sealed, at=AT)
    with pytest.raises(NotFresh):
        nodes.heard(sealed, at=AT)


def test_a_late_message_is_not_taken(sync: Sync) -> None:
    with pytest.raises(NotFresh):
        nodes.heard(seal_message(sync.message(AT), sync.key), at=AT + timedelta(minutes=5, seconds=1))


def test_a_message_of_another_key_is_not_the_nodes(sync: Sync) -> None:
    with pytest.raises(BadSeal):
        nodes.heard(seal_message(sync.message(), Ed25519Signer.generate()), at=AT)
    assert nodes.node(sync.node.id).last_seen_at is None


@pytest.mark.parametrize(
    "sealed", [None, [], {}, {"body": {}}, {"body": {"node": "x"}}, {"body": {"node": "９"}}, {"body": {"node": 3}}]
)
def test_rubbish_is_a_bad_message(sealed: Any) -> None:
    with pytest.raises(BadMessage):
        nodes.heard(sealed, at=AT)


def test_an_unknown_node_is_not_heard(sync: Sync) -> None:
    with pytest.raises(BadSeal):
        sync(node="999999")


def test_a_suspended_node_hears_so_at_its_next_sync(sync: Sync, exchange: Member) -> None:
    perform(NODE, "suspend", sync.node.id, by=exchange.actor(), at=AT, reason="核查")
    told = sync()
    assert not told.serves
    assert told.why_not is not None
    assert "核查" in told.why_not.zh
    perform(NODE, "resume", sync.node.id, by=exchange.actor(), at=AT, reason="已核实")
    assert sync().serves


def test_the_node_of_a_suspended_provider_does_not_serve(sync: Sync, provider: Member, exchange: Member) -> None:
    perform(parties.ADMISSION, "suspend", provider.id, by=exchange.actor(), at=AT, reason="核查")
    assert not sync().serves


def test_a_hold_stops_the_node_at_its_next_sync(sync: Sync, exchange: Member) -> None:
    regulator = admitted(9, exchange, "regulator", kind="department")
    hold = place_hold(NODE, sync.node.id, by=regulator.actor(), at=AT, ground="安全事件")
    told = sync(sources=(declaration(),))
    assert not told.serves
    assert told.why_not is not None
    assert "安全事件" in told.why_not.zh
    lift_hold(hold, by=regulator.actor(), at=AT, reason="已排除", table=NODE)
    assert sync().serves


def test_a_retired_node_is_not_heard(sync: Sync, provider: Member) -> None:
    perform(NODE, "retire", sync.node.id, by=provider.actor(), at=AT, reason="下线")
    with pytest.raises(BadSeal):
        sync()


def test_another_provider_touches_no_node_that_is_not_its_own(sync: Sync, exchange: Member) -> None:
    stranger = admitted(8, exchange, "supplier")
    with pytest.raises(NotYours):
        perform(NODE, "retire", sync.node.id, by=stranger.actor(), at=AT, reason="试试")
    with pytest.raises(NotYours):
        nodes.renew(sync.node.id, by=stranger.actor(), at=AT, reason="试试")


# Sources and measurements.


def acts_of(node: int) -> list[str]:
    return [fact.act for fact in evidence.facts_of("node", node)]


def test_sources_are_taken_once_and_again_when_they_change(sync: Sync) -> None:
    sync(sources=(declaration(), declaration("clients")))
    assert [source.source for source in nodes.sources(sync.node.id)] == ["clients", "orders"]
    sync(sources=(declaration(), declaration("clients")))
    sync()
    assert acts_of(sync.node.id).count("declare") == 1
    sync(sources=(declaration(rows=11),))
    assert [(source.source, source.rows) for source in nodes.sources(sync.node.id)] == [("orders", 11)]
    sync(sources=(declaration(), declaration("clients")))
    assert len(nodes.sources(sync.node.id)) == 2
    assert acts_of(sync.node.id).count("declare") == 3


def test_a_declaration_that_cannot_be_kept_ends_no_lease(sync: Sync) -> None:
    """A heading with U+0000 in one source: the node is told nothing worse than that it was heard, and people are told."""
    odd = replace(declaration("odd"), columns=(Column("id", "text"), Column("a\x00b", "whole")))
    assert sync(sources=(declaration(), odd)).serves
    assert sync().serves
    (alarm,) = Alarm.objects.filter(kind="node-declaration", procedure="node", subject=sync.node.id)
    assert "U+0000" in alarm.en
    assert acts_of(sync.node.id).count("declare") == 0
    assert sync(sources=(declaration(),)).serves
    assert [source.source for source in nodes.sources(sync.node.id)] == ["orders"]
    alarm.refresh_from_db()
    assert alarm.cleared_at is not None


def test_a_quiet_sync_is_cheap(sync: Sync, django_assert_max_num_queries: Any) -> None:
    sync(sources=(declaration(),))
    with django_assert_max_num_queries(4):
        sync()


def test_a_measurement_is_asked_for_until_it_is_answered(sync: Sync) -> None:
    sync(sources=(declaration(),))
    asked = nodes.tasks.ask_profile(sync.node.id, "orders", at=AT)
    assert nodes.tasks.ask_profile(sync.node.id, "orders", at=AT) == asked
    for _ in range(2):
        sync()
        assert [task.id for task in nodes.tasks.open_of(sync.node.id)] == [asked]
    sync(answers=(TaskAnswer(task=asked, done=True, profile=measured()),))
    assert nodes.tasks.open_of(sync.node.id) == ()
    found = nodes.profile(sync.node.id, "orders")
    assert (found.profile, found.source_version) == (measured(), "ab" * 32)
    fact = evidence.facts_of("node", sync.node.id)[-1]
    assert (fact.act, fact.body["data"]["digest"]) == ("measured", found.digest)
    assert "columns" not in str(fact.body)


def test_an_answer_that_comes_twice_counts_once(sync: Sync) -> None:
    asked = nodes.tasks.ask_profile(sync.node.id, "orders", at=AT)
    for _ in range(2):
        sync(answers=(TaskAnswer(task=asked, done=True, profile=measured()),))
    assert acts_of(sync.node.id).count("measured") == 1


def test_the_latest_measurement_counts(sync: Sync) -> None:
    for minutes in (0, 1):
        at = AT + timedelta(minutes=minutes)
        asked = nodes.tasks.ask_profile(sync.node.id, "orders", at=at)
        sync(at, answers=(TaskAnswer(task=asked, done=True, profile=measured(at=at)),))
    assert nodes.profile(sync.node.id, "orders").measured_at == AT + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"done": False, "code": "source-unreadable"}, "source-unreadable"),
        ({"done": True}, "wrong-profile"),
        ({"done": True, "profile": measured("clients")}, "wrong-profile"),
    ],
)
def test_a_task_that_failed_says_why(sync: Sync, answer: dict[str, Any], fault: str) -> None:
    asked = nodes.tasks.ask_profile(sync.node.id, "orders", at=AT)
    sync(answers=(TaskAnswer(task=asked, **answer),))
    assert NodeTask.objects.get(pk=asked).fault == fault
    last = evidence.facts_of("node", sync.node.id)[-1]
    assert (last.act, last.body["data"]) == ("failed", {"work": "profile", "source": "orders", "fault": fault})
    with pytest.raises(Unknown):
        nodes.profile(sync.node.id, "orders")


RULE = QualityRule("r1", "required", ("id",))
ORDER = QualityOrder("orders", (RULE,))
HIDE = DeidentificationOrder("orders", None, (QuasiIdentifier("id", (Step("keep"),)),), (), 2, 0)


def checked(source: str = "orders", rule: str = "r1") -> QualityMeasured:
    return QualityMeasured(source, "ab" * 32, 10, (RuleMeasured(rule, 10, 0, 0),), 5, AT)


def hidden(step: Step = Step("keep")) -> DeidentificationMeasured:  # noqa: B008
    hiding = Hiding(10, 5, 2, 0, 5_000, 5_000, (), ())
    return DeidentificationMeasured("orders", "ab" * 32, 10, hiding, hiding, (step,), 0, True, 1, 5, AT)


def test_only_a_node_that_says_it_can_is_asked_for_more_than_a_profile(sync: Sync) -> None:
    nodes.tasks.ask_examination(sync.node.id, "quality/1", ORDER, at=AT)
    nodes.tasks.ask_examination(sync.node.id, "deidentification/1", HIDE, at=AT)
    sync()
    assert nodes.tasks.open_of(sync.node.id) == ()
    sync(works=("profile", "quality"))
    assert [task.quality for task in nodes.tasks.open_of(sync.node.id)] == [ORDER]
    sync(works=WORKS)
    assert [task.work for task in nodes.tasks.open_of(sync.node.id)] == ["quality", "deidentification"]


@pytest.mark.parametrize(
    ("order", "answer", "fault"),
    [
        (ORDER, {"quality": checked()}, ""),
        (ORDER, {"quality": checked("clients")}, "wrong-answer"),
        (ORDER, {"quality": checked(rule="r2")}, "wrong-answer"),
        (ORDER, {"profile": measured()}, "wrong-answer"),
        (ORDER, {"quality": checked(), "profile": measured()}, "wrong-answer"),
        (ORDER, {"deidentification": hidden()}, "wrong-answer"),
        (ORDER, {}, "wrong-answer"),
        (HIDE, {"deidentification": hidden()}, ""),
        (HIDE, {"deidentification": hidden(Step("drop"))}, "wrong-answer"),
    ],
)
def test_an_answer_is_taken_only_for_what_was_asked(
    sync: Sync, order: QualityOrder | DeidentificationOrder, answer: dict[str, Any], fault: str
) -> None:
    asked = nodes.tasks.ask_examination(sync.node.id, "check/1", order, at=AT)
    for _ in range(2):
        sync(works=WORKS, answers=(TaskAnswer(task=asked, done=True, **answer),))
    assert NodeTask.objects.get(pk=asked).fault == fault
    fact = evidence.facts_of("node", sync.node.id)[-1]
    assert (fact.act, fact.body["data"].get("target", "check/1")) == ("failed" if fault else "examined", "check/1")
    assert acts_of(sync.node.id).count(fact.act) == 1
    assert "rules" not in str(fact.body)
    if fault:
        with pytest.raises(Unknown):
            nodes.tasks.examination(sync.node.id, "check/1")
    else:
        assert digest(nodes.tasks.examination(sync.node.id, "check/1")) == fact.body["data"]["digest"]


def test_a_statement_is_asked_for_and_answered(sync: Sync) -> None:
    asked = nodes.tasks.ask_statement(sync.node.id, "C-1", at=AT)
    (task,) = nodes.tasks.open_of(sync.node.id)
    assert (task.work, task.contract, task.source) == ("statement", "C-1", None)
    assert sync(answers=(TaskAnswer(task=asked, done=True),)).stated == ("C-1",)
    nodes.tasks.close_statement(sync.node.id, "C-1", at=AT)
    assert nodes.tasks.open_of(sync.node.id) == ()


def test_another_nodes_task_is_not_ones_to_answer(sync: Sync, provider: Member) -> None:
    other_key = Ed25519Signer.generate()
    enrolment = nodes.enrol(by=provider.actor(), at=AT, name="示例节点二")
    other = Sync(nodes.register(registration(enrolment.secret, other_key), at=AT), other_key)
    asked = nodes.tasks.ask_profile(sync.node.id, "orders", at=AT)
    other(answers=(TaskAnswer(task=asked, done=True, profile=measured()),))
    assert [task.id for task in nodes.tasks.open_of(sync.node.id)] == [asked]


def test_nothing_is_asked_of_a_node_that_is_not_there() -> None:
    with pytest.raises(Unknown):
        nodes.tasks.ask_profile(404, "orders", at=AT)
    with pytest.raises(Unknown):
        nodes.node(404)


def test_a_silent_node_is_an_alarm_once(sync: Sync) -> None:
    sync()
    assert nodes.warn_silent(AT + timedelta(seconds=60)) == 0
    assert nodes.warn_silent(AT + timedelta(seconds=200)) == 1
    assert nodes.warn_silent(AT + timedelta(seconds=300)) == 0


def test_an_enrolment_key_lasts_thirty_days_at_most(provider: Member) -> None:
    with pytest.raises(Refused):
        begin(
            NODE, by=provider.actor(), at=AT, name="示例节点", digest="a" * 64, until_at=AT + timedelta(days=31)
        )  # fmt: skip
