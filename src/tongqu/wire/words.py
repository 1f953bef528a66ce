"""A sentence in Chinese and English, as refusals and disagreements carry it between exchange, node and client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One sentence in both languages. `str()` is the Chinese."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh

    def to_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}
