"""A buyer asks a bank's node whether clients are in arrears: answered once, metered once, or refused with reasons."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.node.world import (
    LIMIT_BAND,
    NOON,
    OTHER_TOKEN,
    ROWS,
    TOKEN,
    World,
    codes,
    verification_permit,
)
from tongqu.node.door import application
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.permit import token_digest
from tongqu.wire.receipt import (
    Answer,
    Receipt,
    answer_digest,
    request_digest,
    verification_answer,
    verification_request,
)
from tongqu.wire.seals import Ed25519Signer

pytestmark = pytest.mark.anyio


async def test_a_permitted_question_is_answered_with_a_receipt_that_holds(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        response = await world.ask("001")
        assert response.status_code == 200, response.text
        answer = Answer.from_json(response.json())
        assert world.exchange.node_key is not None
        receipt = open_sealed(Receipt, answer.receipt, world.exchange.node_key)
        assert answer.answers == ("yes",)
        assert (receipt.sequence, receipt.previous, receipt.calls, receipt.units) == (1, None, 1, 1)
        asked = verification_request("permit-1", "信贷审批", "arrears", ["001"])
        assert receipt.request_digest == request_digest(asked, answer.salt)
        assert receipt.answer_digest == answer_digest(verification_answer(["yes"], answer.source_version), answer.salt)
        assert receipt.answer_digest != answer_digest(verification_answer(["no"], answer.source_version), answer.salt)


async def test_an_unknown_key_and_an_empty_cell_are_both_unknown(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        response = await world.ask("001", "002", "nobody", "005", "1")
        assert response.json()["answers"] == ["yes", "no", "unknown", "unknown", "unknown"]
        assert response.json()["receipt"]["body"]["units"] == 5


async def test_charged_by_what_is_found_the_unknown_are_not_billed_but_count(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(charge="found", calls_max=3))
        body = (await world.ask("001", "nobody", "005")).json()["receipt"]["body"]
        assert (body["calls"], body["units"]) == (3, 1)
        assert codes(await world.ask("001")) == ["calls-exhausted"]


async def test_bands_include_their_lower_edge(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(question=LIMIT_BAND))
        response = await world.ask("001", "002", "003", "004", "005", question="limit-band")
        assert response.json()["answers"] == ["<50000", "[50000,200000)", "[50000,200000)", ">=200000", "unknown"]


async def test_receipts_chain_without_a_gap(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        answers = await asyncio.gather(*(world.ask("001") for _ in range(20)))
        bodies = sorted((answer.json()["receipt"]["body"] for answer in answers), key=lambda body: body["sequence"])
        assert [body["sequence"] for body in bodies] == list(range(1, 21))
        for before, after in pairwise(bodies):
            assert after["previous"] == Receipt.from_json(before).digest
        assert [sealed["body"] for sealed in await world.receipts()] == bodies


async def test_a_batch_of_ten_thousand_passes_and_one_more_does_not(tmp_path: Path) -> None:
    keys = [f"k{n}" for n in range(10_001)]
    (tmp_path / "credit.csv").write_text(
        ROWS[0] + "\n" + "".join(f"k{n},x,{n % 2},{n},2020-01-01\n" for n in range(9_999)), encoding="utf-8"
    )
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        answers = (await world.ask(*keys[:10_000])).json()["answers"]
        assert answers == ["no", "yes"] * 4_999 + ["no", "unknown"]
        refused = await world.ask(*keys)
        assert refused.status_code == 413
        assert codes(refused) == ["batch-too-large"]
        assert world.keeper.meter.usage("permit-1", NOON).calls == 10_000


@pytest.mark.parametrize("length", ["²", "9" * 5_000, "-1", "4194305"])
async def test_a_length_that_is_none_is_refused_like_one_that_is_too_large(tmp_path: Path, length: str) -> None:
    async with World(tmp_path) as world, world.buyer as buyer:
        await world.issue(verification_permit())
        headers = {
            b"Authorization": f"Bearer {TOKEN}".encode(),
            b"Tongqu-Call": str(uuid.uuid4()).encode(),
            b"Content-Length": length.encode("latin-1"),
        }
        refused = await buyer.post("/v1/verify", content=b"{}", headers=headers)
        assert (refused.status_code, codes(refused)) == (413, ["body-too-large"])


async def test_the_permit_may_allow_smaller_batches_only(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(batch_max=2))
        assert (await world.ask("001", "002")).status_code == 200
        assert codes(await world.ask("001", "002", "003")) == ["batch-too-large"]


# -- who, what for, when, how often, how many ------------------------------------------------------------------------


async def test_another_buyers_token_learns_nothing_about_the_permit(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(
            verification_permit(status="revoked"),
            verification_permit(id="permit-9", contract="contract-9", token_sha256=token_digest(OTHER_TOKEN)),
        )
        stranger = await world.ask("001", token=OTHER_TOKEN)
        nothing = await world.ask("001", permit="no-such-permit")
        assert stranger.status_code == nothing.status_code == 401
        assert codes(stranger) == codes(nothing) == ["permit-or-token-wrong"]
        assert stranger.content == nothing.content


async def test_every_failing_constraint_is_named_at_once(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(status="suspended", not_after=NOON - timedelta(hours=1), calls_max=1))
        refused = await world.ask("001", "002", purpose="营销", question="limit-band")
        assert refused.status_code == 403
        assert codes(refused) == [
            "permit-suspended",
            "purpose-not-permitted",
            "period-ended",
            "calls-exhausted",
            "question-not-permitted",
        ]


@pytest.mark.parametrize(("seconds_from_end", "expected"), [(-1, []), (0, ["period-ended"]), (1, ["period-ended"])])
async def test_the_period_is_half_open_at_its_end(tmp_path: Path, seconds_from_end: int, expected: list[str]) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(not_after=NOON + timedelta(seconds=30)))
        world.clock.turn(30 + seconds_from_end)
        response = await world.ask("001")
        assert (codes(response) if expected else response.status_code) == (expected or 200)


async def test_before_its_first_moment_a_permit_permits_nothing(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(not_before=NOON + timedelta(seconds=10)))
        world.clock.turn(9)
        assert codes(await world.ask("001")) == ["period-not-begun"]
        world.clock.turn(1)
        assert (await world.ask("001")).status_code == 200


async def test_the_count_ends_exactly_at_its_limit_whatever_comes_at_once(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=7))
        answers = await asyncio.gather(*(world.ask("001") for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [403] * 5
        assert codes(await world.ask("001")) == ["calls-exhausted"]
        await world.restart()
        assert codes(await world.ask("001")) == ["calls-exhausted"]


async def test_a_batch_beyond_what_is_left_is_refused_whole(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=3))
        assert (await world.ask("001", "002")).status_code == 200
        assert codes(await world.ask("001", "002")) == ["calls-exhausted"]
        assert (await world.ask("001")).status_code == 200


async def test_the_rate_counts_requests_in_any_sixty_seconds(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(rate_per_minute=2))
        assert (await world.ask("001")).status_code == 200
        world.clock.turn(20)
        assert (await world.ask("001", "002", "003")).status_code == 200
        refused = await world.ask("001")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
        await world.restart()
        assert codes(await world.ask("001")) == ["rate-exceeded"]
        world.clock.turn(39.999)
        assert codes(await world.ask("001")) == ["rate-exceeded"]
        world.clock.turn(0.001)
        assert (await world.ask("001")).status_code == 200


async def test_while_a_started_node_reads_its_source_calls_are_told_to_wait(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=2))
        answered, waiting = str(uuid.uuid4()), str(uuid.uuid4())
        assert (await world.ask("001", call=answered)).status_code == 200
        await world.restart(reads=False)
        refused = await world.ask("002", call=waiting)
        assert (refused.status_code, codes(refused), refused.headers["retry-after"]) == (
            503,
            ["source-being-read"],
            "1",
        )
        wrong = await world.ask("002", purpose="营销")  # which waiting does not mend
        assert (wrong.status_code, codes(wrong)) == (403, ["purpose-not-permitted", "source-being-read"])
        repeated = await world.ask("001", call=answered)
        assert (repeated.status_code, repeated.headers["tongqu-repeated"]) == (200, "true")
        await world.keeper.look()
        assert (await world.ask("002", call=waiting)).status_code == 200
        assert codes(await world.ask("003")) == ["calls-exhausted"]


async def test_a_purpose_that_was_not_agreed_is_refused(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        refused = await world.ask("001", purpose="营销")
        assert codes(refused) == ["purpose-not-permitted"]
        assert "信贷审批" in refused.json()["reasons"][0]["mend"]["zh"]


async def test_the_exchange_cannot_permit_what_the_owner_did_not_declare(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        wider = replace(LIMIT_BAND, edges=("50000", "60000"))
        await world.issue(
            verification_permit(question=wider),
            verification_permit(id="permit-3", contract="contract-3", source="elsewhere"),
        )
        assert codes(await world.ask("001", question="limit-band")) == ["not-declared"]
        assert codes(await world.ask("001", permit="permit-3")) == ["source-not-served"]


# -- the exchange's word -----------------------------------------------------------------------------------------------


async def test_suspension_and_revocation_take_hold_with_the_next_sync(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        assert (await world.ask("001")).status_code == 200
        await world.issue(verification_permit(revision=2, status="suspended"))
        assert codes(await world.ask("001")) == ["permit-suspended"]
        await world.issue(verification_permit(revision=3))
        assert (await world.ask("001")).status_code == 200
        await world.issue(verification_permit(revision=4, status="revoked"))
        assert codes(await world.ask("001")) == ["permit-revoked"]


async def test_an_old_permit_played_again_does_not_undo_a_revocation(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.issue(verification_permit(revision=2, status="revoked"))
        await world.issue(verification_permit(revision=1))
        assert codes(await world.ask("001")) == ["permit-revoked"]
        await world.issue(verification_permit(revision=2))  # the same revision with other content
        assert codes(await world.ask("001")) == ["permit-revoked"]


async def test_a_tampered_permit_is_never_used(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        sealed = seal_message(verification_permit(), world.exchange.signer)
        sealed["body"]["calls_max"] = 10**9
        world.exchange.sent.append(sealed)
        world.exchange.issue(verification_permit(id="permit-5"), signer=Ed25519Signer.generate())
        await world.sync()
        assert codes(await world.ask("001")) == ["permit-or-token-wrong"]
        assert codes(await world.ask("001", permit="permit-5")) == ["permit-or-token-wrong"]


async def test_a_permit_tampered_with_on_the_nodes_disk_is_asked_for_again(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=1))
        assert (await world.ask("001")).status_code == 200
        book = world.keeper.book._db
        (sealed,) = book.execute("SELECT sealed FROM permits").fetchone()
        book.execute("UPDATE permits SET sealed = ?", (sealed.replace('"calls_max": 1,', '"calls_max": 99,'),))
        world.exchange.reachable = False
        await world.restart()
        assert world.keeper.book.faults
        assert codes(await world.ask("001")) == ["permit-or-token-wrong"]
        world.exchange.reachable = True
        await world.sync()
        assert codes(await world.ask("001")) == ["calls-exhausted"]


async def test_a_permit_for_another_node_is_not_taken(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit(node="node-2"))
        assert codes(await world.ask("001")) == ["permit-or-token-wrong"]


async def test_without_the_exchange_it_serves_until_the_lease_ends(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        world.exchange.reachable = False
        world.clock.turn(59.999)
        await world.sync()
        assert (await world.ask("001")).status_code == 200
        world.clock.turn(0.001)
        refused = await world.ask("001")
        assert (refused.status_code, codes(refused)) == (503, ["lease-ended"])
        await world.restart()
        assert codes(await world.ask("001")) == ["lease-ended"]
        world.exchange.reachable = True
        await world.sync()
        assert (await world.ask("001")).status_code == 200


async def test_an_exchange_that_withdraws_the_lease_stops_the_node_at_once(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        world.exchange.leasing = False
        await world.sync()
        assert codes(await world.ask("001")) == ["lease-missing"]


# -- the same call again -----------------------------------------------------------------------------------------------


async def test_a_repeated_call_is_answered_once_and_billed_once(tmp_path: Path) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(verification_permit(calls_max=2, rate_per_minute=1))
        first = await world.ask("001", "nobody", call=call)
        again = await world.ask("001", "nobody", call=call)
        assert again.content == first.content
        assert again.headers["tongqu-repeated"] == "true"
        await world.keeper.meter.catch_up()
        assert (await world.ask("001", "nobody", call=call)).content == first.content
        await world.restart()
        assert (await world.ask("001", "nobody", call=call)).content == first.content
        assert len(await world.receipts()) == 1
        assert world.keeper.meter.usage("permit-1", NOON).calls == 2


async def test_a_call_repeated_at_the_same_moment_is_one_call(tmp_path: Path) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        answers = await asyncio.gather(*(world.ask("001", call=call) for _ in range(8)))
        assert len({answer.content for answer in answers}) == 1
        assert len(await world.receipts()) == 1


async def test_a_call_key_used_for_another_request_is_refused(tmp_path: Path) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001", call=call)
        refused = await world.ask("002", call=call)
        assert (refused.status_code, codes(refused)) == (409, ["call-key-reused"])


async def test_the_answer_that_was_paid_for_is_given_again_after_the_source_changed(tmp_path: Path) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        first = await world.ask("001", call=call)
        (tmp_path / "credit.csv").write_text(ROWS[0] + "\n001,x,0,1,2020-01-01\n", encoding="utf-8")
        await world.keeper.look()
        assert (await world.ask("001", call=call)).content == first.content
        assert (await world.ask("001")).json()["answers"] == ["no"]


async def test_a_revoked_permit_does_not_even_repeat(tmp_path: Path) -> None:
    call = str(uuid.uuid4())
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        await world.ask("001", call=call)
        await world.issue(verification_permit(revision=2, status="revoked"))
        assert codes(await world.ask("001", call=call)) == ["permit-revoked"]
        assert len(await world.receipts()) == 1  # the evidence stays the buyer's


# -- bad requests ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "bad-request"),
        (b"[]", {}, 400, "bad-request"),
        (b'{"permit":"permit-1"}', {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"p","question":"q","key":"a","keys":["b"]}', {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"p","question":"q","keys":[]}', {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"p","question":"q","keys":[7]}', {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"p","question":"q","key":"a","sql":"x"}', {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"p","question":"q","key":"\\ud800"}', {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"p","question":"q","key":NaN}', {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"p","question":"q","key":1' + b"0" * 5_000 + b"}", {}, 400, "bad-request"),
        (b'{"permit":"permit-1","purpose":"\xff","question":"q","key":"a"}', {}, 400, "bad-request"),
        (b'\xef\xbb\xbf{"permit":"permit-1","purpose":"p","question":"q","key":"a"}', {}, 400, "bad-request"),
        (b"[" * 100_000, {}, 400, "bad-request"),
        (b" " * (4 * 1024 * 1024 + 1), {}, 413, "body-too-large"),
        (b"{}", {"Tongqu-Call": "not-a-uuid"}, 400, "call-key-missing"),
        (b"{}", {"Authorization": "Basic abc"}, 401, "token-missing"),
        (b"{", {"Authorization": "Bearer t"}, 401, "permit-or-token-wrong"),
    ],
)
async def test_a_malformed_request_is_a_problem_with_a_code(
    tmp_path: Path, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        sent = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": str(uuid.uuid4()), **headers}
        async with world.buyer as buyer:
            response = await buyer.post("/v1/verify", content=body, headers=sent)
        assert response.status_code == status
        assert codes(response) == [code]


@pytest.mark.parametrize(
    "path",
    ["/v1/datasets/%7Bpermit%7D?purpose=p", "/v1/datasets/%7Bpermit%7D/versions", "/v1/receipts/%7Bsequence:int%7D"],
)
async def test_the_name_of_a_place_in_a_path_is_no_path(tmp_path: Path, path: str) -> None:
    async with World(tmp_path) as world, world.buyer as buyer:
        await world.issue(verification_permit())
        response = await buyer.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code in {400, 401, 404}
        assert codes(response) != ["node-failed"]


async def test_half_a_character_is_in_no_acknowledgement(tmp_path: Path) -> None:
    async with World(tmp_path) as world, world.buyer as buyer:
        await world.issue(verification_permit())
        told = b'{"permit":"\\ud800","acknowledgement":{}}'
        response = await buyer.post("/v1/acknowledgements", content=told, headers={"Authorization": f"Bearer {TOKEN}"})
        assert (response.status_code, codes(response)) == (400, ["bad-request"])


async def test_an_unknown_path_is_a_problem_too(tmp_path: Path) -> None:
    async with World(tmp_path) as world, world.buyer as buyer:
        for path in ("/", "/v1/verify", "/v1/rows"):
            assert codes(await buyer.get(path)) == ["no-such-door"]


async def test_health_tells_what_works_and_what_does_not(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        async with world.buyer as buyer:
            well = await buyer.get("/health")
            assert (well.status_code, well.json()["lease_seconds_left"]) == (200, 60)
            world.clock.turn(61)
            ill = await buyer.get("/health")
            assert ill.status_code == 503
            assert ill.json()["lease_seconds_left"] == 0
            assert b"tongqu_node_lease_seconds_left 0.0" in (await buyer.get("/metrics")).content
        assert json.loads(ill.content)["working"] is False


async def test_a_node_without_its_file_or_a_lease_does_not_serve_but_lives(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        (tmp_path / "credit.csv").unlink()
        world.exchange.leasing = False
        await world.restart()
        world.keeper.start()
        async with world.buyer as operator:
            ill = await operator.get("/health")
            assert (ill.status_code, ill.json()["source_faults"]) == (503, {"credit": "source-missing"})
            living = await operator.get("/live")
            assert (living.status_code, living.json()) == (200, {"live": True, "standing_still": []})


async def test_work_that_stands_still_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> bool:
        await asyncio.Event().wait()
        return False

    async with World(tmp_path) as world, world.buyer as operator:
        monkeypatch.setattr(world.keeper.line, "once", never)
        world.keeper.start()
        await asyncio.sleep(0)
        assert (await operator.get("/live")).status_code == 200
        world.keeper._due_back["sync"] -= 100  # as if it had been so long
        stands = await operator.get("/live")
        assert (stands.status_code, stands.json()["standing_still"]) == (503, ["sync"])


async def test_whatever_was_not_served_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what no rule refused: a body that did not come, a fault of the node's own, a link that is none."""

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(1)

    async with World(tmp_path) as world:
        await world.issue(verification_permit())
        app = application(world.keeper, body_bytes_max=4096, request_seconds_max=5, body_seconds_max=0.2)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node", headers=headers) as buyer:
            late = await buyer.post("/v1/verify", content=never(), headers={"Tongqu-Call": str(uuid.uuid4())})
            with monkeypatch.context() as fault:
                fault.setattr(world.keeper.steps, "permit_of", lambda *_: 1 / 0)
                failed = await world.ask("001")
            link = await buyer.get("/delta-sharing/files/none")
            share = await buyer.get("/delta-sharing/0/shares/none")
            assert [each.status_code for each in (late, failed, link, share)] == [408, 500, 403, 404]
            told = (await buyer.get("/metrics")).text
        for code in ("too-slow", "node-failed", "link-wrong", "bad-request"):
            assert f'tongqu_node_refused_total{{code="{code}"}} 1.0' in told, code
