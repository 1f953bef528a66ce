"""Data nodes: enrolment, what they declare, what is measured there, what they are asked to do."""

from tongqu.exchange.members.nodes import keys, tasks
from tongqu.exchange.members.nodes.enrolment import BadEnrolment, Enrolment, enrol, register, renew
from tongqu.exchange.members.nodes.hearing import Heard, heard, warn_silent
from tongqu.exchange.members.nodes.procedure import NODE
from tongqu.exchange.members.nodes.queries import Measurement, NodeView, node, nodes_of, profile, sources

__all__ = [
    "NODE", "BadEnrolment", "Enrolment", "Heard", "Measurement", "NodeView", "enrol", "heard", "keys", "node", "nodes_of", "profile",
    "register", "renew", "sources", "tasks", "warn_silent",
]  # fmt: skip
