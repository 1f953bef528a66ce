"""A process that has everything imported and makes nodes by forking: fifty starts would else be spent on imports.

Reads one line for each node ([config, log, point, hits, file bytes]), answers with its process id, and with its exit code
when it is asked for that ([pid]).
"""

from __future__ import annotations

import json
import os
import sys

import tongqu.node.serving  # noqa: F401 -- what every node needs
from tests.faults.strikes import arm
from tongqu.node.serve import run


def _become_node(config: str, log: str, point: str | None, hits: int, file_bytes_max: int) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    arm(point, hits, file_bytes_max)
    run(config)


def main() -> None:
    while line := sys.stdin.readline():
        asked = json.loads(line)
        if len(asked) == 1:
            _, status = os.waitpid(asked[0], 0)
            print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            try:
                _become_node(*asked)
            finally:
                os._exit(70)
        print(json.dumps(pid), flush=True)


if __name__ == "__main__":
    main()
