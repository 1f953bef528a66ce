"""Verification under guards: counts, blinded keys, and how much a contract may probe."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node.world import ARREARS, CONFIG, TOKEN, World, codes, verification_permit
from tongqu.client.calls import Node
from tongqu.client.calls import Permit as Held
from tongqu.client.receipts import ReceiptBook
from tongqu.node.config import read_config
from tongqu.node.modes.counting import TooMany, TooNear, told_counts
from tongqu.node.probes import Probes
from tongqu.node.sources.keys import BlindedIndex, KeyIndex
from tongqu.wire.blinding import BlindingKey, agreed_key, blind, private_key, public_hex
from tongqu.wire.message import open_sealed
from tongqu.wire.permit import Permit
from tongqu.wire.receipt import CountAnswer, Receipt, answer_digest, count_answer

PEOPLE = ["id,name,arrears,limit,opened", *(f"p{at:03d},人{at},{int(at % 3 == 0)},1000,2020-01-02" for at in range(60))]


class Guarded(World):
    """The bank's source with sixty people, whose question is guarded as a test says."""

    def __init__(self, folder: Path, guards: str) -> None:
        (folder / "credit.csv").write_text("\n".join(PEOPLE) + "\n", encoding="utf-8")
        self._guards = guards
        super().__init__(folder)

    def _open(self) -> Any:
        text = CONFIG.format(port=8700, extra="").replace('id = "arrears"\n', f'id = "arrears"\n{self._guards}\n')
        self.config.write_text(text, encoding="utf-8")
        return super()._open()

    def permit(self, **changes: Any) -> Permit:
        (source,) = read_config(self.config).sources
        return verification_permit(**{"question": source.questions[0], **changes})

    async def blinding(self) -> BlindingKey:
        async with self.buyer as buyer:
            told = await buyer.get("/v1/blinding", headers={"Authorization": f"Bearer {TOKEN}"})
        return open_sealed(BlindingKey, told.json(), self.exchange.node_key or b"")


def people(*numbers: int) -> list[str]:
    return [f"p{at:03d}" for at in numbers]


# -- counts --------------------------------------------------------------------------------------------------------------


def test_a_batch_is_counted_and_nobody_is_told_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "least = 5\nmisses_max = 100") as world:
            await world.issue(world.permit())
            call = str(uuid.uuid4())
            response = await world.ask(*people(*range(30)), *(f"x{at}" for at in range(6)), call=call)
            answer = CountAnswer.from_json(response.json())
            assert answer.counts == {"unknown": 6, "yes": 10, "no": 20}
            receipt = open_sealed(Receipt, answer.receipt, world.exchange.node_key or b"")
            told = count_answer(answer.counts, answer.least, answer.source_version)
            assert receipt.answer_digest == answer_digest(told, answer.salt)
            assert (receipt.calls, receipt.units) == (36, 36)
            again = await world.ask(*people(*range(30)), *(f"x{at}" for at in range(6)), call=call)
            assert again.content == response.content

            few = await world.ask(*people(*range(3, 48, 3)), "x7")  # fifteen in arrears, one who is not there
            assert few.json()["counts"] == {"unknown": None, "yes": None, "no": None}
            assert codes(await world.ask("p001")) == ["batch-too-small"]
            assert codes(await world.ask("p001", *["p002"] * 8)) == ["keys-repeated"]

    asyncio.run(story())


def test_two_batches_that_differ_by_too_few_are_not_both_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "least = 5\nmisses_max = 100") as world:
            await world.issue(world.permit(), world.permit(id="permit-8"))
            assert (await world.ask(*people(*range(30)))).status_code == 200
            one_more = await world.ask(*people(*range(31)))
            assert (one_more.status_code, codes(one_more)) == (403, ["batch-too-near"])
            await world.restart()
            swapped = people(*range(2, 30), 40, 41)  # two out, two in
            assert codes(await world.ask(*swapped)) == ["batch-too-near"]
            assert codes(await world.ask(*swapped, permit="permit-8")) == ["batch-too-near"]  # of the same contract
            assert (await world.ask(*reversed(people(*range(30))))).status_code == 200  # the same people again
            assert (await world.ask(*people(*range(35)))).status_code == 200  # five more
            assert len(await world.receipts()) == 3

    asyncio.run(story())


def test_keys_of_nobody_make_no_two_batches_differ_enough(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "least = 5\nmisses_max = 100") as world:
            await world.issue(world.permit())
            nobody = [f"x{at}" for at in range(40)]
            assert (await world.ask(*people(*range(20)), *nobody[:20])).status_code == 200
            assert codes(await world.ask(*people(*range(21)), *nobody[20:])) == ["batch-too-near"]  # would tell of p020
            assert codes(await world.ask(*people(*range(20)), *nobody[20:])) == [
                "batch-too-near"
            ]  # would tell who is there
            assert (await world.ask(*people(*range(20)), *nobody[:20])).status_code == 200
            assert (await world.ask(*people(*range(30)), *nobody[:20])).status_code == 200

    asyncio.run(story())


