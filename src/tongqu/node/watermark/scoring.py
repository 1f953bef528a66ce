"""How surely a leaked copy comes of a contract: a bound on the chance that an innocent one looks so. Pure.

The signs of an innocent contract have nothing to do with the leaked cells. So whatever the cells are, the sum of signs
times shifts is a sum of independent bounded terms around zero, and by Hoeffding's inequality it reaches S with a chance of
at most exp(-S² / 2 Σ shift²). Nothing is assumed of the data, of rounding, or of who tampered with it and how. The bound
is multiplied by the number of contracts that were looked at (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongqu.node.watermark.signs import Signs

FALSE_ACCUSATION_MAX = 1e-6
SHIFT_MAX = 8.0
"""A cell that was moved further counts as moved so far: no few cells outweigh the others."""

SHIFT_FOREIGN = 50.0
"""A cell that is further away was not moved but replaced; it says nothing."""

Shifts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """`cells` moved by this contract and found in the leaked copy, how many of them stand on its side, and the bound of
    the natural logarithm of the chance that an innocent contract scores so."""

    cells: int
    agreeing: int
    log_chance: float


def evident(shifts: Shifts) -> Shifts:
    """What the shifts of one column (in steps; NaN where unknown) say, weighed by how noisy the column has become."""
    said = np.where(np.isfinite(shifts) & (np.abs(shifts) <= SHIFT_FOREIGN), shifts, 0.0)
    said = np.clip(said, -SHIFT_MAX, SHIFT_MAX)
    noise = float(np.mean(said**2)) if said.size else 0.0
    return said / noise if noise > 0 else said


def score(columns: Sequence[tuple[Shifts, Signs]]) -> Score:
    """For each column: what its shifts say (`evident`), and the contract's signs of the same rows."""
    total = squares = 0.0
    cells = agreeing = 0
    for said, ways in columns:
        moved = (ways != 0) & (said != 0)
        total += float(np.dot(said[moved], ways[moved]))
        squares += float(np.dot(said[moved], said[moved]))
        cells += int(np.count_nonzero(moved))
        agreeing += int(np.count_nonzero(said[moved] * ways[moved] > 0))
    if total <= 0 or squares <= 0:
        return Score(cells, agreeing, 0.0)
    return Score(cells, agreeing, -(total**2) / (2 * squares))


def chance(log_chance: float, looked_at: int) -> float:
    """The stated error: the chance that any of so many innocent contracts scores so. At most 1."""
    return min(1.0, math.exp(min(0.0, log_chance + math.log(max(1, looked_at)))))


def accuses(log_chance: float, looked_at: int, at_most: float = FALSE_ACCUSATION_MAX) -> bool:
    return chance(log_chance, looked_at) <= at_most
