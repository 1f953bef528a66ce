"""What operators ask, answered for all workers as for one node; and what the first worker asks of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.samples import Sample
from starlette.responses import JSONResponse, Response

from tongqu.node.keeper import NodeKeeper
from tongqu.node.meters import JournalBroken, Meter, Share, worker_of
from tongqu.node.owner.told import status as owner_status
from tongqu.node.statements import OwnStatements, Unreached
from tongqu.node.workers.ear import Answer
from tongqu.node.workers.peers import Gone, Peer
from tongqu.wire.sync import StatementAck

HEALTH, LIFE, METRICS, STATUS = "health", "life", "metrics", "status"
UNSETTLED, SETTLE, STATE = "unsettled", "settle", "state"
_PRIVATE = {"Cache-Control": "private, no-store"}


class Everybody:
    """One for a worker: whichever of them an operator reaches answers for all."""

    def __init__(self, keeper: NodeKeeper, share: Share, peers: Mapping[int, Peer]) -> None:
        self._keeper = keeper
        self._share = share
        self._peers = peers

    def answers(self) -> dict[str, Answer]:
        """What this worker tells the others."""
        own = OwnStatements(lambda: self._keeper.meter, self._keeper.clock)

        async def settle(acks: Any) -> Any:
            return [ack.to_json() for ack in await own.settle([StatementAck.from_json(each) for each in acks])]

        async def state(contract: Any) -> Any:
            try:
                await own.state(str(contract))
            except JournalBroken:
                return False
            return True

        return {HEALTH: self._health, LIFE: self._life, METRICS: self._metrics, STATUS: self._status,
                UNSETTLED: own.unsettled, SETTLE: settle, STATE: state}  # fmt: skip

    async def response(self, path: str) -> Response | None:
        """The answer to an operator; None when the path is not one of theirs."""
        if path == "/health":
            told = await self._of_all(HEALTH, self._health)
            body = health_of_all(told)
            return JSONResponse(body, 200 if body["working"] else 503, _PRIVATE)
        if path == "/live":
            told = await self._of_all(LIFE, self._life)
            late = late_of_all(told)
            return JSONResponse({"live": not late, "standing_still": late}, 503 if late else 200, _PRIVATE)
        if path == "/metrics":
            told = await self._of_all(METRICS, self._metrics)
            return Response(metrics_of_all(told), media_type="text/plain; version=0.0.4")
        return None

    async def _of_all(self, name: str, own: Answer) -> dict[int, Any]:
        """By worker, what each says; None for one that cannot be asked now."""

        async def asked(peer: Peer) -> Any:
            try:
                return await peer.ask(name)
            except Gone:
                return None

        names = list(self._peers)
        told = await asyncio.gather(own(None), *(asked(self._peers[worker]) for worker in names))
        return dict(sorted({self._share.worker: told[0], **dict(zip(names, told[1:], strict=True))}.items()))

    async def status(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        """What the owner is told, of all workers as of one node."""
        return status_of_all(await self._of_all(STATUS, self._status))

    async def _status(self, _: Any) -> Any:
        return owner_status(self._keeper)

    async def _health(self, _: Any) -> Any:
        return self._keeper.health().body

    async def _life(self, _: Any) -> Any:
        return self._keeper.life().body

    async def _metrics(self, _: Any) -> Any:
        self._keeper.health()  # brings the gauges up to date
        return [
            [
                family.name,
                family.documentation,
                family.type,
                [[each.name, each.labels, each.value] for each in family.samples],
            ]
            for family in self._keeper.gauges.registry.collect()
        ]


def health_of_all(told: Mapping[int, Any]) -> dict[str, Any]:
    """The node works while every worker does. What the first worker says of the exchange holds for all."""
    found = [body for body in told.values() if body is not None]
    first = told.get(0) or found[0]
    return {
        **first,
        "working": all(body is not None and body["working"] for body in told.values()),
        "journal": "writable" if all(body["journal"] == "writable" for body in found) else "unwritable",
        "disk": "full" if any(body["disk"] == "full" for body in found) else "room",
        "statements_refused": sum(body["statements_refused"] for body in found),
        "sources_missing": sorted({each for body in found for each in body["sources_missing"]}),
        "source_faults": {source: code for body in found for source, code in body["source_faults"].items()},
        "workers": [
            {"worker": worker, "answers": body is not None, "working": body is not None and body["working"]}
            for worker, body in told.items()
        ],
    }


def late_of_all(told: Mapping[int, Any]) -> list[str]:
    """What stands still, by work and worker, and who does not answer."""
    late = sorted({f"{each}-{worker}" for worker, life in told.items() if life for each in life["standing_still"]})
    return late + [f"worker-{worker}" for worker, life in sorted(told.items()) if life is None]


def status_of_all(told: Mapping[int, Any]) -> dict[str, Any]:
    """Calls are added up; what the first worker says of exchange, key and time holds for all."""
    found, late = [body for body in told.values() if body is not None], late_of_all(told)
    sums: dict[str, dict[str, int]] = {"answered": {}, "refused": {}}
    for name, counts in sums.items():
        for body in found:
            for which, count in body[name].items():
                counts[which] = counts.get(which, 0) + count
    repeated = sum(body["repeated"] for body in found)
    return {**health_of_all(told), **sums, "repeated": repeated, "live": not late, "standing_still": late}


class _Told:
    """Families of metrics, as a collector gives them."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def metrics_of_all(told: Mapping[int, Any]) -> bytes:
    """Every worker's series, told apart by the label `worker`: one that is started again begins anew, and the others do not."""
    families: dict[str, Metric] = {}
    for worker, metrics in told.items():
        for name, words, kind, samples in metrics or ():
            family = families.setdefault(name, Metric(name, words, kind))
            family.samples += [
                Sample(sample, {**labels, "worker": str(worker)}, value) for sample, labels, value in samples
            ]
    registry = CollectorRegistry()
    registry.register(_Told(list(families.values())))
    return generate_latest(registry)


