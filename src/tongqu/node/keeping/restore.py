"""Restores a node from a back-up so that no number stands for two calls and nothing is billed twice.

Calls that were answered after the back-up are not in it. The exchange has most of them in statements; some it never saw. So
the node asks it, before it serves anybody, how far each contract is stated; takes back the last statement; states what it
still holds beyond that; and signs a mark: here my chain ends, there it goes on, the numbers between are never given again.

A folder stays unfit to serve from the moment it is restored until every contract has its mark (`restore-unfinished`). While
this is done one worker keeps all contracts, however many there were; at the next start they are shared out as `node.toml` says.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tongqu.node.believing import newest_key, opened_reply
from tongqu.node.config import NodeConfig
from tongqu.node.faults import NodeFault
from tongqu.node.keeping.backup import Opened, open_backup
from tongqu.node.keeping.unfinished import UNFINISHED
from tongqu.node.meters import Journal, Meter, Share, arranged
from tongqu.node.meters.index import index_name, open_index
from tongqu.node.permits.book import PermitBook
from tongqu.node.state import Identity, StateFolder, write_durably
from tongqu.node.sync import SOFTWARE
from tongqu.wire.message import BadMessage, moment_text, open_sealed, seal_message
from tongqu.wire.permit import Permit
from tongqu.wire.restored import CHAINS_MAX, ChainEnd, ChainKept, Restored, numbers_after
from tongqu.wire.seals import BadSeal, KeyRing, Signer
from tongqu.wire.statement import Statement
from tongqu.wire.sync import WORKS, SyncReply, SyncRequest, check_reply_fresh, new_nonce
from tongqu.wire.words import Words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Resumed:
    """What became of one contract: up to which receipt it is held, up to which it is stated, after which it goes on."""

    contract: str
    held_to: int
    stated_to: int
    resumes_after: int


def unpack(backup: Path, state: Path, *, now: datetime) -> Opened:
    """Puts a back-up into a state folder that is empty or not there. Raises NodeFault."""
    opened = open_backup(backup)
    if state.exists() and any(state.iterdir()):
        raise NodeFault(
            "state-not-empty",
            Words(f"状态目录 {state} 不是空的。", f"The state folder {state} is not empty."),
            Words(
                "请改名保留它 (其中或有更新的回执), 再恢复。",
                "Move it aside (it may hold later receipts), then restore.",
            ),
        )
    StateFolder(state)
    # First: whatever stops us, this folder does not serve, nor is anything told of it to the exchange.
    note_unfinished(state, backup_at=opened.at, now=now, whole=False)
    for name, content in opened.files():
        file = state / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(file, content)
    note_unfinished(state, backup_at=opened.at, now=now)
    return opened


def note_unfinished(state: Path, *, backup_at: datetime, now: datetime, whole: bool = True) -> None:
    """From now on this folder is that of a restored node, and serves nobody before `finish`; unless it is `whole`, not then."""
    told = {"backup_at": moment_text(backup_at), "at": moment_text(now), "whole": whole}
    write_durably(state / UNFINISHED, json.dumps(told).encode())


def finish(config: NodeConfig, *, now: Callable[[], datetime], http: httpx.Client | None = None) -> list[Resumed]:
    """Asks the exchange, marks every contract, and makes the folder fit to serve. May be repeated. Raises NodeFault."""
    state = config.state
    folder = StateFolder(state)
    lock = folder.lock()
    try:
        told = json.loads((state / UNFINISHED).read_text())
        if not told.get("whole", True):
            raise _half_unpacked(state)
        who, signer = folder.identity(), folder.signer()
        line = _Line(config, who, signer, now, http or httpx.Client(proxy=config.proxy, trust_env=False, timeout=30))
        kept, permits = line.ask(state)
        done = asyncio.run(
            _resume_all(config, who, signer, kept, permits, datetime.fromisoformat(told["backup_at"]), now)
        )
        os.replace(state / UNFINISHED, state / f"restored-{now().strftime('%Y%m%dT%H%M%S%fZ')}.json")
    finally:
        os.close(lock)
    return done


def _half_unpacked(state: Path) -> NodeFault:
    return NodeFault(
        "restore-cut-short",
        Words(f"备份没有全部写入 {state}。", f"The back-up was not written to {state} as a whole."),
        Words(
            "请清空这个目录, 再从备份文件恢复一次。",
            "Empty this folder, and restore from the back-up file once more.",
        ),
    )


class _Line:
    """Questions to the exchange, as the node asks each second, here for one purpose."""

    def __init__(
        self, config: NodeConfig, who: Identity, signer: Signer, now: Callable[[], datetime], http: httpx.Client
    ) -> None:
        self._url, self._who, self._signer, self._now, self._http = (
            f"{config.exchange}/wire/sync",
            who,
            signer,
            now,
            http,
        )
        self._sequence = 0

    def ask(self, state: Path) -> tuple[dict[str, ChainKept], dict[str, Permit]]:
        """All permits that there are by now, and how far each contract, of a permit or of the journal, is stated."""
        book = PermitBook(state / "book.db", self._who)
        self._sequence = book.sequence
        meter_ends = _ends(state)
        try:
            while True:
                reply = self._once(book.cursor, ())
                book.believe(self._who)
                book.take(reply.permits, reply.lease, reply.permit_cursor, self._sequence)
                if not reply.more:
                    break
            permits = {permit.contract: permit for permit in book.permits.values()}
        finally:
            book.close()
        names = sorted({*permits, *meter_ends})
        kept: dict[str, ChainKept] = {}
        for start in range(0, len(names), CHAINS_MAX):
            asked = tuple(meter_ends.get(name) or ChainEnd(name, 0) for name in names[start : start + CHAINS_MAX])
            kept.update({each.contract: each for each in self._once(book.cursor, asked).chains})
        if missing := sorted(set(names) - set(kept)):
            raise _no_answer(f"{len(missing)}")
        return kept, permits

    def _once(self, cursor: int, chains: tuple[ChainEnd, ...]) -> SyncReply:
        now = self._now()
        self._sequence = max(self._sequence + 1, (now - _EPOCH) // timedelta(microseconds=1))
        request = SyncRequest(
            node=self._who.node, sequence=self._sequence, nonce=new_nonce(), at=now, software=SOFTWARE, address=None,
            permit_cursor=cursor, works=WORKS, chains=chains,
            exchange_key=newest_key(self._who),
        )  # fmt: skip
        try:
            response = self._http.post(self._url, json=seal_message(request, self._signer))
            if response.status_code != 200:
                raise _no_answer(f"{response.status_code}")
            reply, self._who = opened_reply(response.json(), self._who)
            check_reply_fresh(reply, request=request, now=self._now())
        except (httpx.HTTPError, BadSeal, BadMessage, ValueError) as error:
            raise _no_answer(type(error).__name__) from error
        return reply


def _no_answer(why: str) -> NodeFault:
    return NodeFault(
        "restore-needs-the-exchange",
        Words(
            f"恢复须先问交易所各合同结算到哪里, 没有得到可信的答复 ({why})。",
            f"Restoring asks the exchange how far each contract is stated; no answer to believe came ({why}).",
        ),
        Words(
            "连通后再运行 tongqu node restore --config node.toml, 从这里继续。",
            "Once it can be reached, run tongqu node restore --config node.toml: it goes on from here.",
        ),
    )  # fmt: skip


def _everything(state: Path) -> Share:
    """The journals of all workers, as those of one."""
    return Share(0, arranged(state / "journal", 1))


def _ends(state: Path) -> dict[str, ChainEnd]:
    """The last statement that the folder itself has of each contract; its index is made for it."""
    share = _everything(state)
    journal = Journal(state / "journal")
    try:
        index = open_index(state / index_name(0), journal, share)
        try:
            found = {}
            for contract in index.heads():
                last = index.last_statement(contract)
                found[contract] = ChainEnd(contract, last.number, last.digest) if last else ChainEnd(contract, 0)
            return found
        finally:
            index.close()
    finally:
        journal.close()


async def _resume_all(
    config: NodeConfig, who: Identity, signer: Signer, kept: dict[str, ChainKept], permits: dict[str, Permit],
    backup_at: datetime, now: Callable[[], datetime],
) -> list[Resumed]:  # fmt: skip
    meter = Meter(config.state, node=who.node, signer=signer, now=now(), share=_everything(config.state))
    try:
        return [await _resume(meter, who, kept[name], permits.get(name), backup_at, now) for name in sorted(kept)]
    finally:
        await meter.close()


async def _resume(
    meter: Meter, who: Identity, kept: ChainKept, permit: Permit | None, backup_at: datetime, now: Callable[[], datetime]
) -> Resumed:  # fmt: skip
    contract = kept.contract
    if not kept.agrees:
        raise NodeFault(
            "chain-forked",
            Words(
                f"合同 {contract}: 本目录的结算单与交易所所收的同号不同, 链已分叉。",
                f"{contract}: a statement here and the one that the exchange took have one number and differ; the chain has forked.",
            ),
            Words(
                "请保留两份目录并联系交易所; 或用较早的备份恢复。",
                "Keep both folders and tell the exchange; or restore an earlier back-up.",
            ),
        )
    before = meter.index.last_statement(contract)
    taken = (
        None
        if kept.statement is None
        else _own(kept.statement, contract, who, StateFolder.at(meter.journal.folder.parent).own_keys())
    )
    if taken is not None and (before is None or taken.number > before.number):
        await meter.adopt(dict(kept.statement or {}))
    held = meter.head(contract)
    while await meter.state(contract, now()):
        pass
    last = meter.index.last_statement(contract)
    stated_to = last.to_sequence if last else 0
    calls = kept.calls + _not_taken(meter, contract, taken.number if taken else 0)
    mark = Restored(
        node=who.node, contract=contract, permit=permit.id if permit else None, held_to=held.sequence, held=held.digest,
        stated_to=stated_to, statements=last.number if last else 0, resumes_after=numbers_after(held.sequence, stated_to),
        calls=calls, backup_at=backup_at, at=now(),
    )  # fmt: skip
    await meter.resume(mark)
    return Resumed(contract, held.sequence, stated_to, mark.resumes_after)


def _own(sealed: dict[str, Any], contract: str, who: Identity, keys: KeyRing) -> Statement:
    """The statement that the exchange kept, if this node itself made it."""
    try:
        statement = open_sealed(Statement, sealed, keys)
    except (BadSeal, BadMessage) as error:
        raise _no_answer(type(error).__name__) from error
    if (statement.node, statement.contract) != (who.node, contract):
        raise _no_answer("other-contract")
    return statement


def _not_taken(meter: Meter, contract: str, number: int) -> int:
    """Calls of statements that this node has and the exchange has not taken yet."""
    bodies = [one["body"] for one in meter.index.unsettled_of(contract)]
    later = [body for body in bodies if body["number"] > number]
    return sum(sum(body["calls"].values()) for body in later)
