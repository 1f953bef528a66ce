"""The proof file: it holds offline, and whatever is changed in it is named."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.wire import merkle, notes, proofs
from tongqu.wire.canonical import canonical
from tongqu.wire.proofs import BadProof
from tongqu.wire.seals import Ed25519Signer

ORIGIN = "exchange.example/log"
LOG = Ed25519Signer.from_seed(bytes(range(32)))
VKEY = notes.note_key(ORIGIN, LOG.public_bytes).vkey
STRANGER = notes.note_key(ORIGIN, Ed25519Signer.from_seed(bytes(32)).public_bytes).vkey
SALT = bytes(range(32))
ENVELOPE = {
    "v": 1,
    "at": "2026-03-01T01:02:03.000004Z",
    "procedure": "negotiation",
    "act": "agree",
    "subject": "7",
    "actor": {"kind": "person", "party": 7, "person": 12},
    "body": {"price_fen": 120_000, "note": "示例报价"},
}


def _proof(index: int = 5, size: int = 11) -> dict[str, Any]:
    entry = proofs.salted(SALT, canonical(ENVELOPE))
    leaves = [merkle.leaf_hash(entry if n == index else b"%d" % n) for n in range(size)]
    read = merkle.in_memory(leaves)
    checkpoint = notes.Checkpoint(ORIGIN, size, merkle.root(size, read))
    return proofs.proof(
        envelope=ENVELOPE,
        salt=SALT,
        index=index,
        path=merkle.inclusion_proof(index, size, read),
        checkpoint=notes.sign_checkpoint(checkpoint, LOG),
        key=VKEY,
    )


def test_a_proof_holds_after_a_journey_as_a_file() -> None:
    verified = proofs.verify_proof(json.loads(json.dumps(_proof(), indent=2)), VKEY)
    assert verified.envelope == ENVELOPE
    assert (verified.index, verified.size, verified.origin, verified.trusted) == (5, 11, ORIGIN, True)


def test_without_a_trusted_key_it_says_so() -> None:
    assert not proofs.verify_proof(_proof()).trusted


def test_the_log_of_a_stranger_is_not_trusted() -> None:
    with pytest.raises(BadProof) as refusal:
        proofs.verify_proof(_proof(), STRANGER)
    assert refusal.value.code == "unknown-key"


def _swap(text: str, at: int) -> str:
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def _changes() -> dict[str, tuple[str, Any]]:
    whole = _proof()
    size, root = whole["checkpoint"].split("\n")[1:3]
    elsewhere = notes.sign_checkpoint(notes.Checkpoint(ORIGIN, 11, bytes(32)), LOG)
    return {
        "the price": ("body-changed", {"envelope": ENVELOPE | {"body": {"price_fen": 1, "note": "示例报价"}}}),
        "the time": ("body-changed", {"envelope": ENVELOPE | {"at": "2026-03-01T01:02:03.000005Z"}}),
        "the actor": ("body-changed", {"envelope": ENVELOPE | {"actor": {"kind": "clock"}}}),
        "the act": ("body-changed", {"envelope": ENVELOPE | {"act": "accept"}}),
        "the subject": ("body-changed", {"envelope": ENVELOPE | {"subject": "8"}}),
        "a float": ("format", {"envelope": ENVELOPE | {"body": {"price_fen": 1.5}}}),
        "half a character": ("format", {"envelope": ENVELOPE | {"body": {"note": "\ud800"}}}),
        "a field more": ("format", {"envelope": ENVELOPE | {"seen": True}}),
        "the content": ("content-changed", {"content": _swap(whole["content"], 3)}),
        "the salt": ("salt-changed", {"salt": _swap(whole["salt"], 63)}),
        "the digest": ("digest-changed", {"digest": _swap(whole["digest"], 0)}),
        "the spelling": ("format", {"digest": whole["digest"].upper()}),
        "the place": ("path", {"index": 6}),
        "a place outside": ("path", {"index": 11}),
        "a truth for a place": ("format", {"index": True}),
        "a step": ("path", {"path": [_swap(whole["path"][0], 9), *whole["path"][1:]]}),
        "a step less": ("path", {"path": whole["path"][1:]}),
        "too many steps": ("format", {"path": whole["path"] * 30}),
        "the size": ("checkpoint-signature", {"checkpoint": whole["checkpoint"].replace(f"\n{size}\n", "\n12\n")}),
        "the root": ("checkpoint-signature", {"checkpoint": whole["checkpoint"].replace(root, "A" + root[1:])}),
        "the origin": ("checkpoint-signature", {"checkpoint": "x" + whole["checkpoint"]}),
        "another tree": ("path", {"checkpoint": elsewhere}),
        "no signature": ("checkpoint-malformed", {"checkpoint": whole["checkpoint"].split("—")[0]}),
        "the key": ("key", {"key": _swap(VKEY, len(VKEY) - 2)}),
        "a stranger's key": ("unknown-key", {"key": STRANGER}),
        "the format": ("format", {"format": "tongqu-proof/2"}),
        "an extra": ("format", {"comment": "trust me"}),
    }


@pytest.mark.parametrize("what", _changes())
def test_what_was_changed_is_named(what: str) -> None:
    code, change = _changes()[what]
    with pytest.raises(BadProof) as refusal:
        proofs.verify_proof(_proof() | change)
    assert refusal.value.code == code
    assert refusal.value.words.zh
    assert refusal.value.words.en


def test_a_fact_rewritten_with_fitting_digests_still_has_no_path() -> None:
    forged = proofs.proof(
        envelope=ENVELOPE | {"body": {"price_fen": 1}},
        salt=SALT,
        index=5,
        path=[bytes.fromhex(step) for step in _proof()["path"]],
        checkpoint=_proof()["checkpoint"],
        key=VKEY,
    )
    with pytest.raises(BadProof) as refusal:
        proofs.verify_proof(forged)
    assert refusal.value.code == "path"


@pytest.mark.parametrize("document", [None, [], "proof", {}, {"format": proofs.FORMAT}, {**_proof(), "path": "x"}])
def test_what_is_no_proof_file_is_called_so(document: object) -> None:
    with pytest.raises(BadProof) as refusal:
        proofs.verify_proof(document)
    assert refusal.value.code == "format"


def _texts(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [place for key, item in value.items() for place in _texts(item, (*at, key))]
    if isinstance(value, list):
        return [place for key, item in enumerate(value) for place in _texts(item, (*at, key))]
    return [at] if isinstance(value, str) else []


@given(st.data())
def test_no_changed_character_goes_unnoticed(data: st.DataObject) -> None:
    document = copy.deepcopy(_proof(*data.draw(st.sampled_from([(0, 1), (5, 11), (6, 7), (299, 300)]))))
    *way, last = data.draw(st.sampled_from(_texts(document)))
    holder = document
    for key in way:
        holder = holder[key]
    text = holder[last]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != text[at]))
    holder[last] = text[:at] + other + text[at + 1 :]
    with pytest.raises(BadProof):
        proofs.verify_proof(document)


@given(
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))])),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.integers(-(2**63), 2**63 - 1),
)
def test_the_quick_envelope_is_the_canonical_one(at: datetime, act: str, subject_id: int) -> None:
    quick = proofs.envelope_bytes(
        at=proofs.moment(at),
        procedure="negotiation",
        act=act,
        subject_id=subject_id,
        actor=canonical(ENVELOPE["actor"]),
        body=canonical(ENVELOPE["body"]),
    )
    changed = {"at": proofs.moment(at), "act": act, "subject": str(subject_id)}
    assert quick == canonical(ENVELOPE | changed)
    assert datetime.fromisoformat(proofs.moment(at)) == at
