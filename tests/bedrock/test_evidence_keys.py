"""Keys are made once, on purpose, for the exchange alone."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tongqu.exchange.bedrock import evidence, keys
from tongqu.wire.seals import verify_bytes


@pytest.fixture
def room(settings: Any, tmp_path: Path) -> Path:
    settings.KEYS_ROOT = tmp_path / "keys"
    return tmp_path / "keys"


def test_a_key_is_made_once_and_only_its_owner_reads_it(room: Path) -> None:
    first = keys.ensure("permits")
    assert keys.ensure("permits").public_bytes == first.public_bytes == keys.signer("permits").public_bytes
    assert keys.ensure("log").public_bytes != first.public_bytes
    assert stat.S_IMODE((room / "permits.ed25519").stat().st_mode) == 0o600
    assert stat.S_IMODE(room.stat().st_mode) == 0o700
    verify_bytes(first.public_bytes, keys.signer("permits").sign(b"permit"), b"permit")


def test_many_processes_that_start_together_agree_on_one_key(room: Path) -> None:
    with ThreadPoolExecutor(16) as crowd:
        found = list(crowd.map(lambda _: keys.ensure("log").public_bytes, range(64)))
    assert len(set(found)) == 1
    assert os.listdir(room) == ["log.ed25519"]  # no drafts are left


def test_signing_never_makes_a_key(room: Path) -> None:
    with pytest.raises(keys.KeyMissing) as refusal:
        keys.signer("log")
    assert str(room / "log.ed25519") in refusal.value.mend.en
    assert not room.exists()


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_not_replaced(room: Path, content: bytes) -> None:
    room.mkdir()
    (room / "log.ed25519").write_bytes(content)
    with pytest.raises(keys.KeyMissing):
        keys.ensure("log")
    assert (room / "log.ed25519").read_bytes() == content


@pytest.mark.parametrize("name", ["", "../log", "log.ed25519", "Log", "a" * 41])
def test_a_key_is_named_by_a_plain_word(room: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        keys.ensure(name)


@pytest.mark.django_db
def test_without_its_key_the_log_waits_and_loses_nothing(room: Path) -> None:
    with pytest.raises(keys.KeyMissing):
        evidence.integrate()
    assert evidence.checkpoint() is None
