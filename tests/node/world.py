"""A small market for the node's tests: an exchange that speaks the wire, a clock one can turn, a bank's source."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tongqu.node.config import read_config
from tongqu.node.door import application
from tongqu.node.enrol import enrol
from tongqu.node.keeper import NodeKeeper
from tongqu.node.meters import Meter
from tongqu.wire.lease import Lease
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.new_key import EXCHANGE, announce, open_announcement
from tongqu.wire.permit import Permit, token_digest
from tongqu.wire.policy import WATERMARK, Conditions, Duty
from tongqu.wire.restored import ChainEnd, ChainKept
from tongqu.wire.seals import BadSeal, DatedKey, Ed25519Signer, KeyRing, key_id
from tongqu.wire.source import Question
from tongqu.wire.statement import Statement
from tongqu.wire.sync import (
    Registered,
    StatementAck,
    SyncReply,
    SyncRequest,
    Task,
    TaskAnswer,
    check_request_fresh,
    key_bytes,
    key_text,
    open_register,
)
from tongqu.wire.title import Title

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TOKEN = "tq_" + "A" * 43
OTHER_TOKEN = "tq_" + "B" * 43
ENROLMENT_KEY = "one-time-enrolment-key"
CANARIES = ("CANARY-NAME-7f3a", "CANARY-KEY-91c2", "8675309.25")

ROWS = [
    "id,name,arrears,limit,opened",
    "001,CANARY-NAME-7f3a,1,49999.99,2020-01-02",
    "002,甲,0,50000,2021-03-04",
    "003,乙,1,199999.99,2021-03-05",
    "004,丙,0,200000,2022-05-06",
    "005,丁,,,",
    "CANARY-KEY-91c2,戊,1,8675309.25,2023-07-08",
]

CONFIG = """
[node]
name = "示例银行节点"
state = "state"
exchange = "http://exchange.test"
{extra}

[serve]
port = {port}

[[sources]]
id = "credit"
kind = "csv"
path = "credit.csv"
key = "id"
title = {{ zh = "示例信用数据", en = "Sample credit data" }}
modes = ["verification", "dataset"]

[[sources.questions]]
id = "arrears"
column = "arrears"
answer = "yes_no"
operator = "eq"
values = ["1"]
title = {{ zh = "是否逾期", en = "In arrears" }}

