"""A large download that is cut at seeded points, by the buyer's line and by a kill -9 of the node, and gone on with elsewhere."""

from __future__ import annotations

import hashlib
import random
import uuid
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import TOKEN, FakeExchange, dataset_permit
from tongqu.client.calls import Node, Permit
from tongqu.client.receipts import ReceiptBook
from tongqu.node.keeper import wall_clock

PURPOSE = {"purpose": "信贷审批"}


def _source(folder: Path) -> bytes:
    drawn = random.Random(11)
    lines = [f"{n:06d},{drawn.getrandbits(256):064x},{n % 2},{n},2024-01-01" for n in range(60_000)]
    content = ("id,name,arrears,limit,opened\n" + "\n".join(lines) + "\n").encode()
    (folder / "credit.csv").write_bytes(content)
    return content


@pytest.mark.slow
def test_cut_at_seeded_points_and_killed_twice_it_arrives_whole_and_is_billed_once(tmp_path: Path) -> None:
    content, exchange = _source(tmp_path), FakeExchange(wall_clock)
    version, call, drawn = hashlib.sha256(content).hexdigest(), str(uuid.uuid4()), random.Random(5)
    headers = {"Authorization": f"Bearer {TOKEN}", "Tongqu-Call": call, "If-Range": f'"{version}"'}
    with exchange_over_http(exchange) as url:
        node = NodeProcess(tmp_path, url)
        node.enrol()
        now = wall_clock()
        period = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=1)}
        exchange.issue(dataset_permit(version, calls_max=1, **period))
        node.start()
        address = f"{node.url}/v1/datasets/permit-2"
        have, receipts = b"", set()
        for cut in range(12):
            ranged = {**headers, "Range": f"bytes={len(have)}-"} if have else headers
            wanted = drawn.randrange(1, len(content) // 10)
            with httpx.stream("GET", address, params=PURPOSE, headers=ranged, timeout=30) as response:
                assert response.status_code == (206 if have else 200)
                receipts.add(response.headers["tongqu-receipt"])
                some = b""
                for chunk in response.iter_raw(4_096):
                    some += chunk
                    if len(some) >= wanted:
                        break
                if cut in (3, 8):
                    node.kill()
            have += some[:wanted]
            if cut in (3, 8):
                node.start()
        # Gone on with by the buyer's client on another machine, which has the bytes, the key and the permit.
        target = tmp_path / "elsewhere.csv"
        target.with_name("elsewhere.csv.part").write_bytes(have)
        target.with_name("elsewhere.csv.part.json").write_text(f'{{"call": "{call}", "etag": "\\"{version}\\""}}')
        assert exchange.node_key is not None
        held = Permit("permit-2", "contract-2", "node-1", node.url, exchange.node_key, TOKEN, None, ("信贷审批",))
        found = Node(held, ReceiptBook(tmp_path / "receipts.jsonl")).download(target)
        receipt = found.receipt
        assert (found.marked, found.sha256) == (False, version)
        assert target.read_bytes() == content
        assert (receipt.sequence, receipt.calls, receipt.units, receipt.call) == (1, 1, 1, call)
        assert len(receipts) == 1
        told = httpx.get(f"{node.url}/v1/receipts", params={"permit": "permit-2"}, headers=headers).json()
        assert len(told["receipts"]) == 1
        listed = httpx.get(f"{address}/versions", headers=headers).json()
        assert (listed["total"], listed["versions"][0]["version"], listed["versions"][0]["pinned"]) == (
            1,
            version,
            True,
        )
        assert (listed["versions"][0]["rows"], listed["versions"][0]["bytes"]) == (60_000, len(content))
        assert node.stop() == 0
