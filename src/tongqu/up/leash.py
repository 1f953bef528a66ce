"""A small watcher that outlives the supervisor, so that nothing the supervisor started can.

The supervisor holds the writing end of a pipe; this process holds the reading end. While the supervisor lives it
writes one line for each process group it starts (`+ <group> <rank>`) or sees ended (`- <group>`). When the pipe closes,
because the supervisor ended in whatever way, kill -9 included, the groups that remain are ended: rank by rank, the
highest first, politely and then firmly. An own process is needed because a parent-death signal reaches only direct
children, can be ignored by a child that hangs, and is lost when a child changes its user.

Runs with the standard library alone (`python -I -S leash.py <lock file>`), so it costs little and starts at once. The
lock file is held while it works: the next start waits for it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

DATABASE_RANK = 0
"""Ends last: the others still write their last words into it. PostgreSQL takes SIGINT for "stop at once, cleanly"."""

GRACE_SECONDS = 8.0
DATABASE_GRACE_SECONDS = 20.0


def alive(group: int) -> bool:
    """Whether a process of this group runs. A dead one that nobody has reaped counts as ended."""
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


def leads(group: int) -> bool:
    """Whether the first process of a group still runs."""
    return group in members(group)


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


def end(
    groups: Mapping[int, int], *, grace_seconds: float | None = None, hurry: Callable[[], bool] = lambda: False
) -> list[int]:
    """End process groups (`group -> rank`), the highest rank first; returns those that had to be killed.

    The first process of a group is asked; when it is gone, or half the grace is over, whoever remains; then they are
    killed. A stopped process (SIGSTOP) is woken so that it can hear the request. `hurry` cuts every wait short.
    """
    grace_seconds = GRACE_SECONDS if grace_seconds is None else grace_seconds
    killed: list[int] = []
    for rank in sorted(set(groups.values()), reverse=True):
        together = [g for g, r in groups.items() if r == rank and alive(g)]
        killed += _end_database(together, hurry) if rank == DATABASE_RANK else _end(together, grace_seconds, hurry)
    return killed


def _end(groups: list[int], grace_seconds: float, hurry: Callable[[], bool]) -> list[int]:
    for group in groups:
        _tell_leader(group, signal.SIGTERM)
        tell(group, signal.SIGCONT)
    _wait(groups, grace_seconds / 2, hurry, runs=leads)
    groups = [g for g in groups if alive(g)]
    for group in groups:
        tell(group, signal.SIGTERM)
    return _kill(_wait(groups, grace_seconds / 2, hurry))


def _end_database(groups: list[int], hurry: Callable[[], bool]) -> list[int]:
    """PostgreSQL: SIGINT ends it cleanly, SIGQUIT at once (it recovers when it next starts), SIGKILL if need be."""
    for number, seconds in ((signal.SIGINT, DATABASE_GRACE_SECONDS), (signal.SIGQUIT, 5.0)):
        for group in groups:
            _tell_leader(group, number)
            tell(group, signal.SIGCONT)
        groups = _wait(groups, seconds, hurry)
    return _kill(groups)


def _kill(groups: list[int]) -> list[int]:
    for group in groups:
        tell(group, signal.SIGKILL)
    _wait(groups, 5.0)
    return groups


def _tell_leader(group: int, number: int) -> None:
    try:
        os.kill(group, number)
    except ProcessLookupError:
        tell(group, signal.SIGKILL)  # the first process is gone; what it left has nobody to serve


def _wait(
    groups: list[int],
    seconds: float,
    hurry: Callable[[], bool] = lambda: False,
    *,
    runs: Callable[[int], bool] = alive,
) -> list[int]:
    until = time.monotonic() + seconds
    while groups and time.monotonic() < until and not hurry():
        time.sleep(0.05)
        groups = [g for g in groups if runs(g)]
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
