"""A buyer fetches the very bytes the contract pinned: once billed, resumable, unchanged by what becomes of the file."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.node.world import NOON, OTHER_TOKEN, ROWS, TOKEN, World, codes, dataset_permit, verification_permit
from tongqu.wire.message import open_sealed
from tongqu.wire.receipt import Receipt, answer_digest, dataset_answer, dataset_request, request_digest

pytestmark = pytest.mark.anyio

CONTENT = ("\n".join(ROWS) + "\n").encode()
VERSION = hashlib.sha256(CONTENT).hexdigest()


async def test_the_pinned_file_arrives_whole_with_its_receipt(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))
        response = await world.fetch()
        assert (response.status_code, response.content) == (200, CONTENT)
        assert response.headers["etag"] == f'"{VERSION}"'
        sealed = json.loads(base64.b64decode(response.headers["tongqu-receipt"]))
        assert world.exchange.node_key is not None
        receipt = open_sealed(Receipt, sealed, world.exchange.node_key)
        salt = response.headers["tongqu-salt"]
        assert receipt.answer_digest == answer_digest(dataset_answer(VERSION, len(CONTENT)), salt)
        assert receipt.request_digest == request_digest(dataset_request("permit-2", "信贷审批"), salt)
        assert await world.receipts("permit-2") == [sealed]


async def test_a_download_cut_short_is_resumed_under_its_key_and_billed_once(tmp_path: Path) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION, calls_max=1))
        head = await world.fetch(call=call, Range="bytes=0-99")
        assert (head.status_code, head.content) == (206, CONTENT[:100])
        rest = await world.fetch(call=call, Range="bytes=100-", **{"If-Range": f'"{VERSION}"'})
        assert (rest.status_code, rest.content) == (206, CONTENT[100:])
        assert rest.headers["content-range"] == f"bytes 100-{len(CONTENT) - 1}/{len(CONTENT)}"
        assert rest.headers["tongqu-receipt"] == head.headers["tongqu-receipt"]
        assert len(await world.receipts("permit-2")) == 1
        assert codes(await world.fetch()) == ["calls-exhausted"]
        behind = await world.fetch(call=call, Range=f"bytes={len(CONTENT)}-")
        assert (behind.status_code, codes(behind)) == (416, ["range-outside"])
        assert behind.headers["content-range"] == f"bytes */{len(CONTENT)}"
        metrics = world.keeper.gauges.text().decode()
        assert 'tongqu_node_call_seconds_count{mode="dataset"} 3.0' in metrics  # what was refused is not among them
        assert 'tongqu_node_answered_total{mode="dataset"} 1.0' in metrics


@pytest.mark.parametrize(
    "told",
    [
        "bytes=99999999-",
        "bytes=abc",
        "lines=0-1",
        "bytes=5-1",
        "bytes=-0",
        "bytes=",
        "bytes=0-1,3-4",
        "bytes=" + "9" * 40 + "-",
    ],
)
async def test_what_is_billed_is_sent_whatever_stretch_was_asked_for(tmp_path: Path, told: str) -> None:
    """What is no stretch is no wish (RFC 9110, 14.2); and a call that was counted just now is refused nothing."""
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))
        response = await world.fetch(Range=told)
        assert (response.status_code, response.content) == (200, CONTENT)


async def test_a_resume_against_another_version_gets_the_whole_file(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))
        response = await world.fetch(Range="bytes=100-", **{"If-Range": '"0000"'})
        assert (response.status_code, response.content) == (200, CONTENT)


@pytest.mark.parametrize("stretch", ["bytes=99999999-", "bytes=100-"])
async def test_a_moment_in_place_of_the_etag_asks_for_the_whole_file(tmp_path: Path, stretch: str) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))
        told = (await world.fetch(call=call)).headers["last-modified"]
        for each in (str(uuid.uuid4()), call):
            response = await world.fetch(call=each, Range=stretch, **{"If-Range": told})
            assert (response.status_code, response.content) == (200, CONTENT)


async def test_the_pinned_version_is_served_after_the_file_changed(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))
        changed = CONTENT + "006,新,0,1,2024-01-01\n".encode()
        (tmp_path / "credit.csv").write_bytes(changed)
        await world.keeper.look()
        await world.sync()
        assert world.exchange.sources["credit"].source_version == hashlib.sha256(changed).hexdigest()
        assert (await world.fetch()).content == CONTENT
        await world.restart()
        assert (await world.fetch()).content == CONTENT
        (tmp_path / "credit.csv").unlink()
        await world.keeper.look()
        assert (await world.fetch()).content == CONTENT


async def test_a_version_the_node_does_not_hold_is_refused_with_that_reason(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit("f" * 64))
        assert codes(await world.fetch()) == ["version-not-held"]


async def test_looking_first_costs_nothing(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))
        response = await world.fetch(method="HEAD")
        assert response.status_code == 200
        assert (response.headers["etag"], response.headers["content-length"]) == (f'"{VERSION}"', str(len(CONTENT)))
        assert await world.receipts("permit-2") == []


async def test_after_the_period_what_was_lost_comes_again_for_an_hour_and_no_longer(tmp_path: Path) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION, not_after=NOON + timedelta(hours=1)))
        first = await world.fetch(call=call)
        world.clock.turn(3_600)
        await world.sync()
        assert codes(await world.fetch()) == ["period-ended"]
        again = await world.fetch(call=call)
        assert (again.content, again.headers["tongqu-repeated"]) == (first.content, "true")
        world.clock.turn(3_600)
        await world.sync()
        assert codes(await world.fetch(call=call)) == ["period-ended"]
        assert len(await world.receipts("permit-2")) == 1


async def test_versions_are_told_while_the_permit_stands(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))

        async def versions() -> httpx.Response:
            async with world.buyer as buyer:
                return await buyer.get("/v1/datasets/permit-2/versions", headers={"Authorization": f"Bearer {TOKEN}"})

        assert (await versions()).json()["total"] == 1
        await world.issue(dataset_permit(VERSION, revision=2, status="revoked"))
        assert codes(await versions()) == ["permit-revoked"]


async def test_a_permit_for_one_mode_opens_no_other(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(), dataset_permit(VERSION))
        assert codes(await world.fetch(permit="permit-1")) == ["mode-not-permitted"]
        assert codes(await world.ask("001", permit="permit-2")) == ["mode-not-permitted"]
        assert codes(await world.fetch(token=OTHER_TOKEN)) == ["permit-or-token-wrong"]


async def test_versions_nobody_needs_are_removed_after_their_time(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION))
        (tmp_path / "credit.csv").write_bytes(CONTENT + b"006,x,0,1,2024-01-01\n")
        await world.keeper.look()
        blob = world.keeper.room.blob("credit", VERSION)
        world.clock.turn(29 * 86_400)
        await world.keeper.tidy()
        assert blob.exists()
        world.clock.turn(10_000 * 86_400)  # blobs carry the machine's time, which is not the test's
        await world.keeper.tidy()
        assert not blob.exists()
        assert world.clock() > NOON
