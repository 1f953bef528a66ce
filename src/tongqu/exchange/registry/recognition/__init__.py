"""Recognition elsewhere: registrars that the supervisor recognises, and their certificates taken in without a second review."""

from tongqu.exchange.registry.recognition import steps
from tongqu.exchange.registry.recognition.acts import JOB, QUEUE
from tongqu.exchange.registry.recognition.procedure import RECOGNISED_REGISTRAR, RECOGNITION
from tongqu.exchange.registry.recognition.queries import (
    KeyView,
    MatterView,
    RegistrarView,
    matter,
    owner_of_key,
    registrar,
    registrars,
)
from tongqu.exchange.registry.recognition.running import run, sweep

__all__ = [
    "JOB", "QUEUE", "RECOGNISED_REGISTRAR", "RECOGNITION", "KeyView", "MatterView", "RegistrarView", "matter", "owner_of_key", "registrar",
    "registrars", "run", "steps", "sweep",
]  # fmt: skip
