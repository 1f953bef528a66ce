"""What can be wrong with a node's set-up: one sentence that says what, one that says what would mend it."""

from __future__ import annotations

from tongqu.wire.words import Words


class NodeFault(Exception):
    """The node cannot start, enrol or load. Show `words` and `mend` to the person who runs it."""

    def __init__(self, code: str, words: Words, mend: Words) -> None:
        self.code = code
        self.words = words
        self.mend = mend
        super().__init__(f"{code}: {words.en} {mend.en}")
