"""A copy that names its contract: marked once, the same bytes every time, exact where nothing was declared."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import io
import json
import os
import random
import shutil
import threading
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from tests.node.world import World, codes, dataset_permit
from tongqu.client.command import build
from tongqu.node.config import read_config
from tongqu.node.copies import FILE, CopyKey
from tongqu.node.faults import NodeFault
from tongqu.node.trace import trace
from tongqu.wire.message import open_sealed
from tongqu.wire.permit import Permit
from tongqu.wire.receipt import Receipt, answer_digest, marked_answer

pytestmark = pytest.mark.anyio

WATERMARK = 'watermark = { columns = [{ name = "limit", tolerance = 0.05 }], percent = 60 }\nmodes = ["verification", "dataset"]'


def _rows(count: int = 2_000) -> bytes:
    drawn = random.Random(7)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["id", "name", "arrears", "limit", "opened"])
    for number in range(count):
        name = drawn.choice(["甲", '乙,"丙"', "", "x y"])
        lines.writerow(
            [f"{number:06d}", name, number % 2, f"{drawn.uniform(1e3, 9e5):.2f}", f"2023-{number % 12 + 1:02d}-01"]
        )
    return out.getvalue().encode()


class _Marked(World):
    """The same world, whose data set is marked."""

    def __init__(self, folder: Path) -> None:
        (folder / "credit.csv").write_bytes(_rows())
        super().__init__(folder)

    def _register(self) -> None:
        text = self.config.read_text("utf-8").replace('modes = ["verification", "dataset"]', WATERMARK, 1)
        self.config.write_text(text, "utf-8")
        super()._register()

    @property
    def version(self) -> str:
        return hashlib.sha256((self.folder / "credit.csv").read_bytes()).hexdigest()

    async def sell(self, number: int, **changes: Any) -> Permit:
        permit = dataset_permit(
            self.version, id=f"permit-{number}", contract=f"contract-{number}", **{"marked": True, **changes}
        )
        await self.issue(permit)
        return permit

    async def made(self) -> None:
        while await self.keeper.copy():
            pass


async def _copy(world: _Marked, number: int, call: str | None = None) -> httpx.Response:
    response = await world.fetch(permit=f"permit-{number}", call=call)
    if response.status_code == 503:
        assert codes(response) == ["copy-being-made"]
        await world.made()
        response = await world.fetch(permit=f"permit-{number}", call=call)
    assert response.status_code == 200, response.text
    return response


async def test_a_marked_copy_differs_only_where_it_was_declared_and_by_no_more(tmp_path: Path) -> None:
    async with _Marked(tmp_path) as world:
        await world.sell(2)
        first, call = await world.fetch(permit="permit-2"), str(uuid.uuid4())
        assert codes(first) == ["copy-being-made"]
        assert int(first.headers["retry-after"]) > 0
        assert await world.receipts("permit-2") == []
        copy = await _copy(world, 2, call)
        ours = list(csv.DictReader(io.StringIO((tmp_path / "credit.csv").read_text("utf-8"))))
        theirs = list(csv.DictReader(io.StringIO(copy.text)))
        assert len(ours) == len(theirs)
        moved = 0
        for one, other in zip(ours, theirs, strict=True):
            assert {**one, "limit": ""} == {**other, "limit": ""}
            shift = abs(Decimal(one["limit"]) - Decimal(other["limit"]))
            assert shift in (0, Decimal("0.05"))
            assert -Decimal(other["limit"]).as_tuple().exponent == 2  # type: ignore[operator]
            moved += shift > 0
        assert 0.5 < moved / len(ours) < 0.7
        # The bytes that a contract gets never change, and are billed once.
        again = await _copy(world, 2, call)
        assert (again.content, again.headers["tongqu-repeated"]) == (copy.content, "true")
        assert len(await world.receipts("permit-2")) == 1
        assert (await _copy(world, 2)).content == copy.content


async def test_the_receipt_is_over_the_marked_copy_and_a_lost_copy_is_made_again_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    async with _Marked(tmp_path) as world:
        await world.sell(2)
        call = str(uuid.uuid4())
        copy = await _copy(world, 2, call)
        sha256 = hashlib.sha256(copy.content).hexdigest()
        assert copy.headers["etag"] == f'"{sha256}"'
        assert copy.headers["tongqu-version"] == world.version != sha256
        sealed = json.loads(base64.b64decode(copy.headers["tongqu-receipt"]))
        assert world.exchange.node_key is not None
        receipt = open_sealed(Receipt, sealed, world.exchange.node_key)
        told = marked_answer(world.version, len(copy.content), sha256)
        assert receipt.answer_digest == answer_digest(told, copy.headers["tongqu-salt"])
        key = CopyKey("credit", world.version, "contract-2", FILE)
        held = world.keeper.room.copies.get(key)
        assert held is not None
        held.parts[0].file.unlink()
        (held.parts[0].file.parent / "copy.json").unlink()
        held.parts[0].file.parent.rmdir()
        lost = await world.fetch(permit="permit-2", call=call)
        assert codes(lost) == ["copy-being-made"]
        await world.made()
        assert (await _copy(world, 2, call)).content == copy.content
        head = await world.fetch(permit="permit-2", method="HEAD")
        assert (head.headers["etag"], int(head.headers["content-length"])) == (f'"{sha256}"', len(copy.content))


async def test_trace_names_the_contract_and_no_other(tmp_path: Path) -> None:
    async with _Marked(tmp_path) as world:
        for number in range(2, 12):
            await world.sell(number)
        copies = {number: (await _copy(world, number)).text for number in (2, 7)}
        assert copies[2] != copies[7]
    leaked = tmp_path / "leaked.csv"
    lines = copies[7].splitlines()
    drawn = random.Random(1)
    some = drawn.sample(lines[1:], 200)  # a tenth of the rows, in another order
    leaked.write_text("\n".join([lines[0], *some]) + "\n", "utf-8")
    verdict = trace(world.config, leaked)
    assert [name for name, _, _ in verdict.named] == ["contract-7"]
    assert verdict.named[0][2] < 1e-6
    assert (verdict.rows, verdict.rows_matched, verdict.looked_at) == (200, 200, 10)
    told = CliRunner().invoke(build("trace"), ["trace", str(leaked), "--config", str(world.config)])
    assert told.exit_code == 0
    assert "合同 contract-7" in told.output
    original = CliRunner().invoke(
        build("trace"), ["trace", str(tmp_path / "credit.csv"), "--config", str(world.config)]
    )
    assert original.exit_code == 1
    assert "no contract found" in original.output
    as_json = CliRunner().invoke(build("trace"), ["trace", str(leaked), "--config", str(world.config), "--json"])
    assert json.loads(as_json.output)["named"][0]["contract"] == "contract-7"


async def test_who_agreed_to_no_mark_gets_no_marked_copy_and_the_other_way_round(tmp_path: Path) -> None:
    async with _Marked(tmp_path) as world:
        await world.sell(2, marked=False)
        assert codes(await world.fetch(permit="permit-2")) == ["mark-not-agreed"]
    plain = tmp_path / "plain"
    plain.mkdir()
    async with World(plain) as world:
        version = hashlib.sha256((plain / "credit.csv").read_bytes()).hexdigest()
        await world.issue(dataset_permit(version, marked=True))
        assert codes(await world.fetch()) == ["mark-not-agreed"]


async def test_a_column_that_cannot_be_marked_is_told_and_nothing_is_billed(tmp_path: Path) -> None:
    class _TooFine(_Marked):
        def _register(self) -> None:
            super()._register()
            self.config.write_text(
                self.config.read_text("utf-8").replace("tolerance = 0.05", "tolerance = 0.001"), "utf-8"
            )

    async with _TooFine(tmp_path) as world:
        await world.sell(2)
        await world.made()
        assert codes(await world.fetch(permit="permit-2")) == ["copy-failed"]
        assert world.keeper.health().body["copies_failed"] == 1
        assert await world.receipts("permit-2") == []


async def test_a_link_put_in_the_place_of_a_copy_is_not_followed(tmp_path: Path) -> None:
    async with _Marked(tmp_path) as world:
        await world.sell(2)
        copy = await _copy(world, 2)
        held = world.keeper.room.copies.get(CopyKey("credit", world.version, "contract-2", FILE))
        assert held is not None
        secret = tmp_path / "secret"
        secret.write_bytes(os.urandom(len(copy.content)))
        held.parts[0].file.unlink()
        held.parts[0].file.symlink_to(secret)
        assert (await world.fetch(permit="permit-2")).status_code == 503


async def test_the_disk_holds_no_more_copies_than_it_may(tmp_path: Path) -> None:
    async with _Marked(tmp_path) as world:
        copies = world.keeper.room.copies
        for number in (2, 3, 4):
            await world.sell(number)
            await world.made()
        size = copies.get(CopyKey("credit", world.version, "contract-2", FILE)).bytes  # type: ignore[union-attr]
        copies._bytes_max = size * 5
        await world.sell(5)
        await world.made()
        stand = [n for n in (2, 3, 4, 5) if copies.get(CopyKey("credit", world.version, f"contract-{n}", FILE))]
        assert stand[-1] == 5
        assert len(stand) == 3
        copies._bytes_max = size // 2
        await world.sell(6)
        await world.made()
        assert codes(await world.fetch(permit="permit-6")) == ["copy-failed"]


async def test_room_is_made_while_calls_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Giving up a large file takes the disk a while. A copy that is fetched meanwhile is found whole or not at all."""
    async with _Marked(tmp_path) as world:
        copies = world.keeper.room.copies
        for number in (2, 3):
            await world.sell(number)
            await world.made()
        keys = {number: CopyKey("credit", world.version, f"contract-{number}", FILE) for number in (2, 3, 4)}
        oldest = copies.get(keys[2])
        assert oldest is not None
        copies._bytes_max = oldest.bytes * 7 // 2
        remove, answered, waited = shutil.rmtree, threading.Event(), []

        def slowly(folder: Path, **how: Any) -> None:
            if folder.name.endswith(".gone"):
                waited.append(answered.wait(10))
            remove(folder, **how)

        monkeypatch.setattr(shutil, "rmtree", slowly)
        with oldest.parts[0].file.open("rb") as begun:  # a download under way
            await world.sell(4)
            making = asyncio.create_task(world.made())
            while copies.get(keys[2]) is not None:
                await asyncio.sleep(0.01)
            assert (await world.fetch(permit="permit-3")).status_code == 200
            assert codes(await world.fetch(permit="permit-2")) == ["copy-being-made"]
            assert not await copies.make_next()  # one at a time
            answered.set()
            await making
            assert hashlib.sha256(begun.read()).hexdigest() == oldest.parts[0].sha256
        assert waited
        assert all(waited)
        assert copies.get(keys[4]) is not None
        assert not list(copies._folder.glob("*/*/*.gone"))


