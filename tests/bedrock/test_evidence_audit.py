"""Somebody with all rights to the database changes one byte. The audit finds it and says which."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from tongqu.exchange.bedrock import evidence
from tongqu.exchange.bedrock.evidence import Fault, NewFact
from tongqu.wire import proofs
from tongqu.wire.merkle import fold, leaf_hash

AT = datetime(2026, 3, 1, tzinfo=UTC)
SIZE = 300  # one full tile and 44 more
FRESH = 3
TABLES = ["fact", "leaf", "tile", "checkpoint"]


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def ids(db: None) -> Iterator[list[int]]:
    """A log of 300 facts under 13 checkpoints and three that wait; then the guards are off, as for a superuser."""

    def keep(count: int) -> list[int]:
        with transaction.atomic():
            return [
                evidence.append(
                    NewFact(AT, "negotiation", "offer", n, {"kind": "person", "party": 7, "person": 1}, {"fen": n})
                )
                for n in range(count)
            ]

    evidence.integrate()
    kept = keep(SIZE)
    while evidence.integrate(limit=25):
        pass
    kept += keep(FRESH)
    assert evidence.audit() == []
    for table in TABLES:
        sql(f"ALTER TABLE bedrock_{table} DISABLE TRIGGER USER")
    yield kept
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        sql(f"ALTER TABLE bedrock_{table} ENABLE TRIGGER USER")


def flipped(column: str, at: int = 5) -> str:
    return f"set_byte({column}, {at}, get_byte({column}, {at}) # 1)"


ANOTHER_LETTER = "CASE substr(note, length(note) - 20, 1) WHEN 'A' THEN 'B' ELSE 'A' END"
"""In place of one that stands in a signature's base64."""

FACT_COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "procedure": "procedure || 'x'",
    "act": "'Offer'",
    "subject_id": "subject_id + 1000",
    "actor": "replace(actor::text, '7', '8')::json",
    "body": "replace(body::text, 'fen', 'fem')::json",
    "salt": flipped("salt"),
}


@pytest.mark.parametrize("column", FACT_COLUMNS)
@pytest.mark.parametrize("place", [0, 130, 255, 256, 299])
def test_a_changed_fact(ids: list[int], column: str, place: int) -> None:
    sql(f"UPDATE bedrock_fact SET {column} = {FACT_COLUMNS[column]} WHERE id = %s", ids[place])
    assert evidence.audit() == [Fault("fact-changed", fact_id=ids[place], position=place)]
    with pytest.raises(proofs.BadProof):
        evidence.prove(ids[place])


def test_a_space_in_the_body_is_a_change(ids: list[int]) -> None:
    sql("UPDATE bedrock_fact SET body = (body::text || ' ')::json WHERE id = %s", ids[3])
    assert evidence.audit() == [Fault("fact-changed", fact_id=ids[3], position=3)]


@pytest.mark.parametrize("column", FACT_COLUMNS)
def test_a_changed_fact_that_still_waits(ids: list[int], column: str) -> None:
    sql(f"UPDATE bedrock_fact SET {column} = {FACT_COLUMNS[column]} WHERE id = %s", ids[SIZE])
    assert evidence.audit() == [Fault("fact-changed", fact_id=ids[SIZE])]


@pytest.mark.parametrize("place", [0, 255, 256, 299])
def test_a_changed_digest(ids: list[int], place: int) -> None:
    sql(f"UPDATE bedrock_fact SET digest = {flipped('digest', 31)} WHERE id = %s", ids[place])
    assert evidence.audit() == [Fault("digest-changed", fact_id=ids[place], position=place)]


def test_a_renumbered_fact(ids: list[int]) -> None:
    sql("UPDATE bedrock_fact SET id = id + 1000000 WHERE id = %s", ids[7])
    assert evidence.audit() == [
        Fault("fact-missing", fact_id=ids[7], position=7),
        Fault("fact-lost", fact_id=ids[7] + 1_000_000),
    ]


@pytest.mark.parametrize("place", [0, 255, 256, 299])
def test_a_changed_leaf(ids: list[int], place: int) -> None:
    sql(f"UPDATE bedrock_leaf SET leaf_hash = {flipped('leaf_hash')} WHERE position = %s", place)
    assert evidence.audit() == [Fault("leaf-changed", fact_id=ids[place], position=place)]


@pytest.mark.parametrize("place", [0, 299])
def test_a_moved_leaf(ids: list[int], place: int) -> None:
    sql("UPDATE bedrock_leaf SET position = 4000 WHERE position = %s", place)
    assert evidence.audit() == [
        Fault("leaf-missing", position=place),
        Fault("leaf-beyond", position=4000, fact_id=ids[place]),
    ]


