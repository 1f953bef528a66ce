"""What makes up a running house, as one plan in order: steps to be done, and processes with their signs of life.

A step is finished before what follows begins; processes that stand together start together and must all be working
before what follows begins. To add either, add a line to PLAN. The supervisor knows nothing about any of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tongqu.exchange.bedrock.values import Words
from tongqu.up.lacks import Lack, node_lacks
from tongqu.up.places import Places
from tongqu.up.prepare import LATER_KEYS, SIGNING_KEYS

PROGRESS_SECONDS_MAX = 20
"""A keeper that has not finished a round for so long is not working, whether or not its process lives."""

WORKER_BEAT_SECONDS_MAX = 30
JOB_WAITS_SECONDS_MAX = 120


@dataclass(frozen=True)
class Process:
    """One long-running part. `works` answers None, or says in a few words why it does not (yet).

    It is told how many seconds ago the process was started: a sign of life older than that is another's.
    """

    name: str
    words: Words
    command: Callable[[Places], list[str]]
    works: Callable[[Places, float], str | None]
    rank: int = 1
    """The highest ends first; the database has 0."""
    wanted: Callable[[Places], bool] = lambda places: True
    lacks: Callable[[Places], Lack | None] = lambda places: None
    """What it cannot do although it works; told, and otherwise nobody's business here."""


@dataclass(frozen=True)
class Step:
    """Something done once at a start, as a process of its own. `due` says whether it is needed this time."""

    name: str
    words: Words
    command: Callable[[Places], list[str]]
    due: Callable[[Places], bool]
    after: Callable[[Places], None] = lambda places: None


# --- commands -------------------------------------------------------------------------------------------------------


