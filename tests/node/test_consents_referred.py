"""The owner of a node turns people into references, vouches for one, and finds one again: on its own machine, by its command."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.node.world import World
from tongqu.client.node import app
from tongqu.node.consents.referring import refer
from tongqu.node.faults import NodeFault
from tongqu.wire.ages import reaches
from tongqu.wire.consents import SubjectPass, packed, reference_of, unpacked
from tongqu.wire.message import open_sealed
from tongqu.wire.seals import Ed25519Signer

AT = "2026-11-28T10:00:00+08:00"
HEAD = ["key", "notice", "what", "form", "at", "channel"]


def listed(folder: Path, *rows: list[str], head: list[str] | None = None) -> Path:
    file = folder / "people.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head or HEAD, *rows])
    return file


def test_references_go_and_the_people_stay(tmp_path: Path) -> None:
    people = listed(
        tmp_path, ["张三-420106", "7", "given", "separate", AT, "asked"], ["", "7", "given", "separate", AT, "asked"]
    )
    done = refer(people, tmp_path / "references.csv", "credit", b"salt")
    assert (done.lines, done.faults) == (1, ((3, "columns"),))
    text = (tmp_path / "references.csv").read_text()
    assert "420106" not in text
    assert text.splitlines() == [
        "reference,notice,what,form,at,channel",
        f"{reference_of(b'salt', 'credit', '张三-420106').hex()},7,given,separate,{AT},asked",
    ]
    refer(people, tmp_path / "references.zip", "credit", b"salt")
    with zipfile.ZipFile(tmp_path / "references.zip") as archive:
        (name,) = archive.namelist()
        assert io.TextIOWrapper(archive.open(name)).read() == text.replace("\r\n", "\n")
    assert (tmp_path / "references.zip").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("born", "form", "fault"),
    [
        ("2012-11-29", "separate", "guardian-needed"),  # fourteen tomorrow
        ("2012-11-28", "separate", None),  # today
        ("2012-11-29", "guardian", None),
        ("2012-02-29", "separate", None),
        ("2012-13-01", "separate", "birth-date"),
        ("", "separate", None),  # not known here
    ],
)
def test_under_fourteen_a_guardian_consents_and_the_birthday_stays(
    tmp_path: Path, born: str, form: str, fault: str | None
) -> None:
    people = listed(tmp_path, ["A", "7", "given", form, AT, "asked", born], head=[*HEAD, "birth_date"])
    done = refer(people, tmp_path / "references.csv", "credit", b"salt")
    assert [code for _, code in done.faults] == ([fault] if fault else [])
    assert not born or born not in (tmp_path / "references.csv").read_text()


@pytest.mark.parametrize("what", ["moment", "columns", "head", "missing", "bytes"])
def test_a_list_that_is_none_is_named_and_writes_nothing(tmp_path: Path, what: str) -> None:
    people = listed(tmp_path, ["A", "7", "given", "separate", AT, "asked"])
    if what == "moment":
        people = listed(tmp_path, ["A", "7", "given", "separate", "2026-11-28", "asked"])
        assert refer(people, tmp_path / "r.csv", "credit", b"s").faults == ((2, "moment"),)
        return
    if what == "columns":
        people = listed(tmp_path, ["A", "7"])
        assert refer(people, tmp_path / "r.csv", "credit", b"s").faults == ((2, "columns"),)
        return
    if what == "head":
        people = listed(tmp_path, head=["id", "name"])
    elif what == "missing":
        people = tmp_path / "nothing.csv"
    else:
        people.write_bytes(b"\xff\xfe\x00key")
    with pytest.raises(NodeFault):
        refer(people, tmp_path / "r.csv", "credit", b"s")
    assert not list(tmp_path.glob("r.csv*"))


@given(born=st.dates(date(1900, 1, 1), date(2100, 1, 1)), years=st.integers(0, 90), days=st.integers(-3, 3))
def test_an_age_is_reached_once_and_for_ever(born: date, years: int, days: int) -> None:
    from datetime import timedelta

    around = date(born.year + years, born.month, min(born.day, 28)) + timedelta(days=days)
    if reaches(born, years, around):
        assert reaches(born, years, around + timedelta(days=1))
    assert not reaches(born, years + 1, around)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=20))
def test_what_was_packed_is_unpacked(references: list[bytes]) -> None:
    assert unpacked(packed(references)) == b"".join(references)


@pytest.mark.anyio
async def test_by_the_command_somebody_is_vouched_for_and_found_again(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        reference = world.keeper.consents.reference("credit", "001").hex()
        account, config = "account-5", str(world.config)
        run = CliRunner().invoke
        told = run(app, ["consents", "pass", "001", account, "--source", "credit", "--config", config])
        assert told.exit_code == 0, told.output
        signer = Ed25519Signer.from_seed(bytes.fromhex((tmp_path / "state" / "key").read_text()))
        vouched = open_sealed(SubjectPass, json.loads(told.stdout), signer.public_bytes)
        assert (vouched.reference, vouched.account, vouched.node) == (reference, account, "node-1")
        found = run(app, ["consents", "whose", reference, "--source", "credit", "--config", config])
        assert found.stdout.strip() == "001"
        nobody = run(app, ["consents", "whose", "0" * 64, "--source", "credit", "--config", config])
        assert (nobody.exit_code, nobody.stdout) == (1, "")
        people = listed(tmp_path, ["001", "7", "given", "separate", AT, "asked"])
        to = tmp_path / "r.csv"
        done = run(app, ["consents", "refer", str(people), "--source", "credit", "--to", str(to), "--config", config])
        assert done.exit_code == 0, done.output
        assert reference in to.read_text()
        elsewhere = run(app, ["consents", "refer", str(people), "--source", "nothing", "--config", config])
        assert elsewhere.exit_code == 2
