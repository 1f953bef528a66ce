"""How sure the house is of a text. Only what is confirmed is stated as law; the rest is shown with its mark."""

from __future__ import annotations

from enum import StrEnum

from tongqu.exchange.bedrock.values import Words


class Certainty(StrEnum):
    """From best to least: the text was read · somebody else's summary was read · not seen · the house decided it."""

    CONFIRMED = "confirmed"
    SECONDARY = "secondary"
    TO_BE_VERIFIED = "to-be-verified"
    HOUSE = "house"

    @property
    def label(self) -> Words | None:
        """What a page shows beside the citation; nothing for a confirmed text."""
        return _LABELS.get(self)

    @property
    def is_law(self) -> bool:
        return self is Certainty.CONFIRMED

    def no_better_than(self, other: Certainty) -> bool:
        return _RANK[self] >= _RANK[other]


_LABELS = {
    Certainty.SECONDARY: Words("据二手资料，待核原文", "from a secondary source; the text itself is to be checked"),
    Certainty.TO_BE_VERIFIED: Words("待核实", "to be verified"),
    Certainty.HOUSE: Words("本所设定，可调整", "set by this exchange; may be changed"),
}
_RANK = {Certainty.CONFIRMED: 0, Certainty.SECONDARY: 1, Certainty.TO_BE_VERIFIED: 2, Certainty.HOUSE: 3}
