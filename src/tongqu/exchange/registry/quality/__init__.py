"""Quality: rules that a holder states about its data, checked at the node, and what they say in six indicators."""

from tongqu.exchange.registry.quality.inputs import said
from tongqu.exchange.registry.quality.procedure import QUALITY_CHECK
from tongqu.exchange.registry.quality.queries import CheckView, Kept, history, kept, rules_of, standing
from tongqu.exchange.registry.quality.scoring import INDICATORS, Indicator, Score
from tongqu.exchange.registry.quality.steps import check_anew, give_up_unexamined, take_examined

__all__ = [
    "INDICATORS", "QUALITY_CHECK", "CheckView", "Indicator", "Kept", "Score", "check_anew", "give_up_unexamined", "history", "kept", "rules_of", "said",
    "standing", "take_examined",
]  # fmt: skip
