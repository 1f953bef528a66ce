"""The whole of `node.toml`: where the exchange is, where state is kept, how it is served, and from what sources."""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tongqu.node.config.sources import SourceConfig, source_of
from tongqu.node.config.table import Table, bad, fits, is_host
from tongqu.node.faults import NodeFault
from tongqu.node.networks import BadNetworks, Networks
from tongqu.wire.sync import Register, SyncRequest
from tongqu.wire.words import Words

DUCKDB, SPARK = "duckdb", "spark"
ENGINES = (DUCKDB, SPARK)
WORKERS_MAX = 64
READER_SECONDS_MAX, GRACE_SECONDS = 60, 10
"""Unless node.toml says otherwise."""

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class EngineConfig:
    """`[engine]`: what works out questions, queries and reports. `memory_mb` is of the driver and of each executor, and with
    `master` for Spark alone; `seconds` is what one page of a query may take."""

    kind: str
    master: str
    memory_mb: int
    seconds: float


@dataclass(frozen=True)
class NodeConfig:
    """A whole `node.toml`. Paths are resolved against the file's folder.

    `reader_seconds_max`: on which nothing could be sent on for so long the connection is ended, with what it holds, whether its
    reader takes nothing or never makes room for the next segment. `grace_seconds`: so long what is under way may take when the node
    is to stop; the connections that are left then are cut off.
    """

    name: str
    state: Path
    exchange: str
    address: str | None
    proxy: str | None
    sync_seconds: float
    statement_seconds: float
    watch_seconds: float
    small_counts: int
    answer_hours: float
    copies_bytes_max: int
    disk_keep_bytes: int
    host: str
    port: int
    body_bytes_max: int
    body_seconds_max: float
    request_seconds_max: float
    requests_waiting_max: int
    reader_seconds_max: float
    grace_seconds: float
    workers: int
    log_level: str
    sources: tuple[SourceConfig, ...]
    networks: Networks
    engine: EngineConfig
    traces: str | None = None
    """Where spans of calls are sent, if they are."""


def read_config(path: Path | str) -> NodeConfig:
    """The settings in the file. Raises NodeFault with the setting's name."""
    path = Path(path).resolve()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NodeFault(
            "no-config",
            Words(f"读不到配置文件 {path}。", f"The configuration file {path} cannot be read."),
            Words("请检查路径与权限。", "Check the path and its permissions."),
        ) from error
    except (ValueError, RecursionError) as error:
        raise NodeFault(
            "bad-config",
            Words(f"{path} 不是有效的 TOML 文件。", f"{path} is not valid TOML: {error}."),
            Words("请修正语法。", "Correct its syntax."),
        ) from error
    return _config(values, path.parent)


def _config(values: Mapping[str, Any], folder: Path) -> NodeConfig:
    top = Table(values, "node.toml")
    told: dict[str, Any] = {}
    for each in (_node, _serve, _sources, _networks, _engine):
        told |= top.part(partial(each, top, folder)) or {}
    top.done()
    return NodeConfig(**told)


def _node(top: Table, folder: Path) -> dict[str, Any]:
    node = Table(top.values.pop("node", {}), "node")
    told = {
        "name": node.text("name"),
        "state": folder / node.text("state", "state"),
        "exchange": node.url("exchange").rstrip("/"),
        "address": node.maybe("address", node.url),
        "proxy": node.maybe("proxy", node.url),
        "traces": node.maybe("traces", node.url),
        "sync_seconds": node.number("sync_seconds", 1, 0.05, 30),
        "statement_seconds": node.number("statement_seconds", 60, 0.05, 86_400),
        "watch_seconds": node.number("watch_seconds", 2, 0.05, 3_600),
        "small_counts": node.whole("small_counts", 5, 1, 10_000),
        "answer_hours": node.number("answer_hours", 72, 1, 24 * 366),
        "copies_bytes_max": node.whole("copies_bytes_max", 100 * 1024**3, 1024**2, 2**50),
        "disk_keep_bytes": node.whole("disk_keep_bytes", 64 * 1024**2, 1024**2, 2**50),
        "log_level": node.text("log_level", "info"),
    }
    if told["log_level"] not in LOG_LEVELS:
        node.refuse("log_level", "应为 debug、info、warning 或 error", "must be debug, info, warning or error")
    if told["small_counts"] == 2:  # below two there is but one number: to say "a few" would tell it
        node.refuse(
            "small_counts",
            "不能为 2: 小于 2 的只有 1, 什么也保护不了; 应为 1 (不保护) 或不小于 3",
            "cannot be 2: one alone is below two, so nothing would be hidden; give 1 (no guard), or 3 or more",
        )
    if told["name"] and not fits(Register, "name", told["name"]):
        node.refuse("name", "至多 200 字", "may have 200 characters at most")
    if not fits(SyncRequest, "address", told["address"]):
        node.refuse("address", "至多 300 个字符", "may have 300 characters at most")
    node.done()
    return told


