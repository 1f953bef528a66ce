"""A registrar leaves: what it hands over is whole, verifies anywhere, and goes on living at another exchange.

Two exchanges, each with its own database, keys, log and files.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from typer.testing import CliRunner

from tests.journeys.market import database, drop
from tests.pristine import copied
from tests.registry.conftest import CODES, World, day
from tests.registry.test_dealings import LATER, RIGHT_RENEWAL, RIGHT_TRANSFER, begun, change_form, decided, transfer
from tongqu.client.registrar import app
from tongqu.exchange.bedrock import evidence, keys, papers, retention
from tongqu.exchange.bedrock.evidence import SequencedFact
from tongqu.exchange.bedrock.procedures import NotYours, Refused, Unknown, begin, perform, see
from tongqu.exchange.registry import handover, ownership
from tongqu.exchange.registry.attestation import base58
from tongqu.exchange.registry.dealings import RIGHT_CHANGE
from tongqu.exchange.registry.handover import TAKE_OVER, TAKEN_OVER, BadBundle, bundle, running
from tongqu.exchange.registry.models import HandedRecord, Registration, TakenOver, TakeOver
from tongqu.exchange.registry.recognition import RECOGNISED_REGISTRAR
from tongqu.wire.seals import Ed25519Signer

MONDAY = day(2026, 11, 2)
NOW = day(2027, 6, 1)


class House:
    """An exchange of its own: inside `open` everything done is done there."""

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = f"{name}_{os.getpid()}", root / name
        self.bundle = root / "bundle.zip"

    @contextmanager
    def open(self) -> Iterator[None]:
        here = {"KEYS_ROOT": self.root / "keys", "PAPERS_ROOT": self.root / "papers", "LOG_ORIGIN": f"{self.name}.example/log",
                "PUBLIC_URL": f"https://{self.name.split('_')[0]}.example"}  # fmt: skip
        with override_settings(**here), database(self.name):
            yield


@pytest.fixture(scope="module")
def houses(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    root = tmp_path_factory.mktemp("houses")
    made = House("leaving", root), House("staying", root)
    with django_db_blocker.unblock():
        for house in made:
            drop(house.name)
            copied(house.name)
            with house.open():
                for key in ("log", "permits", "signatures", "certificates"):
                    keys.ensure(key)
        with made[0].open():
            told = _leaving(made[0])
        yield (*made, told)
        for house in made:
            drop(house.name)


def _leaving(house: House) -> dict[str, Any]:
    """A registrar's life: two rights in force, one of them changed and seized, one transferred away, one refused."""
    world = World()
    first = world.registered(MONDAY)
    decided(
        world,
        RIGHT_CHANGE,
        begun(world, RIGHT_CHANGE, LATER, **change_form(world, first, ("frequency", "month"))),
        LATER,
    )
    world.act("note", first, day(2027, 4, 1), kind="seized", text="示例法院查封")
    other = world.catalogued(day(2027, 1, 4), source="meters", name="示例计量数据")
    second = world.registered(day(2027, 1, 5), resource=other, name_content="计量")
    decided(world, RIGHT_TRANSFER, transfer(world, second, LATER, rights=["holding"]), LATER)
    theirs = world.parties["rival"].pk
    named = papers.keep(b"of the rival, who has no part in it", name="theirs.txt", at=LATER, by=theirs).sha256
    refused = world.apply(day(2027, 4, 5), resource=other, name_content="另一").subject
    world.act("accept", refused, day(2027, 4, 6))
    world.act("refuse", refused, day(2027, 4, 7), grounds=["source"], reason=f"来源不明 {named}")
    world.pass_time(NOW - timedelta(days=1))
    with house.bundle.open("wb") as file:
        manifest = handover.write(world.parties["registrar"].pk, file, at=NOW)
    codes = [str(ownership.right(one).code) for one in (first, second)]
    return {
        "manifest": manifest,
        "codes": codes,
        "first": first,
        "second": second,
        "public": manifest["public"],
        "named": named,
    }


@pytest.fixture
def told(houses: Any, django_db_blocker: Any) -> dict[str, Any]:
    return dict(houses[2]) | {"bundle": houses[0].bundle}


# The bundle, anywhere.


