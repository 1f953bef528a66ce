"""The owner's data: read where it stands, versioned by its SHA-256, indexed for questions, profiled without leaving."""

from tongqu.node.sources.profile import measure
from tongqu.node.sources.room import Held, SourceRoom
from tongqu.node.sources.tables import SourceFault

__all__ = ["Held", "SourceFault", "SourceRoom", "measure"]