def test_counts_without_a_limit_on_misses_are_not_declared(tmp_path: Path) -> None:
    assert replace(ARREARS, least=5).contradictions() == ["misses_max"]


def test_two_at_once_cannot_slip_past_each_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "least = 5\nmisses_max = 100") as world:
            await world.issue(world.permit())
            both = await asyncio.gather(*(world.ask(*people(*range(30), 30 + at)) for at in range(4)))
            assert sorted(each.status_code for each in both) == [200, 403, 403, 403]

    asyncio.run(story())


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8), st.integers(2, 10))
def test_no_count_is_told_behind_which_few_stand_or_are_left(counts: list[int], least: int) -> None:
    told, total = told_counts(counts, least), sum(counts)
    shown = [count for count in told if count is not None]
    assert all(count >= least and total - count >= least for count in shown)
    withheld = [count for count, each in zip(counts, told, strict=True) if each is None]
    assert len(withheld) != 1
    assert not withheld or not shown or sum(withheld) >= least
    assert all(each in (None, count) for count, each in zip(counts, told, strict=True))


def test_a_permit_for_counts_is_not_charged_by_what_was_found() -> None:
    permit = verification_permit(question=replace(ARREARS, least=5, misses_max=100), charge="found")
    assert permit.contradictions() == ["charge"]


# -- probing -------------------------------------------------------------------------------------------------------------


def test_who_asks_for_too_many_that_are_not_there_is_answered_nothing_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "misses_max = 3") as world:
            await world.issue(world.permit(), world.permit(id="permit-9", contract="contract-9"))
            assert (await world.ask("x1", "x1", "p001", "x2")).status_code == 200
            assert (await world.ask("x1")).json()["answers"] == ["unknown"]  # asked before: no new miss
            assert (await world.ask("p002")).status_code == 200
            assert (await world.ask("x3", "x4")).status_code == 200  # the batch that passes the limit is answered whole
            assert codes(await world.ask("x1")) == ["probing-limit"]
            assert codes(await world.ask("p001")) == ["probing-limit"]  # or a refusal would say who is not there
            await world.restart()
            assert codes(await world.ask("p001")) == ["probing-limit"]
            assert (await world.ask("p001", permit="permit-9")).status_code == 200  # another contract
            kept = (tmp_path / "state" / "probes.db").read_bytes()
            assert b"x1" not in kept

    asyncio.run(story())


def test_of_many_batches_at_once_one_passes_the_limit_of_probing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "misses_max = 3") as world:
            await world.issue(world.permit())
            batches = [[f"x{at}-{each}" for each in range(5)] for at in range(4)]
            probes, made = world.keeper.room.probes, world.keeper.room.probes.hashes
            under_way = threading.Barrier(len(batches))

            def together(keys: Any) -> Any:
                under_way.wait(60)  # all of them, before one is noted
                return made(keys)

            monkeypatch.setattr(probes, "hashes", together)
            both = await asyncio.gather(*(world.ask(*batch) for batch in batches))
            assert sorted(each.status_code for each in both) == [200, 403, 403, 403]
            assert probes.missed("contract-1") == 5
            assert len(await world.receipts()) == 1

    asyncio.run(story())


def test_what_was_probed_and_cannot_be_kept_is_not_answered(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "misses_max = 3") as world:
            await world.issue(world.permit())
            world.keeper.room.probes.close()  # as when the disk is gone
            refused = await world.ask("x1")
            assert (refused.status_code, codes(refused)) == (503, ["journal-unwritable"])
            assert await world.receipts() == []

    asyncio.run(story())


def test_the_batches_that_may_be_counted_come_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongqu.node.probes.COUNTED_MAX", 2)
    probes = Probes(tmp_path / "probes.db", b"s")
    batches = [people(*range(at, at + 20)) for at in (0, 20, 40)]
    for batch in batches[:2]:
        probes.admit("c", batch, batch, 5)
    with pytest.raises(TooMany):
        probes.admit("c", batches[2], batches[2], 5)
    probes.admit("c", batches[0], batches[0], 5)
    probes.admit("other", batches[2], batches[2], 5)
    with pytest.raises(TooNear):
        probes.admit("c", batches[0][1:], batches[0][1:], 5)
    probes.close()


# -- blinded keys --------------------------------------------------------------------------------------------------------


def test_blinded_keys_are_answered_like_the_keys_themselves(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, 'blinded = "required"\nmisses_max = 100') as world:
            (person,) = people(0)  # never written out here: a traceback of another's would show the line
            await world.issue(world.permit())
            assert codes(await world.ask(person)) == ["blinding-required"]
            own = private_key(os.urandom(32))
            agreed = agreed_key(own, (await world.blinding()).public_key, "contract-1")
            sent = [blind(key, agreed) for key in (person, "p001", "absent")]
            answer = await world.ask(*sent, blinding=public_hex(own))
            assert answer.json()["answers"] == ["yes", "no", "unknown"]
            assert codes(await world.ask(person, blinding=public_hex(own))) == ["key-not-blinded"]
            others = agreed_key(own, (await world.blinding()).public_key, "contract-2")
            assert (await world.ask(blind(person, others), blinding=public_hex(own))).json()["answers"] == ["unknown"]
            await world.keeper.meter.catch_up()
            heard = capfd.readouterr()
            journal = b"".join(file.read_bytes() for file in (tmp_path / "state" / "journal").iterdir())
            assert person not in heard.out + heard.err
            assert person.encode() not in journal
            assert sent[0].encode() not in journal

    asyncio.run(story())


