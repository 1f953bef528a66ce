"""Counts the books, the log and the papers again, and names every place that does not fit. Ends with 1 when one does not."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tongqu.exchange.bedrock import evidence, ledger, papers

LIMIT, SHOWN_MAX = 1_000, 50


class Command(BaseCommand):
    """Reads only; acts go on meanwhile. Once a night, and after every restore."""

    help = "核对账目、存证和文件，逐处指出不符。Check ledger, log and papers, and name every place that does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--trust", type=Path, nargs="*", default=[], metavar="FILE",
            help="此前的存证公钥文件（/log/key 的内容） · files with the log's earlier keys, as /log/key gave them",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        known = [path.read_text("ascii").strip() for path in options["trust"]]
        found = [
            self._look("账目", "ledger", ledger.audit),
            self._look("存证", "log", lambda: _faults_of_the_log(known)),
            self._look("文件", "papers", papers.audit),
        ]
        if any(found):
            raise CommandError(f"{sum(found)} 处不符。{sum(found)} places do not fit.")

    def _look(self, zh: str, en: str, audit: Callable[[], list[str]]) -> int:
        faults = audit()
        self.stdout.write(f"{'✗' if faults else '✓'} {zh} {en}" + (f": {len(faults)}" if faults else ""))
        for fault in faults[:SHOWN_MAX]:
            self.stdout.write(f"    {fault}")
        if len(faults) > SHOWN_MAX:
            self.stdout.write(f"    … {len(faults) - SHOWN_MAX} more")
        return len(faults)


def _faults_of_the_log(known: list[str]) -> list[str]:
    return [
        f"{fault.code} ({fault.where.en}): {fault.words.zh} · {fault.words.en}"
        for fault in evidence.audit(trusted_vkeys=known, limit=LIMIT)
    ]
