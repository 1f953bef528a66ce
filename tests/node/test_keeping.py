"""A node is backed up while it works, and restored so that no number stands for two calls and nothing is billed twice."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import stat
import tarfile
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.node.world import CANARIES, OTHER_TOKEN, TOKEN, World, codes, verification_permit
from tongqu.client.auditing import NothingToAcknowledge, unbroken
from tongqu.client.receipts import compare
from tongqu.node.config import read_config
from tongqu.node.faults import NodeFault
from tongqu.node.keeper import NodeKeeper
from tongqu.node.keeping import restore
from tongqu.node.keeping.backup import back_up, open_backup
from tongqu.node.keeping.restore import Resumed, finish, note_unfinished, unpack
from tongqu.wire.canonical import digest
from tongqu.wire.message import open_sealed
from tongqu.wire.permit import token_digest
from tongqu.wire.restored import STRIDE, Restored, numbers_after
from tongqu.wire.seals import seal
from tongqu.wire.statement import check_receipts

pytestmark = pytest.mark.anyio


async def _backed_up(world: World, name: str = "backup.tar") -> Path:
    file = world.folder / name
    await asyncio.to_thread(back_up, world.keeper.config.state, file, now=world.clock())
    return file


def _line(world: World) -> httpx.Client:
    """The exchange, for a command that asks it by itself."""

    def answer(request: httpx.Request) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(world.exchange.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://exchange.test") as client:
                return await client.post(request.url.path, content=request.content)

        told = asyncio.run(ask())
        return httpx.Response(told.status_code, content=told.content)

    return httpx.Client(transport=httpx.MockTransport(answer))


async def _restored(world: World, backup: Path) -> list[Resumed]:
    """The machine is lost; the back-up is put in its place, and the node starts again."""
    await world.keeper.stop()
    state = world.keeper.config.state
    shutil.rmtree(state)
    unpack(backup, state, now=world.clock())
    return await _go_on(world)


async def _go_on(world: World) -> list[Resumed]:
    world.clock.turn(1)
    done = await asyncio.to_thread(finish, read_config(world.config), now=world.clock, http=_line(world))
    world.keeper = NodeKeeper(
        read_config(world.config),
        now=world.clock,
        http=httpx.AsyncClient(transport=httpx.ASGITransport(world.exchange.app)),
    )
    await world.ready()
    return done


async def _called(world: World, count: int, **how: Any) -> list[dict[str, Any]]:
    found = []
    for at in range(count):
        answer = await world.ask(f"00{at % 6 + 1}", **how)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["receipt"])
    return found


async def _stated(world: World) -> None:
    await world.keeper.state_all()
    await world.sync()
    await world.sync()


def _numbers(receipts: list[dict[str, Any]]) -> list[int]:
    return [each["body"]["sequence"] for each in receipts]


def _told(world: World) -> list[dict[str, Any]]:
    return [
        {"number": one["body"]["number"], "from_sequence": one["body"]["from_sequence"], "to_sequence": one["body"]["to_sequence"], "sealed": one}
        for one in world.exchange.sealed_statements
    ]  # fmt: skip


def _adds_up(world: World, held: list[dict[str, Any]]) -> None:
    """Every statement follows the one before, no number is in two of them, and each agrees with the buyer's receipts."""
    assert world.exchange.node_key is not None
    before, numbers = None, set[int]()
    for one, sealed in zip(world.exchange.statements, world.exchange.sealed_statements, strict=True):
        assert one.number == (before.number + 1 if before else 1)
        assert one.previous == (before.digest if before else None)
        covered = set(range(one.from_sequence, one.to_sequence + 1))
        assert not covered & numbers
        numbers |= covered
        own = [each for each in held if each["body"]["sequence"] in covered]
        assert check_receipts(sealed, own, world.exchange.node_key) == []
        before = one


