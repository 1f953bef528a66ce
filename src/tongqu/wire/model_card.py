"""The card of a model: what it is for, what it is not for, how good it was on rows it had not seen, and who says so.

A scoring names its card by digest, so that a contract is about the card that the buyer read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tongqu.wire.message import Message, Shape, list_of, message, name, one_of, text, whole
from tongqu.wire.title import Title

AUC, BRIER, ACCURACY, MEAN_ERROR = "auc", "brier", "accuracy", "mean_absolute_error"
ROC, CALIBRATION = "roc", "calibration"
_SHARE = r"0\.[0-9]{1,6}|1(\.0{1,6})?|0"
_DECIMAL = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?"


@dataclass(frozen=True)
class Measured(Message):
    """One figure of quality, on `rows` rows that the model was not trained on."""

    KIND: ClassVar[str] = "model-measured"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "measure": one_of(AUC, BRIER, ACCURACY, MEAN_ERROR),
        "value": text(most=32, pattern=_DECIMAL),
        "rows": whole(1),
    }

    measure: str
    value: str
    rows: int


@dataclass(frozen=True)
class Point(Message):
    """A point of a curve. ROC: share of false alarms, share found. Calibration: score told, share that came true."""

    KIND: ClassVar[str] = "curve-point"
    FIELDS: ClassVar[Mapping[str, Shape]] = {"x": text(most=8, pattern=_SHARE), "y": text(most=8, pattern=_SHARE)}

    x: str
    y: str


@dataclass(frozen=True)
class Curve(Message):
    KIND: ClassVar[str] = "curve"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "curve": one_of(ROC, CALIBRATION),
        "points": list_of(message(Point), least=2, most=60),
    }

    curve: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class ModelCard(Message):
    """`method` is the kind of model, `trained_on` and `measured_on` say which rows, `limits` what it must not be used for."""

    KIND: ClassVar[str] = "model-card"
    FIELDS: ClassVar[Mapping[str, Shape]] = {
        "id": name(),
        "method": message(Title),
        "trained_on": message(Title),
        "measured_on": message(Title),
        "intended_use": message(Title),
        "limits": list_of(message(Title), least=1, most=20),
        "measured": list_of(message(Measured), least=1, most=10),
        "curves": list_of(message(Curve), most=2),
    }

    id: str
    method: Title
    trained_on: Title
    measured_on: Title
    intended_use: Title
    limits: tuple[Title, ...]
    measured: tuple[Measured, ...]
    curves: tuple[Curve, ...]

    def contradictions(self) -> list[str]:
        names = [measured.measure for measured in self.measured]
        curves = [curve.curve for curve in self.curves]
        return [
            *(["measured"] if len(set(names)) < len(names) else []),
            *(["curves"] if len(set(curves)) < len(curves) else []),
        ]
