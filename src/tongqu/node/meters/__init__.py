"""What is counted, durably: a journal that is the truth, an index made from it, and the meter that keeps both."""

from tongqu.node.meters.evidence import Recorded
from tongqu.node.meters.journal import Journal, JournalBroken, JournalDamaged
from tongqu.node.meters.layout import ALONE, Layout, Share, arranged, worker_of
from tongqu.node.meters.meter import Meter, UnknownReceipt

__all__ = [
    "ALONE",
    "Journal",
    "JournalBroken",
    "JournalDamaged",
    "Layout",
    "Meter",
    "Recorded",
    "Share",
    "UnknownReceipt",
    "arranged",
    "worker_of",
]