def _serve(top: Table, _: Path) -> dict[str, Any]:
    serve = Table(top.values.pop("serve", {}), "serve")
    told = {
        "host": serve.text("host", "127.0.0.1"),
        "port": serve.whole("port", 8700, 1, 65_535),
        "body_bytes_max": serve.whole("body_bytes_max", 4 * 1024 * 1024, 1_024, 64 * 1024 * 1024),
        "body_seconds_max": serve.number("body_seconds_max", 10, 0.1, 600),
        "request_seconds_max": serve.number("request_seconds_max", 30, 0.1, 600),
        "requests_waiting_max": serve.whole("requests_waiting_max", 1_024, 16, 100_000),
        "reader_seconds_max": serve.number("reader_seconds_max", READER_SECONDS_MAX, 1, 3_600),
        "grace_seconds": serve.number("grace_seconds", GRACE_SECONDS, 0.1, 600),
        "workers": serve.whole("workers", 1, 1, WORKERS_MAX),
    }
    if not is_host(str(told["host"])):
        serve.refuse(
            "host",
            "应为 IP 地址或主机名, IPv6 地址不加方括号",
            "must be an IP address, without brackets, or the name of a host",
        )
    serve.done()
    return told


def _sources(top: Table, folder: Path) -> dict[str, Any]:
    rows = enumerate(top.rows("sources"))
    found = [top.part(partial(source_of, row, folder, f"sources[{at}]")) for at, row in rows]
    sources = [source for source in found if source is not None]
    for name, times in Counter(source.id for source in sources).items():
        if times > 1:
            top.wrong.append(bad(f"sources.{name}", "重复", "is declared twice"))
    return {"sources": tuple(sources)}


def _engine(top: Table, _: Path) -> dict[str, Any]:
    """`[engine]`: DuckDB without it. Spark runs on this machine alone: in one process, or with executors in others."""
    table = Table(top.values.pop("engine", {}), "engine")
    kind = table.text("kind", DUCKDB)
    if kind not in ENGINES:
        raise bad("engine.kind", f"应为 {'、'.join(ENGINES)} 之一", f"must be one of {', '.join(ENGINES)}")
    seconds, master, memory = 5, "", 0
    if kind == SPARK:
        seconds, master = 20, table.text("master", "local-cluster[2,1,1024]")
        memory = table.whole("memory_mb", 1_024, 512, 1_048_576)
        found = re.fullmatch(
            r"local\[[1-9][0-9]{0,2}\]|local-cluster\[[1-9][0-9]?,[1-9][0-9]?,([1-9][0-9]{2,6})\]", master
        )
        if found is None or memory > int(found[1] or memory):
            raise bad(
                "engine.master",
                "应为 local[核数] 或 local-cluster[进程数,核数,内存 MB], 且内存不小于 memory_mb",
                "must be local[cores] or local-cluster[processes,cores,MB], with at least memory_mb",
            )
    engine = EngineConfig(kind, master, memory, table.number("seconds", seconds, 0.1, 600))
    table.done()
    return {"engine": engine}


def _networks(top: Table, _: Path) -> dict[str, Any]:
    """`[networks]`: a region's code and the ranges of addresses that stand there."""
    value = top.values.pop("networks", {})
    if not isinstance(value, dict) or not all(isinstance(ranges, list) for ranges in value.values()):
        raise bad("networks", "应为地域代码到地址段列表的表", "must be a table of region codes to lists of ranges")
    try:
        return {"networks": Networks(value)}
    except BadNetworks as error:
        raise bad("networks", "含无效的地域代码或地址段", "has a code or a range that is none") from error


def secret_from(env_name: str) -> str:
    """The value of an environment variable; its name may be shown, its value never."""
    value = os.environ.get(env_name)
    if not value:
        raise NodeFault(
            "no-dsn",
            Words(f"环境变量 {env_name} 未设置。", f"The environment variable {env_name} is not set."),
            Words("请设置为数据库连接串后重启节点。", "Set it to the database's connection string and restart."),
        )
    return value
