"""The evidence log: an act is kept, gets its place, and can be proven to somebody who trusts only a key."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.evidence import BadFact, NewFact
from tongqu.wire import merkle, notes, proofs, tiles
from tongqu.wire.canonical import NotCanonical

AT = datetime(2026, 3, 1, 9, 30, 0, 4, tzinfo=UTC)
ACTOR = {"kind": "person", "party": 7, "person": 12}


def fact(subject_id: int = 7, act: str = "offer", **body: Any) -> NewFact:
    return NewFact(
        at=AT + timedelta(seconds=subject_id),
        procedure="negotiation",
        act=act,
        subject_id=subject_id,
        actor=ACTOR,
        body=body or {"price_fen": 120_000, "note": "示例报价"},
    )


def keep(count: int) -> list[int]:
    with transaction.atomic():
        return [evidence.append(fact(n)) for n in range(count)]


def log_key() -> str:
    found = evidence.published("key")
    assert found is not None
    return found.content.decode().strip()


@pytest.mark.django_db
def test_an_act_is_kept_and_followed_as_it_was() -> None:
    fact_id = evidence.append(fact())
    assert evidence.follow(-1, 10) == []
    assert evidence.waiting() == 1
    assert evidence.integrate() == 1
    assert evidence.waiting() == 0
    (kept,) = evidence.follow(-1, 10)
    assert (kept.position, kept.id, kept.at) == (0, fact_id, fact().at)
    assert (kept.procedure, kept.act, kept.subject_id) == ("negotiation", "offer", 7)
    assert (kept.actor, kept.body) == (ACTOR, {"price_fen": 120_000, "note": "示例报价"})


@pytest.mark.django_db
def test_an_act_costs_one_statement() -> None:
    with CaptureQueriesContext(connection) as sent:
        evidence.append(fact())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bedrock_fact JOIN bedrock_fresh ON fact_id = id")
        assert cursor.fetchone() == (1,)
    assert len(sent) == 1


@pytest.mark.django_db(transaction=True)
def test_a_fact_without_its_act_is_refused() -> None:
    with pytest.raises(evidence.NoTransaction):
        evidence.append(fact())


@pytest.mark.django_db(transaction=True)
def test_a_fact_goes_with_its_act() -> None:
    def act_that_fails() -> None:
        with transaction.atomic():
            evidence.append(fact())
            raise LookupError

    with pytest.raises(LookupError):
        act_that_fails()
    assert evidence.waiting() == 0
    assert evidence.integrate() == 0
    assert evidence.follow(-1, 10) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (fact(price=1.5), NotCanonical),
        (fact(price=datetime.now(UTC)), NotCanonical),
        (fact(note="a\x00b"), BadFact),
        (fact(notes=[{"a\x00": 1}]), BadFact),
    ],
)
def test_what_could_not_be_proven_later_is_refused_now(wrong: NewFact, error: type[Exception]) -> None:
    with pytest.raises(error):
        evidence.append(wrong)


@pytest.mark.django_db
def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(BadFact):
        evidence.append(NewFact(datetime(2026, 3, 1), "negotiation", "offer", 7, ACTOR, {}))


@pytest.mark.django_db
def test_text_that_only_looks_like_a_null_is_kept() -> None:
    fact_id = evidence.append(fact(note="\\u0000"))
    evidence.integrate()
    assert evidence.prove(fact_id)["envelope"]["body"] == {"note": "\\u0000"}


@pytest.mark.django_db
def test_places_are_dense_and_pages_join() -> None:
    keep(25)
    assert [evidence.integrate(limit=10) for _ in range(4)] == [10, 10, 5, 0]
    pages, after = [], -1
    while page := evidence.follow(after, 7):
        pages.append([kept.position for kept in page])
        after = pages[-1][-1]
    assert pages == [list(range(n, min(n + 7, 25))) for n in (0, 7, 14, 21)]


@pytest.mark.django_db
def test_a_subject_has_its_story_before_and_after_sequencing() -> None:
    with transaction.atomic():
        evidence.append(fact(7, "request"))
        evidence.append(fact(8, "request"))
        evidence.append(fact(7, "offer"))
    assert [(kept.act, kept.position) for kept in evidence.facts_of("negotiation", 7)] == [
        ("request", None), ("offer", None),
    ]  # fmt: skip
    evidence.integrate()
    evidence.append(fact(7, "accept"))
    story = evidence.facts_of("negotiation", 7)
    assert [(kept.act, kept.position) for kept in story] == [("request", 0), ("offer", 2), ("accept", None)]
    assert evidence.facts_of("negotiation", 7, after=story[0].id, limit=1) == story[1:2]
    assert evidence.facts_of("transfer", 7) == []


@pytest.mark.django_db
def test_a_long_story_is_told_from_its_end_and_what_repeats_as_one() -> None:
    with transaction.atomic():
        evidence.append(fact(7, "start"))
        metered = [evidence.append(fact(7, "meter")) for _ in range(1_200)]
        evidence.append(fact(7, "suspend"))
        evidence.append(fact(7, "meter"))
        evidence.append(fact(8, "meter"))
        last = evidence.append(fact(7, "stop"))
    told = evidence.story("negotiation", 7, folding={"meter"}, limit=4)
    assert [(one.last.act, one.count) for one in told.passages] == [
        ("stop", 1), ("meter", 1), ("suspend", 1), ("meter", 1_200),
    ]  # fmt: skip
    assert (told.total, told.facts, told.passages[0].last.id) == (5, 1_204, last)
    assert (told.passages[3].first.id, told.passages[3].last.id) == (metered[0], metered[-1])
    earlier = evidence.story("negotiation", 7, folding={"meter"}, offset=4, limit=4)
    assert [(one.last.act, one.count) for one in earlier.passages] == [("start", 1)]
    assert evidence.story("negotiation", 7).total == 1_204
    assert evidence.story("negotiation", 9) == evidence.Story((), 0, 0)
    assert [one.act for one in evidence.outline("negotiation", 7)] == ["start", "meter", "suspend", "meter", "stop"]
    assert [one.id for one in evidence.facts_of("negotiation", 7, offset=1_203)] == [last]
    assert [one.act for one in evidence.facts_of("negotiation", 7, acts={"stop", "start"})] == ["start", "stop"]


@pytest.mark.django_db
def test_facts_are_found_by_what_they_name() -> None:
    with transaction.atomic():
        evidence.append(fact(7, "offer", paper="ab" * 32))
        wanted = evidence.append(fact(7, "object", paper="cd" * 32))
    assert [one.id for one in evidence.facts_of("negotiation", 7, naming="cd" * 32)] == [wanted]
    assert evidence.facts_of("negotiation", 7, acts={"offer"}, naming="cd" * 32) == []
    assert evidence.facts_of("negotiation", 7, naming="%") == []


@pytest.mark.django_db
def test_a_fact_is_proven_to_one_who_trusts_only_the_key() -> None:
    ids = keep(300)
    while evidence.integrate(limit=90):
        pass
    for place in (0, 255, 256, 299):
        document = json.loads(json.dumps(evidence.prove(ids[place])))
        verified = proofs.verify_proof(document, log_key())
        assert (verified.index, verified.size) == (place, 300)
        assert verified.envelope["subject"] == str(place)
        assert verified.envelope["actor"] == ACTOR


@pytest.mark.django_db
def test_an_old_proof_still_holds_when_the_log_has_grown() -> None:
    (first,) = keep(1)
    evidence.integrate()
    document = evidence.prove(first)
    keep(10)
    evidence.integrate()
    assert proofs.verify_proof(document, log_key()).size == 1
    assert proofs.verify_proof(evidence.prove(first), log_key()).size == 11


@pytest.mark.django_db
def test_what_has_no_place_has_no_proof_yet() -> None:
    (waiting,) = keep(1)
    with pytest.raises(evidence.NotSequenced):
        evidence.prove(waiting)
    evidence.integrate()
    evidence.prove(waiting)
    with pytest.raises(evidence.NoSuchFact):
        evidence.prove(waiting + 1)


@pytest.mark.django_db
def test_the_same_act_twice_leaves_different_digests() -> None:
    """The salt: who guesses a short body cannot confirm the guess from the public log."""
    evidence.append(fact(1))
    evidence.append(fact(1))
    evidence.integrate()
    bundle = evidence.published("tile/entries/000.p/2")
    assert bundle is not None
    first, second = tiles.unbundle(bundle.content)
    assert first != second


def _get(path: str) -> bytes:
    found = evidence.published(path)
    assert found is not None, path
    return found.content


@pytest.mark.django_db
def test_a_stranger_rebuilds_the_log_from_what_is_published() -> None:
    """Checkpoint, tiles and bundles alone, as an auditor fetches them; and an old checkpoint is its beginning."""
    keep(600)
    evidence.integrate(limit=100)
    key = notes.parse_vkey(log_key())
    old = notes.open_checkpoint(_get("checkpoint").decode(), key)
    while evidence.integrate(limit=300):
        pass
    new = notes.open_checkpoint(_get("checkpoint").decode(), key)
    assert (old.size, new.size) == (100, 600)

    entries = [e for n in ("000", "001", "002.p/88") for e in tiles.unbundle(_get(f"tile/entries/{n}"))]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    assert merkle.root(600, merkle.in_memory(leaves)) == new.root
    read = tiles.subtree_reader(lambda tile: _get(f"tile/{tile.path}"), new.size)
    assert merkle.root(600, read) == new.root
    merkle.verify_consistency(old.size, new.size, old.root, new.root, merkle.consistency_proof(100, 600, read))
    assert b"".join(leaves[:256]) == _get("tile/0/000")
    assert _get("tile/0/000.p/17") == _get("tile/0/000")[: 17 * 32]


@pytest.mark.django_db
def test_what_the_log_does_not_have_is_not_found() -> None:
    assert evidence.published("checkpoint") is None
    keep(300)
    evidence.integrate()
    for path in ("", "tile/", "tile/0/001", "tile/0/001.p/45", "tile/1/000.p/2", "tile/2/000.p/1", "tile/entries/002",
                 "tile/0/000/", "tile/1/x001/000", "tile/63/000", "keys", "../secret"):  # fmt: skip
        assert evidence.published(path) is None, path
    tile, note = evidence.published("tile/1/000.p/1"), evidence.published("checkpoint")
    assert tile is not None
    assert note is not None
    assert (tile.immutable, tile.content_type) == (True, "application/octet-stream")
    assert (note.immutable, note.content_type) == (False, "text/plain; charset=utf-8")


@pytest.mark.django_db
def test_an_empty_log_signs_that_it_is_empty() -> None:
    assert evidence.checkpoint() is None
    assert evidence.integrate() == 0
    first = evidence.checkpoint()
    assert first is not None
    assert (first.number, first.size, first.root) == (0, 0, merkle.EMPTY_ROOT)
    evidence.integrate()
    assert evidence.checkpoint() == first  # nothing new, nothing signed


@pytest.mark.django_db
def test_a_new_key_signs_at_once_and_the_old_checkpoints_remain(settings: Any, tmp_path: Any) -> None:
    from tongqu.exchange.bedrock import keys

    (first,) = keep(1)
    evidence.integrate()
    old_key = log_key()
    settings.KEYS_ROOT = tmp_path
    keys.ensure("log")
    evidence.integrate()
    assert log_key() != old_key
    assert proofs.verify_proof(evidence.prove(first), log_key()).trusted
    assert [fault.code for fault in evidence.audit()] == ["checkpoint-unknown-key"]
    assert evidence.audit(trusted_vkeys=[old_key]) == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["fact", "leaf", "tile", "checkpoint"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "DELETE FROM {} WHERE false", "TRUNCATE {}"]
)
def test_the_database_refuses_to_change_what_is_kept(table: str, change: str) -> None:
    column = {"fact": "act", "leaf": "position", "tile": "level", "checkpoint": "note"}[table]
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(f"bedrock_{table}", column, column))


@pytest.mark.django_db
def test_the_models_are_refused_too() -> None:
    from tongqu.exchange.bedrock.models import Fact

    evidence.append(fact())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Fact.objects.update(act="accept")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Fact.objects.all().delete()
    row = Fact.objects.get()
    assert row.body == {"price_fen": 120_000, "note": "示例报价"}
