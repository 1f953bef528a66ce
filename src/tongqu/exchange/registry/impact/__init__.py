"""Impact assessments before personal information is provided, and incidents that people are told of."""

from tongqu.exchange.registry.impact import steps
from tongqu.exchange.registry.impact.procedure import IMPACT_ASSESSMENT, INCIDENT
from tongqu.exchange.registry.impact.queries import IncidentView, lacking, told_of

__all__ = ["IMPACT_ASSESSMENT", "INCIDENT", "IncidentView", "lacking", "steps", "told_of"]
