"""Data that flows back (回流): a province's resource, divided so that each city and county receives its own rows."""

from tongqu.exchange.registry.flowback import steps
from tongqu.exchange.registry.flowback.acts import JOB, QUEUE
from tongqu.exchange.registry.flowback.procedure import EDITION, SUBSCRIPTION
from tongqu.exchange.registry.flowback.queries import (
    FlowFigures,
    MissedView,
    PortionView,
    figures,
    missed,
    portions,
    subscribed,
)
from tongqu.exchange.registry.flowback.running import divide, left_dividing
from tongqu.exchange.registry.flowback.steps import end_subscriptions_to

__all__ = [
    "EDITION", "JOB", "QUEUE", "SUBSCRIPTION", "FlowFigures", "MissedView", "PortionView", "divide",
    "end_subscriptions_to", "figures", "left_dividing", "missed", "portions", "steps", "subscribed",
]  # fmt: skip
