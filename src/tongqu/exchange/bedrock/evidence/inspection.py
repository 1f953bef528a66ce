"""The audit: walks the whole log and names every place where it no longer fits together.

Each thing is held more than once: a fact's content against its digest, the digest against its leaf, the leaf against
its tile, tiles against the tiles above, and all of it against the signed checkpoints. A changed byte breaks one of
these ties; the others say which side was changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection, transaction

from tongqu.exchange.bedrock.evidence import tree
from tongqu.exchange.bedrock.evidence.tree import SignedCheckpoint
from tongqu.exchange.bedrock.values import Words
from tongqu.wire import notes, proofs
from tongqu.wire.merkle import leaf_hash
from tongqu.wire.tiles import HEIGHT, WIDTH, Edge, FullTile, Tile, hashes

_PAGE = 500

_WORDS = {
    "fact-changed": Words("事实的内容、时间或盐值被改动过", "the fact's content, time or salt has been changed"),
    "digest-changed": Words("事实的加盐摘要被改动过", "the fact's salted digest has been changed"),
    "fact-missing": Words("日志中的事实已不存在", "a fact that the log placed is not there"),
    "fact-lost": Words("事实既未入列也不在等待", "the fact has no place and is not waiting for one"),
    "queue-unknown-fact": Words("等待队列中的编号没有对应的事实", "the queue holds a number that is no fact's"),
    "queue-repeats": Words("等待队列中的事实早已入列", "the queue holds a fact that has its place already"),
    "leaf-changed": Words("叶子哈希被改动过", "the leaf hash has been changed"),
    "leaf-missing": Words("该位置缺少叶子", "the leaf at this place is missing"),
    "leaf-beyond": Words("叶子超出了已签署的大小", "the leaf lies beyond the size that was signed"),
    "tile-changed": Words("瓦片中的哈希被改动过", "a hash in the tile has been changed"),
    "tile-root-changed": Words("瓦片的根哈希被改动过", "the root kept with the tile has been changed"),
    "tile-missing": Words("缺少瓦片", "the tile is missing"),
    "tile-beyond": Words("瓦片超出了已签署的大小", "the tile lies beyond the size that was signed"),
    "checkpoint-missing": Words("缺少检查点", "the checkpoint is missing"),
    "checkpoint-changed": Words("检查点的大小或根与其签名文本不符", "the checkpoint's size or root is not as signed"),
    "checkpoint-signature": Words("检查点的签名文本被改动过", "the checkpoint's signed note has been changed"),
    "checkpoint-key-changed": Words("检查点的公钥被改动过", "the checkpoint's verifier key has been changed"),
    "checkpoint-unknown-key": Words("检查点由未知的密钥签署", "the checkpoint is signed by another key than the log's"),
    "checkpoint-order": Words("检查点的大小倒退", "the checkpoint is smaller than the one before it"),
    "checkpoint-root": Words(
        "日志到不了该检查点签署的根：此前的内容被成套改写过",
        "the log does not lead to the root that this checkpoint signed: what lies before it has been rewritten",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One place that does not fit. `where` names it for people; the numbers say it for programs where they apply.

    `tile` is the path of a tile (`0/003`) and `slot` the hash in it; `checkpoint` is a checkpoint's number.
    """

    code: str
    fact_id: int | None = None
    position: int | None = None
    tile: str | None = None
    slot: int | None = None
    checkpoint: int | None = None

    @property
    def words(self) -> Words:
        return _WORDS[self.code]

    @property
    def where(self) -> Words:
        parts = [
            ("事实", "fact", self.fact_id),
            ("位置", "position", self.position),
            ("瓦片", "tile", self.tile),
            ("格", "slot", self.slot),
            ("检查点", "checkpoint", self.checkpoint),
        ]
        named = [(zh, en, value) for zh, en, value in parts if value is not None]
        return Words(
            "，".join(f"{zh} {value}" for zh, _, value in named),
            ", ".join(f"{en} {value}" for _, en, value in named),
        )


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf as stored, beside what its fact says: `content` is the digest recomputed from the fact's columns."""

    position: int
    fact_id: int
    leaf: bytes
    content: bytes | None
    digest: bytes | None


