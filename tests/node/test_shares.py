"""Contracts are shared out among workers, and shared out anew when their number changes: chains, quotas and keys go along."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.node.world import NOON, receipts_of, verification_permit
from tongqu.node.meters import Journal, JournalDamaged, Meter, Share, arranged, worker_of
from tongqu.node.meters.layout import NOTE, read_layout
from tongqu.node.receipts import Asked
from tongqu.wire.canonical import digest
from tongqu.wire.receipt import Receipt
from tongqu.wire.restored import Restored, numbers_after
from tongqu.wire.seals import Ed25519Signer

SIGNER = Ed25519Signer.generate()
NAMES = [f"contract-{n}" for n in range(6)]


def _asked(call: str) -> Asked:
    return Asked(call, "信贷审批", "0" * 64, "1" * 64, "2" * 64, calls=1, units=1)


def _meters(folder: Path, workers: int) -> list[Meter]:
    layout = arranged(folder / "journal", workers)
    return [
        Meter(folder, node="node-1", signer=SIGNER, now=NOON, share=Share(worker, layout)) for worker in range(workers)
    ]


@dataclass
class _Told:
    """What the exchange would know of a contract: its calls that are in the journal, those that only it has, its marks."""

    calls: list[str] = field(default_factory=list)
    lost: int = 0
    marks: dict[int, str] = field(default_factory=dict)


async def _restored(meter: Meter, name: str, told: _Told, lost: int) -> None:
    """The node was put back to an older state: it lacks so many calls more that were stated."""
    told.lost += lost
    held = meter.head(name)
    mark = Restored(
        node="node-1", contract=name, permit=f"permit-of-{name}", held_to=held.sequence, held=held.digest, stated_to=0,
        statements=0, resumes_after=numbers_after(held.sequence), calls=len(told.calls) + told.lost, backup_at=NOON, at=NOON,
    )  # fmt: skip
    await meter.resume(mark)
    told.marks[mark.resumes_after] = mark.digest


async def _used(folder: Path, workers: int, names: Sequence[str], stated: bool) -> list[tuple[str, str]]:
    """One call of each of these contracts by the worker that keeps it. Returns contract and call key."""
    meters, given_out = _meters(folder, workers), []
    for name in names:
        meter, call = meters[worker_of(name, workers)], str(uuid.uuid4())
        permit = verification_permit(id=f"permit-of-{name}", contract=name)
        await meter.record(permit, _asked(call), "AA==", NOON).settled()
        given_out.append((name, call))
    for meter in meters:
        for name in meter.unstated() if stated else ():
            await meter.state(name, NOON)
        await meter.close()
    return given_out


async def _holds(folder: Path, workers: int, calls: Sequence[tuple[str, str]]) -> None:
    """What all workers hold together is every call once, in unbroken chains, and each call key is known to its keeper."""
    meters = _meters(folder, workers)
    for name in NAMES:
        keeper = meters[worker_of(name, workers)]
        wanted = [call for contract, call in calls if contract == name]
        held = await receipts_of(keeper, name, 0, 10_000)
        assert [sealed["body"]["call"] for sealed in held] == wanted
        before: Receipt | None = None
        for sealed in held:
            receipt = Receipt.from_json(sealed["body"])
            assert receipt.previous == (before.digest if before else None)
            before = receipt
        assert keeper.usage(f"permit-of-{name}", NOON).calls == len(wanted)
        for call in wanted:
            assert await keeper.find(name, call) is not None
        for meter in meters:
            if meter is not keeper:
                assert await receipts_of(meter, name, 0, 10) == []
                assert name not in meter.unstated()
    for meter in meters:
        await meter.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lives=st.lists(
        st.tuples(st.integers(1, 4), st.lists(st.sampled_from(NAMES), max_size=8), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    last=st.integers(1, 4),
)
def test_whatever_numbers_follow_each_other_every_chain_goes_on(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[int, list[str], bool]], last: int
) -> None:
    async def story() -> None:
        folder, calls = tmp_path_factory.mktemp("state"), []
        for workers, names, stated in lives:
            calls += await _used(folder, workers, names, stated)
        await _holds(folder, last, calls)
        for index in folder.glob("index*.db*"):
            index.unlink()
        await _holds(folder, last, calls)

    asyncio.run(story())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lives=st.lists(
        st.tuples(
            st.integers(1, 3),
            st.lists(st.tuples(st.sampled_from(NAMES[1:4]), st.none() | st.integers(0, 3)), max_size=8),
        ),
        min_size=1,
        max_size=5,
    ),
    last=st.integers(1, 3),
)
@example(lives=[(2, [("contract-3", None), ("contract-3", 2)]), (1, [("contract-3", None)])], last=2)
@example(lives=[(2, [("contract-3", None)]), (1, [("contract-3", 2), ("contract-3", 1)])], last=2)
def test_a_chain_that_leads_over_a_restoration_is_shared_out_with_its_mark(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[int, list[tuple[str, int | None]]]], last: int
) -> None:
    """Each life of the node calls, or is restored and lacks so many calls. What was lost stays used, once; whichever worker
    reads the mark before or after the calls around it."""

    async def story() -> None:
        folder, known = tmp_path_factory.mktemp("state"), {name: _Told() for name in NAMES[1:4]}
        for workers, doings in lives:
            meters = _meters(folder, workers)
            for name, lost in doings:
                meter = meters[worker_of(name, workers)]
                if lost is None:
                    call = str(uuid.uuid4())
                    permit = verification_permit(id=f"permit-of-{name}", contract=name)
                    await meter.record(permit, _asked(call), "AA==", NOON).settled()
                    known[name].calls.append(call)
                else:
                    await _restored(meter, name, known[name], lost)
            for meter in meters:
                await meter.close()
        for _ in range(2):
            for name, told in known.items():
                await _leads_over_marks(folder, last, name, told)
            for index in folder.glob("index*.db*"):
                index.unlink()

    asyncio.run(story())


async def _leads_over_marks(folder: Path, workers: int, name: str, told: _Told) -> None:
    meters = _meters(folder, workers)
    keeper = meters[worker_of(name, workers)]
    held = await receipts_of(keeper, name, 0, 10_000)
    assert [sealed["body"]["call"] for sealed in held] == told.calls
    ends = {sealed["body"]["sequence"]: digest(sealed["body"]) for sealed in held} | told.marks
    for sealed in held:
        assert sealed["body"]["previous"] == ends.get(sealed["body"]["sequence"] - 1)
    assert (keeper.head(name).sequence, keeper.head(name).digest) == max(ends.items(), default=(0, None))
    assert keeper.usage(f"permit-of-{name}", NOON).calls == len(told.calls) + told.lost
    for meter in meters:
        await meter.close()


def test_a_node_that_never_had_but_one_worker_has_no_note_and_reads_as_it_did(tmp_path: Path) -> None:
    async def story() -> None:
        calls = await _used(tmp_path, 1, NAMES, stated=True)
        assert sorted(file.name for file in (tmp_path / "journal").iterdir()) == ["journal-00000001.log"]
        await _holds(tmp_path, 1, calls)

    asyncio.run(story())


def test_a_torn_end_is_cut_off_before_the_files_are_shared_out(tmp_path: Path) -> None:
    async def story() -> None:
        calls = await _used(tmp_path, 2, NAMES, stated=False)
        files = [tmp_path / "journal" / "journal-00000001.log", tmp_path / "journal" / "1" / "journal-00000001.log"]
        for file in files:
            with file.open("ab") as torn:
                torn.write(b"TQJ1\x00\x00\x10")
        await _holds(tmp_path, 3, calls)
        assert [size for _, size in read_layout(tmp_path / "journal").before] == [file.stat().st_size for file in files]

    asyncio.run(story())


@pytest.mark.parametrize("harm", ["cut", "gone", "note"])
def test_a_closed_file_that_lacks_what_it_had_is_damaged(tmp_path: Path, harm: str) -> None:
    async def story() -> None:
        await _used(tmp_path, 2, NAMES, stated=False)
        arranged(tmp_path / "journal", 1)
        file = tmp_path / "journal" / "1" / "journal-00000001.log"
        if harm == "cut":
            file.write_bytes(file.read_bytes()[:-1])
        elif harm == "gone":
            file.unlink()
        else:
            (tmp_path / "journal" / NOTE).write_text(json.dumps({"workers": "x"}))
        with pytest.raises(JournalDamaged):
            _meters(tmp_path, 1)
        with pytest.raises(JournalDamaged):
            _meters(tmp_path, 2)

    asyncio.run(story())


def test_each_writer_has_numbers_of_its_own(tmp_path: Path) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path, writer=1)
    told: list[Any] = []
    for journal in (first, second):
        journal.submit(["a"], lambda: [b'{"n":1}'], lambda found, broken: told.extend(found))
        journal.close()
    (_, one), (_, other) = told
    assert one.file != other.file
    assert (first.owns(one.file), first.owns(other.file)) == (True, False)
    assert first.entry(other) == b'{"n":1}'  # whoever has the place may read it
    assert [entry for _, entry in first.entries()] == [b'{"n":1}']


def test_contracts_spread_evenly_and_always_to_the_same() -> None:
    counts = [0, 0, 0]
    for n in range(3_000):
        counts[worker_of(f"HT-{n:06d}", 3)] += 1
    assert min(counts) > 900
    assert [worker_of("contract-1", workers) for workers in (1, 2, 3, 4)] == [0, 0, 1, 0]
