"""Runs every benchmark in turn, or those named, and writes what they say into RESULTS.md: `make bench`.

`make bench ARGS=--full` takes the full sizes: 100,000 permits, a source of 10 GB for the memory of a node. A benchmark is a
module of this folder with `measure() -> Report`. Each runs in a process of its own, for each starts and ends servers of its
own.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime

from bench import alone
from bench.page import page
from bench.readme import RESULTS

BENCHES = (
    "acts", "catalogue_import", "consents", "search",
    "node_verification", "node_receipts", "node_batch", "node_permits", "node_dataset", "node_delta", "node_memory",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="default: all")
    parser.add_argument("--full", action="store_true", help="in full sizes, where a benchmark's own are smaller")
    asked = parser.parse_args()
    for name in asked.names or BENCHES:
        report = alone.measure(name, full=asked.full)
        report.show()
        before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
        RESULTS.write_text(page(before, [report], _measured(), BENCHES), encoding="utf-8")
    print(f"\n{RESULTS}", file=sys.stderr)


def _measured() -> str:
    return (
        f"Measured on {datetime.now(tz=UTC):%Y-%m-%d}: {os.cpu_count()} cores ({_processor()}), Python"
        f" {platform.python_version()}, {_revision()}."
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as told:
            return next(line.partition(":")[2].strip() for line in told if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _revision() -> str:
    said = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return f"revision {said.stdout.strip()}" if said.returncode == 0 else "no revision"


if __name__ == "__main__":
    main()
