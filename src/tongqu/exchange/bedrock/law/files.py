"""Reads the YAML of the law folders strictly: a key said twice, an unknown field, periods that overlap are refused."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

import tongqu
from tongqu.exchange.bedrock.values import Words

HOUSE_FOLDER = Path(tongqu.__file__).resolve().parent / "law"
EXTRA = "TONGQU_LAW_EXTRA"


class BadLaw(ValueError):
    """A law file contradicts itself or its neighbours. The message names the file; correct it and load again."""


class Entry(BaseModel):
    """Any piece of a law file: every field known, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Said(Entry):
    """Words as a file writes them: `{zh: …, en: …}`."""

    zh: str
    en: str

    @property
    def words(self) -> Words:
        return Words(self.zh, self.en)


_BOOLEAN = "tag:yaml.org,2002:bool"


class _OnceOnly(yaml.CSafeLoader):
    """YAML that refuses a key written twice (the plain loader keeps the last); only true and false are booleans.

    In the plain loader `off`, `on`, `no` and `yes` are booleans too, and a day that is `off` would become False.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [(tag, regexp) for tag, regexp in resolvers if tag != _BOOLEAN]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise BadLaw(f"key {key!r} is written twice{key_node.start_mark}")
            seen.add(key)
        return super().construct_mapping(node, deep)


_OnceOnly.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|false)$"), list("tf"))


def folders() -> tuple[Path, ...]:
    """Where law is read from: the house's folder, then the operator's (TONGQU_LAW_EXTRA, split as PATH is)."""
    extra = os.environ.get(EXTRA, "")
    return (HOUSE_FOLDER, *(Path(part) for part in extra.split(os.pathsep) if part))


def read(path: Path) -> Any:
    """The content of one YAML file. Raises BadLaw naming the file."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_OnceOnly)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, BadLaw, UnicodeDecodeError) as error:
        raise BadLaw(f"{path}: {error}") from error


def files(folder: Path, part: str) -> Iterator[tuple[Path, Any]]:
    """Every YAML file of one part of a folder (texts, figures, tables, calendar, cases), by name."""
    for path in sorted((folder / part).glob("*.yaml")):
        yield path, read(path)


_T = TypeVar("_T", bound=Entry)


def shape(kind: type[_T], raw: Any, path: Path) -> _T:
    """The raw content as an entry of that kind. Raises BadLaw with every fault, naming the file."""
    try:
        return kind.model_validate(_frozen(raw))
    except ValidationError as error:
        what = raw.get("key", "") if isinstance(raw, dict) else ""
        faults = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise BadLaw(f"{path}: {what}: {faults}") from error


def _frozen(raw: Any) -> Any:
    """Lists as tuples all the way down, so that what was read cannot change."""
    if isinstance(raw, dict):
        return {key: _frozen(value) for key, value in raw.items()}
    return tuple(_frozen(value) for value in raw) if isinstance(raw, list) else raw


def listed(raw: Any, path: Path) -> list[Any]:
    if not isinstance(raw, list):
        raise BadLaw(f"{path}: a list was expected")
    return raw


def in_force(since: date, until: date | None, on: date) -> bool:
    """Half-open: `since` is inside, `until` is the first day outside."""
    return since <= on and (until is None or on < until)


def check_order(what: str, spans: list[tuple[date, date | None]]) -> None:
    """Refuses periods that end before they begin or overlap. The spans may come in any order."""
    spans = sorted(spans, key=lambda span: span[0])
    for since, until in spans:
        if until is not None and until <= since:
            raise BadLaw(f"{what}: ends {until} before it begins {since}")
    for (since, until), (later, _) in pairwise(spans):
        if until is None or until > later:
            raise BadLaw(f"{what}: the period from {since} overlaps the one from {later}")
