"""Keeps processes running: starts them, sees that they work, restarts what dies or hangs, and ends them all.

One thread and one loop, because a supervisor must be simpler than what it supervises. It knows commands and signs of
life but not what any process is for.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from tongqu.exchange.bedrock.values import Words
from tongqu.up import leash, postgres
from tongqu.up.lacks import Lack
from tongqu.up.places import Places
from tongqu.up.processes import Process, Step
from tongqu.up.trouble import Trouble, say

START_SECONDS_MAX = 120.0
PATIENCE_SECONDS = 10.0
CHECK_SECONDS = 5.0
HANG_SECONDS_MAX = 60.0
BACKOFF_SECONDS_FIRST = 0.5
BACKOFF_SECONDS_MAX = 30.0
DEATHS_AT_START_MAX = 3
LOG_BYTES_MAX = 20_000_000


class Stopped(BaseException):
    """Somebody asked the house to stop. Let it pass up to `up`, which ends everything."""


@dataclass
class Running:
    """A process that should run. `child` is None while it waits to be started again."""

    process: Process
    child: subprocess.Popen[bytes] | None = None
    due: float = 0.0
    deaths: int = 0
    checked: float = 0.0
    worked: float | None = None
    """When it was last seen working since it was started; None: not yet."""
    started: float = 0.0
    complaint: str = ""
    told: bool = False
    """Whether people were told that it takes long."""
    lack: Lack | None = None
    """What it cannot do although it works, since when, and what of it people were told."""
    lacking_since: float = 0.0
    lack_told: Lack | None = None


class Supervisor:
    """Everything this house has started, and the loop over it."""

    def __init__(self, places: Places, environment: Mapping[str, str]) -> None:
        self.places = places
        self.environment = dict(environment)
        self.database: postgres.Home | None = None
        self.server: subprocess.Popen[bytes] | None = None
        self.parts: list[Running] = []
        self.groups: dict[int, int] = {}
        self.watcher: subprocess.Popen[bytes] | None = None
        self.asked = 0

    # --- being asked to stop ---

    def listen(self) -> None:
        """Ctrl-C, a closed terminal and `kill` all mean: stop everything, then go."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1

    def pause(self, seconds: float) -> None:
        """Wait a moment. Raises Stopped when somebody asked meanwhile."""
        until = time.monotonic() + seconds
        while not self.asked and time.monotonic() < until:
            time.sleep(min(0.1, seconds))
        if self.asked:
            raise Stopped

    # --- groups and the watcher that outlives us ---

    def clear_last_time(self) -> None:
        """End what an earlier supervisor left, should even its watcher have been killed."""
        with suppress(OSError, ValueError):
            left = json.loads(self._groups_file.read_text("ascii"))
            if left["boot"] == _boot_id():
                leash.end({int(g): rank for g, (rank, start) in left["groups"].items() if _same(int(g), start)})
        self._groups_file.unlink(missing_ok=True)

    def watch(self) -> None:
        """Start the watcher, or start it again."""
        lock = self.places.run / "watcher.lock"
        command = [sys.executable, "-I", "-S", str(Path(leash.__file__)), str(lock)]
        self.watcher = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd="/")
        for group, rank in self.groups.items():
            self._tell_watcher(f"+ {group} {rank}")

    def _tell_watcher(self, line: str) -> None:
        if self.watcher and self.watcher.stdin:
            with suppress(OSError):
                self.watcher.stdin.write(f"{line}\n".encode("ascii"))
                self.watcher.stdin.flush()

    @property
    def _groups_file(self) -> Path:
        return self.places.run / "groups.json"

    def adopt(self, group: int, rank: int) -> None:
        self.groups[group] = rank
        self._tell_watcher(f"+ {group} {rank}")
        self._write_groups()

    def release(self, group: int) -> None:
        """A leader has ended; whatever it left in its group ends too."""
        rank = self.groups.pop(group, None)
        if rank not in {None, leash.DATABASE_RANK} and leash.alive(group):
            leash.end({group: 1}, grace_seconds=1)
        self._tell_watcher(f"- {group}")
        self._write_groups()

    def _write_groups(self) -> None:
        groups = {group: (rank, leash.started_at(group)) for group, rank in self.groups.items()}
        draft = self._groups_file.with_suffix(".new")
        draft.write_text(json.dumps({"boot": _boot_id(), "groups": groups}), encoding="ascii")
        draft.replace(self._groups_file)

    # --- the database ---

    def start_database(self, home: postgres.Home) -> None:
        """Make, start and wait for the embedded PostgreSQL. Raises Trouble."""
        self.database = home
        postgres.ensure_data(home)
        self._launch_database()
        assert self.server is not None
        postgres.wait_until_ready(home, self.server, self.log("postgres"))
        postgres.ensure_database(home)

    def _launch_database(self) -> None:
        assert self.database is not None
        self.server = postgres.launch(self.database, self.log("postgres"))
        self.adopt(self.server.pid, leash.DATABASE_RANK)

    # --- steps ---

    def perform(self, step: Step) -> None:
        """Run a step to its end, showing what it says. Raises Trouble when it fails, Stopped when asked to stop."""
        if not step.due(self.places):
            return
        child = subprocess.Popen(
            step.command(self.places), env=self.environment, stdin=subprocess.DEVNULL, process_group=0
        )
        self.adopt(child.pid, 1)
        try:
            while child.poll() is None:
                self.look(time.monotonic())
                self.pause(0.05)
        except Stopped:
            leash.end({child.pid: 1}, grace_seconds=3)
            raise
        finally:
            self.release(child.pid)
        if child.returncode != 0:
            raise Trouble(
                f"{step.name}-failed",
                Words(f"“{step.words.zh}”这一步没有完成。", f"The step “{step.words.en}” did not finish."),
                Words("原因见上，排除后再次运行即可，已完成的部分会保留。",
                      "The reason is above; remove it and start again, what was done is kept."),
            )  # fmt: skip
        step.after(self.places)

    # --- processes ---

    def log(self, name: str) -> Path:
        """The log of a part. A long one is set aside at a start, so that logs never fill the disk."""
        path = self.places.log / f"{name}.log"
        with suppress(OSError):
            if path.stat().st_size > LOG_BYTES_MAX:
                path.replace(path.with_suffix(".old.log"))
        return path

    def launch(self, part: Running) -> None:
        with self.log(part.process.name).open("ab") as out:
            part.child = subprocess.Popen(
                part.process.command(self.places),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
            )
        part.started, part.worked, part.checked, part.complaint = time.monotonic(), None, 0.0, ""
        part.lack = None
        self.adopt(part.child.pid, part.process.rank)

    def start(self, processes: Sequence[Process]) -> None:
        """Start these and wait until all are working. Raises Trouble when one is not in time, or keeps dying.

        What one lacks although it works is waited for as long as it may pass by itself, then told.
        """
        self.parts += [Running(process) for process in processes]
        until = time.monotonic() + START_SECONDS_MAX
        while any(part.worked is None or (part.lack and part.lack.passing) for part in self.parts):
            self.look(time.monotonic(), starting=True)
            is_over = time.monotonic() > until
            late = next((part for part in self.parts if part.worked is None), None)
            if late and (is_over or late.deaths >= DEATHS_AT_START_MAX):
                raise self._does_not_start(late)
            if is_over:
                break
            self.pause(0.1)
        for part in self.parts:
            self._tell_lack(part)

    def _does_not_start(self, part: Running) -> Trouble:
        log = self.places.log / f"{part.process.name}.log"
        why = part.complaint if part.deaths == 0 else postgres.last_line(log)
        return Trouble(
            "process-does-not-start",
            Words(
                f"{part.process.words.zh}没有正常工作（{why}）。", f"The {part.process.words.en} does not work ({why})."
            ),
            Words(f"请查看 {log}。", f"Look into {log}."),
        )

    def look(self, now: float, *, starting: bool = False) -> None:
        """One round over everything: is it alive, does it work, is it time to start it again?"""
        self._look_at_watcher()
        self._look_at_database()
        for part in self.parts:
            if part.child is None:
                if now >= part.due:
                    self.launch(part)
            elif (code := part.child.poll()) is not None:
                self._died(part, code, now)
            elif now - part.checked >= (0.25 if part.worked is None or (starting and part.lack) else CHECK_SECONDS):
                self._check(part, now, starting=starting)

    def _look_at_watcher(self) -> None:
        if self.watcher and self.watcher.poll() is not None:
            self.watch()

    def _look_at_database(self) -> None:
        if self.server is None or self.server.poll() is None:
            return
        say("数据库意外停止，正在重新启动。", "The database ended unexpectedly; starting it again.")
        self.release(self.server.pid)
        self._launch_database()
        assert self.server is not None
        assert self.database is not None
        postgres.wait_until_ready(self.database, self.server, self.log("postgres"))

    def _died(self, part: Running, code: int, now: float) -> None:
        assert part.child is not None
        if part.worked is not None and now - part.started > HANG_SECONDS_MAX:
            part.deaths = 0
        wait = min(BACKOFF_SECONDS_FIRST * 2**part.deaths, BACKOFF_SECONDS_MAX)
        self.release(part.child.pid)
        part.child, part.deaths, part.due, part.worked = None, part.deaths + 1, now + wait, None
        log = self.places.log / f"{part.process.name}.log"
        say(
            f"{part.process.words.zh}停止了（{_ending(code)}），{wait:g} 秒后重启；日志 {log}。",
            f"The {part.process.words.en} ended ({_ending(code)}); restarting in {wait:g} s; log {log}.",
        )

    def _check(self, part: Running, now: float, *, starting: bool) -> None:
        complaint = part.process.works(self.places, time.monotonic() - part.started)
        part.checked = time.monotonic()
        if complaint is None:
            if part.complaint and part.worked is not None:
                say(f"{part.process.words.zh}恢复工作。", f"The {part.process.words.en} works again.")
            elif part.worked is None:
                say(f"✓ {part.process.words.zh}", part.process.words.en)
            part.worked, part.complaint = part.checked, ""
            self._look_for_lack(part, starting=starting)
            return
        if part.worked is not None and not part.complaint:
            say(
                f"{part.process.words.zh}没有进展（{complaint}）。",
                f"The {part.process.words.en} makes no progress ({complaint}).",
            )
        elif starting and part.started + PATIENCE_SECONDS < now and not part.told:
            part.told = True
            say(
                f"… 正在等待{part.process.words.zh}（{complaint}）",
                f"waiting for the {part.process.words.en} ({complaint})",
            )
        part.complaint = complaint
        if not starting and now - (part.worked or part.started) > HANG_SECONDS_MAX:
            self._end_hung(part)

    def _look_for_lack(self, part: Running, *, starting: bool) -> None:
        """At a start it is told at the end; later once it lasts, since a part that was restarted lacks much at first."""
        before, part.lack = part.lack, part.process.lacks(self.places)
        if before is None:
            part.lacking_since = part.checked
        if not starting and (part.lack is None or part.checked - part.lacking_since >= PATIENCE_SECONDS):
            self._tell_lack(part)

    def _tell_lack(self, part: Running) -> None:
        if part.lack == part.lack_told:
            return
        part.lack_told = part.lack
        if part.lack is None:
            say(f"{part.process.words.zh}恢复全部工作。", f"The {part.process.words.en} does all its work again.")
        else:
            words = part.lack.words
            say(f"{part.process.words.zh}在运行，但{words.zh}。", f"The {part.process.words.en} runs, but {words.en}.")

    def _end_hung(self, part: Running) -> None:
        """Ended here, started again by the next round as if it had died."""
        assert part.child is not None
        leash.end({part.child.pid: part.process.rank}, grace_seconds=3)
        part.child.wait()

    # --- the end ---

    def keep(self) -> None:
        """Until somebody asks to stop (Stopped)."""
        while True:
            self.look(time.monotonic())
            self.pause(0.25)

    def end(self) -> list[int]:
        """End everything; asked a second time, at once. Returns what had to be killed."""
        killed = leash.end(self.groups, hurry=lambda: self.asked > 1)
        for child in [*(part.child for part in self.parts), self.server]:
            if child is not None:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=1)
        self.groups.clear()
        self._groups_file.unlink(missing_ok=True)
        if self.watcher and self.watcher.stdin:
            self.watcher.stdin.close()
            self.watcher.wait()
        return killed


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def _boot_id() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return ""


