"""A small exchange for tests: its operator, members with their people, all through the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tongqu.exchange.bedrock.procedures import Actor, Outcome, begin, perform
from tongqu.exchange.members import mandates, parties
from tongqu.exchange.members.parties.models import Person

AT = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ALL_CHECKS = ["identity", "address", "contact", "licence"]
VERIFIED: dict[str, Any] = {"checks": ALL_CHECKS, "method": "registry", "reference": "示例查询 001"}


def credit_code(number: int, start: str = "91") -> str:
    return parties.credit_code.complete(f"{start}420100MA{number:07d}")


def someone(name: str) -> Person:
    person = Person(username=name, full_name=f"示例{name}")
    person.set_unusable_password()
    person.save()
    return person


def application(number: int, **other: Any) -> dict[str, Any]:
    return {
        "name": f"示例单位{number}",
        "short_name": f"示例{number}",
        "kind": "private",
        "credit_code": credit_code(number),
        "region": "420106",
        "address": "示例路 1 号",
        "legal_representative": "示例负责人",
        "contact_name": "示例联系人",
        "contact_phone": "027-12345678",
        "roles": ["buyer"],
        **other,
    }


@dataclass(frozen=True)
class Member:
    """An organisation with the person who administers it."""

    id: int
    person: int

    def actor(self, at: datetime = AT, **other: Any) -> Actor:
        return mandates.actor_for(self.person, self.id, at=at, **other)


def founded(at: datetime = AT) -> Member:
    person = someone("operator")
    fields = application(1, name="示例数据交易所", short_name="示例交易所", kind="state_owned")
    fields.pop("roles")
    outcome = parties.founding.found_exchange(administrator=person.pk, at=at, **fields)
    return Member(outcome.subject, person.pk)


def applied(number: int, at: datetime = AT, **other: Any) -> Member:
    person = someone(f"p{number}")
    outcome = begin(parties.ADMISSION, by=Actor(person=person.pk), at=at, **application(number, **other))
    return Member(outcome.subject, person.pk)


def checking(number: int, exchange: Member, at: datetime = AT, **other: Any) -> Member:
    member = applied(number, at, **other)
    perform(parties.ADMISSION, "check", member.id, by=exchange.actor(at), at=at)
    return member


def admitted(number: int, exchange: Member, *roles: str, at: datetime = AT, **other: Any) -> Member:
    member = checking(number, exchange, at, roles=list(roles or ("buyer",)), **other)
    perform(parties.ADMISSION, "admit", member.id, by=exchange.actor(at), at=at, **VERIFIED)
    return member


def grant(member: Member, person: int, *roles: str, at: datetime = AT, days: int = 100, **other: Any) -> Outcome:
    return begin(
        mandates.MANDATE,
        by=member.actor(at),
        at=at,
        person=person,
        roles=list(roles),
        until_at=at + timedelta(days=days),
        **other,
    )
