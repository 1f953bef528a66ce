"""Runs every benchmark in turn, or those named, and writes RESULTS.md when all were run: `make bench`.

A benchmark is a module of this folder with `measure() -> Report`. Each runs in a process of its own, for each starts and
ends servers of its own.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime

from bench import alone
from bench.figures import Report
from bench.readme import RESULTS

BENCHES = ("acts", "catalogue_import", "search")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="default: all, and RESULTS.md is written")
    names = parser.parse_args().names or BENCHES
    reports = [alone.measure(name) for name in names]
    for report in reports:
        report.show()
    if tuple(names) == BENCHES:
        RESULTS.write_text(_page(reports), encoding="utf-8")
        print(f"\n{RESULTS}", file=sys.stderr)


def _page(reports: list[Report]) -> str:
    head = ("bench", "ours", "against", "theirs", "ratio", "unit")
    lines = [f"| {' | '.join(head)} |", "|---|---:|---|---:|---:|---|"]
    for report in reports:
        lines += [
            f"| {f.bench} | {f.ours:,.4g} | {f.against} | {f.theirs:,.4g} | {f.ratio:.3f} | {f.unit} |"
            for f in report.figures
        ]
    return "\n".join(
        [
            "# Results",
            "",
            f"By `make bench` on {datetime.now(tz=UTC):%Y-%m-%d}: {os.cpu_count()} cores ({_processor()}), Python"
            f" {platform.python_version()}, {_revision()}. A ratio above 1 means that ours is faster or cheaper.",
            "",
            *lines,
            "",
            *(report.markdown() for report in reports),
        ]
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
