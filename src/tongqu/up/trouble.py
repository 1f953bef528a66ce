"""What can keep the house from standing, and how it is said: one sentence in each language that names the remedy."""

from __future__ import annotations

import sys

from tongqu.exchange.bedrock.values import Words


class Trouble(Exception):
    """The house cannot stand as things are. Show both sentences to the person who started it, stop, and exit with 1."""

    def __init__(self, code: str, words: Words, mend: Words) -> None:
        super().__init__(f"{words.en} {mend.en}")
        self.code = code
        self.words = words
        self.mend = mend


def say(zh: str, en: str) -> None:
    """One line to the terminal. A terminal that cannot show Chinese, or has gone away, stops nothing."""
    line = f"{zh}  {en}\n" if zh and en else f"{zh}{en}\n"
    try:
        sys.stdout.buffer.write(line.encode(sys.stdout.encoding or "utf-8", "replace"))
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        return


def say_trouble(trouble: Trouble) -> None:
    """The two sentences, on the error stream."""
    zh, en = trouble.words.zh.rstrip("。"), trouble.words.en.rstrip(".")
    text = f"{zh}。{trouble.mend.zh}\n{en}. {trouble.mend.en}\n"
    try:
        sys.stderr.buffer.write(text.encode(sys.stderr.encoding or "utf-8", "replace"))
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return
