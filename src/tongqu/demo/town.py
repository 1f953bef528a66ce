"""The sample market's hands: a clock that is moved by hand, the parties, and a real node that runs in this process.

Everything goes through the same door as in a running exchange; only the time is told. The node is the node's own code
with its own key and journal; its messages reach the exchange's door as sealed bytes, without a socket between.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
from django.db import connection

from tongqu.demo.cast import APPLICANT, COLLEAGUES, MEMBERS, OPERATOR, Colleague, Member
from tongqu.exchange.bedrock import calendar, evidence, papers
from tongqu.exchange.bedrock.procedures import (
    Actor,
    Outcome,
    Procedure,
    RunningClock,
    begin,
    follow_flow,
    local_day,
    perform,
    retry_stuck,
    tick,
)
from tongqu.exchange.flow import FLOW, READER
from tongqu.exchange.members import mandates, nodes, parties
from tongqu.exchange.members.parties import credit_code
from tongqu.exchange.web import wire
from tongqu.node.config import read_config
from tongqu.node.door import application
from tongqu.node.enrol import enrol
from tongqu.node.keeper import NodeKeeper
from tongqu.wire.message import BadMessage

SHANGHAI = ZoneInfo("Asia/Shanghai")
T = TypeVar("T")


PAPER = """#set page(width: 148mm, height: 105mm)
#set text(font: families, lang: "zh")
#set document(title: data.title)
= #data.title
#data.text
"""


STORY_ENDS = date(2026, 11, 20)


def moment(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of the story, which is written as of 2026 and told so that it ends yesterday, in Wuhan.

    Between its days lie as many working days as are written, whatever holidays fall there: the periods are counted so.
    """
    before = calendar.working_days_between(date(2026, month, day), STORY_ENDS)
    told = calendar.subtract_working_days(_yesterday(), before).day if before else _yesterday()
    return datetime(told.year, told.month, told.day, hour, minute, tzinfo=SHANGHAI)


@cache
def _yesterday() -> date:
    """Asked once: a story that is told over midnight still ends on one day."""
    return local_day(datetime.now(tz=SHANGHAI)) - timedelta(days=1)


class Town:
    """The parties by key, the time, and what they do. Use `at` to move the time forward, never back."""

    def __init__(self, folder: Path, *, exchange: str, node: str, begins: datetime) -> None:
        self.folder, self.exchange_url, self.node_url = folder, exchange, node
        self.now = begins
        self.people: dict[str, Any] = {}
        self.parties: dict[str, int] = {}
        self.accounts: list[dict[str, Any]] = []

    # -- time --------------------------------------------------------------------------------------------------------

    def at(self, when: datetime) -> datetime:
        """Lets time pass until then: every clock that falls due on the way ends at its own moment."""
        while True:
            due = (
                RunningClock.objects.filter(status="running", due_at__lte=when)
                .order_by("due_at")
                .values_list("due_at", flat=True)
                .first()
            )
            if due is None:
                break
            self.now = max(self.now, due)
            tick(self.now)
            self.settle()
        self.now = max(self.now, when)
        return self.now

    def later(self, **units: int) -> datetime:
        return self.at(self.now + timedelta(**units))

    def settle(self) -> None:
        """What the keeper does, until nothing is left to do."""
        while evidence.integrate(limit=2_000) + follow_flow(READER, FLOW, at=self.now):
            pass
        retry_stuck(READER, FLOW, at=self.now, force=True)

    # -- people ------------------------------------------------------------------------------------------------------

    def person(self, member: Member | Colleague) -> Any:
        """With a password and a second factor of its own; both are written to the card, nowhere else."""
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        person: Any = get_user_model().objects.create_user(member.login, password=password, full_name=member.person)
        secret = generate_totp_secret()
        TOTP.activate(person, secret)
        RecoveryCodes.activate(person)
        self.people[member.key] = person
        self.accounts.append(
            {
                "login": member.login,
                "password": password,
                "totp": secret,
                "words": {"zh": member.words.zh, "en": member.words.en},
            }
        )
        return person

    def actor(self, key: str, *, second_factor: bool = False) -> Actor:
        return mandates.actor_for(self.people[key].pk, self.parties[key], at=self.now, second_factor=second_factor)

    def application(self, member: Member) -> dict[str, Any]:
        return {
            "name": member.name, "short_name": member.short, "kind": member.kind,
            "credit_code": credit_code.complete(member.first), "region": member.region, "address": "示例路 1 号",
            "legal_representative": "示例负责人", "contact_name": member.person, "contact_phone": "027-00000000",
            "roles": list(member.roles), "papers": [self.paper(f"{member.short}营业执照（示例）", None)],
        }  # fmt: skip

    def found(self) -> None:
        person = self.person(OPERATOR)
        made = parties.founding.found_exchange(administrator=person.pk, at=self.now, **self.application(OPERATOR))
        self.parties[OPERATOR.key] = made.subject
        for colleague in COLLEAGUES:
            person = self.person(colleague)
            self.parties[colleague.key] = made.subject
            begin(
                mandates.MANDATE, by=self.actor(OPERATOR.key), at=self.now, person=person.pk,
                roles=list(colleague.roles), until_at=self.now + timedelta(days=730), reason="示例岗位",
            )  # fmt: skip
        self.settle()

    def apply(self, member: Member) -> int:
        person = self.person(member)
        applied = begin(
            parties.ADMISSION,
            by=Actor(person=person.pk),
            at=self.now,
            key=f"demo/{member.key}",
            **self.application(member),
        )
        self.parties[member.key] = applied.subject
        return applied.subject

    def admit(self, member: Member) -> None:
        party = self.apply(member)
        self.later(hours=3)
        perform(parties.ADMISSION, "check", party, by=self.actor("exchange"), at=self.now)
        self.later(hours=2)
        perform(
            parties.ADMISSION, "admit", party, by=self.actor("exchange"), at=self.now,
            checks=["identity", "address", "contact", "licence"], method="document", reference="示例核验记录",
        )  # fmt: skip
        self.settle()

    def admit_all(self) -> None:
        for member in MEMBERS:
            self.admit(member)

    def newcomer(self) -> None:
        self.apply(APPLICANT)
        self.settle()

    # -- acts --------------------------------------------------------------------------------------------------------

    def begin(self, table: Procedure, by: str, /, **inputs: Any) -> int:
        outcome = begin(table, by=self.actor(by, second_factor=True), at=self.now, **inputs)
        self.settle()
        return outcome.subject

    def act(self, table: Procedure, act: str, subject: int, by: str, /, **inputs: Any) -> Outcome:
        outcome = perform(table, act, subject, by=self.actor(by, second_factor=True), at=self.now, **inputs)
        self.settle()
        return outcome

    def paper(self, title: str, by: str | None, text: str = "示例材料，仅用于演示。") -> str:
        """A small real PDF with the title on it."""
        content = papers.typeset(PAPER, {"title": title, "text": text}, at=self.now)
        party = self.parties[by] if by else None
        return papers.keep(content, name=f"{title}.pdf", at=self.now, by=party).sha256

    # -- the node ----------------------------------------------------------------------------------------------------

    def open_node(self, config: Path) -> HouseNode:
        """Enrols the node that the exchange runs for members without one, and keeps it open in this process."""
        enrolment = nodes.enrol(by=self.actor("exchange"), at=self.now, name="示例托管节点", address=self.node_url)
        with httpx.Client(transport=httpx.MockTransport(self._register)) as http:
            enrol(config, enrolment_key=enrolment.secret, http=http, now=lambda: self.now)
        node = HouseNode(self, config)
        node.sync()
        self.settle()
        return node

    def _register(self, request: httpx.Request) -> httpx.Response:
        try:
            return httpx.Response(200, json=wire.take_register(json.loads(request.content), self.now))
        except (nodes.BadEnrolment, BadMessage) as error:
            return httpx.Response(403, text=str(error))