def audit(*, trusted_vkeys: Sequence[str] = (), limit: int = 1000) -> list[Fault]:
    """Walk the whole log; the first `limit` faults, none when all is well.

    Reads one snapshot, so acts go on meanwhile. `trusted_vkeys` are the log's earlier keys, where it was given a new
    one. An hour's work for some ten million facts: a task for the night, not for a page.
    """
    snapshot = not connection.in_atomic_block
    with transaction.atomic():
        if snapshot:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        keys = [tree.signing_key().public_bytes, *(notes.parse_vkey(vkey).public_bytes for vkey in trusted_vkeys)]
        return list(islice(_faults(keys), limit))


def _faults(keys: list[bytes]) -> Iterator[Fault]:
    walk = _Walk(_last_of_log())
    for signed, faults in _checkpoints(keys):
        yield from faults
        yield from walk.to(signed)
    yield from walk.beyond()
    yield from _queue_faults()


# --- checkpoints ------------------------------------------------------------------------------------------------------


def _checkpoints(keys: list[bytes]) -> Iterator[tuple[SignedCheckpoint, list[Fault]]]:
    """Every checkpoint in order, with what is wrong with it by itself."""
    expected, size = 0, 0
    for signed in _rows_of_checkpoints():
        faults = [Fault("checkpoint-missing", checkpoint=n) for n in range(expected, min(signed.number, expected + 10))]
        faults += _judge_checkpoint(signed, keys)
        if signed.size < size:
            faults.append(Fault("checkpoint-order", checkpoint=signed.number))
        yield signed, faults
        expected, size = signed.number + 1, max(size, signed.size)


