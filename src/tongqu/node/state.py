"""The node's own folder: its key, who it is, one lock. Everything secret is readable by its owner only."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path

from tongqu.node.faults import NodeFault
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.sync import key_bytes, key_text
from tongqu.wire.words import Words


@dataclass(frozen=True)
class Identity:
    """Who the node is, and whom it believes."""

    node: str
    exchange_public_key: bytes


class StateFolder:
    """The folder and what stands at its top; `journal/`, `blobs/` and the two books belong to others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(path, 0o700)
        except OSError as error:
            raise NodeFault(
                "state-unwritable",
                Words(f"状态目录 {path} 不可写。", f"The state folder {path} cannot be written."),
                Words("请换一个目录或修改权限。", "Choose another folder or change its permissions."),
            ) from error

    def lock(self) -> int:
        """Keeps a second node off this folder while this process lives. Returns the open descriptor."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
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

    def identity(self) -> Identity:
        try:
            values = json.loads((self.path / "node.json").read_text())
            return Identity(str(values["node"]), key_bytes(values["exchange_public_key"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NodeFault(
                "not-enrolled",
                Words("节点尚未在交易所登记。", "This node is not enrolled with the exchange."),
                Words("请先用一次性登记密钥登记。", "Enrol it first with a one-time enrolment key."),
            ) from error

    def keep_identity(self, identity: Identity) -> None:
        body = {"node": identity.node, "exchange_public_key": key_text(identity.exchange_public_key)}
        write_durably(self.path / "node.json", json.dumps(body).encode())


def salt_secret(signer: Ed25519Signer) -> bytes:
    """The secret behind every call's salt; made from the key, so that a restored node makes the same salts."""
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
