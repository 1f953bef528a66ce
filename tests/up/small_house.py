"""A house of tiny processes, for watching the supervisor work. Run as `python small_house.py <json>`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from tongqu.exchange.bedrock.values import Words
from tongqu.up import start, supervisor
from tongqu.up.house_lock import alone
from tongqu.up.lacks import Lack
from tongqu.up.places import Places, make_folders
from tongqu.up.processes import Process, Step
from tongqu.up.trouble import Trouble, say_trouble

# Each says by a file that it works, once a tick; what it does besides is its character.
CHARACTERS = {
    "steady": "tick()",
    "deaf": "signal.signal(signal.SIGTERM, signal.SIG_IGN); tick()",
    "frail": "tick(3); sys.exit(7)",
    "stillborn": "print('no such table: bedrock_fact', flush=True); sys.exit(3)",
    "silent": "time.sleep(600)",
    "parent": "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); tick()",
}
LIMITS = ("START_SECONDS_MAX", "PATIENCE_SECONDS", "CHECK_SECONDS", "HANG_SECONDS_MAX", "BACKOFF_SECONDS_FIRST")
BODY = """
import os, signal, subprocess, sys, time
def tick(times=10**9):
    while times:
        open(os.environ['SMALL_RUN'] + '/{name}.beat', 'a').write(f'{{os.getpid()}}\\n'); times -= 1; time.sleep(0.1)
{character}
"""


def process(name: str, character: str, run: Path) -> Process:
    script = BODY.format(name=name, character=CHARACTERS[character])
    beat = run / f"{name}.beat"

    def works(_: Places, age: float) -> str | None:
        if beat.exists() and time.time() - beat.stat().st_mtime < min(1.0, age):
            return None
        return "no beat"

    def lacks(_: Places) -> Lack | None:
        """What a test says that it lacks. Each look leaves a mark."""
        with (run / f"{name}.looks").open("a") as looks:
            looks.write("x")
        try:
            told = json.loads((run / f"{name}.lack").read_text())
        except (OSError, ValueError):
            return None
        return Lack(Words(told["words"], told["words"]), told["passing"])

    return Process(name, Words(name, name), lambda _: [sys.executable, "-c", script], works, lacks=lacks)


def main() -> int:
    order = json.loads(sys.argv[1])
    for name in LIMITS:
        setattr(supervisor, name, order.get(name, getattr(supervisor, name)))
    supervisor.leash.GRACE_SECONDS = 1.0
    places = Places(
        var=Path(order["var"]),
        port=order["port"],
        node_port=order["node_port"],
        database_url=order.get("database_url", ""),
    )
    os.environ["SMALL_RUN"] = str(places.run)
    parts = [process(name, character, places.run) for name, character in order["processes"].items()]
    steps = [
        Step(name, Words(name, name), lambda _, c=code: [sys.executable, "-c", c], due=lambda _: True)
        for name, code in order.get("before", {}).items()
    ]
    try:
        make_folders(places)
        with alone(places.run):
            return start.keep_house(places, [*steps, *parts])
    except Trouble as trouble:
        say_trouble(trouble)
        return 1


if __name__ == "__main__":
    sys.exit(main())
