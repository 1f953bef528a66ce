"""What happened to a subject, its papers and its proofs, as far as a reader may know them: for the desks and the API alike.

Whether a fact is withheld, the procedure says. What is withheld leaves a line that something happened, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tongqu.exchange.bedrock import evidence, papers
from tongqu.exchange.bedrock.evidence import TimelineFact
from tongqu.exchange.bedrock.inputs import Inputs, extra_of
from tongqu.exchange.bedrock.procedures import Actor, Procedure, Unknown, procedure, see
from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.web.desks import forms, names

# Acts that a machine performs a thousand times: a page tells such facts in a row as one line.
ROUTINE: Mapping[str, frozenset[str]] = {"transfer": frozenset({"meter"})}
FACTS_AT_ONCE = 500


@dataclass(frozen=True)
class Named:
    """A paper named by a fact: for which question, and who acted: party and person, or neither for the house itself."""

    digest: str
    words: Words
    giver: int | None
    person: int | None
    by_house: bool


def known(table: Procedure, subject: Any, fact: TimelineFact, by: Actor) -> TimelineFact:
    """The fact as the reader may know it: where it is withheld, without who acted and what was said."""
    if not table.withholds(subject, fact, by):
        return fact
    moved: dict[str, Any] = {name: value for name, value in fact.body.items() if name in {"from", "to"}}
    return replace(fact, actor={"kind": fact.actor.get("kind")}, body=moved)


# Papers.


def papers_of(table: Procedure, subject: Any, by: Actor) -> list[tuple[Named, papers.Paper]]:
    """Every paper that a fact of the subject names and the reader may open."""
    listed: dict[str, Named] = {}
    for one in _named(table, subject, by):
        listed.setdefault(one.digest, one)
    found = [(one, _given(table, subject, one)) for one in listed.values()]
    return [(one, paper) for one, paper in found if paper is not None]


def paper_of(table: Procedure, subject: Any, digest: str, by: Actor) -> papers.Paper:
    """Raises Unknown for every paper but those that a fact of this subject names and the reader may open."""
    one = next((one for one in _named(table, subject, by, naming=digest) if one.digest == digest), None)
    paper = _given(table, subject, one) if one else None
    if paper is None:
        raise Unknown(f"paper {digest}")
    return paper


def _named(table: Procedure, subject: Any, by: Actor, naming: str = "") -> Iterator[Named]:
    asks = _asking_for_papers(table.name)
    for fact in _every(table.name, subject.pk, frozenset(asks), naming):
        if table.withholds(subject, fact, by):
            continue
        told = _open_to(table, subject, asks[fact.act], fact.body.get("inputs") or {}, by)
        for digest, words in forms.digests_in(asks[fact.act], told):
            actor = fact.actor
            yield Named(digest, words, actor.get("party"), actor.get("person"), actor.get("kind") != "person")


def _open_to(
    table: Procedure, subject: Any, asks: type[Inputs], inputs: Mapping[str, Any], by: Actor
) -> Mapping[str, Any]:
    """What was answered, without the papers that are for the offices alone when the reader holds none, and without those
    that are data when the procedure does not open them to the reader."""
    office = any(one.role in by.roles for one in table.seen_by)
    marks = [*([] if office else ["office"]), *([] if table.opens(subject, by) else ["closed"])]
    shut = {name for name, info in asks.model_fields.items() if any(extra_of(info).get(mark) for mark in marks)}
    return {name: value for name, value in inputs.items() if name not in shut}


@cache
def _asking_for_papers(name: str) -> Mapping[str, type[Inputs]]:
    """The acts of a procedure whose questions take papers: few facts, however long the story is."""
    table = procedure(name)
    asks = {act.name: act.asks for act in table.acts} | {"begin": table.begins.asks}
    asks |= {one.name: one.asks for one in table.also}
    return {act: model for act, model in asks.items() if forms.asks_for_papers(model)}


def _every(name: str, pk: int, acts: frozenset[str], naming: str) -> Iterator[TimelineFact]:
    after, page = 0, [] if not acts else evidence.facts_of(name, pk, acts=acts, naming=naming, limit=FACTS_AT_ONCE)
    while page:
        yield from page
        after = page[-1].id
        full = len(page) == FACTS_AT_ONCE
        page = evidence.facts_of(name, pk, acts=acts, naming=naming, after=after, limit=FACTS_AT_ONCE) if full else []


def _given(table: Procedure, subject: Any, one: Named) -> papers.Paper | None:
    """The paper as whoever named it had handed it in: naming somebody else's paper opens nothing. What the house names is
    the house's own, or of one of the subject's parties."""
    if not one.by_house:
        return papers.paper_of(one.digest, one.giver, one.person)
    own = (papers.paper_of(one.digest, party) for party in names.parties_on(table, subject))
    return papers.house_paper(one.digest) or next((paper for paper in own if paper is not None), None)


# Proofs.


def proof_of(number: int, by: Actor) -> dict[str, Any]:
    """The proof file of a fact, for who may see its subject, and for who performed the act. Raises Unknown, NotSequenced."""
    fact = evidence.fact(number)
    if fact is None:
        raise Unknown(f"fact {number}")
    try:
        table = procedure(fact.procedure)
    except KeyError as error:
        raise Unknown(f"fact {number}") from error
    if not _own(fact, by) and not _may_know(table, fact, by):
        raise Unknown(f"fact {number}")
    return evidence.prove(number)


def proof_at(position: int, by: Actor) -> dict[str, Any]:
    """The same by the fact's place in the log, which is the number that pages show. Raises Unknown."""
    found = evidence.follow(after=position - 1, limit=1)
    if not found or found[0].position != position:
        raise Unknown(f"log {position}")
    return proof_of(found[0].id, by)


def _may_know(table: Procedure, fact: TimelineFact, by: Actor) -> bool:
    """Who may not see the subject is not even told which one it is."""
    try:
        return not table.withholds(see(table, fact.subject_id, by), fact, by)
    except Unknown:
        return False


def _own(fact: TimelineFact, by: Actor) -> bool:
    """An act of this very person for this very party: an objector has the proof of an objection to what is not its own."""
    did = (fact.actor.get("person"), fact.actor.get("party"))
    return fact.actor.get("kind") == "person" and did == (by.person, by.party)
