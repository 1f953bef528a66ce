"""The law as the house knows it: instruments, dated figures, decision tables; each with its source and certainty.

Ask on a day: `law.figure("prop35.acceptance", on=day).value`, `law.table("venue", on=day).decide(...)`,
`law.cite("PROP35:15(1)").full`. docs/guides/law.md says how a lawyer adds to it.
"""

from __future__ import annotations

from datetime import date

from tongqu.exchange.bedrock.law.certainty import Certainty
from tongqu.exchange.bedrock.law.citations import BadCitation, Citation, Instrument, UnknownInstrument, order
from tongqu.exchange.bedrock.law.days import Arrangement
from tongqu.exchange.bedrock.law.decisions import BadFacts, NoRowFits, Row, UnknownTable
from tongqu.exchange.bedrock.law.files import BadLaw
from tongqu.exchange.bedrock.law.numbers import Figure, UnknownFigure
from tongqu.exchange.bedrock.law.shelf import Shelf, Table, load, reload
from tongqu.exchange.bedrock.law.shelf import installed as _installed


def figure(key: str, *, on: date) -> Figure:
    """The figure in force that day. Raises UnknownFigure."""
    return _installed().figure(key, on=on)


def figures(*, on: date) -> tuple[Figure, ...]:
    """Every figure in force that day, by key."""
    return _installed().figures(on=on)


def table(key: str, *, on: date) -> Table:
    """The decision table as it stands that day. Raises UnknownTable."""
    return _installed().table(key, on=on)


def tables(*, on: date) -> tuple[Table, ...]:
    """Every decision table as it stands that day."""
    return _installed().tables(on=on)


def instrument(key: str) -> Instrument:
    """Raises UnknownInstrument."""
    return _installed().instrument(key)


def instruments() -> tuple[Instrument, ...]:
    """Every text the house cites, by key."""
    return tuple(found for _, found in sorted(_installed().texts.items()))


def arrangements() -> tuple[Arrangement, ...]:
    """Every calendar file of the folders, the earliest first; the calendar module counts with them."""
    return _installed().arrangements


def cite(key: str) -> Citation:
    """`PROP35:15(1)` in words: 《数据产权登记工作指引（试行）》第十五条第一项. UnknownInstrument or BadCitation."""
    return _installed().cite(key)


__all__ = [
    "Arrangement", "BadCitation", "BadFacts", "BadLaw", "Certainty", "Citation", "Figure", "Instrument", "NoRowFits",
    "Row", "Shelf", "Table", "UnknownFigure", "UnknownInstrument", "UnknownTable", "arrangements", "cite", "figure",
    "figures", "instrument", "instruments", "load", "order", "reload", "table", "tables",
]  # fmt: skip
