"""Exit and succession: a registrar hands everything over in one signed bundle, and another takes it over and carries on."""

from tongqu.exchange.registry.handover import steps, written
from tongqu.exchange.registry.handover.acts import JOB, QUEUE
from tongqu.exchange.registry.handover.bundle import BadBundle, Report, verify
from tongqu.exchange.registry.handover.gathering import NothingLogged, write
from tongqu.exchange.registry.handover.procedure import TAKE_OVER, TAKEN_OVER
from tongqu.exchange.registry.handover.queries import RecordView, Standing, records, standing
from tongqu.exchange.registry.handover.running import run, sweep

__all__ = [
    "JOB", "QUEUE", "TAKEN_OVER", "TAKE_OVER", "BadBundle", "NothingLogged", "RecordView", "Report", "Standing", "records", "run", "standing", "steps",
    "sweep", "verify", "write", "written",
]  # fmt: skip
