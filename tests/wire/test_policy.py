"""The policy language: every constraint at its boundary, nothing unknown allowed, the same in ODRL and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph

from tongqu.wire.constraints import (
    CONSTRAINTS,
    Before,
    CallsAtMost,
    ForDays,
    ForPurposes,
    ForRecipients,
    GroupsOf,
    KeysAtOnce,
    NotBefore,
    RequestsAMinute,
    WithConsent,
    WithinRegions,
)
from tongqu.wire.odrl import BadPolicy, read, write
from tongqu.wire.policy import (
    ACKNOWLEDGE,
    ACTIONS,
    AGREEMENT,
    DELETE,
    DERIVE,
    DISTRIBUTE,
    OFFER,
    WATERMARK,
    Duty,
    Policy,
    Price,
    Term,
    differences,
    judged,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SELLER, BUYER, FRIEND = "91420100MA0000012A", "91420100MA0000011B", "91420100MA0000013C"


@dataclass(frozen=True)
class Asked:
    mode: str = "verification"
    purpose: str = "research"
    keys: int = 1
    group: int = 1
    region: str | None = "420102"
    stands: str | None = None
    recipient: str | None = None


@dataclass(frozen=True)
class Used:
    calls: int = 0
    requests_in_window: int = 0
    oldest_in_window: datetime | None = None


ALL = (
    ForPurposes(("research", "planning")),
    NotBefore(NOON),
    Before(NOON + timedelta(days=90)),
    CallsAtMost(1_000),
    KeysAtOnce(100),
    RequestsAMinute(60),
    WithinRegions(("420000", "310100")),
    ForRecipients((BUYER, FRIEND)),
)
WHOLE = Policy(
    kind=AGREEMENT,
    uid="urn:tongqu:negotiation:7",
    assigner=SELLER,
    assignee=BUYER,
    target="urn:tongqu:listing:5",
    action=ACTIONS["verification"],
    constraints=tuple(Term.of(one) for one in ALL),
    prohibitions=(DISTRIBUTE, DERIVE),
    obligations=(Duty(WATERMARK), Duty(DELETE, (Term.of(ForDays(30)),)), Duty(ACKNOWLEDGE)),
    price=Price(8_500, per_call=True),
)


def codes(policy: Policy | None, asked: Asked = Asked(), used: Used = Used(), now: datetime = NOON) -> list[str]:
    return [reason.code for reason in judged(policy, asked, used, now)]


def with_only(*constraints: Any) -> Policy:
    return replace(WHOLE, constraints=tuple(Term.of(one) for one in constraints))


def test_what_keeps_every_constraint_is_allowed() -> None:
    assert codes(WHOLE) == []


BOUNDARIES = [
    (ForPurposes(("research",)), Asked(purpose="research"), Used(), NOON, True),
    (ForPurposes(("research",)), Asked(purpose="researc"), Used(), NOON, False),
    (NotBefore(NOON), Asked(), Used(), NOON - TICK, False),
    (NotBefore(NOON), Asked(), Used(), NOON, True),
    (Before(NOON), Asked(), Used(), NOON - TICK, True),
    (Before(NOON), Asked(), Used(), NOON, False),
    (ForDays(30), Asked(), Used(), NOON, False),  # alone it has no beginning to judge by
    (CallsAtMost(10), Asked(keys=10), Used(calls=0), NOON, True),
    (CallsAtMost(10), Asked(keys=1), Used(calls=9), NOON, True),  # the last call
    (CallsAtMost(10), Asked(keys=1), Used(calls=10), NOON, False),
    (CallsAtMost(10), Asked(keys=2), Used(calls=9), NOON, False),  # a batch is not cut
    (CallsAtMost(0), Asked(keys=1), Used(), NOON, False),
    (CallsAtMost(10), Asked(keys=1), Used(calls=11), NOON, False),  # the limit was lowered below what was used
    (KeysAtOnce(100), Asked(keys=100), Used(), NOON, True),
    (KeysAtOnce(100), Asked(keys=101), Used(), NOON, False),
    (RequestsAMinute(2), Asked(keys=9), Used(requests_in_window=1), NOON, True),
    (RequestsAMinute(2), Asked(), Used(requests_in_window=2, oldest_in_window=NOON), NOON, False),
    (WithinRegions(("420000",)), Asked(region="420000"), Used(), NOON, True),
    (WithinRegions(("420000",)), Asked(region="420102"), Used(), NOON, True),
    (WithinRegions(("420000",)), Asked(region="430102"), Used(), NOON, False),
    (WithinRegions(("420100",)), Asked(region="420000"), Used(), NOON, False),  # the province is more than its city
    (WithinRegions(("420100",)), Asked(region="420102"), Used(), NOON, True),
    (WithinRegions(("420100",)), Asked(region="421000"), Used(), NOON, False),
    (WithinRegions(("420102",)), Asked(region="420103"), Used(), NOON, False),
    (WithinRegions(("420000",)), Asked(region=None), Used(), NOON, False),
    (WithinRegions(("420000",)), Asked(region="42"), Used(), NOON, False),
    (WithinRegions(("420000",)), Asked(region="420102", stands="420100"), Used(), NOON, True),
    (WithinRegions(("420000",)), Asked(region="420102", stands="310000"), Used(), NOON, False),
    (ForRecipients((BUYER,)), Asked(recipient=None), Used(), NOON, True),
    (ForRecipients((BUYER,)), Asked(recipient=BUYER), Used(), NOON, True),
    (ForRecipients((BUYER,)), Asked(recipient=FRIEND), Used(), NOON, False),
    (GroupsOf(10), Asked(group=10), Used(), NOON, True),
    (GroupsOf(10), Asked(group=9), Used(), NOON, False),
    (WithConsent(("identity",)), Asked(mode="verification"), Used(), NOON, True),
    (WithConsent(("identity",)), Asked(mode="dataset"), Used(), NOON, False),
]  # fmt: skip


@pytest.mark.parametrize(("constraint", "asked", "used", "now", "kept"), BOUNDARIES)
def test_a_constraint_at_its_boundary(constraint: Any, asked: Asked, used: Used, now: datetime, kept: bool) -> None:
    assert (codes(with_only(constraint), asked, used, now) == []) is kept


def test_every_constraint_of_the_language_has_its_boundaries() -> None:
    assert {type(row[0]) for row in BOUNDARIES} == set(CONSTRAINTS)


def test_a_refusal_names_each_constraint_that_failed() -> None:
    asked = Asked("dataset", "marketing", 2_000, 1, None, None, SELLER)
    used = Used(999, 60, NOON)
    assert codes(WHOLE, asked, used, NOON + timedelta(days=90)) == [
        "mode-not-permitted", "purpose-not-permitted", "period-ended", "calls-exhausted", "batch-too-large",
        "rate-exceeded", "region-not-stated", "recipient-not-permitted",
    ]  # fmt: skip


def test_without_a_policy_nothing_is_permitted() -> None:
    assert codes(None) == ["policy-missing"]


@pytest.mark.parametrize(
    "changed",
    [
        {"constraints": (*WHOLE.constraints, Term("industry", "eq", ("banking",)))},
        {"constraints": (*WHOLE.constraints, Term("count", "gteq", ("5",)))},
        {"constraints": (*WHOLE.constraints, Term("count", "lteq", ("many",)))},
        {"constraints": (*WHOLE.constraints, Term("count", "lteq", ("-1",)))},
        {"constraints": (*WHOLE.constraints, Term("count", "lteq", ("5", "6")))},
        {"constraints": (*WHOLE.constraints, Term("count", "lteq", ("٥",)))},
        {"constraints": (*WHOLE.constraints, Term("spatial", "isPartOf", ("042000",)))},
        {"constraints": (*WHOLE.constraints, Term("dateTime", "lt", ("2030-01-01",)))},
        {"constraints": (*WHOLE.constraints, Term("elapsedTime", "lteq", ("P1Y",)))},
        {"action": "use"},
        {"action": "tq:everything"},
        {"prohibitions": ("tq:verify",)},
        {"prohibitions": ("use",)},
        {"prohibitions": ("sell",)},
        {"obligations": (Duty("inform"),)},
        {"obligations": (Duty(DELETE),)},
        {"obligations": (Duty(WATERMARK, (Term.of(ForDays(3)),)),)},
    ],
)
def test_what_is_not_understood_refuses_whatever_else_holds(changed: dict[str, Any]) -> None:
    found = codes(replace(WHOLE, **changed))
    assert found
    assert set(found) <= {"policy-not-understood", "policy-forbids", "period-without-beginning"}


# -- properties ------------------------------------------------------------------------------------------------------

askeds = st.builds(
    Asked,
    mode=st.sampled_from(["verification", "dataset"]),
    purpose=st.sampled_from(["research", "planning", "energy"]),
    keys=st.integers(1, 12),
    group=st.integers(1, 12),
    region=st.sampled_from([None, "420000", "420100", "420102", "310100", "310101"]),
    stands=st.sampled_from([None, "420100", "310000"]),
    recipient=st.sampled_from([None, BUYER, FRIEND]),
)
useds = st.builds(Used, st.integers(0, 20), st.integers(0, 6), st.just(NOON - timedelta(seconds=10)))
moments = st.sampled_from([NOON + timedelta(seconds=n) for n in (-1, 0, 1, 29, 30, 31)])
regions = st.lists(
    st.sampled_from(["420000", "420100", "420102", "310000", "310100"]), min_size=1, max_size=3, unique=True
)
constraints = st.one_of(
    st.lists(st.sampled_from(["research", "planning", "energy"]), min_size=1, unique=True).map(
        lambda some: ForPurposes(tuple(some))
    ),
    moments.map(NotBefore),
    moments.map(Before),
    st.integers(0, 20).map(CallsAtMost),
    st.integers(1, 12).map(KeysAtOnce),
    st.integers(1, 6).map(RequestsAMinute),
    regions.map(lambda some: WithinRegions(tuple(some))),
    st.lists(st.sampled_from([BUYER, FRIEND]), min_size=1, unique=True).map(lambda some: ForRecipients(tuple(some))),
    st.integers(2, 12).map(GroupsOf),
    st.lists(st.sampled_from(["identity", "health"]), min_size=1, unique=True).map(
        lambda some: WithConsent(tuple(some))
    ),
)
policies = st.lists(constraints, max_size=8).map(lambda some: with_only(*some))


@given(policies, constraints, askeds, useds, moments)
def test_one_constraint_more_never_allows_more(
    policy: Policy, more: Any, asked: Asked, used: Used, now: datetime
) -> None:
    tighter = replace(policy, constraints=(*policy.constraints, Term.of(more)))
    assert set(judged(policy, asked, used, now)) <= set(judged(tighter, asked, used, now))


@given(constraints, constraints, askeds, useds, moments)
def test_what_admits_another_allows_whatever_that_allows(
    one: Any, other: Any, asked: Asked, used: Used, now: datetime
) -> None:
    if type(one) is type(other) and one.admits(other) and other.judge(asked, used, now) is None:
        assert one.judge(asked, used, now) is None


@given(policies, askeds, useds, moments, st.randoms())
def test_the_order_in_which_a_policy_is_written_is_no_matter(
    policy: Policy, asked: Asked, used: Used, now: datetime, random: Any
) -> None:
    shuffled = list(policy.constraints)
    random.shuffle(shuffled)
    again = replace(policy, constraints=tuple(shuffled))
    assert judged(again, asked, used, now) == judged(policy, asked, used, now)


@given(policies, askeds, useds, moments)
def test_a_refusal_is_complete(policy: Policy, asked: Asked, used: Used, now: datetime) -> None:
    """Each constraint alone refuses exactly what the whole refuses for it."""
    alone = {
        reason
        for term in policy.constraints
        if (reason := term.meant.judge(asked, used, now)) is not None
    }  # fmt: skip
    said = {reason for reason in judged(policy, asked, used, now) if reason.constraint != "action"}
    assert said == alone


@given(policies, askeds, useds, moments, st.integers(1, 5))
def test_who_has_used_more_may_do_no_more(policy: Policy, asked: Asked, used: Used, now: datetime, more: int) -> None:
    later = replace(used, calls=used.calls + more, requests_in_window=used.requests_in_window + more)
    assert {r.code for r in judged(policy, asked, used, now)} <= {r.code for r in judged(policy, asked, later, now)}


# -- ODRL ------------------------------------------------------------------------------------------------------------

OFFERED = replace(WHOLE, kind=OFFER, assignee=None, constraints=WHOLE.constraints[:-1], price=Price(120_000_000, False))


@given(policies)
def test_a_policy_comes_back_from_odrl_as_it_went(policy: Policy) -> None:
    assert read(json.loads(json.dumps(write(policy)))) == policy


@pytest.mark.parametrize(
    "policy", [WHOLE, OFFERED, with_only(ForDays(90), GroupsOf(10), WithConsent(("health", "identity")))]
)
def test_the_document_is_odrl_to_a_library_that_is_not_ours(policy: Policy) -> None:
    graph = Graph().parse(data=json.dumps(write(policy)), format="json-ld")
    conforms, _, report = pyshacl.validate(graph, shacl_graph=str(Path(__file__).parent / "odrl-shapes.ttl"))
    assert conforms, report
    [right] = graph.query("""
        prefix odrl: <http://www.w3.org/ns/odrl/2/>
        select (count(*) as ?n) where { ?policy odrl:permission/odrl:constraint/odrl:leftOperand ?left }""")
    assert int(right.n) == len(policy.constraints)


def test_the_shapes_refuse_what_is_no_policy_of_ours() -> None:
    for broken in (
        {**write(WHOLE), "profile": "urn:other"},
        {**write(WHOLE), "permission": []},
        {**write(WHOLE), "assignee": None},
        {**write(WHOLE), "prohibition": [{"action": "sell", "target": "urn:x:y"}]},
    ):
        graph = Graph().parse(data=json.dumps(broken), format="json-ld")
        conforms, _, _ = pyshacl.validate(graph, shacl_graph=str(Path(__file__).parent / "odrl-shapes.ttl"))
        assert not conforms


def _changed(**more: Any) -> dict[str, Any]:
    document = json.loads(json.dumps(write(WHOLE)))
    document["permission"][0] |= more
    return document


@pytest.mark.parametrize(
    "document",
    [
        {**write(WHOLE), "inheritFrom": "urn:x:1"},
        _changed(assignee="urn:x:1"),
        _changed(duty=[{"action": "inform"}]),
        _changed(duty=[{"action": "compensate", "constraint": []}, {"action": "compensate", "constraint": []}]),
        _changed(constraint=[{"and": [{"leftOperand": "count", "operator": "lteq", "rightOperand": 5}]}]),
        _changed(constraint=[{"leftOperand": "count", "operator": "lteq", "rightOperand": 5, "unit": "urn:x:dozen"}]),
        _changed(constraint=[{"leftOperand": "count", "operator": "lteq", "rightOperandReference": "urn:x:1"}]),
        {**write(WHOLE), "obligation": [{"action": "delete", "consequence": [{"action": "compensate"}]}]},
        {**write(WHOLE), "prohibition": [{"action": "distribute", "target": "urn:tongqu:listing:5", "constraint": []}]},
    ],
)
def test_what_odrl_can_say_and_we_do_not_know_is_kept_and_refuses(document: dict[str, Any]) -> None:
    assert "policy-not-understood" in codes(read(document))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {**write(WHOLE), "@type": "Set"},
        {**write(WHOLE), "profile": "urn:other"},
        {**write(WHOLE), "conflict": "perm"},
        {**write(WHOLE), "permission": []},
        {**write(WHOLE), "permission": write(WHOLE)["permission"] * 2},
        _changed(action=None),
        _changed(constraint=[{"leftOperand": "count", "operator": "lteq", "rightOperand": 1.5}]),
        _changed(constraint=[{"leftOperand": "count", "operator": "lteq", "rightOperand": True}]),
        _changed(constraint=["count"]),
        _changed(constraint=[{}] * 101),
    ],
)
def test_what_is_no_policy_is_refused_in_words(document: Any) -> None:
    with pytest.raises(BadPolicy) as bad:
        read(document)
    assert bad.value.words.zh
    assert bad.value.words.en


def test_full_names_mean_the_same_as_short_ones() -> None:
    document = json.loads(json.dumps(write(WHOLE)))
    for one in document["permission"][0]["constraint"]:
        left = one["leftOperand"]
        one["leftOperand"] = left.replace("tq:", "urn:tongqu:odrl:1:") if ":" in left else f"odrl:{left}"
        one["operator"] = f"http://www.w3.org/ns/odrl/2/{one['operator']}"
    assert read(document) == WHOLE


# -- words and differences -------------------------------------------------------------------------------------------


def test_every_term_is_said_in_both_languages() -> None:
    said = WHOLE.sentences()
    assert len(said) == len(ALL) + 2 + 3
    assert all(one.zh.endswith("。") and one.en.endswith(".") for one in said)
    assert said[3].zh == "最多调用 1,000 次。"
    assert "30 日内删除" in said[-2].zh


def test_what_is_not_understood_is_said_to_be_refused() -> None:
    odd = replace(WHOLE, constraints=(Term("industry", "eq", ("banking",)),), obligations=(Duty("inform"),))
    assert [one.zh for one in odd.sentences()].count("") == 0
    assert sum("拒绝一切调用" in one.zh for one in odd.sentences()) == 2


def test_a_counter_offer_is_told_line_by_line() -> None:
    before = with_only(ForPurposes(("research",)), CallsAtMost(100), WithinRegions(("420000",)))
    after = replace(
        with_only(ForPurposes(("planning",)), CallsAtMost(200), WithinRegions(("420100",)), GroupsOf(10)),
        prohibitions=(DISTRIBUTE,),
        obligations=(Duty(DELETE, (Term.of(ForDays(10)),)),),
    )
    told = {each.term: each.direction for each in differences(before, after)}
    assert told == {
        "purpose": "other", "count": "looser", "spatial": "tighter", "tq:groupSize": "tighter", "derive": "looser",
        "delete": "tighter", "watermark": "looser", "tq:acknowledge": "looser",
    }  # fmt: skip
    assert differences(before, before) == []
