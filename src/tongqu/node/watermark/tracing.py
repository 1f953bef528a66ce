"""Whose copy a leaked table is: matches its rows with one version, and scores every contract that had a copy. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tongqu.node.watermark.cells import Grain, Unmarkable, distance_unit, grain_of, positions
from tongqu.node.watermark.matching import match, paired_columns
from tongqu.node.watermark.scoring import FALSE_ACCUSATION_MAX, Score, accuses, chance, evident, score
from tongqu.node.watermark.signs import signs
from tongqu.wire.watermark import MarkedColumn, Watermark


@dataclass(frozen=True)
class Suspect:
    """One contract that had a copy of this version: its key, for its signs."""

    contract: str
    key: bytes


@dataclass(frozen=True)
class Trial:
    """What one version says: how many leaked rows and marked columns were found in it, and each contract's score."""

    version: str
    rows_matched: int
    columns: tuple[str, ...]
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class Verdict:
    """The contracts whose chance of being innocent is at most `at_most`, the surest first; none when it is not sure.

    More than one: the leaked copy was put together of several.
    """

    named: tuple[tuple[str, Score, float], ...]
    looked_at: int
    rows: int
    rows_matched: int
    columns: tuple[str, ...]
    at_most: float


def try_version(
    original: pa.Table, leaked: pa.Table, *, version: str, watermark: Watermark, key: str | None,
    suspects: Sequence[Suspect],
) -> Trial:  # fmt: skip
    """How each suspect scores on this version."""
    grains = _grains(original, watermark)
    pairs = paired_columns(original, leaked)
    texts = {column.name for column in watermark.columns if column.pairs}
    units = {column.name: distance_unit(column, grain) for column, grain in grains}
    places = match(
        original, leaked, pairs={name: other for name, other in pairs.items() if name not in texts}, key=key,
        marked={name: unit for name, unit in units.items() if name not in texts},
    )  # fmt: skip
    matched = np.flatnonzero(places >= 0)
    rows = places[matched]
    found: list[tuple[MarkedColumn, np.ndarray]] = []
    taken = {other for name, other in pairs.items() if name not in units}
    for column, grain in grains:
        ours = positions(column, original.column(column.name).combine_chunks())[rows]
        other = pairs.get(column.name) or _likeliest(column, grain, ours, leaked, matched, taken)
        if other is None:
            continue
        theirs = positions(column, leaked.column(other).combine_chunks())[matched]
        # Of a pair the original says nothing: which of the two stands there is the mark itself.
        shift = theirs if column.pairs else (theirs - ours) / distance_unit(column, grain)
        found.append((column, evident(shift)))
    ways = {
        suspect.contract: [
            (said, signs(suspect.key, column.name, 0, original.num_rows, watermark.percent)[rows])
            for column, said in found
        ]
        for suspect in suspects
    }
    scores = {contract: score(columns) for contract, columns in ways.items()}
    return Trial(version, len(matched), tuple(column.name for column, _ in found), scores)


def _grains(original: pa.Table, watermark: Watermark) -> list[tuple[MarkedColumn, Grain]]:
    found = []
    for column in watermark.columns:
        if column.name in original.column_names:
            try:
                found.append((column, grain_of(column, original.column(column.name).chunks)))
            except Unmarkable:
                continue
    return found


def _likeliest(
    column: MarkedColumn, grain: Grain, ours: np.ndarray, leaked: pa.Table, matched: np.ndarray, taken: set[str]
) -> str | None:
    """The leaked column under another name that stands nearest to this one, if any stands near."""
    best, most = None, 0.5
    for name in leaked.column_names:
        if name in taken or not len(matched):
            continue
        theirs = positions(column, leaked.column(name).combine_chunks())[matched]
        if column.pairs:
            near = float(np.mean(np.isfinite(theirs)))
        else:
            near = float(np.mean(np.abs(theirs - ours) <= 50 * distance_unit(column, grain)))
            varied = np.unique(theirs[np.isfinite(theirs)]).size > 1
            near = near if varied else 0.0
        if near > most:
            best, most = name, near
    if best is not None:
        taken.add(best)
    return best


def judge(trials: Sequence[Trial], rows: int, at_most: float = FALSE_ACCUSATION_MAX) -> Verdict:
    """The verdict over all versions that were tried; every contract of every version counts as looked at."""
    looked_at = sum(len(trial.scores) for trial in trials)
    best: dict[str, Score] = {}
    for trial in trials:
        for contract, one in trial.scores.items():
            if contract not in best or one.log_chance < best[contract].log_chance:
                best[contract] = one
    named = sorted(
        ((contract, one, chance(one.log_chance, looked_at)) for contract, one in best.items()
         if accuses(one.log_chance, looked_at, at_most)),
        key=lambda each: each[1].log_chance,
    )  # fmt: skip
    telling = max(trials, key=lambda trial: trial.rows_matched, default=None)
    return Verdict(
        tuple(named),
        looked_at,
        rows,
        telling.rows_matched if telling else 0,
        telling.columns if telling else (),
        at_most,
    )
