"""Classification and grading of resources (GB/T 43697-2024): proposed with reasons, confirmed by an office, renewed when due."""

from tongqu.exchange.registry.grading.inputs import HOLDERS, OBJECTS, Degree, Level, Personal
from tongqu.exchange.registry.grading.procedure import GRADING
from tongqu.exchange.registry.grading.queries import (
    DossierView,
    ElementView,
    GradingView,
    StandingView,
    dossier,
    in_force,
    preparing,
    standing,
)
from tongqu.exchange.registry.grading.rules import Permission, permission
from tongqu.exchange.registry.grading.steps import look_at_resource, open_next, put_in_force
from tongqu.exchange.registry.grading.suggesting import PATTERNS

__all__ = [
    "GRADING", "HOLDERS", "OBJECTS", "PATTERNS", "Degree", "DossierView", "ElementView", "GradingView", "Level",
    "Permission", "Personal", "StandingView", "dossier", "in_force", "look_at_resource", "open_next", "permission", "preparing",
    "put_in_force", "standing",
]  # fmt: skip
