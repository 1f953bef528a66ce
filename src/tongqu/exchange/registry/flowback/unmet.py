"""Why an edition could not be divided for one subscription, and what mends it, in a sentence for both sides. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongqu.exchange.bedrock.values import Words
from tongqu.exchange.registry.flowback.inputs import Obstacle

COLUMNS_TOLD_MAX = 20
NAME_CHARACTERS_MAX = 40


@dataclass(frozen=True)
class Unmet:
    """What stood in the way of one column: which it is, and the first columns that the file has, of how many."""

    why: Obstacle
    column: str
    columns: tuple[str, ...]
    of_columns: int

    @property
    def words(self) -> Words:
        column = self.column[:NAME_CHARACTERS_MAX]
        if self.why is Obstacle.NO_COLUMN:
            return Words(
                f"文件第 1 行没有约定的区划列“{column}”", f"Line 1 of the file lacks the agreed column “{column}”"
            )
        return Words(
            f"约定的区划列“{column}”没有一行是可识别的区划代码",
            f"No row has a known division code in the agreed column “{column}”",
        )

    @property
    def mend(self) -> Words:
        told = "、".join(self.columns), ", ".join(self.columns)
        more = self.of_columns > len(self.columns)
        zh = f"{told[0]}等 {self.of_columns:,} 列" if more else told[0]
        en = f"{told[1]} … ({self.of_columns:,})" if more else told[1]
        return Words(
            f"文件的列：{zh}。提供部门改用其中写有区划代码的一列，或补交含该列代码的文件，即补发同一版本",
            f"The file has: {en}. Once the provider names the one that bears the division code, or hands in a file of this "
            "edition with codes in that column, the same edition is delivered",
        )


def unmet(why: Obstacle, column: str, head: Sequence[str]) -> Unmet:
    """Names of columns are cut and counted, for a file may have thousands."""
    return Unmet(why, column, tuple(one[:NAME_CHARACTERS_MAX] for one in head[:COLUMNS_TOLD_MAX]), len(head))
