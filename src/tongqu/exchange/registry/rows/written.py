"""The plain spelling of what portals write for a condition, a frequency or a format, before anybody says what it means. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

UNDECIDED = "undecided"
WORDING_MAX = {"opening": 200, "cycle": 200, "format": 60}
_REMARK = re.compile(r"[（(]更新说明[:：].*[)）]$")


@lru_cache(maxsize=65_536)
def plain(question: str, text: str) -> str:
    """The spelling itself: without a portal's remark on why nothing new came, without outer space, not too long."""
    return bare(question, text)[: WORDING_MAX[question]].rstrip()


def bare(question: str, text: str) -> str:
    """The same, however long."""
    text = " ".join(text.split())
    if question == "cycle":
        text = _REMARK.sub("", text)
    return text.lower() if question == "format" else text
