"""The buyer's client scores rows, fetches reports, and believes neither without their receipts."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tests.node.model_world import ModelWorld, client
from tests.node.test_reports import ReportWorld
from tests.node.world import TOKEN
from tongqu.client.buying import feature_rows
from tongqu.client.calls import BadAnswer, Node, Permit
from tongqu.client.receipts import ReceiptBook
from tongqu.node.door import application

pytestmark = pytest.mark.anyio


class Bridge(httpx.BaseTransport):
    """A client that blocks, on a thread, over the node on the loop; `twist` changes an answer on its way."""

    def __init__(self, world, twist=None):
        app = application(world.keeper, body_bytes_max=1 << 20, request_seconds_max=30)
        self.inner, self.loop = httpx.ASGITransport(app), asyncio.get_running_loop()
        self.twist = twist or (lambda content, headers: (content, headers))

    def handle_request(self, request):
        async def ask():
            answer = await self.inner.handle_async_request(
                httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
            )
            return answer.status_code, dict(answer.headers), await answer.aread()

        status, headers, content = asyncio.run_coroutine_threadsafe(ask(), self.loop).result()
        content, headers = self.twist(content, headers)
        headers.pop("content-length", None)
        return httpx.Response(status, headers=headers, content=content)


def buyer(world, permit, use, twist=None):
    key = world.keeper._signer.public_bytes
    told = Permit(permit.id, permit.contract, "node-1", "http://node.test", key, TOKEN, use, permit.purposes)
    book = ReceiptBook(world.folder / "receipts.jsonl")
    return Node(told, book, http=httpx.Client(transport=Bridge(world, twist))), book


async def test_rows_and_keys_are_scored_and_each_receipt_is_kept(tmp_path):
    async with ModelWorld(tmp_path) as world:
        by_key, sent = world.permit("credit-default"), world.permit("credit-sent")
        await world.issue(by_key, sent)
        node, book = buyer(world, by_key, "credit-default")
        scores = await asyncio.to_thread(node.score_keys, ["1", "nobody"])
        assert scores[1] == "unknown"
        node, _ = buyer(world, sent, "credit-sent")
        (tmp_path / "rows.csv").write_text(
            "\n".join([",".join(client()), *(",".join(map(str, client(PAY_0=at).values())) for at in (0, 2))])
        )
        rows = feature_rows(tmp_path / "rows.csv")
        low, high = await asyncio.to_thread(node.score_rows, rows)
        assert float(low) < float(high)
        assert len(list(book.receipts())) == 2


async def test_a_score_that_was_changed_on_its_way_is_not_believed(tmp_path):
    def better(content, headers):
        body = json.loads(content)
        return json.dumps({**body, "scores": ["0.01"]}).encode(), headers

    async with ModelWorld(tmp_path) as world:
        permit = world.permit("credit-default")
        await world.issue(permit)
        node, book = buyer(world, permit, "credit-default", better)
        with pytest.raises(BadAnswer, match="answer-differs"):
            await asyncio.to_thread(node.score_keys, ["1"])
        assert len(list(book.receipts())) == 1  # it will be billed, and this is what the buyer can show


async def test_a_report_is_written_only_when_its_hash_fits_the_receipt(tmp_path):
    async with ReportWorld(tmp_path) as world:
        permit = world.permit()
        await world.issue(permit)
        node, book = buyer(world, permit, "monthly")
        receipt = await asyncio.to_thread(node.report, "2020-03", tmp_path / "a.pdf")
        assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
        assert receipt.units == 1
        assert len(list(book.receipts())) == 1
        node, _ = buyer(world, permit, "monthly", lambda content, headers: (content + b"%", headers))
        with pytest.raises(BadAnswer, match="answer-differs"):
            await asyncio.to_thread(node.report, "2020-03", tmp_path / "b.pdf")
        assert not (tmp_path / "b.pdf").exists()


async def test_a_report_that_cannot_be_written_is_not_asked_for(tmp_path):
    async with ReportWorld(tmp_path) as world:
        permit = world.permit()
        await world.issue(permit)
        node, book = buyer(world, permit, "monthly")
        with pytest.raises(FileNotFoundError):
            await asyncio.to_thread(node.report, "2020-03", tmp_path / "none" / "a.pdf")
        assert list(book.receipts()) == []
        await asyncio.to_thread(node.report, "2020-03", tmp_path / "a.pdf")
        assert [receipt["body"]["sequence"] for receipt in book.receipts()] == [1]
