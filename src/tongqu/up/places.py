"""Where the house keeps things on this machine, and what the environment says about it.

Everything that grows lies under one folder, `var/` in the clone unless TONGQU_VAR says otherwise. What an installation
may choose is described in docs/guides/settings.md.
"""

from __future__ import annotations

import os
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tongqu.exchange.bedrock.values import Words
from tongqu.up.trouble import Trouble


@dataclass(frozen=True)
class Places:
    """Folders, ports and addresses of one house."""

    var: Path
    port: int = 8600
    node_port: int = 8700
    host: str = "127.0.0.1"
    workers: int = 2
    demo: bool = True
    database_url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        """What is only true while the house stands: locks, heartbeats, process groups."""
        return self.var / "run"

    @property
    def secret_key(self) -> Path:
        return self.var / "secret_key"

    @property
    def keys(self) -> Path:
        return Path(self.environment.get("TONGQU_KEYS") or self.var / "keys")

    @property
    def node_config(self) -> Path:
        return self.var / "node" / "node.toml"

    @property
    def address(self) -> str:
        """Where this machine reaches the exchange."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def public_address(self) -> str:
        return self.environment.get("TONGQU_PUBLIC_URL", self.address).rstrip("/")

    @property
    def node_address(self) -> str:
        return f"http://127.0.0.1:{self.node_port}"


def read_places(environment: Mapping[str, str]) -> Places:
    """From the environment. Raises Trouble when a number is not one, or when a database is not PostgreSQL."""
    url = environment.get("DATABASE_URL", "")
    if url and urlsplit(url).scheme not in {"postgresql", "postgres"}:
        raise Trouble(
            "not-postgresql",
            Words("DATABASE_URL 指向的不是 PostgreSQL。", "DATABASE_URL does not point to a PostgreSQL."),
            Words(
                "请改成 postgresql://用户@主机/库名，或者去掉该变量而使用内置数据库。",
                "Write postgresql://user@host/name, or remove the variable to use the built-in database.",
            ),
        )
    var = Path(environment.get("TONGQU_VAR") or Path.cwd() / "var").resolve()
    return Places(
        var=var,
        port=_number(environment, "TONGQU_PORT", 8600, most=65535),
        node_port=_node_port(var) or _number(environment, "TONGQU_NODE_PORT", 8700, most=65535),
        host=environment.get("TONGQU_HOST") or "127.0.0.1",
        workers=_number(environment, "TONGQU_WORKERS", len(os.sched_getaffinity(0)), most=256),
        demo=environment.get("TONGQU_DEMO", "1").lower() in {"1", "true", "yes", "on"},
        database_url=url,
        environment=dict(environment),
    )


def _node_port(var: Path) -> int | None:
    """What the node's own configuration says, once there is one."""
    try:
        port = tomllib.loads((var / "node" / "node.toml").read_text("utf-8")).get("serve", {}).get("port")
    except (OSError, ValueError, AttributeError):
        return None
    return port if isinstance(port, int) else None


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(name) or str(default)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
        return int(text)
    raise Trouble(
        "not-a-number",
        Words(
            f"{name}={text!r} 不是 1 到 {most} 之间的整数。", f"{name}={text!r} is not a whole number from 1 to {most}."
        ),
        Words("请更正或去掉该变量。", "Correct the variable or remove it."),
    )


def make_folders(places: Places) -> None:
    """Create what is missing. Raises Trouble when the folder cannot be written."""
    try:
        for folder in (places.var, places.log, places.run):
            folder.mkdir(parents=True, exist_ok=True)
        places.run.chmod(0o700)
        probe = places.run / ".written"
        probe.write_text("x", encoding="ascii")
        probe.unlink()
    except OSError as error:
        raise Trouble(
            "folder-not-writable",
            Words(
                f"数据目录 {places.var} 无法写入（{error.strerror}）。",
                f"The data folder {places.var} cannot be written ({error.strerror}).",
            ),
            Words(
                "请授予写权限、清出空间，或用 TONGQU_VAR 指定另一目录。",
                "Grant write permission, free some space, or name another folder with TONGQU_VAR.",
            ),
        ) from error


def check_port_is_free(host: str, port: int, variable: str) -> None:
    """Raises Trouble when something else already listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Trouble(
                "port-is-busy",
                Words(
                    f"端口 {host}:{port} 不可用（{error.strerror}）。",
                    f"Port {host}:{port} cannot be used ({error.strerror}).",
                ),
                Words(
                    f"请停止占用它的程序，或换一个端口：{variable}={port + 1} make run。",
                    f"Stop the program that uses it, or choose another: {variable}={port + 1} make run.",
                ),
            ) from error
