"""How the weights of names are learnt and measured: a regression over the labelled names, with numpy alone.

    python -m tongqu.exchange.registry.fieldnames.learning          measures the weights that are shipped
    python -m tongqu.exchange.registry.fieldnames.learning learn    learns them anew and writes them

Names are split by a hash of each, so neither part was chosen; figures are stated on the part held out.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from tongqu.exchange.registry.fieldnames.kinds import Kind
from tongqu.exchange.registry.fieldnames.names import KINDS, LABELS, SCALE, WEIGHTS, Guess, features, learnt

HELD_OUT = 30
"""Of a hundred."""
ROUNDS = 400
PENALTY = 5e-5
SEEN_MIN = 2
RARE = 0.75
"""How much rarer kinds count: between 0, not at all, and 1, as if all were as frequent. What is overlooked costs more."""


@dataclass(frozen=True)
class Label:
    """`source`: a catalogue's name, with the number of tables that have it, or one written for this set."""

    name: str
    kind: Kind
    source: str
    tables: int

    @property
    def held_out(self) -> bool:
        digest = hashlib.sha256(self.name.encode()).digest()
        return int.from_bytes(digest[:4]) % 100 < HELD_OUT


@dataclass(frozen=True)
class Measured:
    """Of a kind on the names held out: how many there are, were suggested, and were rightly suggested."""

    kind: Kind
    there: int
    suggested: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.suggested if self.suggested else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 0.0


def labels() -> list[Label]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        return [Label(r["name"], Kind(r["kind"]), r["source"], int(r["tables"])) for r in csv.DictReader(file)]


def learn(given: Sequence[Label]) -> dict[str, list[int]]:
    """The weights that a multinomial regression finds on these names; rare kinds count more."""
    counted = Counter(chain.from_iterable(features(one.name) for one in given))
    known = sorted(feature for feature, times in counted.items() if times >= SEEN_MIN)
    place = {feature: i for i, feature in enumerate(known)}
    seen = np.zeros((len(given), len(known) + 1), dtype=np.float32)
    truth = np.zeros((len(given), len(KINDS)), dtype=np.float32)
    seen[:, -1] = 1
    for row, one in enumerate(given):
        seen[row, [place[f] for f in features(one.name) if f in place]] = 1
        truth[row, KINDS.index(one.kind)] = 1
    many = np.maximum(truth.sum(axis=0), 1)
    worth = (truth @ (many.max() / many) ** RARE).astype(np.float32)
    worth /= worth.sum()
    found = np.zeros((len(known) + 1, len(KINDS)), np.float32)
    first, second = np.zeros_like(found), np.zeros_like(found)
    for step in range(1, ROUNDS + 1):
        sums = seen @ found
        shares = np.exp(sums - sums.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        slope = seen.T @ ((shares - truth) * worth[:, None]) + PENALTY * found
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        found -= 0.05 * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    whole = np.rint(found * SCALE).astype(int)
    table = {feature: whole[i].tolist() for feature, i in place.items() if np.abs(whole[i]).max() >= SCALE // 10}
    return {"": whole[-1].tolist(), **table}


def measure(given: Sequence[Label], by: Callable[[str], Guess] = learnt) -> list[Measured]:
    """Kind by kind, those that these names have or were suggested."""
    pairs = Counter((one.kind, by(one.name).kind) for one in given)
    found = [
        Measured(
            kind,
            sum(n for (true, _), n in pairs.items() if true is kind),
            sum(n for (_, said), n in pairs.items() if said is kind),
            pairs[kind, kind],
        )
        for kind in KINDS
    ]
    return [one for one in found if one.there or one.suggested]


def personal(given: Sequence[Label], by: Callable[[str], Guess] = learnt) -> Measured:
    """Personal information of any kind against all else: what matters most is what was overlooked."""
    there = [one for one in given if one.kind.personal]
    suggested = [one for one in given if by(one.name).kind.personal]
    return Measured(Kind.NAME, len(there), len(suggested), sum(one.kind.personal for one in suggested))


def report() -> str:
    """The table that docs/guides/grading.md shows."""
    held = [one for one in labels() if one.held_out]
    lines: list[str] = []
    for source, words in (("catalogue", "目录中的名称"), ("written", "补写的名称")):
        some = [one for one in held if one.source == source]
        lines += [f"{words}（留出 {len(some)}） · {source}, {len(some)} held out", ""]
        lines += ["| 种类 kind | 有 there | 建议 suggested | 查准 precision | 查全 recall |", "|---|---|---|---|---|"]
        lines += [_line(f"{one.kind.words.zh} `{one.kind.value}`", one) for one in measure(some)]
        lines += [_line("个人信息合计 personal, any kind", personal(some)), "", _clear(some), ""]
    return "\n".join(lines)


def _clear(some: Sequence[Label]) -> str:
    """How many names are guessed surely enough to be suggested, and how many of these rightly."""
    sure = [one for one in some if learnt(one.name).clear]
    right = sum(learnt(one.name).kind is one.kind for one in sure)
    share = f"{right / len(sure):.3f}"
    return f"把握不低于 80% 的 {len(sure)} 个，其中正确 {share} · {len(sure)} are 80 % sure, {share} of them right"


def _line(title: str, one: Measured) -> str:
    precision = f"{one.precision:.3f}" if one.suggested else "—"
    recall = f"{one.recall:.3f}" if one.there else "—"
    return f"| {title} | {one.there} | {one.suggested} | {precision} | {recall} |"


def main(asked: Sequence[str]) -> None:
    if list(asked) == ["learn"]:
        table = learn([one for one in labels() if not one.held_out])
        lines = ",\n".join(f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(row)}" for key, row in table.items())
        WEIGHTS.write_text("{\n" + lines + "\n}\n", "utf-8")
    sys.stdout.write(report() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
