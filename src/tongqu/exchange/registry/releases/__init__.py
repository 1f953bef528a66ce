"""Open data with versions: a resource that is open is handed in as a file, checked against its entry, and published."""

from tongqu.exchange.registry.releases.acts import JOB, QUEUE
from tongqu.exchange.registry.releases.licences import Licence
from tongqu.exchange.registry.releases.procedure import RELEASE
from tongqu.exchange.registry.releases.queries import (
    OpenPage,
    ReleaseView,
    count_fetch,
    mark,
    open_data,
    version,
    versions,
)
from tongqu.exchange.registry.releases.running import left_unchecked, run

__all__ = [
    "JOB", "QUEUE", "RELEASE", "Licence", "OpenPage", "ReleaseView", "count_fetch",
    "left_unchecked", "mark", "open_data", "run", "version", "versions",
]  # fmt: skip
