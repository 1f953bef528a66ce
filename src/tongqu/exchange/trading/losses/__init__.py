"""Losses of grounds (依据失效处置): what falls with a revoked or ended ground, reviewed before it takes effect."""

from tongqu.exchange.trading.losses.procedure import GROUND_LOSS
from tongqu.exchange.trading.losses.queries import (
    AppealView,
    LineView,
    appeals,
    lines,
    open_on,
    reaches,
    sees_every_line,
)

__all__ = ["GROUND_LOSS", "AppealView", "LineView", "appeals", "lines", "open_on", "reaches", "sees_every_line"]
