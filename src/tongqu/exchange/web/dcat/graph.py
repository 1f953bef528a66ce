"""A description as plain nodes, written as Turtle or as JSON-LD: the same graph, statement for statement. Pure.

Every node has an address of its own, so that nothing depends on the order in which a page is read. Writers give text piece
by piece; what a piece holds is escaped here and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "tq": "urn:tongqu:terms:",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

# What may not stand between the angle brackets of Turtle.
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPE = re.compile(r'[\x00-\x1f\\"\x7f\u0085\u2028\u2029]')


@dataclass(frozen=True)
class Iri:
    """The address of something. Characters that no address may have are written as their bytes."""

    value: str

    def __post_init__(self) -> None:
        if _NOT_IN_IRI.search(self.value):
            object.__setattr__(self, "value", _NOT_IN_IRI.sub(_as_bytes, self.value))


def _as_bytes(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


@dataclass(frozen=True)
class Text:
    """A value: plain text, text in a language, or text of a datatype (`xsd:date`)."""

    value: str
    language: str = ""
    datatype: str = ""


Value = Iri | Text


@dataclass
class Node:
    """Something with an address, what kinds of thing it is, and what is said of it, by property in the order said."""

    iri: str
    kinds: tuple[str, ...]
    said: dict[str, list[Value]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.iri = Iri(self.iri).value

    def say(self, prop: str, *values: Value | None) -> Node:
        """None says nothing; what was said already is not said twice."""
        for value in values:
            if value is not None and value not in self.said.setdefault(prop, []):
                self.said[prop].append(value)
        if prop in self.said and not self.said[prop]:
            del self.said[prop]
        return self

    @property
    def here(self) -> Iri:
        return Iri(self.iri)


def once(nodes: Iterable[Node]) -> Iterator[Node]:
    """Each address once: what many speak of (a licence, a frequency) is described by the first who does."""
    known: set[str] = set()
    for node in nodes:
        if node.iri not in known:
            known.add(node.iri)
            yield node


def turtle(nodes: Iterable[Node]) -> Iterator[str]:
    yield "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    for node in once(nodes):
        lines = [f"a {', '.join(node.kinds)}"]
        lines += [f"{prop} {', '.join(map(_turtle_value, values))}" for prop, values in node.said.items()]
        yield f"\n<{node.iri}>\n    " + " ;\n    ".join(lines) + " .\n"


def _turtle_value(value: Value) -> str:
    if isinstance(value, Iri):
        return f"<{value.value}>"
    plain = value.value
    text = f'"{_ESCAPE.sub(_escaped, plain) if _ESCAPE.search(plain) else plain}"'
    if value.language:
        return f"{text}@{value.language}"
    return f"{text}^^{value.datatype}" if value.datatype else text


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[0]) or f"\\u{ord(found[0]):04X}"


def json_ld(nodes: Iterable[Node]) -> Iterator[str]:
    """The context is written out: who reads it needs nothing from anywhere else."""
    yield '{"@context": ' + json.dumps(PREFIXES) + ',\n"@graph": ['
    between = "\n"
    for node in once(nodes):
        told: dict[str, object] = {"@id": node.iri, "@type": list(node.kinds)}
        told |= {prop: [_json_value(value) for value in values] for prop, values in node.said.items()}
        yield between + json.dumps(told, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def _json_value(value: Value) -> dict[str, str]:
    if isinstance(value, Iri):
        return {"@id": value.value}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    return {"@value": value.value, "@type": value.datatype} if value.datatype else {"@value": value.value}
