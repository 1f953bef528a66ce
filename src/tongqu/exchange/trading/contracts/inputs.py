"""What a contract asks for. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Inputs, ask


class InForce(Inputs):
    """Begun by the house, from a finalized negotiation."""

    negotiation: int = ask("合同协商", "Negotiation", ge=1)


class Reason(Inputs):
    reason: str = ask("理由", "Reason", widget="textarea", min_length=2, max_length=1000)