def test_what_is_no_public_key_or_one_too_many_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, 'blinded = "allowed"') as world:
            await world.issue(world.permit())
            key = "a" * 64
            assert codes(await world.ask(key, blinding="0" * 64)) == ["blinding-wrong"]  # a point of small order
            assert codes(await world.ask(key, blinding="A" * 64)) == ["bad-request"]
            assert codes(await world.ask(key, blinding=5)) == ["bad-request"]
            for at in range(5):
                assert (await world.ask(key, blinding=public_hex(private_key(bytes([at]))))).status_code == 200
            assert codes(await world.ask(key, blinding=public_hex(private_key(b"six")))) == ["blindings-exhausted"]
            assert (await world.ask("p000")).json()["answers"] == ["yes"]  # allowed, not required

    asyncio.run(story())


def test_a_contract_that_changes_its_keys_takes_no_others_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, 'blinded = "allowed"') as world:
            await world.issue(world.permit(), world.permit(id="permit-9", contract="contract-9"))
            made: list[bytes] = []
            blinded = KeyIndex.blinded

            def counted(keys: KeyIndex, agreed: bytes) -> BlindedIndex:
                made.append(agreed)
                return blinded(keys, agreed)

            monkeypatch.setattr(KeyIndex, "blinded", counted)
            steady = public_hex(private_key(b"steady"))
            assert (await world.ask("a" * 64, blinding=steady, permit="permit-9")).status_code == 200
            for at in (0, 1, 2, 3, 4, 0, 1, 2, 3, 4):
                own = public_hex(private_key(bytes([at])))
                assert (await world.ask("a" * 64, blinding=own)).status_code == 200
            assert len(made) == 11  # its own, each time; who keeps to one key is spared that
            assert (await world.ask("a" * 64, blinding=steady, permit="permit-9")).status_code == 200
            assert len(made) == 11

    asyncio.run(story())


def test_a_question_that_does_not_say_so_takes_no_blinded_keys(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, "") as world:
            await world.issue(world.permit())
            refused = await world.ask("a" * 64, blinding=public_hex(private_key(b"x")))
            assert codes(refused) == ["blinding-not-declared"]

    asyncio.run(story())


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=40, unique=True), st.text(min_size=1, max_size=8))
def test_a_blinded_index_finds_each_key_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], other: str
) -> None:
    keys = [key for key in keys if key.isprintable()] or ["k"]
    folder = tmp_path_factory.getbasetemp()
    index = BlindedIndex((key.encode("utf-8", "surrogatepass") for key in keys), b"agreed" * 6, folder)
    assert not list(folder.glob("blinded-*"))
    found = index.find_many([blind(key, b"agreed" * 6) for key in [*keys, other] if key.isprintable()])
    assert found[: len(keys)].tolist() == list(range(len(keys)))
    if other.isprintable() and other not in keys:
        assert found[-1] == -1


def test_the_client_blinds_counts_and_checks(tmp_path: Path) -> None:
    async def story() -> None:
        async with Guarded(tmp_path, 'least = 5\nmisses_max = 100\nblinded = "required"') as world:
            await world.issue(world.permit())
            loop = asyncio.get_running_loop()

            def through(request: httpx.Request) -> httpx.Response:
                async def ask() -> httpx.Response:
                    async with world.buyer as buyer:
                        body = request.content
                        told = await buyer.request(
                            request.method, request.url.path, content=body, headers=request.headers
                        )
                    return httpx.Response(
                        told.status_code, content=told.content, headers={"Content-Type": "application/json"}
                    )

                return asyncio.run_coroutine_threadsafe(ask(), loop).result(20)

            permit = Held(
                "permit-1", "contract-1", "node-1", "http://node.test", world.exchange.node_key or b"", TOKEN, "arrears",
                ("信贷审批",),
            )  # fmt: skip
            book = ReceiptBook(tmp_path / "receipts")
            node = Node(permit, book, http=httpx.Client(transport=httpx.MockTransport(through)))
            await asyncio.to_thread(node.agree_on_blinding, b"a secret of the buyer's own")
            assert await asyncio.to_thread(node.counts, people(*range(30), 100, 101, 102, 103, 104)) == {
                "unknown": 5, "yes": 10, "no": 20,
            }  # fmt: skip
            kept = json.dumps([json.loads(file.read_text("utf-8")) for file in (tmp_path / "receipts").rglob("*.json")])
            assert "p000" not in kept

    asyncio.run(story())
