"""A report that a provider declares and a buyer has filled (mode `report`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tongqu.wire.message import Message, Shape, message, name
from tongqu.wire.title import Title


@dataclass(frozen=True)
class ReportForm(Message):
    """What the provider's node declares and the permit repeats word for word."""

    KIND: ClassVar[str] = "report-form"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"id": name(), "title": message(Title)}

    id: str
    title: Title
