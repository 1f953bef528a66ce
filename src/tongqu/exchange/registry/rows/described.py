"""Data sets that a graph describes in DCAT's words, as rows like those of any other file. Pure.

Only the local names of properties count (`title`, `dcat:theme`, `dct:issued`), so that old and new addresses of one
vocabulary read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tongqu.exchange.registry.rows.turtle import Graph, Ref, Said, Text

OURS = "urn:tongqu:terms:"
_CODE = re.compile(r"(?<!\d)[1-9]\d{5}$")
LANGUAGES = ("zh", "zh-cn", "zh-hans", "", "en")
VALUES_MAX = 200


def rows(graph: Graph) -> Iterator[Mapping[str, Any]]:
    """Each data set once, in the order of the file. Versions of another are that other's, and no data set of a catalogue."""
    reading = _Reading(graph)
    for subject in reading.datasets():
        yield reading.row(subject)


class _Reading:
    def __init__(self, graph: Graph) -> None:
        self._nodes = {subject: _by_local_name(said) for subject, said in graph.nodes.items()}
        self._catalog_of: dict[str, str] = {}
        self._listed: list[str] = []
        for subject, said in self._nodes.items():
            for one in said.get("dataset", ()):
                if isinstance(one, Ref):
                    self._catalog_of.setdefault(str(one), subject)
                    self._listed.append(str(one))

    def datasets(self) -> list[str]:
        typed = [
            subject
            for subject, said in self._nodes.items()
            if "Dataset" in {_local(one) for one in said.get("type", ())}
        ]
        listed = [one for one in self._listed if one in self._nodes]
        return [one for one in dict.fromkeys([*typed, *listed]) if "isVersionOf" not in self._nodes[one]]

    def row(self, subject: str) -> Mapping[str, Any]:
        said = self._nodes[subject]
        ours = bool(said.get(f"{OURS}source"))
        catalog = self._nodes.get(self._catalog_of.get(subject, ""), {})
        distributions = [self._nodes.get(str(one), {}) for one in said.get("distribution", ())[:VALUES_MAX]]
        landing = self._address(said, "landingPage")
        if not landing and not ours:
            landing = next(filter(None, (self._address(one, "accessURL") for one in distributions)), "")
        without = _text(said.get(f"{OURS}withoutAbstract", ())) == "true"
        return {
            "id": _text(said.get("identifier", ())) or ("" if subject.startswith("_:") else subject),
            "portal": _text(catalog.get("identifier", ())),
            "portal_name": _text(catalog.get("title", ())) if catalog.get("identifier") else "",
            "portal_division": self._division(catalog) if catalog.get("identifier") else "",
            "title": _text(said.get("title", ())),
            "description": "" if without else _text(said.get("description", ())),
            "department": _text(said.get(f"{OURS}department", ())) if ours else self._named(said, "publisher"),
            "division": self._division(said),
            "category": _text(said.get(f"{OURS}themesAsWritten", ())) or self._all_named(said, "theme"),
            "industry": _text(said.get(f"{OURS}industry", ())),
            "tags": [one.value for one in said.get("keyword", ()) if isinstance(one, Text)][:VALUES_MAX],
            "is_open": _text(said.get(f"{OURS}openingAsWritten", ())) or self._coded(said, "accessRights"),
            "update_frequency": _text(said.get(f"{OURS}cycleAsWritten", ())) or self._coded(said, "accrualPeriodicity"),
            "publish_time": _day(said.get("issued", ())),
            "update_time": _day(said.get("modified", ())),
            "data_formats": list(filter(None, map(self._format, distributions))),
            "url": landing,
        }  # fmt: skip

    def _address(self, said: Mapping[str, list[Said]], name: str) -> str:
        for one in said.get(name, ()):
            value = one.value if isinstance(one, Text) else str(one)
            if value.startswith(("http://", "https://")):
                return value
        return ""

    def _named(self, said: Mapping[str, list[Said]], name: str) -> str:
        """What something is called, or the end of its address."""
        for one in said.get(name, ()):
            told = self._called(one)
            if told:
                return told
        return ""

    def _all_named(self, said: Mapping[str, list[Said]], name: str) -> str:
        told = [self._called(one) for one in said.get(name, ())[:VALUES_MAX]]
        return ",".join(filter(None, dict.fromkeys(told)))

    def _called(self, one: Said) -> str:
        if isinstance(one, Text):
            return one.value
        node = self._nodes.get(str(one), {})
        told = _text([text for prop in ("name", "prefLabel", "label", "title") for text in node.get(prop, ())])
        return told or ("" if one.startswith("_:") else _local(one))

    def _coded(self, said: Mapping[str, list[Said]], name: str) -> str:
        """A concept by its code (`DAILY`, `freq:daily`); where it is described in words only, by these."""
        for one in said.get(name, ()):
            if isinstance(one, Text):
                return one.value
            return self._called(one) if one.startswith("_:") else _local(one).upper()
        return ""

    def _format(self, distribution: Mapping[str, list[Said]]) -> str:
        written = _text(distribution.get(f"{OURS}format", ()))
        if written:
            return written
        for one in distribution.get("format", ()):
            told = (
                one.value if isinstance(one, Text) else _local(one) if not one.startswith("_:") else self._called(one)
            )
            if told:
                return told.rpartition("/")[2]
        return next((str(_tail(one)) for one in distribution.get("mediaType", ())), "")

    def _division(self, said: Mapping[str, list[Said]]) -> str:
        """A code of GB/T 2260, as the identifier of a place or at the end of its address."""
        for one in said.get("spatial", ()):
            told = [
                _text(self._nodes.get(str(one), {}).get("identifier", ())),
                one.value if isinstance(one, Text) else str(one),
            ]
            for text in told:
                if found := _CODE.search(text):
                    return found[0]
        return ""


def _by_local_name(said: Mapping[str, list[Said]]) -> dict[str, list[Said]]:
    """Our own terms keep their whole address: `format` is DCAT's, `urn:tongqu:terms:format` is ours."""
    told: dict[str, list[Said]] = {}
    for prop, values in said.items():
        told.setdefault(prop if prop.startswith(OURS) else _tail(prop), []).extend(values)
    return told


def _tail(address: Any) -> str:
    value = (address.value if isinstance(address, Text) else str(address)).rstrip("/#")
    return value[max(map(value.rfind, "/#:?=")) + 1 :]


def _local(one: Said) -> str:
    return _tail(one) if isinstance(one, Ref) else one.value


def _text(values: Any) -> str:
    """In Chinese where there is Chinese, else without a language, else in English, else the first."""
    texts = [one for one in values if isinstance(one, Text)]
    for language in LANGUAGES:
        for one in texts:
            if one.language == language:
                return one.value
    return texts[0].value if texts else ""


def _day(values: Any) -> str:
    return _text(values)[:10]
