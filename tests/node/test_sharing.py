"""Delta Sharing as the official client speaks it, over a real node; and what must not open."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import delta_sharing
import httpx
import pandas as pd
import pytest
import requests
from delta_sharing.protocol import DeltaSharingProfile
from delta_sharing.rest_client import DataSharingRestClient

from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import OTHER_TOKEN, ROWS, TOKEN, FakeExchange, World, dataset_permit
from tongqu.client.calls import Node
from tongqu.client.calls import Permit as Held
from tongqu.client.receipts import ReceiptBook
from tongqu.node.keeper import wall_clock
from tongqu.node.sharing.links import LINK_SECONDS, BadLink, Link, link_until, open_link, write_link
from tongqu.wire.message import open_sealed
from tongqu.wire.permit import token_digest
from tongqu.wire.receipt import Receipt, answer_digest, request_digest, shared_answer, shared_request

CONTENT = ("\n".join(ROWS) + "\n").encode()
VERSION = hashlib.sha256(CONTENT).hexdigest()
TABLE = "permit-2.data.credit"


@dataclass
class Shop:
    exchange: FakeExchange
    node: NodeProcess
    profile: Path

    def issue(self, **changes: Any) -> None:
        now = wall_clock()
        period = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=1)}
        heard = len(self.exchange.requests)
        self.exchange.issue(dataset_permit(VERSION, **{**period, **changes}))
        self.node.wait_until(lambda: len(self.exchange.requests) > heard + 1)

    def receipts(self, permit: str = "permit-2", token: str = TOKEN) -> list[dict[str, Any]]:
        answer = httpx.get(
            f"{self.node.url}/v1/receipts", params={"permit": permit}, headers={"Authorization": f"Bearer {token}"}
        )
        return list(answer.json()["receipts"])

    def query(self, token: str = TOKEN, permit: str = "permit-2", **body: Any) -> httpx.Response:
        return httpx.post(
            f"{self.node.url}/delta-sharing/0/shares/{permit}/schemas/data/tables/credit/query",
            json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30,
        )  # fmt: skip

    def stands(self, permit: str, token: str) -> bool:
        """Whether the copy that is shared is made; to ask is not billed."""
        table = f"{self.node.url}/delta-sharing/0/shares/{permit}/schemas/data/tables/credit"
        return (
            httpx.get(f"{table}/version", headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code == 200
        )

    def links(self, answer: httpx.Response) -> list[str]:
        told = [json.loads(line) for line in answer.text.splitlines()]
        return [line["file"]["url"] for line in told if "file" in line]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("sharing")
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url:
        node = NodeProcess(folder, url)
        node.enrol()
        node.start()
        held = Held("permit-2", "contract-2", "node-1", node.url, b"", TOKEN, None, ("信贷审批",))
        shop = Shop(exchange, node, folder / "buyer.share")
        Node(held, ReceiptBook(folder / "receipts.jsonl")).write_profile(shop.profile)
        shop.issue(calls_max=3)
        shop.issue(id="permit-9", contract="contract-9", token_sha256=token_digest(OTHER_TOKEN))
        for permit, token in (("permit-2", TOKEN), ("permit-9", OTHER_TOKEN)):
            node.wait_until(lambda permit=permit, token=token: shop.stands(permit, token))
        yield shop
        node.stop()


@pytest.mark.slow
def test_the_official_client_lists_and_reads_what_the_permit_opens(shop: Shop) -> None:
    assert shop.profile.stat().st_mode & 0o077 == 0
    client = delta_sharing.SharingClient(str(shop.profile))
    assert [share.name for share in client.list_shares()] == ["permit-2"]
    assert [(t.share, t.schema, t.name) for t in client.list_all_tables()] == [("permit-2", "data", "credit")]
    assert delta_sharing.get_table_version(f"{shop.profile}#{TABLE}") == 0
    read = delta_sharing.load_as_pandas(f"{shop.profile}#{TABLE}")
    told = list(csv.DictReader(ROWS))
    assert list(read.columns) == list(told[0])
    assert read["id"].tolist() == [row["id"] for row in told]
    assert read["limit"].tolist() == [
        float(row["limit"]) if row["limit"] else pytest.approx(float("nan"), nan_ok=True) for row in told
    ]
    some = delta_sharing.load_as_pandas(f"{shop.profile}#{TABLE}", limit=2)
    assert some["id"].tolist() == read["id"].tolist()[:2]
    assert isinstance(read, pd.DataFrame)
    # Two queries that differ are two calls; the first one again, within the hour, is none.
    assert len(shop.receipts()) == 2
    delta_sharing.load_as_pandas(f"{shop.profile}#{TABLE}")
    assert len(shop.receipts()) == 2


@pytest.mark.slow
def test_a_query_is_receipted_over_the_files_it_names(shop: Shop) -> None:
    answer = shop.query()
    assert answer.headers["delta-table-version"] == "0"
    sealed = json.loads(base64.b64decode(answer.headers["tongqu-receipt"]))
    assert shop.exchange.node_key is not None
    receipt, salt = open_sealed(Receipt, sealed, shop.exchange.node_key), answer.headers["tongqu-salt"]
    files = [json.loads(line)["file"] for line in answer.text.splitlines() if '"file"' in line]
    told = shared_answer(VERSION, [(file["id"], file["size"]) for file in files], marked=False)
    assert receipt.answer_digest == answer_digest(told, salt)
    assert receipt.request_digest == request_digest(shared_request("permit-2", "信贷审批", None), salt)
    assert (receipt.calls, receipt.units, receipt.mode) == (1, 1, "dataset")
    content = httpx.get(files[0]["url"]).content
    assert hashlib.sha256(content).hexdigest() == files[0]["id"]
    part = httpx.get(files[0]["url"], headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, content[4:10])
    bomb = httpx.get(files[0]["url"], headers={"Range": "bytes=" + ",".join(["0-"] * 500)})
    assert (bomb.status_code, bomb.content) == (200, content)


@pytest.mark.slow
def test_the_client_pages_through_its_lists(shop: Shop) -> None:
    client = DataSharingRestClient(DeltaSharingProfile.read_from_file(str(shop.profile)))
    none = client.list_shares(max_results=0)
    assert (list(none.shares), bool(none.next_page_token)) == ([], True)
    first = client.list_shares(max_results=1, page_token=none.next_page_token)
    assert ([share.name for share in first.shares], first.next_page_token) == (["permit-2"], None)
    for bad in ("x", "!!", base64.urlsafe_b64encode(b"-1").decode()):
        with pytest.raises(requests.HTTPError, match="INVALID_PARAMETER_VALUE"):
            client.list_shares(page_token=bad)


@pytest.mark.slow
def test_a_wrong_token_and_anothers_share_fail_in_the_protocols_words(shop: Shop) -> None:
    stranger = shop.query(token="tq_" + "x" * 43)
    assert (stranger.status_code, stranger.json()["errorCode"]) == (401, "UNAUTHENTICATED")
    assert stranger.json()["message"]
    other = shop.query(token=OTHER_TOKEN)
    assert (other.status_code, other.json()["errorCode"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    profile = shop.profile.with_name("wrong.share")
    profile.write_text(json.dumps({**json.loads(shop.profile.read_text()), "bearerToken": "tq_" + "y" * 43}))
    with pytest.raises(requests.HTTPError, match="401"):
        delta_sharing.load_as_pandas(f"{profile}#{TABLE}")
    for path in ("shares/permit-2/schemas/other/tables", "shares/permit-2/schemas/data/tables/other/metadata",
                 "shares/..%2f..%2fstate/schemas", "shares/permit-9/all-tables"):  # fmt: skip
        answer = httpx.get(f"{shop.node.url}/delta-sharing/0/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 404, path
    for body in ({"limitHint": -1}, {"limitHint": True}, {"version": 7}, {"timestamp": "2024"}, {"startingVersion": 0}):
        assert shop.query(**body).status_code == 400, body
    assert len(shop.receipts("permit-9", OTHER_TOKEN)) == 0


@pytest.mark.slow
def test_a_link_opens_one_part_for_its_time_and_goes_with_its_permit(shop: Shop) -> None:
    shop.issue(id="permit-5", contract="contract-5")
    answered = shop.query(permit="permit-5")
    assert answered.status_code == 200, answered.text
    link = shop.links(answered)[0]
    assert httpx.get(link).status_code == 200
    assert httpx.head(link).headers["content-length"] == str(len(httpx.get(link).content))
    for broken in (
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        link + "AA",
        link[:-40],
        link.rsplit("/", 1)[0] + "/..%2f..%2fkey",
    ):
        assert httpx.get(broken).status_code in (403, 404), broken
    shop.issue(id="permit-5", contract="contract-5", revision=2, status="suspended")
    assert httpx.get(link).json()["code"] == "permit-suspended"
    shop.issue(id="permit-5", contract="contract-5", revision=3, token_sha256=token_digest(OTHER_TOKEN))
    assert httpx.get(link).status_code == 401
    shop.issue(id="permit-5", contract="contract-5", revision=4, status="revoked")
    answer = shop.query(permit="permit-5", token=OTHER_TOKEN)
    assert (httpx.get(link).status_code, answer.status_code) == (401, 404)


@pytest.mark.slow
def test_calls_that_are_used_up_are_refused_while_an_earlier_query_still_answers(shop: Shop) -> None:
    shop.issue(id="permit-6", contract="contract-6", calls_max=1)
    assert shop.query(permit="permit-6").status_code == 200
    refused = shop.query(permit="permit-6", limitHint=1)
    assert (refused.status_code, refused.json()["code"]) == (403, "calls-exhausted")
    again = shop.query(permit="permit-6")
    assert (again.status_code, again.headers["tongqu-repeated"]) == (200, "true")
    assert len(shop.receipts("permit-6")) == 1


# -- without a process ---------------------------------------------------------------------------------------------------


def test_who_asks_for_no_row_is_billed_nothing(shop: Shop) -> None:
    shop.issue(id="permit-10", contract="contract-10")
    shop.node.wait_until(lambda: shop.query(permit="permit-10", limitHint=0).status_code == 200)  # the copy is made
    answer = shop.query(permit="permit-10", limitHint=0)
    assert "metaData" in answer.text
    assert shop.links(answer) == []
    assert shop.receipts("permit-10") == []


@pytest.mark.anyio
async def test_a_link_that_is_over_says_so_and_a_query_gives_a_fresh_one(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        await world.issue(dataset_permit(VERSION, calls_max=1))
        path = "/delta-sharing/0/shares/permit-2/schemas/data/tables/credit/query"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with world.buyer as buyer:
            assert (await buyer.post(path, headers=headers)).json()["code"] == "copy-being-made"
            while await world.keeper.copy():
                pass
            first = await buyer.post(path, headers=headers)
            line = json.loads(first.text.splitlines()[-1])["file"]
            assert (await buyer.get(line["url"])).status_code == 200
            world.clock.turn(LINK_SECONDS + 1)
            await world.sync()
            over = await buyer.get(line["url"])
            assert (over.status_code, over.json()["code"]) == (403, "link-expired")
            assert over.json()["message"].endswith("Query again: the same query within the hour is not billed again.")
            second = await buyer.post(path, headers=headers)
            fresh = json.loads(second.text.splitlines()[-1])["file"]
            assert (fresh["url"] != line["url"], fresh["id"]) == (True, line["id"])
            assert (await buyer.get(fresh["url"])).status_code == 200
            assert len(await world.receipts("permit-2")) == 1
            metrics = world.keeper.gauges.text().decode()
            assert 'tongqu_node_call_seconds_count{mode="dataset"} 2.0' in metrics
            # An hour after its receipt the same query is another call; and there is none left.
            world.clock.turn(3_600 - LINK_SECONDS)
            await world.sync()
            assert (await buyer.post(path, headers=headers)).json()["code"] == "calls-exhausted"


@pytest.mark.anyio
async def test_a_query_is_judged_when_its_body_is_whole(tmp_path: Path) -> None:
    """Whoever sends slowly gains no second of the period by it."""
    async with World(tmp_path) as world:
        ends = world.clock() + timedelta(seconds=5)
        await world.issue(dataset_permit(VERSION, calls_max=9, not_after=ends))
        path = "/delta-sharing/0/shares/permit-2/schemas/data/tables/credit/query"
        headers = {"Authorization": f"Bearer {TOKEN}"}

        async def slowly() -> AsyncIterator[bytes]:
            yield b'{"limi'
            world.clock.turn(6)
            yield b'tHint":2}'

        async with world.buyer as buyer:
            assert (await buyer.post(path, headers=headers)).json()["code"] == "copy-being-made"
            while await world.keeper.copy():
                pass
            assert (await buyer.post(path, headers=headers)).status_code == 200
            late = await buyer.post(path, headers=headers, content=slowly())
        assert (late.status_code, late.json()["code"]) == (401, "period-ended")
        assert len(await world.receipts("permit-2")) == 1


def test_no_change_of_a_link_is_believed() -> None:
    secret, now = b"k" * 32, wall_clock()
    link = Link("permit-2", "a" * 64, "b" * 64, "c" * 64, link_until(now))
    text = write_link(link, secret)
    assert open_link(text, secret, now) == link
    for at in range(len(text)):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        if base64.urlsafe_b64decode(changed + "=" * (-len(changed) % 4)) != base64.urlsafe_b64decode(
            text + "=" * (-len(text) % 4)
        ):
            with pytest.raises(BadLink):
                open_link(changed, secret, now)
    with pytest.raises(BadLink):
        open_link(text, b"j" * 32, now)
    with pytest.raises(BadLink) as over:
        open_link(text, secret, link.expires_at)
    assert over.value.expired
    assert str(uuid.uuid4()) not in text
