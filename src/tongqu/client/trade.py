"""A whole trade from the buyer's side, kept in a folder so that it can be gone on with at any time.

trade = Trade.request(market, signer, listing=7, purposes=["research"], folder=Path("trade"))
trade.sign(at_most_fen=50_000)
node = trade.collect()
node.verify("000123")
trade.stop(); trade.check(); trade.accept(); trade.bill()
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx

from tongqu.client import signing
from tongqu.client.access import check_private, write_private
from tongqu.client.auditing import Audited, acknowledge, audit, fetch
from tongqu.client.calls import Node, Permit
from tongqu.client.market import PAGE, Done, Market, Problem, Subject
from tongqu.client.receipts import Checked, ReceiptBook, compare
from tongqu.wire import merkle
from tongqu.wire.canonical import canonical, digest
from tongqu.wire.permit import new_token, token_digest
from tongqu.wire.receipt import Receipt
from tongqu.wire.seals import KeyRing, Signer, key_ring
from tongqu.wire.source import VERIFICATION
from tongqu.wire.story import FORMAT
from tongqu.wire.sync import key_text
from tongqu.wire.words import Words

PAUSE_SECONDS = 0.5

NOT_SIGNED = "not signed", Words("尚未签署", "not signed yet")
NO_BILL = "none", Words("尚无账单", "there is no bill yet")


def yuan(fen: int) -> str:
    return f"¥ {fen // 100:,}.{fen % 100:02d}"


class NotAgreed(Exception):
    """What is to be signed is not what was asked for. Nothing was signed; `words` say why."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


class NotCollected(Exception):
    """There is no call token in the trade's folder: `collect` makes it once the delivery has begun."""

    def __init__(self, negotiation: int) -> None:
        self.negotiation = negotiation
        super().__init__(f"trade {negotiation} has no call token yet: collect first")


class TookTooLong(Exception):
    """The trade has not come that far yet. `state` says where it stands, `words` say it to people; go on later from the same
    folder."""

    def __init__(self, waited_for: str, state: str, words: Words) -> None:
        self.state, self.words = state, words
        super().__init__(f"waited for {waited_for}, it is {state}")


def _too_long(waited_for: str, found: Subject | None, otherwise: tuple[str, Words]) -> TookTooLong:
    return TookTooLong(waited_for, *((found.state, found.state_said) if found else otherwise))


@dataclass(frozen=True)
class Kept:
    """What a trade's folder remembers. The token stands in a file of its own."""

    listing: int
    negotiation: int
    contract: int | None = None
    transfer: int | None = None


