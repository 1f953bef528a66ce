"""The node's own folder: its key, who it is, one lock. Everything secret is readable by its owner only."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongqu.node.faults import NodeFault
from tongqu.wire.new_key import EXCHANGE, follow
from tongqu.wire.seals import DatedKey, Ed25519Signer, KeyRing
from tongqu.wire.sync import key_bytes, key_text
from tongqu.wire.words import Words


@dataclass(frozen=True)
class Identity:
    """Who the node is, and whom it believes."""

    node: str
    exchange_public_key: bytes | KeyRing
    announcements: tuple[dict[str, Any], ...] = ()
    """The changes of the exchange's key since the node was enrolled, each sealed with the key before it."""


@dataclass(frozen=True)
class Secrets:
    """What is derived from the node's first key, and outlives it."""

    salt: bytes
    watermark: bytes
    link: bytes


class Watched:
    """A file that another process replaces as a whole."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, int, int] | None = None

    def changed(self) -> bool:
        """Whether it is another than the last time; so it is the first time. A change that comes now is seen the next time."""
        told = os.stat(self._file)
        seen = (told.st_ino, told.st_mtime_ns, told.st_size)
        before, self._seen = self._seen, seen
        return seen != before


class StateFolder:
    """The folder and what stands at its top; `journal/`, `blobs/` and the two books belong to others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._prepare(path)

    @classmethod
    def at(cls, path: Path) -> StateFolder:
        """The folder as it is, to be read: nothing is made, and no right is changed."""
        folder = cls.__new__(cls)
        folder.path = path
        return folder

    def _prepare(self, path: Path) -> None:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(path, 0o700)
        except OSError as error:
            raise NodeFault(
                "state-unwritable",
                Words(f"状态目录 {path} 不可写。", f"The state folder {path} cannot be written."),
                Words("请换一个目录或修改权限。", "Choose another folder or change its permissions."),
            ) from error

    def lock(self, worker: int | None = None) -> int:
        """Keeps a second node off this folder while this process lives; of several workers, a second one in the same
        place. Returns the open descriptor."""
        name = "lock" if worker is None else f"lock-{worker}"
        handle = os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise NodeFault(
                "state-in-use",
                Words(f"另一个节点正在使用 {self.path}。", f"Another node is using {self.path}."),
                Words("请先停止它, 或换一个状态目录。", "Stop it first, or choose another state folder."),
            ) from error
        return handle

    def signer(self) -> Ed25519Signer:
        """The node's key, made on first use."""
        file = self.path / "key"
        if not file.exists():
            write_durably(file, Ed25519Signer.generate().seed.hex().encode())
        try:
            return Ed25519Signer.from_seed(bytes.fromhex(file.read_text().strip()))
        except (OSError, ValueError) as error:
            raise NodeFault(
                "bad-key",
                Words("节点密钥文件已损坏或不可读。", "The node's key file is damaged or cannot be read."),
                Words("请从备份恢复 key 文件; 否则须重新登记节点。", "Restore it from backup, or enrol the node anew."),
            ) from error

    def next_signer(self) -> Ed25519Signer | None:
        """The key that is being announced to the exchange; None when none is."""
        file = self.path / "key.next"
        return Ed25519Signer.from_seed(bytes.fromhex(file.read_text().strip())) if file.exists() else None

    def begin_new_key(self) -> Ed25519Signer:
        """A new key, or the one that is being announced already. The old one counts on until the exchange has taken it."""
        if (begun := self.next_signer()) is not None:
            return begun
        signer = Ed25519Signer.generate()
        write_durably(self.path / "key.next", signer.seed.hex().encode())
        self.secrets()  # written down now: a worker that starts just when the key is replaced must not derive others
        return signer

    def take_next_key(self, announcement: dict[str, Any]) -> Ed25519Signer:
        """The new key in place of the old, which is gone with this. What was derived from the first key stays as it is; what
        leads from key to key is kept for whoever trusts an older one. Cut short anywhere, it is done again."""
        signer = self.next_signer()
        assert signer is not None
        self.secrets()
        told = self.announcements()
        if announcement not in told:
            write_durably(self.path / "keys.json", json.dumps([*told, announcement]).encode())
        write_durably(
            self.path / "keys.known",
            json.dumps(sorted({*self._known(), key_text(self.signer().public_bytes)})).encode(),
        )
        os.replace(self.path / "key.next", self.path / "key")
        write_durably(self.path / "key", signer.seed.hex().encode())
        return signer

    def announcements(self) -> list[dict[str, Any]]:
        """Each change of key, sealed with the key before it, in their order."""
        file = self.path / "keys.json"
        return list(json.loads(file.read_text())) if file.exists() else []

    def _known(self) -> list[str]:
        file = self.path / "keys.known"
        return list(json.loads(file.read_text())) if file.exists() else []

    def own_keys(self) -> KeyRing:
        """All keys that this node has had: what it sealed itself is checked with them."""
        told = {*map(key_bytes, self._known()), self.signer().public_bytes}
        return KeyRing(tuple(DatedKey(key) for key in sorted(told)))

    def secrets(self) -> Secrets:
        """What is derived from the node's first key. It is written down before the first change of key, and stays."""
        file = self.path / "secrets"
        if file.exists():
            told = json.loads(file.read_text())
            return Secrets(*(bytes.fromhex(told[name]) for name in ("salt", "watermark", "link")))
        signer = self.signer()
        found = Secrets(salt_secret(signer), watermark_secret(signer), link_secret(signer))
        if (self.path / "key.next").exists():
            told = {"salt": found.salt.hex(), "watermark": found.watermark.hex(), "link": found.link.hex()}
            write_durably(file, json.dumps(told).encode())
        return found

    def identity(self) -> Identity:
        try:
            values = json.loads((self.path / "node.json").read_text())
            first, told = key_bytes(values["exchange_public_key"]), tuple(values.get("exchange_keys", ()))
            return Identity(str(values["node"]), follow(first, told, EXCHANGE) if told else first, told)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NodeFault(
                "not-enrolled",
                Words("节点尚未在交易所登记。", "This node is not enrolled with the exchange."),
                Words("请先用一次性登记密钥登记。", "Enrol it first with a one-time enrolment key."),
            ) from error

    def keep_identity(self, identity: Identity) -> None:
        believed = identity.exchange_public_key
        first = believed.keys[0].public_bytes if isinstance(believed, KeyRing) else believed
        body = {
            "node": identity.node,
            "exchange_public_key": key_text(first),
            "exchange_keys": list(identity.announcements),
        }
        write_durably(self.path / "node.json", json.dumps(body).encode())


def salt_secret(signer: Ed25519Signer) -> bytes:
    """The secret behind every call's salt; made from the first key, so that a restored node makes the same salts."""
    return hmac.new(signer.seed, b"tongqu receipt salt", hashlib.sha256).digest()


def watermark_secret(signer: Ed25519Signer) -> bytes:
    """The secret behind the marks of copies; who traces a leaked copy needs the key that the node had then."""
    return hmac.new(signer.seed, b"tongqu watermark", hashlib.sha256).digest()


def link_secret(signer: Ed25519Signer) -> bytes:
    """The secret that signs links to the files of a share."""
    return hmac.new(signer.seed, b"tongqu share link", hashlib.sha256).digest()


def write_durably(file: Path, content: bytes) -> None:
    """Whole or not at all, on disk when this returns, readable by its owner only."""
    fresh = file.with_name(file.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(fresh, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
