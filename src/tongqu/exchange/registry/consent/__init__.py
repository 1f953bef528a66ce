"""Personal data: notices and their versions, consents by reference, the person behind one, and what that person asks for."""

from tongqu.exchange.registry.consent import notices, persons, steps, trusted
from tongqu.exchange.registry.consent.acts import JOB, QUEUE
from tongqu.exchange.registry.consent.kinds import CITES, SENSITIVE, Form, Kind, Right
from tongqu.exchange.registry.consent.notices import NoticeView
from tongqu.exchange.registry.consent.persons import StandView, UsesView
from tongqu.exchange.registry.consent.procedure import CONSENT_BATCH, CONSENT_NOTICE, DATA_SUBJECT, SUBJECT_REQUEST
from tongqu.exchange.registry.consent.queries import faults, part_for
from tongqu.exchange.registry.consent.running import left_running, run

__all__ = [
    "CITES", "CONSENT_BATCH", "CONSENT_NOTICE", "DATA_SUBJECT", "JOB", "QUEUE", "SENSITIVE", "SUBJECT_REQUEST", "Form", "Kind",
    "NoticeView", "Right", "StandView", "UsesView", "faults", "left_running", "notices", "part_for", "persons", "run",
    "steps", "trusted",
]  # fmt: skip
