"""What the journal says, in a form that can be asked: every call, the ends of chains, what permits have used.

Made from the journal and made again whenever it is missing or behind; nothing in it is a truth of its own, save which
statements the exchange has acknowledged, and forgetting that only sends them again.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from tongqu.node.meters import blocks, callkeys, ends
from tongqu.node.meters.blocks import Blocks, microseconds_of, moment_at
from tongqu.node.meters.callkeys import CallKeys
from tongqu.node.meters.ends import CARRIED, End
from tongqu.node.meters.journal import Journal, Place
from tongqu.node.meters.layout import ALONE, Share
from tongqu.node.meters.readers import Reader, Readers
from tongqu.node.meters.round import Round
from tongqu.node.meters.seen import Seen, seen_hash
from tongqu.node.receipts import Counted, Given, Head
from tongqu.wire import merkle
from tongqu.wire.canonical import digest
from tongqu.wire.receipt import Receipt, quick_bytes
from tongqu.wire.statement import Statement
from tongqu.wire.sync import StatementAck

SHAPE = 3
"""Of the tables. An index of another is thrown away, and all is read anew."""

_PRAGMAS = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=67108864;
"""
_SCHEMA = f"""{blocks.SCHEMA}{ends.SCHEMA}{callkeys.SCHEMA}
CREATE TABLE heads (
    contract TEXT PRIMARY KEY, sequence INTEGER NOT NULL, digest TEXT NOT NULL, at_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE used (permit TEXT PRIMARY KEY, calls INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIEW heads_now AS SELECT contract, sequence, digest, at_us FROM (
    SELECT contract, sequence, digest, at_us, max(2 * sequence + decides) FROM (
        SELECT contract, sequence, digest, at_us, 1 AS decides FROM heads
        UNION ALL SELECT contract, last, lower(hex(digest)), until_us, 0 FROM blocks WHERE id > {CARRIED})
    GROUP BY contract);
CREATE VIEW used_now AS SELECT permit, sum(calls) AS calls FROM (
    SELECT permit, calls FROM used UNION ALL SELECT permit, calls FROM blocks WHERE id > {CARRIED}) GROUP BY permit;
CREATE TABLE statements (
    contract TEXT NOT NULL, number INTEGER NOT NULL, to_sequence INTEGER NOT NULL, digest TEXT NOT NULL,
    sealed TEXT NOT NULL, settled TEXT, PRIMARY KEY (contract, number)) WITHOUT ROWID;
CREATE INDEX statements_unsettled ON statements (contract, number) WHERE settled IS NULL;
CREATE INDEX statements_refused ON statements (contract, number) WHERE settled <> 'taken';
CREATE TABLE acknowledged (
    contract TEXT PRIMARY KEY, sequence INTEGER NOT NULL, sealed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (
    contract TEXT NOT NULL, resumes_after INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (contract, resumes_after)) WITHOUT ROWID;
CREATE TABLE lost (
    contract TEXT NOT NULL, resumes_after INTEGER NOT NULL, permit TEXT NOT NULL, calls INTEGER NOT NULL,
    PRIMARY KEY (contract, resumes_after)) WITHOUT ROWID;
CREATE TABLE consented (
    contract TEXT NOT NULL, sequence INTEGER NOT NULL, told TEXT NOT NULL, PRIMARY KEY (contract, sequence)) WITHOUT ROWID;
CREATE TABLE taken_in (layout INTEGER NOT NULL);
CREATE TABLE journal_reached (
    one INTEGER PRIMARY KEY CHECK (one = 1), file INTEGER NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL);
"""  # noqa: S608 -- a constant
_REACHES = """
INSERT INTO journal_reached VALUES (1, ?, ?, ?) ON CONFLICT (one) DO UPDATE
SET file = excluded.file, offset = excluded.offset, line = excluded.line
WHERE (excluded.file, excluded.offset, excluded.line) > (journal_reached.file, journal_reached.offset, journal_reached.line)
"""
"""Not `reached`, where earlier versions look: they would take this index for their own, which says nothing to them, and give
numbers anew."""