def _exchange(places: Places) -> list[str]:
    # As many workers as cores, each with one thread for Django behind its front: more only fight for the interpreter.
    return [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--host", places.host, "--port", str(places.port)),
        # With HTTP/2 besides, granian would wait without end for the first byte of a connection.
        *("--workers", str(places.workers), "--no-ws", "--backlog", "1024"),
        *("--http", "1", "--http1-header-read-timeout", "10000"),
        *("--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "5s"),
        "tongqu.exchange.web.asgi:application",
    ]


def _keeper(places: Places) -> list[str]:
    return [sys.executable, "-m", "tongqu.exchange.keeper"]


def _worker(places: Places) -> list[str]:
    worker = [sys.executable, "-m", "django", "procrastinate", "worker", "--name", "worker", "--concurrency", "4"]
    return [*worker, "--shutdown-graceful-timeout", "5"]


def _node(places: Places) -> list[str]:
    return [sys.executable, "-m", "tongqu.client.command", "node", "serve", "--config", str(places.node_config)]


def _prepare(places: Places) -> list[str]:
    return [sys.executable, "-m", "tongqu.up.prepare"]


def _demo(places: Places) -> list[str]:
    return [sys.executable, "-m", "tongqu.client.command", "demo", "load"]


# --- signs of life --------------------------------------------------------------------------------------------------


def page_answers(url: str, *, called: str = "") -> str | None:
    """None when a GET is answered with 200 within two seconds. `called`: the host to ask for."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path, headers={"Host": called or parts.netloc})
        status = connection.getresponse().status
        return None if status == 200 else f"{parts.path}: HTTP {status}"
    except (OSError, http.client.HTTPException) as error:
        return f"{parts.path}: {error or type(error).__name__}"
    finally:
        connection.close()


def keeper_progresses(places: Places, age: float) -> str | None:
    """None when the keeper has finished a round (integrator, flow, clocks) lately, and since it started."""
    rows = _rows(
        places,
        "SELECT name, extract(epoch FROM now() - at)::float FROM bedrock_heartbeat"
        " WHERE (name = 'keeper' OR name LIKE 'keeper.%%') AND at > now() - %(age)s * interval '1 second'"
        " AND at <= now()",
        {"age": age},
    )
    if isinstance(rows, str):
        return rows
    late = [f"{name} {age:.0f} s" for name, age in rows if float(str(age)) > PROGRESS_SECONDS_MAX]
    if not rows:
        return "no round finished yet"
    return ", ".join(late) or None


def jobs_progress(places: Places, age: float) -> str | None:
    """None when a worker started since reports itself, and jobs that are due do not wait while none is being finished."""
    rows = _rows(
        places,
        """
        SELECT
          EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - %(beat)s * interval '1 second'),
          EXISTS (
            SELECT 1 FROM procrastinate_jobs AS job
            WHERE job.status = 'todo'
              AND coalesce(job.scheduled_at, to_timestamp(0)) < now() - %(limit)s * interval '1 second'
              AND NOT EXISTS (SELECT 1 FROM procrastinate_events AS e
                              WHERE e.job_id = job.id AND e.at > now() - %(limit)s * interval '1 second')
          ) AND NOT EXISTS (
            SELECT 1 FROM procrastinate_events
            WHERE type <> 'deferred' AND at > now() - %(limit)s * interval '1 second'
          )
        """,
        {"limit": JOB_WAITS_SECONDS_MAX, "beat": min(age, WORKER_BEAT_SECONDS_MAX)},
    )
    if isinstance(rows, str):
        return rows
    reports, stuck = rows[0]
    if not reports:
        return "no worker reports itself"
    return "due jobs wait and none is finished" if stuck else None


def _rows(places: Places, query: str, values: dict[str, object] | None = None) -> list[tuple[object, ...]] | str:
    """The answer, or a few words why there is none."""
    try:
        with psycopg.connect(places.database_url, connect_timeout=2, autocommit=True) as connection:
            connection.execute("SET statement_timeout = '2s'")
            return connection.execute(query, values or {}).fetchall()
    except psycopg.Error as error:
        return (str(error).strip().splitlines() or ["database error"])[0][:120]


# --- preparing, when something changed ------------------------------------------------------------------------------


def _tables_wanted(places: Places) -> str:
    """A digest of the migrations there are and of those this database has; while it stays, two seconds are saved."""
    rows = _rows(places, "SELECT app || '/' || name FROM django_migrations ORDER BY id")
    digest = hashlib.sha256(repr(rows).encode())
    for package in ("django", "django-allauth", "procrastinate"):
        digest.update(f"{package} {version(package)}\n".encode())
    for path in sorted((Path(__file__).parents[1] / "exchange").glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return f"{_database_identity(places)} {digest.hexdigest()}"


def _prepare_is_due(places: Places) -> bool:
    prepared = places.var / "prepared"
    has_keys = all((places.keys / f"{name}.ed25519").exists() for name in (*SIGNING_KEYS, *LATER_KEYS))
    return not (has_keys and prepared.exists() and prepared.read_text("utf-8") == _tables_wanted(places))


def _is_prepared(places: Places) -> None:
    (places.var / "prepared").write_text(_tables_wanted(places), encoding="utf-8")


# --- the demo, once -------------------------------------------------------------------------------------------------


def _database_identity(places: Places) -> str:
    """Which database this is, so that a demo is loaded once into each, even when `var/` points elsewhere one day."""
    rows = _rows(
        places,
        "SELECT system_identifier::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())"
        " FROM pg_control_system()",
    )
    return str(rows[0][0]) if isinstance(rows, list) else places.database_url.rpartition("@")[2]


def _demo_is_due(places: Places) -> bool:
    loaded = places.var / "demo" / "loaded"
    return places.demo and not (loaded.exists() and loaded.read_text("utf-8").strip() == _database_identity(places))


def _demo_is_loaded(places: Places) -> None:
    with contextlib.suppress(OSError):
        (places.var / "demo").mkdir(exist_ok=True)
        (places.var / "demo" / "loaded").write_text(_database_identity(places) + "\n", encoding="utf-8")


# --- the plan -------------------------------------------------------------------------------------------------------

PREPARE = Step("prepare", Words("密钥与数据表", "keys and tables"), _prepare, due=_prepare_is_due, after=_is_prepared)

EXCHANGE = Process(
    "exchange",
    Words("交易所", "exchange"),
    _exchange,
    works=lambda places, age: page_answers(
        f"{places.address}/health/ready", called=urlsplit(places.public_address).netloc
    ),
    rank=2,
)
KEEPER = Process("keeper", Words("守更（时限、流程、存证）", "keeper (clocks, flow, log)"), _keeper, keeper_progresses)
WORKER = Process("worker", Words("办差（对外通知、报表）", "worker (errands, reports)"), _worker, jobs_progress)

# The demo brings the node's configuration and enrols it; a node of an installation without a demo is enrolled by hand.
DEMO = Step("demo", Words("示例数据（只装一次）", "demo data (once)"), _demo, due=_demo_is_due, after=_demo_is_loaded)
NODE = Process(
    "node",
    Words("数据节点", "node"),
    _node,
    # Whether its work goes round, not whether it serves: no restart brings a missing file, or a lease, back.
    works=lambda places, age: page_answers(f"{places.node_address}/live"),
    rank=3,
    wanted=lambda places: places.node_config.exists(),
    lacks=lambda places: node_lacks(f"{places.node_address}/health"),
)

# The demo tells its history with simulated dates, so it stands before the keeper, whose clock is the real one.
PLAN: tuple[Step | Process, ...] = (PREPARE, DEMO, EXCHANGE, KEEPER, WORKER, NODE)
