"""A node of several workers is backed up while they work, and restored into as many, fewer or more, as one of a single worker is."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.house import House, ask_fresh, permit_for, receipts_of, running
from tests.node.processes import exchange_over_http
from tests.node.world import FakeExchange
from tongqu.node.clock import wall_clock
from tongqu.node.config import read_config
from tongqu.node.faults import NodeFault
from tongqu.node.keeping.backup import back_up, open_backup
from tongqu.node.keeping.restore import finish, unpack
from tongqu.node.meters import Meter, Share, arranged, worker_of
from tongqu.node.owner import summary
from tongqu.node.owner.chains import index_differs, walk
from tongqu.node.owner.doctor import examine
from tongqu.node.owner.findings import BAD, GOOD, Finding
from tongqu.node.owner.papers import products, statement_counts, statements
from tongqu.node.owner.tally import hours
from tongqu.node.receipts import Asked
from tongqu.node.state import StateFolder
from tongqu.wire.receipt import Receipt
from tongqu.wire.restored import STRIDE
from tongqu.wire.statement import check_receipts

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ONE, OTHER = "contract-1", "contract-3"
"""Of two workers the first keeps one, the second the other."""


@contextmanager
def _market(folder: Path, workers: int = 2) -> Iterator[tuple[House, FakeExchange]]:
    assert [worker_of(name, 2) for name in (ONE, OTHER)] == [0, 1]
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url:
        house = House(folder, url, workers=workers)
        house.enrol()
        for name in (ONE, OTHER):
            exchange.issue(permit_for(name, calls_max=20))
        yield house, exchange


def _called(house: House, contract: str, count: int) -> list[dict[str, Any]]:
    answers = [ask_fresh(house.url, contract) for _ in range(count)]
    assert [answer.status_code for answer in answers] == [200] * count, answers[-1].text
    return [answer.json()["receipt"] for answer in answers]


def _stated(house: House, exchange: FakeExchange, contract: str, to: int) -> None:
    house.wait_until(lambda: any((s.contract, s.to_sequence) == (contract, to) for s in list(exchange.statements)))


def _finding(house: House, about: str, *, whole: bool = False) -> Finding:
    (found,) = [
        each for each in examine(house.config, now=datetime.now(UTC), outside=False, whole=whole) if each.about == about
    ]
    return found


def _used(state: Path) -> dict[str, int | None]:
    return {each.permit.contract: each.used for each in products(state, datetime.now(UTC))}


def _written(house: House, workers: int) -> None:
    """Two calls of each contract, as so many workers write them down."""

    async def story() -> None:
        state = house.folder / "state"
        layout, signer, now = arranged(state / "journal", workers), StateFolder(state).signer(), wall_clock()
        for worker in range(workers):
            meter = Meter(state, node="node-1", signer=signer, now=now, share=Share(worker, layout))
            for name in (ONE, OTHER) * 2:
                if worker_of(name, workers) == worker:
                    asked = Asked(str(uuid.uuid4()), "信贷审批", "0" * 64, "1" * 64, "2" * 64, calls=1, units=1)
                    await meter.record(permit_for(name), asked, "AA==", now).settled()
            await meter.close()

    asyncio.run(story())


@pytest.mark.parametrize("into", [1, 2, 3])
def test_two_workers_are_backed_up_while_they_work_and_restored_into_other_numbers(tmp_path: Path, into: int) -> None:
    with _market(tmp_path) as (house, exchange):
        state, backup = tmp_path / "state", tmp_path / "b.tar"
        with running(house):
            held = {name: _called(house, name, 3) for name in (ONE, OTHER)}
            for name in held:
                _stated(house, exchange, name, 3)
            back_up(state, backup, now=datetime.now(UTC))
            _holds_what_cannot_be_made_again(backup, held)
            lost = _called(house, OTHER, 2)  # stated, and not in the back-up
            _stated(house, exchange, OTHER, 5)
            house.kill()
        shutil.rmtree(state)
        unpack(backup, state, now=datetime.now(UTC))
        house.reshard(into)
        house.start_without_waiting()
        assert house.process is not None
        assert house.process.wait(60) != 0
        assert "restore-unfinished" in house.log.read_text()
        done = {
            each.contract: (each.held_to, each.stated_to, each.resumes_after)
            for each in finish(read_config(house.config), now=wall_clock, http=httpx.Client())
        }
        assert done == {ONE: (3, 3, STRIDE), OTHER: (3, 5, STRIDE)}
        with running(house):
            fresh = {name: _called(house, name, 2) for name in (ONE, OTHER)}
            for name, receipts in fresh.items():
                assert [each["body"]["sequence"] for each in receipts] == [STRIDE + 1, STRIDE + 2]
                assert receipts_of(house.url, name) == held[name] + receipts
                _stated(house, exchange, name, STRIDE + 2)
            _every_call_is_stated_once(
                exchange, {ONE: [*held[ONE], *fresh[ONE]], OTHER: [*held[OTHER], *lost, *fresh[OTHER]]}
            )
            house.wait_until(lambda: _used(state) == {ONE: 5, OTHER: 7})  # what was lost stays used
            assert _finding(house, "journal", whole=True).level == GOOD
            assert _finding(house, "index").level == GOOD
            assert house.stop() == 0
        house.reshard(2 if into != 2 else 3)  # the marks are read by other workers
        with running(house):
            assert [each["body"]["sequence"] for each in _called(house, OTHER, 13)][-1] == STRIDE + 15
            assert [r["code"] for r in ask_fresh(house.url, OTHER).json()["reasons"]] == ["calls-exhausted"]
            assert _finding(house, "journal", whole=True).level == GOOD
            assert house.stop() == 0


def _holds_what_cannot_be_made_again(backup: Path, calls: dict[str, list[dict[str, Any]]]) -> None:
    kept = dict(open_backup(backup).files())
    logs = {ONE: "journal/journal-00000001.log", OTHER: "journal/1/journal-00000001.log"}
    assert {"key", "node.json", "book.db", "probes.db", "journal/layout.json", *logs.values()} <= set(kept)
    assert json.loads(kept["journal/layout.json"])["workers"] == 2
    for name, log in logs.items():
        assert all(each["body"]["call"].encode() in kept[log] for each in calls[name])
    assert not [
        name for name in kept if name.startswith(("index", "lock", "workers", "blobs", "kept", "keys/", "engine-"))
    ]


def _every_call_is_stated_once(exchange: FakeExchange, held: dict[str, list[dict[str, Any]]]) -> None:
    for contract, receipts in held.items():
        sealed = [one for one in exchange.sealed_statements if one["body"]["contract"] == contract]
        covered: list[int] = []
        for one in sealed:
            numbers = range(one["body"]["from_sequence"], one["body"]["to_sequence"] + 1)
            covered += numbers
            assert (
                check_receipts(one, [each for each in receipts if each["body"]["sequence"] in numbers], exchange.keys)
                == []
            )
        assert sorted(covered) == sorted(Receipt.from_json(each["body"]).sequence for each in receipts)


def test_a_node_that_gets_other_workers_while_it_is_copied_is_copied_anew(tmp_path: Path) -> None:
    """Else the note would name more of a journal than the back-up has, and nothing could be made of it."""
    with _market(tmp_path) as (house, _):
        _written(house, 2)
        tries: list[int] = []

        def meanwhile() -> None:
            tries.append(1)
            if len(tries) == 1:
                arranged(tmp_path / "state" / "journal", 3)

        back_up(tmp_path / "state", tmp_path / "b.tar", now=datetime.now(UTC), between=meanwhile)
        assert len(tries) == 2
        kept = dict(open_backup(tmp_path / "b.tar").files())
        assert json.loads(kept["journal/layout.json"])["workers"] == 3


def test_the_owner_is_told_of_all_workers(tmp_path: Path) -> None:
    with _market(tmp_path) as (house, exchange):
        state = tmp_path / "state"
        with running(house):
            for name, count in ((ONE, 2), (OTHER, 3)):
                _called(house, name, count)
                _stated(house, exchange, name, count)
            house.wait_until(lambda: statement_counts(state)["taken"] == len(exchange.statements))
            assert _used(state) == {ONE: 2, OTHER: 3}
            assert {each.statement.contract for each in statements(state)} == {ONE, OTHER}
            told = summary.status(read_config(house.config))
            assert told["calls_left"] == 35
            assert told["journal_files"] == 2
            assert told["node"]["answered"]["verification"] == 5
            assert [each["worker"] for each in told["node"]["workers"]] == [0, 1]
            assert sum(each["calls"] for each in summary.statements_told(read_config(house.config))["statements"]) == 5
            assert house.stop() == 0  # each worker writes down what it counted
        since = datetime.now(UTC) - timedelta(hours=2)
        assert sum(hour.get(("answered", "verification"), 0) for hour in hours(state, since=since).values()) == 5
        # Stopped, and to be started with another number: until then the folder tells what it told.
        house.reshard(3)
        assert _used(state) == {ONE: 2, OTHER: 3}
        arranged(state / "journal", 3)  # cut off just after the journals were shared out: no index is made for that yet
        assert _used(state) == {ONE: None, OTHER: None}
        assert index_differs(state, {ONE: (1, "0" * 64)}) == []
        with running(house):
            house.wait_until(lambda: _used(state) == {ONE: 2, OTHER: 3})
            assert house.stop() == 0


def test_the_doctor_walks_every_workers_journal(tmp_path: Path) -> None:
    """A contract that went from one worker to the other and back is one chain; a byte that changed in either is found."""
    with _market(tmp_path) as (house, _):
        for workers in (2, 1, 2):
            _written(house, workers)
        state = tmp_path / "state"
        keys = StateFolder.at(state).own_keys()
        for whole in (True, False):
            walked = walk(state, keys, whole=whole)
            assert (walked.faults, walked.receipts, walked.files, walked.files_all) == ([], 12, 2, 2)
            assert {name: end[0] for name, end in walked.heads.items()} == {ONE: 6, OTHER: 6}
            assert index_differs(state, walked.heads) == []
        with closing(sqlite3.connect(state / "index-1.db")) as db, db:
            db.execute("UPDATE heads SET digest = ?", ("0" * 64,))
            db.execute("UPDATE blocks SET digest = zeroblob(32)")
        assert _finding(house, "index").level == BAD
        log = state / "journal" / "1" / "journal-00000001.log"
        _rewrite(log, log.read_bytes())
        found = _finding(house, "journal", whole=True)
        assert found.level == BAD
        assert f"{OTHER} #1" in found.words.en  # its seal
        assert f"{OTHER} #2" in found.words.en  # which no longer follows
        log.unlink()
        assert f"{OTHER} #3" in _finding(house, "journal", whole=True).words.en


def _rewrite(log: Path, data: bytes) -> None:
    """The file with one receipt changed, in frames that hold."""
    from tongqu.node.meters.journal import HEADER, frame_of, payload_at

    told, offset = b"", 0
    while (payload := payload_at(data, offset)) is not None:
        offset += HEADER.size + len(payload)
        entries = payload.split(b"\n")
        told += frame_of([
            entry.replace("信贷审批".encode(), "信贷审查".encode()) if b'"sequence":1,' in entry else entry
            for entry in entries
        ])  # fmt: skip
    log.write_bytes(told)


def test_a_folder_that_lacks_a_workers_journal_is_not_restored_without_it(tmp_path: Path) -> None:
    with _market(tmp_path) as (house, _):
        _written(house, 2)
        state = tmp_path / "state"
        arranged(state / "journal", 3)
        (state / "journal" / "1" / "journal-00000001.log").unlink()
        (state / "restoring.json").write_text(
            json.dumps({"backup_at": "2026-11-28T00:00:00Z", "at": "2026-11-28T00:00:00Z"})
        )
        with pytest.raises(NodeFault) as fault:
            finish(read_config(house.config), now=wall_clock, http=httpx.Client())
        assert fault.value.code == "journal-damaged"