_HEADS_IN = """
INSERT INTO heads SELECT contract, max(last), lower(hex(digest)), until_us FROM blocks WHERE id > ? AND id <= ? GROUP BY contract
ON CONFLICT (contract) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest, at_us = excluded.at_us
WHERE excluded.sequence > sequence
"""
_USED_IN = """
INSERT INTO used SELECT permit, sum(calls) FROM blocks WHERE id > ? AND id <= ? GROUP BY permit
ON CONFLICT (permit) DO UPDATE SET calls = calls + excluded.calls
"""

BATCH_ENTRIES = 5_000
LEARNT_AT_ONCE = 2_000


_LINE = re.compile(rb'\{"receipt":(\{"body":\{.+\},"seal":\{[^{}]+\}\}),"answers":"[A-Za-z0-9+/=]*"\}')
"""Inside a text of JSON no quotation mark stands without a stroke before it, so the end is the line's own."""


@dataclass(frozen=True)
class CallEntry:
    """A call as it stands in the journal: the sealed receipt, and the codes of its answers in base64."""

    envelope: dict[str, Any]
    answers: str

    @staticmethod
    def write(receipt: bytes, answers: str) -> bytes:
        """The line of a call whose envelope is written already."""
        return b'{"receipt":%b,"answers":"%b"}' % (receipt, answers.encode())

    @classmethod
    def of(cls, entry: bytes) -> CallEntry:
        values = json.loads(entry)
        return cls(values["receipt"], values["answers"])

    @staticmethod
    def receipt_in(entry: bytes) -> bytes:
        """The envelope as it stands in the line of a call. A line that was not written by `write` is read and written anew."""
        found = _LINE.fullmatch(entry)
        return quick_bytes(CallEntry.of(entry).envelope) if found is None else found[1]

    @staticmethod
    def body_in(receipt: bytes) -> bytes:
        """The body as it stands in an envelope from `receipt_in`: before the seal, in which nothing is called so."""
        return receipt[len(b'{"body":') : receipt.rindex(b',"seal":{')]


def _contract_of(entry: bytes) -> str:
    """Whom an entry of the journal concerns."""
    values = json.loads(entry)
    return next(str(sealed["body"]["contract"]) for sealed in values.values() if isinstance(sealed, dict))


def _round_of(entries: Sequence[tuple[Place, bytes]]) -> Round:
    """As the journal has them."""
    told = Round()
    for place, entry in entries:
        receipt = json.loads(entry).get("receipt")
        if receipt is None:
            told.other(place, entry)
        else:
            given = Given.of(Receipt.from_json(receipt["body"]))
            told.call(place, given, merkle.leaf_hash(given.content))
    return told


def index_name(worker: int) -> str:
    """The file of a worker's index in the state folder."""
    return f"index-{worker}.db" if worker else "index.db"


def open_index(file: Path, journal: Journal, share: Share = ALONE) -> Index:
    """The index with all that the journal has of this share. Raises sqlite3.Error, OSError or JournalDamaged."""
    index = Index(file, share)
    try:
        index.catch_up(journal)
    except BaseException:
        index.close()
        raise
    return index