[[sources.questions]]
id = "limit-band"
column = "limit"
answer = "bands"
edges = ["50000", "200000"]
title = {{ zh = "额度档", en = "Band of the limit" }}
"""

ARREARS = Question("arrears", Title("是否逾期", "In arrears"), "id", "arrears", "yes_no", "eq", ("1",))
LIMIT_BAND = Question(
    "limit-band", Title("额度档", "Band of the limit"), "id", "limit", "bands", edges=("50000", "200000")
)


class Clock:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def turn(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class FakeExchange:
    """Registers one node, leases, hands out permits after a cursor, takes statements."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.signer = Ed25519Signer.generate()
        self.node = "node-1"
        self.node_key: bytes | None = None
        self.key_before: bytes | None = None
        self.takes_keys = True
        self.changes: list[dict[str, Any]] = []
        self._keys: KeyRing | None = None
        self.sent: list[dict[str, Any]] = []  # sealed permits; the cursor is a position in this list
        self.tasks: list[Task] = []
        self.answers: list[TaskAnswer] = []
        self.sources: dict[str, Any] = {}
        self.statements: list[Statement] = []
        self.sealed_statements: list[dict[str, Any]] = []
        self.acknowledge = True
        self.reachable = True
        self.leasing = True
        self.lease_seconds: float = 60
        self.last_sequence = 0
        self.requests: list[SyncRequest] = []
        self.twist: Callable[[SyncReply], Any] = lambda reply: seal_message(reply, self.signer)

    @property
    def keys(self) -> KeyRing:
        """All keys that the node has had; until one changes, the one that it registered."""
        if self._keys is None or not self._keys.keys:
            assert self.node_key is not None
            return KeyRing((DatedKey(self.node_key),))
        return self._keys

    @keys.setter
    def keys(self, ring: KeyRing) -> None:
        self._keys = ring

    def issue(self, permit: Permit, signer: Ed25519Signer | None = None) -> None:
        self.sent.append(seal_message(permit, signer or self.signer))

    async def register(self, request: Request) -> JSONResponse:
        told = open_register(await request.json())
        if told.enrolment_key != ENROLMENT_KEY:
            return JSONResponse({}, 403)
        self.node_key = key_bytes(told.public_key)
        answer = Registered(self.node, key_text(self.signer.public_bytes), told.nonce, self.clock())
        return JSONResponse(seal_message(answer, self.signer))

    async def sync(self, request: Request) -> JSONResponse:
        if not self.reachable:
            raise httpx.ConnectError("unplugged")
        assert self.node_key is not None
        told = self._open(await request.json())
        check_request_fresh(told, last_sequence=self.last_sequence, now=self.clock())
        self.last_sequence = told.sequence
        self.requests.append(told)
        self.sources.update({source.source: source for source in told.sources})
        self.answers.extend(told.answers)
        self.tasks = [task for task in self.tasks if task.id not in {answer.task for answer in told.answers}]
        return JSONResponse(self.twist(self._reply(told)))

    def _reply(self, told: SyncRequest) -> SyncReply:
        now, sent = self.clock(), tuple(self.sent)  # a test may issue more meanwhile
        lease = Lease(self.node, now, now + timedelta(seconds=self.lease_seconds))
        return SyncReply(
            node=self.node,
            sequence=told.sequence,
            nonce=told.nonce,
            at=now,
            lease=seal_message(lease, self.signer) if self.leasing else None,
            permits=sent[told.permit_cursor :],
            permit_cursor=len(sent),
            tasks=tuple(self.tasks),
            acks=tuple(self._take(sealed) for sealed in told.statements) if self.acknowledge else (),
            chains=tuple(self._kept(end) for end in told.chains),
            exchange_keys=tuple(self._announced(told.exchange_key)),
            key_taken=key_id(self.node_key) if told.new_key is not None and self.node_key else None,
        )

    def _open(self, sealed: Any) -> SyncRequest:
        """Sealed with the node's key, or with the one before while it was not heard under this."""
        assert self.node_key is not None
        try:
            told = open_sealed(SyncRequest, sealed, self.node_key)
            self.key_before = None
        except BadSeal:
            if self.key_before is None:
                raise
            return open_sealed(SyncRequest, sealed, self.key_before)
        if told.new_key is not None and self.takes_keys:
            new = open_announcement(told.new_key, self.node_key)
            self.keys = self.keys.changed(new.before, new.public_bytes, self.clock())
            self.key_before, self.node_key = self.node_key, new.public_bytes
        return told

    def change_key(self) -> None:
        """Another key of the exchange, announced under the seal of the one before, which is gone."""
        new = Ed25519Signer.generate()
        self.changes.append(
            seal_message(announce(EXCHANGE, before=self.signer.key_id, signer=new, at=self.clock()), self.signer)
        )
        self.signer = new

    def _announced(self, believed: str | None) -> list[dict[str, Any]]:
        starts = [at for at, sealed in enumerate(self.changes) if sealed["body"]["before"] == believed]
        return self.changes[starts[0] :] if starts else []

    def _kept(self, end: ChainEnd) -> ChainKept:
        sealed = [one for one in self.sealed_statements if one["body"]["contract"] == end.contract]
        named = [one for one in self.statements if (one.contract, one.number) == (end.contract, end.number)]
        calls = sum(sum(one["body"]["calls"].values()) for one in sealed)
        last = max(sealed, key=lambda one: one["body"]["number"], default=None)
        return ChainKept(end.contract, last, calls, agrees=all(one.digest == end.statement_digest for one in named))

    def _take(self, sealed: dict[str, Any]) -> StatementAck:
        assert self.node_key is not None
        statement = open_sealed(Statement, sealed, self.keys)
        if statement not in self.statements:
            self.statements.append(statement)
            self.sealed_statements.append(sealed)
        return StatementAck(statement.contract, statement.number, statement.digest)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/wire/register", self.register, methods=["POST"]),
                Route("/wire/sync", self.sync, methods=["POST"]),
            ]
        )


CONDITIONS = Conditions(
    "91420100SELLER0001", "91420100BUYER00001", "urn:tongqu:listing:1", prohibitions=("distribute",)
)


def verification_permit(**changes: Any) -> Permit:
    permit = Permit(
        id="permit-1",
        revision=1,
        contract="contract-1",
        node="node-1",
        source="credit",
        source_version=None,
        mode="verification",
        question=ARREARS,
        buyer="party-7",
        token_sha256=token_digest(TOKEN),
        purposes=("信贷审批",),
        not_before=NOON - timedelta(days=1),
        not_after=NOON + timedelta(days=30),
        calls_max=1_000_000,
        rate_per_minute=1_000_000,
        batch_max=10_000,
        price_micro_yuan=5_000,
        charge="asked",
        status="active",
        issued_at=NOON,
        conditions=CONDITIONS,
    )
    return replace(permit, **changes)