class Trade:
    """One purchase. Its folder holds `trade.json`, `token` and `receipts.jsonl`, readable by their owner alone."""

    def __init__(
        self, market: Market, folder: Path, kept: Kept, *, signer: Signer | None = None,
        node_http: httpx.Client | None = None, pause: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.market, self.folder, self.kept, self.signer = market, folder, kept, signer
        self.book = ReceiptBook(folder / "receipts.jsonl")
        self._node_http, self._pause = node_http, pause

    @classmethod
    def request(cls, market: Market, signer: Signer | None, *, listing: int, folder: Path, **terms: Any) -> Self:
        """Asks for a product: on its published terms, or with other `purposes`, `calls_max`, `price_fen` …"""
        more = {name: terms.pop(name) for name in ("node_http", "pause") if name in terms}
        asked = market.begin("negotiation", listing=listing, **terms)
        return cls.begun(market, folder, listing=listing, negotiation=asked.subject, signer=signer, **more)

    @classmethod
    def begun(cls, market: Market, folder: Path, *, listing: int, negotiation: int, **more: Any) -> Self:
        """The trade of a negotiation that was begun already, by a page say; its folder is made."""
        trade = cls(market, folder, Kept(listing, negotiation), **more)
        trade._remember(trade.kept)
        return trade

    @classmethod
    def open(cls, market: Market, folder: Path, signer: Signer | None = None, **more: Any) -> Self:
        """A trade that was begun before. Raises FileNotFoundError, NoAccess for a folder open to others."""
        check_private(folder / "trade.json")
        kept = Kept(**json.loads((folder / "trade.json").read_text("utf-8")))
        return cls(market, folder, kept, signer=signer, **more)

    def _remember(self, kept: Kept) -> None:
        self.kept = kept
        write_private(self.folder / "trade.json", json.dumps(asdict(kept)).encode())

    def _until(self, procedure: str, subject: int, states: set[str], seconds: float) -> Subject:
        ends = time.monotonic() + seconds
        while True:
            found = self.market.one(procedure, subject)
            if found.state in states:
                return found
            if time.monotonic() >= ends or found.state == "terminated":
                raise TookTooLong(f"{procedure} {'/'.join(sorted(states))}", found.state, found.state_said)
            self._pause(PAUSE_SECONDS)

    # The agreement.

    def text(self, *, seconds: float = 60) -> dict[str, Any]:
        """The agreement once the provider has signed it, with its digest checked. Raises TookTooLong, NotAgreed."""
        self._until("negotiation", self.kept.negotiation, {"agreed", "verified", "finalized"}, seconds)
        found: dict[str, Any] = self.market.get(f"/negotiation/{self.kept.negotiation}/text")
        if digest(found["text"]) != found["digest"]:
            raise NotAgreed(Words("文本与其摘要不符。", "The text does not fit its digest."))
        if found["text"]["negotiation"] != self.kept.negotiation:
            raise NotAgreed(Words("文本属于另一笔交易。", "The text is of another negotiation."))
        return found

    def sign(self, *, at_most_fen: int | None = None, seconds: float = 60) -> Done:
        """Signs the agreement's canonical bytes with one's own key. Raises NotAgreed when it costs more than that."""
        text = self.text(seconds=seconds)
        cost = text["text"]["clauses"]["6-price"]["at_most_fen"]
        if at_most_fen is not None and cost > at_most_fen:
            raise NotAgreed(
                Words(
                    f"合同最高 {yuan(cost)}，超过愿付的 {yuan(at_most_fen)}。",
                    f"The agreement may cost {yuan(cost)}, more than {yuan(at_most_fen)}.",
                )
            )
        if self.signer is None:
            raise NotAgreed(Words("没有可用的签名密钥。", "There is no signature key to sign with."))
        signature = base64.b64encode(self.signer.sign(canonical(text["text"]))).decode()
        return self.market.act("negotiation", self.kept.negotiation, "verify", signature=signature)

    # The delivery.

    def started(self, *, seconds: float = 60) -> int:
        """The delivery's number once it runs. Raises TookTooLong, with `awaiting_funds` when money is missing."""
        ends = time.monotonic() + seconds
        while self.kept.transfer is None:
            contract = self._first("contract", "negotiation_id", self.kept.negotiation)
            transfer = self._first("transfer", "contract_id", contract.id) if contract else None
            if contract and transfer:
                self._remember(replace(self.kept, contract=contract.id, transfer=transfer.id))
            elif time.monotonic() >= ends:
                settled = self._first("settlement", "negotiation_id", self.kept.negotiation)
                raise _too_long("the contract", settled, NOT_SIGNED)
            else:
                self._pause(PAUSE_SECONDS)
        self._until("transfer", self.kept.transfer, {"started"}, max(0.0, ends - time.monotonic()))
        return self.kept.transfer

    def _first(self, procedure: str, column: str, value: int) -> Subject | None:
        return next((s for s in self.market.list(procedure) if s.fields[column] == value), None)

    def collect(self, *, seconds: float = 60) -> Node:
        """Makes the call token, tells the exchange its digest only, and gives the node to call."""
        transfer = self.started(seconds=seconds)
        token = new_token()
        write_private(self.folder / "token", token.encode())
        self.market.act("transfer", transfer, "collect", token_sha256=token_digest(token))
        return self.node()

    def node(self, *, region: str | None = None, recipient: str | None = None) -> Node:
        """The node, with the token made before; every call states where and for whom its answer is, if that is told here.
        Raises NotCollected."""
        path = self.folder / "token"
        if self.kept.transfer is None or not path.exists():
            raise NotCollected(self.kept.negotiation)
        check_private(path)
        told = self.market.get(f"/transfer/{self.kept.transfer}/address")
        permit = Permit(
            id=told["permit"], contract=told["contract"], node=told["node"], address=told["address"].rstrip("/"),
            node_public_key=key_ring(told), token=path.read_text("ascii").strip(),
            use=told["question"], purposes=tuple(told["purposes"]), version=told["source_version"],
            counted=self._counted(self.kept.transfer) if told["mode"] == VERIFICATION else None,
        )  # fmt: skip
        return Node(
            permit, self.book, http=self._node_http, pause=self._pause, region=region, recipient=recipient
        )  # fmt: skip

    def _counted(self, transfer: int) -> bool:
        """Whether the permit's question is answered in counts only."""
        question = self.market.get(f"/transfer/{transfer}/permit")["permit"]["body"]["question"]
        return question.get("least") is not None

    def blinding_secret(self) -> bytes:
        """What this trade's keys are blinded with; made at the first use and kept beside the token."""
        path = self.folder / "blinding"
        if not path.exists():
            write_private(path, secrets.token_hex(32).encode())
        check_private(path)
        return bytes.fromhex(path.read_text("ascii").strip())

    def stop(self, *, seconds: float = 60) -> Subject:
        """Ends the use and waits for the node's last statement."""
        transfer = self._transfer()
        self.market.act("transfer", transfer, "stop")
        return self._until("transfer", transfer, {"completed", "accepted"}, seconds)

    def check(self) -> Checked:
        """One's own receipts against what the node told the exchange, and bills are made from."""
        stated, key = self._statements()
        return compare(stated, list(self.book.receipts()), key)

    def fetch_receipts(self) -> list[Receipt]:
        """Takes the receipts that the book lacks from the node, checked. Raises BadAnswer, Problem, Unreachable."""
        return fetch(self.node(), self.book)

    def audit(self, *, size: int) -> list[Audited]:
        """Draws `size` receipts of each statement, by the checkpoint under which the exchange's log holds that statement."""
        stated, _ = self._statements()
        held = {int(one["body"]["sequence"]): one for one in self.book.receipts()}
        metered = {
            proof["envelope"]["body"]["inputs"]["statement"]: proof for proof in self._proofs("transfer", "meter")
        }
        node = self.node()
        return [
            audit(node, held, one["sealed"], fixed_after=metered[one["digest"]]["checkpoint"], size=size)
            for one in stated
        ]

    def acknowledge(self, *, seconds: float = 60) -> int:
        """Signs for every receipt held, with a key of this trade's own, registered when it is first used."""
        file, transfer = self.folder / "acknowledgement.pem", self._transfer()
        if not file.exists():
            signing.make(file)
        signer = signing.load(file)
        named = key_text(signer.public_bytes)
        told = self.market.get(f"/transfer/{transfer}/permit")["permit"]["body"]
        if told.get("acknowledgement_key") != named:
            self.market.act("transfer", transfer, "name_key", public_key=named)
        node, ends = self.node(), time.monotonic() + seconds
        while True:
            try:
                marks = [one["sealed"]["body"].get("restored") for one in self._statements()[0]]
                return acknowledge(
                    node, list(self.book.receipts()), signer, datetime.now(UTC), [mark for mark in marks if mark]
                )
            except Problem as problem:  # the node has not heard of the key yet
                fresh = problem.code in {"acknowledgement-key-missing", "acknowledgement-seal-wrong"}
                if not fresh or time.monotonic() >= ends:
                    raise
                self._pause(PAUSE_SECONDS)

    def story(self, sequence: int, *, disclosed: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole story of the call with that receipt: `tongqu verify` checks it offline. `disclosed` holds salt, request
        and answer, for those who are to see what was asked; without it the document betrays neither."""
        transfer = self._transfer()
        text = self.market.get(f"/negotiation/{self.kept.negotiation}/text")
        address, permit = (self.market.get(f"/transfer/{transfer}/{what}") for what in ("address", "permit"))
        told = self.node().receipt(sequence)
        return {
            "format": FORMAT,
            "contract": {"number": address["contract"], "text": text["text"], "digest": text["digest"]},
            "permit": permit["permit"],
            "exchange_public_key": permit["exchange_public_key"],
            "exchange_keys": permit["exchange_keys"],
            "node_public_key": address["node_public_key"],
            "node_keys": address["node_keys"],
            **told,
            "disclosed": disclosed,
            "facts": [
                *self._proofs("negotiation", "agree"), *self._proofs("negotiation", "verify"),
                *self._metering(told["statement"]),
            ],
        }  # fmt: skip

    def _metering(self, statement: dict[str, Any] | None) -> list[dict[str, Any]]:
        wanted = digest(statement["body"]) if statement else None
        metered = self._proofs("transfer", "meter") if statement else []
        return [proof for proof in metered if proof["envelope"]["body"]["inputs"]["statement"] == wanted]

    def _proofs(self, procedure: str, act: str) -> list[dict[str, Any]]:
        """The proof files of one act of the trade."""
        subject = self.kept.negotiation if procedure == "negotiation" else self._transfer()
        events = self.market.timeline(procedure, subject)
        return [self.market.proof(int(event["fact"])) for event in events if event["act"] == act]

    def made_from(self, bill: Subject) -> bool:
        """Whether the bill was made from these very statements: the root it bears is made again from them."""
        stated, _ = self._statements()
        leaves = [merkle.leaf_hash(bytes.fromhex(digest(one["sealed"]["body"]))) for one in stated]
        return bool(merkle.root(len(leaves), merkle.in_memory(leaves)).hex() == bill.fields["statements_root"])

    def _statements(self) -> tuple[list[dict[str, Any]], KeyRing]:
        """Every statement of the delivery, page by page, and the node's public keys."""
        offset: int | None = 0
        stated: list[dict[str, Any]] = []
        while offset is not None:
            told = self.market.get(f"/transfer/{self._transfer()}/statements", offset=offset, limit=PAGE)
            stated += told["statements"]
            offset = told["next"]
        return stated, key_ring(told)

    def accept(self) -> Done:
        return self.market.act("transfer", self._transfer(), "accept")

    def bill(self, *, seconds: float = 60) -> Subject:
        """The bill once it is settled."""
        ends = time.monotonic() + seconds
        while True:
            found = self._first("bill", "transfer_id", self._transfer())
            if found is not None and found.state == "settled":
                return found
            if time.monotonic() >= ends:
                raise _too_long("the bill", found, NO_BILL)
            self._pause(PAUSE_SECONDS)

    def proofs(self) -> Sequence[dict[str, Any]]:
        """The proof files of every act of the trade so far."""
        parts = [
            ("negotiation", self.kept.negotiation),
            ("contract", self.kept.contract),
            ("transfer", self.kept.transfer),
        ]
        return [
            self.market.proof(int(event["fact"]))
            for procedure, subject in parts
            if subject is not None
            for event in self.market.timeline(procedure, subject)
        ]

    def _transfer(self) -> int:
        return self.kept.transfer if self.kept.transfer is not None else self.started()
