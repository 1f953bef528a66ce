"""Notices, consents and people: a power company that provides to a bank, whose node refers to people without naming them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.registry.conftest import FLOW, World, day
from tongqu.exchange import flow
from tongqu.exchange.bedrock import papers
from tongqu.exchange.bedrock.procedures import Actor, Outcome, begin, perform
from tongqu.exchange.members.models import NodeKey, Person
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.registry import consent
from tongqu.exchange.registry.consent import CONSENT_BATCH, CONSENT_NOTICE, DATA_SUBJECT
from tongqu.exchange.registry.models import ConsentBatch, ConsentNotice
from tongqu.wire.consents import SubjectPass, reference_of
from tongqu.wire.message import seal_message
from tongqu.wire.seals import Ed25519Signer

NOON = day(2026, 3, 2, 12)
SALT = b"a salt that stays at the node...."


class Consenting:
    """The small market with consents in it. `signer` is the node's key, which the exchange knows."""

    def __init__(self, world: World) -> None:
        self.world = world
        named = ("consent_notice",)
        world.flow = {**FLOW, **{key: steps for key, steps in flow.FLOW.items() if key.partition(".")[0] in named}}
        world.join("bank", credit_code.complete("91420100MA0000BK1"), "private", "buyer")
        world.join("regulator", credit_code.complete("11420000MB00000R3"), "department", "regulator")
        self.signer = Ed25519Signer.generate()
        public = self.signer.public_bytes.hex()
        type(world.node).objects.filter(pk=world.node.pk).update(public_key=public)
        NodeKey.objects.filter(node=world.node).delete()
        NodeKey.objects.create(node=world.node, public_key=public, since_at=day(2026, 1, 5))

    def form(self, **changes: Any) -> dict[str, Any]:
        return {
            "name": "示例用电核验告知", "node": self.world.node.pk, "source": "power",
            "receiver": self.world.parties["bank"].pk, "purposes": ["risk-management"], "purpose_text": "贷款审批时核验用电情况",
            "method": "节点内核验，只给出结果", "kinds": ["identity", "consumption"], "retention": "合同终止后立即删除",
            "contact": "示例个人信息保护负责人 027-12345678", "rights_way": "在“我的数据”页面提出",
        } | changes  # fmt: skip

    def draft(self, at: datetime = NOON, by: str = "supplier", **changes: Any) -> int:
        return begin(CONSENT_NOTICE, by=self.world.actor(by), at=at, **self.form(**changes)).subject

    def notice(self, at: datetime = NOON, **changes: Any) -> int:
        made = self.draft(at, **changes)
        perform(CONSENT_NOTICE, "publish", made, by=self.world.supplier, at=at)
        self.world.settle(at)
        return made

    def row(self, notice: int) -> ConsentNotice:
        return ConsentNotice.objects.get(pk=notice)

    def reference(self, key: str, source: str = "power") -> str:
        return reference_of(SALT, source, key).hex()

    def line(self, key: str, notice: int, what: str = "given", **changes: str) -> list[str]:
        said = {"form": "separate", "at": NOON.isoformat(), "channel": "asked"} | changes
        return [self.reference(key), str(notice), what, said["form"], said["at"], said["channel"]]

    def file(self, lines: Iterable[list[str]], at: datetime = NOON, by: str = "supplier") -> str:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerows([["reference", "notice", "what", "form", "at", "channel"], *lines])
        owner = self.world.parties[by].pk
        return papers.keep(out.getvalue().encode(), name="consents.csv", at=at, by=owner, person=None).sha256

    def take(self, *lines: list[str], at: datetime = NOON, by: str = "supplier") -> ConsentBatch:
        made = begin(
            CONSENT_BATCH,
            by=self.world.actor(by),
            at=at,
            node=self.world.node.pk,
            file=self.file(lines, at, by),
            name="示例同意",
        ).subject
        consent.run(made, now=lambda: at)
        return ConsentBatch.objects.get(pk=made)

    def faults(self, batch: ConsentBatch) -> list[tuple[int, str]]:
        found, _ = consent.faults(batch.pk)
        return [(one.line, one.code) for one in found]

    def person(self, name: str) -> Actor:
        if name not in self.world.people:
            self.world.people[name] = Person.objects.create(username=name, full_name=f"示例{name}")
        return Actor(person=self.world.people[name].pk)

    def vouch(
        self, key: str, person: Actor, at: datetime = NOON, signer: Ed25519Signer | None = None, **changes: Any
    ) -> str:
        told = SubjectPass(
            node=str(self.world.node.pk), source="power", reference=self.reference(key),
            account=consent.persons.account_of(person.person or 0), made_at=at, until=at + timedelta(hours=24),
        )  # fmt: skip
        told = SubjectPass(**{name: changes.get(name, getattr(told, name)) for name in SubjectPass.FIELDS})
        return json.dumps(seal_message(told, signer or self.signer))

    def linked(self, key: str, name: str, at: datetime = NOON) -> tuple[Actor, int]:
        person = self.person(name)
        return person, begin(DATA_SUBJECT, by=person, at=at, vouched=self.vouch(key, person, at)).subject

    def says(self, what: str, link: int, person: Actor, notice: int, at: datetime = NOON) -> Outcome:
        return perform(DATA_SUBJECT, what, link, by=person, at=at, notice=notice)

    def given(self, at: datetime = NOON) -> dict[str, set[str]]:
        """What a node that begins from nothing comes to know, by basis."""
        stands: dict[str, set[str]] = {}
        cursor, complete = 0, False
        while not complete:
            part = consent.part_for(self.world.node.pk, cursor, at=at)
            for each in part.changes:
                held = stands.setdefault(each.basis, set())
                held |= _split(each.given)
                held -= _split(each.ended)
            cursor, complete = part.upto, part.complete
        return {group.basis: stands.get(group.basis, set()) for group in part.sets}


def _split(told: str) -> set[str]:
    from tongqu.wire.consents import unpacked

    raw = unpacked(told)
    return {raw[at : at + 32].hex() for at in range(0, len(raw), 32)}
