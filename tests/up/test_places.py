"""What the environment may say, and one sentence when it says something else; keys that are made once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.up.conftest import SmallHouse
from tongqu.up.places import Places, make_folders, read_places
from tongqu.up.prepare import ensure_secret_key
from tongqu.up.supervisor import environment_for, log_origin
from tongqu.up.trouble import Trouble


def test_nothing_need_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    places = read_places({})
    assert (places.var, places.port, places.node_port) == (tmp_path / "var", 8600, 8700)
    assert places.workers >= 1
    assert places.demo


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "eighty", "８６００"])
def test_a_port_is_a_number(text: str) -> None:
    if not text:
        assert read_places({"TONGQU_PORT": text}).port == 8600
        return
    with pytest.raises(Trouble, match="is not a whole number from 1 to 65535") as trouble:
        read_places({"TONGQU_PORT": text})
    assert trouble.value.code == "not-a-number"


def test_only_postgresql_is_a_database() -> None:
    with pytest.raises(Trouble, match="does not point to a PostgreSQL"):
        read_places({"DATABASE_URL": "sqlite:///var/db"})


def test_the_node_s_own_configuration_decides_its_port(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node" / "node.toml").write_text("[serve]\nport = 8777\n")
    assert read_places({"TONGQU_VAR": str(tmp_path), "TONGQU_NODE_PORT": "9000"}).node_port == 8777
    (tmp_path / "node" / "node.toml").write_text("not toml")
    assert read_places({"TONGQU_VAR": str(tmp_path), "TONGQU_NODE_PORT": "9000"}).node_port == 9000


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Trouble, match="cannot be written") as trouble:
        make_folders(Places(var=tmp_path / "file" / "var"))
    assert "TONGQU_VAR" in str(trouble.value)


def test_the_sentence_reaches_the_person_and_the_exit_code_tells(house: SmallHouse) -> None:
    house.var.parent.joinpath("var").write_text("in the way")
    house.start(processes={"keeper": "steady"})
    assert house.supervisor.wait(30) == 1
    assert "无法写入" in house.said
    assert "cannot be written" in house.said
    assert "Traceback" not in house.said


def test_the_secret_key_is_made_once_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TONGQU_SECRET_KEY", raising=False)
    path = tmp_path / "secret_key"
    ensure_secret_key(path)
    first = path.read_text()
    assert len(first) >= 50
    path.chmod(0o644)
    ensure_secret_key(path)
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_key_that_cannot_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TONGQU_SECRET_KEY", raising=False)
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(Trouble, match="cannot be used"):
        ensure_secret_key(tmp_path / "secret_key")


def test_the_log_keeps_its_name_when_the_port_changes(tmp_path: Path) -> None:
    assert log_origin(Places(var=tmp_path, port=8600)) == "127.0.0.1:8600/log"
    assert log_origin(Places(var=tmp_path, port=8601)) == "127.0.0.1:8600/log"


def test_what_an_installation_chose_is_kept(tmp_path: Path) -> None:
    told = environment_for(Places(var=tmp_path, port=8601), {"TONGQU_PUBLIC_URL": "https://market.example"})
    assert told["TONGQU_PUBLIC_URL"] == "https://market.example"
    assert told["TONGQU_EXCHANGE_URL"] == "http://127.0.0.1:8601"
    assert told["TONGQU_PORT"] == "8601"


def test_commands_beside_a_running_house_find_its_database(tmp_path: Path) -> None:
    """`tongqu audit` and `manage.py` in the clone need no DATABASE_URL; one that is set wins."""
    asked = "from django.conf import settings as s; d = s.DATABASES['default']; print(d['HOST'], d['USER'])"

    def told(**more: str) -> str:
        clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment = {
            **clean,
            "TONGQU_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "tongqu.exchange.settings",
            **more,
        }
        return subprocess.run(
            [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert told() == ""
    (tmp_path / "postgres" / "socket").mkdir(parents=True)
    assert told() == f"{tmp_path / 'postgres' / 'socket'} tongqu"
    (tmp_path / "elsewhere" / "socket").mkdir(parents=True)
    (tmp_path / "postgres.at").write_text(f"{tmp_path / 'elsewhere'}\n", encoding="utf-8")
    assert told() == f"{tmp_path / 'elsewhere' / 'socket'} tongqu"
    assert told(DATABASE_URL="postgresql://other@db.example/tongqu") == "db.example other"
