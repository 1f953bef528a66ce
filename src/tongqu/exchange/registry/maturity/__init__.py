"""Self-assessment of data management in eight domains and five levels. It is no assessment by others and claims no level."""

from tongqu.exchange.registry.maturity import steps
from tongqu.exchange.registry.maturity.procedure import MATURITY_ASSESSMENT
from tongqu.exchange.registry.maturity.queries import AssessmentView, latest, of_row, public, public_one
from tongqu.exchange.registry.maturity.scale import EDITION, LATER_EDITION, LEVELS

__all__ = [
    "EDITION", "LATER_EDITION", "LEVELS", "MATURITY_ASSESSMENT", "AssessmentView", "latest", "of_row", "public", "public_one",
    "steps",
]  # fmt: skip
