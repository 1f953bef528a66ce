"""What a bill is made from. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Inputs, ask


class OfTransfer(Inputs):
    transfer: int = ask("交付", "Delivery", ge=1)
