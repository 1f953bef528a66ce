"""Whether the exchange lives, and whether it is ready to work. Other floors add what readiness means to them.

    health.add("integrator", integrator_moves)   # answers None when well, or a sentence that says what is wrong

`/health/live` needs nothing; `/health/ready` asks every check and answers 503 when one fails. No secrets in either.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

log = structlog.get_logger(__name__)
Check = Callable[[], str | None]
_checks: dict[str, Check] = {}
_migrated = False


def add(name: str, check: Check) -> None:
    """A further thing that readiness depends on. A second check of the same name replaces the first."""
    _checks[name] = check


def live(request: HttpRequest) -> JsonResponse:
    return _plain({"live": True})


def ready(request: HttpRequest) -> JsonResponse:
    """Each check by name: "ok", or what is wrong. 200 when all are well, 503 otherwise."""
    found = {
        name: _ask(name, check) for name, check in {"database": database, "migrations": migrations, **_checks}.items()
    }
    well = all(answer == "ok" for answer in found.values())
    return _plain({"ready": well, "checks": found}, status=200 if well else 503)


def database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def migrations() -> str | None:
    """Asked of the database until every migration is applied; from then on it stays so for this process."""
    global _migrated  # noqa: PLW0603 - a fact of this process
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return f"{len(missing)} not applied: run `manage.py migrate`"
        _migrated = True
    return None


def _ask(name: str, check: Check) -> str:
    try:
        return check() or "ok"
    except Exception as error:
        log.warning("health check failed", check=name, error=repr(error))
        return f"failed: {type(error).__name__}"


def _plain(body: dict[str, object], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
