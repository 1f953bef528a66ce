"""Messages on the wire are read strictly: what is not exactly a known message is refused, every fault by its name."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.wire.blinding import BlindingKey
from tongqu.wire.canonical import canonical
from tongqu.wire.lease import Lease
from tongqu.wire.measures import (
    Band,
    DeidentificationMeasured,
    DeidentificationOrder,
    Hiding,
    QualityMeasured,
    QualityOrder,
    QualityRule,
    QuasiIdentifier,
    RuleMeasured,
    SensitiveMeasured,
    Step,
)
from tongqu.wire.message import BadMessage, Message, moment_of, moment_text, open_sealed, seal_message
from tongqu.wire.permit import Permit, new_token, token_digest
from tongqu.wire.query import Condition, Ordering, Parameter, Query, QueryAnswer, Returned, RowsFor
from tongqu.wire.receipt import (
    Answer,
    CountAnswer,
    Receipt,
    answer_digest,
    quick_bytes,
    request_digest,
    verification_request,
)
from tongqu.wire.seals import BadSeal, Ed25519Signer
from tongqu.wire.source import Column, ColumnProfile, PatternFound, Profile, Question, SourceDeclaration, Title
from tongqu.wire.statement import Statement
from tongqu.wire.sync import (
    NotFresh,
    Register,
    Registered,
    StatementAck,
    SyncReply,
    SyncRequest,
    Task,
    TaskAnswer,
    check_reply_fresh,
    check_request_fresh,
    key_text,
    open_register,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SIGNER = Ed25519Signer.from_seed(bytes(range(32)))
HASH = "ab" * 32
NONCE = "0" * 32
CALL = "01234567-89ab-cdef-0123-456789abcdef"
TITLE = Title("是否逾期", "In arrears")
YES_NO = Question("arrears", TITLE, "id", "arrears", "yes_no", "eq", ("1",))
BANDS = Question("limit", TITLE, "id", "limit", "bands", edges=("-1.5", "0", "200000"))
PERMIT = Permit(
    id="permit-1",
    revision=1,
    contract="contract-1",
    node="node-1",
    source="credit",
    source_version=None,
    mode="verification",
    question=YES_NO,
    buyer="party-7",
    token_sha256=HASH,
    purposes=("信贷审批",),
    not_before=NOON,
    not_after=NOON + timedelta(days=30),
    calls_max=1_000,
    rate_per_minute=60,
    batch_max=100,
    price_micro_yuan=5_000,
    charge="asked",
    status="active",
    issued_at=NOON,
)
LEASE = Lease("node-1", NOON, NOON + timedelta(seconds=60))
RECEIPT = Receipt(
    node="node-1",
    contract="contract-1",
    permit="permit-1",
    permit_revision=1,
    sequence=1,
    previous=None,
    call=CALL,
    mode="verification",
    source="credit",
    source_version=HASH,
    purpose="信贷审批",
    request_digest=HASH,
    answer_digest=HASH,
    calls=2,
    units=1,
    at=NOON,
)
STATEMENT = Statement(
    node="node-1",
    contract="contract-1",
    number=1,
    previous=None,
    from_sequence=1,
    to_sequence=2,
    count=2,
    calls={"verification": 4},
    units={"verification": 3},
    first_at=NOON,
    last_at=NOON,
    root=HASH,
    made_at=NOON,
)
SOURCE = SourceDeclaration(
    source="credit",
    title=TITLE,
    format="csv",
    source_version=HASH,
    bytes=10,
    rows=1,
    columns=(Column("id", "text"), Column("额度", "number")),
    key_column="id",
    modes=("verification", "dataset"),
    questions=(YES_NO, BANDS),
    loaded_at=NOON,
)
PROFILE = Profile(
    source="credit",
    source_version=HASH,
    rows=1,
    columns=(ColumnProfile("id", "text", 0, None, None, None, 1, 18, guarded=True),),
    small_counts=5,
    measured_at=NOON,
)
REQUEST = SyncRequest(
    node="node-1",
    sequence=7,
    nonce=NONCE,
    at=NOON,
    software="tongqu-node 0.1.0",
    address=None,
    permit_cursor=3,
    statements=(seal_message(STATEMENT, SIGNER),),
    sources=(SOURCE,),
    answers=(TaskAnswer("t1", done=True, profile=PROFILE), TaskAnswer("t2", done=False, code="source-unknown")),
)
QUALITY = QualityMeasured(
    "credit", HASH, 9, (RuleMeasured("r1", 9, 1, 4), RuleMeasured("r2", None, None, None)), 5, NOON
)
HIDING = Hiding(
    9, 2, 4, 0, 2_500, 2_223, (Band(1, 1, 0), Band(50, None, None)), (SensitiveMeasured("额度", True, 2, 30),)
)
HIDDEN = DeidentificationMeasured(
    "credit", HASH, 9, HIDING, HIDING, (Step("interval", width="5"),), None, True, 3, 5, NOON
)
QUALITY_ORDER = QualityOrder(
    "credit",
    (QualityRule("r1", "required", ("id",)), QualityRule("r2", "range", ("额度",), low="0", high="2026-01-31")),
)
HIDING_ORDER = DeidentificationOrder(
    "credit", "id", (QuasiIdentifier("额度", (Step("keep"), Step("interval", width="5"))),), (), 5, 500
)
FOUND = ColumnProfile(
    "id", "text", 0, None, None, None, 1, 18, True, (PatternFound("id_card", 9), PatternFound("ip", None))
)
TASK = Task("t3", "quality", quality=QUALITY_ORDER)
TASK_TOO = Task("t4", "deidentification", deidentification=HIDING_ORDER)
REPLY = SyncReply(
    node="node-1",
    sequence=7,
    nonce=NONCE,
    at=NOON,
    lease=seal_message(LEASE, SIGNER),
    permits=(seal_message(PERMIT, SIGNER),),
    permit_cursor=4,
    more=True,
    tasks=(Task("t1", "profile", source="credit"), Task("t2", "statement", contract="contract-1")),
    acks=(StatementAck("contract-1", 1, HASH), StatementAck("contract-1", 2, HASH, "sequence-gap")),
)
REGISTER = Register("one-time-enrolment-key", "示例节点", key_text(SIGNER.public_bytes), "tongqu-node", NONCE, NOON)
REGISTERED = Registered("node-1", key_text(SIGNER.public_bytes), NONCE, NOON)
ANSWER = Answer(CALL, "arrears", ("yes", "no"), HASH, NONCE, seal_message(RECEIPT, SIGNER))

QUERY = Query(
    "by-city", TITLE,
    (
        Parameter("city", TITLE, "城市", "text", "eq", required=True, allowed=("武汉", "襄阳")),
        Parameter("since", TITLE, "day", "date", "ge", least="2026-01-01", most="2026-12-31"),
        Parameter("fee", TITLE, "fee", "number", "le", unmasks=True),
    ),
    (
        Returned("城市", TITLE), Returned("day", TITLE), Returned("fee", TITLE, "band", edges=("0", "10.5")),
        Returned("id", TITLE, "last", 4),
    ),
    (Condition("age", "ge", ("18",)),), (RowsFor("research", ()), RowsFor("planning", (Condition("ward", "in", ("1", "2")),))),
    (Ordering("day", descending=True),),
)  # fmt: skip
ASKING = replace(PERMIT, id="permit-3", mode="api", question=None, query=QUERY, charge="rows")
PAGE = QueryAnswer(
    CALL,
    "by-city",
    ("城市", "fee"),
    (("武汉", 1), (None, True)),
    "next",
    False,
    HASH,
    NONCE,
    seal_message(RECEIPT, SIGNER),
)
COUNTED = CountAnswer(CALL, "arrears", {"yes": 12, "no": None}, 5, HASH, NONCE, seal_message(RECEIPT, SIGNER))

EVERY: list[Message] = [
    QUERY, ASKING, PAGE, COUNTED, BlindingKey("node-1", HASH), replace(SOURCE, queries=(QUERY,)),
    replace(YES_NO, least=5, blinded="required", misses_max=100),
    PERMIT, LEASE, RECEIPT, STATEMENT, SOURCE, PROFILE, REQUEST, REPLY, REGISTER, REGISTERED, ANSWER, YES_NO, BANDS,
    QUALITY, HIDDEN, QUALITY_ORDER, HIDING_ORDER, FOUND, TASK, TASK_TOO, replace(REQUEST, works=("profile", "quality")),
    TaskAnswer("t3", done=True, quality=QUALITY), TaskAnswer("t4", done=True, deidentification=HIDDEN),
]  # fmt: skip


def faults(kind: type[Message], body: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadMessage) as caught:
        kind.from_json(body)
    assert all(fault.words.zh and fault.words.en for fault in caught.value.faults)
    return [(fault.path, fault.code) for fault in caught.value.faults]


@pytest.mark.parametrize("told", EVERY, ids=lambda each: each.KIND)
def test_a_message_comes_back_as_it_was_told(told: Message) -> None:
    body = json.loads(canonical(told.to_json()))
    assert type(told).from_json(body) == told
    assert open_sealed(type(told), json.loads(json.dumps(seal_message(told, SIGNER))), SIGNER.public_bytes) == told


@pytest.mark.parametrize("told", EVERY, ids=lambda each: each.KIND)
def test_another_version_kind_or_field_is_refused(told: Message) -> None:
    body, kind = told.to_json(), type(told)
    assert faults(kind, {**body, "version": 2}) == [(f"{kind.KIND}.version", "unknown-version")]
    assert faults(kind, {**body, "version": True}) == [(f"{kind.KIND}.version", "unknown-version")]
    assert faults(kind, {**body, "kind": "other"}) == [(f"{kind.KIND}.kind", "unknown-kind")]
    assert faults(kind, {**body, "extra": 1}) == [(f"{kind.KIND}.extra", "unknown-field")]
    for not_an_object in ([], None, "x", 1):
        assert faults(kind, not_an_object) == [(kind.KIND, "not-an-object")]


@pytest.mark.parametrize("told", EVERY, ids=lambda each: each.KIND)
@given(junk=st.sampled_from([None, True, -1, 2**60, 1.5, "", "x" * 5_000, "\ud800", [], {}, [None], {"a": 1}]))
def test_no_junk_in_a_field_gets_past_or_breaks_the_reader(told: Message, junk: Any) -> None:
    for field in type(told).FIELDS:
        body = {**told.to_json(), field: junk}
        try:
            read = type(told).from_json(body)
        except BadMessage as error:
            assert all(fault.path.startswith(type(told).KIND) for fault in error.faults)  # noqa: PT017
        else:
            canonical(read.to_json())


def test_what_came_later_is_left_out_where_it_says_nothing() -> None:
    """An exchange and a node of different age understand each other, and what was sealed before keeps its digest."""
    assert "works" not in REQUEST.to_json()
    assert not {"query", "scoring", "report"} & set(PERMIT.to_json())
    assert not {"least", "blinded", "misses_max"} & set(YES_NO.to_json())
    assert not {"queries", "scorings", "reports"} & set(SOURCE.to_json())
    assert "patterns" not in PROFILE.to_json()["columns"][0]
    assert set(REPLY.to_json()["tasks"][0]) == {"kind", "version", "id", "work", "source", "contract"}
    assert set(REQUEST.to_json()["answers"][0]) == {"kind", "version", "task", "done", "code", "profile"}
    assert SyncRequest.from_json(REQUEST.to_json()).works == ()


def test_a_pattern_is_told_once() -> None:
    body = replace(FOUND, patterns=(PatternFound("ip", 5), PatternFound("ip", 6))).to_json()
    assert faults(ColumnProfile, body) == [("column-profile.patterns", "contradiction")]


@pytest.mark.parametrize("told", [(9, 5, 4), (9, 0, 10), (9, None, None), (None, 0, 0)])
def test_a_rule_tells_all_its_counts_or_none(told: tuple[int | None, int | None, int | None]) -> None:
    assert faults(RuleMeasured, RuleMeasured("r1", *told).to_json())


def test_every_fault_is_named_at_once_and_no_value_is_repeated() -> None:
    body = PERMIT.to_json()
    del body["contract"]
    body |= {
        "calls_max": "SECRET-VALUE",
        "mode": "SECRET-VALUE",
        "purposes": ["SECRET-VALUE", 7],
        "not_after": "SECRET",
    }
    body["question"] = {**body["question"], "values": []}
    found = faults(Permit, body)
    assert found == [
        ("permit.contract", "missing"),
        ("permit.mode", "not-a-choice"),
        ("permit.question.values", "contradiction"),
        ("permit.purposes[1]", "not-text"),
        ("permit.not_after", "not-a-moment"),
        ("permit.calls_max", "not-whole"),
    ]
    with pytest.raises(BadMessage) as caught:
        Permit.from_json(body)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("bent", "field"),
    [
        (replace(PERMIT, not_after=NOON), "not_after"),
        (replace(PERMIT, question=None), "question"),
        (replace(PERMIT, mode="dataset", question=None), "source_version"),
        (replace(PERMIT, mode="dataset", question=None, source_version=HASH), "batch_max"),
        (replace(PERMIT, mode="dataset", question=None, source_version=HASH, batch_max=1, charge="found"), "charge"),
        (replace(ASKING, mode="verification"), "question"),
        (replace(ASKING, question=YES_NO), "question"),
        (replace(ASKING, query=None), "query"),
        (replace(PERMIT, charge="rows"), "charge"),
        (replace(PERMIT, question=replace(YES_NO, least=5, misses_max=100), charge="found"), "charge"),
        (replace(QUERY, columns=QUERY.columns[1:]), "parameters[0].unmasks"),
        (replace(QUERY, columns=QUERY.columns[:1] + QUERY.columns[2:]), "parameters[1].unmasks"),
        (replace(QUERY, columns=(*QUERY.columns, QUERY.columns[0])), "columns"),
        (replace(QUERY, columns=(*QUERY.columns, Returned("城市", TITLE, "hash"))), "parameters[0].unmasks"),
        (replace(QUERY, order=(Ordering("fee"),)), "order[0].column"),
        (replace(QUERY, parameters=QUERY.parameters[1:]), "open"),
        (replace(QUERY, rows_max=99), "rows_max"),
        (replace(QUERY, rows=(RowsFor("a", ()), RowsFor("a", ()))), "rows"),
        (Parameter("a", TITLE, "a", "flag", "lt"), "compare"),
        (Parameter("a", TITLE, "a", "number", "starts"), "compare"),
        (Parameter("a", TITLE, "a", "number", "ge", least="2", most="1"), "least"),
        (Parameter("a", TITLE, "a", "text", "eq", least="2"), "least"),
        (Parameter("a", TITLE, "a", "date", "ge", most="tomorrow"), "least"),
        (Returned("a", TITLE, "as_it_is", 4), "chars"),
        (Returned("a", TITLE, "band"), "edges"),
        (Condition("a", "eq", ("1", "2")), "values"),
        (replace(LEASE, until=NOON), "until"),
        (replace(RECEIPT, previous=HASH), "previous"),
        (replace(RECEIPT, sequence=2), "previous"),
        (replace(RECEIPT, units=3), "units"),
        (replace(STATEMENT, count=3), "count"),
        (replace(STATEMENT, from_sequence=2), "from_sequence"),
        (replace(STATEMENT, units={"verification": 5}), "units"),
        (replace(STATEMENT, last_at=NOON - timedelta(seconds=1)), "last_at"),
        (replace(YES_NO, edges=("1",)), "edges"),
        (replace(YES_NO, values=("1", "2")), "values"),
        (replace(BANDS, edges=("2", "10", "9")), "edges"),
        (replace(BANDS, edges=("1", "1.0")), "edges"),
        (replace(BANDS, edges=()), "edges"),
        (Task("t", "profile"), "source"),
        (Task("t", "statement", source="credit", contract="c"), "source"),
        (TaskAnswer("t", done=True, code="x"), "code"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(bent: Message, field: str) -> None:
    found = faults(type(bent), bent.to_json())
    assert (f"{type(bent).KIND}.{field}", "contradiction") in found


@pytest.mark.parametrize("name", ["", "../etc", "a/b", "a b", "-a", "a\n", "x" * 101, "名"])
def test_an_identifier_is_safe_in_a_path_a_log_and_a_header(name: str) -> None:
    assert faults(Permit, {**PERMIT.to_json(), "id": name})[0][0] == "permit.id"


# -- seals -------------------------------------------------------------------------------------------------------------


def test_one_changed_value_breaks_the_seal() -> None:
    sealed = seal_message(PERMIT, SIGNER)
    for field in PERMIT.to_json():
        bent = copy.deepcopy(sealed)
        bent["body"][field] = "bent"
        with pytest.raises(BadSeal):
            open_sealed(Permit, bent, SIGNER.public_bytes)


def test_a_seal_of_another_key_or_message_does_not_fit() -> None:
    sealed = seal_message(PERMIT, SIGNER)
    with pytest.raises(BadSeal):
        open_sealed(Permit, sealed, Ed25519Signer.generate().public_bytes)
    with pytest.raises(BadSeal):
        open_sealed(Permit, {**sealed, "seal": seal_message(LEASE, SIGNER)["seal"]}, SIGNER.public_bytes)
    with pytest.raises(BadMessage):
        open_sealed(Lease, sealed, SIGNER.public_bytes)


@pytest.mark.parametrize(
    "rubbish",
    [None, [], {}, {"body": {}}, {"body": [], "seal": {}}, {"body": {}, "seal": {"alg": 1, "key": 2, "sig": 3}}, "x"],
)
def test_what_is_not_an_envelope_is_a_bad_message(rubbish: Any) -> None:
    with pytest.raises(BadMessage):
        open_sealed(Permit, rubbish, SIGNER.public_bytes)


def test_a_body_that_cannot_be_canonical_is_a_bad_seal() -> None:
    sealed = {**seal_message(PERMIT, SIGNER), "body": {"a": 1.5}}
    with pytest.raises(BadSeal):
        open_sealed(Permit, sealed, SIGNER.public_bytes)


def test_a_registration_vouches_for_its_own_key_only() -> None:
    assert open_register(seal_message(REGISTER, SIGNER)) == REGISTER
    with pytest.raises(BadSeal):
        open_register(seal_message(REGISTER, Ed25519Signer.generate()))
    for rubbish in (None, {}, {"body": None, "seal": {}}, {"body": REGISTER.to_json(), "seal": 1}):
        with pytest.raises(BadMessage):
            open_register(rubbish)


# -- freshness ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_sequence", "seconds_apart", "code"),
    [
        (6, 0, None),
        (7, 0, "replayed"),
        (8, 0, "replayed"),
        (6, 300, None),
        (6, 300.001, "clock-skew"),
        (6, -301, "clock-skew"),
    ],
)
def test_a_sync_request_is_taken_once_and_in_time(last_sequence: int, seconds_apart: float, code: str | None) -> None:
    now = NOON + timedelta(seconds=seconds_apart)
    if code is None:
        check_request_fresh(REQUEST, last_sequence=last_sequence, now=now)
        return
    with pytest.raises(NotFresh) as caught:
        check_request_fresh(REQUEST, last_sequence=last_sequence, now=now)
    assert caught.value.code == code


@pytest.mark.parametrize("change", [{"nonce": "1" * 32}, {"sequence": 6}, {"node": "node-2"}])
def test_an_answer_to_another_question_is_not_mine(change: dict[str, Any]) -> None:
    check_reply_fresh(REPLY, request=REQUEST, now=NOON)
    with pytest.raises(NotFresh) as caught:
        check_reply_fresh(replace(REPLY, **change), request=REQUEST, now=NOON)
    assert caught.value.code == "not-my-answer"


# -- moments, tokens, digests ------------------------------------------------------------------------------------------


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)), st.integers(-14, 14))
def test_a_moment_is_one_text_in_whatever_zone_it_was(naive: datetime, hours: int) -> None:
    at = naive.replace(tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    assert moment_text(at) == moment_text(elsewhere)
    assert moment_of(moment_text(elsewhere)) == at


@pytest.mark.parametrize(
    "text", ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+08:00", "2026-13-01T00:00:00Z"]
)
def test_a_moment_without_its_zone_or_place_in_the_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        moment_of(text)


def test_a_token_opens_only_its_own_permit() -> None:
    token, other = new_token(), new_token()
    permit = replace(PERMIT, token_sha256=token_digest(token))
    assert token != other
    assert len(token) == 46
    assert permit.is_token(token)
    assert not permit.is_token(other)
    assert not permit.is_token("")


@given(st.lists(st.text(max_size=20), max_size=20), st.integers(0, 2**53), st.booleans())
def test_the_quick_bytes_are_the_canonical_bytes(texts: list[str], number: int, flag: bool) -> None:
    texts = [each.encode("utf-8", "ignore").decode() for each in texts]
    value = {"b": texts, "a": number, "c": {"z": flag, "y": None, "x": texts}}
    assert quick_bytes(value) == canonical(value)
    assert quick_bytes(RECEIPT.to_json()) == canonical(RECEIPT.to_json())


def test_without_the_salt_a_receipt_tells_nothing() -> None:
    asked = verification_request("permit-1", "信贷审批", "arrears", ["420106199001011234"])
    assert request_digest(asked, "1" * 32) != request_digest(asked, "2" * 32)
    yes = {"answers": ["yes"], "source_version": HASH}
    assert answer_digest(yes, "1" * 32) != answer_digest(yes, "2" * 32)


def test_bands_name_every_answer_from_the_lowest_up() -> None:
    assert BANDS.answers == ("unknown", "<-1.5", "[-1.5,0)", "[0,200000)", ">=200000")
    assert YES_NO.answers == ("unknown", "yes", "no")
