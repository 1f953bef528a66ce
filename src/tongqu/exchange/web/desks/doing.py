"""Sending a form through the door: the second factor where one is needed, and whatever was refused, as a list."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from tongqu.exchange.bedrock import ledger, papers
from tongqu.exchange.bedrock.inputs import BadInput, Inputs
from tongqu.exchange.bedrock.procedures import (
    Act,
    Actor,
    Begin,
    KeyReused,
    NeedsReview,
    NeedsSecondFactor,
    Outcome,
    Procedure,
    Refused,
    Shut,
    begin,
    perform,
)
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.members.credentials import CannotOpen
from tongqu.exchange.web.components import Obstacle
from tongqu.exchange.web.desks import forms
from tongqu.exchange.web.desks.acting import with_second_factor
from tongqu.exchange.web.desks.wording import citation

KEY_LENGTH_MAX = 80
ONCE_SECONDS = 24 * 3600
CODE = "_code"


@dataclass(frozen=True)
class Tried:
    """What came of a form: done, or what stood in the way, with the faults that belong to single questions."""

    outcome: Outcome | None = None
    obstacles: Sequence[Obstacle] = ()
    faults: Sequence[tuple[str, Words]] = ()
    asks_code: bool = False
    fresh_key: bool = False
    secrets: Sequence[tuple[Words, str]] = field(default_factory=tuple)


def new_key() -> str:
    return f"page/{uuid.uuid4()}"


def key_of(request: HttpRequest) -> str:
    """The form's own key, by which a second submit gets the first answer."""
    sent = request.POST.get("_key", "")
    return sent if sent.startswith("page/") and len(sent) <= KEY_LENGTH_MAX else new_key()


def once(request: HttpRequest) -> bool:
    """For what the door does not key itself: whether this form comes for the first time.

    The note of it is a row of the database: inside the transaction of what the form does, both are kept or neither is.
    """
    return bool(cache.add(f"form/{request.user.pk}/{key_of(request)}", 1, ONCE_SECONDS))


def may_sign(entry: Act | Begin) -> bool:
    """Whether the act is, or can be, a signature with a kept key."""
    return entry.second_factor or "signature" in entry.asks.model_fields


def send(
    request: HttpRequest,
    table: Procedure,
    entry: Act | Begin,
    pk: int | None,
    by: Actor,
    at: datetime,
    sent: forms.Sent,
) -> Tried:
    """Takes the answers, shows the second factor when a code came, and goes through the door."""

    def through() -> Outcome:
        given = forms.take(entry.asks, sent)
        who = by
        code = request.POST.get(CODE, "").strip()
        if may_sign(entry) and code:
            forms_right(entry.asks, given)
            who = with_second_factor(request, by, code)
        if pk is None:
            return begin(table, by=who, at=at, key=key_of(request), **given)
        return perform(table, entry.name, pk, by=who, at=at, key=key_of(request), **given)

    return attempt(
        through,
        secrets=lambda: forms.secrets_in(entry.asks, sent),
        named=lambda name: forms.named(entry.asks, sent, name),
    )


def forms_right(asks: type[Inputs], given: Mapping[str, Any]) -> None:
    """Reads the answers before a code is used up on them. Raises BadInput."""
    from tongqu.exchange.bedrock.inputs import read

    read(asks, given)


def _by_itself(name: str) -> Words:
    return Words("", "")


def attempt(
    through: Callable[[], Outcome],
    *,
    secrets: Callable[[], Sequence[tuple[Words, str]]] = tuple,
    named: Callable[[str], Words] = _by_itself,
) -> Tried:
    """`named` says of which question, and of which line of a list, a fault is."""
    try:
        outcome = through()
    except NeedsSecondFactor as need:
        return Tried(obstacles=[Obstacle(need.words, mend=need.mend)], asks_code=True)
    except BadInput as bad:
        return Tried(obstacles=_general(bad, named), faults=bad.faults)
    except (Shut, ledger.Overdraft, papers.BadPaper, CannotOpen) as shut:
        return Tried(
            obstacles=obstacles(shut),
            faults=_of_questions(shut),
            fresh_key=isinstance(shut, KeyReused),
            asks_code=shut.code == "second-factor-wrong",
        )
    return Tried(outcome, secrets=secrets())


NAMED_MAX = 12


def _general(bad: BadInput, named: Callable[[str], Words]) -> list[Obstacle]:
    """Faults of the form as a whole; those of single questions stand beside these."""
    whole = [Obstacle(words, mend=bad.mend) for name, words in bad.faults if name in {"*", ""}]
    if whole:
        return whole
    count = len(bad.faults)
    which = [words for words in dict.fromkeys(named(name) for name, _ in bad.faults) if words.zh]
    more = len(which) - NAMED_MAX
    listed = Words(
        "：" + "；".join(one.zh for one in which[:NAMED_MAX]) + (f"；另 {more} 处" if more > 0 else ""),
        ": " + "; ".join(one.en for one in which[:NAMED_MAX]) + (f"; {more} more" if more > 0 else ""),
    )
    said = Words(f"有 {count} 处需要改正，已在表中标出", f"{count} answers need correcting; they are marked below")
    return [Obstacle(Words(said.zh + listed.zh, said.en + listed.en) if which else said)]


def _of_questions(shut: Any) -> list[tuple[str, Words]]:
    """What rules refuse of single questions stands beside these too; of what another form asked it stands above alone."""
    if not isinstance(shut, Refused):
        return []
    return [(name, finding.words) for finding in shut.findings if finding.blocks for name in finding.asks]


def obstacles(shut: Any) -> list[Obstacle]:
    """Every reason for which the door stayed shut, with its article and what would mend it."""
    if isinstance(shut, NeedsReview):
        listed = [Obstacle(f.words, citation(f.cite)) for f in shut.findings]
        return [
            *listed,
            Obstacle(
                Words(f"已立审查件 {shut.case_id}，等待人工审查", f"Case {shut.case_id} waits for a person"),
                mend=shut.mend,
            ),
        ]
    if isinstance(shut, Refused):
        return [Obstacle(f.words, citation(f.cite), f.mend or "", *_mending(f.rule)) for f in shut.findings if f.blocks]
    return [Obstacle(shut.words, mend=shut.mend)]


# Where mending begins, for refusals that a page of the house can mend.
MENDING: Mapping[str, tuple[str, tuple[str, ...], Words]] = {
    "node_is_in_service": ("desk-nodes", (), Words("看节点", "Look at the node")),
    "node_can_serve": ("desk-nodes", (), Words("看节点", "Look at the node")),
    "mark_is_as_agreed": ("desk-nodes", (), Words("看节点", "Look at the node")),
    "papers_are_on_file": ("desk-list", ("admission",), Words("补充材料", "Add papers")),
    "right_is_in_force": ("desk-list", ("ownership",), Words("看登记", "Look at registrations")),
}


def _mending(rule: str) -> tuple[str, Words | str]:
    if rule not in MENDING:
        return "", ""
    url, args, words = MENDING[rule]
    return reverse(url, args=args), words
