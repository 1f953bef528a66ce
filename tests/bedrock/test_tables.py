"""A table that contradicts itself is refused when it is imported."""

from __future__ import annotations

from typing import Any

import pytest

from tongqu.exchange.bedrock.procedures import (
    CLOCK,
    Act,
    BadTable,
    Begin,
    Clock,
    Office,
    Procedure,
    Seat,
    WorkingDays,
    mermaid,
)
from tongqu.exchange.bedrock.values import Words

CLERK = Office("clerk", Words("办事员", "clerk"))


def table(name: str, **changes: Any) -> Procedure:
    parts: dict[str, Any] = {
        "name": name,
        "model": "bedrock.Case",
        "words": Words("试", "trial"),
        "starts": "a",
        "ends": frozenset({"z"}),
        "begins": Begin(by=(CLERK,)),
        "acts": (Act("go", "a", "z", by=CLERK),),
        "labels": {n: Words(n, n) for n in ("a", "b", "z", "go", "on", "begin")},
        "way": ("a", "z"),
    }
    return Procedure(**{**parts, **changes})


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"acts": (Act("go", "a", "b", by=CLERK),), "ends": frozenset()}, "nobody can leave b"),
        ({"acts": (Act("go", "a", "z", by=CLERK), Act("on", "z", "a", by=CLERK))}, "leaves the end z"),
        ({"acts": (Act("go", "a", "z", by=CLERK), Act("on", "b", "z", by=CLERK))}, "b cannot be reached"),
        ({"labels": {}}, "no words for"),
        ({"way": ("a", "q")}, "unknown state q"),
        ({"acts": (Act("go", "a", "z", by=Seat("s", "s", Words("位", "s"))),)}, "a seat the table lacks"),
        ({"acts": (Act("go", "a", "z", by=CLERK), Act("go", "a", "z", by=CLERK))}, "two acts are called go"),
        ({"acts": (Act("go", "a", "z", by=()),)}, "nobody may perform go"),
        ({"clocks": (Clock("c", WorkingDays(1), {"q"}, Words("钟", "c")),)}, "unknown state q"),
        ({"clocks": (Clock("c", WorkingDays(1), {"a"}, Words("钟", "c"), then="fly"),)}, "unknown act fly"),
        ({"clocks": (Clock("c", WorkingDays(1), {"a"}, Words("钟", "c"), then="go"),)}, "the clock may not perform go"),
        ({"acts": (Act("go", "a", "z", by=CLERK, extends="c"),)}, "has no extension"),
    ],
)
def test_a_contradiction_is_named(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadTable, match=fault):
        table("contradiction", **changes)


def test_a_name_is_taken_once() -> None:
    table("only_once")
    with pytest.raises(BadTable, match="two procedures"):
        table("only_once")


def test_the_picture_is_drawn_from_the_table() -> None:
    drawn = mermaid(table("drawn", acts=(Act("go", "a", "z", by=(CLERK, CLOCK)),)), "en")
    assert "a --> z : go" in drawn
    assert "[*] --> a" in drawn
    assert "z --> [*]" in drawn