def _rows_of_checkpoints() -> Iterator[SignedCheckpoint]:
    after = -(2**63)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT number, size, root, note, key FROM bedrock_checkpoint
                   WHERE number > %s ORDER BY number LIMIT %s""",
                (after, _PAGE),
            )
            rows = cursor.fetchall()
        for number, size, root, note, key in rows:
            yield SignedCheckpoint(number, size, bytes(root), note, key)
            after = number
        if len(rows) < _PAGE:
            return


def _judge_checkpoint(signed: SignedCheckpoint, keys: list[bytes]) -> list[Fault]:
    try:
        key = notes.parse_vkey(signed.key)
    except notes.BadNote:
        return [Fault("checkpoint-key-changed", checkpoint=signed.number)]
    if key.public_bytes not in keys:
        return [Fault("checkpoint-unknown-key", checkpoint=signed.number)]
    try:
        told = notes.open_checkpoint(signed.note, key)
    except notes.BadNote:
        return [Fault("checkpoint-signature", checkpoint=signed.number)]
    if (told.size, told.root) != (signed.size, signed.root):
        return [Fault("checkpoint-changed", checkpoint=signed.number)]
    return []


def _last_of_log() -> SignedCheckpoint | None:
    """The newest checkpoint by what its note says, which is harder to change than its columns."""
    newest = tree.checkpoint()
    if newest is None:
        return None
    try:
        text, _ = notes.split(newest.note)
        told = notes.parse_checkpoint(text)
    except notes.BadNote:
        return newest
    return SignedCheckpoint(newest.number, told.size, told.root, newest.note, newest.key)


# --- leaves and tiles -------------------------------------------------------------------------------------------------


@dataclass
class _Walk:
    """Goes through the leaves from left to right, rebuilding the tree from what it believes."""

    last: SignedCheckpoint | None
    edge: Edge = field(default_factory=Edge)
    block: list[bytes | None] = field(default_factory=list)  # the believed leaf hashes of the tile at hand
    broken: bool = False  # a leaf is unknown or a root has failed already: further roots say nothing new

    def to(self, signed: SignedCheckpoint) -> Iterator[Fault]:
        """On to a checkpoint's size, and compare the roots there."""
        size = min(signed.size, self.last.size if self.last else 0)
        while self.edge.size < size:
            if self.edge.size % WIDTH == 0:
                yield from self._open_block(self.edge.size // WIDTH)
            stop = min(size - self.edge.size // WIDTH * WIDTH, WIDTH)
            yield from self._lay(self.block[self.edge.size % WIDTH : stop])
        if not self.broken and signed.size == self.edge.size and self.edge.root() != _told_root(signed):
            self.broken = True
            yield Fault("checkpoint-root", checkpoint=signed.number)

    def _open_block(self, index: int) -> Iterator[Fault]:
        """Judge the leaves of one level-0 tile against their facts and the tile."""
        assert self.last is not None
        start, end = index * WIDTH, min((index + 1) * WIDTH, self.last.size)
        leaves = _leaves(start, end)
        tile = Tile(0, index)
        vouched = _stored_tile(tile) if end - start == WIDTH else None
        others: list[bytes] | None = vouched[0] if vouched else None
        if others is None:
            others = self._vouched_by_root([leaves.get(at) for at in range(start, end)])
        self.block = []
        for position in range(start, end):
            beside = others[position - start] if others else None
            believed, faults = judge(position, leaves.get(position), beside, tile if vouched else None)
            self.block.append(believed)
            yield from faults

    def _vouched_by_root(self, leaves: list[StoredLeaf | None]) -> list[bytes] | None:
        """The leaf hashes of an unfinished tile, if with them the tree has the root that was signed last."""
        found = [leaf.leaf for leaf in leaves if leaf]
        if self.broken or self.last is None or len(found) != len(leaves):
            return None
        trial = Edge(self.edge.size, [list(row) for row in self.edge.rows])
        trial.append(found)
        return found if trial.size == self.last.size and trial.root() == self.last.root else None

    def _lay(self, believed: Iterable[bytes | None]) -> Iterator[Fault]:
        for value in believed:
            self.broken = self.broken or value is None
            for tile in self.edge.append([value or bytes(32)]):
                yield from self._judge_tile(tile)

    def _judge_tile(self, built: FullTile) -> Iterator[Fault]:
        tile = Tile(built.level, built.index)
        stored = _stored_tile(tile)
        if stored is None:
            yield Fault("tile-missing", tile=tile.path)
            return
        if built.level:  # those of level 0 were judged beside their leaves
            for slot, (ours, theirs) in enumerate(zip(built.hashes, stored[0], strict=True)):
                if ours != theirs and not self.broken:
                    yield Fault("tile-changed", tile=tile.path, slot=slot)
        if stored[1] != built.root and not self.broken:
            yield Fault("tile-root-changed", tile=tile.path)

    def beyond(self) -> Iterator[Fault]:
        """What lies outside the signed size: leaves and tiles that nobody signed for."""
        size = self.last.size if self.last else 0
        yield from (
            Fault("leaf-beyond", position=position, fact_id=fact_id)
            for position, fact_id in _rows(
                """SELECT position, fact_id FROM bedrock_leaf
                   WHERE position < 0 OR position >= %s ORDER BY position LIMIT %s""",
                (size, _PAGE),
            )
        )
        yield from (
            Fault("tile-beyond", tile=f"{level}/{index}")
            for level, index in _rows(
                """SELECT level, "index" FROM bedrock_tile
                   WHERE level NOT BETWEEN 0 AND 6 OR "index" < 0 OR "index" >= %s::bigint >> (%s * (level + 1))
                   ORDER BY level, "index" LIMIT %s""",
                (size, HEIGHT, _PAGE),
            )
        )


def _told_root(signed: SignedCheckpoint) -> bytes:
    """The root in the signed text; the column where the text cannot be read (that is a fault of its own)."""
    try:
        return notes.parse_checkpoint(notes.split(signed.note)[0]).root
    except notes.BadNote:
        return signed.root


def judge(
    position: int, leaf: StoredLeaf | None, beside: bytes | None, tile: Tile | None
) -> tuple[bytes | None, list[Fault]]:
    """Which leaf hash to believe at a position, and what disagrees with it.

    Up to four say what it is: the fact's content, its digest, the leaf, and `beside`: the tile's hash, or the leaf's
    once the signed root has vouched for it. The majority is believed, and `beside` where there is none.
    """
    slot = position % WIDTH
    path = tile.path if tile else None
    if leaf is None:
        return beside, [Fault("leaf-missing", position=position)]
    if leaf.content is None or leaf.digest is None:
        faults = [Fault("fact-missing", position=position, fact_id=leaf.fact_id)]
        by_content = by_digest = None
    else:
        faults = []
        by_content, by_digest = leaf_hash(leaf.content), leaf_hash(leaf.digest)
    believed = _majority([beside, leaf.leaf, by_digest, by_content])
    if path and beside != believed:
        faults.append(Fault("tile-changed", position=position, tile=path, slot=slot))
    if leaf.leaf != believed:
        faults.append(Fault("leaf-changed", position=position, fact_id=leaf.fact_id))
    if by_content is not None and by_content != believed:
        faults.append(Fault("fact-changed", position=position, fact_id=leaf.fact_id))
    elif by_digest is not None and by_digest != believed:
        faults.append(Fault("digest-changed", position=position, fact_id=leaf.fact_id))
    return believed, faults


def _majority(voices: list[bytes | None]) -> bytes | None:
    """The most frequent; among equals the one that comes first in the list."""
    heard = Counter(voice for voice in voices if voice is not None)
    return max(heard, key=lambda voice: heard[voice]) if heard else None


# --- the queue and the rows -------------------------------------------------------------------------------------------


def _queue_faults() -> Iterator[Fault]:
    after = -(2**63)
    while True:
        rows = _rows(
            f"""SELECT fresh.fact_id, leaf.position, {_FACT} FROM bedrock_fresh fresh
                LEFT JOIN bedrock_fact fact ON fact.id = fresh.fact_id
                LEFT JOIN bedrock_leaf leaf ON leaf.fact_id = fresh.fact_id
                WHERE fresh.fact_id > %s ORDER BY fresh.fact_id LIMIT %s""",  # noqa: S608
            (after, _PAGE),
        )
        for fact_id, position, *columns in rows:
            after = fact_id
            content, digest = _digests(columns)
            if content is None:
                yield Fault("queue-unknown-fact", fact_id=fact_id)
            elif position is not None:
                yield Fault("queue-repeats", fact_id=fact_id, position=position)
            elif content != digest:
                yield Fault("fact-changed", fact_id=fact_id)
        if len(rows) < _PAGE:
            break
    yield from (
        Fault("fact-lost", fact_id=fact_id)
        for (fact_id,) in _rows(
            """SELECT id FROM bedrock_fact fact
               WHERE NOT EXISTS (SELECT FROM bedrock_leaf WHERE fact_id = fact.id)
                 AND NOT EXISTS (SELECT FROM bedrock_fresh WHERE fact_id = fact.id)
               ORDER BY id LIMIT %s""",
            (_PAGE,),
        )
    )


_FACT = "at, procedure, act, subject_id, actor::text, body::text, salt, digest"


def _rows(sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _leaves(start: int, end: int) -> dict[int, StoredLeaf]:
    rows = _rows(
        f"""SELECT leaf.position, leaf.fact_id, leaf.leaf_hash, {_FACT} FROM bedrock_leaf leaf
            LEFT JOIN bedrock_fact fact ON fact.id = leaf.fact_id
            WHERE position >= %s AND position < %s""",  # noqa: S608
        (start, end),
    )
    return {
        position: StoredLeaf(position, fact_id, bytes(leaf), *_digests(columns))
        for position, fact_id, leaf, *columns in rows
    }


def _digests(columns: list[Any]) -> tuple[bytes | None, bytes | None]:
    """The digest that a fact's columns lead to, and the one that is kept; None and None where there is no fact."""
    at, procedure, act, subject_id, actor, body, salt, digest = columns
    if at is None:
        return None, None
    envelope = proofs.envelope_bytes(
        at=proofs.moment(at),
        procedure=procedure,
        act=act,
        subject_id=subject_id,
        actor=actor.encode(),
        body=body.encode(),
    )
    return proofs.salted(bytes(salt), envelope), bytes(digest)


def _stored_tile(tile: Tile) -> tuple[list[bytes], bytes] | None:
    rows = _rows('SELECT hashes, root FROM bedrock_tile WHERE level = %s AND "index" = %s', (tile.level, tile.index))
    return (hashes(bytes(rows[0][0])), bytes(rows[0][1])) if rows else None
