"""Signed notes and checkpoints against published ones: the Go checksum database and the C2SP specification."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.wire import notes
from tongqu.wire.notes import BadNote, Checkpoint
from tongqu.wire.seals import Ed25519Signer

# golang.org/x/mod/sumdb/note, the package's own example.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_NOTE = (
    PETER_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# A real tree head of the Go checksum database, and the key that the go command trusts.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTE = (
    "go.sum database tree\n65209736\n5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=\n"
    "\n— sum.golang.org Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=\n"
)
OTHERS = [
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
]
LOG = Ed25519Signer.from_seed(bytes(range(32)))
ORIGIN = "exchange.example/log"


@pytest.mark.parametrize("vkey", [PETER, SUMDB, *OTHERS])
def test_published_keys_are_read_and_written_back(vkey: str) -> None:
    assert notes.parse_vkey(vkey).vkey == vkey


def test_the_published_note_opens() -> None:
    text, signed_by = notes.open_note(PETER_NOTE, [notes.parse_vkey(PETER)])
    assert text == PETER_TEXT
    assert [key.name for key in signed_by] == ["PeterNeumann"]


def test_the_published_secret_signs_the_published_note() -> None:
    """Ed25519 is deterministic, so the bytes must be the same."""
    signer = Ed25519Signer.from_seed(base64.b64decode(PETER_SECRET)[1:])
    assert notes.sign(PETER_TEXT, "PeterNeumann", signer) == PETER_NOTE


def test_a_real_tree_head_opens() -> None:
    text, _ = notes.open_note(SUMDB_NOTE, [notes.parse_vkey(SUMDB)])
    checkpoint = notes.parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 65209736)
    assert checkpoint.text == text


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (PETER_NOTE.replace("cryptography", "Cryptography"), "signature"),
        (PETER_NOTE.replace("x08go/ZJ", "x08go/ZK"), "signature"),
        (PETER_NOTE.replace("x08go/ZJ", "x18go/ZJ"), "unknown-key"),
        (PETER_NOTE.replace("— PeterNeumann", "— PeterNewmann"), "unknown-key"),
        (PETER_NOTE.replace("— ", "- "), "note-malformed"),
        (PETER_NOTE.replace("\n\n", "\n"), "note-malformed"),
        (PETER_NOTE[:-1], "note-malformed"),
        (PETER_NOTE.replace("your", "your\t"), "note-malformed"),
        (PETER_NOTE.replace("JnAM=", "JnAN="), "note-malformed"),  # base64 with stray bits: another spelling
        (PETER_NOTE + PETER_NOTE.splitlines(keepends=True)[-1] * 64, "note-malformed"),
        ("\n", "note-malformed"),
    ],
)
def test_a_changed_note_stays_shut(note: str, code: str) -> None:
    with pytest.raises(BadNote) as refusal:
        notes.open_note(note, [notes.parse_vkey(PETER)])
    assert refusal.value.code == code


def test_a_witness_may_add_its_line() -> None:
    """Signatures by unknown keys are passed over; a known key must still fit."""
    witness = Ed25519Signer.generate()
    witnessed = PETER_NOTE + notes.sign(PETER_TEXT, "witness.example", witness).splitlines(keepends=True)[-1]
    keys = [notes.parse_vkey(PETER), notes.note_key("witness.example", witness.public_bytes)]
    assert notes.open_note(witnessed, keys[:1])[1] == keys[:1]
    assert notes.open_note(witnessed, keys)[1] == keys


@pytest.mark.parametrize(
    "vkey",
    [
        "", "PeterNeumann", PETER[:-1], PETER + "=", PETER.replace("c74f20a3", "c74f20a4"), PETER.replace("P", "Q", 1),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # wrong length, fitting hash
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # unknown kind, fitting hash
    ],
)  # fmt: skip
def test_a_damaged_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote) as refusal:
        notes.parse_vkey(vkey)
    assert refusal.value.code == "key-malformed"


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak", "ideographic\u3000space"])
def test_a_key_name_has_no_space_or_plus(name: str) -> None:
    with pytest.raises(BadNote):
        notes.note_key(name, bytes(32))


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_survives_the_journey(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    note = notes.sign_checkpoint(checkpoint, LOG)
    assert notes.open_checkpoint(note, notes.note_key(ORIGIN, LOG.public_bytes)) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n1\n", f"{ORIGIN}\n01\n{'A' * 43}=\n", f"{ORIGIN}\n-1\n{'A' * 43}=\n", f"{ORIGIN}\n1\nAAAA\n",
        f"{ORIGIN}\n1\n{'A' * 43}\n", f"\n1\n{'A' * 43}=\n", f"{ORIGIN}\n1\n{'A' * 43}=\n\n",
        f"{ORIGIN}\n²\n{'A' * 43}=\n",
    ],
)  # fmt: skip
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote) as refusal:
        notes.parse_checkpoint(text)
    assert refusal.value.code == "checkpoint-malformed"


def test_a_key_speaks_for_its_own_log_only() -> None:
    elsewhere = notes.sign(Checkpoint("other.example/log", 1, bytes(32)).text, ORIGIN, LOG)
    with pytest.raises(BadNote) as refusal:
        notes.open_checkpoint(elsewhere, notes.note_key(ORIGIN, LOG.public_bytes))
    assert refusal.value.code == "checkpoint-malformed"
