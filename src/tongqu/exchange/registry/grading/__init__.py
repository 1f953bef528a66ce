"""Classification and grading of resources (GB/T 43697-2024): proposed with reasons, confirmed by an office, renewed when due."""

from tongqu.exchange.registry.grading.industries import INDUSTRIES
from tongqu.exchange.registry.grading.inputs import OBJECTS, Degree, Level, Personal
from tongqu.exchange.registry.grading.procedure import GRADING
from tongqu.exchange.registry.grading.queries import (
    DossierView,
    ElementView,
    GradingView,
    StandingView,
    dossier,
    in_force,
    in_force_of,
    preparing,
    standing,
)
from tongqu.exchange.registry.grading.rules import Permission, data_class, permission
from tongqu.exchange.registry.grading.steps import (
    end_with_resource,
    look_again,
    look_at_resource,
    open_again,
    open_due,
    put_in_force,
    refer,
)
from tongqu.exchange.registry.grading.suggesting import PATTERNS

__all__ = [
    "GRADING", "INDUSTRIES", "OBJECTS", "PATTERNS", "Degree", "DossierView", "ElementView", "GradingView", "Level", "Permission", "Personal", "StandingView",
    "data_class", "dossier", "end_with_resource", "in_force", "in_force_of", "look_again", "look_at_resource", "open_again", "open_due",
    "permission", "preparing", "put_in_force", "refer", "standing",
]  # fmt: skip
