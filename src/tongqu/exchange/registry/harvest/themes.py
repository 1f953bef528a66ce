"""Themes and industries that a portal wrote in one field, taken apart. Pure.

What the portal wrote stays with the entry; only what is counted and chosen by is taken apart. `、` parts themes
(工业农业、财税金融) but stands within the names of industries (农、林、牧、渔业).
"""

from __future__ import annotations

import re
from functools import lru_cache

_THEMES = re.compile(r"[,，;；、|]+")
_INDUSTRIES = re.compile(r"[,，;；|]+")


@lru_cache(maxsize=8_192)
def themes_of(written: str) -> tuple[str, ...]:
    """Each theme once, in the order written."""
    return _apart(_THEMES, written)


@lru_cache(maxsize=8_192)
def industries_of(written: str) -> tuple[str, ...]:
    return _apart(_INDUSTRIES, written)


def _apart(between: re.Pattern[str], written: str) -> tuple[str, ...]:
    return tuple(filter(None, dict.fromkeys(part.strip() for part in between.split(written))))
