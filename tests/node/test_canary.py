"""Raw rows never leave in the verification mode: not in an answer, an error, a log, a metric, or a file of the node."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.node.processes import NodeProcess, exchange_over_http
from tests.node.world import CANARIES, LIMIT_BAND, TOKEN, FakeExchange, verification_permit
from tongqu.node.keeper import wall_clock
from tongqu.wire.measures import DeidentificationOrder, QualityOrder, QualityRule, QuasiIdentifier, Step
from tongqu.wire.sync import Task

SECRETS = (*CANARIES, TOKEN, "8675309", "CANARY")


def _everything_a_buyer_may_try(url: str) -> list[bytes]:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    bodies: list[object] = [
        {"permit": permit, "purpose": purpose, "question": question, **keys}
        for permit in ("permit-1", "permit-4", "nothing")
        for purpose in ("信贷审批", "营销")
        for question in ("arrears", "limit-band", "name")
        for keys in (
            {"key": "CANARY-KEY-91c2"},
            {"keys": ["CANARY-KEY-91c2", "001", "CANARY-NAME-7f3a"]},
            {"key": ["CANARY-KEY-91c2"]},
            {"key": "CANARY-KEY-91c2", "keys": ["CANARY-NAME-7f3a"]},
            {"key": "CANARY-KEY-91c2" * 50},
            {"CANARY-KEY-91c2": 1},
        )
    ]
    found = []
    with httpx.Client(base_url=url, timeout=20) as buyer:
        for body in bodies:
            call = str(uuid.uuid4())
            for _ in range(2):
                answer = buyer.post("/v1/verify", json=body, headers={**bearer, "Tongqu-Call": call})
                found.append(answer.content + repr(answer.headers).encode())
            other = buyer.post(
                "/v1/verify",
                json={**body, "key": "CANARY-KEY-91c2"},
                headers={**bearer, "Tongqu-Call": call},  # type: ignore[dict-item]
            )
            found.append(other.content)
        for content in (b"CANARY-KEY-91c2", b'{"key": "CANARY-KEY-91c2"', b"\xff\xfe CANARY-NAME-7f3a"):
            found.append(
                buyer.post("/v1/verify", content=content, headers={**bearer, "Tongqu-Call": "CANARY-KEY-91c2"}).content
            )
        for path in (
            "/health",
            "/metrics",
            "/v1/receipts?permit=permit-1",
            "/v1/receipts?permit=CANARY-KEY-91c2",
            "/v1/receipts?permit=permit-1&after=CANARY-KEY-91c2",
            "/v1/datasets/permit-1?purpose=CANARY-KEY-91c2",
            "/v1/datasets/CANARY-KEY-91c2?purpose=x",
            "/CANARY-KEY-91c2",
        ):
            found.append(buyer.get(path, headers={**bearer, "Tongqu-Call": str(uuid.uuid4())}).content)
    return found


def _everything_an_exchange_may_ask() -> list[Task]:
    """Rules and steps over the columns that hold the canaries, some that fit and some that do not."""
    texts, numbers = ("id", "name"), ("limit", "arrears")
    rules = [
        *(QualityRule(f"n{at}", "required", (column,)) for at, column in enumerate((*texts, *numbers))),
        *(
            QualityRule(f"e{at}", "expression", (column,), expression=".*3")
            for at, column in enumerate((*texts, *numbers))
        ),
        *(QualityRule(f"f{at}", "form", (column,), form="person_name") for at, column in enumerate((*texts, *numbers))),
        *(QualityRule(f"c{at}", "codes", (column,), values=("1",)) for at, column in enumerate((*texts, *numbers))),
        *(QualityRule(f"r{at}", "range", (column,), low="2020-01-03") for at, column in enumerate(("opened", "name"))),
        *(QualityRule(f"g{at}", "gapless", (column,), cycle="day") for at, column in enumerate(("opened", "name"))),
        QualityRule("u", "unique", ("id", "name")),
        QualityRule("o", "order", ("arrears", "limit")),
        QualityRule("b", "expression", ("name",), expression="(?!x)"),
        QualityRule("m", "required", ("missing",)),
    ]
    prefixes = tuple(Step("prefix", chars=chars) for chars in (30, 3, 1))
    fits = (QuasiIdentifier("name", prefixes), QuasiIdentifier("opened", (Step("period", cycle="month"),)))
    unfit = (QuasiIdentifier("name", (Step("interval", width="5"),)),)
    order = DeidentificationOrder("credit", "id", fits, ("limit",), 2, 10_000)
    return [
        Task("t1", "profile", source="credit"),
        Task("t2", "quality", quality=QualityOrder("credit", tuple(rules))),
        Task("t3", "deidentification", deidentification=order),
        Task("t4", "deidentification", deidentification=replace(order, quasi=unfit)),
        Task("t5", "deidentification", deidentification=replace(order, source="nothing")),
    ]


@pytest.mark.slow
def test_no_canary_is_seen_anywhere_outside_the_source(tmp_path: Path) -> None:
    exchange = FakeExchange(wall_clock)
    with exchange_over_http(exchange) as url:
        node = NodeProcess(tmp_path, url)
        text = node.config.read_text(encoding="utf-8")
        node.config.write_text(
            text.replace('["verification", "dataset"]', '["verification"]').replace(
                "[node]", '[node]\nlog_level = "debug"'
            ),
            encoding="utf-8",
        )
        node.enrol()
        now = wall_clock()
        period = {"not_before": now.replace(year=now.year - 1), "not_after": now.replace(year=now.year + 1, day=1)}
        exchange.issue(verification_permit(**period))
        exchange.issue(verification_permit(id="permit-4", contract="contract-4", question=LIMIT_BAND, **period))
        exchange.tasks = _everything_an_exchange_may_ask()
        node.start()
        seen = _everything_a_buyer_may_try(node.url)
        node.wait_until(lambda: not exchange.tasks)  # measured, before the source is spoilt
        (tmp_path / "credit.csv").write_text("id,name,arrears,limit\nCANARY-KEY-91c2,CANARY-NAME-7f3a,x,y\n")
        node.wait_until_working()
        assert node.stop() == 0
    assert any(b'"answers":["yes"' in answer for answer in seen)
    assert any(b">=200000" in answer for answer in seen)
    told = [json.dumps([request.to_json() for request in exchange.requests], ensure_ascii=False).encode()]
    answers = {answer.task: answer for answer in exchange.answers}
    assert answers["t1"].profile is not None
    assert [found.pattern for found in answers["t1"].profile.columns[3].patterns] == []
    assert {answers[task].done for task in ("t2", "t3")} == {True}
    assert {answers[task].code for task in ("t4", "t5")} == {"step-unfit", "source-unknown"}
    data = ("credit.csv", "state/kept/", "state/keys/")  # the source, and what the node keeps of it
    files = [Path(folder) / name for folder, _, names in os.walk(tmp_path) for name in names]
    files = [file for file in files if not str(file.relative_to(tmp_path)).startswith(data)]
    assert {"node.log", "journal-00000001.log", "index.db", "book.db"} <= {file.name for file in files}
    for content in [*seen, *told, *(file.read_bytes() for file in files)]:
        for secret in SECRETS:
            assert secret.encode() not in content
