"""What tests of the engine let several processes do at one moment. Imported by them before Django is ready."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)


def together(work: Callable[..., None], count: int, settings: Any) -> list[Any]:
    """What each of `count` processes answers, which all began their work at one moment."""
    from django.db import connection

    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(count), context.Queue()
    database = {key: connection.settings_dict[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    running = [
        context.Process(target=_begin, args=(work, database, str(settings.KEYS_ROOT), number, start, answers))
        for number in range(count)
    ]
    for process in running:
        process.start()
    try:
        return [answers.get(timeout=120) for _ in running]
    finally:
        for process in running:
            process.join(timeout=30)


def _begin(
    work: Callable[..., Any], database: dict[str, Any], keys: str, number: int, start: Any, answers: Any
) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongqu.exchange.settings"
    os.environ["TONGQU_KEYS"] = keys
    try:
        import django

        django.setup()
        from django.db import connections

        connections["default"].settings_dict.update(database)
        from tests.bedrock import toy

        toy.bring_out()

        start.wait(timeout=120)
        answers.put(work(number))
    except Exception as error:
        answers.put(repr(error))


def mark(fact: int, step: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("insert into toy_mark values (%s, %s)", [fact, step])


def noticing(fact: Any, at: datetime) -> None:
    mark(fact.position, "noticing")


def shelving(fact: Any, at: datetime) -> None:
    mark(fact.position, "shelving")


def run_flow(number: int) -> int:
    """Follows until nothing has come for a while. How many facts this runner passed."""
    from tongqu.exchange.bedrock.procedures import follow_flow

    passed = idle = 0
    while idle < 20:
        done = follow_flow("toy", {"toy_lending.begin": (noticing, shelving)}, at=MONDAY, limit=7)
        passed, idle = passed + done, 0 if done else idle + 1
    return passed


def lend_two(number: int) -> list[str]:
    """Half of them lend the first loan and then the second under one key, half the other way round."""
    from tests.bedrock.toy import LENDING, Loan, librarian
    from tongqu.exchange.bedrock.procedures import Shut, perform

    loans, said = sorted(Loan.objects.values_list("pk", flat=True)), []
    for loan in loans if number % 2 else reversed(loans):
        try:
            said.append(perform(LENDING, "lend", loan, by=librarian(), at=MONDAY, key="one-key").act)
        except Shut as shut:
            said.append(shut.code)
    return said


def act_or_tick(number: int) -> Counter[str]:
    """Half of them are the clock, half the desk that lends every loan at its last moment."""
    from tests.bedrock.toy import LENDING, Loan, librarian
    from tongqu.exchange.bedrock.procedures import NotNow, perform, tick

    at, said = MONDAY + timedelta(days=9), Counter[str]()
    loans = sorted(Loan.objects.values_list("pk", flat=True))
    for loan in loans:
        if number % 2:
            said["ticked"] += tick(at, limit=2)
            continue
        try:
            perform(LENDING, "lend", loan, by=librarian(), at=at)
            said["lent"] += 1
        except NotNow:
            said["too late"] += 1
    return said
