"""The stored tree: its tiles as rows, its newest checkpoint, and proofs made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from tongqu.exchange.bedrock import keys
from tongqu.exchange.bedrock.values import Words
from tongqu.wire import merkle, notes, proofs
from tongqu.wire.tiles import HASH_BYTES, WIDTH, Tile, subtree_reader

KEY = "log"


class LogBroken(RuntimeError):
    """The stored log contradicts what was signed. Stop writing and run the audit: it names what was changed."""

    code = "log-broken"
    mend = Words(
        "请停止写入并运行存证核查，按其指明之处从备份恢复。",
        "Stop, run the audit, and restore what it names from a backup.",
    )

    def __init__(self, what: str) -> None:
        self.words = Words(f"存证日志与已签署的检查点不一致：{what}", f"The log contradicts what it signed: {what}")
        super().__init__(self.words.en)


class NotSequenced(LookupError):
    """There is no such fact in the log yet. The integrator places facts within a second or so: ask again."""

    code = "not-sequenced"
    mend = Words("请稍后再试。", "Try again in a moment.")

    def __init__(self, fact_id: int) -> None:
        self.words = Words(f"事实 {fact_id} 尚未入列存证日志。", f"Fact {fact_id} has no place in the log yet.")
        super().__init__(self.words.en)


class NoSuchFact(LookupError):
    """No fact has this id. Check where the id came from."""

    code = "no-such-fact"
    mend = Words("请核对编号。", "Check the number.")

    def __init__(self, fact_id: int) -> None:
        self.words = Words(f"没有编号为 {fact_id} 的事实。", f"There is no fact {fact_id}.")
        super().__init__(self.words.en)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """What the log last signed of itself. `note` is the signed text, `key` the verifier key that opens it."""

    number: int
    size: int
    root: bytes
    note: str
    key: str


def signing_key() -> notes.NoteKey:
    """The log's name and public key. Raises KeyMissing."""
    return notes.note_key(settings.LOG_ORIGIN, keys.signer(KEY).public_bytes)


def checkpoint() -> SignedCheckpoint | None:
    """The newest checkpoint; None before the integrator first ran."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, size, root, note, key FROM bedrock_checkpoint ORDER BY number DESC LIMIT 1")
        row = cursor.fetchone()
    return SignedCheckpoint(row[0], row[1], bytes(row[2]), row[3], row[4]) if row else None


def fetch(tile: Tile) -> bytes:
    """The hashes of a tile from the tables. Raises LogBroken when some are not there."""
    if tile.level is None:
        raise ValueError("a bundle of entries holds no hashes")
    start, end = tile.index * WIDTH, tile.index * WIDTH + tile.width
    if tile.full:
        sql = 'SELECT hashes FROM bedrock_tile WHERE level = %s AND "index" = %s'
        values: tuple[int, ...] = (tile.level, tile.index)
    elif tile.level == 0:
        sql = "SELECT leaf_hash FROM bedrock_leaf WHERE position >= %s AND position < %s ORDER BY position"
        values = (start, end)
    else:
        sql = """SELECT root FROM bedrock_tile
                 WHERE level = %s AND "index" >= %s AND "index" < %s ORDER BY "index" """
        values = (tile.level - 1, start, end)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        data = b"".join(row[0] for row in cursor.fetchall())
    if len(data) != tile.width * HASH_BYTES:
        raise LogBroken(f"tile {tile.path} is not whole")
    return data


def entries(tile: Tile) -> list[bytes]:
    """The entries of a bundle: the salted digests of its facts, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT digest FROM bedrock_leaf leaf JOIN bedrock_fact fact ON fact.id = leaf.fact_id
               WHERE position >= %s AND position < %s ORDER BY position""",
            (tile.index * WIDTH, tile.index * WIDTH + tile.width),
        )
        found = [bytes(row[0]) for row in cursor.fetchall()]
    if len(found) != tile.width:
        raise LogBroken(f"bundle {tile.path} is not whole")
    return found


def prove(fact_id: int) -> dict[str, Any]:
    """The proof file of a fact, against the newest checkpoint (docs/guides/evidence.md).

    It holds the fact's body: give it only to who may see the fact. Checked before it is handed out.
    Raises NoSuchFact, NotSequenced, and BadProof when the stored fact or tree has been changed.
    """
    newest = checkpoint()  # read first: whatever is read after it can only have grown
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT at, procedure, act, subject_id, actor, body, salt, leaf.position
               FROM bedrock_fact fact LEFT JOIN bedrock_leaf leaf ON leaf.fact_id = fact.id WHERE fact.id = %s""",
            (fact_id,),
        )
        row = cursor.fetchone()
    if row is None:
        raise NoSuchFact(fact_id)
    at, procedure, act, subject_id, actor, body, salt, position = row
    if newest is None or position is None or position >= newest.size:
        raise NotSequenced(fact_id)
    document = proofs.proof(
        envelope={
            "v": proofs.VERSION,
            "at": proofs.moment(at),
            "procedure": procedure,
            "act": act,
            "subject": str(subject_id),
            "actor": actor,
            "body": body,
        },
        salt=bytes(salt),
        index=position,
        path=merkle.inclusion_proof(position, newest.size, subtree_reader(fetch, newest.size)),
        checkpoint=newest.note,
        key=newest.key,
    )
    proofs.verify_proof(document, newest.key)
    return document
