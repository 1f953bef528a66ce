"""A bundle that is damaged or ill-formed is returned in words, whatever is wrong with it, and keeps no other waiting."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest

from tests.registry.conftest import World, day
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import begin
from tongqu.exchange.registry.attestation import base58
from tongqu.exchange.registry.handover import TAKE_OVER, BadBundle, bundle, running
from tongqu.exchange.registry.models import HandedRecord, TakeOver
from tongqu.exchange.registry.recognition import RECOGNISED_REGISTRAR
from tongqu.wire.seals import Ed25519Signer

SIGNER = Ed25519Signer.from_seed(b"\7" * 32)
PUBLIC = base58.multikey(SIGNER.public_bytes)
NOW = day(2027, 6, 1)


def written(**parts: list[dict[str, Any]]) -> bytes:
    """A bundle with these lines, signed."""
    out = io.BytesIO()
    writer = bundle.Writer(out)
    for name in bundle.PARTS:
        writer.part(name, parts.get(name, []))
    told = {
        "registrar": {"name": "示例机构", "credit_code": "91420100MA0000BK10"},
        "log_key": "x",
        "made_at": NOW.isoformat(),
    }
    writer.close(told, SIGNER)
    return out.getvalue()


def flipped(raw: bytes, name: str) -> bytes:
    """One byte of a packed entry is another: the first of its stream, after which nothing can be unpacked."""
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        info = opened.getinfo(name)
    at = info.header_offset + 30 + int.from_bytes(raw[info.header_offset + 26 : info.header_offset + 28], "little")
    at += int.from_bytes(raw[info.header_offset + 28 : info.header_offset + 30], "little")
    return raw[:at] + b"\xff" + raw[at + 1 :]


MATTER = {"table": "right_change", "number": 1, "row": {"state": "done"}, "facts": []}


@pytest.mark.parametrize("name", ["matters.jsonl", "digests/matters.txt", "manifest.json", "manifest.sig"])
def test_a_damaged_stream_is_told_by_its_part(name: str) -> None:
    whole = written(matters=[MATTER])
    bundle.verify(io.BytesIO(whole), public=PUBLIC)
    with pytest.raises(BadBundle):
        bundle.verify(io.BytesIO(flipped(whole, name)), public=PUBLIC)


@pytest.mark.parametrize(
    "parts",
    [
        {"matters": [{"table": "right_change", "number": 1}]},
        {"matters": [{"table": "right_change", "number": 1, "row": {"state": "done"}, "facts": [{}]}]},
        {"papers": [{"sha256": "0" * 64}]},
        {"papers": [{"sha256": "../" * 20, "size": "many"}]},
        {"registrations": [{"table": "ownership", "number": 1, "facts": None}]},
    ],
)
def test_a_line_that_lacks_what_it_must_say_is_told(parts: Any) -> None:
    with pytest.raises(BadBundle):
        bundle.verify(io.BytesIO(written(**parts)), public=PUBLIC)


def test_what_is_larger_than_a_bundle_may_hold_is_named_by_who_writes_and_by_who_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stated bound: a record that is too long was once called different from what was signed."""
    line = {"text": "x" * 300}
    raw = written(lists=[{"n": 1}, line])
    monkeypatch.setattr(bundle, "LINE_BYTES_MAX", 200)
    with pytest.raises(BadBundle, match=r"lists\.jsonl, line 2: one record is larger"):
        bundle.verify(io.BytesIO(raw))
    with pytest.raises(BadBundle, match=r"lists\.jsonl, line 2: one record is larger"):
        written(lists=[{"n": 1}, line])
    monkeypatch.setattr(bundle, "PAPER_BYTES_MAX", 10)
    with pytest.raises(BadBundle, match="larger"):
        bundle.Writer(io.BytesIO()).paper("a" * 64, io.BytesIO(b"x" * 11))
    with pytest.raises(BadBundle, match="larger"):
        bundle.verify(io.BytesIO(written(papers=[{"sha256": "a" * 64, "size": 11}])))


def brought(world: World, raw: bytes) -> int:
    file = papers.keep(raw, name="bundle.zip", media_type="application/zip", at=NOW, by=world.parties["registrar"].pk)
    return begin(TAKE_OVER, by=world.registrar, at=NOW, file=file.sha256, public=PUBLIC).subject


@pytest.mark.django_db
def test_what_cannot_be_taken_in_is_returned_and_the_next_is_taken(world: World) -> None:
    """Signed as it is, it says the same matter twice, or what no database keeps: it is not tried again for ever."""
    asked = {
        "name": "示例机构", "credit_code": "91420100MA0000BK10", "did": "did:web:leaving.example", "basis": "示例移交通知",
        "method": "k1", "public": PUBLIC, "since_date": date(2026, 1, 1),
    }  # fmt: skip
    world.join("regulator", "11420000MB0000009K", "department", "regulator")
    begin(RECOGNISED_REGISTRAR, by=world.actor("regulator"), at=NOW, **asked)
    twice = brought(world, written(matters=[MATTER, MATTER]))
    nothing = brought(world, written(matters=[MATTER | {"row": {"state": "done", "note": "\0"}}]))
    damaged = brought(world, flipped(written(matters=[MATTER | {"number": 3}]), "matters.jsonl"))
    good = brought(world, written(matters=[MATTER | {"number": 4}]))
    assert running.sweep() == ["failed", "failed", "failed", "finished"]
    assert {row.pk: bool(row.fault) for row in TakeOver.objects.all()} == {
        twice: True, nothing: True, damaged: True, good: False,
    }  # fmt: skip
    assert HandedRecord.objects.values_list("take_over", flat=True).get() == good
