"""Features as the model reads them: one float a feature, in the declared order. Pure.

Rows that a buyer sends are judged value by value, and a fault names the feature and the row, never the value. Rows of the
source that do not fit are not scored: their answer is `unknown`, as that of a key that the source lacks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tongqu.node.scoring.worker import Rows
from tongqu.wire.scoring import CATEGORY, WHOLE, Feature, Scoring
from tongqu.wire.words import Words

Value = str | int | float | None
FAULTS_TOLD = 20


@dataclass(frozen=True)
class FeatureFault:
    """One value that does not fit: `at` is the row from 1."""

    at: int
    feature: str
    words: Words


_MISSING = Words("缺少必填特征", "is required and missing")
_UNKNOWN = Words("不是该模型的特征", "is no feature of this model")
_NOT_A_NUMBER = Words("应为数值", "must be a number")
_NOT_WHOLE = Words("应为整数", "must be a whole number")


def sent_rows(scoring: Scoring, rows: Sequence[Mapping[str, Value]]) -> tuple[Rows, list[FeatureFault]]:
    """The matrix, and what does not fit; the matrix is to be used only when all does."""
    matrix = np.full((len(rows), len(scoring.features)), np.nan, dtype=np.float32)
    known = {feature.name for feature in scoring.features}
    faults: list[FeatureFault] = []
    for at, row in enumerate(rows):
        if set(row) - known:
            faults.append(FeatureFault(at + 1, "", _UNKNOWN))
        for place, feature in enumerate(scoring.features):
            value = row.get(feature.name)
            if value is None:
                if feature.required:
                    faults.append(FeatureFault(at + 1, feature.name, _MISSING))
                continue
            number, wrong = _number(feature, value)
            if wrong is None:
                matrix[at, place] = number
            else:
                faults.append(FeatureFault(at + 1, feature.name, wrong))
    return matrix, faults


def _number(feature: Feature, value: str | int | float) -> tuple[float, Words | None]:
    if feature.type == CATEGORY:
        if isinstance(value, str) and value in feature.choices:
            return float(feature.choices.index(value)), None
        return 0.0, Words("不在允许的取值之内", "is not one of the allowed values")
    if isinstance(value, str) or not math.isfinite(value):
        return 0.0, _NOT_A_NUMBER
    if feature.type == WHOLE and value != int(value):
        return 0.0, _NOT_WHOLE
    assert feature.minimum is not None
    assert feature.maximum is not None
    if not float(feature.minimum) <= value <= float(feature.maximum):
        return 0.0, Words(
            f"应在 {feature.minimum} 与 {feature.maximum} 之间",
            f"must be between {feature.minimum} and {feature.maximum}",
        )
    return float(value), None


@dataclass(frozen=True)
class Scorable:
    """The features of every row of a source in the order of its rows, and which rows can be scored. 4 bytes a feature and
    row, mapped from files."""

    matrix: Rows
    fits: npt.NDArray[np.bool_]


class MissingColumn(ValueError):
    """A feature has no column in the source, or one of another type."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        super().__init__(feature)


def source_rows(scoring: Scoring, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Rows, npt.NDArray[np.bool_]]]:
    """For each batch the features of its rows, and which of these can be scored. Raises MissingColumn."""
    for batch in batches:
        yield _batch(scoring, batch)


def _batch(scoring: Scoring, batch: pa.RecordBatch) -> tuple[Rows, npt.NDArray[np.bool_]]:
    matrix = np.empty((batch.num_rows, len(scoring.features)), dtype=np.float32)
    fits = np.ones(batch.num_rows, dtype=np.bool_)
    for place, feature in enumerate(scoring.features):
        values = _column(feature, batch.column(feature.name))
        empty = np.isnan(values)
        if feature.type != CATEGORY:
            assert feature.minimum is not None
            assert feature.maximum is not None
            with np.errstate(invalid="ignore"):
                fits &= empty | ((values >= float(feature.minimum)) & (values <= float(feature.maximum)))
                if feature.type == WHOLE:
                    fits &= empty | (values == np.floor(values))
        if feature.required:
            fits &= ~empty
        matrix[:, place] = values
    return matrix, fits


def check_columns(scoring: Scoring, schema: pa.Schema) -> None:
    """Whether each feature has a column of its type. Raises MissingColumn."""
    for feature in scoring.features:
        if feature.name not in schema.names:
            raise MissingColumn(feature.name)
        kind = schema.field(feature.name).type
        if feature.type != CATEGORY and not (
            pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        ):
            raise MissingColumn(feature.name)


def _column(feature: Feature, cells: pa.Array) -> npt.NDArray[np.float64]:
    if feature.type == CATEGORY:
        places = pc.index_in(cells.cast(pa.string()), pa.array(feature.choices))
        return np.asarray(places.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    return np.asarray(cells.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