@pytest.mark.parametrize("place", [0, 299])
def test_a_leaf_hung_on_another_fact(ids: list[int], place: int) -> None:
    sql("UPDATE bedrock_leaf SET fact_id = %s WHERE position = %s", ids[SIZE], place)
    assert evidence.audit() == [
        Fault("fact-changed", fact_id=ids[SIZE], position=place),
        Fault("queue-repeats", fact_id=ids[SIZE], position=place),
        Fault("fact-lost", fact_id=ids[place]),
    ]


@pytest.mark.parametrize("slot", [0, 7, 255])
def test_a_changed_tile(ids: list[int], slot: int) -> None:
    sql(f"UPDATE bedrock_tile SET hashes = {flipped('hashes', slot * 32 + 1)}")
    assert evidence.audit() == [Fault("tile-changed", position=slot, tile="0/000", slot=slot)]


def test_a_changed_root_of_a_tile(ids: list[int]) -> None:
    sql(f"UPDATE bedrock_tile SET root = {flipped('root')}")
    assert evidence.audit() == [Fault("tile-root-changed", tile="0/000")]


@pytest.mark.parametrize("column", ["level", '"index"'])
def test_a_moved_tile(ids: list[int], column: str) -> None:
    sql(f"UPDATE bedrock_tile SET {column} = 3")
    assert [fault.code for fault in evidence.audit()] == ["tile-missing", "tile-beyond"]


@pytest.mark.parametrize("number", [0, 6, 12])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("size = size + 1", "checkpoint-changed"),
        (f"root = {flipped('root')}", "checkpoint-changed"),
        ("note = replace(note, '/log', '/lag')", "checkpoint-signature"),
        (f"note = overlay(note placing {ANOTHER_LETTER} from length(note) - 20 for 1)", "checkpoint-signature"),
        ("key = overlay(key placing '0' from position('+' in key) + 1 for 8)", "checkpoint-key-changed"),
    ],
)
def test_a_changed_checkpoint(ids: list[int], number: int, change: str, code: str) -> None:
    sql(f"UPDATE bedrock_checkpoint SET {change} WHERE number = %s", number)
    codes = [(fault.code, fault.checkpoint) for fault in evidence.audit()]
    assert (code, number) in codes
    assert {checkpoint for _, checkpoint in codes} <= {number, number + 1}  # the next may look too small


def test_a_renumbered_checkpoint(ids: list[int]) -> None:
    sql("UPDATE bedrock_checkpoint SET number = 99 WHERE number = 12")
    assert evidence.audit()[0] == Fault("checkpoint-missing", checkpoint=12)


def test_a_checkpoint_by_a_stranger(ids: list[int], settings: Any, tmp_path: Any) -> None:
    from tongqu.exchange.bedrock import keys

    mine, settings.KEYS_ROOT = settings.KEYS_ROOT, tmp_path
    keys.ensure("log")
    evidence.integrate()
    settings.KEYS_ROOT = mine
    assert evidence.audit() == [Fault("checkpoint-unknown-key", checkpoint=13)]


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("DELETE FROM bedrock_fact WHERE id = {place_3}", ["fact-missing"]),
        ("DELETE FROM bedrock_leaf WHERE position = 3", ["leaf-missing", "fact-lost"]),
        ("DELETE FROM bedrock_leaf WHERE position = 299", ["leaf-missing", "fact-lost"]),
        ("DELETE FROM bedrock_tile", ["tile-missing"]),
        ("DELETE FROM bedrock_checkpoint WHERE number = 5", ["checkpoint-missing"]),
        ("DELETE FROM bedrock_checkpoint WHERE number = 12", ["leaf-beyond"] * 25),
        ("DELETE FROM bedrock_fresh WHERE fact_id = {fresh}", ["fact-lost"]),
        ("UPDATE bedrock_fresh SET fact_id = 77777777 WHERE fact_id = {fresh}", ["queue-unknown-fact", "fact-lost"]),
        ("INSERT INTO bedrock_fresh VALUES ({place_3})", ["queue-repeats"]),
    ],
)
def test_what_is_taken_away_or_slipped_in(ids: list[int], statement: str, codes: list[str]) -> None:
    sql(statement.format(place_3=ids[3], fresh=ids[SIZE]))
    assert [fault.code for fault in evidence.audit()] == codes


def _rewrite(fact_id: int) -> bytes:
    """Another price, with a digest that fits it: what a careful forger does first."""
    ((salt, subject_id),) = sql("SELECT salt, subject_id FROM bedrock_fact WHERE id = %s", fact_id)
    actor, body = b'{"kind":"person","party":7,"person":1}', b'{"fen":1}'
    forged = proofs.salted(
        bytes(salt),
        proofs.envelope_bytes(
            at=proofs.moment(AT), procedure="negotiation", act="offer", subject_id=subject_id, actor=actor, body=body
        ),
    )
    sql("UPDATE bedrock_fact SET body = %s::json, digest = %s WHERE id = %s", body.decode(), forged, fact_id)
    return forged


