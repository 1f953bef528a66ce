"""What many permits say alike is held once.

A node with many contracts asks another permit with every call. What two of them share is then in the processor already: the
declared use, the checks, the names. And all that a call asks of a permit is made ready when it is taken, not while the first waits.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from tongqu.wire.permit import CARRIED, Permit
from tongqu.wire.source import Use

_NAMES = ("node", "source", "source_version", "mode", "charge", "status")


class Alike:
    """One for a book."""

    def __init__(self) -> None:
        self._uses: WeakValueDictionary[tuple[str, str], Use] = WeakValueDictionary()

    def ready(self, permit: Permit) -> Permit:
        """An equal permit."""
        told: dict[str, Any] = {
            name: sys.intern(text) for name in _NAMES if (text := getattr(permit, name)) is not None
        }
        if (use := permit.use) is not None:
            told[CARRIED[permit.mode]] = self._uses.setdefault((permit.mode, use.stamp), use)
        made = replace(permit, **told)
        if made.policy is not None:
            _ = made.policy.judges
        _ = made.group, made.consent
        return made
