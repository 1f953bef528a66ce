"""What each step of a settlement asks for. No Django."""

from __future__ import annotations

from tongqu.exchange.bedrock.inputs import Fen, Inputs, ask


class OfNegotiation(Inputs):
    negotiation: int = ask("合同协商", "Negotiation", ge=1)


class Charged(Inputs):
    """Released after acceptance: what the bill came to."""

    charged_fen: Fen = ask("应付金额", "Charged", unit="fen")
    bill: int = ask("账单", "Bill", ge=1)
