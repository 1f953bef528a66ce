"""The ways in which data is used, one file each; this table is all that the steps know of them."""

from __future__ import annotations

from tongqu.node.modes.api import Api
from tongqu.node.modes.dataset import Dataset
from tongqu.node.modes.mode import Mode
from tongqu.node.modes.model import Model
from tongqu.node.modes.report import Reports
from tongqu.node.modes.verification import Verification

__all__ = ["Mode", "modes"]


def modes(secret: bytes) -> dict[str, Mode]:
    """Every mode by its name on the wire. `secret` is the node's own: what a mode seals or hides is under it."""
    made: tuple[Mode, ...] = (Verification(secret), Dataset(), Api(secret), Model(), Reports())
    return {mode.name: mode for mode in made}
