"""Which concept of a vocabulary means what our words mean. Pure. Where there is none that means just that, none is named.

European vocabularies are named where their concepts mean the same (access, frequency, format, language); divisions, themes
and classes are China's own and have addresses of ours.
"""

from __future__ import annotations

from functools import lru_cache

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.releases import Licence
from tongqu.exchange.web.dcat.graph import Iri, Node, Text

EU = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"

ACCESS = {"open": "PUBLIC", "on_application": "RESTRICTED", "closed": "NON_PUBLIC"}
FREQUENCY = {
    "realtime": "UPDATE_CONT", "day": "DAILY", "week": "WEEKLY", "half_month": "MONTHLY_2", "month": "MONTHLY",
    "quarter": "QUARTERLY", "half_year": "ANNUAL_2", "year": "ANNUAL", "irregular": "IRREG", "static": "NEVER", "other": "OTHER",
}  # fmt: skip
FILE_TYPE = {"csv": "CSV", "json": "JSON", "xml": "XML", "rdf": "RDF", "xlsx": "XLSX", "parquet": "PARQUET"}


def access(opening: str) -> list[Node]:
    """No node where nothing is stated."""
    return _concept("access-right", ACCESS.get(opening), "dct:RightsStatement")


def frequency(cycle: str) -> list[Node]:
    return _concept("frequency", FREQUENCY.get(cycle), "dct:Frequency")


def file_type(format_: str) -> list[Node]:
    return _concept("file-type", FILE_TYPE.get(format_), "dct:MediaTypeOrExtent")


def chinese() -> list[Node]:
    return _concept("language", "ZHO", "dct:LinguisticSystem")


@lru_cache(maxsize=256)
def _described(scheme: str, name: str, kind: str) -> Node:
    """Described once; nobody says more of it."""
    node = Node(f"{EU}{scheme}/{name}", (kind, "skos:Concept"))
    return node.say("skos:prefLabel", Text(name)).say("skos:inScheme", Iri(f"{EU}{scheme}"))


def _concept(scheme: str, name: str | None, kind: str) -> list[Node]:
    return [] if name is None else [_described(scheme, name, kind)]


def media_type(name: str) -> Node:
    return Node(f"{IANA}{name}", ("dct:MediaType",)).say("rdfs:label", Text(name))


def licence(name: str, address: str, terms: str, here: str) -> Node:
    """One with a text of its own has the address of the release."""
    words: Words = Licence(name).words
    node = Node(address or f"{here}#licence", ("dct:LicenseDocument",)).say("dct:identifier", Text(name))
    node.say("rdfs:label", Text(words.zh, "zh"), Text(words.en, "en"))
    return node.say("dct:description", Text(terms, "zh")) if terms else node
