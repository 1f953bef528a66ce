"""What is looked up beside a key, each in a file of its own: the codes of a question, the features of a model.

A file is made once for a version and what is declared, and opened again at each start. Codes lie in the order of the key
index, one byte a key; features lie as the rows do, four bytes each, and are fetched by the row's number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tongqu.node.mapped import Mapped, picked
from tongqu.node.modes.verification import Codes
from tongqu.node.scoring.features import Scorable
from tongqu.node.scoring.worker import Rows as Matrix
from tongqu.node.sources.keys import KeyIndex

_PIECE = 1 << 20


def codes_by_key(keys: KeyIndex, name: str, codes: Iterator[Codes]) -> Codes:
    """The codes of all rows, which come in the order of the rows; not asked for where the file stands already."""
    file = keys.folder / f"codes-{name}"
    if not _stands(file, len(keys)):
        by_row = file.with_name(file.name + ".rows")
        try:
            _written(by_row, codes)
            _written(file, _permuted(Mapped(by_row), keys))
        finally:
            by_row.unlink(missing_ok=True)
    return np.frombuffer(Mapped(file).memory, np.uint8)


def _permuted(by_row: Mapped, keys: KeyIndex) -> Iterator[Codes]:
    codes = np.frombuffer(by_row.memory, np.uint8)
    for first in range(0, len(keys), _PIECE):
        yield picked(codes, keys.order[first : first + _PIECE])


def features_by_row(
    keys: KeyIndex, name: str, width: int, rows: int, features: Iterator[tuple[Matrix, npt.NDArray[np.bool_]]]
) -> Scorable:
    """The features of all rows, and which rows can be scored."""
    file, fits = keys.folder / f"features-{name}", keys.folder / f"fits-{name}"
    if not (_stands(file, rows * width * 4) and _stands(fits, rows)):
        flags = fits.with_name(fits.name + ".new")
        with _fresh(flags) as out:
            _written(file, _with_flags(features, out))
            out.flush()
            os.fsync(out.fileno())
        os.replace(flags, fits)
    matrix = np.frombuffer(Mapped(file).memory, np.float32).reshape(-1, width)
    return Scorable(matrix, np.frombuffer(Mapped(fits).memory, np.bool_))


def _with_flags(features: Iterator[tuple[Matrix, npt.NDArray[np.bool_]]], flags: BinaryIO) -> Iterator[Matrix]:
    for matrix, fits in features:
        fits.tofile(flags)
        yield matrix


def _stands(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except OSError:
        return False


def _fresh(file: Path) -> BinaryIO:
    file.unlink(missing_ok=True)
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _written(file: Path, pieces: Iterator[npt.NDArray[Any]]) -> None:
    """Whole or not at all, on the disk when this returns."""
    fresh = file.with_name(file.name + ".new")
    with _fresh(fresh) as out:
        for piece in pieces:
            piece.tofile(out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, file)
