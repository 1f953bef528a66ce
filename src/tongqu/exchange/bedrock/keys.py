"""The keys the exchange signs with: one PEM file each under KEYS_ROOT, readable by the exchange alone.

A key is made by `ensure`, which setup calls, and never while signing: two processes that each made "the" key would
sign as two different logs.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from tongqu.exchange.bedrock.values import Words
from tongqu.wire.message import seal_message
from tongqu.wire.new_key import EXCHANGE, announce
from tongqu.wire.seals import Ed25519Signer, Signer

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class KeyMissing(LookupError):
    """The key file is not there or cannot be read. Make it with `ensure`, or restore it from its backup."""

    code = "key-missing"

    def __init__(self, name: str, path: Path, reason: str) -> None:
        self.words = Words(f"签名密钥“{name}”无法读取：{reason}", f"the signing key “{name}” cannot be read: {reason}")
        self.mend = Words(
            f"从备份恢复 {path}；若是首次安装，请运行初始化以生成密钥。",
            f"Restore {path} from its backup; on a first installation run the setup, which makes it.",
        )
        super().__init__(f"{self.words.en}. {self.mend.en}")


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a key: {name!r}")
    return Path(settings.KEYS_ROOT) / f"{name}.ed25519"


def ensure(name: str) -> Signer:
    """The named key, made if there is none. Any number of processes may call this at once: one key results."""
    path = _path(name)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path)
    return signer(name)


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Written whole under a name of its own, then linked: the link fails if another process was first, and nobody
    # ever reads half a key.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def change(name: str, *, at: datetime) -> Signer:
    """Another key in place of the named one, announced under its seal: who believed the old one follows to the new. The old
    private key is gone afterwards. Cut short, it goes on from there when it is called again. Raises KeyMissing."""
    path, old = _path(name), signer(name)
    draft = path.with_suffix(".next")
    if not draft.exists():
        _make(draft)
    new = Ed25519Signer(_private(draft))
    told = _changes(name)
    if not told or told[-1]["public_key"] != old.public_bytes.hex():
        sealed = seal_message(announce(EXCHANGE, before=old.key_id, signer=new, at=at), old)
        change = {"public_key": old.public_bytes.hex(), "until": at.isoformat(), "announcement": sealed}
        _write(path.with_suffix(".changes.json"), json.dumps([*told, change]).encode())
    os.replace(draft, path)
    return signer(name)


def announcements(name: str, *, after: str | None = None) -> list[dict[str, Any]]:
    """The changes of the named key, in their order, each sealed with the key before it: all, or those after the key of this id."""
    told = [each["announcement"] for each in _changes(name)]
    if after is None:
        return told
    starts = [at for at, sealed in enumerate(told) if sealed["body"]["before"] == after]
    return told[starts[0] :] if starts else []


def keys_told(name: str) -> list[dict[str, Any]]:
    """Every public key that there was under this name, and the moment until which it counted."""
    before = [{"public_key": each["public_key"], "until": each["until"]} for each in _changes(name)]
    return [*before, {"public_key": signer(name).public_bytes.hex(), "until": None}]


def _changes(name: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(_path(name).with_suffix(".changes.json").read_bytes()))
    except FileNotFoundError:
        return []


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(draft, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def _private(path: Path) -> Ed25519PrivateKey:
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyMissing(path.stem, path, "not an Ed25519 key")
    return private


def signer(name: str) -> Signer:
    """The named key, ready to sign. Read again whenever its file is another one, so that a replaced key is used at once.

    Raises KeyMissing.
    """
    path = _path(name)
    try:
        known = path.stat()
        return _read(name, path, (known.st_ino, known.st_mtime_ns, known.st_ctime_ns, known.st_size))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a PEM key"
        raise KeyMissing(name, path, reason) from error


@lru_cache(maxsize=16)
def _read(name: str, path: Path, edition: tuple[int, ...]) -> Signer:
    """`edition` is what the file system says of the file; a file that was written or replaced has another."""
    return Ed25519Signer(_private(path))