def _same(group: int, start: int | None) -> bool:
    """Whether the group is still the one we wrote down: its first process started then, or it alone is gone."""
    now = leash.started_at(group)
    return now is None or start is None or now == start


def log_origin(places: Places) -> str:
    """The evidence log's name, kept from the first start: it must not follow a change of port or address."""
    kept = places.var / "log_origin"
    with suppress(OSError):
        return kept.read_text("utf-8").strip()
    parts = urlsplit(places.public_address)
    origin = f"{parts.netloc}{parts.path}/log"
    kept.write_text(f"{origin}\n", encoding="utf-8")
    return origin


def environment_for(places: Places, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What every process of the house is told. Values that the installation chose are kept."""
    told = dict(base)
    told.update(
        DATABASE_URL=places.database_url,
        DJANGO_SETTINGS_MODULE="tongqu.exchange.settings",
        TONGQU_VAR=str(places.var),
        TONGQU_PORT=str(places.port),
        TONGQU_NODE_PORT=str(places.node_port),
        PYTHONUNBUFFERED="1",
        PYTHONUTF8="1",
    )
    told.setdefault("TONGQU_PUBLIC_URL", places.public_address)
    told.setdefault("TONGQU_LOG_ORIGIN", log_origin(places))
    told.setdefault("TONGQU_EXCHANGE_URL", places.address)
    return told
