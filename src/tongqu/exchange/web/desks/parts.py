"""The pieces of a sheet: cards of facts, sentences and tables; and who reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tongqu.exchange.bedrock.procedures import Actor, Procedure, Unknown, see
from tongqu.exchange.bedrock.values import Words, yuan
from tongqu.exchange.members import parties
from tongqu.exchange.web import said
from tongqu.exchange.web.components import Cell, Chart, Label, Pair, Table, Tone
from tongqu.exchange.web.desks import names
from tongqu.exchange.web.desks.wording import pairs_of, plain
from tongqu.exchange.web.radar import Radar

Row = list[Cell | Label]


@dataclass(frozen=True)
class Progress:
    """How far work has come. `live`: the page looks again by itself while it goes on."""

    done: int
    whole: int
    live: bool = False


@dataclass(frozen=True)
class Part:
    """One card: a heading and, in this order, progress, pairs, sentences, commands to copy, a chart or radar, a table, a note."""

    title: Words
    pairs: Sequence[Pair] = ()
    sentences: Sequence[Words] = ()
    table: Table | None = None
    note: Words | None = None
    text: str = ""
    folded: bool = False
    commands: Sequence[tuple[Words, str]] = ()
    progress: Progress | None = None
    chart: Chart | None = None
    radar: Radar | None = None

    def __bool__(self) -> bool:
        return bool(
            self.pairs or self.sentences or (self.table and self.table.rows) or self.note or self.text or self.commands
        )


@dataclass(frozen=True)
class Document:
    """A text that is read before it is signed: its digest, it as a paper, how it is numbered, and its headed parts."""

    title: Words
    digest: str
    href: str
    opening: Sequence[Words]
    parts: Sequence[Part]
    opened: bool = False


@dataclass(frozen=True)
class Sheet:
    """Tags beneath the title, facts, and cards; `forms` are parts of the form as handed in, folded away until wanted."""

    tags: Sequence[tuple[Words, Tone]] = ()
    pairs: Sequence[Pair] = ()
    parts: Sequence[Part] = ()
    related: Sequence[Pair] = ()
    document: Document | None = None

    @property
    def live(self) -> bool:
        """Whether the page looks again by itself."""
        return any(part.progress is not None and part.progress.live for part in self.parts)

    @property
    def charts(self) -> bool:
        """Whether the page draws any."""
        return any(part.chart is not None for part in self.parts)

    @property
    def forms(self) -> list[Part]:
        return [part for part in self.parts if part.folded]

    @property
    def cards(self) -> list[Part]:
        return [part for part in self.parts if not part.folded]


@dataclass(frozen=True)
class Offer:
    """What a beginning is about when its address names it: shown on top, and what its form then asks and offers."""

    part: Part
    choices: Mapping[str, Sequence[tuple[str, Label]]]
    leave_out: frozenset[str]


@dataclass
class Reading:
    """Who reads, when, which pages of the lists, and the names met so far."""

    by: Actor
    at: datetime
    asked: Mapping[str, str] = field(default_factory=dict)
    known: dict[int, parties.OrganisationView] = field(default_factory=dict)

    def learn(self, *ids: int | None) -> None:
        self.known.update(names.organisations(one for one in ids if one and one not in self.known))

    def party(self, number: int | None) -> str:
        self.learn(number)
        return self.known[number].name if number in self.known else "—"

    def sees(self, table: Procedure, pk: int | None) -> bool:
        """Whether a link to another subject would lead anywhere."""
        if pk is None:
            return False
        try:
            see(table, pk, self.by)
        except Unknown:
            return False
        return True

    def link(self, words: Words, table: Procedure, pk: int | None, text: str | Words) -> Pair:
        href = reverse("desk-subject", args=[table.name, pk]) if self.sees(table, pk) else ""
        return Pair(words, text, href)


def capital(words: Words) -> Words:
    """A label begins with a capital; within a sentence the same words do not."""
    return Words(words.zh, words.en[:1].upper() + words.en[1:])


def by_questions(table: Procedure, subject: Any) -> Sheet:
    """What a procedure without a sheet of its own shows: the questions of its beginning, answered."""
    model = table.begins.asks
    values = {name: getattr(subject, name) for name in model.model_fields if hasattr(subject, name)}
    return Sheet(pairs=pairs_of(model, values, list(model.model_fields)))


def day_words(at: datetime | None) -> Words:
    return plain(said.day(timezone.localtime(at)) if at else "—")


def counted(number: int | None) -> Words:
    return plain("—" if number is None else f"{number:,}")


def money(words: Words, fen: int | None) -> Pair:
    return Pair(words, "—" if fen is None else yuan(fen))