async def test_a_back_up_of_a_working_node_holds_what_was_acknowledged_before_it_and_no_copy_of_data(
    tmp_path: Path,
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        held = await _called(world, 3)
        (world.keeper.config.state / "apart").mkdir(exist_ok=True)
        (world.keeper.config.state / "apart" / "x").write_text(CANARIES[0])
        file = await _backed_up(world)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        kept = dict(open_backup(file).files())
        assert {"key", "node.json", "book.db", "probes.db", "journal/journal-00000001.log"} <= set(kept)
        assert not [name for name in kept if name.startswith(("blobs", "apart", "copies", "index", "lock"))]
        assert all(each["body"]["call"].encode() in kept["journal/journal-00000001.log"] for each in held)
        assert not [canary for canary in CANARIES if canary.encode() in file.read_bytes()]


async def test_calls_that_come_while_it_is_copied_are_in_it_whole_or_not_at_all(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await _called(world, 2)
        loop = asyncio.get_running_loop()

        def meanwhile() -> None:
            asyncio.run_coroutine_threadsafe(_called(world, 3), loop).result(20)

        file = tmp_path / "b.tar"
        await asyncio.to_thread(back_up, world.keeper.config.state, file, now=world.clock(), between=meanwhile)
        journal = dict(open_backup(file).files())["journal/journal-00000001.log"]
        assert journal.count(b'"kind":"receipt"') == 2
        # A frame that is only half on the disk is left out.
        with next((world.keeper.config.state / "journal").glob("*.log")).open("ab") as log:
            log.write(b"TQJ1\x00\x00\x00\xff")
        await _backed_up(world, "c.tar")
        assert (
            dict(open_backup(tmp_path / "c.tar").files())["journal/journal-00000001.log"].count(b'"kind":"receipt"')
            == 5
        )


async def test_a_journal_that_is_cut_back_meanwhile_is_copied_anew(tmp_path: Path) -> None:
    """What a disk refused after all was acknowledged to nobody: it must not come back as a receipt."""
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await _called(world, 2)
        log = next((world.keeper.config.state / "journal").glob("*.log"))
        cut: list[int] = []

        def meanwhile() -> None:
            if not cut:
                from tongqu.node.meters.journal import HEADER, payload_at

                first = payload_at(log.read_bytes(), 0)
                assert first is not None
                cut.append(HEADER.size + len(first))
                os.truncate(log, cut[0])

        file = tmp_path / "b.tar"
        await asyncio.to_thread(back_up, world.keeper.config.state, file, now=world.clock(), between=meanwhile)
        assert len(dict(open_backup(file).files())["journal/journal-00000001.log"]) == cut[0]


async def test_a_restored_node_uses_no_number_again_and_bills_nothing_twice(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=20))
        held = await _called(world, 4)
        await _stated(world)
        backup = await _backed_up(world)
        held += await _called(world, 3)
        await _stated(world)  # the exchange has these, the back-up has not
        lost = await _called(world, 2)  # these nobody has but the buyer
        (done,) = await _restored(world, backup)
        assert (done.held_to, done.stated_to, done.resumes_after) == (4, 7, STRIDE)
        fresh = await _called(world, 2)
        assert _numbers(fresh) == [STRIDE + 1, STRIDE + 2]
        await _stated(world)
        _adds_up(world, held + fresh)
        assert [one.number for one in world.exchange.statements] == [1, 2, 3]
        assert sum(sum(one.units.values()) for one in world.exchange.statements) == 4 + 3 + 2
        assert world.exchange.node_key is not None
        checked = compare(_told(world), held + lost + fresh, world.exchange.node_key)
        assert (checked.agrees, checked.lost) == (True, (8, 9))
        # What the exchange has stated stays used: 20 - 7 - 2 are left, and not one more.
        await _called(world, 11)
        assert codes(await world.ask("001")) == ["calls-exhausted"]


async def test_the_gap_is_signed_and_the_chain_leads_over_it(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        held = await _called(world, 2)
        backup = await _backed_up(world)
        lost = await _called(world, 1)
        await _restored(world, backup)
        fresh = await _called(world, 1)
        await _stated(world)
        key = world.exchange.node_key
        assert key is not None
        sealed = world.exchange.statements[-1].restored
        mark = open_sealed(Restored, sealed, key)
        assert (mark.held_to, mark.held, mark.stated_to) == (2, digest(held[-1]["body"]), 2)
        assert fresh[0]["body"]["previous"] == mark.digest
        assert unbroken(held + lost + fresh, key, "contract-1", [sealed]).sequence == STRIDE + 1
        assert (
            unbroken(held + lost + fresh, key, "contract-1").sequence == 3
        )  # who was not shown the mark stops before it
        forged = {**fresh[0]["body"], "previous": "0" * 64}
        with pytest.raises(NothingToAcknowledge):
            unbroken([*held, {"body": forged, "seal": seal(forged, world.keeper._signer)}], key, "contract-1", [sealed])
        async with world.buyer as buyer:
            told = await buyer.get(
                f"/v1/receipts/{STRIDE + 1}",
                params={"permit": "permit-1"},
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
        assert told.json()["before"] == sealed


async def test_what_the_back_up_holds_and_nobody_stated_is_stated_once(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        held = await _called(world, 3)
        backup = await _backed_up(world)
        (done,) = await _restored(world, backup)
        assert (done.held_to, done.stated_to) == (3, 3)
        await world.sync()
        await world.sync()
        fresh = await _called(world, 1)
        await _stated(world)
        _adds_up(world, held + fresh)
        assert sum(sum(one.units.values()) for one in world.exchange.statements) == 4


async def test_a_contract_that_the_back_up_never_heard_of_goes_on_behind_a_gap_too(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        backup = await _backed_up(world)
        await world.issue(
            verification_permit(),
            verification_permit(id="permit-9", contract="contract-9", token_sha256=token_digest(OTHER_TOKEN)),
        )
        held = await _called(world, 2)
        await _stated(world)
        await _called(world, 1, permit="permit-9", token=OTHER_TOKEN)  # nobody but its buyer knows of it
        done = await _restored(world, backup)
        assert {(each.contract, each.held_to, each.stated_to, each.resumes_after) for each in done} == {
            ("contract-1", 0, 2, STRIDE), ("contract-9", 0, 0, STRIDE),
        }  # fmt: skip
        fresh = await _called(world, 1)
        other = await _called(world, 1, permit="permit-9", token=OTHER_TOKEN)
        assert _numbers(fresh + other) == [STRIDE + 1] * 2
        await _stated(world)
        assert world.exchange.node_key is not None
        assert [(one.contract, one.number, one.from_sequence) for one in world.exchange.statements[1:]] == [
            ("contract-1", 2, STRIDE + 1), ("contract-9", 1, STRIDE + 1),
        ]  # fmt: skip
        assert compare(_told(world)[:2], held + fresh, world.exchange.node_key).agrees


async def test_restored_twice_it_goes_on_behind_a_second_gap_and_its_index_can_be_made_anew(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=9))
        held = await _called(world, 2)
        backup = await _backed_up(world)
        await _restored(world, backup)
        held += await _called(world, 2)
        await _stated(world)
        backup = await _backed_up(world, "second.tar")
        held += await _called(world, 1)
        await _stated(world)
        await _restored(world, backup)
        held += await _called(world, 1)
        await _stated(world)
        assert _numbers(held) == [1, 2, STRIDE + 1, STRIDE + 2, STRIDE + 3, 2 * STRIDE + 1]
        _adds_up(world, held)
        before = (world.keeper.meter.index.heads(), world.keeper.meter.index.used(), world.keeper.meter.index.stated())
        assert before[1] == {"permit-1": 6}
        await world.keeper.stop()
        (world.keeper.config.state / "index.db").unlink()
        world.keeper = world._open()
        await world.ready()
        index = world.keeper.meter.index
        assert (index.heads(), index.used(), index.stated()) == before
        await _called(world, 3)
        assert codes(await world.ask("001")) == ["calls-exhausted"]


async def test_a_folder_that_has_not_asked_the_exchange_does_not_serve_and_goes_on_later(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await _called(world, 2)
        backup = await _backed_up(world)
        await world.keeper.stop()
        state = world.keeper.config.state
        shutil.rmtree(state)
        unpack(backup, state, now=world.clock())
        world.exchange.reachable = False
        with pytest.raises(NodeFault) as unreachable:
            await asyncio.to_thread(finish, read_config(world.config), now=world.clock, http=_line(world))
        assert unreachable.value.code == "restore-needs-the-exchange"
        with pytest.raises(NodeFault) as unfinished:
            NodeKeeper(read_config(world.config), now=world.clock)
        assert unfinished.value.code == "restore-unfinished"
        world.exchange.reachable = True
        await _go_on(world)
        assert _numbers(await _called(world, 1)) == [STRIDE + 1]


async def test_a_restoration_that_was_cut_short_may_be_run_again(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        held = await _called(world, 2)
        backup = await _backed_up(world)
        await _restored(world, backup)
        await world.keeper.stop()
        note_unfinished(
            world.keeper.config.state, backup_at=world.clock(), now=world.clock()
        )  # as if it had been killed late
        await _go_on(world)
        fresh = await _called(world, 1)
        assert _numbers(fresh) == [2 * STRIDE + 1]
        await _stated(world)
        _adds_up(world, held + fresh)


async def test_a_folder_whose_statement_is_another_than_was_taken_is_not_restored(tmp_path: Path) -> None:
    """Rolled back without a word it went on and stated anew: now two statements bear one number."""
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await _called(world, 1)
        backup = await _backed_up(world)
        await _called(world, 2)
        await _stated(world)
        await world.keeper.stop()
        state = world.keeper.config.state
        shutil.rmtree(state)
        unpack(backup, state, now=world.clock())
        (state / "restoring.json").unlink()  # somebody knew better
        world.keeper = world._open()
        await world.ready()
        world.exchange.acknowledge = False
        await _called(world, 1)
        await world.keeper.state_all()
        await world.keeper.stop()
        world.clock.turn(1)
        note_unfinished(state, backup_at=world.clock(), now=world.clock())
        with pytest.raises(NodeFault) as forked:
            await asyncio.to_thread(finish, read_config(world.config), now=world.clock, http=_line(world))
        assert forked.value.code == "chain-forked"
        world.keeper = type("Gone", (), {"stop": lambda self: asyncio.sleep(0)})()


async def test_a_call_repeated_over_a_restoration_is_answered_once_more_and_never_stated_under_one_number(
    tmp_path: Path,
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        key = str(uuid.uuid4())
        first = (await world.ask("001", call=key)).json()
        backup = await _backed_up(world)
        await _restored(world, backup)
        again = await world.ask("001", call=key)
        assert again.headers["tongqu-repeated"] == "true"
        assert again.json() == first  # salts are the key's, and the key is in the back-up


@pytest.mark.parametrize("harm", ["changed", "short", "outside", "empty"])
async def test_a_back_up_that_is_not_whole_is_not_used(tmp_path: Path, harm: str) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await _called(world, 1)
        file = await _backed_up(world)
    content = file.read_bytes()
    if harm == "changed":
        at = content.index(b'"units":1')
        file.write_bytes(content[:at] + b'"units":9' + content[at + 9 :])
    elif harm == "short":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "empty":
        file.write_bytes(b"")
    else:
        with tarfile.open(file, "w") as tar:
            told = b"x"
            entry = tarfile.TarInfo("../outside")
            entry.size = len(told)
            tar.addfile(entry, io.BytesIO(told))
    with pytest.raises(NodeFault) as fault:
        unpack(file, tmp_path / "elsewhere", now=world.clock())
    assert fault.value.code == "backup-unreadable"
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "outside").exists()


async def test_a_folder_into_which_a_back_up_was_written_half_tells_the_exchange_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its journal lacks receipts: marked as it is, their numbers would be lost for good."""
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await _called(world, 2)
        file = await _backed_up(world)
        await world.keeper.stop()
        state, written = world.keeper.config.state, restore.write_durably
        shutil.rmtree(state)

        def crash(at: Path, content: bytes) -> None:
            if at.suffix == ".log":
                raise KeyboardInterrupt
            written(at, content)

        monkeypatch.setattr(restore, "write_durably", crash)
        with pytest.raises(KeyboardInterrupt):
            unpack(file, state, now=world.clock())
        monkeypatch.undo()
        with pytest.raises(NodeFault) as fault:
            await asyncio.to_thread(finish, read_config(world.config), now=world.clock, http=_line(world))
        assert fault.value.code == "restore-cut-short"
        shutil.rmtree(state)
        unpack(file, state, now=world.clock())
        await _go_on(world)
        assert _numbers(await _called(world, 1)) == [STRIDE + 1]


async def test_a_back_up_is_never_written_into_a_file_of_somebody_elses(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        theirs = tmp_path / "theirs"
        theirs.write_bytes(b"")
        theirs.chmod(0o666)
        (world.folder / "backup.tar.new").symlink_to(theirs)
        file = await _backed_up(world)
        assert theirs.read_bytes() == b""
        assert (stat.S_IMODE(file.stat().st_mode), file.is_symlink()) == (0o600, False)


async def test_a_back_up_for_a_folder_that_is_not_there_is_not_written_as_a_file(tmp_path: Path) -> None:
    """The second of the day would find it in its place."""
    async with World(tmp_path) as world:
        (tmp_path / "a-file").write_bytes(b"")
        missing = ("backups", "node.d", "2026.11", "b.tar.gz")
        for to in (*missing, "nowhere/b.tar", "a-file/b.tar"):
            with pytest.raises(NodeFault) as fault:
                back_up(world.keeper.config.state, tmp_path / to, now=world.clock())
            assert fault.value.code == "backup-folder-missing"
        assert [to for to in missing if (tmp_path / to).exists()] == []
        (tmp_path / "2026.11").mkdir()
        assert back_up(world.keeper.config.state, tmp_path / "2026.11", now=world.clock()).file.suffix == ".tar"


async def test_nothing_is_restored_over_a_folder_that_holds_something(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        file = await _backed_up(world)
        with pytest.raises(NodeFault) as fault:
            unpack(file, world.keeper.config.state, now=world.clock())
        assert fault.value.code == "state-not-empty"
        with pytest.raises(NodeFault) as exists:
            back_up(world.keeper.config.state, file, now=world.clock())
        assert exists.value.code == "backup-exists"
        assert json.loads((world.keeper.config.state / "backup.json").read_text())["file"] == str(file)


def test_numbers_go_on_behind_all_that_may_have_been_given() -> None:
    assert [numbers_after(0), numbers_after(1, 7), numbers_after(STRIDE), numbers_after(STRIDE + 1, 3)] == [
        STRIDE, STRIDE, 2 * STRIDE, 2 * STRIDE,
    ]  # fmt: skip
