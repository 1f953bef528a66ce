"""A small watcher that outlives the supervisor, so that nothing the supervisor started can.

The supervisor holds the writing end of a pipe; this process holds the reading end. While the supervisor lives it writes
one line for each process group it starts (`+ <group> <rank>`) or sees ended (`- <group>`). When the pipe closes, because
the supervisor ended in whatever way, kill -9 included, the groups that remain are ended: rank by rank, the highest
first, politely and then firmly. An own process is needed because a parent-death signal reaches only direct children,
can be ignored by a child that hangs, and is lost when a child changes its user.

Runs with the standard library alone (`python -I -S leash.py <lock file>`), so it costs a few megabytes and starts at once.
The lock file is held while it works: the next start waits for it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

DATABASE_RANK = 0
"""Ends last: the others still write their last words into it. PostgreSQL takes SIGINT for "stop at once, cleanly"."""

GRACE_SECONDS = 8.0
DATABASE_GRACE_SECONDS = 20.0


def alive(group: int) -> bool:
    """Whether a process of this group runs. A dead one nobody has reaped (containers without an init) counts as ended."""
    return bool(members(group))


def members(group: int) -> list[int]:
    """The living processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] not in "ZX":
            found.append(int(entry.name))
    return found


def started_at(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: together with its number it names a process for good."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return None


def tell(group: int, number: int) -> None:
    """Signal a whole group; one that is gone already is what we wanted."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def end(groups: Mapping[int, int], *, grace_seconds: float = GRACE_SECONDS) -> list[int]:
    """End process groups (`group -> rank`), the highest rank first; returns those that had to be killed.

    A stopped process (SIGSTOP) is woken so that it can hear the request.
    """
    killed: list[int] = []
    for rank in sorted(set(groups.values()), reverse=True):
        killed += _end_together([g for g, r in groups.items() if r == rank], rank, grace_seconds)
    return killed


def _end_together(groups: Iterable[int], rank: int, grace_seconds: float) -> list[int]:
    waiting = [g for g in groups if alive(g)]
    polite = signal.SIGINT if rank == DATABASE_RANK else signal.SIGTERM
    grace = max(grace_seconds, DATABASE_GRACE_SECONDS) if rank == DATABASE_RANK else grace_seconds
    for group in waiting:
        # Only PostgreSQL's first process may be asked to stop: a backend takes SIGINT for "cancel the query".
        _tell_leader(group, polite) if rank == DATABASE_RANK else tell(group, polite)
        tell(group, signal.SIGCONT)
    waiting = _wait(waiting, grace)
    if rank == DATABASE_RANK:  # it recovers from "drop everything" (SIGQUIT) more kindly than from SIGKILL
        for group in waiting:
            _tell_leader(group, signal.SIGQUIT)
        waiting = _wait(waiting, 5.0)
    for group in waiting:
        tell(group, signal.SIGKILL)
    _wait(waiting, 5.0)
    return waiting


def _tell_leader(group: int, number: int) -> None:
    try:
        os.kill(group, number)
    except ProcessLookupError:
        tell(group, signal.SIGKILL)  # the first process is dead; its backends have nobody to serve


def _wait(groups: list[int], seconds: float) -> list[int]:
    until = time.monotonic() + seconds
    while groups and time.monotonic() < until:
        time.sleep(0.05)
        groups = [g for g in groups if alive(g)]
    return groups


def watch(pipe: int) -> None:
    """Read lines until the supervisor is gone, then end what it left."""
    groups: dict[int, int] = {}
    with os.fdopen(pipe, "r", encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words and words[0] == "+":
                groups[int(words[1])] = int(words[2])
            elif words and words[0] == "-":
                groups.pop(int(words[1]), None)
    end(groups)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with open(sys.argv[1], "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        watch(sys.stdin.fileno())


if __name__ == "__main__":
    main()
