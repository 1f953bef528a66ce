"""Keys and tables, before anything serves: a process of its own, so that the supervisor never imports the exchange.

Keys are made on a first installation only. Where the tables exist already, a missing key is a loss to be restored from
a backup: a new key would begin a new log under the old name, and every proof given so far would cease to verify.
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from tongqu.exchange.bedrock.values import Words
from tongqu.up.trouble import Trouble, say, say_trouble

SIGNING_KEYS = ("log", "permits", "signatures")
# Keys that later versions brought: a house that was founded before makes them at its next start.
LATER_KEYS = ("certificates",)


def main() -> int:
    os.environ["TONGQU_LOG_LEVEL"] = "WARNING"  # people read this terminal
    try:
        prepare()
    except Trouble as trouble:
        say_trouble(trouble)
        return 1
    return 0


def prepare() -> None:
    """Raises Trouble."""
    import django

    django.setup()
    from django.db import connection, transaction

    # Two exchanges on one database may start at the same moment: the second waits for the first.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tongqu.up.prepare'))")
        first_time = not _tables_exist()
        check_keys(first_time=first_time)
    _migrate()


def _tables_exist() -> bool:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    recorder = MigrationRecorder(connection)
    return recorder.has_table() and recorder.migration_qs.filter(app="bedrock").exists()


def check_keys(*, first_time: bool) -> None:
    """Make the signing keys on a first installation; otherwise see that they are there. Raises Trouble."""
    from tongqu.exchange.bedrock import keys

    for name in (*SIGNING_KEYS, *LATER_KEYS):
        try:
            if first_time or name in LATER_KEYS:
                keys.ensure(name)
            else:
                keys.signer(name)
        except keys.KeyMissing as error:
            raise Trouble(error.code, error.words, error.mend) from error
        except OSError as error:
            raise Trouble(
                "key-not-written",
                Words(
                    f"签名密钥 {name} 无法写入（{error.strerror}）。",
                    f"The key {name} cannot be written ({error.strerror}).",
                ),
                Words("请授予 var/keys 写权限。", "Grant write permission on var/keys."),
            ) from error


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:  # `migrate` would spend a second on content types nobody changed
        return
    say(f"· 数据表：{len(plan)} 个变更", f"tables: {len(plan)} changes")
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        reason = (str(error).strip().splitlines() or ["-"])[0]
        raise Trouble(
            "migration-failed",
            Words(f"数据表变更失败（{reason}）。", f"A change of the tables failed ({reason})."),
            Words("请确认数据库账号可以建表，再次运行会从断点继续。",
                  "See that the database account may create tables; a new start continues from there."),
        ) from error  # fmt: skip


def ensure_secret_key(path: Path) -> None:
    """Django's key for sessions and signed links: made once, readable by us alone. Raises Trouble."""
    if os.environ.get("TONGQU_SECRET_KEY"):
        return
    try:
        with suppress(FileNotFoundError):
            if path.read_text("ascii").strip():
                path.chmod(0o600)
                return
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
        draft.replace(path)
    except OSError as error:
        raise Trouble(
            "secret-key-unreadable",
            Words(f"密钥文件 {path} 无法读写（{error.strerror}）。",
                  f"The key file {path} cannot be used ({error.strerror})."),
            Words("请更正其权限（0600，属于当前用户），或设置 TONGQU_SECRET_KEY。",
                  "Correct its permissions (0600, owned by this user), or set TONGQU_SECRET_KEY."),
        ) from error  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