class _Door(httpx.AsyncBaseTransport):
    """The node's line to the exchange: its sealed bytes go straight to the exchange's own function, at the town's time."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(await request.aread())
        answer = await asyncio.to_thread(self._answer, body)
        return httpx.Response(200, json=answer)

    def _answer(self, body: Any) -> dict[str, Any]:
        try:
            return wire.take_sync(body, self.town.now)
        finally:
            connection.close()


@dataclass
class Answered:
    status: int
    body: dict[str, Any]


class HouseNode:
    """The node's own keeper on an event loop of its own, driven step by step."""

    def __init__(self, town: Town, config: Path) -> None:
        self.town = town
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.settings = read_config(config)
        self.keeper = self.run(self._open())
        self.number = self.keeper.identity.node
        self.run(self.keeper.look())

    async def _open(self) -> NodeKeeper:
        return NodeKeeper(self.settings, now=lambda: self.town.now, http=httpx.AsyncClient(transport=_Door(self.town)))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=120)

    def sync(self, rounds: int = 2) -> None:
        """Asks the exchange as it does each second, a second apart, answers what it is asked, and says what it counted."""
        for _ in range(rounds):
            self.town.now += timedelta(seconds=1)
            self.run(self._round())
            self.town.settle()

    async def _round(self) -> None:
        await self.keeper.meter.catch_up()
        await self.keeper.state_all()
        await self.keeper.line.once()
        await self.keeper.line.idle()

    def call(self, path: str, *, token: str, call: str, body: dict[str, Any] | None = None) -> Answered:
        """One call of a buyer, over the node's own HTTP application."""
        return self.run(self._call(path, token, call, body))

    async def _call(self, path: str, token: str, call: str, body: dict[str, Any] | None) -> Answered:
        app = application(self.keeper, body_bytes_max=4_000_000, request_seconds_max=30, lifespan=None)
        headers = {"Authorization": f"Bearer {token}", "Tongqu-Call": call}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node") as http:
            answer = await (
                http.post(path, json=body, headers=headers) if body is not None else http.get(path, headers=headers)
            )
        return Answered(answer.status_code, answer.json())

    def close(self) -> None:
        self.run(self.keeper.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=10)
