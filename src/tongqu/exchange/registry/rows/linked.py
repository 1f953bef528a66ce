"""JSON-LD read into the same graph as Turtle: compact or expanded, by the context that the file carries itself. Pure.

A context that stands elsewhere is never fetched: its terms go by their own names, and the usual prefixes by what they
usually mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.exchange.registry.rows.turtle import (
    ADDRESS_CHARACTERS_MAX,
    DEPTH_MAX,
    RDF,
    STATEMENTS_MAX,
    Graph,
    NotTurtle,
    Ref,
    Said,
    Text,
)

USUAL = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/", "skos": "http://www.w3.org/2004/02/skos/core#", "adms": "http://www.w3.org/ns/adms#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "rdf": RDF, "schema": "https://schema.org/",
}  # fmt: skip
UNNAMED = "urn:unnamed:"
"""Before a property whose term no context explains."""


def is_linked(told: Any) -> bool:
    """Whether it explains its own terms, or needs none: a context in the file, or properties by their whole addresses."""
    if isinstance(told, Mapping):
        context = told.get("@context")
        parts = context if isinstance(context, list) else [context]
        return any(isinstance(part, Mapping) for part in parts) or any(_is_whole(name) for name in told)
    if isinstance(told, list):
        some = [one for one in told[:20] if isinstance(one, Mapping)]
        return any("@id" in one or "@type" in one for one in some) and any(
            _is_whole(name) for one in some for name in one
        )
    return False


def _is_whole(name: Any) -> bool:
    return isinstance(name, str) and name.startswith(("http://", "https://"))


def read(told: Any) -> Graph:
    """Raises NotTurtle when a limit is met."""
    reader = _Reader()
    reader.node(told, {}, 0)
    return reader.graph


class _Reader:
    def __init__(self) -> None:
        self.graph, self._blanks = Graph(), 0

    def node(self, told: Any, terms: Mapping[str, Any], depth: int) -> list[Said]:
        """What stands there as values; nodes are described in the graph on the way."""
        if depth > DEPTH_MAX:
            raise NotTurtle(f"nested more than {DEPTH_MAX} deep", 1)
        if isinstance(told, list):
            return [value for one in told for value in self.node(one, terms, depth + 1)]
        if not isinstance(told, Mapping):
            return [] if told is None else [Text(_plain(told))]
        terms = _with(terms, told.get("@context"))
        names = {name: _keyword(str(name), terms) for name in told}
        by_keyword = {names[name]: told[name] for name in told if names[name].startswith("@")}
        if "@value" in by_keyword:
            return [Text(_plain(by_keyword["@value"]), str(by_keyword.get("@language", "")).lower())]
        for group in ("@list", "@set"):
            if group in by_keyword:
                return self.node(by_keyword[group], terms, depth + 1)
        here = Ref(self._address(by_keyword.get("@id"), terms))
        kinds = by_keyword.get("@type", [])
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if isinstance(kind, str):
                self._say(here, RDF + "type", Ref(_expanded(kind, terms)))
        if "@graph" in by_keyword:
            self.node(by_keyword["@graph"], terms, depth + 1)
        for name, value in told.items():
            if not names[name].startswith("@"):
                self._property(here, str(name), value, terms, depth)
        return [here]

    def _property(self, here: Ref, name: str, value: Any, terms: Mapping[str, Any], depth: int) -> None:
        definition = terms.get(name)
        definition = definition if isinstance(definition, Mapping) else {}
        prop = _expanded(name, terms)
        if definition.get("@container") == "@language" and isinstance(value, Mapping):
            for language, texts in value.items():
                for text in texts if isinstance(texts, list) else [texts]:
                    self._say(here, prop, Text(_plain(text), str(language).lower()))
            return
        for one in value if isinstance(value, list) else [value]:
            if definition.get("@type") in {"@id", "@vocab"} and isinstance(one, str):
                self._say(here, prop, Ref(_whole(one, terms)))
                continue
            for said in self.node(one, terms, depth + 1):
                self._say(here, prop, said)

    def _say(self, here: Ref, prop: str, value: Said) -> None:
        self.graph.say(here, prop, value)
        if self.graph.statements > STATEMENTS_MAX:
            raise NotTurtle(f"more than {STATEMENTS_MAX} statements", 1)

    def _address(self, told: Any, terms: Mapping[str, Any]) -> str:
        if isinstance(told, str) and told:
            return _whole(told, terms)
        self._blanks += 1
        return f"_:.{self._blanks}"


def _with(terms: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    """The terms of the contexts that stand here, added to those known; what stands elsewhere is left there."""
    if not context:
        return terms
    known = dict(terms)
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, Mapping):
            known.update(part)
    return known


def _keyword(name: str, terms: Mapping[str, Any]) -> str:
    """`@id` also where a context calls it `id`."""
    if name.startswith("@"):
        return name
    told = terms.get(name)
    told = told.get("@id") if isinstance(told, Mapping) else told
    return told if isinstance(told, str) and told.startswith("@") else name


def _expanded(name: str, terms: Mapping[str, Any]) -> str:
    """A term or a property as a whole address. Raises NotTurtle where it is beyond measure."""
    address = _in_whole(name, terms)
    if len(address) > ADDRESS_CHARACTERS_MAX:
        raise NotTurtle(f"an address of more than {ADDRESS_CHARACTERS_MAX} characters", 1)
    return address


def _in_whole(name: str, terms: Mapping[str, Any]) -> str:
    """A context may explain one term by another, a few times over."""
    for _ in range(4):
        told = terms.get(name)
        told = told.get("@id") if isinstance(told, Mapping) else told
        if isinstance(told, str) and told and not told.startswith("@") and told != name:
            name = told
            continue
        break
    if _is_whole(name) or name.startswith(("_:", "urn:")):
        return name
    prefix, colon, local = name.partition(":")
    if colon:
        told = terms.get(prefix)
        told = told.get("@id") if isinstance(told, Mapping) else told
        base = told if isinstance(told, str) else USUAL.get(prefix)
        return base + local if base is not None else name
    vocabulary = terms.get("@vocab")
    return (vocabulary if isinstance(vocabulary, str) else UNNAMED) + name


def _whole(address: str, terms: Mapping[str, Any]) -> str:
    """An address as it stands, or by its prefix; no term is meant."""
    return _expanded(address, terms) if ":" in address else address


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
