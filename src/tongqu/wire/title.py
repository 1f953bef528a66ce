"""A label in both languages, as whoever declares something at a node writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tongqu.wire.message import Message, Shape, text


@dataclass(frozen=True)
class Title(Message):
    """A label in both languages."""

    KIND: ClassVar[str] = "title"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"zh": text(most=200), "en": text(most=200)}

    zh: str
    en: str
