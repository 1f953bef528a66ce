"""Why a call is refused: one constraint that failed, in both languages, and what would mend it."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.wire.words import Words


@dataclass(frozen=True)
class Reason:
    """One constraint that failed, and what would mend it."""

    code: str
    constraint: str
    words: Words
    mend: Words
    retry_after_seconds: int | None = None
