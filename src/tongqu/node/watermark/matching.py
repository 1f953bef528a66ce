"""Which row of the original each leaked row was: by what was not marked, else by marked numbers that stand near. Pure.

Nothing here knows a contract or its signs, so however rows are matched, no innocent contract gains by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.watermark.cells import Numbers, moment_numbers, numbers_of

Places = npt.NDArray[np.int64]
"""For each leaked row its row in the original, or -1."""

SETS_MAX = 24
NEAR_ROWS_MAX = 50_000
NEAR_STEPS = 2.5
CANDIDATES_MAX = 2_000
_SAMPLE = 5_000


def spelled(cells: pa.Array) -> pa.Array:
    """A cell as text that is the same in every format: `1.50`, `1.5` and 1.5 are one, and so are the ways of a moment."""
    texts = _text(cells)
    # `000123` is 123, too: a spreadsheet takes the zeros away. Longer digits are codes and stay as they are.
    is_number = pc.match_substring_regex(texts, r"^[-+]?[0-9]{1,12}(\.[0-9]{1,12})?$")
    number = pc.if_else(is_number, pc.utf8_ltrim(texts, "+"), pa.scalar(None, pa.string()))
    texts = pc.coalesce(number.cast(pa.float64()).cast(pa.string()), texts)
    if pc.any(pc.match_substring_regex(texts, r"[0-9]{4}[-/][0-9]")).as_py() or pa.types.is_timestamp(cells.type):
        seconds = moment_numbers(cells)
        known = np.isfinite(seconds)
        whole = pa.array(np.where(known, seconds, 0).astype(np.int64)).cast(pa.string())
        texts = pc.if_else(pa.array(known), pc.binary_join_element_wise("@", whole, ""), texts)
    return pc.fill_null(texts, "")


def _text(cells: pa.Array) -> pa.Array:
    if pa.types.is_nested(cells.type) or pa.types.is_binary(cells.type) or pa.types.is_large_binary(cells.type):
        return pa.nulls(len(cells), pa.string())
    return pc.utf8_trim_whitespace(cells.cast(pa.string()))


def paired_columns(original: pa.Table, leaked: pa.Table) -> dict[str, str]:
    """Which leaked column each original one became: by its name, else by what stands in it."""
    by_name = {name.strip().casefold(): name for name in leaked.column_names}
    found = {name: by_name[name.casefold()] for name in original.column_names if name.casefold() in by_name}
    spare = [name for name in leaked.column_names if name not in found.values()]
    for name in [name for name in original.column_names if name not in found]:
        if not spare:
            break
        values = set(spelled(_whole(original, name)[:200_000]).unique().to_pylist()) - {""}
        shares = {other: _share(leaked, other, values) for other in spare}
        best = max(shares, key=lambda other: shares[other])
        if shares[best] > 0.6:
            found[name] = best
            spare.remove(best)
    return found


def _share(table: pa.Table, name: str, values: set[str]) -> float:
    some = spelled(_whole(table, name)[:_SAMPLE])
    inside = [cell in values for cell in some.to_pylist() if cell]
    return sum(inside) / len(inside) if inside else 0.0


def _whole(table: pa.Table, name: str) -> pa.Array:
    cells = table.column(name).combine_chunks()
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def match(
    original: pa.Table, leaked: pa.Table, *, pairs: Mapping[str, str], key: str | None, marked: Mapping[str, float]
) -> Places:
    """`pairs`: original column → leaked column. `marked`: marked columns of numbers and their step; those of texts must
    not be in `pairs` at all."""
    exact = [name for name in pairs if name not in marked]
    ours = {name: spelled(_whole(original, name)) for name in exact}
    theirs = {name: spelled(_whole(leaked, pairs[name])) for name in exact}
    places = np.full(leaked.num_rows, -1, dtype=np.int64)
    for names in _identities(exact, ours, key):
        _match_exactly([ours[name] for name in names], [theirs[name] for name in names], places)
        if np.all(places >= 0):
            return places
    exact = [name for name in exact if _agrees(ours[name], theirs[name])]
    near = {name: step for name, step in marked.items() if name in pairs}
    if len(near) >= 2 or (near and exact):
        _match_nearly(
            [
                (_positions(original, name) / step, _positions(leaked, pairs[name]) / step)
                for name, step in near.items()
            ],
            [(ours[name], theirs[name]) for name in exact],
            places,
        )
    return places


def _agrees(ours: pa.Array, theirs: pa.Array) -> bool:
    """Whether what the leaked column holds is mostly of this one: it was not altered."""
    known = pc.is_in(theirs, ours.unique())
    return len(theirs) > 0 and pc.sum(known).as_py() >= len(theirs) / 2


def _identities(exact: Sequence[str], ours: Mapping[str, pa.Array], key: str | None) -> Iterator[Sequence[str]]:
    """Sets of columns that may tell rows apart, the likeliest first."""
    if key in exact:
        yield [str(key)]
    if exact:
        yield exact
    telling = sorted(exact, key=lambda name: -pc.count_distinct(ours[name]).as_py())[:6]
    sets = [*combinations(telling, 1), *combinations(telling, 3), *combinations(telling, 2)]
    if len(exact) > 3:
        yield from ([other for other in exact if other != name] for name in telling)
    yield from sets[:SETS_MAX]


def _match_exactly(ours: Sequence[pa.Array], theirs: Sequence[pa.Array], places: Places) -> None:
    """Fills in rows that one row of the original, and no other, agrees with in all these columns."""
    waiting = np.flatnonzero(places < 0)
    joined = pc.binary_join_element_wise(
        *(cells.cast(pa.large_string()) for cells in ours), pa.scalar("\x1f", pa.large_string())
    )
    asked = pc.binary_join_element_wise(
        *(cells.take(waiting).cast(pa.large_string()) for cells in theirs), pa.scalar("\x1f", pa.large_string())
    )
    joined, asked = _flat(joined), _flat(asked)
    coded = joined.dictionary_encode()
    codes = coded.indices.to_numpy()
    once = np.bincount(codes, minlength=len(coded.dictionary)) == 1
    row_of = np.zeros(len(coded.dictionary), dtype=np.int64)
    row_of[codes] = np.arange(len(codes))
    at = pc.fill_null(pc.index_in(asked, coded.dictionary), -1).to_numpy(zero_copy_only=False)
    found = (at >= 0) & once[np.maximum(at, 0)] if len(once) else np.zeros(len(at), dtype=bool)
    places[waiting[found]] = row_of[at[found]]


def _flat(cells: pa.Array) -> pa.Array:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _positions(table: pa.Table, name: str) -> Numbers:
    cells = _whole(table, name)
    numbers = numbers_of(cells)
    return numbers if np.isfinite(numbers).any() else moment_numbers(cells)


def _match_nearly(
    near: Sequence[tuple[Numbers, Numbers]], exact: Sequence[tuple[pa.Array, pa.Array]], places: Places
) -> None:
    """Fills in rows near which, in every marked number, one row of the original stands and no other."""
    waiting = np.flatnonzero(places < 0)[:NEAR_ROWS_MAX]
    spread = [np.nanmax(ours) - np.nanmin(ours) if np.isfinite(ours).any() else 0.0 for ours, _ in near]
    lead = int(np.argmax(spread))
    order = np.argsort(near[lead][0], kind="stable")
    ranked = near[lead][0][order]
    ranked = ranked[np.isfinite(ranked)]
    coded = [_codes(ours, theirs) for ours, theirs in exact]
    for row in waiting:
        at = near[lead][1][row]
        if not np.isfinite(at):
            continue
        low, high = np.searchsorted(ranked, [at - NEAR_STEPS, at + NEAR_STEPS])
        if not 0 < high - low <= CANDIDATES_MAX:
            continue
        candidates = order[low:high]
        for ours, theirs in near:
            if np.isfinite(theirs[row]):
                candidates = candidates[np.abs(ours[candidates] - theirs[row]) <= NEAR_STEPS]
        for ours_code, theirs_code in coded:
            candidates = candidates[ours_code[candidates] == theirs_code[row]]
        if len(candidates) == 1:
            places[row] = candidates[0]


def _codes(ours: pa.Array, theirs: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    coded = ours.dictionary_encode()
    asked = pc.fill_null(pc.index_in(theirs, coded.dictionary), -1)
    return coded.indices.to_numpy().astype(np.int64), asked.to_numpy(zero_copy_only=False).astype(np.int64)