def dataset_permit(version: str, *, marked: bool = False, **changes: Any) -> Permit:
    values: dict[str, Any] = {
        "conditions": replace(CONDITIONS, obligations=(Duty(WATERMARK),)) if marked else CONDITIONS,
        "id": "permit-2",
        "contract": "contract-2",
        "mode": "dataset",
        "question": None,
        "source_version": version,
        "batch_max": 1,
        "calls_max": 3,
    }
    return verification_permit(**{**values, **changes})


def write_config(folder: Path, *, port: int = 8700, extra: str = "") -> Path:
    source = folder / "credit.csv"
    if not source.exists():
        source.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    config = folder / "node.toml"
    config.write_text(CONFIG.format(port=port, extra=extra), encoding="utf-8")
    return config


class World:
    """An exchange, an enrolled node and a buyer, in one process and without a wall clock."""

    def __init__(self, folder: Path, *, steady: Callable[[], int] | None = None) -> None:
        self.folder = folder
        self.steady = steady
        self.clock = Clock()
        self.exchange = FakeExchange(self.clock)
        self.config = write_config(folder)
        self._register()
        self.keeper = self._open()

    def _register(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            told = open_register(json.loads(request.content))
            self.exchange.node_key = key_bytes(told.public_key)
            key = key_text(self.exchange.signer.public_bytes)
            answer = Registered("node-1", key, told.nonce, self.clock())
            return httpx.Response(200, json=seal_message(answer, self.exchange.signer))

        client = httpx.Client(transport=httpx.MockTransport(answer))
        enrol(self.config, enrolment_key=ENROLMENT_KEY, http=client, now=self.clock)

    def _open(self) -> NodeKeeper:
        http = httpx.AsyncClient(transport=httpx.ASGITransport(self.exchange.app))
        return NodeKeeper(read_config(self.config), now=self.clock, http=http, steady=self.steady)

    async def __aenter__(self) -> World:
        await self.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.keeper.stop()

    async def ready(self, *, reads: bool = True) -> None:
        if reads:
            await self.keeper.look()
        await self.sync()

    async def sync(self) -> None:
        """One sync round; tasks it brought are done and answered with the next."""
        await self.keeper.line.once()
        await self.keeper.line.idle()

    async def restart(self, *, reads: bool = True) -> None:
        """`reads` is False for the moment before the sources are read."""
        await self.keeper.stop()
        self.keeper = self._open()
        await self.ready(reads=reads)

    async def issue(self, *permits: Permit) -> None:
        for permit in permits:
            self.exchange.issue(permit)
        await self.sync()

    @property
    def buyer(self) -> httpx.AsyncClient:
        app = application(self.keeper, body_bytes_max=4 * 1024 * 1024, request_seconds_max=30)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node.test")

    async def ask(
        self, *keys: str, token: str = TOKEN, call: str | None = None, batch: bool = False, **changes: Any
    ) -> httpx.Response:
        body: dict[str, Any] = {"permit": "permit-1", "purpose": "信贷审批", "question": "arrears", **changes}
        body |= {"keys": list(keys)} if batch or len(keys) != 1 else {"key": keys[0]}
        headers = {"Authorization": f"Bearer {token}", "Tongqu-Call": call or str(uuid.uuid4())}
        async with self.buyer as buyer:
            return await buyer.post("/v1/verify", json=body, headers=headers)

    async def fetch(
        self,
        *,
        token: str = TOKEN,
        call: str | None = None,
        method: str = "GET",
        permit: str = "permit-2",
        **headers: str,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Tongqu-Call": call or str(uuid.uuid4()), **headers}
        async with self.buyer as buyer:
            return await buyer.request(
                method, f"/v1/datasets/{permit}", params={"purpose": "信贷审批"}, headers=headers
            )

    async def receipts(self, permit: str = "permit-1", after: int = 0) -> list[dict[str, Any]]:
        async with self.buyer as buyer:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            answer = await buyer.get("/v1/receipts", params={"permit": permit, "after": after}, headers=headers)
        return list(answer.json()["receipts"])


async def receipts_of(meter: Meter, contract: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Sealed receipts of a contract, as its buyer reads them."""
    return list(json.loads((await meter.receipts(contract, after, limit)).written))


def codes(response: httpx.Response) -> list[str]:
    """The codes of a refusal's reasons."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    for reason in body["reasons"]:
        assert reason["words"]["zh"]
        assert reason["words"]["en"]
        assert reason["mend"]["zh"]
        assert reason["mend"]["en"]
    return [reason["code"] for reason in body["reasons"]]
