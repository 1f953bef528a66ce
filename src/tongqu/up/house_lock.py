"""Two supervisors on one folder would be two households in one kitchen: a lock that its holder cannot outlive."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tongqu.exchange.bedrock.values import Words
from tongqu.up.trouble import Trouble, say

WATCHER_SECONDS_MAX = 60.0


@contextmanager
def alone(run: Path) -> Iterator[None]:
    """Hold the folder. The kernel lets go when the holder ends in whatever way, so a lock cannot be stale.

    Raises Trouble when another supervisor is at work. Waits while the watcher of one that died is still ending what it
    left.
    """
    with (run / "house.lock").open("a+", encoding="ascii") as lock:
        if not _take(lock.fileno()):
            lock.seek(0)
            raise _occupied(run, lock.read().strip())
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        _wait_for_watcher(run / "watcher.lock")
        yield


def _take(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _occupied(run: Path, holder: str) -> Trouble:
    return Trouble(
        "already-running",
        Words(
            f"通衢已经在此目录运行（进程 {holder or '?'}，目录 {run.parent}）。",
            f"Tongqu already runs on this folder (process {holder or '?'}, folder {run.parent}).",
        ),
        Words(
            "请直接使用它，先停止它（在其终端按 Ctrl-C），或用 TONGQU_VAR 和 TONGQU_PORT 另开一处。",
            "Use that one, stop it first (Ctrl-C in its terminal), or open another with TONGQU_VAR and TONGQU_PORT.",
        ),
    )


def _wait_for_watcher(path: Path) -> None:
    until, said = time.monotonic() + WATCHER_SECONDS_MAX, False
    with path.open("a", encoding="ascii") as lock:
        while not _take(lock.fileno()) and time.monotonic() < until:
            if not said:
                say("正在等待上一次运行的进程结束…", "Waiting for what the last run left to end…")
                said = True
            time.sleep(0.1)
