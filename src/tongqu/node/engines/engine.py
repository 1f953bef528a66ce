"""What an engine can do with the rows of a version, whichever engine it is; what is worked out stands in `codes`, `groups`
and `pages`, once for all of them. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tongqu.node.engines.columns import Columns
from tongqu.node.engines.statements import Bound

Positions = npt.NDArray[np.int64]


class Parts(Protocol):
    """A version as it is kept: Parquet files, whose rows in their order are the rows of the source."""

    @property
    def files(self) -> tuple[Path, ...]: ...

    @property
    def schema(self) -> pa.Schema: ...


class Unfit(ValueError):
    """The engine cannot do this with these rows: a column of a kind it does not know, or a number beyond all bounds."""


class NoRoom(MemoryError):
    """The engine had too little memory, or too little of the disk, for work on all rows. Says nothing of what was asked."""


Build = Callable[[ir.Table, Bound], ir.Table]
"""What is wanted of the rows, as an expression; values go through `Bound`."""


@dataclass(frozen=True)
class Layout:
    """How a declared query's rows are laid down for it: in which order they have their place, and by which columns they are
    looked up, so that few blocks are read."""

    columns: Columns
    order: tuple[tuple[str, bool], ...]
    """Columns and whether from the greatest down."""

    looked_up: tuple[str, ...]


class Laid(Protocol):
    """Rows laid down for one query. May be read by several threads at once."""

    def read(self, statement: str, values: dict[str, Any], seconds: float) -> list[tuple[Any, ...]]:
        """Raises TooHeavy, EngineLost."""


class Engine(Protocol):
    """DuckDB in this process, or Spark in others. Blocking; called on threads."""

    dialect: str

    def each_row(
        self, parts: Parts, columns: Columns, build: Build
    ) -> Iterator[tuple[Positions | slice, pa.RecordBatch]]:
        """What `build` makes of each row, with the positions of these rows in the source; in no particular order. `build`
        neither removes rows nor adds any. Raises Unfit, NoRoom, EngineLost."""

    def gathered(self, parts: Parts, columns: Columns, build: Build, rows_max: int) -> pa.Table:
        """What `build` makes of all rows, up to a number of its own rows. Raises Unfit, NoRoom, EngineLost."""

    def lay(self, parts: Parts, layout: Layout, name: str, folder: Path) -> Laid:
        """Lays the rows down under the name, unless they stand there already. Raises Unfit, NoRoom, EngineLost."""

    def held_name(self, name: str) -> str:
        """What a statement calls the rows that were laid down under this name."""

    def drop_others(self, folder: Path, names: Sequence[str]) -> None:
        """Removes from the folder what was laid down under other names; what is open is read to its end."""

    def close(self) -> None: ...