@pytest.mark.parametrize("place", [130, 299])
def test_a_fact_rewritten_with_its_digest(ids: list[int], place: int) -> None:
    _rewrite(ids[place])
    assert evidence.audit() == [Fault("fact-changed", fact_id=ids[place], position=place)]


@pytest.mark.parametrize(("place", "number"), [(130, 6), (299, 12)])
def test_a_fact_rewritten_with_all_that_stands_on_it(ids: list[int], place: int, number: int) -> None:
    """Digest, leaf and tile follow; the signed checkpoints do not. The first that no longer fits dates the change."""
    leaf = leaf_hash(_rewrite(ids[place]))
    sql("UPDATE bedrock_leaf SET leaf_hash = %s WHERE position = %s", leaf, place)
    if place < 256:
        hashes = [
            bytes(row[0]) for row in sql("SELECT leaf_hash FROM bedrock_leaf WHERE position < 256 ORDER BY position")
        ]
        sql("UPDATE bedrock_tile SET hashes = %s, root = %s", b"".join(hashes), fold(hashes))
    assert evidence.audit() == [Fault("checkpoint-root", checkpoint=number)]


@pytest.mark.parametrize("place", [256, 299])
def test_the_integrator_signs_no_second_story(ids: list[int], place: int) -> None:
    sql(f"UPDATE bedrock_leaf SET leaf_hash = {flipped('leaf_hash')} WHERE position = %s", place)
    before = evidence.checkpoint()
    with pytest.raises(evidence.LogBroken):
        evidence.integrate()
    assert evidence.checkpoint() == before
    assert evidence.waiting() == FRESH


def test_two_changes_are_two_faults_and_a_limit_holds(ids: list[int]) -> None:
    sql(f"UPDATE bedrock_fact SET salt = {flipped('salt')} WHERE id IN (%s, %s)", ids[3], ids[280])
    assert [fault.position for fault in evidence.audit()] == [3, 280]
    assert [fault.position for fault in evidence.audit(limit=1)] == [3]


def test_a_fault_says_what_and_where() -> None:
    fault = Fault("tile-changed", position=7, tile="0/000", slot=7)
    assert fault.words.en == "a hash in the tile has been changed"
    assert fault.where.en == "position 7, tile 0/000, slot 7"
    assert fault.where.zh == "位置 7，瓦片 0/000，格 7"


_MADE_BY_THE_DATABASE = """
WITH made AS (SELECT n, sha256(n::text::bytea) AS salt FROM generate_series(1, 66000) n), fact AS (
    INSERT INTO bedrock_fact (at, procedure, act, subject_id, actor, body, salt, digest)
    SELECT '2026-03-01T00:00:00Z', 'meter', 'count', n, '{"kind":"clock"}', ('{"n":' || n || '}')::json, salt,
           sha256(salt || convert_to(
               '{"act":"count","actor":{"kind":"clock"},"at":"2026-03-01T00:00:00.000000Z","body":{"n":' || n
               || '},"procedure":"meter","subject":"' || n || '","v":1}', 'UTF8'))
    FROM made ORDER BY n RETURNING id
)
INSERT INTO bedrock_fresh SELECT id FROM fact
"""


@pytest.mark.slow
@pytest.mark.django_db
def test_a_tile_above_the_leaves() -> None:
    """66,000 facts, made by the database itself: its envelope and ours are the same bytes, or all would be faults."""
    sql(_MADE_BY_THE_DATABASE)
    sql("ANALYZE bedrock_fact")
    assert evidence.integrate(limit=70_000) == 66_000
    sql("ANALYZE bedrock_leaf")
    assert evidence.audit() == []
    assert evidence.follow(65_999 - 1, 10)[0].subject_id == 66_000
    proofs.verify_proof(evidence.prove(evidence.follow(65_540, 1)[0].id))
    sql("ALTER TABLE bedrock_tile DISABLE TRIGGER USER")
    sql(f"UPDATE bedrock_tile SET hashes = {flipped('hashes', 32 * 200)} WHERE level = 1")
    assert evidence.audit() == [Fault("tile-changed", tile="1/000", slot=200)]
    sql(f"UPDATE bedrock_tile SET hashes = {flipped('hashes', 32 * 200)}, root = {flipped('root')} WHERE level = 1")
    assert evidence.audit() == [Fault("tile-root-changed", tile="1/000")]
