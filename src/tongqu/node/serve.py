"""`tongqu node serve`: a node in one process, or several workers and one process that watches them."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tongqu.node.config import read_config
from tongqu.node.logs import log, set_up


def run(config_path: Path | str) -> None:
    """Serves until SIGTERM or SIGINT. Raises NodeFault, with what to do, when it cannot start."""
    config = read_config(config_path)
    set_up(config.log_level)
    if config.workers == 1:
        import uvloop

        from tongqu.node.serving import serve

        uvloop.run(serve(config))
    else:  # the one that watches needs nothing of what serves
        from tongqu.node.workers.watching import watch

        asyncio.run(watch(Path(config_path).resolve(), config))
    log.info("stopped")
    # granian's own threads outlive the loop and abort when the interpreter is taken down under them; all is written.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