class AllStatements:
    """The statements of all workers, for the one that speaks with the exchange."""

    def __init__(
        self, meter: Callable[[], Meter], now: Callable[[], datetime], share: Share, peers: Mapping[int, Peer]
    ) -> None:
        self._own = OwnStatements(meter, now)
        self._share = share
        self._peers = peers
        self._reached: set[int] = set()

    def _owner(self, contract: str) -> int:
        return worker_of(contract, self._share.layout.workers)

    async def unsettled(self, limit: int) -> list[dict[str, Any]]:
        names = list(self._peers)
        told = await asyncio.gather(
            *(self._peers[worker].ask(UNSETTLED, limit) for worker in names), return_exceptions=True
        )
        found, self._reached = await self._own.unsettled(limit), {self._share.worker}
        for worker, statements in zip(names, told, strict=True):
            if isinstance(statements, Gone):
                continue
            if isinstance(statements, BaseException):
                raise statements
            self._reached.add(worker)
            found += statements
        return found[:limit]

    async def settle(self, acks: Sequence[StatementAck]) -> list[StatementAck]:
        by_owner: dict[int, list[StatementAck]] = {}
        for ack in acks:
            by_owner.setdefault(self._owner(ack.contract), []).append(ack)
        foreign = await self._own.settle(by_owner.pop(self._share.worker, []))
        for worker, theirs in by_owner.items():
            try:
                told = await self._peers[worker].ask(SETTLE, [ack.to_json() for ack in theirs])
            except Gone:
                continue  # they are sent, and answered, again
            foreign += [StatementAck.from_json(each) for each in told]
        return foreign

    async def state(self, contract: str) -> None:
        owner = self._owner(contract)
        if owner == self._share.worker:
            await self._own.state(contract)
            return
        try:
            done = await self._peers[owner].ask(STATE, contract)
        except Gone:
            raise Unreached from None
        if not done:
            raise Unreached

    def reached(self, contract: str) -> bool:
        return self._owner(contract) in self._reached
