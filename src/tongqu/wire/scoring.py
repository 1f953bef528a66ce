"""A model that a provider declares and a buyer has rows scored by (mode `model`). Only scores leave the node.

Features are sent by the buyer (`sent`), or the buyer names a row and its features come from the source (`source`), so that
no raw value ever leaves. How fine a score is told is declared and bounded, and so is how often almost the same may be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

from tongqu.wire.message import (
    Message,
    Shape,
    flag,
    hex_digest,
    list_of,
    message,
    name,
    one_of,
    optional,
    text,
    whole,
)
from tongqu.wire.title import Title

ONNX, SKOPS = "onnx", "skops"
SENT, FROM_SOURCE = "sent", "source"
WHOLE, NUMBER, CATEGORY = "whole", "number", "category"
PROBABILITY, CLASS = "probability", "class"

DIGITS_MAX = 4
"""Decimals of a score at the most: each further one makes a model cheaper to copy."""

ROWS_MAX = 10_000
STEPS_MAX = 10**9
"""A score's range counted in its last decimal."""

_DECIMAL = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?"


@dataclass(frozen=True)
class Feature(Message):
    """One value that the model reads, in the order of the list. Ranges include both ends.

    A category is told by one of `choices` and read by the model as its place in them, from 0. What is not required may be
    left out; the model then reads "not a number".
    """

    KIND: ClassVar[str] = "feature"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "name": text(most=200),
        "title": message(Title),
        "type": one_of(WHOLE, NUMBER, CATEGORY),
        "minimum": optional(text(most=32, pattern=_DECIMAL)),
        "maximum": optional(text(most=32, pattern=_DECIMAL)),
        "choices": list_of(text(most=100), most=1_000, distinct=True),
        "required": flag(),
    }

    name: str
    title: Title
    type: str
    minimum: str | None = None
    maximum: str | None = None
    choices: tuple[str, ...] = ()
    required: bool = True

    def contradictions(self) -> list[str]:
        if self.type == CATEGORY:
            found = [field for field in ("minimum", "maximum") if getattr(self, field) is not None]
            return found if self.choices else [*found, "choices"]
        if self.minimum is None or self.maximum is None or Decimal(self.minimum) >= Decimal(self.maximum):
            return ["maximum"]
        return ["choices"] if self.choices else []


@dataclass(frozen=True)
class Scoring(Message):
    """What the provider's node declares and the permit repeats word for word.

    `probability` is told in `digits` decimals from 0 to 1, `number` within `minimum` and `maximum`, `class` as one of
    `classes`. With `edges` only the band is told. `near_max` bounds the different inputs of one contract that fall into the
    same cell of the inputs' space; it stands where features are sent. `card_sha256` is the digest of the model's card.
    """

    KIND: ClassVar[str] = "scoring"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "title": message(Title),
        "format": one_of(ONNX, SKOPS),
        "model_sha256": hex_digest(),
        "card_sha256": hex_digest(),
        "features": list_of(message(Feature), least=1, most=200),
        "features_from": one_of(SENT, FROM_SOURCE),
        "key_column": optional(text(most=200)),
        "score": text(most=100),
        "kind_of_score": one_of(PROBABILITY, NUMBER, CLASS),
        "digits": whole(0, DIGITS_MAX),
        "minimum": optional(text(most=32, pattern=_DECIMAL)),
        "maximum": optional(text(most=32, pattern=_DECIMAL)),
        "edges": list_of(text(most=32, pattern=_DECIMAL), most=20),
        "classes": list_of(text(most=80), most=100, distinct=True),
        "near_max": optional(whole(1, 1_000_000)),
    }

    id: str
    title: Title
    format: str
    model_sha256: str
    card_sha256: str
    features: tuple[Feature, ...]
    features_from: str
    key_column: str | None
    score: str
    kind_of_score: str
    digits: int
    minimum: str | None = None
    maximum: str | None = None
    edges: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    near_max: int | None = None

    def contradictions(self) -> list[str]:
        found = []
        names = [feature.name for feature in self.features]
        if len(set(names)) < len(names):
            found.append("features")
        if (self.features_from == FROM_SOURCE) != (self.key_column is not None):
            found.append("key_column")
        if (self.features_from == SENT) != (self.near_max is not None):
            found.append("near_max")
        if (self.kind_of_score == CLASS) != bool(self.classes) or len(self.classes) == 1:
            found.append("classes")
        is_number = self.kind_of_score == NUMBER
        if any((bound is not None) != is_number for bound in (self.minimum, self.maximum)):
            found.append("minimum")
        elif self.minimum is not None and self.maximum is not None:
            steps = (Decimal(self.maximum) - Decimal(self.minimum)) * 10**self.digits
            if not 0 < steps <= STEPS_MAX:
                found.append("maximum")
        numbers = [Decimal(edge) for edge in self.edges]
        if not all(low < high for low, high in pairwise(numbers)) or (numbers and self.kind_of_score == CLASS):
            found.append("edges")
        return found

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands from the lowest up, as they are told: `<0.1`, `[0.1,0.3)`, `>=0.3`; none where scores are."""
        if not self.edges:
            return ()
        inner = (f"[{low},{high})" for low, high in pairwise(self.edges))
        return (f"<{self.edges[0]}", *inner, f">={self.edges[-1]}")
