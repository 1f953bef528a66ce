"""Mode `model`: only scores leave, as fine as declared and no finer; what the model's process does wrong costs nothing."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import signal
import struct
import termios
import uuid
from dataclasses import replace

import pytest

from tests.node.model_world import ModelWorld, client
from tests.node.world import CANARIES, codes
from tongqu.wire.message import open_sealed
from tongqu.wire.receipt import Receipt, answer_digest, request_digest
from tongqu.wire.scores import Scores, key_scoring_request, row_scoring_request, scoring_answer

pytestmark = pytest.mark.anyio


@pytest.fixture
def world(tmp_path):
    return ModelWorld(tmp_path)


async def test_a_known_key_is_scored_and_nothing_else_leaves(world):
    async with world:
        await world.issue(world.permit("credit-default"))
        answer = await world.score("credit-default", keys=["1", "2", "3", "nobody", "4", "5", "CANARY-KEY-91c2"])
        told = Scores.from_json(answer.json())
        late, prompt, middling, *unknown, known = told.scores
        assert float(late) > 0.5 > float(middling) > 0
        assert float(prompt) < 0.2
        assert all(len(score) == 4 for score in (late, prompt, middling, known))  # 0.xx: two decimals and no more
        # No such key, a cell left empty, a value outside the declared range: absence tells nothing more.
        assert unknown == ["unknown"] * 3
        assert not any(canary in answer.text for canary in CANARIES)
        assert "LIMIT_BAL" not in answer.text


async def test_the_receipt_binds_request_answer_and_model(world):
    async with world:
        await world.issue(world.permit("credit-default"), world.permit("credit-sent"))
        answer = Scores.from_json((await world.score("credit-default", keys=["1", "2"])).json())
        receipt = open_sealed(Receipt, answer.receipt, world.keeper._signer.public_bytes)
        asked = key_scoring_request("permit-credit-default", "信贷审批", "credit-default", ["1", "2"])
        assert receipt.request_digest == request_digest(asked, answer.salt)
        told = scoring_answer(answer.scores, world.scorings["credit-default"].model_sha256, answer.source_version)
        assert receipt.answer_digest == answer_digest(told, answer.salt)
        assert (receipt.calls, receipt.units, receipt.mode) == (2, 2, "model")

        row = client(PAY_0=2)
        sent = Scores.from_json((await world.score("credit-sent", row=row)).json())
        asked = row_scoring_request("permit-credit-sent", "信贷审批", "credit-sent", [row])
        digest = open_sealed(Receipt, sent.receipt, world.keeper._signer.public_bytes).request_digest
        assert digest == request_digest(asked, sent.salt)


async def test_what_is_billed_is_what_the_charge_says(world):
    async with world:
        await world.issue(world.permit("credit-default", charge="found"))
        answer = await world.score("credit-default", keys=["1", "nobody", "4"])
        assert answer.json()["receipt"]["body"]["units"] == 1
        assert answer.json()["receipt"]["body"]["calls"] == 3
        await world.issue(world.permit("credit-default", charge="asked", revision=2))
        answer = await world.score("credit-default", keys=["1", "nobody", "4"])
        assert answer.json()["receipt"]["body"]["units"] == 3


async def test_the_same_call_key_is_answered_once_and_the_same(world):
    async with world:
        await world.issue(world.permit("credit-default"))
        call = str(uuid.uuid4())
        first, second = [await world.score("credit-default", call=call, keys=["1", "2"]) for _ in range(2)]
        assert first.content == second.content
        assert second.headers["tongqu-repeated"] == "true"
        assert codes(await world.score("credit-default", call=call, keys=["1"])) == ["call-key-reused"]
        await world.restart()
        assert (await world.score("credit-default", call=call, keys=["1", "2"])).content == first.content
        at_once = str(uuid.uuid4())
        answers = await asyncio.gather(*(world.score("credit-default", call=at_once, keys=["3"]) for _ in range(4)))
        assert len({answer.content for answer in answers}) == 1
        assert len(await world.receipts("permit-credit-default")) == 2


async def test_a_large_batch_is_answered_and_kept_apart(world):
    async with world:
        await world.issue(world.permit("credit-sent"))
        await world.issue(world.permit("credit-default"))
        keys = ["1", "2", "3", "nobody"] * 2_500
        call = str(uuid.uuid4())
        answer = await world.score("credit-default", call=call, keys=keys)
        assert len(answer.json()["scores"]) == 10_000
        assert (await world.score("credit-default", call=call, keys=keys)).content == answer.content
        assert codes(await world.score("credit-default", keys=[*keys, "1"])) == ["batch-too-large"]


async def test_features_that_do_not_fit_are_refused_by_name_and_never_by_value(world):
    async with world:
        await world.issue(world.permit("credit-sent"))
        row = client()
        del row["PAY_3"]
        answer = await world.score(
            "credit-sent", rows=[row, client(PAY_AMT1=8675309825), {**client(), "colour": "red"}]
        )
        assert answer.status_code == 422
        assert codes(answer) == ["feature-unfit"] * 3
        told = [reason["words"]["en"] for reason in answer.json()["reasons"]]
        assert told[0] == "Row 1: PAY_3 is required and missing."
        assert told[1].startswith("Row 2: PAY_AMT1 must be between 0 and 10000000")
        assert "8675309" not in answer.text
        assert "colour" not in answer.text
        assert await world.receipts("permit-credit-sent") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rows": []},
        {"row": client(), "rows": [client()]},
        {"row": client(), "key": "1"},
        {"row": [1, 2, 3]},
        {"row": {"PAY_3": True}},
        {"row": {"PAY_3": float("nan")}},
        {"row": {"PAY_3": float("inf")}},
        {"row": {"PAY_3": 10**400}},
        {"row": {"PAY_3": {"a": 1}}},
        {"row": {"": 1}},
        {"row": {str(at): 1 for at in range(201)}},
        {"row": client(), "explain": True},
    ],
)
async def test_what_is_no_row_is_refused_before_anything_is_judged(world, body):
    async with world:
        await world.issue(world.permit("credit-sent"))
        answer = await world.score("credit-sent", **body)
        assert answer.status_code == 400
        assert codes(answer) == ["bad-request"]


async def test_keys_and_rows_are_not_taken_for_each_other(world):
    async with world:
        await world.issue(world.permit("credit-default"), world.permit("credit-sent"))
        assert codes(await world.score("credit-default", row=client())) == ["keys-wanted"]
        assert codes(await world.score("credit-sent", key="1")) == ["rows-wanted"]


async def test_inputs_side_by_side_are_bounded_and_a_restart_forgets_none(world):
    async with world:
        await world.issue(world.permit("credit-sent"))
        for step in range(3):
            assert (await world.score("credit-sent", row=client(BILL_AMT1=100 + step))).status_code == 200
        assert codes(await world.score("credit-sent", row=client(BILL_AMT1=103))) == ["too-near"]
        await world.restart()
        assert codes(await world.score("credit-sent", row=client(BILL_AMT1=103))) == ["too-near"]
        # What was asked may be asked again, and what lies elsewhere is free.
        assert (await world.score("credit-sent", row=client(BILL_AMT1=100))).status_code == 200
        assert (await world.score("credit-sent", row=client(LIMIT_BAL=550_000))).status_code == 200
        # A batch counts whole or not at all.
        batch = [client(BILL_AMT1=9e6 + step) for step in range(4)]
        assert codes(await world.score("credit-sent", rows=batch)) == ["too-near"]
        assert (await world.score("credit-sent", rows=batch[:3])).status_code == 200


async def test_another_contract_has_inputs_of_its_own(world):
    async with world:
        await world.issue(world.permit("credit-sent"))
        for step in range(3):
            await world.score("credit-sent", row=client(BILL_AMT1=100 + step))
        await world.issue(world.permit("credit-sent", id="permit-other", contract="contract-other"))
        answer = await world.score("credit-sent", permit="permit-other", row=client(BILL_AMT1=103))
        assert answer.status_code == 200


def unread(pipe: int) -> int:
    """How many bytes its reader has not taken yet."""
    (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))
    return int(count)


async def test_a_process_that_dies_leaves_the_call_unanswered_and_unbilled(world):
    async with world:
        await world.issue(world.permit("credit-default"))
        assert (await world.score("credit-default", key="1")).status_code == 200
        runner = world.keeper.room.runners["history", "credit-default"]
        os.kill(runner._process.pid, signal.SIGSTOP)
        asked = asyncio.create_task(world.score("credit-default", key="2"))
        while not unread(runner._process.stdin.fileno()):
            await asyncio.sleep(0.01)
        os.kill(runner._process.pid, signal.SIGKILL)
        answer = await asked
        assert answer.status_code == 503
        assert codes(answer) == ["model-failed"]
        assert len(await world.receipts("permit-credit-default")) == 1
        assert (await world.score("credit-default", key="2")).status_code == 200  # and it is started again


@pytest.fixture
def connections():
    """So many that whatever is opened next has a descriptor of four digits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2_048:
        pytest.skip("a process may not open so many files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_048), hard))
    first = os.open(os.devnull, os.O_RDONLY)
    held = [first]
    try:
        while held[-1] < 1_024:
            held.append(fcntl.fcntl(first, fcntl.F_DUPFD, 0))
        yield held
    finally:
        for each in held:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_node_with_a_thousand_connections_starts_a_model_all_the_same(world, connections):
    async with world:
        await world.issue(world.permit("credit-default"))
        assert (await world.score("credit-default", key="1")).status_code == 200
        runner = world.keeper.room.runners["history", "credit-default"]
        assert min(runner._process.stdin.fileno(), runner._process.stdout.fileno()) > 1_024


async def test_a_permit_of_another_declaration_is_not_honoured(world):
    async with world:
        finer = replace(world.scorings["credit-default"], digits=4)
        await world.issue(world.permit("credit-default", scoring=finer))
        assert codes(await world.score("credit-default", key="1")) == ["not-declared"]


async def test_what_stands_on_disk_holds_no_row_that_was_sent(world):
    async with world:
        await world.issue(world.permit("credit-sent"))
        await world.score("credit-sent", row=client(BILL_AMT1=867.53))
    for file in world.folder.joinpath("state").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"867.53" not in content, file
            known = file.name.startswith("book.db") or {"kept", "columns"} & set(
                file.parts
            )  # the permit names its features, the source has them
            assert b"BILL_AMT1" not in content or known, file