def test_it_holds_everything_and_verifies_without_any_house(told: dict[str, Any]) -> None:
    with told["bundle"].open("rb") as file:
        report = handover.verify(file, public=told["public"])
    parts = report.manifest["parts"]
    assert (parts["registrations"]["lines"], parts["matters"]["lines"], parts["lists"]["lines"]) == (4, 2, 2)
    assert report.facts > 40
    with zipfile.ZipFile(told["bundle"]) as opened:
        lines = [json.loads(line) for line in opened.open("registrations.jsonl")]
        named = [json.loads(line) for line in opened.open("papers.jsonl")]
        assert {f"papers/{one['sha256']}" for one in named} <= set(opened.namelist())
        assert told["named"] in opened.read("registrations.jsonl").decode()
        assert f"papers/{told['named']}" not in opened.namelist()  # writing a digest down opens nobody else's paper
    assert sorted(one["row"]["state"] for one in lines) == ["refused", "registered", "registered", "registered"]
    assert [len(one["certificates"]) for one in lines if one["number"] == told["first"]] == [2]  # the one before stays
    assert all(one["credentials"][0]["proof"] for one in lines if one["certificates"])
    assert {one["kept_as"] for paper in named for one in paper["retention"]} == {"property_registration"}


def changed(bundle_path: Path, change: Callable[[dict[str, bytes]], None]) -> io.BytesIO:
    """The same bundle with something altered."""
    with zipfile.ZipFile(bundle_path) as opened:
        entries = {name: opened.read(name) for name in opened.namelist()}
    change(entries)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in entries.items():
            made.writestr(name, content)
    out.seek(0)
    return out


def _line(entries: dict[str, bytes], part: str, number: int, old: str, new: str) -> None:
    lines = entries[part].decode().splitlines(keepends=True)
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    entries[part] = "".join(lines).encode()


def one_word(entries: dict[str, bytes]) -> None:
    _line(entries, "registrations.jsonl", 2, "一年逐刻用电量", "一年逐日用电量")


def one_line_less(entries: dict[str, bytes]) -> None:
    entries["matters.jsonl"] = b"".join(entries["matters.jsonl"].splitlines(keepends=True)[:-1])


def one_paper(entries: dict[str, bytes]) -> None:
    name = next(one for one in entries if one.startswith("papers/"))
    entries[name] = entries[name][:-1] + b"?"


def the_digests_too(entries: dict[str, bytes]) -> None:
    one_word(entries)
    lines = entries["registrations.jsonl"].splitlines(keepends=True)
    entries["digests/registrations.txt"] = "".join(hashlib.sha256(one).hexdigest() + "\n" for one in lines).encode()


def the_manifest(entries: dict[str, bytes]) -> None:
    entries["manifest.json"] = entries["manifest.json"].replace(
        "示例registrar有限公司".encode(), "示例别人有限公司".encode()
    )


def something_more(entries: dict[str, bytes]) -> None:
    entries["papers/../../etc/passwd"] = b"x"


@pytest.mark.parametrize(
    ("change", "part", "line"),
    [
        (one_word, "registrations.jsonl", 2), (one_line_less, "matters.jsonl", 2), (one_paper, "papers/", None),
        (the_digests_too, "digests/registrations.txt", None), (the_manifest, "manifest.json", None),
        (something_more, "papers/../../etc/passwd", None),
    ],
)  # fmt: skip
def test_what_was_altered_is_named_by_its_line(told: dict[str, Any], change: Any, part: str, line: int | None) -> None:
    with pytest.raises(BadBundle) as bad:
        handover.verify(changed(told["bundle"], change), public=told["public"])
    assert bad.value.part.startswith(part)
    assert bad.value.line == line
    assert part.rstrip("/") in bad.value.words.zh


def test_signed_anew_by_somebody_else_it_is_not_who_was_named(told: dict[str, Any]) -> None:
    other = Ed25519Signer.from_seed(b"\5" * 32)

    def forge(entries: dict[str, bytes]) -> None:
        manifest = json.loads(entries["manifest.json"]) | {"public": base58.multikey(other.public_bytes)}
        entries["manifest.json"] = bundle.line_of(manifest)
        entries["manifest.sig"] = base58.encode(other.sign(entries["manifest.json"])).encode()

    with pytest.raises(BadBundle):
        handover.verify(changed(told["bundle"], forge), public=told["public"])
    handover.verify(changed(told["bundle"], forge))  # whole, but of whom nobody said


def test_a_fact_of_another_log_does_not_pass_even_when_signed_anew(told: dict[str, Any]) -> None:
    """Who has the registrar's key still cannot make evidence that the log never had."""
    signer = Ed25519Signer.from_seed(b"\6" * 32)

    def forge(entries: dict[str, bytes]) -> None:
        _line(entries, "registrations.jsonl", 1, '"act":"accept"', '"act":"refuse"')
        lines = entries["registrations.jsonl"].splitlines(keepends=True)
        digests = "".join(hashlib.sha256(one).hexdigest() + "\n" for one in lines).encode()
        entries["digests/registrations.txt"] = digests
        manifest = json.loads(entries["manifest.json"]) | {"public": base58.multikey(signer.public_bytes)}
        manifest["parts"]["registrations"]["digests"] = hashlib.sha256(digests).hexdigest()
        entries["manifest.json"] = bundle.line_of(manifest)
        entries["manifest.sig"] = base58.encode(signer.sign(entries["manifest.json"])).encode()

    with pytest.raises(BadBundle) as bad:
        handover.verify(changed(told["bundle"], forge))
    assert (bad.value.part, bad.value.line) == ("registrations.jsonl", 1)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"not a bundle", b"x" * 5_000])
