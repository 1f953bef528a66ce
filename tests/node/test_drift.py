"""Newer data with other columns: the version before serves or calls are refused, and the exchange hears what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node.test_kinds import Opened, fault, folder, look, parquet, rows
from tests.node.test_sources import answers, config, room
from tests.node.world import LIMIT_BAND, NOON, World, codes, dataset_permit, verification_permit
from tongqu.node.config import SourceConfig
from tongqu.node.sources import SourceRoom
from tongqu.node.sources.drifting import fingerprint, needed
from tongqu.wire.drift import ADDED, GONE, REPEATED, RETYPED, Drift
from tongqu.wire.source import Column

pytestmark = pytest.mark.anyio

WHOLE = ("verification", "dataset")
FIRST = "id,arrears,limit\n001,1,1\n"


def drift_of(held: SourceRoom) -> Drift | None:
    return held.held["credit"].declaration.drift


def told(held: SourceRoom) -> set[tuple[str, str]]:
    found = drift_of(held)
    return set() if found is None else {(change.column, change.change) for change in found.changes}


@pytest.mark.parametrize(
    ("modes", "content", "expected"),
    [
        (("verification",), "id,limit\n001,1\n", {("arrears", GONE)}),
        (("verification",), "id,arrears,limit\n001,yes,1\n", {("arrears", RETYPED)}),
        (("verification",), "id,arrears,limit\n001,1,1\n001,0,2\n", {("id", REPEATED)}),
        (("verification",), "who,arrears,limit\n001,1,1\n", {("id", GONE)}),
        (("verification",), "id,arrears,limit,phone\n001,1,1,2\n", set()),  # nobody was promised that it has no more
        (("verification",), "id,arrears,limit\n001,1,1.5\n", set()),
        (WHOLE, "id,arrears,limit,phone\n001,1,1,2\n", {("phone", ADDED)}),
        (WHOLE, "id,limit\n001,1\n", {("arrears", GONE)}),
        (WHOLE, "id,arrears,limit\n001,1,2026-01-01\n", {("limit", RETYPED)}),
        (WHOLE, "limit,id,arrears\n1,001,0\n", set()),  # in another order they are the same columns
    ],
)
def test_what_counts_as_other_columns(
    tmp_path: Path, modes: tuple[str, ...], content: str, expected: set[tuple[str, str]]
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FIRST)
    held = room(tmp_path / "state", config(file, modes=modes))
    file.write_text(content)
    assert held.look(NOON) == ([] if expected else ["credit"])
    assert told(held) == expected
    assert answers(held, "001") == (["yes"] if expected or "001,1" in content else ["no"])
    file.write_text("id,arrears,limit\n001,0,1\n")
    assert held.look(NOON) == ["credit"] or "limit,id" in content
    assert drift_of(held) is None
    assert held.faults == {}


def test_a_change_names_the_uses_that_stand_on_the_column(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FIRST)
    held = room(tmp_path / "state", config(file))
    file.write_text("id,arrears\n001,1\n")
    held.look(NOON)
    found = drift_of(held)
    assert found is not None
    assert found.changes[0].uses == (f"verification/{LIMIT_BAND.id}",)
    assert found.changes[0].was == "whole"
    assert "limit" in str(held.faults["credit"])
    assert found.since == NOON


def test_the_version_that_was_served_comes_back_and_nothing_differs_any_longer(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FIRST)
    held = room(tmp_path / "state", config(file))
    file.write_text("id,limit\n001,1\n")
    held.look(NOON)
    assert told(held) == {("arrears", GONE)}
    file.write_text(FIRST)
    assert held.look(NOON) == []
    assert (drift_of(held), held.faults) == (None, {})


def test_data_with_other_columns_is_not_read_over_and_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FIRST)
    held = room(tmp_path / "state", config(file))
    file.write_text("id,limit\n001,1\n")
    held.look(NOON)
    taken: list[int] = []
    monkeypatch.setattr("tongqu.node.sources.room.take_in", lambda *_given, **_more: taken.append(1))
    for _ in range(3):
        assert held.look(NOON) == []
    assert taken == []
    assert fault(held) == "columns-changed"
    data = tmp_path / "data"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    held = room(tmp_path / "other", folder(data))
    parquet(data / "a.parquet", ("001", 1.0), columns=("id", "limit"))  # type: ignore[arg-type]
    look(held)
    opened = Opened(monkeypatch)
    assert look(held, 2) == []
    assert opened.again() == (set(), 0)
    assert told(held) == {("arrears", GONE)}


def test_a_restart_accepts_nothing_and_serves_the_version_before(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FIRST)
    first = room(tmp_path / "state", config(file))
    version = first.held["credit"].declaration.source_version
    file.write_text("id,limit\n001,1\n")
    first.look(NOON)
    again = SourceRoom([config(file)], tmp_path / "state")
    again.look(NOON.replace(hour=9))
    assert again.held["credit"].declaration.source_version == version
    assert answers(again, "001") == ["yes"]
    found = drift_of(again)
    assert found is not None
    assert found.since == NOON  # since it was first seen, not since the restart


def test_the_owner_accepts_new_columns_by_their_name(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FIRST)
    held = room(tmp_path / "state", config(file, modes=WHOLE))
    file.write_text("id,arrears,limit,phone\n001,0,1,2\n")
    held.look(NOON)
    found = drift_of(held)
    assert found is not None
    assert found.columns in held.faults["credit"].mend.en
    other = SourceRoom([config(file, modes=WHOLE, columns_accepted="0" * 12)], tmp_path / "state")
    other.look(NOON)
    assert told(other) == {("phone", ADDED)}  # what was meant is not what came
    meant = SourceRoom([config(file, modes=WHOLE, columns_accepted=found.columns)], tmp_path / "state")
    assert meant.look(NOON) == ["credit"]
    assert (drift_of(meant), answers(meant, "001")) == (None, ["no"])
    file.write_text("id,arrears,limit,phone,name\n001,0,1,2,x\n")
    assert meant.look(NOON) == []  # and only that is accepted
    assert told(meant) == {("name", ADDED)}


def test_columns_that_a_question_needs_cannot_be_accepted_away(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FIRST)
    held = room(tmp_path / "state", config(file))
    file.write_text("id,limit\n001,1\n")
    held.look(NOON)
    found = drift_of(held)
    assert found is not None
    meant = SourceRoom([config(file, columns_accepted=found.columns)], tmp_path / "state")
    assert meant.look(NOON) == []
    assert fault(meant) == "question-unfit"


def test_a_new_day_with_other_columns_is_what_changed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parquet(data / "day=2026-01-01" / "a.parquet", ("001", 1, 1.0))
    held = room(tmp_path / "state", folder(data))
    parquet(data / "day=2026-01-02" / "a.parquet", ("002", 1.0), columns=("id", "limit"))  # type: ignore[arg-type]
    assert look(held) == []
    assert told(held) == {("arrears", GONE)}
    assert [row["id"] for row in rows(held)] == ["001"]
    parquet(data / "day=2026-01-02" / "a.parquet", ("002", 0, 1.0))
    assert look(held, 2) == ["credit"]
    assert (drift_of(held), answers(held, "001", "002")) == (None, ["yes", "no"])


def test_files_that_differ_where_nothing_stands_on_it_are_still_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    parquet(data / "a.parquet", ("001", 1, 1.0))
    held = room(tmp_path / "state", folder(data))
    parquet(data / "b.parquet", ("002", 0, 1.0), columns=("id", "arrears", "limits"))
    assert look(held) == []
    assert fault(held) == "files-differ"
    assert "b.parquet" in str(held.faults["credit"])


def test_every_kind_of_use_says_which_columns_it_needs(tmp_path: Path) -> None:
    assert set(needed(config(tmp_path))) == {"id", "arrears", "limit"}
    assert fingerprint([Column("a", "text"), Column("b", "date")]) == fingerprint(
        [Column("b", "date"), Column("a", "text")]
    )
    assert fingerprint([Column("a", "text")]) != fingerprint([Column("a", "date")])


# -- a whole node ------------------------------------------------------------------------------------------------------


def write(world: World, content: str) -> None:
    (world.folder / "credit.csv").write_text(content, encoding="utf-8")


def setting(world: World, line: str) -> None:
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(text.replace('kind = "csv"', f'kind = "csv"\n{line}', 1), encoding="utf-8")


def heard(world: World) -> Drift | None:
    found: Drift | None = world.exchange.sources["credit"].drift
    return found


OTHER = "id,name,limit,opened\n001,x,1,2020-01-01\n"


async def test_the_exchange_hears_of_it_with_the_next_sync_and_when_it_is_over(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        before = world.exchange.sources["credit"]
        assert "drift" not in before.to_json()
        write(world, OTHER)
        await world.ready()
        declared = world.exchange.sources["credit"]
        assert declared.source_version == before.source_version
        found = heard(world)
        assert found is not None
        assert (found.changes[0].column, found.refuses) == ("arrears", False)
        count = len([request for request in world.exchange.requests if request.sources])
        await world.ready()
        assert len([request for request in world.exchange.requests if request.sources]) == count  # told once
        write(world, "id,name,arrears,limit,opened\n001,x,0,1,2020-01-01\n")
        await world.ready()
        assert heard(world) is None
        assert world.exchange.sources["credit"].source_version != before.source_version


async def test_the_version_before_serves_unless_its_owner_wants_calls_refused(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        write(world, OTHER)
        await world.ready()
        assert (await world.ask("001")).json()["answers"] == ["yes"]
        setting(world, 'on_drift = "pause"')
        await world.restart()
        refused = await world.ask("001")
        assert refused.status_code == 503
        assert codes(refused) == ["source-changed"]
        assert "arrears" in refused.json()["reasons"][0]["words"]["zh"]
        found = heard(world)
        assert found is not None
        assert found.refuses
        billed = len(await world.receipts())
        assert billed == 1  # nothing refused is billed
        write(world, "id,name,arrears,limit,opened\n001,x,0,1,2020-01-01\n")
        await world.ready()
        assert (await world.ask("001")).json()["answers"] == ["no"]


async def test_a_data_set_of_the_agreed_version_is_handed_out_all_the_same(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        setting(world, 'on_drift = "pause"')
        await world.restart()
        version = world.keeper.room.held["credit"].declaration.source_version
        await world.issue(verification_permit(), dataset_permit(version))
        write(world, OTHER)
        await world.ready()
        assert codes(await world.ask("001")) == ["source-changed"]
        answer = await world.fetch()
        assert answer.status_code == 200
        assert b"CANARY-NAME" in answer.content


async def test_nothing_of_the_data_itself_is_told(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        write(world, "id,arrears,limit,CANARY-COLUMN\nCANARY-KEY-1,CANARY-VALUE,1,2\nCANARY-KEY-1,x,1,2\n")
        await world.ready()
        request = world.exchange.requests[-1].to_json()
        assert "CANARY-COLUMN" in str(request)  # its name is, as in every declaration
        assert "CANARY-VALUE" not in str(request)
        assert "CANARY-KEY" not in str(request)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('on_drift = "stop"', "on_drift"),
        ('columns_accepted = "yes"', "columns_accepted"),
        ('delimiter = ";;"', "delimiter"),
        ('cursor = "seq"', "cursor"),
        ("replica = true", "replica"),
        ('files = "csv"', "files"),
        ('sheets = ["a"]', "sheets"),
    ],
)
def test_a_wrong_setting_or_one_of_another_kind_is_named(tmp_path: Path, line: str, names: str) -> None:
    from tests.node.world import write_config
    from tongqu.node.config import read_config
    from tongqu.node.faults import NodeFault

    file = write_config(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace('kind = "csv"', f'kind = "csv"\n{line}'), encoding="utf-8")
    with pytest.raises(NodeFault) as caught:
        read_config(file)
    assert names in caught.value.words.en


@pytest.mark.parametrize(
    ("kind", "line", "names"),
    [
        ("folder", 'files = "xml"', "files"),
        ("folder", 'partitions = ["a", "a"]', "partitions"),
        ("folder", 'partitions = [{ name = "a", type = "real" }]', "partitions[0].type"),
        ("folder", 'watermark = { columns = [{ name = "limit", tolerance = 1 }] }', "watermark"),
        ("delta", "files_max = 0", "files_max"),
        ("excel", "sheets = [1]", "sheets"),
    ],
)
def test_settings_of_the_new_kinds_are_checked(tmp_path: Path, kind: str, line: str, names: str) -> None:
    from tests.node.world import write_config
    from tongqu.node.config import read_config
    from tongqu.node.faults import NodeFault

    file = write_config(tmp_path)
    file.write_text(
        file.read_text(encoding="utf-8").replace('kind = "csv"', f'kind = "{kind}"\n{line}'), encoding="utf-8"
    )
    with pytest.raises(NodeFault) as caught:
        read_config(file)
    assert names in caught.value.words.en


def test_settings_of_the_new_kinds_are_read(tmp_path: Path) -> None:
    from tests.node.world import write_config
    from tongqu.node.config import read_config

    file = write_config(tmp_path)
    line = 'files = "csv"\ndelimiter = ";"\npartitions = ["year", { name = "day", type = "date" }]\nfiles_max = 5'
    text = file.read_text(encoding="utf-8").replace('kind = "csv"', f'kind = "folder"\n{line}')
    file.write_text(text.replace('path = "credit.csv"', 'path = "data"'), encoding="utf-8")
    source: SourceConfig = read_config(file).sources[0]
    assert (source.files, source.delimiter, source.files_max) == ("csv", ";", 5)
    assert source.partitions == (("year", None), ("day", "date"))
    assert source.path == tmp_path / "data"
