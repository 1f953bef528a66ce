"""A small market for the API's stories: an operator, a supplier with a node, two buyers, a regulator, one product.

Everything happens now and through the doors, so what is tested over HTTP is what people would find.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.grading import grade
from tests.members.making import Member, admitted, founded
from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.procedures import Actor, begin, follow_flow, perform, retry_stuck, tick
from tongqu.exchange.flow import FLOW, READER
from tongqu.exchange.members import credentials, mandates, nodes, parties
from tongqu.exchange.registry.catalogue import RESOURCE
from tongqu.exchange.registry.ownership import OWNERSHIP
from tongqu.exchange.trading.listings import LISTING
from tongqu.exchange.trading.negotiation import NEGOTIATION, negotiation
from tongqu.exchange.treasury import deposits
from tongqu.exchange.treasury.sharing import SHARE_PLAN
from tongqu.wire.lease import Lease
from tongqu.wire.message import open_sealed, seal_message
from tongqu.wire.seals import Ed25519Signer
from tongqu.wire.source import Column, ColumnProfile, Profile, Question, SourceDeclaration, Title
from tongqu.wire.sync import Register, Registered, SyncReply, SyncRequest, TaskAnswer, key_bytes, key_text, new_nonce

QUESTION = Question("arrears", Title("是否逾期", "In arrears"), "id", "arrears", "yes_no", "eq", ("1",))


def now() -> datetime:
    return timezone.now()


def settle() -> None:
    """What the keeper does, until nothing is left."""
    for _ in range(50):
        at = now()
        done = evidence.integrate(limit=2_000) + follow_flow(READER, FLOW, at=at) + tick(at)
        if done + retry_stuck(READER, FLOW, at=at) == 0:
            return
    raise AssertionError("the keeper never comes to rest")


@dataclass
class NodeAtHand:
    """A node's side of the wire, over the exchange's own door and with a real key, without data behind it."""

    secret: str
    signer: Ed25519Signer = field(default_factory=Ed25519Signer.generate)
    id: str = ""
    exchange_key: bytes = b""
    cursor: int = 0
    http: Client = field(default_factory=Client)
    last_sequence: int = 0

    def post(self, path: str, sealed: Any) -> Any:
        return self.http.post(f"/wire/{path}", sealed, content_type="application/json")

    def registration(self, **other: Any) -> Register:
        told: dict[str, Any] = {
            "enrolment_key": self.secret, "name": "示例节点", "public_key": key_text(self.signer.public_bytes),
            "software": "tongqu-node 0.1.0", "nonce": new_nonce(), "at": now(),
        }  # fmt: skip
        return Register(**{**told, **other})

    def register(self) -> Registered:
        told = self.registration()
        response = self.post("register", seal_message(told, self.signer))
        assert response.status_code == 200, response.content
        sealed = response.json()
        self.exchange_key = key_bytes(sealed["body"]["exchange_public_key"])
        answer = open_sealed(Registered, sealed, self.exchange_key)
        assert answer.nonce == told.nonce
        self.id = answer.node
        return answer

    def request(self, **other: Any) -> SyncRequest:
        self.last_sequence = max(self.last_sequence + 1, int(now().timestamp() * 1_000_000))
        told: dict[str, Any] = {
            "node": self.id, "sequence": self.last_sequence, "nonce": new_nonce(), "at": now(),
            "software": "tongqu-node 0.1.0", "address": "http://node.example:8700", "permit_cursor": self.cursor,
        }  # fmt: skip
        return SyncRequest(**{**told, **other})

    def sync(self, **other: Any) -> SyncReply:
        response = self.post("sync", seal_message(self.request(**other), self.signer))
        assert response.status_code == 200, response.content
        reply = open_sealed(SyncReply, response.json(), self.exchange_key)
        self.cursor = reply.permit_cursor
        return reply

    def lease(self, reply: SyncReply) -> Lease | None:
        return open_sealed(Lease, reply.lease, self.exchange_key) if reply.lease else None


def declaration(source: str = "credit") -> SourceDeclaration:
    return SourceDeclaration(
        source=source, title=Title("示例信用数据", "Sample credit data"), format="csv", source_version="ab" * 32,
        bytes=1_000, rows=6, columns=(Column("id", "text"), Column("arrears", "whole")), key_column="id",
        modes=("verification", "dataset"), questions=(QUESTION,), loaded_at=now(),
    )  # fmt: skip


def profile(source: str = "credit") -> Profile:
    column = ColumnProfile("id", "text", 0, 6, None, None, 1, 8, False)
    return Profile(
        source=source, source_version="ab" * 32, rows=6, columns=(column,), small_counts=5, measured_at=now()
    )


ENTRY: dict[str, Any] = {
    "name": "示例信用数据", "kind": "enterprise", "class_code": "306012", "class_name": "主题", "group_name": "金融",
    "heading_name": "信用", "abstract": "示例客户的逾期记录", "format": "file",
    "items": [{"name": "id", "type": "text"}, {"name": "arrears", "type": "whole"}], "sharing": "none",
    "opening": "closed", "cycle": "year", "source": "credit",
}  # fmt: skip
PRODUCT: dict[str, Any] = {
    "name": "示例逾期核验", "summary": "按客户编号核验下月是否逾期，回答是或否。", "mode": "verification",
    "source_statement": "示例银行在业务中自行产生的记录。", "commitments": ["source", "rights", "quality", "prohibited"],
    "question": "arrears", "price_kind": "call", "price_micro_yuan": 5_000, "purposes": ["risk-management", "research"],
    "calls_max": 1_000,
}  # fmt: skip


class Town:
    """The parties, the node, and a product on sale."""

    def __init__(self) -> None:
        at = now()
        self.operator = founded(at)
        self.supplier = admitted(11, self.operator, "supplier", at=at)
        self.buyer = admitted(12, self.operator, "buyer", at=at)
        self.stranger = admitted(13, self.operator, "buyer", "supplier", at=at)
        self.registrar = admitted(14, self.operator, "registrar", at=at)
        self.keys: dict[int, str] = {}

    def actor(self, member: Member, **other: Any) -> Actor:
        return member.actor(now(), **other)

    def key(self, member: Member) -> str:
        """An API key of the member with every role it has."""
        if member.id not in self.keys:
            by = self.actor(member, second_factor=True)
            made = mandates.issue_key(
                by=by, at=now(), name="示例程序", roles=sorted(by.roles), until_at=now() + timedelta(days=30)
            )
            self.keys[member.id] = made.secret
        return self.keys[member.id]

    def http(self, member: Member | None) -> Caller:
        return Caller(self.key(member) if member else None)

    def enrolled(self) -> NodeAtHand:
        return NodeAtHand(nodes.enrol(by=self.actor(self.supplier), at=now(), name="示例节点").secret)

    def node_with_source(self) -> NodeAtHand:
        node = self.enrolled()
        node.register()
        node.sync(sources=(declaration(),))
        return node

    def catalogued(self, node: NodeAtHand) -> int:
        resource = begin(RESOURCE, by=self.actor(self.supplier), at=now(), **ENTRY, node=int(node.id)).subject
        perform(RESOURCE, "measure", resource, by=self.actor(self.supplier), at=now())
        reply = node.sync()
        answers = tuple(TaskAnswer(task.id, done=True, profile=profile()) for task in reply.tasks)
        node.sync(answers=answers)
        settle()
        grade(
            resource, holder=self.actor(self.supplier), office=self.actor(self.operator), at=now(),
            settle=lambda at: settle(),
        )  # fmt: skip
        return resource

    def published(self, resource: int, *, standing: bool = True, **other: Any) -> int:
        supplier = self.actor(self.supplier)
        listing = begin(LISTING, by=supplier, at=now(), **{**PRODUCT, "resource": resource, **other}).subject
        perform(LISTING, "submit", listing, by=supplier, at=now())
        perform(LISTING, "approve", listing, by=self.actor(self.operator), at=now(), note="符合要求")
        if standing:
            perform(LISTING, "instruct", listing, by=self.actor(self.supplier, second_factor=True), at=now())
        return listing

    def pays_in(self, member: Member, yuan: int) -> None:
        """A bank statement with one line, imported by finance and matched by the credit code in its memo."""
        code = parties.organisation(member.id).credit_code
        line = f"{member.id}-{yuan}-{now().timestamp()},2026-11-23,示例付款人,6222,{yuan}.00,{code}"
        content = f"流水号,日期,付款人,付款账号,金额,附言\n{line}\n".encode()
        found = deposits.import_bank_file(content, name="bank.csv", by=self.actor(self.operator), at=now())
        assert found.credited == 1, found
        settle()

    def own_key(self, member: Member) -> Ed25519Signer:
        """A signature key of the member's own, registered by its person with the second factor."""
        signer = Ed25519Signer.generate()
        by = self.actor(member, second_factor=True)
        text = credentials.possession_text(person=member.person, organisation=member.id, public=signer.public_bytes)
        public, proof = (base64.b64encode(value).decode() for value in (signer.public_bytes, signer.sign(text)))
        credentials.register_own_key(by=by, at=now(), public=public, proof=proof, name="示例密钥")
        return signer

    def deal(self, listing: int, *, by: Member | None = None) -> int:
        """Asked for, and signed by both with the keys that the exchange keeps; the keeper takes the rest."""
        buyer = by or self.buyer
        asked = begin(NEGOTIATION, by=self.actor(buyer), at=now(), listing=listing, purposes=["research"])
        settle()
        if negotiation(asked.subject).state == "requested":
            perform(NEGOTIATION, "agree", asked.subject, by=self.actor(self.supplier, second_factor=True), at=now())
        perform(NEGOTIATION, "verify", asked.subject, by=self.actor(buyer, second_factor=True), at=now())
        settle()
        return asked.subject

    def paper(self, member: Member, text: str) -> str:
        content = b"%PDF-1.7\n" + text.encode()
        return papers.keep(content, name=f"{text}.pdf", at=now(), by=member.id).sha256

    def applied_for_right(self, resource: int) -> int:
        """An application for the registration of rights in a resource, accepted and under review."""
        form: dict[str, Any] = {
            "registrar": self.registrar.id, "resource": resource, "applicant_type": "legal_person",
            "contact_name": "示例联系人", "contact_phone": "027-12345678", "contact_address": "武汉市示例路1号",
            "legal_representative": "示例法人", "established_date": date(2010, 1, 1),
            "registered_address": "武汉市示例路1号", "business_scope": "银行", "subsistence": "subsisting",
            "name_time": "2018年", "name_region": "示例市", "name_industry": "银行", "name_content": "客户逾期",
            "name_type": "表格", "overview": "客户编号与是否逾期", "industry_code": "J66", "origin": "own",
            "source_kind": "collected", "relation": "self", "region_scope": "city",
            "time_from_date": date(2018, 1, 1), "time_to_date": date(2018, 12, 31), "frequency": "year", "records": 6,
            "volume_bytes": 1_000, "shapes": ["table"], "structure": "structured", "rights": ["holding", "operation"],
            "identity_paper": self.paper(self.supplier, "identity"),
            "evidence": [{"kind": "lawful_acquisition", "paper": self.paper(self.supplier, "lawful")}],
            "sample_paper": self.paper(self.supplier, "sample"),
        }  # fmt: skip
        applied = begin(OWNERSHIP, by=self.actor(self.supplier), at=now(), **form).subject
        perform(OWNERSHIP, "accept", applied, by=self.actor(self.registrar), at=now())
        return applied

    def shared(self, listing: int) -> int:
        """A share plan that another party has still to agree to."""
        shares = [
            {"party": self.supplier.id, "basis_points": 6_000, "ground": "提供数据"},
            {"party": self.stranger.id, "basis_points": 4_000, "ground": "加工数据"},
        ]
        plan = begin(SHARE_PLAN, by=self.actor(self.supplier), at=now(), listing=listing, shares=shares).subject
        settle()
        return plan


@dataclass
class Caller:
    """A program with a key, or without."""

    key: str | None

    def _headers(self, idempotency_key: str | None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return {**headers, **({"Idempotency-Key": idempotency_key} if idempotency_key else {})}

    def get(self, path: str, **query: Any) -> Any:
        return Client().get(f"/api{path}", query, headers=self._headers(None))

    def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None, raw: bytes | None = None) -> Any:
        content = raw if raw is not None else json.dumps(body if body is not None else {}).encode()
        headers = self._headers(idempotency_key)
        return Client().post(f"/api{path}", content, content_type="application/json", headers=headers)

    def upload(self, path: str, file: Any) -> Any:
        return Client().post(f"/api{path}", {"file": file}, headers=self._headers(None))
