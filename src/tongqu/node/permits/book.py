"""The permits and the lease as the exchange sealed them, on disk. Each is opened again at start; one that fails is out.

SQLite with full synchronisation: a permit is durable before the cursor moves past it, so a crash asks for it again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tongqu.node.permits.alike import Alike
from tongqu.node.state import Identity
from tongqu.wire.lease import Lease
from tongqu.wire.message import BadMessage, open_sealed
from tongqu.wire.permit import REVOKED, Permit
from tongqu.wire.seals import BadSeal


class PermitBook:
    """`permits` by id and `lease`, as last sealed by the exchange. One writer: the sync line. Other workers `follow`."""

    def __init__(self, file: Path, identity: Identity) -> None:
        self._identity = identity
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE IF NOT EXISTS permits (id TEXT PRIMARY KEY, sealed TEXT NOT NULL) WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
        )
        if "taken" not in {row[1] for row in self._db.execute("PRAGMA table_info(permits)")}:
            self._db.execute("ALTER TABLE permits ADD COLUMN taken INTEGER NOT NULL DEFAULT 0")
        self._db.execute("CREATE INDEX IF NOT EXISTS permits_taken ON permits (taken)")
        self.permits: dict[str, Permit] = {}
        self.lease: Lease | None = None
        self._alike = Alike()
        self._tokens: dict[str, dict[str, None]] = {}
        self._consenting: set[str] = set()
        self.marked: dict[str, Permit] = {}
        """Those whose copies bear a mark."""
        self.changes = 0
        """Rises whenever permits were taken."""
        self.faults: list[str] = []
        self.cursor = 0
        self.sequence = 0
        self.anchor: str | None = None
        """What time it was when the exchange was last heard, as the clock writes it."""
        self._taken = 0
        self._seen: int | None = None
        self._load()

    def _load(self) -> None:
        self._taken = int(self._db.execute("SELECT coalesce(max(taken), 0) FROM permits").fetchone()[0])
        found: list[Permit] = []
        for key, sealed in self._db.execute("SELECT id, sealed FROM permits"):
            permit = self._open(Permit, json.loads(sealed))
            if permit is None or permit.id != key:
                self.faults.append(f"permit {key}: its seal does not fit; it is not used")
            else:
                found.append(permit)
        self._use(found)
        self.cursor = 0 if self.faults else int(self._note("cursor") or 0)
        self.sequence = int(self._note("sequence") or 0)
        self.anchor = self._note("anchor")
        if kept := self._note("lease"):
            self.lease = self._open(Lease, json.loads(kept))

    def follow(self, believed: Callable[[], Identity | None] = lambda: None) -> bool:
        """Takes up what another worker wrote since. Whether there was anything. `believed` tells whom the node believes, where
        that has changed; it is asked after the permits are read, since it is written before they are."""
        seen = self._db.execute("PRAGMA data_version").fetchone()[0]
        if seen == self._seen:
            return False
        with self._db:
            self._db.execute("BEGIN")  # one view of permits and notes
            rows = self._db.execute("SELECT id, sealed, taken FROM permits WHERE taken > ?", (self._taken,)).fetchall()
            notes = dict(self._db.execute("SELECT name, value FROM notes"))
            if (identity := believed()) is not None:
                self.believe(identity)
                every = self._db.execute("SELECT id, sealed, taken FROM permits").fetchall()
                rows = [row for row in every if row[2] > self._taken or row[0] not in self.permits]
        found: list[Permit] = []
        for key, sealed, taken in rows:
            permit = self._open(Permit, json.loads(sealed))
            if permit is not None and permit.id == key:
                found.append(permit)
            self._taken = max(self._taken, taken)
        if rows:
            self._use(found)
        self.cursor, self.sequence = int(notes.get("cursor", 0)), int(notes.get("sequence", 0))
        self.anchor = notes.get("anchor")
        self.lease = self._open(Lease, json.loads(notes["lease"])) if "lease" in notes else None
        self._seen = seen
        return True

    def _use(self, taken: Sequence[Permit]) -> None:
        """From now on these count, each in place of its earlier revision, whose token may have been another."""
        for permit in taken:
            before = self.permits.get(permit.id)
            if before is not None and before.token_sha256 != permit.token_sha256:
                opened = self._tokens[before.token_sha256]
                del opened[permit.id]
                if not opened:
                    del self._tokens[before.token_sha256]
            self.permits[permit.id] = self._alike.ready(permit)
            self.marked.pop(permit.id, None)
            if permit.marked:
                self.marked[permit.id] = permit
            if permit.consent is not None and permit.status != REVOKED:
                self._consenting.add(permit.id)
            else:
                self._consenting.discard(permit.id)
            self._tokens.setdefault(permit.token_sha256, {})[permit.id] = None
        self.changes += 1

    @property
    def wants_consents(self) -> bool:
        """Whether any permit that is not revoked stands on the consent of those whose data it is."""
        return bool(self._consenting)

    def of_token(self, digest: str) -> tuple[str, ...]:
        """The permits that the token of this digest opens."""
        return tuple(self._tokens.get(digest, ()))

    def holds_token(self, digest: str) -> bool:
        """Whether any permit is for the token of this digest, whatever state the permit is in."""
        return digest in self._tokens

    def _note(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _open(self, kind: Any, sealed: Any) -> Any:
        try:
            return open_sealed(kind, sealed, self._identity.exchange_public_key)
        except (BadSeal, BadMessage):
            return None

    def believe(self, identity: Identity) -> None:
        """From now on permits and leases are opened with what is believed now."""
        self._identity = identity

    def take(
        self,
        permits: Sequence[dict[str, Any]],
        lease: dict[str, Any] | None,
        cursor: int,
        sequence: int = 0,
        anchor: str | None = None,
    ) -> list[str]:
        """Keeps what the exchange sent, all or nothing, and then uses it. Returns a name for each thing refused.

        A permit for another node, with a wrong seal or an older revision is refused; the others are taken. No lease
        means that the exchange withdraws it: the node stops at once.
        """
        taken: list[tuple[Permit, dict[str, Any]]] = []
        refused: list[str] = []
        for sealed in permits:
            permit = self._open(Permit, sealed)
            if permit is None or permit.node != self._identity.node:
                refused.append("permit-not-ours")
            elif (held := self.permits.get(permit.id)) is not None and permit.revision < held.revision:
                refused.append("permit-older")
            elif held is not None and permit.revision == held.revision and permit != held:
                refused.append("permit-forked")
            else:
                taken.append((permit, sealed))
        opened: Lease | None = self._open(Lease, lease) if lease is not None else None
        if lease is not None and (opened is None or opened.node != self._identity.node):
            refused.append("lease-not-ours")
            opened = None
        self.sequence = max(self.sequence, sequence)
        self.anchor = anchor or self.anchor
        self._write(taken, lease if opened else None, cursor, withdrawn=lease is None)
        if taken:
            self._use([permit for permit, _ in taken])
        self.lease = None if lease is None else (opened or self.lease)
        self.cursor = cursor
        return refused

    def _write(
        self, taken: Sequence[tuple[Permit, dict[str, Any]]], lease: Any, cursor: int, *, withdrawn: bool
    ) -> None:
        rows = [(permit.id, json.dumps(sealed, ensure_ascii=False), self._taken + 1) for permit, sealed in taken]
        # A lease is renewed each second and worth little on disk, so it alone does not wait for the disk.
        self._db.execute(f"PRAGMA synchronous={'FULL' if taken or cursor != self.cursor else 'NORMAL'}")
        with self._db:  # rolls back what cannot be committed, too
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO permits VALUES (?, ?, ?)", rows)
            if withdrawn:
                self._db.execute("DELETE FROM notes WHERE name = 'lease'")
            elif lease is not None:
                self._db.execute("INSERT OR REPLACE INTO notes VALUES ('lease', ?)", (json.dumps(lease),))
            self._db.execute("INSERT OR REPLACE INTO notes VALUES ('cursor', ?)", (str(cursor),))
            self._db.execute("INSERT OR REPLACE INTO notes VALUES ('sequence', ?)", (str(self.sequence),))
            if self.anchor is not None:
                self._db.execute("INSERT OR REPLACE INTO notes VALUES ('anchor', ?)", (self.anchor,))
        self._taken += bool(rows)

    def close(self) -> None:
        self._db.close()
