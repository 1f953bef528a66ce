"""How fast are the 88,883 entries of 52 real catalogues taken in, beside a bare COPY of the same rows?

Ours: a whole import as the worker does it, into empty tables: unpacked, read, cleaned, understood, merged by key, faults
kept, likenesses found. The peer: COPY of the rows that came out, into a table of the same columns without key or index, on
the same server, in alternating rounds. What was taken is counted, and every line must be accounted for.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from typing import Any

import django

from bench import server
from bench.figures import Figure, Report, rates_compared

ROUNDS = 3


def measure(rounds: int = ROUNDS) -> Report:
    with server.fresh():
        from django.core.management import call_command
        from django.db import connection

        from tongqu.exchange.bedrock import keys
        from tongqu.exchange.registry.rows import COLUMNS

        call_command("migrate", interactive=False, verbosity=0)
        for name in ("log", "permits", "signatures"):
            keys.ensure(name)
        ours, theirs, peak, count = [], [], 0.0, 0
        for _ in range(rounds):
            with connection.cursor() as cursor:
                cursor.execute(
                    "truncate registry_entry, registry_catalog, registry_harvest_fault, registry_spelling cascade"
                )
            took, count, megabytes = _imported()
            ours.append(count / took)
            peak = max(peak, megabytes)
            theirs.append(count / _copied(("catalog_id", *COLUMNS, "harvest_id", "changed_at")))
        figure = rates_compared("import_rows", ours, "bare COPY", theirs)
        rows = [
            (str(n + 1), f"{a:,.0f}", f"{b:,.0f}", f"{a / b:.3f}")
            for n, (a, b) in enumerate(zip(ours, theirs, strict=True))
        ]
        return Report(
            "catalogue_import", f"{__doc__}".split("\n\n")[0], ("round", "rows/s", "COPY rows/s", "ratio"), rows,
            [figure, Figure("import_memory", peak, "the limit of 500 MB", 500.0, 500.0 / peak, "MB", rounds)],
            [f"{count:,} rows in {count / figure.ours:.1f} s; the limit is 180 s."],
        )  # fmt: skip


def _imported() -> tuple[float, int, float]:
    """Seconds, rows, and the most memory of a process that does nothing else, with that of the one that makes its rows."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        told: tuple[float, int, float] = pool.apply(_import)
    return told


def _import() -> tuple[float, int, float]:
    django.setup()
    from django.utils import timezone

    from tongqu.demo import catalogues
    from tongqu.exchange.bedrock import papers
    from tongqu.exchange.registry import harvest
    from tongqu.exchange.registry.models import Entry, Harvest

    at = timezone.now()
    kept = papers.keep(catalogues.packed(whole=True), name="catalogues.zip", at=at, by=None)
    number = Harvest.objects.create(state="running", begun_at=at, changed_at=at, file=kept.sha256, name="bench").pk
    began = time.perf_counter()
    assert harvest.run(number, ready=lambda provinces: None) == "finished"
    took = time.perf_counter() - began
    told = harvest.progress(number)
    assert told.fresh + told.changed + told.same + told.lost == told.lines == 88_883, told
    assert Entry.objects.count() == told.fresh
    memory = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return took, told.lines, memory / 1e3


def _copied(columns: tuple[str, ...]) -> float:
    """Seconds that PostgreSQL takes for the same rows and nothing else."""
    from django.db import connection

    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists bare")
        cursor.execute(f"create table bare as select {names} from registry_entry with no data")
        with cursor.copy(f"copy registry_entry ({names}) to stdout") as out:
            content = [bytes(block) for block in out]
        began = time.perf_counter()
        with cursor.copy(f"copy bare ({names}) from stdin") as into:
            for block in content:
                into.write(block)
        took = time.perf_counter() - began
        cursor.execute("select count(*) from bare")
        copied: Any = cursor.fetchone()
        assert copied[0] == 88_883, copied
        cursor.execute("drop table bare")
    return took
