"""Grading a resource as its holder and the office do, for tests that need a graded one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tongqu.exchange.bedrock.procedures import Actor, begin, perform
from tongqu.exchange.registry import grading
from tongqu.exchange.registry.grading import GRADING, OBJECTS

# Data whose leak would harm its organisation a little, and nobody else.
HARMS = dict.fromkeys(OBJECTS, "none") | {"organisation": "general"}
LEVELS: dict[str, dict[str, Any]] = {
    "general": {},
    "business_critical": {"business_critical": True},
    "important": {"economy": "serious"},
    "core": {"national_security": "serious"},
}


def proposal(
    elements: list[str], *, level: str = "general", kinds: dict[str, str] | None = None, **changes: Any
) -> dict[str, Any]:
    """A proposal that comes to the level; `kinds` says what elements tell of, `changes` what else differs."""
    marks = [{"name": name, "kind": (kinds or {}).get(name, "none")} for name in elements]
    reasons = {f"{name}_reason": "逐项评估后的判断" for name in OBJECTS}
    person = {"person": "general"} if any(kind != "organisation" for kind in (kinds or {}).values()) else {}
    return (
        {"industry": "D44", "business": "用户用电数据", "elements": marks}
        | HARMS
        | reasons
        | person
        | LEVELS[level]
        | changes
    )


def elements(pk: int) -> list[str]:
    return [one.name for one in grading.dossier(pk).elements]


def grade(
    resource: int,
    *,
    holder: Actor,
    office: Actor,
    at: datetime,
    settle: Callable[[datetime], Any],
    act: str = "confirm",
    ground: str = "",
    **changes: Any,
) -> int:
    """Proposed, confirmed and in force. `ground` opens one of the holder's own; else the one that is under way goes on."""
    if ground or grading.preparing(resource) is None:
        begin(GRADING, by=holder, at=at, resource=resource, why=ground or "first")
    pk = grading.preparing(resource)
    assert pk is not None
    perform(GRADING, "propose", pk, by=holder, at=at, **proposal(elements(pk), **changes))
    settle(at)
    perform(GRADING, act, pk, by=office, at=at, note="与资源相符")
    settle(at)
    assert grading.in_force(resource).id == pk  # type: ignore[union-attr]
    return pk