def test_what_is_no_bundle_is_told(raw: bytes) -> None:
    with pytest.raises(BadBundle):
        handover.verify(io.BytesIO(raw))


# At the other exchange.


@pytest.fixture
def staying(houses: Any, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), houses[1].open():
        yield houses[1]


def brought(world: World, path: Path, public: str, at: Any = NOW) -> int:
    raw = path.read_bytes() if isinstance(path, Path) else path.getvalue()
    file = papers.keep(raw, name="bundle.zip", media_type="application/zip", at=at, by=world.parties["registrar"].pk)
    return begin(TAKE_OVER, by=world.registrar, at=at, file=file.sha256, public=public).subject


def listed(world: World, public: str, **changes: Any) -> int:
    """The supervisor enters the registrar that leaves, under its key."""
    asked = {
        "name": "示例离任登记中心", "credit_code": world.parties["registrar"].credit_code, "did": "did:web:leaving.example",
        "basis": "示例移交通知", "method": "k1", "public": public, "since_date": date(2026, 1, 1),
    } | changes  # fmt: skip
    return begin(RECOGNISED_REGISTRAR, by=world.actor("regulator"), at=MONDAY, **asked).subject


def test_a_whole_succession(staying: House, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """One story, told once: altered it is returned; whole it is taken; killed it goes on; bound it lives."""
    world = World()
    world.join("regulator", "11420000MB0000009K", "department", "regulator")
    # Under a key that is nobody's in the register it is not even looked at; nor does it stand under another's name.
    with pytest.raises(Refused) as refused:
        brought(world, told["bundle"], told["public"])
    assert [one.rule for one in refused.value.findings if one.blocks] == ["the_key_is_in_the_register"]
    entry = listed(world, told["public"], credit_code="91430000MA000000XR")
    strange = brought(world, told["bundle"], told["public"])
    assert running.run(strange, at=NOW) == "failed"
    assert TakeOver.objects.get(pk=strange).fault["part"] == "manifest.json"
    perform(RECOGNISED_REGISTRAR, "strike_off", entry, by=world.actor("regulator"), at=MONDAY, reason="登错了机构")
    listed(world, told["public"])
    # Altered, it is returned with the line; nothing of it is here.
    altered = brought(world, changed(told["bundle"], one_word), told["public"])
    assert running.run(altered, at=NOW) == "failed"
    row = TakeOver.objects.get(pk=altered)
    assert (row.fault["part"], row.fault["line"]) == ("registrations.jsonl", 2)
    assert HandedRecord.objects.count() == 0
    with pytest.raises(Unknown):
        see(TAKE_OVER, altered, world.actor("rival"))

    # Whole, but its worker dies in the middle: what was taken stays, and it goes on from there.
    number = brought(world, told["bundle"], told["public"])
    with pytest.raises(Refused):
        brought(world, told["bundle"], told["public"])
    monkeypatch.setattr(running, "AT_ONCE", 2)
    real = running._taken

    def dies(number: int, at: Any, chunk: Any, manifest: Any) -> bool:
        if chunk[0][0] > 2:
            raise MemoryError
        return real(number, at, chunk, manifest)

    monkeypatch.setattr(running, "_taken", dies)
    with pytest.raises(MemoryError):
        running.run(number, at=NOW)
    row = TakeOver.objects.get(pk=number)
    assert (row.state, row.whole, row.position) == ("running", True, 2)
    monkeypatch.setattr(running, "_taken", real)
    perform(TAKE_OVER, "stop", number, by=world.registrar, at=NOW, reason="夜间再办")
    assert running.run(number, at=NOW) == "stopped"
    perform(TAKE_OVER, "resume", number, by=world.registrar, at=NOW)
    assert running.run(number, at=NOW) == "finished"
    row.refresh_from_db()
    manifest = told["manifest"]
    assert (row.position, row.matters, row.papers) == (4, 2, manifest["papers"]["count"])
    assert row.living == 3
    assert HandedRecord.objects.filter(take_over=number).count() == 6
    with zipfile.ZipFile(told["bundle"]) as opened:
        kept = json.loads(opened.open("papers.jsonl").readline())
    assert papers.content(kept["sha256"])
    assert [one.kept_as for one in retention.kept_for(kept["sha256"])] == ["property_registration"]

    # A right in force waits for its holder, and for nobody else.
    code = told["codes"][0]
    living = TakenOver.objects.get(code=code)
    assert living.holder_id == world.parties["supplier"].pk
    told_of = handover.standing(code)
    assert told_of is not None
    assert (told_of.state, told_of.holder_code) == ("waiting", CODES["supplier"])
    assert told_of.frozen  # it was seized there: nobody relies on it here before it is bound either
    page = Client().get(f"/verify/{code}").content.decode()
    assert "权利被查封或临时管制" in page
    assert "有效，由原登记机构移交" not in page
    free = handover.standing(told["codes"][1])
    assert free is not None
    assert not free.frozen
    with pytest.raises(Unknown):
        ownership.certificate(code)
    wrong = world.catalogued(day(2027, 6, 1), name="别的数据", source="meters")
    with pytest.raises(Refused) as shut:
        perform(TAKEN_OVER, "bind", living.pk, by=world.supplier, at=NOW, resource=wrong)
    assert [one.rule for one in shut.value.findings if one.blocks] == ["it_is_bound_to_its_own_data"]
    resource = world.catalogued(day(2027, 6, 1))
    with pytest.raises(NotYours):
        perform(TAKEN_OVER, "bind", living.pk, by=world.actor("rival"), at=NOW, resource=resource)
    perform(TAKEN_OVER, "bind", living.pk, by=world.supplier, at=NOW, resource=resource)
    world.settle(NOW)
    living.refresh_from_db()
    right = ownership.right(int(living.registration_id or 0))
    assert (right.state, right.code, right.frozen) == ("registered", code, True)  # the seizure came with it
    answer = ownership.verify_certificate(code, at=NOW)
    assert [one.zh for one in answer.faults] == ["权利被查封或临时管制"]
    row = Registration.objects.get(pk=living.registration_id)
    assert row.evidenced_at is not None
    assert row.evidenced_at < NOW - timedelta(days=60)  # as it was there, so that no day of validity is added
    assert evidence.audit() == []

    # It goes on living: freed, transferred in part; the other renewed in its time.
    note = ownership.dossier(row.pk).notes[0]
    world.act("lift_note", row.pk, NOW, note=note.id, reason="已解除查封")
    matter = transfer(world, row.pk, NOW, rights=["holding"])
    decided(world, RIGHT_TRANSFER, matter, NOW)
    assert ownership.right(row.pk).rights == {"operation"}
    assert ownership.right(row.pk).code != code
    asked = {"registration": row.pk, "rights": ["operation"], "unchanged": True, "papers": [world.paper("renewal")]}
    valid_to = ownership.right(row.pk).valid_to_at
    assert valid_to is not None
    decided(
        world,
        RIGHT_RENEWAL,
        begun(world, RIGHT_RENEWAL, valid_to - timedelta(days=40), **asked),
        valid_to - timedelta(days=40),
    )
    renewed = ownership.right(row.pk).valid_to_at
    assert renewed is not None
    assert renewed > valid_to
    # What nobody bound has lapsed by then, by its own clock; its record stays.
    second = TakenOver.objects.get(code=told["codes"][1])
    world.pass_time(second.valid_to_at)
    assert see(TAKEN_OVER, second.pk, world.registrar).state == "lapsed"


def test_the_command_checks_a_bundle_and_names_the_line(told: dict[str, Any], tmp_path: Path) -> None:
    good = CliRunner().invoke(app, ["verify", str(told["bundle"]), "--key", told["public"]])
    assert good.exit_code == 0, good.output
    assert "移交包成立" in good.output
    bad = tmp_path / "bad.zip"
    bad.write_bytes(changed(told["bundle"], one_word).getvalue())
    told_of = CliRunner().invoke(app, ["verify", str(bad)])
    assert told_of.exit_code == 1
    assert "registrations.jsonl 第 2 行" in told_of.output


def test_a_holder_that_is_admitted_later_finds_its_registrations(staying: House, told: dict[str, Any]) -> None:
    """Run after the succession, in the same house: one of its registrations is given back to nobody, then its holder comes."""
    living = TakenOver.objects.order_by("-pk").first()
    assert living is not None
    holder = living.holder_id
    TakenOver.objects.filter(pk=living.pk).update(holder=None, state="waiting")
    fact = SequencedFact(10**6, 10**6, NOW, "admission", "admit", int(holder or 0), {}, {})
    handover.steps.find_holder(fact, NOW)
    living.refresh_from_db()
    assert living.holder_id == holder
