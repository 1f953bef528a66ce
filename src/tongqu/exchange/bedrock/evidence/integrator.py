"""The one integrator: gives committed facts their place, extends the tree and signs it, all in one transaction.

Order. Only committed facts are seen, in the order of their ids. A fact that commits late gets a late place, never one
that readers have already passed. What happened after something else (same subject, or one act caused by another)
comes after it, because its id was taken after the other had committed.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction

from tongqu.exchange.bedrock import keys
from tongqu.exchange.bedrock.evidence import tree
from tongqu.exchange.bedrock.evidence.tree import LogBroken, SignedCheckpoint
from tongqu.wire import notes
from tongqu.wire.tiles import Edge, FullTile

# Held until the transaction ends, so that two integrators can never both see the same end of the log.
_LOCK = 0x746F6E6771750001

# An array, not IN: the queue's statistics are always out of date, and a join planned by them can take for ever.
_TAKE = """
DELETE FROM bedrock_fresh
WHERE fact_id = ANY (ARRAY(SELECT fact_id FROM bedrock_fresh ORDER BY fact_id LIMIT %s))
RETURNING fact_id
"""

# The ids come as an array for the same reason: the planner knows how few they are. The left join makes a queued id
# without its fact fail on the NOT NULL hash rather than vanish from the queue.
_PLACE = """
WITH laid AS (
    INSERT INTO bedrock_leaf (position, fact_id, leaf_hash)
    SELECT %s + place - 1, taken.fact_id, sha256('\\x00'::bytea || fact.digest)
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS taken (fact_id, place)
    LEFT JOIN bedrock_fact fact ON fact.id = taken.fact_id
    RETURNING position, leaf_hash
)
SELECT leaf_hash FROM laid ORDER BY position
"""


def integrate(limit: int = 2000) -> int:
    """Place up to `limit` waiting facts; how many. 0 when none wait or another integrator is at work.

    Call it again at once while it returns `limit`. Not inside another transaction: the place must be for good when
    this returns. Raises LogBroken (nothing is placed or signed) and KeyMissing.
    """
    with transaction.atomic(durable=True):
        if not _alone():
            return 0
        last = tree.checkpoint()
        size = last.size if last else 0
        leaves = _place(limit, size)
        signer = keys.signer(tree.KEY)
        key = notes.note_key(settings.LOG_ORIGIN, signer.public_bytes)
        if leaves or last is None or last.key != key.vkey:
            edge = _edge(last, size)
            _keep_tiles(edge.append(leaves))
            here = notes.Checkpoint(settings.LOG_ORIGIN, edge.size, edge.root())
            number = last.number + 1 if last else 0
            _keep(SignedCheckpoint(number, here.size, here.root, notes.sign_checkpoint(here, signer), key.vkey))
    return len(leaves)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,))
        (held,) = cursor.fetchone()
    return bool(held)


def _place(limit: int, size: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, (limit,))
        taken = sorted(row[0] for row in cursor.fetchall())
        if not taken:
            return []
        cursor.execute(_PLACE, (size, taken))
        return [bytes(row[0]) for row in cursor.fetchall()]


def _edge(last: SignedCheckpoint | None, size: int) -> Edge:
    """The edge of the tree as stored, which must still be the one that was signed: a log never signs two stories."""
    edge = Edge.load(tree.fetch, size)
    if last is not None and edge.root() != last.root:
        raise LogBroken(f"its root at size {size} is not the one of checkpoint {last.number}")
    return edge


def _keep_tiles(tiles: list[FullTile]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            'INSERT INTO bedrock_tile (level, "index", hashes, root) VALUES (%s, %s, %s, %s)',
            [(tile.level, tile.index, b"".join(tile.hashes), tile.root) for tile in tiles],
        )


def _keep(signed: SignedCheckpoint) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bedrock_checkpoint (number, size, root, note, key) VALUES (%s, %s, %s, %s, %s)",
            (signed.number, signed.size, signed.root, signed.note, signed.key),
        )
