"""What the watching process tells a worker when it starts it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tongqu.node.meters import Layout

NOT_TO_BE_STARTED_AGAIN = 78
"""The exit code of a worker whose start failed for a reason that a further start does not mend (EX_CONFIG)."""


@dataclass(frozen=True)
class Told:
    """What the watching process tells a worker: its place, and the descriptors that it inherits."""

    config: str
    worker: int
    layout: Layout
    ears: str
    ear: int
    leash: int
    fault: int

    def written(self) -> str:
        layout = [self.layout.workers, self.layout.number, self.layout.before]
        return json.dumps({**self.__dict__, "layout": layout})

    @classmethod
    def of(cls, written: str) -> Told:
        told = json.loads(written)
        workers, number, before = told.pop("layout")
        return cls(layout=Layout(workers, number, tuple((file, size) for file, size in before)), **told)


def ear_of(folder: Path | str, worker: int) -> Path:
    return Path(folder) / f"worker-{worker}"