class Index:
    """One SQLite file beside the journal."""

    def __init__(self, file: Path, share: Share = ALONE) -> None:
        self._file = file
        self._share = share
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.executescript(_PRAGMAS)
        self._readers = Readers(file)
        self._blocks = Blocks(self._db, self._readers)
        self._keys = CallKeys(self._db, self._readers, self._blocks)
        self._seen = Seen()
        self._learnt: int | None = 0
        """Up to which block the keys that stood here at the start were taken into memory; None when all are."""
        self._stood = 0
        """The last block that stood here at the start."""
        self._upto = 0
        """The last block whose keys and end are in memory or in their trees."""
        try:
            if self._db.execute("PRAGMA user_version").fetchone() != (SHAPE,):
                self.forget()
            self._stood, self._upto = self._blocks.last_id(), self._carried()
            self._follow()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._readers.close()
        self._db.close()

    @property
    def _reader(self) -> Reader:
        return self._readers.mine

    # -- following the journal -------------------------------------------------------------------------------------

    def reached(self) -> Place | None:
        row = self._db.execute("SELECT file, offset, line FROM journal_reached").fetchone()
        return None if row is None else Place(*row)

    def catch_up(self, journal: Journal) -> int:
        """Takes in what the journal has and the index lacks. Returns the number of entries."""
        reached = self.reached()
        if reached is not None and not journal.holds(reached):
            self.forget()
            reached = None
        layout, count = self._share.layout, 0
        if layout.number != self._layout_taken_in():
            self.forget()
            reached = None
            for file in layout.before:  # each for itself: a contract may have gone from one writer to another and back
                entries = (each for each in journal.entries_of([file]) if self._share.mine(_contract_of(each[1])))
                count += self._add_all(entries, reaches=False)
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._follow()
                self._carry_in(lambda: None)
                for (contract,) in self._db.execute("SELECT DISTINCT contract FROM marks").fetchall():
                    self._count_lost(contract)  # calls from before a mark may stand in a file that was read after it
                self._db.execute("INSERT INTO taken_in VALUES (?)", (layout.number,))
            self._is_carried_in()
        count += self._add_all(journal.entries(reached, self._share.begins(journal)), reaches=True)
        self.learn()
        return count

    @property
    def learning(self) -> bool:
        """Whether some of the keys that stood here at the start are not in memory yet."""
        return self._learnt is not None

    def learn(self) -> None:
        """Takes some more of the call keys that stood here at the start into memory, until all are: what comes new is taken
        as it comes."""
        if self._learnt is None:
            return
        learnt = 0
        for end, kept in self._blocks.since(self._learnt):
            if end.block > self._stood:
                break
            self._seen.add([seen_hash(each.contract, each.call) for each in kept])
            self._learnt, learnt = end.block, learnt + len(kept)
            if learnt >= LEARNT_AT_ONCE:
                return
        self._seen.all_in()
        self._learnt = None

    def _layout_taken_in(self) -> int:
        row = self._db.execute("SELECT layout FROM taken_in").fetchone()
        return 0 if row is None else int(row[0])

    def _add_all(self, entries: Iterator[tuple[Place, bytes]], *, reaches: bool) -> int:
        count = 0
        while batch := list(islice(entries, BATCH_ENTRIES)):
            self.add(_round_of(batch), reaches=reaches)
            count += len(batch)
        return count

    def forget(self) -> None:
        """Empties it, whatever shape it has, so that the whole journal is read anew."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            stands = self._db.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
            for kind, name in stands:
                self._db.execute(f"DROP {kind} {name}")
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {SHAPE}")
        self._is_carried_in()
        self._stood, self._upto, self._seen, self._learnt = 0, 0, Seen(), 0

    def add(self, told: Round, *, reaches: bool = True, pause: Callable[[], object] = lambda: None) -> None:
        """Takes in entries that are on disk. `reaches`: they are the journal's own, in a row with those before. `pause` is called
        between pieces of the work. Whatever it raises: nothing was taken in, and the same may be told again."""
        others = [json.loads(entry) for entry in told.others]
        waiting = self._keys.waiting
        try:
            with self._db:  # rolls back what cannot be committed, too
                self._db.execute("BEGIN IMMEDIATE")
                self._follow()
                waiting = self._keys.waiting
                ended = self._add_calls(told, pause)
                last = self._blocks.last_id()
                carries = self._keys.full or any(
                    "restored" in each for each in others
                )  # which is compared with all before it
                if carries:
                    self._carry_in(pause)
                for values in others:
                    self._add_other(values)
                if reaches:
                    self._db.execute(_REACHES, told.last)
        except BaseException:
            self._keys.drop(to=waiting)
            raise
        # For a moment a run is here and its end is not: whoever asks for its calls still has them, or waits until this is done.
        if carries:
            self._is_carried_in()
        else:
            self._blocks.ends.keep(ended)
        self._upto = last

    def _add_other(self, values: dict[str, Any]) -> None:
        if "statement" in values:
            self._add_statement(values["statement"])
        elif "acknowledgement" in values:
            self._add_acknowledgement(values["acknowledgement"])
        else:
            self._add_mark(values["restored"])

    def _add_calls(self, told: Round, pause: Callable[[], object]) -> list[tuple[str, End]]:
        # In memory before it is committed: a key that nobody finds would be billed a second time.
        self._keys.add(told.hashes, told.sequences)
        if not told.is_seen:  # it may be told again and again while the disk refuses
            self._seen.add(told.seen)
            told.is_seen = True
        pause()
        ended = self._blocks.write(told.runs, pause)
        if told.consented:
            self._db.executemany(
                "INSERT INTO consented VALUES (?, ?, ?)",
                [(each.contract, each.sequence, json.dumps(each.consent)) for each in told.consented],
            )
        return ended

    def _follow(self) -> None:
        """Takes note of blocks that were not written by way of this object."""
        if self._blocks.last_id() > self._upto:
            for end, kept in self._blocks.since(self._upto):
                self._keys.add_kept(kept)
                if end.block > self._stood:  # the others are learnt
                    self._seen.add([seen_hash(each.contract, each.call) for each in kept])
                self._blocks.ends.keep([(kept[0].contract, end)])
                self._upto = end.block

    def _carried(self) -> int:
        return int(self._db.execute(f"SELECT {CARRIED}").fetchone()[0])

    def _carry_in(self, pause: Callable[[], object]) -> None:
        """All that waits goes into its trees, each in its own order, within the transaction of whoever calls."""
        after, upto = self._carried(), self._blocks.last_id()
        self._keys.carry_in(pause)
        self._blocks.ends.carry_in(after, upto)
        for rows in (_HEADS_IN, _USED_IN):
            pause()
            self._db.execute(rows, (after, upto))
        self._db.execute("INSERT OR REPLACE INTO carried VALUES (1, ?)", (upto,))

    def _is_carried_in(self) -> None:
        self._keys.drop()
        self._blocks.ends.drop()

    def _add_statement(self, sealed: dict[str, Any]) -> None:
        """The first of its number counts; were there a second, the node would rather go on than stand still for ever."""
        body = sealed["body"]
        self._db.execute(
            "INSERT INTO statements VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (contract, number) DO NOTHING",
            (body["contract"], body["number"], body["to_sequence"], digest(body), json.dumps(sealed)),
        )

    def _add_acknowledgement(self, sealed: dict[str, Any]) -> None:
        """The furthest counts: it stands for all before it."""
        body = sealed["body"]
        self._db.execute(
            "INSERT INTO acknowledged VALUES (?, ?, ?) ON CONFLICT (contract) DO UPDATE "
            "SET sequence = excluded.sequence, sealed = excluded.sealed WHERE excluded.sequence > sequence",
            (body["contract"], body["sequence"], json.dumps(sealed)),
        )

    def _add_mark(self, sealed: dict[str, Any]) -> None:
        """The chain goes on after the gap, unless receipts that follow the mark are here already; and what the exchange has
        stated stays used."""
        body = sealed["body"]
        told = (body["contract"], body["resumes_after"])
        self._db.execute("INSERT OR IGNORE INTO marks VALUES (?, ?, ?)", (*told, json.dumps(sealed)))
        self._db.execute(
            "INSERT INTO heads VALUES (?, ?, ?, ?) ON CONFLICT (contract) DO UPDATE SET sequence = excluded.sequence, "
            "digest = excluded.digest, at_us = excluded.at_us WHERE excluded.sequence >= sequence",
            (*told, digest(body), microseconds_of(datetime.fromisoformat(body["at"]))),
        )
        self._count_lost(body["contract"])

    def _count_lost(self, contract: str) -> None:
        """Calls that the exchange has stated and this journal lacks count as used, under the permit that the mark names: each
        once, however many marks tell of it, and in whatever order marks and calls are read."""
        marks = self._db.execute(
            "SELECT marks.sealed, coalesce(lost.calls, 0) FROM marks LEFT JOIN lost USING (contract, resumes_after) "
            "WHERE contract = ? ORDER BY resumes_after",
            (contract,),
        ).fetchall()
        counted = 0
        for sealed, before in marks:
            body = json.loads(sealed)["body"]
            if body["permit"] is None:
                continue
            missing = max(0, body["calls"] - self._blocks.calls_until(contract, body["resumes_after"]) - counted)
            counted += missing
            self._db.execute(
                "INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?)",
                (contract, body["resumes_after"], body["permit"], missing),
            )
            self._db.execute(
                "INSERT INTO used VALUES (?, ?) ON CONFLICT (permit) DO UPDATE SET calls = calls + excluded.calls",
                (body["permit"], missing - before),
            )

    # -- asking ----------------------------------------------------------------------------------------------------

    def heads(self) -> dict[str, Head]:
        rows = self._reader.rows("SELECT contract, sequence, digest, at_us FROM heads_now")
        return {contract: Head(sequence, told, moment_at(at_us)) for contract, sequence, told, at_us in rows}

    def head_of(self, contract: str) -> Head | None:
        row = self._reader.row("SELECT sequence, digest, at_us FROM heads_now WHERE contract = ?", (contract,))
        return None if row is None else Head(row[0], row[1], moment_at(row[2]))

    def used_of(self, permit: str) -> int:
        row = self._reader.row("SELECT calls FROM used_now WHERE permit = ?", (permit,))
        return 0 if row is None else int(row[0])

    def used(self) -> dict[str, int]:
        return dict(self._reader.rows("SELECT permit, calls FROM used_now"))

    def requests_since(self, at: datetime) -> dict[str, list[datetime]]:
        """For each permit, the moments of its calls after `at`, oldest first: what the rate is rebuilt from."""
        found: dict[str, list[datetime]] = {}
        after = microseconds_of(at)
        lately = self._reader.rows("SELECT contract FROM heads_now WHERE at_us > ?", (after,))
        for (contract,) in lately:
            for each in self._blocks.lately(contract, after):
                found.setdefault(each.permit, []).append(moment_at(each.at_us))
        return {permit: moments[::-1] for permit, moments in found.items()}

    def stated(self) -> dict[str, int]:
        """For each contract, up to which receipt its statements reach."""
        rows = self._reader.rows(
            "SELECT contract, (SELECT to_sequence FROM statements WHERE statements.contract = heads_now.contract "
            "ORDER BY number DESC LIMIT 1) FROM heads_now"
        )
        found = {contract: to_sequence for contract, to_sequence in rows if to_sequence is not None}
        for contract, resumes_after in self._reader.rows(
            "SELECT contract, MAX(resumes_after) FROM marks GROUP BY contract"
        ):
            found[contract] = max(resumes_after, found.get(contract, 0))  # what is before a mark was stated, or is lost
        return found

    def stated_of(self, contract: str) -> int:
        """As `stated`, of one contract."""
        row = self._reader.row(
            "SELECT max((SELECT coalesce(max(resumes_after), 0) FROM marks WHERE contract = :one), coalesce(("
            "SELECT to_sequence FROM statements WHERE contract = :one ORDER BY number DESC LIMIT 1), 0))",
            {"one": contract},
        )
        return int(row[0])

    def mark_after(self, contract: str, sequence: int) -> dict[str, Any] | None:
        """The last mark of a restoration whose gap begins after this number, sealed."""
        row = self._reader.row(
            "SELECT sealed FROM marks WHERE contract = ? AND resumes_after > ? ORDER BY resumes_after DESC LIMIT 1",
            (contract, sequence),
        )
        return None if row is None else dict(json.loads(row[0]))

    def mark_before(self, contract: str, sequence: int) -> dict[str, Any] | None:
        """The mark that the receipt of this number follows, sealed; None where it follows a receipt."""
        row = self._reader.row(
            "SELECT sealed FROM marks WHERE contract = ? AND resumes_after = ?", (contract, sequence - 1)
        )
        return None if row is None else dict(json.loads(row[0]))

    def moment_of(self, contract: str, sequence: int) -> datetime | None:
        """When a receipt was given; None while it is not indexed."""
        kept = self._blocks.of(contract, sequence)
        return None if kept is None else moment_at(kept.at_us)

    def last_statement(self, contract: str) -> Statement | None:
        row = self._reader.row(
            "SELECT sealed FROM statements WHERE contract = ? ORDER BY number DESC LIMIT 1", (contract,)
        )
        return None if row is None else Statement.from_json(json.loads(row[0])["body"])

    def counted_after(self, contract: str, sequence: int, limit: int) -> list[Counted]:
        """What a statement needs of the receipts with numbers above this one, at most `limit`."""
        return self._blocks.counted_after(contract, sequence, limit)

    def consents_after(self, contract: str, sequence: int, limit: int) -> list[dict[str, int]]:
        """What the `limit` receipts after this number say of consents, where they say anything."""
        rows = self._reader.rows(
            "SELECT told FROM consented WHERE contract = ? AND sequence > ? AND sequence <= ? ORDER BY sequence",
            (contract, sequence, sequence + limit),
        )
        return [json.loads(told) for (told,) in rows]

    def acknowledged(self) -> dict[str, int]:
        """For each contract, the last receipt that the buyer acknowledged."""
        return dict(self._reader.rows("SELECT contract, sequence FROM acknowledged"))

    def acknowledgement(self, contract: str) -> dict[str, Any] | None:
        """The buyer's furthest acknowledgement of a contract, sealed."""
        row = self._reader.row("SELECT sealed FROM acknowledged WHERE contract = ?", (contract,))
        return None if row is None else dict(json.loads(row[0]))

    def statement_over(self, contract: str, sequence: int) -> dict[str, Any] | None:
        """The sealed statement that covers a receipt; None while none does."""
        row = self._reader.row(
            "SELECT sealed FROM statements WHERE contract = ? AND to_sequence >= ? ORDER BY number LIMIT 1",
            (contract, sequence),
        )
        found = None if row is None else dict(json.loads(row[0]))
        return found if found is not None and found["body"]["from_sequence"] <= sequence else None

    def unsettled_of(self, contract: str) -> list[dict[str, Any]]:
        """As `unsettled`, of one contract."""
        rows = self._reader.rows(
            "SELECT sealed FROM statements WHERE settled IS NULL AND contract = ? ORDER BY number", (contract,)
        )
        return [json.loads(sealed) for (sealed,) in rows]

    def unsettled(self, limit: int) -> list[dict[str, Any]]:
        """Sealed statements that the exchange has neither taken nor refused, each contract's in order."""
        rows = self._reader.rows(
            "SELECT sealed FROM statements WHERE settled IS NULL ORDER BY contract, number LIMIT ?", (limit,)
        )
        return [json.loads(sealed) for (sealed,) in rows]

    def settle(self, acks: Sequence[StatementAck]) -> list[StatementAck]:
        """Notes what the exchange took or refused, all or nothing. Returns those that name a statement that this node did not make."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            return [ack for ack in acks if not self._settles(ack)]

    def _settles(self, ack: StatementAck) -> bool:
        changed = self._db.execute(
            "UPDATE statements SET settled = ? WHERE contract = ? AND number = ? AND digest = ?",
            (ack.refused or "taken", ack.contract, ack.number, ack.statement_digest),
        )
        return changed.rowcount == 1

    def refused_count(self) -> int:
        """How many statements the exchange refused. A person must look."""
        row = self._reader.row("SELECT COUNT(*) FROM statements WHERE settled <> 'taken'")
        return int(row[0])

    def places_after(self, contract: str, sequence: int, limit: int) -> list[Place]:
        return [each.place for each in islice(self._blocks.after(contract, sequence), limit)]

    def surely_new(self, contract: str, call: str) -> bool:
        """Whether no receipt of this call stands here. It runs on every call, and nearly every one is new."""
        return self._seen.surely_new(contract, call)

    def place_of_call(self, contract: str, call: str) -> Place | None:
        """Where the receipt of this call stands, if it was ever given."""
        kept = self._keys.find(contract, call)
        return None if kept is None else kept.place