async def test_a_copy_whose_removal_was_cut_short_is_made_again(tmp_path: Path) -> None:
    async with _Marked(tmp_path) as world:
        await world.sell(2)
        copy = await _copy(world, 2)
        held = world.keeper.room.copies.get(CopyKey("credit", world.version, "contract-2", FILE))
        assert held is not None
        held.parts[0].file.unlink()  # and its note still stands
        assert (await _copy(world, 2)).content == copy.content


async def test_copies_go_when_no_permit_needs_them(tmp_path: Path) -> None:
    async with _Marked(tmp_path) as world:
        await world.sell(2)
        await _copy(world, 2)
        await world.keeper.tidy()
        key = CopyKey("credit", world.version, "contract-2", FILE)
        assert world.keeper.room.copies.get(key) is not None
        await world.sell(2, revision=2, status="revoked")
        await world.keeper.tidy()
        assert world.keeper.room.copies.get(key) is None


@pytest.mark.parametrize(
    ("mark", "named"),
    [
        ('{ columns = [{ name = "limit" }] }', "columns[0].tolerance"),
        ('{ columns = [{ name = "limit", tolerance = 1, seconds = 2 }] }', "columns[0].seconds"),
        ('{ columns = [{ name = "id", tolerance = 1 }] }', "watermark"),
        ('{ columns = [{ name = "name", pairs = [["M"]] }] }', "pairs"),
        ('{ columns = [], percent = 50 }', "columns"),
        ('{ columns = [{ name = "limit", tolerance = 1 }], percent = 0 }', "percent"),
    ],
)  # fmt: skip
async def test_a_mark_that_makes_no_sense_is_named(tmp_path: Path, mark: str, named: str) -> None:
    world = World(tmp_path)
    await world.keeper.stop()
    text = world.config.read_text("utf-8").replace(
        'modes = ["verification", "dataset"]', f'watermark = {mark}\nmodes = ["dataset", "verification"]'
    )
    world.config.write_text(text, "utf-8")
    with pytest.raises(NodeFault) as fault:
        read_config(world.config)
    assert named in fault.value.words.en


async def test_a_copy_that_is_wanted_or_being_made_is_not_tidied_away(tmp_path: Path) -> None:
    """Its permit may have come after it was looked which permits there are: then they do not name its version yet."""
    async with _Marked(tmp_path) as world:
        await world.sell(2)
        copies, key = world.keeper.room.copies, CopyKey("credit", world.version, "contract-2", FILE)
        assert codes(await world.fetch(permit="permit-2")) == ["copy-being-made"]
        written = copies._folder / "credit" / world.version
        written.mkdir(parents=True)
        assert copies.drop([]) == 0  # wanted
        tidied: list[int] = []
        run = copies._run

        async def while_it_runs(job: dict[str, Any]) -> str | None:
            tidied.append(await asyncio.to_thread(copies.drop, []))
            return await run(job)

        copies._run = while_it_runs  # type: ignore[method-assign]
        await world.made()
        assert tidied == [0]
        assert copies.get(key) is not None
        assert copies.drop([("credit", world.version)]) == 0
        assert copies.drop([]) == 1
        assert copies.get(key) is None
