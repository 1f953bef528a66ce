"""The embedded database starts again after any end, in any folder, for root and for others."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.up.conftest import until
from tongqu.up import leash, postgres
from tongqu.up.trouble import Trouble

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A house usually lies in an open folder; pytest's own are closed to others."""
    base = Path(tempfile.mkdtemp(prefix="tongqu-house-"))
    base.chmod(0o755)
    (base / "var").mkdir()
    yield base / "var"
    shutil.rmtree(base, ignore_errors=True)


@contextmanager
def served(home: postgres.Home, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with postgres.running(home, log) as server:
        postgres.ensure_database(home)
        yield server


def remember(home: postgres.Home, number: int) -> None:
    with psycopg.connect(home.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def remembered(home: postgres.Home) -> list[int]:
    with psycopg.connect(home.url) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number").fetchall()]


def test_it_keeps_its_data_over_a_stop_and_a_start(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.DURABLE)
    with served(home, folder / "log"):
        remember(home, 1)
    with served(home, folder / "log"):
        assert remembered(home) == [1]


def test_it_listens_on_a_closed_socket_only(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.FORGETFUL)
    with served(home, folder / "log"), psycopg.connect(home.superuser_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert stat.S_IMODE(home.socket.stat().st_mode) == 0o700
        assert stat.S_IMODE((home.socket / postgres.SOCKET_NAME).stat().st_mode) == 0o700


def test_an_exchange_runs_durably_and_a_test_does_not(folder: Path) -> None:
    for name, settings, wanted in (("d", postgres.DURABLE, "on"), ("f", postgres.FORGETFUL, "off")):
        home = postgres.find_home(folder / name, settings)
        with served(home, folder / "log"), psycopg.connect(home.url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == (wanted,)


def test_the_application_cannot_switch_triggers_off(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.FORGETFUL)
    with served(home, folder / "log"), psycopg.connect(home.url, autocommit=True) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET session_replication_role = replica")


def test_killed_outright_it_starts_again_with_all_that_was_committed(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.DURABLE)
    with served(home, folder / "log") as server:
        remember(home, 7)
        server.kill()
        server.wait()
    assert (home.data / "postmaster.pid").exists()
    with served(home, folder / "log"):
        assert remembered(home) == [7]


def test_a_lock_file_that_names_some_other_process_does_not_keep_it_down(folder: Path) -> None:
    """After a power cut the number in the file may be anybody's: here, a process of the server's own user."""
    home = postgres.find_home(folder, postgres.DURABLE)
    with served(home, folder / "log"):
        remember(home, 3)
    bystander = subprocess.Popen(["sleep", "60"], user=home.user)
    try:
        lines = [str(bystander.pid), str(home.data), "1", "5432", str(home.socket), "", "0 0", "ready"]
        (home.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
        (home.socket / f"{postgres.SOCKET_NAME}.lock").write_text("\n".join(lines[:5]) + "\n")
        (home.socket / postgres.SOCKET_NAME).touch()
        with served(home, folder / "log"):
            assert remembered(home) == [3]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_that_outlived_its_supervisor_is_ended_before_another_starts(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.DURABLE)
    postgres.ensure_data(home)
    stray = postgres.launch(home, folder / "log")
    postgres.wait_until_ready(home, stray, folder / "log")
    with served(home, folder / "log") as server:
        assert stray.wait(10) == 0  # asked, not killed
        assert server.pid != stray.pid
        remember(home, 1)


def test_a_making_that_was_interrupted_is_made_anew(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.FORGETFUL)
    half = home.data.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with served(home, folder / "log"):
        remember(home, 1)
    assert not half.exists()


def test_a_long_path_gets_its_socket_elsewhere(folder: Path) -> None:
    home = postgres.find_home(folder / ("long" * 12) / ("path" * 12), postgres.FORGETFUL)
    assert not home.socket.is_relative_to(folder)
    with served(home, folder / "log"):
        remember(home, 1)
    home.socket.rmdir()


def test_a_socket_folder_that_someone_else_prepared_is_not_used(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path)
    assert not postgres._ours_or_absent(trap, os.geteuid())
    assert postgres._ours_or_absent(tmp_path / "nothing", os.geteuid())


def test_data_of_another_version_is_named_not_touched(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.FORGETFUL)
    home.data.mkdir()
    (home.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(Trouble, match="was made by PostgreSQL 14, and the embedded one is 18"):
        postgres.ensure_data(home)


def test_a_server_that_ends_at_once_is_explained_by_its_last_line(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.FORGETFUL)
    postgres.ensure_data(home)
    with (home.data / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 'plenty'\n")
    server = postgres.launch(home, folder / "log")
    with pytest.raises(Trouble, match=r"did not start \(.*configuration file.*contains errors"):
        postgres.wait_until_ready(home, server, folder / "log")


def test_an_outside_database_that_does_not_answer_is_one_sentence() -> None:
    with pytest.raises(Trouble, match="The database in DATABASE_URL does not answer") as trouble:
        postgres.check_external("postgresql://nobody@127.0.0.1:1/nothing")
    assert "\n" not in str(trouble.value)


def test_an_outside_database_that_is_too_old_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = postgres.find_home(folder, postgres.FORGETFUL)
    with served(home, folder / "log"):
        postgres.check_external(home.url)
        monkeypatch.setattr(postgres, "OLDEST_VERSION", 99)
        with pytest.raises(Trouble, match=r"The database is PostgreSQL 18; 99 or newer is needed\."):
            postgres.check_external(home.url)


def test_for_root_the_server_runs_as_a_user_of_its_own_even_from_a_closed_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    home = postgres.find_home(tmp_path / "var", postgres.FORGETFUL)
    if not AS_ROOT:  # then it runs as ourselves, and a folder closed to others is open to it
        assert home.user is None
        assert home.data.is_relative_to(tmp_path)
        return
    assert not home.data.is_relative_to(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700, "closed folders stay closed"
    with served(home, tmp_path / "log") as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == pwd.getpwnam(postgres.SYSTEM_USER).pw_uid
    assert postgres.find_home(tmp_path / "var", postgres.FORGETFUL).data == home.data, "the folder remembers its place"
    shutil.rmtree(home.data.parent)


def test_programs_that_the_server_cannot_reach_are_copied(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in postgres.WHEEL_PARTS:
        shutil.copytree(postgres.wheel_folder() / part, closed / part, symlinks=True)
    if not AS_ROOT:
        (closed / postgres.BIN / "postgres").chmod(0o600)
    monkeypatch.setattr(postgres, "wheel_folder", lambda: closed)
    home = postgres.find_home(folder, postgres.FORGETFUL)
    assert not home.programs.bin.is_relative_to(closed)
    with served(home, folder / "log"):
        remember(home, 1)


def test_when_the_supervisor_is_killed_the_database_ends_cleanly(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.FORGETFUL)
    postgres.ensure_data(home)
    script = f"""
import time
from pathlib import Path
from tongqu.up import postgres
from tongqu.up.places import Places, make_folders
from tongqu.up.supervisor import Supervisor
places = Places(var=Path({str(folder)!r}))
make_folders(places)
supervisor = Supervisor(places, {{}})
supervisor.watch()
supervisor.start_database(postgres.find_home(places.var, postgres.FORGETFUL))
print(supervisor.server.pid, flush=True)
time.sleep(600)
"""
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    server = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    until(lambda: not leash.alive(server))
    assert not (home.data / "postmaster.pid").exists(), "it was asked to stop, not killed"


def test_it_is_ready_within_a_second_or_two(folder: Path) -> None:
    home = postgres.find_home(folder, postgres.DURABLE)
    with served(home, folder / "log"):
        pass
    began = time.monotonic()
    with served(replace(home), folder / "log"):
        assert time.monotonic() - began < 5
