"""Marks a contract's copy of a table so that a leaked one names it, within tolerances the owner declares."""

from tongqu.node.watermark.cells import Unmarkable
from tongqu.node.watermark.tracing import Suspect, Trial, Verdict, judge, try_version

__all__ = ["Suspect", "Trial", "Unmarkable", "Verdict", "judge", "try_version"]
